"""Split saved responses into pages: complete pages, one page per line, or a bare list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from imagedf.errors import PageError
from imagedf.files._dialects import (
    check_objects,
    check_page,
    is_image,
    listing_of,
    steampipe_rows,
)

_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
"""White space of JSON: Python's own includes more."""


class Document(NamedTuple):
    """One page of images as bytes, and notes about its source."""

    body: bytes
    notes: tuple[str, ...] = ()


def documents_in(content: bytes) -> list[Document]:
    """Return the pages in the content of a file.

    Raises
    ------
    PageError
        The content is a list or page of something else; the message names its kind if known.
    """
    content = content.removeprefix(_BOM).strip(_BLANKS)
    if content.startswith(_BOM) or content.strip() != content:
        raise PageError("it is not JSON: two byte order marks, or white space JSON doesn't allow")
    if content[:1] == b"[":
        return _listed(content)
    lines = [line for line in _split(content) if line.strip(_BLANKS)]
    if len(lines) > 1 and all(map(_is_object, lines)):
        return _lines(lines)
    return [_page(content)]


def _split(content: bytes) -> list[bytes]:
    # Most pages are one line; looking for line ends is ten times as fast as splitting.
    return content.splitlines() if b"\n" in content or b"\r" in content else [content]


def _is_object(line: bytes) -> bool:
    line = line.strip(_BLANKS)
    return line[:1] == b"{" and line[-1:] == b"}"


def _lines(lines: list[bytes]) -> list[Document]:
    """Return one page per line, or a single page if each line is an image."""
    if b'"images"' in lines[0]:
        return [_page(line) for line in lines]
    return _listed(b"[" + b",".join(lines) + b"]")


def _page(body: bytes) -> Document:
    """Check an object; if it is not JSON, the strict parser says what is wrong."""
    # Search from the end, where the API puts them.
    paged = body.rfind(b'"meta"') >= 0 or body.rfind(b'"links"') >= 0
    if paged and b'"images"' in body:
        return Document(body)
    page = _parsed(body)
    if isinstance(page, dict):
        rows = steampipe_rows(page)
        if rows is not None:
            return _images(rows, body) or Document(b'{"images":' + json.dumps(rows).encode() + b"}")
        if is_image(page):  # a listing of one image, written as lines
            return _listed(b"[" + body + b"]")[0]
        check_page(page)
    return Document(body)


def _listed(content: bytes) -> list[Document]:
    """Return the pages of a JSON list: its pages as they are, or one page of all its images."""
    values = _parsed(content)
    if not isinstance(values, list):
        return [Document(content)]  # the strict parser says what is wrong
    objects = [item for item in values if isinstance(item, dict)]
    if any("images" in item for item in objects):
        if len(objects) < len(values):
            raise PageError("the list contains pages and values that are not pages")
        return [_page(body) for body in _elements(content.decode("utf-8"))]
    return [_images(values, content) or Document(b'{"images":' + content + b"}")]


def _images(values: list[Any], content: bytes) -> Document | None:
    """Return a converted list of images, or None if it needs no conversion."""
    check_objects(values)
    if not all(isinstance(item, dict) for item in values):
        return None
    listing = listing_of(values)
    if listing is None:
        return None
    _refuse_twice(content)
    return Document(json.dumps({"images": listing.images}).encode(), listing.notes)


def _parsed(body: bytes) -> Any:
    """Return parsed JSON, or None for content that the strict parser has to reject."""
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _refuse_twice(content: bytes) -> None:
    """Raise if a key appears twice in one object, which a conversion would hide."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(
                key
                for key, later in zip(sorted(keys), sorted(keys)[1:], strict=False)
                if key == later
            )
            raise PageError(f"an object has the key {twice!a:.60} twice")
        return found

    json.loads(content.decode("utf-8"), object_pairs_hook=unique)


def _elements(text: str) -> Iterator[bytes]:
    """Yield the objects of a JSON list as text: parsed objects would lose repeated keys."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        _, end = decoder.raw_decode(text, start)
        yield text[start:end].encode("utf-8")
        start = text.find("{", end)
