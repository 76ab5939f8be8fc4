"""Read the TOML file of a price book; errors name the file, line and key."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import NamedTuple, TypeVar

from imagedf._tomlfile import Entry, read_toml
from imagedf.cost._rates import BackupPlan, Rate

NOT_CHARGED = ("free", "unknown")
"""Billing classes of images that are never priced by a rate."""

_UNITS = ("GB-month", "GiB-month")
_SOURCED = ("effective_from", "source", "read_on")
_LARGEST = 1_000_000
Kind = TypeVar("Kind", Rate, BackupPlan)


class BookFile(NamedTuple):
    """The content of a price book."""

    currency: str
    rates: tuple[Rate, ...]
    backup_plans: tuple[BackupPlan, ...]
    minimum: Decimal
    stated_minimum: Decimal | None


def read_book(path: str | os.PathLike[str]) -> BookFile:
    """Read a price book.

    Raises
    ------
    ImagedfError
        The file is not a price book; the message names line and key.
    """
    book = read_toml(path, "rate", "backup_plan")
    top, entries = book.top, book.entries
    top.check_keys(("currency", "unit", "minimum", "stated_minimum"), required=("currency",))
    currency = _text(top, "currency")
    if not re.fullmatch("[A-Z]{3}", currency):
        raise top.wrong("currency", f"must be three capital letters, not {currency!r}")
    if not entries["rate"]:
        raise top.wrong("rate", "is missing: a price book needs at least one [[rate]]")
    unit = _unit(top)
    rates = [_rate(entry, currency, unit) for entry in entries["rate"]]
    plans = [_backup_plan(entry, currency) for entry in entries["backup_plan"]]
    _check_repeats(entries["rate"], rates, _rate_key)
    _check_repeats(entries["backup_plan"], plans, _plan_key)
    stated = _amount(top, "stated_minimum") if "stated_minimum" in top.table else None
    minimum = _amount(top, "minimum") if "minimum" in top.table else Decimal(0)
    return BookFile(currency, tuple(rates), tuple(plans), minimum, stated)


def _rate_key(rate: Rate) -> object:
    return rate.billing_class, rate.effective_from, rate.account, rate.tag


def _plan_key(plan: BackupPlan) -> object:
    return plan.plan, plan.effective_from, plan.share is None


def _check_repeats(
    entries: Iterable[Entry], made: Sequence[Kind], key: Callable[[Kind], object]
) -> None:
    seen: set[object] = set()
    for entry, price in zip(entries, made, strict=True):
        if key(price) in seen:
            raise entry.wrong("effective_from", "repeats the day of an earlier entry")
        seen.add(key(price))


def _rate(entry: Entry, currency: str, unit: str) -> Rate:
    required = ("billing_class", "rate", *_SOURCED)
    entry.check_keys((*required, "account", "tag", "unit", "official"), required=required)
    billing_class = _text(entry, "billing_class")
    if billing_class in NOT_CHARGED:
        raise entry.wrong("billing_class", f"must not be {billing_class}, which is never charged")
    return Rate(
        billing_class=billing_class,
        effective_from=_day(entry, "effective_from"),
        amount=_amount(entry, "rate"),
        currency=currency,
        unit=_unit(entry, unit),
        source=_text(entry, "source"),
        read_on=_day(entry, "read_on"),
        account=_text(entry, "account") if "account" in entry.table else None,
        tag=_text(entry, "tag") if "tag" in entry.table else None,
        official=_official(entry),
    )


def _backup_plan(entry: Entry, currency: str) -> BackupPlan:
    required = ("plan", *_SOURCED)
    entry.check_keys((*required, "share", "rate", "unit", "official"), required=required)
    if ("share" in entry.table) == ("rate" in entry.table):
        raise entry.wrong("share", "or rate is required, but not both")
    return BackupPlan(
        plan=_text(entry, "plan"),
        effective_from=_day(entry, "effective_from"),
        share=_amount(entry, "share", most=1) if "share" in entry.table else None,
        amount=_amount(entry, "rate") if "rate" in entry.table else None,
        unit=_unit(entry, "GiB-month"),
        currency=currency,
        source=_text(entry, "source"),
        read_on=_day(entry, "read_on"),
        official=_official(entry),
    )


def _text(entry: Entry, key: str) -> str:
    value = entry.table[key]
    if not isinstance(value, str) or not value.strip():
        raise entry.wrong(key, f"must be text, not {value!r:.60}")
    return value


def _unit(entry: Entry, default: str = _UNITS[0]) -> str:
    unit = entry.table.get("unit", default)
    if unit not in _UNITS:
        raise entry.wrong("unit", f"must be {' or '.join(_UNITS)}, not {unit!r:.60}")
    return str(unit)


def _official(entry: Entry) -> bool:
    value = entry.table.get("official", True)
    if not isinstance(value, bool):
        raise entry.wrong("official", f"must be true or false, not {value!r:.60}")
    return value


def _day(entry: Entry, key: str) -> date:
    value = entry.table[key]
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise entry.wrong(key, f"must be a day such as 2026-11-01, without quotes, not {value!r:.60}")


def _amount(entry: Entry, key: str, most: int = _LARGEST) -> Decimal:
    value = entry.table[key]
    try:
        # Convert from text: the float 0.06 is not exactly six cents.
        amount = Decimal(str(value)) if type(value) in (str, int, float) else None
    except InvalidOperation:
        amount = None
    if amount is None or not amount.is_finite() or not 0 <= amount <= most:
        raise entry.wrong(key, f"must be an amount from 0 to {most:,}, not {value!r:.60}")
    return amount
