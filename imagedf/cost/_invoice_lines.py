"""One line of an invoice: its fields by name, and its exact amount."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from imagedf._text import ShownAsText, masked, one_line, quoted
from imagedf.cost._invoice_source import WANTED, snake_case
from imagedf.errors import ImagedfError

_NAMES = {
    "product": ("product",),
    "amount": ("usd", "amount"),
    "description": ("description",),
    "group_description": ("group_description",),
    "resource_id": ("resource_id",),
    "resource_uuid": ("resource_uuid",),
    "hours": ("hours", "duration"),
    "unit": ("duration_unit",),
    "start": ("start", "start_time"),
    "end": ("end", "end_time"),
    "project_name": ("project_name",),
    "category": ("category",),
}
_MONEY = re.compile(r"(-?)\$?(-?)(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?")
_DIGITS = 15
"""The limit of digits and commas before the decimal point; no invoice has as many."""
_FIRST_YEAR = 2011
"""The year in which DigitalOcean was founded."""
_HOURS = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(?:hours?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class InvoiceLine(ShownAsText):
    """One billed line; a field that the invoice leaves empty is ``""`` or None.

    ``hours`` is the billed duration [hours], ``invoice`` the position of the line's invoice in
    ``Invoice.uuids``.
    """

    product: str
    description: str
    group_description: str
    resource_id: str | None
    resource_uuid: str | None
    hours: float | None
    start: datetime | None
    end: datetime | None
    amount: Decimal
    project_name: str
    category: str
    invoice: int = 0

    def __repr__(self) -> str:
        text = masked(one_line(f"{self.product[:60]}: {self.description[:60]}, {self.amount} USD"))
        return f"<InvoiceLine {text}>"


def invoice_line(cells: Mapping[str, Any], place: str, invoice: int) -> InvoiceLine:
    """Return the line in a row of cells, in whatever spelling and order its fields are."""
    columns = _columns(cells, place)
    given = {key: cells[name] for key, name in columns.items()}
    texts = {key: "" if value is None else str(value).strip() for key, value in given.items()}
    return InvoiceLine(
        product=texts["product"],
        description=texts.get("description", ""),
        group_description=texts.get("group_description", ""),
        resource_id=texts.get("resource_id") or None,
        resource_uuid=texts.get("resource_uuid") or None,
        hours=_hours(texts.get("hours", ""), texts.get("unit", "")),
        start=_moment(texts.get("start", "")),
        end=_moment(texts.get("end", "")),
        amount=_amount(texts["amount"], columns["amount"], place),
        project_name=texts.get("project_name", ""),
        category=texts.get("category", ""),
        invoice=invoice,
    )


def _columns(cells: Mapping[str, Any], place: str) -> dict[str, str]:
    """Return the spelling of each field in these cells."""
    spelled = {snake_case(name): name for name in cells}
    found = {
        key: next((spelled[name] for name in names if name in spelled), None)
        for key, names in _NAMES.items()
    }
    lacking = ["/".join(_NAMES[key]) for key in ("product", "amount") if found[key] is None]
    if lacking:
        present = masked(", ".join(map(str, cells)))[:200] or "nothing"
        raise ImagedfError(
            f"{place} is not an invoice: it lacks {', '.join(lacking)} and has {present}; {WANTED}"
        )
    return {key: name for key, name in found.items() if name is not None}


def _amount(text: str, column: str, place: str) -> Decimal:
    """Return an amount such as ``$3.11``, ``-$5.00`` or ``1,234.56`` exactly."""
    match = _MONEY.fullmatch(text)
    if (
        match is None
        or not (match[3] or match[4])
        or (match[1] and match[2])
        or len(match[3] or "") > _DIGITS
    ):
        raise ImagedfError(f"{place}: {column} must be an amount such as $3.11, not {quoted(text)}")
    minus = match[1] or match[2]
    return Decimal(f"{minus}{(match[3] or '0').replace(',', '')}{match[4] or ''}")


def _hours(text: str, unit: str) -> float | None:
    found = _HOURS.fullmatch(text)
    hourly = unit.lower() in ("", "hour", "hours")
    return float(found[1]) if found and hourly else None


def _moment(text: str) -> datetime | None:
    """Parse a time as the API or a CSV writes it; a time without an offset is UTC."""
    # datetime accepts an ISO offset only without a blank before it.
    try:
        moment = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", text))
    except ValueError:
        return None
    # There were no invoices before then: an earlier year is a mistake, and breaks monthly sums.
    if not _FIRST_YEAR <= moment.year < _FIRST_YEAR + 1000:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
