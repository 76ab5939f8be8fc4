"""The monthly bill of everything an account stores: four kinds, each with its basis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from imagedf.account import Account
from imagedf.cost._account_stored import stored_in
from imagedf.cost._amounts import exact_sum
from imagedf.cost._backups import is_known_size
from imagedf.cost._invoice import Invoice, read_invoice
from imagedf.cost._invoice_source import InvoiceSource
from imagedf.cost._matching import match_lines
from imagedf.cost._prices import PriceBook
from imagedf.cost._rates import VOLUME_SNAPSHOT
from imagedf.cost._readable import unread_accounts
from imagedf.cost._rows import frame_of
from imagedf.cost._stored import BACKUP, CUSTOM, SNAPSHOT, Stored
from imagedf.frame import Day, day_of
from imagedf.schema import COST_PREFIX, cost_column

KINDS = {
    SNAPSHOT: "Droplet snapshots",
    CUSTOM: "custom images",
    VOLUME_SNAPSHOT: "volume snapshots",
    BACKUP: "Droplet backups",
}
_DTYPES = {
    "kind": "str",
    "items": "Int64",
    "size_gigabytes": "float64",
    "cost": "float64",
    "unknown_cost": "Int64",
    "basis": "str",
}
BASIC, BILLED, UNREAD = "basic plan assumed", "billed", "not readable"


def account_bill(
    account: Account,
    *,
    prices: PriceBook | None = None,
    on: Day | None = None,
    invoice: Invoice | InvoiceSource | None = None,
) -> pd.DataFrame:
    """Return the monthly cost of everything that an account stores, by kind.

    Parameters
    ----------
    account : Account
        An account returned by ``fetch_account`` or ``read_account``.
    prices : PriceBook, optional
        Default: the published prices that come with imagedf.
    on : date, datetime or str, optional
        The day whose prices apply. Default: the day of the fetch, or else today.
    invoice : Invoice, or a source of ``read_invoice``, optional
        For every kind that the invoice has lines for, the billed amount replaces the estimate,
        even if it covers only part of the month (see ``Invoice.part_of_month``).

    Returns
    -------
    pandas.DataFrame
        Always the four rows Droplet snapshots, custom images, volume snapshots and Droplet
        backups; no total row. ``kind``, ``items``, ``size_gigabytes`` [GB, known sizes],
        ``monthly_cost_usd`` [USD per month, known costs; another currency in the name if the
        price book has one], ``unknown_cost`` (items), ``basis``. Own images of any other type
        count as custom images. If nothing is known, the sum is missing, and so is the cost of
        a kind that the token can't read.

        Backups are priced per Droplet: the plan's share of the Droplet's price, ``basic plan
        assumed``, because usage-based plans are not visible in the API. If your price book has a
        rate for ``backup``, they are priced by size instead.

    Raises
    ------
    ImagedfError
        The invoice can't be read.
    TypeError
        ``account`` is not an Account.

    See Also
    --------
    estimate_cost : Estimate the cost of each image.
    reconcile : Compare every resource with an invoice.

    Notes
    -----
    Backup plans and prices: https://docs.digitalocean.com/products/backups/details/pricing

    Examples
    --------
    >>> import imagedf
    >>> account = imagedf.example_account()
    >>> bill = imagedf.account_bill(account, on="2026-11-01")
    >>> bill[["kind", "items", "monthly_cost_usd"]]
                    kind  items  monthly_cost_usd
    0  Droplet snapshots    541        390.184800
    1      custom images     50         11.077200
    2   volume snapshots     10         55.273836
    3    Droplet backups     84        240.288000
    """
    if not isinstance(account, Account):
        raise TypeError(f"account must be an Account, not {type(account).__name__}")
    book = PriceBook.load() if prices is None else prices
    day = day_of(account.images, on)
    parts = _by_kind(stored_in(account, book, day))
    rows = {name: _estimated(name, parts[name], account, book, day) for name in KINDS}
    if invoice is not None:
        check_currency(book)
        rows |= _billed(rows, parts, invoice)
    bill = frame_of(list(rows.values()), _DTYPES)
    return bill.rename(columns={"cost": f"{COST_PREFIX}{book.currency.lower()}"})


def bill_total(bill: pd.DataFrame, measure: str | None = None) -> Decimal | None:
    """Return the known sum of a bill's costs, or of its sizes; None if nothing stored is known."""
    values = bill[measure or str(cost_column(bill.columns))]
    # A kind of which nothing is stored is 0, which says nothing about the others.
    known = values.notna() & (bill["items"].fillna(0).gt(0) | values.ne(0))
    unknown = values.isna()
    if measure is None:
        unknown |= bill["unknown_cost"].isna() | bill["unknown_cost"].gt(0)
    return None if unknown.any() and not known.any() else exact_sum(values.dropna().tolist())


def kind_of(billing_class: str) -> str:
    """Return the billing class under which the bill counts a resource."""
    return billing_class if billing_class in KINDS else CUSTOM


def _by_kind(stored: Sequence[Stored]) -> dict[str, list[Stored]]:
    return {
        name: [item for item in stored if kind_of(item.billing_class) == name] for name in KINDS
    }


def _estimated(
    name: str, stored: Sequence[Stored], account: Account, book: PriceBook, day: date
) -> dict[str, Any]:
    """Return the estimated row of a kind; what no account could read is missing."""
    unread = _unread(name, account, book, day)
    basis = _basis(name, stored, account.names, book, day)
    items = [item for item in stored if item.is_item]
    if unread and not items and name == VOLUME_SNAPSHOT:
        return {"kind": KINDS[name], "basis": UNREAD}
    sizes = [item.size for item in items if is_known_size(item.size)]
    charged = [item for item in stored if not item.excluded]
    known = [item.estimated for item in charged if item.estimated is not None]
    unknown = sum(item.covers for item in charged if item.estimated is None)
    return {
        "kind": KINDS[name],
        "items": len(items),
        "size_gigabytes": float(exact_sum(sizes)) if sizes or not items else None,
        "cost": float(sum(known, Decimal(0))) if known or not (unknown or unread) else None,
        # What was not read can't be counted; backups are counted in the image listing.
        "unknown_cost": unknown if not unread or (name == BACKUP and unknown) else None,
        "basis": _with_unread(basis, unread, partly=bool(known or (items and name != BACKUP))),
    }


def _unread(name: str, account: Account, book: PriceBook, day: date) -> list[str]:
    """Return the accounts whose cost of a kind is unknown because a listing was not readable."""
    if name == VOLUME_SNAPSHOT:
        return unread_accounts(account, "volume_snapshots")
    if name != BACKUP:
        return []
    # A backup costs a share of its Droplet's price, unless the price book prices it by size.
    unread = unread_accounts(account, "droplets")
    return [one for one in unread if book.rate_of(BACKUP, day, account=one) is None]


def _with_unread(basis: str, unread: list[str], *, partly: bool) -> str:
    if not unread:
        return basis
    return f"{basis}; not fully read for {', '.join(unread)}" if partly else UNREAD


def _basis(
    name: str, stored: Sequence[Stored], accounts: Sequence[str], book: PriceBook, day: date
) -> str:
    """Return the rates that apply, or the assumption made for backups."""
    rates = [rate for rate in book.at(day) if rate.billing_class == name]
    used = dict.fromkeys(
        f"{rate.amount} {rate.currency} per {rate.unit}"
        for rate in rates
        if rate.account in (None, *accounts)
    )
    by_droplet = any(not item.is_item and not item.excluded for item in stored)
    if name == BACKUP and (by_droplet or not used):
        return BASIC
    return " or ".join(used) or "no rate"


def check_currency(book: PriceBook) -> None:
    """Raise unless a price book is in USD, as invoices are."""
    if book.currency != "USD":
        raise ValueError(f"an invoice is in USD, but the price book is in {book.currency}")


def _billed(
    rows: dict[str, dict[str, Any]],
    parts: dict[str, list[Stored]],
    invoice: Invoice | InvoiceSource,
) -> dict[str, dict[str, Any]]:
    """Return the rows of the kinds that the invoice has lines for, with the billed amounts."""
    lines = (invoice if isinstance(invoice, Invoice) else read_invoice(invoice)).lines
    groups = match_lines([item for stored in parts.values() for item in stored], lines)
    found: dict[str, dict[str, Any]] = {}
    for name in KINDS:
        of_kind = [group for group in groups if kind_of(group.billing_class or "") == name]
        billed = [group for group in of_kind if group.billing_class and group.lines]
        if billed:
            amount = sum((line.amount for group in billed for line in group.lines), Decimal(0))
            unbilled = [item for group in of_kind if not group.lines for item in group.stored]
            unknown = [item for item in unbilled if item.estimated is None and not item.excluded]
            found[name] = rows[name] | {
                "cost": float(amount),
                "unknown_cost": sum(item.covers for item in unknown),
                "basis": BILLED,
            }
    return found
