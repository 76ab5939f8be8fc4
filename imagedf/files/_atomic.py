"""Every file is written beside its place and moved in: the old one or the new, never half."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imagedf.errors import ImagedfError


@contextmanager
def replace(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path to write to; on success it is moved to ``path``, else removed.

    Raises
    ------
    ImagedfError
        The file can't be written; says why. What stood at ``path`` is still whole.
    """
    target = Path(os.path.realpath(path))  # written through a link, not over it
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    problem = None
    try:
        _check_target(target)
        yield temporary
        _flush(temporary)
        temporary.replace(target)
    except OSError as error:
        problem = f"can't write {path}: {_reason(error)}"
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    if problem:
        raise ImagedfError(problem) from None


def check_target(path: str | os.PathLike[str]) -> None:
    """Raise ``ImagedfError`` for a place where no file can be put, before there is anything to."""
    try:
        _check_target(Path(os.path.realpath(path)))
    except OSError as error:
        problem = f"can't write {path}: {_reason(error)}"
    else:
        return
    raise ImagedfError(problem)


def _reason(error: OSError) -> str:
    """Say what the system says: the text of others names the temporary file."""
    return os.strerror(error.errno) if error.errno else str(error)


def _check_target(target: Path) -> None:
    """Refuse to put a file where something else stands: a directory, a device, a pipe."""
    if target.is_dir():
        raise IsADirectoryError("it is a directory")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"there is no directory {target.parent}")
    if target.exists() and not target.is_file():
        raise OSError("it is no ordinary file")


def _flush(path: Path) -> None:
    """Bring the file to the disk before its name, so that a power cut can't swap them."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def make_directory(path: str | os.PathLike[str]) -> Path:
    """Make a directory with its parents, or say why that can't be done."""
    directory = Path(path)
    if not os.fspath(path):
        raise ImagedfError('the path is empty; "." is the directory where you are')
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"can't make the directory {directory}: {error.strerror or error}"
    else:
        return directory
    raise ImagedfError(problem)


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write UTF-8 text in one move."""
    with replace(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return Path(path)
