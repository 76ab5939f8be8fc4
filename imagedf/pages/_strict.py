"""One body of ``GET /v2/images``, read strictly in Python: slow, exact, and able to say why.

``pages`` reads quickly and turns here for whatever it can't vouch for. The result is the
exact rows, or a ``PageError`` that names page, image id and field.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

from imagedf.errors import PageError
from imagedf.pages._strict_json import Object, describe, load, refuse

_PAGE = re.compile(r"(?:^|&)page=(0*[1-9][0-9]{0,17})(?:&|$)")
"""The page number in a link's query: from 1 on, and below 10**18; ``parse_qs`` takes long."""


class Page(NamedTuple):
    """What a page says of itself: its rows, the total, and the numbers in its links.

    ``linked`` tells whether it has links at all; only then is a page without ``next`` the last.
    """

    number: int
    rows: int
    total: int | None
    next: int | None
    last: int | None
    linked: bool


class ExactPage(NamedTuple):
    """One page, read exactly: its images as rows, what it says, and the unknown fields."""

    images: list[dict[str, Any]]
    page: Page
    unknown_fields: set[str]


def read_page(body: bytes, number: int) -> ExactPage:
    """Read one body by the rules of ``pages``."""
    problems: list[str] = []
    page = load(body, number, problems, Object)
    try:
        images = _images_of(page, number)
        rows = [_image(image, index, number) for index, image in enumerate(images)]
        said = page_of(number, len(rows), _envelope(page, number))
    except PageError as error:
        error.args = ("; ".join([str(error), *problems[:1]]),)
        raise
    if problems:
        refuse(problems[0], body, number)
    unknown = {key for image in images for key in image if key not in _FIELDS}
    return ExactPage(rows, said, unknown)


def unknown_fields(bodies: Sequence[bytes]) -> frozenset[str] | None:
    """Name the fields of images that are not documented; None when a body is no JSON."""
    names: set[str] = set()
    problems: list[str] = []
    for number, body in enumerate(bodies):
        try:
            page = load(body, number, problems)
        except PageError:
            return None
        images = page.get("images") if isinstance(page, dict) else None
        for image in images if isinstance(images, list) else ():
            if isinstance(image, dict):
                names.update(image.keys())
    return None if problems else frozenset(names.difference(_FIELDS))


def page_of(number: int, rows: int, envelope: dict[str, Any]) -> Page:
    """Take total and page numbers from the part of a page beside its images."""
    total = (envelope.get("meta") or {}).get("total")
    if total is not None and total < 0:
        _wrong_part("meta.total", "0 or more", total, number)
    links = (envelope.get("links") or {}).get("pages") or {}
    return Page(
        number,
        rows,
        total,
        _linked_number(links.get("next"), number, "next"),
        _linked_number(links.get("last"), number, "last"),
        envelope.get("links") is not None,
    )


def _linked_number(link: str | None, number: int, name: str) -> int | None:
    """Take the page number from a link; "" and null mean that there is none."""
    if not link:
        return None
    try:
        found = _PAGE.search(urlsplit(link).query)
    except ValueError:
        found = None
    if found is None:
        _wrong_part(f"links.pages.{name}", "a link with a page number", link, number)
    return int(found[1])


def _images_of(page: Any, number: int) -> list[Object]:
    images = page.get("images") if isinstance(page, Object) else None
    if not isinstance(images, list) or "images" in page.twice:
        raise PageError(
            f"page {number} is no page of images: expected an object with one list `images`, "
            f"got {describe(page)}",
            page=number,
            field="images",
        )
    for index, image in enumerate(images):
        if not isinstance(image, Object):
            _wrong_part(f"image {index}", "an object", image, number, "images")
    return images


def _envelope(page: Object, number: int) -> dict[str, Any]:
    """Check the types of ``links`` and ``meta``; null and absent are the same."""
    linked = _part(_part(page, "links", number), "pages", number)
    meta = _part(page, "meta", number)
    for name in ("first", "prev", "next", "last"):
        if not isinstance(linked.get(name), str | None) or name in linked.twice:
            _wrong_part(f"links.pages.{name}", "one link", linked[name], number)
    total = meta.get("total")
    if total is not None:
        total = _whole_number(total)
        if total is None or "total" in meta.twice:
            _wrong_part("meta.total", "one whole number", meta["total"], number)
    links = None if page.get("links") is None else {"pages": linked}
    return {"links": links, "meta": {"total": total}}


def _part(whole: Object, name: str, number: int) -> Object:
    part = whole.get(name)
    if part is None:
        return Object([])
    if not isinstance(part, Object) or name in whole.twice:
        _wrong_part(name, "one object", part, number)
    return part


def _wrong_part(
    name: str, expected: str, value: Any, number: int, field: str | None = None
) -> NoReturn:
    raise PageError(
        f"page {number}: {name} must be {expected}, got {describe(value)}",
        page=number,
        field=field or name,
    )


def _image(image: Object, index: int, number: int) -> dict[str, Any]:
    """Check and convert one image, field by field."""
    row: dict[str, Any] = {}
    for name, (convert, expected) in _FIELDS.items():
        value = image.get(name)
        row[name] = None if value is None else convert(value)
        if name in image.twice or (value is not None and row[name] is None):
            _wrong_field(image, index, name, expected, number)
    return row


def _wrong_field(image: Object, index: int, name: str, expected: str, number: int) -> NoReturn:
    image_id = _whole_number(image.get("id"))
    came = "stands twice" if name in image.twice else f"got {describe(image[name])}"
    raise PageError(
        f"page {number}, image {index} (id {image_id}): {name} must be {expected}, {came}",
        page=number,
        image_id=image_id,
        field=name,
    )


def _whole_number(value: Any) -> int | None:
    """Return a 64-bit whole number; 20.0 is one, 20.5, "20" and true are none."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -(2**63) <= value < 2**63 else None


def _number(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate
        return None
    return value


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _texts(value: Any) -> list[str] | None:
    if not isinstance(value, list):
        return None
    texts = [text for text in map(_text, value) if text is not None]
    return texts if len(texts) == len(value) else None


def _moment(value: Any) -> datetime | None:
    """Read an ISO 8601 time; one without an offset is UTC, as the API's always are."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_Kind = tuple[Callable[[Any], Any], str]
_WHOLE_NUMBER: _Kind = (_whole_number, "a whole number of 64 bits")
_TEXT: _Kind = (_text, "text")
_TEXTS: _Kind = (_texts, "a list of texts")
_FIELDS: dict[str, _Kind] = {
    "id": _WHOLE_NUMBER,
    "name": _TEXT,
    "type": _TEXT,
    "distribution": _TEXT,
    "slug": _TEXT,
    "public": (_truth, "true or false"),
    "regions": _TEXTS,
    "created_at": (_moment, "an ISO 8601 time"),
    "min_disk_size": _WHOLE_NUMBER,
    "size_gigabytes": (_number, "a finite number"),
    "description": _TEXT,
    "tags": _TEXTS,
    "status": _TEXT,
    "error_message": _TEXT,
}
