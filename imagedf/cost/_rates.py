"""One entry of a price book: a dated rate, or the price of a backup plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from imagedf._text import ShownAsText, in_html, masked

UNIT_OF_SIZES = (
    "sizes are as reported by DigitalOcean, in the unit of the rate; if its GB were GiB, costs "
    "would be 7.4% higher"
)
VOLUME_SNAPSHOT = "volume_snapshot"
"""The billing class of volume snapshots, which no image has."""


@dataclass(frozen=True, slots=True, repr=False)
class Rate(ShownAsText):
    """The monthly price per GB of a billing class, starting on a given day.

    ``account`` and ``tag`` limit it to the images of one account or with one tag.
    ``official`` is False if the source is not DigitalOcean.
    """

    billing_class: str
    effective_from: date
    amount: Decimal
    currency: str
    unit: str
    source: str
    read_on: date
    account: str | None = None
    tag: str | None = None
    official: bool = True

    def __str__(self) -> str:
        return f"{self._price()}; {_source(self)}"

    def __repr__(self) -> str:
        return f"Rate({self._price():.190})"

    @property
    def precision(self) -> int:
        """How specific the rate is; the most specific rate that matches an image applies."""
        return (self.tag is not None) * 2 + (self.account is not None)

    def _price(self) -> str:
        return f"{subject_of(self)}: {price_of(self)} from {self.effective_from}"


@dataclass(frozen=True, slots=True, repr=False)
class BackupPlan(ShownAsText):
    """The price of a Droplet's backups on a plan, starting on a given day.

    Either ``share`` (of the Droplet's monthly price, on basic plans) or ``amount`` (per unit
    of restorable size, on usage-based plans); the other is None.
    """

    plan: str
    effective_from: date
    share: Decimal | None
    amount: Decimal | None
    unit: str
    currency: str
    source: str
    read_on: date
    official: bool = True

    def __str__(self) -> str:
        return f"{self._price()}; {_source(self)}"

    def __repr__(self) -> str:
        return f"BackupPlan({self._price():.180})"

    def _price(self) -> str:
        return f"backups {self.plan}: {price_of(self)} from {self.effective_from}"


def subject_of(rate: Rate) -> str:
    """Return what a rate applies to: its billing class, and the account and tag if limited."""
    selectors = (("account", rate.account), ("tag", rate.tag))
    narrowed = [f"{key} {masked(value)}" for key, value in selectors if value is not None]
    only = f" ({', '.join(narrowed)})" if narrowed else ""
    return f"{rate.billing_class}{only}"


def price_of(entry: Rate | BackupPlan) -> str:
    """Return the price without its date, such as ``0.06 USD per GB-month``."""
    if isinstance(entry, Rate):
        return f"{entry.amount} {entry.currency} per {entry.unit}"
    if entry.share is not None:
        return f"{(entry.share * 100).normalize():f}% of the Droplet's monthly price"
    return f"{entry.amount} {entry.currency} per {entry.unit} of restorable size"


def _source(entry: Rate | BackupPlan) -> str:
    unofficial = "" if entry.official else " (unofficial)"
    return f"{masked(entry.source)}{unofficial}, read {entry.read_on}"


def table_of(caption: str, entries: Iterable[Rate | BackupPlan]) -> str:
    """Return entries as an HTML table."""
    rows = "".join(f"<tr><td>{in_html(entry)}</td></tr>" for entry in entries)
    return f"<table><caption>{in_html(caption)}</caption>{rows}</table>"


def most_specific_first(rate: Rate) -> tuple[int, str, str, str]:
    """Return a sort key: the most specific rate first, then by name."""
    return (-rate.precision, rate.billing_class, rate.account or "", rate.tag or "")


def plan_at(
    plans: Iterable[BackupPlan], name: str, day: date, *, by_share: bool
) -> BackupPlan | None:
    """Return the price of a backup plan in force on a day: a share, or else per unit of size."""
    known = [
        plan
        for plan in plans
        if plan.plan == name and plan.effective_from <= day and (plan.share is not None) == by_share
    ]
    return max(known, key=lambda plan: plan.effective_from, default=None)
