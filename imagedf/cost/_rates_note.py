"""The rates of a price book in one paragraph, for the notes below a table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from imagedf.cost._prices import PriceBook
from imagedf.cost._rates import (
    VOLUME_SNAPSHOT,
    BackupPlan,
    Rate,
    price_of,
    subject_of,
)

_PLANS = ("weekly", "daily")
_UNIT = "Sizes are taken to be in the unit of the rate; if GB were GiB, costs would be 7.4% higher."


def rates_note(book: PriceBook, day: date, *, account: bool = False) -> str:
    """Return the rates in force on a day, the minimum, and the unit of sizes.

    ``account`` includes volume snapshots and backups. The sources would repeat below each table,
    so only ``imagedf prices`` shows them; those that are not DigitalOcean's are marked.
    """
    rates = "; ".join(
        [*_rates(book, day, account=account), *(_plans(book, day) if account else ())]
    )
    known = f"Rates (sources: imagedf prices): {rates}." if rates else f"No rate for {day}."
    return " ".join([known, *_minimum(book), _UNIT])


def _rates(book: PriceBook, day: date, *, account: bool) -> Iterator[str]:
    """Yield the rates; classes with the same terms share one."""
    subjects: dict[str, list[str]] = {}
    for rate in book.at(day):
        if account or rate.billing_class != VOLUME_SNAPSHOT:
            subjects.setdefault(_terms(rate), []).append(subject_of(rate))
    for terms, named in subjects.items():
        yield f"{' and '.join(named)} {terms}"


def _plans(book: PriceBook, day: date) -> Iterator[str]:
    for name in _PLANS:
        plan = book.backup_share(name, day)
        if plan is not None:
            yield f"{name} backups {_terms(plan)}"


def _terms(entry: Rate | BackupPlan) -> str:
    unofficial = "" if entry.official else " (unofficial)"
    return f"{price_of(entry)} since {entry.effective_from}{unofficial}"


def _minimum(book: PriceBook) -> Iterator[str]:
    if book.minimum:
        yield f"The minimum of {book.minimum} {book.currency} per image and month is applied."
    elif book.stated_minimum:
        stated = f"{book.stated_minimum} {book.currency} per snapshot and month"
        yield f"The published minimum, {stated}, is not applied."
