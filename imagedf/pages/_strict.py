"""Read one response body strictly in Python: slow, but exact and with precise errors.

``_parse`` is fast and falls back to this module when it can't be sure. The result is the
exact rows, or a ``PageError`` that names page, object id and field.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

from imagedf.errors import PageError
from imagedf.pages._fields import kind_of, whole_number
from imagedf.pages._shape import Shape
from imagedf.pages._strict_json import Object, describe, load, refuse

_WHOLE = re.compile("[0-9]{1,18}")
_PAGE = re.compile(r"(?:^|&)page=(0*[1-9][0-9]{0,17})(?:&|$)")
"""The page number in a link's query: from 1 on, and below 10**18; ``parse_qs`` is slow."""


class Page(NamedTuple):
    """The facts a page states about itself: its rows, the total, and the page numbers it links to.

    ``linked`` is whether it has links at all; only then is a page without ``next`` the last.
    """

    number: int
    rows: int
    total: int | None
    next: int | None
    last: int | None
    linked: bool


class Stated(NamedTuple):
    """The part of a page besides its list: the total and the links, as received."""

    total: int | None
    next: str | None
    last: str | None
    linked: bool


class StrictPage(NamedTuple):
    """One page, read strictly: its objects as rows, what it states, and the unknown fields."""

    rows: list[dict[str, Any]]
    page: Page
    unknown_fields: set[str]


def read_page(body: bytes, number: int, shape: Shape) -> StrictPage:
    """Read one body by the rules of ``_parse``.

    Raises
    ------
    PageError
        It is not a page of this shape.
    """
    problems: list[str] = []
    body_read = load(body, number, problems, Object, shape.key)
    try:
        objects = _objects_of(body_read, number, shape)
        rows = [_row(item, index, number, shape) for index, item in enumerate(objects)]
        stated = page_of(_envelope(body_read, number, shape), number, len(rows), shape)
    except PageError as error:
        error.args = ("; ".join([str(error), *problems[:1]]),)
        raise
    if problems:
        refuse(problems[0], body, number, shape.key)
    return StrictPage(rows, stated, {name for item in objects for name in item} - _known(shape))


def unknown_fields(bodies: Sequence[bytes], shape: Shape) -> frozenset[str] | None:
    """Return the undocumented fields of the objects, or None when a body is not JSON."""
    names: set[str] = set()
    problems: list[str] = []
    for number, body in enumerate(bodies):
        try:
            page = load(body, number, problems)
        except PageError:
            return None
        objects = page.get(shape.key) if isinstance(page, dict) else None
        for item in objects if isinstance(objects, list) else ():
            if isinstance(item, dict):
                names.update(item.keys())
    return None if problems else frozenset(names - _known(shape))


def _known(shape: Shape) -> frozenset[str]:
    return shape.ignored.union(shape.fields)


def page_of(stated: Stated, number: int, rows: int, shape: Shape) -> Page:
    """Return what a page states about itself, with the numbers in its links."""
    if stated.total is not None and stated.total < 0:
        _wrong_part(".".join(shape.total), "0 or more", stated.total, number)
    following = _linked_number(stated.next, number, "next")
    last = _linked_number(stated.last, number, "last")
    return Page(number, rows, stated.total, following, last, stated.linked)


def _linked_number(link: str | None, number: int, name: str) -> int | None:
    """Return the page number in a link; "" and null mean that there is none."""
    if not link:
        return None
    found = _PAGE.search(_query(link))
    if found is None:
        _wrong_part(f"links.pages.{name}", "a link with a page number", link, number)
    return int(found[1])


def _query(link: str) -> str:
    """Return the query of a link, or nothing if it is not a URL."""
    if link.isascii() and link.isprintable() and "[" not in link and "]" not in link:
        return link.partition("#")[0].partition("?")[2]  # as urlsplit, but much faster
    try:
        return urlsplit(link).query
    except ValueError:
        return ""


def _objects_of(page: Any, number: int, shape: Shape) -> list[Object]:
    listed = page.get(shape.key) if isinstance(page, Object) else None
    wanted = Object if shape.keyed_by else list
    if not isinstance(listed, wanted) or shape.key in page.twice:
        raise PageError(
            f"page {number} is not a page of {shape.key}: expected an object with one "
            f"{'object' if shape.keyed_by else 'list'} `{shape.key}`, got {describe(page)}",
            page=number,
            field=shape.key,
        )
    objects = _values_of(listed, number, shape) if isinstance(listed, Object) else list(listed)
    for index, item in enumerate(objects):
        if not isinstance(item, Object):
            _wrong_part(f"{shape.noun} {index}", "an object", item, number, shape.key)
    return objects


def _values_of(listed: Object, number: int, shape: Shape) -> list[Any]:
    if listed.twice:
        _wrong_part(shape.key, "an object without repeated keys", listed, number)
    return [_keyed(key, item, number, shape) for key, item in listed.items()]


def _keyed(key: str, item: Any, number: int, shape: Shape) -> Any:
    """Fill in the id under which an object is listed, and refuse one that contradicts it."""
    name = str(shape.keyed_by)
    if not isinstance(item, Object):
        return item
    if item.get(name) is None:
        item[name] = int(key) if _WHOLE.fullmatch(key) else key
    elif str(item[name]) != key:
        _wrong_part(f"{shape.key}.{key}", f"an object whose {name} is {key}", item[name], number)
    return item


def _envelope(page: Object, number: int, shape: Shape) -> Stated:
    """Check the types of links and total; null and absent are the same."""
    linked = _part(_part(page, "links", number), "pages", number)
    for name in ("first", "prev", "next", "last"):
        if not isinstance(linked.get(name), str | None) or name in linked.twice:
            _wrong_part(f"links.pages.{name}", "one link", linked[name], number)
    has_links = page.get("links") is not None
    return Stated(_total(page, number, shape), linked.get("next"), linked.get("last"), has_links)


def _total(page: Object, number: int, shape: Shape) -> int | None:
    *path, last = shape.total
    part = page
    for name in path:
        part = _part(part, name, number)
    stated = part.get(last)
    total = None if stated is None else whole_number(stated)
    if stated is not None and (total is None or last in part.twice):
        _wrong_part(".".join(shape.total), "one whole number", stated, number)
    return total


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


def _row(item: Object, index: int, number: int, shape: Shape) -> dict[str, Any]:
    """Check and convert one object, field by field."""
    row: dict[str, Any] = {}
    for field in shape.struct:
        name, kind = field.name, kind_of(field.type)
        value = item.get(name)
        row[name] = None if value is None else kind.convert(value)
        if name in item.twice or (value is not None and row[name] is None):
            _wrong_field(item, index, name, number, shape)
    return row


def _wrong_field(item: Object, index: int, name: str, number: int, shape: Shape) -> NoReturn:
    id_field = shape.struct.field(shape.identity[0])
    identifier = kind_of(id_field.type).convert(item.get(id_field.name))
    expected = kind_of(shape.struct.field(name).type).expected
    got = "but is given twice" if name in item.twice else f"got {describe(item[name])}"
    raise PageError(
        f"page {number}, {shape.noun} {index} (id {identifier!s:.60}): "
        f"{name} must be {expected}, {got}",
        page=number,
        image_id=identifier,
        field=name,
    )
