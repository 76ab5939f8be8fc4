"""A lock between processes that a killed one can't leave behind."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from imagedf.errors import ImagedfError

if sys.platform == "win32":
    import msvcrt
    import time

    def _take(file: IO[bytes], *, shared: bool) -> None:  # noqa: ARG001 # Windows has one kind
        """Wait for the first byte; msvcrt itself gives up after ten seconds."""
        while True:
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            except OSError:
                time.sleep(0.05)
            else:
                return
else:
    import fcntl

    def _take(file: IO[bytes], *, shared: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Wait until no other process holds ``path``, then hold it alone.

    Raises
    ------
    ImagedfError
        The lock file can't be made or locked.
    """
    try:
        file = path.open("ab")
        _take(file, shared=False)
    except OSError as error:
        problem = f"can't lock {path}: {error.strerror or error}"
    else:
        with file:
            yield
        return
    raise ImagedfError(problem)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Wait until no process writes; without a lock file, or the right to it, just go on."""
    try:
        file = path.open("rb")
    except OSError:
        yield
        return
    with file:
        if os.name == "posix":
            # Some network disks know no locks; a mixture read there is found by its keys.
            with suppress(OSError):
                _take(file, shared=True)
        yield
