"""Read the lines of a DigitalOcean invoice, from its CSV or from the JSON of its items.

Columns are found by name and further ones ignored. Amounts are exact decimals.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from imagedf.errors import ImagedfError

_NAMES = {
    "product": ("product",),
    "amount": ("usd", "amount"),
    "description": ("description",),
    "resource_id": ("resource_id",),
    "hours": ("hours", "duration"),
    "unit": ("duration_unit",),
}
_NEEDED = ("product", "amount")
_MONEY = re.compile(r"(-?)\$?(-?)(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?")
_DIGITS = 15
"""Digits and commas of an amount before its point; no invoice has as many."""
_WANTED = "take the CSV of an invoice or the JSON of its items"


class Line(NamedTuple):
    """One line of an invoice; ``hours`` is missing where it says none."""

    product: str
    description: str
    resource_id: str | None
    hours: float | None
    amount: Decimal


def read_invoice(paths: Sequence[str | os.PathLike[str]]) -> list[Line]:
    """Read the lines of one invoice, all its pages together.

    Raises
    ------
    ImagedfError
        A file is no invoice, or the pages don't hold all of its items; names the file.
    """
    lines: list[Line] = []
    totals: set[int] = set()
    for path in paths:
        text = _text(path)
        if text.lstrip()[:1] in ("{", "["):
            for page in _pages(text, path):
                lines += _items(page["invoice_items"], path)
                totals |= _total(page)
        else:
            lines += _rows(text, path)
    if totals and totals != {len(lines)}:
        names = ", ".join(os.fspath(path) for path in paths)
        counts = " and ".join(str(total) for total in sorted(totals))
        raise ImagedfError(
            f"{names}: {len(lines)} invoice items, but their meta.total says {counts}; give all "
            "pages of one invoice, each once"
        )
    return lines


def _text(path: str | os.PathLike[str]) -> str:
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        problem = f"{os.fspath(path)} is no invoice: it is not UTF-8 text; {_WANTED}"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        problem = f"can't read {os.fspath(path)}: {getattr(error, 'strerror', None) or error}"
    raise ImagedfError(problem)


def _pages(text: str, path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Return pages of items; a bare list of items is one."""
    try:
        content = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        problem = f"{os.fspath(path)} is no invoice: {error}"
    else:
        given = content if isinstance(content, list) else [content]
        if all(isinstance(one, dict) for one in given) and given:
            if all(isinstance(one.get("invoice_items"), list) for one in given):
                return given
            if isinstance(content, list):
                return [{"invoice_items": given}]
        problem = f"{os.fspath(path)} is no invoice: no list invoice_items in it; {_WANTED}"
    raise ImagedfError(problem)


def _total(page: Mapping[str, Any]) -> set[int]:
    meta = page.get("meta")
    total = meta.get("total") if isinstance(meta, dict) else None
    return {int(total)} if isinstance(total, str) and total.isdecimal() else set()


def _items(items: Sequence[Any], path: str | os.PathLike[str]) -> Iterator[Line]:
    for number, item in enumerate(items, start=1):
        place = f"{os.fspath(path)}, item {number}"
        if not isinstance(item, dict):
            raise ImagedfError(f"{place} is no invoice item but {item!r:.60}")
        yield _line(item, _columns(list(item), place), place)


def _rows(text: str, path: str | os.PathLike[str]) -> Iterator[Line]:
    name = os.fspath(path)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        problem = f"{name} is no invoice: {error}; {_WANTED}"
    else:
        header = rows[0][1] if rows else []
        columns = _columns(header, name)
        for number, row in rows[1:]:
            place = f"{name}, line {number}"
            if len(row) != len(header):
                raise ImagedfError(f"{place} has {len(row)} cells under {len(header)} columns")
            yield _line(dict(zip(header, row, strict=True)), columns, place)
        return
    raise ImagedfError(problem)


def _columns(present: Sequence[str], place: str) -> dict[str, str]:
    """Find the columns that matter by name, whatever their case and spacing."""
    plain = {re.sub(r"[\s_]+", "_", str(name).strip().lower()): name for name in present}
    found = {
        key: next((plain[name] for name in names if name in plain), None)
        for key, names in _NAMES.items()
    }
    lacking = ["/".join(_NAMES[key]) for key in _NEEDED if found[key] is None]
    if lacking:
        raise ImagedfError(
            f"{place} is no invoice: it lacks {', '.join(lacking)} and has "
            f"{', '.join(map(str, present))[:200] or 'nothing'}; {_WANTED}"
        )
    return {key: name for key, name in found.items() if name is not None}


def _line(cells: Mapping[str, Any], columns: Mapping[str, str], place: str) -> Line:
    given = {key: cells[name] for key, name in columns.items()}
    texts = {key: "" if value is None else str(value).strip() for key, value in given.items()}
    hourly = texts.get("unit", "").lower() in ("", "hour", "hours")
    return Line(
        product=texts["product"],
        description=texts.get("description", ""),
        resource_id=texts.get("resource_id") or None,
        hours=_hours(texts.get("hours", "")) if hourly else None,
        amount=_amount(texts["amount"], columns["amount"], place),
    )


def _amount(text: str, column: str, place: str) -> Decimal:
    """Read ``$3.11``, ``-$5.00`` or ``1,234.56`` to the last digit."""
    match = _MONEY.fullmatch(text)
    if (
        match is None
        or not (match[3] or match[4])
        or (match[1] and match[2])
        or len(match[3] or "") > _DIGITS
    ):
        raise ImagedfError(f"{place}: {column} must be an amount such as $3.11, not {text!r:.40}")
    minus = match[1] or match[2]
    return Decimal(f"{minus}{(match[3] or '0').replace(',', '')}{match[4] or ''}")


def _hours(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None
