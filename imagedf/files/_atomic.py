"""Atomic writes: write a temporary file next to the target, then rename it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from imagedf._text import masked, one_line
from imagedf.errors import ImagedfError
from imagedf.files._objects import check_object, is_object, put

Target = str | os.PathLike[str]


@contextmanager
def replace(path: Target) -> Iterator[Path]:
    """Yield a path to write to; on success it is renamed to ``path``, otherwise removed.

    For an ``s3://`` target, the file is uploaded in one put instead.

    Raises
    ------
    ImagedfError
        The file can't be written; the message says why. The old file is unchanged.
    """
    if is_object(path):
        with _uploaded(str(path)) as temporary:
            yield temporary
        return
    target = Path(os.path.realpath(path))  # a symbolic link is followed, not replaced
    temporary = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}.tmp")
    try:
        _check_target(target)
        yield temporary
        _flush(temporary)
        temporary.replace(target)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def _uploaded(uri: str) -> Iterator[Path]:
    """Yield a path in a temporary directory; its content becomes the object, in one put."""
    import tempfile

    check_object(uri)
    with tempfile.TemporaryDirectory(prefix="imagedf-") as directory:
        temporary = Path(directory, "object")
        yield temporary
        put(uri, temporary.read_bytes())


def check_target(path: Target) -> None:
    """Raise ``ImagedfError`` if no file can be written to this path, before any work is done."""
    if is_object(path):
        check_object(str(path))
        return
    try:
        _check_target(Path(os.path.realpath(path)))
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Target, error: OSError) -> ImagedfError:
    """Return the error with the system's reason; its full text would name the temporary file."""
    reason = os.strerror(error.errno) if error.errno else one_line(str(error))
    return ImagedfError(f"can't write {os.fspath(path)[:500]}: {reason}")


def check_suffix(path: Target, *suffixes: str) -> None:
    """Raise ``ValueError`` if there is no file name, or it has the suffix of another format."""
    name = check_object(str(path)).key if is_object(path) else os.fspath(path)
    if not Path(name).name:
        raise ValueError(f"{masked(os.fspath(path)[:500])!r} is not the name of a file")
    suffix = Path(name).suffix.lower()
    if suffix and suffix not in suffixes:
        raise ValueError(
            f"{masked(name[:500])!r} must end in {' or '.join(suffixes)}, not {masked(suffix)}; "
            "use the function for that format"
        )


def _check_target(target: Path) -> None:
    """Raise if the path is that of a directory, a device or a pipe."""
    if target.is_dir():
        raise IsADirectoryError("it is a directory")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the directory {target.parent} does not exist")
    if target.exists() and not target.is_file():
        raise OSError("it is not a regular file")


def _flush(path: Path) -> None:
    """Flush the file to disk before it is renamed, so that a power failure can't lose it."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def check_directory(path: Target) -> None:
    """Raise ``ImagedfError`` if this can't be a directory, before any work is done."""
    if is_object(path):
        check_object(str(path))
        return
    directory = Path(path)
    if not os.fspath(path):
        raise ImagedfError('the path is empty; "." is the current directory')
    try:
        existing = next((one for one in (directory, *directory.parents) if one.exists()), directory)
    except OSError as error:  # a name that is too long, for example
        reason = error.strerror or error
        raise ImagedfError(f"can't create the directory {directory}: {reason}") from error
    if not existing.is_dir() and existing.exists():
        raise ImagedfError(f"can't create the directory {directory}: {existing} is a file")


def make_directory(path: Target) -> Path:
    """Create a directory with its parents, or raise ``ImagedfError`` with the reason."""
    check_directory(path)
    directory = Path(path)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise ImagedfError(f"can't create the directory {directory}: {reason}") from error
    return directory


def write_text(path: Target, text: str) -> Path:
    """Write UTF-8 text atomically."""
    with replace(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return Path(path)
