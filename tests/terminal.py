"""Run a command on a pseudo-terminal, as a person does."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping

COMMAND = [sys.executable, "-m", "imagedf"]


def on_terminal(
    *arguments: str,
    columns: int = 100,
    lines: int = 1000,
    variables: Mapping[str, str] | None = None,
    **more: str,
) -> str:
    """Run a command with a pseudo-terminal as its streams, and return what it shows."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    size = {"COLUMNS": str(columns), "LINES": str(lines)}
    settings = os.environ | size | {"TERM": "xterm", "PAGER": "cat"}
    settings |= dict(variables or {}) | more
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=child, stdout=child, stderr=child, env=settings
    )
    os.close(child)
    parts = []
    try:
        while part := os.read(parent, 65536):
            parts.append(part)
    except OSError:
        pass  # Linux says so when the other end is closed.
    finally:
        os.close(parent)
        process.wait(timeout=30)
    return b"".join(parts).decode()
