"""Read the bytes of saved responses from paths, directories, open files and Python objects."""

from __future__ import annotations

import json
import lzma
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import IO, Any, NamedTuple

import pandas as pd

from imagedf._text import file_kind, received
from imagedf.errors import ImagedfError, PageError

Source = str | os.PathLike[str] | bytes | IO[Any] | Mapping[str, Any] | Iterable[Any]
_SUFFIXES = (".json", ".ndjson", ".jsonl")
_CONVERT = ("to_dict", "model_dump")
_ADVICE = {
    "a Parquet file": ": use read_parquet",
    "compressed with gzip": ": decompress it first",
    "compressed with zstd": ": decompress it first",
}


class Part(NamedTuple):
    """The content of one file or object; ``name`` is the path, or empty."""

    name: str
    content: bytes

    def wrong(self, problem: str) -> ImagedfError:
        """Return the error that names the file."""
        return ImagedfError(f"{self.name or 'the source'} is {problem}")


def read_parts(source: Source) -> Iterator[Part]:
    """Yield the content of each file or object of a source.

    Parameters
    ----------
    source : path, directory, open file, bytes, mapping, model, or an iterable of these
        A ``str`` is a path. A model is an object with ``to_dict()`` or ``model_dump()``. A list
        of single objects, not pages, is one part.

    Raises
    ------
    TypeError, ValueError
        The source has an unsupported type, or is an empty path or JSON text.
    ImagedfError
        A file can't be read, or is of another kind.
    PageError
        An object can't be converted to JSON.
    """
    for part in _parts(source):
        _check_kind(part)
        yield part


def _check_kind(part: Part) -> None:
    """Raise for an empty file, and for a file of another known kind."""
    if part.name and not part.content.strip():
        raise PageError(f"{part.name} is empty: save the response again")
    if kind := file_kind(part.content):
        raise part.wrong(kind + _ADVICE.get(kind, "; saved responses are JSON"))
    line = part.content[:2000].partition(b"\n")[0].strip()
    if line[:1] not in (b"{", b"[", b'"', b"\xef") and line.count(b",") > 2:
        raise part.wrong("a CSV file, which loses the types: use Parquet or the saved responses")


def _parts(source: Source) -> Iterator[Part]:
    if isinstance(source, bytes | bytearray | memoryview):
        yield Part("", bytes(source))
    elif isinstance(source, str | os.PathLike):
        yield from _files(source)
    elif hasattr(source, "read"):
        yield Part("", _content(source))
    elif isinstance(source, Mapping) or _is_model(source):
        yield Part("", _encode(source))
    elif isinstance(source, Iterable) and not _is_frame(source):
        yield from _several(list(source))
    else:
        kind = type(source)
        raise TypeError(
            "source must be a path, an open file, bytes, a dict, a model with to_dict(), or a list "
            f"of these, not {kind.__module__.partition('.')[0]}.{kind.__name__}"
        )


def _is_model(value: object) -> bool:
    """Return whether an object can convert itself, like those of typed clients (not a class)."""
    if isinstance(value, type) or _is_frame(value):
        return False
    return any(callable(getattr(value, name, None)) for name in _CONVERT)


def _is_frame(value: object) -> bool:
    return isinstance(value, pd.DataFrame | pd.Series) or hasattr(value, "to_arrow")


def _several(sources: list[Any]) -> Iterator[Part]:
    """Yield the parts of a list of paths, bytes or pages; a list of images is one part."""
    plain = [_plain(item) if _is_model(item) else item for item in sources]
    if all(isinstance(item, Mapping) and "images" not in item for item in plain):
        yield Part("", _encode(plain))
        return
    for item in plain:
        yield from _parts(item)


def _files(source: str | os.PathLike[str]) -> Iterator[Part]:
    if isinstance(source, str) and source.lstrip()[:1] in ("{", "["):
        raise ValueError("a str is a path; pass JSON text as bytes, or the parsed objects")
    if os.fspath(source) == "":
        raise ValueError('the path is empty; "." is the current directory')
    for path in _listed(Path(source)):
        try:
            yield Part(str(path), path.read_bytes())
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            raise _unreadable(path, error) from error


def _listed(path: Path) -> list[Path]:
    """Return the path itself, or the saved responses in a directory, sorted by name."""
    try:
        if not path.is_dir():
            return [path]
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not found:
        raise ImagedfError(f"{path} contains no {', '.join(_SUFFIXES)} files")
    return found


def _unreadable(path: Path, error: OSError | ValueError) -> ImagedfError:
    reason = getattr(error, "strerror", None) or error
    return ImagedfError(f"can't read {str(path)[:500]}: {reason}")


def _content(file: Any) -> bytes:
    """Read an open file of bytes or text."""
    try:
        content = file.read()
        content = content.encode("utf-8") if isinstance(content, str) else content
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise PageError(
            f"the open file is not a page of images: it is not {error.encoding}"
        ) from error
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        reason = error or type(error).__name__
        raise ImagedfError(f"can't read the open file: {reason}") from error
    if isinstance(content, bytes | bytearray):
        return bytes(content)
    raise TypeError(f"the open file returned {received(content)}, not bytes or text")


def _encode(value: Any) -> bytes:
    try:
        return json.dumps(value, default=_plain).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise PageError(f"the objects passed can't be a page of images: {error}") from error


def _plain(value: Any) -> Any:
    """Convert the types in the objects of typed clients to JSON types."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    for name in _CONVERT:
        convert = getattr(value, name, None)
        if callable(convert) and not isinstance(value, type):
            return convert()
    raise TypeError(f"{type(value).__name__} is not a JSON value")
