"""Saved answers, whatever tool saved them, to the frame that a fetch would give."""

from __future__ import annotations

import json
import lzma
import os
import warnings
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import IO, Any

import pandas as pd

from imagedf._certificates import AccountCertificate, Certificate
from imagedf._text import counted
from imagedf.errors import ImagedfError, IncompleteListingWarning, PageError
from imagedf.frame import GrowingFrame
from imagedf.pages import (
    GROUP,
    Batch,
    Duplicates,
    Page,
    count_own,
    explode_images,
    parse_pages,
)
from imagedf.schema import API_FIELDS

Source = str | os.PathLike[str] | bytes | IO[Any] | Mapping[str, Any] | Iterable[Any]
_SUFFIXES = (".json", ".ndjson", ".jsonl")
_OURS = {"account", "region_count"}  # columns of a frame, which no answer of the API has


def read_images(source: Source, *, account: str = "default") -> pd.DataFrame:
    """Read saved answers of the API into the frame that ``fetch_images`` gives.

    Parameters
    ----------
    source : path, list of paths, directory, open file, bytes, dict, or list of dicts
        Whole API pages; NDJSON, one page a line; a bare list of images as
        ``doctl compute image list -o json`` prints it; the dicts that pydo returns. Of a
        directory all ``.json``, ``.ndjson`` and ``.jsonl`` files are read, by name.
    account : str, default "default"
        The account's name for every row.

    Returns
    -------
    pandas.DataFrame
        One row per image and region, typed; the certificate in ``attrs``. An image that came
        on an earlier page is dropped. When the pages claim another ``meta.total`` than they
        hold images, or without totals name a next page that is not among them, the
        certificate says ``complete=False`` and an ``IncompleteListingWarning`` is given.

    Raises
    ------
    TypeError
        ``source`` is none of these, or ``account`` is no text.
    ValueError
        ``source`` is an empty path, or ``account`` is blank or holds half a character.
    PageError
        Something read is not a page of images; names the page, the image id and the field.
    ImagedfError
        A file can't be read, or a directory holds no saved answers.

    See Also
    --------
    fetch_images : The same from the API.
    read_parquet : Read a file of ``to_parquet``.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> len(frame), imagedf.total_size(frame)
    (10, 14.06)
    """
    if not isinstance(account, str):
        raise TypeError(f"account must be text, not {account!r:.60}")
    if not account.strip() or account.encode(errors="ignore").decode() != account:
        raise ValueError(f"account must be a name, without half a character, not {account!r:.60}")
    rows, duplicates, images, own = GrowingFrame(), Duplicates(), 0, 0
    pages: list[Page] = []
    unknown = frozenset[str]()
    for batch in _parsed(list(_placed(source))):
        kept = duplicates.without(batch)
        rows.add(explode_images(kept, account))
        images += len(kept)
        own += count_own(kept)
        pages += batch.pages
        unknown |= batch.unknown_fields
    certificate = replace(
        _vouch(pages, images, account),
        own_images=own,
        duplicates_dropped=duplicates.dropped,
        unknown_fields=tuple(sorted(unknown)),
    )
    if _OURS.issubset(certificate.unknown_fields):
        raise PageError(
            "these are rows that imagedf wrote, not answers of the API: their accounts and regions "
            "would be lost; keep what you want to read again as Parquet"
        )
    if certificate.complete is False:
        warnings.warn(
            f"{account}: the saved pages hold {counted(images, 'image')}, but {certificate.error}; "
            "the frame is marked incomplete",
            IncompleteListingWarning,
            stacklevel=2,
        )
    return rows.frame(Certificate((certificate,), source="saved answers"))


def _vouch(pages: Sequence[Page], images: int, account: str) -> AccountCertificate:
    """Hold the images against the totals that the pages claim, or else against their links."""
    totals = [page.total for page in pages if page.total is not None]
    following = max((page.next or 0 for page in pages), default=0)
    error = None
    if any(total != images for total in totals):
        error = f"their meta.total is {next(t for t in totals if t != images):,}"
    elif not totals and following > len(pages):
        error = f"one names a next page ({following:,}), which is not among them"
    return AccountCertificate(
        account=account,
        pages=len(pages),
        images=images,
        total_first=totals[0] if totals else None,
        total_last=totals[-1] if totals else None,
        proof="totals" if totals else "as given",
        complete=False if error else (True if totals else None),
        error=error,
    )


def _placed(source: Source) -> Iterator[tuple[str, bytes]]:
    """Give the bodies in a source, and the file that each came from."""
    for place, part in _parts(source):
        try:
            bodies = _bodies(part)
        except PageError as error:
            _name(place, error)
            raise
        for body in bodies:
            yield place, body


def _parsed(bodies: list[tuple[str, bytes]]) -> Iterator[Batch]:
    """Parse bodies, some at a time."""
    for start in range(0, len(bodies), GROUP):
        group = [body for _, body in bodies[start : start + GROUP]]
        try:
            yield parse_pages(group, range(start + 1, start + 1 + len(group)))
        except PageError as error:
            _name(bodies[error.page - 1][0] if error.page else "", error)
            raise


def _name(place: str, error: PageError) -> None:
    """Let an error begin with the file that the body came from."""
    if place:
        error.args = (f"{place}: {error}",)


def _parts(source: Source) -> Iterator[tuple[str, bytes]]:
    """Give each file's path and bytes, or the objects as the bytes they would be."""
    if isinstance(source, bytes | bytearray | memoryview):
        yield "", bytes(source)
    elif isinstance(source, str | os.PathLike):
        if source == "":
            raise ValueError('the path is empty; "." is the directory where you are')
        for path in _files(Path(source)):
            yield str(path), _read(path)
    elif hasattr(source, "read"):
        yield "", _content(source)
    elif isinstance(source, Mapping):
        yield "", _encode(source)
    elif isinstance(source, Iterable) and not isinstance(source, pd.DataFrame | pd.Series):
        yield from _several(list(source))
    else:
        raise TypeError(f"source must be a path, file, bytes, dict or list, not {type(source)!r}")


def _several(sources: list[Any]) -> Iterator[tuple[str, bytes]]:
    """Take a list: of paths or bytes, of pages, or of images."""
    if all(isinstance(one, Mapping) and "images" not in one for one in sources):
        yield "", _encode(sources)
        return
    for one in sources:
        yield from _parts(one)


def _files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES)
    except OSError as error:
        problem = _unreadable(path, error)
    else:
        if found:
            return found
        problem = f"{path} holds no {', '.join(_SUFFIXES)} files"
    raise ImagedfError(problem)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        problem = _unreadable(path, error)
    raise ImagedfError(problem)


def _unreadable(path: Path, error: OSError | ValueError) -> str:
    return f"can't read {str(path)[:200]}: {getattr(error, 'strerror', None) or error}"


def _content(file: Any) -> Any:
    """Read an open file of bytes or text."""
    try:
        content = file.read()
        content = content.encode("utf-8") if isinstance(content, str) else content
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        problem = f"the file is not a page of images: it is not {error.encoding}"
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise ImagedfError(f"can't read the open file: {error or type(error).__name__}") from None
    else:
        if isinstance(content, bytes | bytearray):
            return content
        raise TypeError(f"the open file gave {content!r:.60}, not bytes or text")
    raise PageError(problem)


def _encode(value: Any) -> bytes:
    try:
        return json.dumps(value, default=_plain).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        problem = f"the objects given are not a page of images: {error}"
    raise PageError(problem)


def _plain(value: Any) -> Any:
    """Turn what typed clients put into their objects into JSON's own kinds."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple | set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


def _bodies(part: bytes) -> list[bytes]:
    """Cut saved bytes into pages: one page, a bare list, or one page a line."""
    part = part.removeprefix(b"\xef\xbb\xbf").strip()
    if part[:1] == b"[":
        return _listed(part)
    lines = part.splitlines()
    if len(lines) > 1 and all(_is_object(line) for line in lines if line.strip()):
        return [line for line in lines if line.strip()]
    return [part]


def _is_object(line: bytes) -> bool:
    line = line.strip()
    return line[:1] == b"{" and line[-1:] == b"}"


def _listed(part: bytes) -> list[bytes]:
    """Take a JSON list: of pages, each as it stands, or of images, as one page."""
    try:
        values = json.loads(part.decode("utf-8"))
    except (ValueError, RecursionError):
        return [part]  # parse_pages says what is wrong
    objects = [one for one in values if isinstance(one, dict)]
    if any("images" in one for one in objects):
        if len(objects) < len(values):
            raise PageError("the list holds pages, and values that are no pages")
        return _elements(part.decode("utf-8"))
    for one in objects:
        if not one.keys() & set(API_FIELDS):
            keys = ", ".join(map(ascii, one)) or "no key at all"
            raise PageError(f"the list holds an object that is no image: it has {keys:.100}")
    return [b'{"images":' + part + b"}"]


def _elements(text: str) -> list[bytes]:
    """Cut a JSON list of objects into these as they stand: parsed ones lose repeated keys."""
    decoder, elements = json.JSONDecoder(), []
    start = text.find("{")
    while start >= 0:
        _, end = decoder.raw_decode(text, start)
        elements.append(text[start:end].encode("utf-8"))
        start = text.find("{", end)
    return elements
