"""Run a command on a pseudo-terminal, as a person does."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from imagedf.cli import main

COMMAND = [sys.executable, "-m", "imagedf"]


@contextmanager
def terminal(columns: int, lines: int) -> Iterator[tuple[int, list[str]]]:
    """Open a pseudo-terminal; yield it and, when it is closed, what it shows."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    shown: list[str] = []
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(_read, parent)
        try:
            yield child, shown
        finally:
            os.close(child)
        shown.append(read.result())


def _read(parent: int) -> str:
    parts = []
    try:
        while part := os.read(parent, 65536):
            parts.append(part)
    except OSError:
        pass  # Linux says so when the other end is closed.
    finally:
        os.close(parent)
    return b"".join(parts).decode()


def _settings(columns: int, lines: int) -> dict[str, str]:
    return {"COLUMNS": str(columns), "LINES": str(lines), "TERM": "xterm", "PAGER": "cat"}


def on_terminal(
    *arguments: str,
    columns: int = 100,
    variables: Mapping[str, str] | None = None,
    **more: str,
) -> str:
    """Run a command with a pseudo-terminal as the streams of Python, and return what it shows."""
    no_pager = 10_000
    with pytest.MonkeyPatch.context() as patch, terminal(columns, no_pager) as (child, shown):
        settings = _settings(columns, no_pager) | dict(variables or {}) | more
        for name, value in settings.items():
            patch.setenv(name, value)
        for name in ("stdin", "stdout", "stderr"):
            mode = "r" if name == "stdin" else "w"
            patch.setattr(sys, name, open(child, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 # closed below
        streams = (sys.stdin, sys.stdout, sys.stderr)
        try:
            main(list(arguments))
        except SystemExit:
            pass
        finally:
            for stream in streams:
                stream.close()
    return shown[0]


def process_on_terminal(*arguments: str, lines: int = 1000, variables: dict[str, str]) -> str:
    """Run a command as a process, for what is not in Python's streams: a pager, the log."""
    with terminal(100, lines) as (child, shown):
        settings = os.environ | _settings(100, lines) | variables
        process = subprocess.Popen(
            [*COMMAND, *arguments], stdin=child, stdout=child, stderr=child, env=settings
        )
        process.wait(timeout=30)
    return shown[0]
