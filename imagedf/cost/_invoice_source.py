"""Read saved invoices into rows of cells: CSV files, JSON pages, Python objects.

Other kinds of files that people mistake for an invoice are rejected by name.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from imagedf._text import file_kind, masked, quoted
from imagedf.errors import ImagedfError

InvoiceSource: TypeAlias = (
    "str | os.PathLike[str] | bytes | IO[Any] | Mapping[str, Any] | Iterable[Any]"
)
WANTED = "pass the CSV of an invoice or the JSON of its items"
_SUFFIXES = (".csv", ".json", ".ndjson")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# Other responses, by a key that only they have.
_OTHER_RESPONSES = {
    "data_points": "billing insights: sums per day and SKU, without the ids of resources",
    "invoices": "the list of invoices: pass the items of one of them",
    "product_charges": "an invoice summary, without its items",
    "billing_history": "the billing history, without the items of an invoice",
    "month_to_date_balance": "the balance of an account",
    "images": "a listing of images",
    "snapshots": "a listing of snapshots",
    "droplets": "a listing of Droplets",
}
_PAGE_LINK = re.compile(r"/invoices/([^/?]+)\?(?:.*&)?page=(\d+)")


@dataclass(frozen=True, slots=True)
class Page:
    """One response or CSV file: its rows, and what it states about the other pages.

    ``more`` is True if it has a link to a next page.
    """

    place: str
    rows: Sequence[tuple[str, Mapping[str, Any]]]
    total: int | None = None
    uuid: str | None = None
    number: int | None = None
    more: bool = False


def pages_of(source: InvoiceSource) -> Iterator[Page]:
    """Yield the pages in a source, each row with the place to name in an error."""
    if isinstance(source, bytes | bytearray | memoryview):
        yield from _parsed(bytes(source), "the content")
    elif isinstance(source, str | os.PathLike):
        if source == "":
            raise ValueError('the path is empty; "." is the current directory')
        for path in _files(Path(source)):
            yield from _parsed(_read(path), masked(str(path))[:200])
    elif hasattr(source, "read"):
        place = masked(str(getattr(source, "name", "the open file")))[:200]
        yield from _parsed(_content(source, place), place)
    elif (plain := _plain_object(source)) is not None:
        yield _page(plain, "the object")
    elif isinstance(source, Iterable) and not hasattr(source, "columns"):
        yield from _several(list(source))
    else:
        raise TypeError(f"source must be a path, file, bytes, dict or list, not {type(source)!r}")


def _content(file: Any, place: str) -> bytes:
    try:
        content = file.read()
        return content.encode() if isinstance(content, str) else bytes(content)
    except (OSError, EOFError, ValueError) as error:  # ValueError: not text, or a closed file
        raise ImagedfError(f"can't read {place}: {str(error)[:200]}") from error


def _several(sources: list[Any]) -> Iterator[Page]:
    plain = [_plain_object(value) for value in sources]
    items = [value for value in plain if value is not None and not _is_page(value)]
    if items and len(items) == len(sources):
        yield _page({"invoice_items": items}, "the list")
        return
    for value in sources:
        yield from pages_of(value)


def _plain_object(value: Any) -> Mapping[str, Any] | None:
    """Return a dict, or convert a client's object to one."""
    for name in ("model_dump", "to_dict"):
        if hasattr(value, name) and not isinstance(value, type) and not hasattr(value, "columns"):
            value = getattr(value, name)()
    return value if isinstance(value, Mapping) else None


def _files(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            return [path]
        found = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from _cause(path, error)
    if not found:
        raise ImagedfError(
            f"{masked(str(path))} contains no {', '.join(_SUFFIXES)} files; {WANTED}"
        )
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise _unreadable(path, error) from _cause(path, error)


def _unreadable(path: Path, error: OSError | ValueError) -> ImagedfError:
    reason = getattr(error, "strerror", None) or error
    return ImagedfError(f"can't read {masked(str(path))[:200]}: {reason}")


def _cause(path: Path, error: BaseException) -> BaseException | None:
    """Return the error as the cause, unless the path it names looks like a token."""
    return error if masked(str(path)) == str(path) else None


def _parsed(content: bytes, place: str) -> Iterator[Page]:
    kind = file_kind(content)
    if content.startswith(_UTF_16):
        kind = "UTF-16 text, as Excel saves it: save it as CSV UTF-8"
    if kind:
        raise ImagedfError(f"{place} is {kind}; {WANTED}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImagedfError(f"{place} is not an invoice: it is not UTF-8 text; {WANTED}") from error
    if text.lstrip()[:1] in ("{", "["):
        for document in documents(text, place):
            yield from _pages_in(document, place)
    else:
        yield Page(place, _csv_rows(text, place))


def documents(text: str, place: str) -> Iterator[Any]:
    """Yield the JSON documents of a file: one, or several saved responses one after another."""
    decoder = json.JSONDecoder(
        object_pairs_hook=_unrepeated, parse_float=str, parse_int=str, parse_constant=str
    )
    at = 0
    try:
        while at < len(text):
            document, at = decoder.raw_decode(text, at + _blanks(text, at))
            yield document
            at += _blanks(text, at)
    except (ValueError, RecursionError) as error:
        raise ImagedfError(f"{place} is not an invoice: {str(error)[:200]}; {WANTED}") from error


def _blanks(text: str, at: int) -> int:
    found = re.compile(r"\s*").match(text, at)
    return 0 if found is None else found.end() - at


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("an object has the same key twice")
    return value


def _pages_in(document: Any, place: str) -> Iterator[Page]:
    """Yield the pages of a document: a page, a list of pages, or a bare list of items."""
    values = document if isinstance(document, list) else [document]
    if isinstance(document, list) and not any(_is_page(value) for value in values):
        values = [{"invoice_items": values}]
    for value in values:
        if not isinstance(value, Mapping):
            raise ImagedfError(f"{place} is not an invoice: it contains {quoted(value)}; {WANTED}")
        yield _page(value, place)


def page_of_response(body: Any, place: str) -> Page:
    """Return the page in the body of a response; raise if it is not a page."""
    if not isinstance(body, Mapping):
        raise ImagedfError(f"{place} is not a page of invoice items, but {quoted(body)}")
    return _page(body, place)


def _is_page(value: Any) -> bool:
    keys = {snake_case(key) for key in value} if isinstance(value, Mapping) else set()
    return "invoice_items" in keys or bool(keys & set(_OTHER_RESPONSES))


def _page(value: Mapping[str, Any], place: str) -> Page:
    page = {snake_case(key): content for key, content in value.items()}
    items = page.get("invoice_items")
    if not isinstance(items, Sequence) or isinstance(items, str):
        known = next((name for key, name in _OTHER_RESPONSES.items() if key in page), None)
        found = f"this is {known}" if known else "it contains no list invoice_items"
        raise ImagedfError(f"{place} is not an invoice: {found}; {WANTED}")
    rows = [_item(item, f"{place}, item {at}") for at, item in enumerate(items, start=1)]
    return Page(place, rows, _total(page), *_of_links(page), more=has_next(page))


def _item(item: Any, place: str) -> tuple[str, Mapping[str, Any]]:
    item = item if isinstance(item, Mapping) else _plain_object(item)
    if item is None:
        raise ImagedfError(f"{place} is not an invoice item; {WANTED}")
    if "total_amount" in item and "sku" in item:
        raise ImagedfError(f"{place} is of {_OTHER_RESPONSES['data_points']}; {WANTED}")
    return place, item


def _total(page: Mapping[str, Any]) -> int | None:
    meta = page.get("meta")
    total = str(meta.get("total")) if isinstance(meta, Mapping) else ""
    return int(total) if re.fullmatch(r"\d{1,9}", total) else None


def has_next(page: Mapping[str, Any]) -> bool:
    """Return whether a response has a link to a next page."""
    links = page.get("links")
    pages = links.get("pages") if isinstance(links, Mapping) else None
    return isinstance(pages, Mapping) and bool(pages.get("next"))


def _of_links(page: Mapping[str, Any]) -> tuple[str | None, int | None]:
    """Return the invoice's UUID and the page number, if links to other pages name them."""
    links = page.get("links")
    pages = links.get("pages") if isinstance(links, Mapping) else None
    if not isinstance(pages, Mapping):
        return None, None
    named = {key: _PAGE_LINK.search(str(link)) for key, link in pages.items()}
    found = {key: (match[1], int(match[2])) for key, match in named.items() if match}
    uuid = next((uuid for uuid, _ in found.values()), None)
    if "prev" in found:
        return uuid, found["prev"][1] + 1
    return uuid, found["next"][1] - 1 if "next" in found else None


def _csv_rows(text: str, place: str) -> list[tuple[str, Mapping[str, Any]]]:
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise ImagedfError(f"{place} is not an invoice: {error}; {WANTED}") from error
    if not rows:
        raise ImagedfError(f"{place} is not an invoice: it is empty; {WANTED}")
    header = rows[0][1]
    for separator, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and separator in header[0]:
            raise ImagedfError(
                f"{place}: its columns are separated by {name}, as Excel saves them; pass the CSV "
                "as downloaded, or save it with commas"
            )
    if len(rows) == 1 and "product" in {snake_case(name) for name in header}:
        raise ImagedfError(f"{place} has a header but no lines; download the invoice again")
    for number, row in rows:
        if len(row) != len(header):
            raise ImagedfError(
                f"{place}, line {number} has {len(row)} cells under {len(header)} columns"
            )
    return [
        (f"{place}, line {number}", dict(zip(header, row, strict=True)))
        for number, row in rows[1:] or [(1, [""] * len(header))]
    ]


def snake_case(name: object) -> str:
    """Return a key in snake case: ``resource_id`` for ``resourceId`` and ``Resource ID``."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(name).strip())
    return re.sub(r"[\s_]+", "_", parted).lower()
