"""Compare estimated costs with what DigitalOcean billed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd

from imagedf.account import Account
from imagedf.cost._account_stored import stored_in
from imagedf.cost._bill import check_currency
from imagedf.cost._invoice import Invoice, read_invoice
from imagedf.cost._invoice_lines import InvoiceLine
from imagedf.cost._invoice_source import InvoiceSource
from imagedf.cost._matching import EXCLUDED, MATCHES, OTHER, Group, match_lines
from imagedf.cost._months import HOUR, bounds
from imagedf.cost._prices import PriceBook
from imagedf.cost._rows import frame_of
from imagedf.cost._stored import Stored, require_usd, stored_images
from imagedf.frame import Day, day_of

_DTYPES = {
    "match": "str",
    "billing_class": "str",
    "product": "str",
    "account": "str",
    "id": "Int64",
    "resource_uuid": "str",
    "name": "str",
    "images": "Int64",
    "lines": "Int64",
    "hours": "float64",
    "estimated_usd": "object",
    "billed_usd": "object",
    "difference_usd": "object",
    "difference_percent": "float64",
    "unknown_cost": "Int64",
    "note": "str",
}


def reconcile(
    costs_or_account: pd.DataFrame | Account,
    invoice: Invoice | InvoiceSource,
    *,
    prices: PriceBook | None = None,
    on: Day | None = None,
) -> pd.DataFrame:
    r"""Compare estimated costs with an invoice.

    Parameters
    ----------
    costs_or_account : pandas.DataFrame or Account
        A frame returned by ``estimate_cost``, in USD, or an account, whose volume snapshots and
        backups per Droplet are also compared; ideally fetched at the end of the invoiced month.
    invoice : Invoice, or a source of ``read_invoice``
        An invoice returned by ``read_invoice`` or ``fetch_invoice``, or a source of the former.
    prices, on : PriceBook and date, datetime or str, optional
        Only for an account: as for ``account_bill``.

    Returns
    -------
    pandas.DataFrame
        One row per image or billed resource, and one per other product. ``match`` is how a line
        names its resource: ``resource id``, ``resource uuid``, ``droplet`` or ``name``; or
        ``estimate only``, ``invoice only``, ``other product``, or ``excluded`` for images that
        are never billed by a line (``note`` has the reason). ``hours`` is the billed duration;
        a part of a month is shown as billed, with a note, and never prorated.
        ``estimated_usd`` [USD per month], ``billed_usd`` and ``difference_usd`` (billed minus
        estimated) are exact ``decimal.Decimal`` values, ``difference_percent`` is relative to
        the estimate. An amount is missing if its side has none, and the difference also if the
        estimate is unknown; ``unknown_cost`` counts the resources with unknown cost. Ordered by
        ``match``, then by largest difference.

        ``billed_usd`` always adds up to the invoice, ``estimated_usd`` to the known cost, and
        ``images`` to the number of images.

    Raises
    ------
    ImagedfError
        The invoice can't be read; the message names the file.
    FrameError
        The frame has no costs in USD, or contains several days of a history.

    See Also
    --------
    estimate_cost : Estimate the costs.
    read_invoice : Read an invoice.
    cost_summary : Return the total of the estimates.

    Notes
    -----
    Lines are matched within their product: images by ``resource_id``, volume snapshots by
    ``resource_uuid``, backups by the id of their Droplet. A line without ids, as in a CSV, is
    matched by its description if exactly one stored resource and one line have that name.
    DigitalOcean publishes the fields
    (https://docs.digitalocean.com/reference/api/reference/billing/) but no example of such a
    line; products not known to be images, snapshots or backups are "other product".

    Examples
    --------
    >>> import imagedf
    >>> from datetime import date
    >>> frame = imagedf.example()
    >>> costs = imagedf.estimate_cost(frame, on=date(2026, 11, 1))
    >>> invoice = b"product,description,USD\nCustom Images,A custom image,$0.14\nDroplets,,$6.00\n"
    >>> rows = imagedf.reconcile(costs, invoice)
    >>> billed = rows[rows["lines"] > 0].set_index("match")
    >>> billed["billed_usd"].to_dict()
    {'name': Decimal('0.14'), 'other product': Decimal('6.00')}
    """
    stored = _stored(costs_or_account, prices, on)
    billed = invoice if isinstance(invoice, Invoice) else read_invoice(invoice)
    groups = match_lines(stored, billed.lines)
    return _table(groups, billed.period)


def _stored(
    costs: pd.DataFrame | Account, prices: PriceBook | None, on: Day | None
) -> list[Stored]:
    if isinstance(costs, Account):
        book = PriceBook.load() if prices is None else prices
        check_currency(book)
        return stored_in(costs, book, day_of(costs.images, on))
    if prices is not None or on is not None:
        raise TypeError("prices and on are for an Account; a frame already has costs")
    require_usd(costs)
    return stored_images(costs, lambda _: ("a backup is billed with its Droplet", None))


def _table(groups: Iterable[Group], month: str | None) -> pd.DataFrame:
    rows = sorted((_row(group, month) for group in groups), key=_rank)
    return frame_of(rows, _DTYPES)


def _row(group: Group, month: str | None) -> dict[str, Any]:
    known = [resource.estimated for resource in group.stored if resource.estimated is not None]
    estimated = _plain(sum(known, Decimal(0))) if known else None
    billed = _plain(sum((line.amount for line in group.lines), Decimal(0))) if group.lines else None
    return {
        "match": group.match,
        "billing_class": group.billing_class,
        "product": "; ".join(sorted({line.product for line in group.lines})) or None,
        **_identity(group),
        "images": sum(resource.is_image for resource in group.stored),
        "lines": len(group.lines),
        "hours": None if group.match == OTHER else _billed_hours(group.lines),
        "estimated_usd": estimated,
        "billed_usd": billed,
        **_differences(group, estimated, billed),
        "unknown_cost": 0 if group.match == EXCLUDED else len(group.stored) - len(known),
        "note": "; ".join(_notes(group, month)) or None,
    }


def _identity(group: Group) -> dict[str, Any]:
    """Return the identity of a row: the stored resource, or what its lines have in common."""
    if len(group.stored) == 1:
        item = group.stored[0]
        return {
            "account": item.account,
            "id": item.id,
            "resource_uuid": item.uuid,
            "name": item.name,
        }
    numbers: set[Any] = {str(resource.id) for resource in group.stored}
    numbers |= {line.resource_id for line in group.lines if not group.stored}
    uuids = {line.resource_uuid for line in group.lines}
    names = {line.description for line in group.lines} if not group.stored else set()
    only = group.match != OTHER
    return {
        "account": _single({resource.account for resource in group.stored}),
        "id": _number(_single(numbers)) if only else None,
        "resource_uuid": _single(uuids) if only else None,
        "name": _single(names) if only else None,
    }


def _single(values: set[Any]) -> Any:
    """Return the only value of a set, or None if it has none or several."""
    return (next(iter(values)) or None) if len(values) == 1 else None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _differences(
    group: Group, estimated: Decimal | None, billed: Decimal | None
) -> dict[str, Decimal | float | None]:
    unknown = estimated is None and bool(group.stored)
    if group.match in (OTHER, EXCLUDED) or unknown:
        return {"difference_usd": None, "difference_percent": None}
    difference = _plain((billed or Decimal(0)) - (estimated or Decimal(0)))
    percent = float(difference / estimated * 100) if estimated else None
    return {"difference_usd": difference, "difference_percent": percent}


def _billed_hours(lines: Sequence[InvoiceLine]) -> float | None:
    """Return the hours billed by the lines of one resource; a period billed twice counts once."""
    periods = {(line.start, line.end, line.hours) for line in lines if line.hours is not None}
    return sum(hours for *_, hours in periods if hours is not None) if periods else None


def _notes(group: Group, month: str | None) -> list[str]:
    notes = [
        group.note,
        *(resource.note for resource in group.stored),
        _part_of_month(group, month),
    ]
    return list(dict.fromkeys(note for note in notes if note))


def _part_of_month(group: Group, month: str | None) -> str | None:
    """Return which part of the month is billed; None if all of it, or if that is unknown."""
    hours = _billed_hours(group.lines)
    if month is None or hours is None or group.match == OTHER:
        return None
    first, last = bounds(month)
    start = min((line.start for line in group.lines if line.start), default=first)
    end = max((line.end for line in group.lines if line.end), default=last)
    full = hours >= (last - first) / HOUR
    if full and start <= first and end >= last - HOUR:
        return None
    return (
        f"billed for part of the month: {hours:g} hours, {start:%Y-%m-%d} to {end:%Y-%m-%d}; the "
        "estimate is for a full month"
    )


def _plain(amount: Decimal) -> Decimal:
    """Drop trailing zeros after the cents."""
    in_cents = amount.quantize(Decimal("0.01"))
    return in_cents if in_cents == amount else amount.normalize()


def _rank(row: dict[str, Any]) -> tuple[Any, ...]:
    amounts = [row[f"{name}_usd"] for name in ("difference", "billed", "estimated")]
    largest = next((abs(amount) for amount in amounts if amount is not None), Decimal(0))
    texts = (str(row[name]) for name in ("billing_class", "product", "id", "name", "account"))
    return (MATCHES.index(row["match"]), -largest, *texts)
