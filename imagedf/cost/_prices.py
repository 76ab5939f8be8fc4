"""Dated rates for stored images, volume snapshots and backups, read from TOML."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from imagedf._text import counted
from imagedf.cost._bookfile import read_book
from imagedf.cost._rates import (
    UNIT_OF_SIZES,
    VOLUME_SNAPSHOT,
    BackupPlan,
    Rate,
    most_specific_first,
    plan_at,
    table_of,
)

_SHIPPED = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True, slots=True, repr=False)
class PriceBook:
    """Dated rates by billing class, and the prices of backup plans, in one currency.

    Parameters
    ----------
    currency : str
        Three capital letters, such as USD.
    rates : tuple of Rate
        In any order.
    backup_plans : tuple of BackupPlan, optional
        In any order.
    minimum : decimal.Decimal, default 0
        The minimum monthly cost of an image that has a rate and a size above 0.
    stated_minimum : decimal.Decimal, optional
        A minimum that the provider states; it is printed, but not applied.

    See Also
    --------
    estimate_cost : Estimate costs with a price book.

    Examples
    --------
    >>> import imagedf
    >>> book = imagedf.PriceBook.load()
    >>> book
    PriceBook(USD, 7 rates and 7 backup plans, from 1970-01-01 to 2026-03-09)
    >>> [str(rate.amount) for rate in book.at("2020-01-01")]
    ['0.05', '0.05', '0.05']
    """

    currency: str
    rates: tuple[Rate, ...]
    backup_plans: tuple[BackupPlan, ...] = ()
    minimum: Decimal = Decimal(0)
    stated_minimum: Decimal | None = None

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None) -> PriceBook:
        """Read a price book from a TOML file, or the one that comes with imagedf.

        Parameters
        ----------
        path : path-like, optional
            A file with ``currency``, ``unit`` (GB-month or GiB-month), optionally ``minimum``
            (such as "0.01"), and ``[[rate]]`` tables: ``billing_class``, ``effective_from``,
            ``rate`` (per unit), ``source`` and ``read_on``; also ``account``, ``tag`` and
            ``unit`` if a rate is more specific, and ``official = false`` if the source is not
            the provider's. ``[[backup_plan]]`` tables have ``plan``, either ``share`` (of the
            Droplet's monthly price) or ``rate``, and the same dates and sources.

        Returns
        -------
        PriceBook
            All rates and backup plans of the file.

        Raises
        ------
        ImagedfError
            The file is not a price book; the message names line and key.

        Notes
        -----
        The shipped book contains the published rates of Droplet snapshots
        (https://docs.digitalocean.com/products/images/snapshots/details/pricing/), custom
        images (https://docs.digitalocean.com/products/custom-images/details/pricing/), volume
        snapshots and backup plans
        (https://docs.digitalocean.com/products/backups/details/pricing), with their history.
        It has no rate for backup *images*: their price depends on the Droplet, which an image
        listing does not include. A rate for ``backup`` in your own book prices them by size.

        Examples
        --------
        >>> import imagedf
        >>> book = imagedf.PriceBook.load()
        """
        if path is not None:
            return cls(*read_book(path))
        return cls(*read_book(_SHIPPED))

    def at(self, on: date | str) -> tuple[Rate, ...]:
        """Return the rates in force on a day, the most specific first.

        Parameters
        ----------
        on : date, datetime or str
            The day that is priced, in UTC.

        Returns
        -------
        tuple of Rate
            One rate per combination of billing class, account and tag in the book.

        Examples
        --------
        >>> import imagedf
        >>> [rate.billing_class for rate in imagedf.PriceBook.load().at("2026-11-01")]
        ['custom', 'snapshot', 'volume_snapshot']
        """
        day = _day(on)
        latest: dict[tuple[str, str | None, str | None], Rate] = {}
        for rate in sorted(self.rates, key=lambda rate: rate.effective_from):
            if rate.effective_from <= day:
                latest[(rate.billing_class, rate.account, rate.tag)] = rate
        return tuple(sorted(latest.values(), key=most_specific_first))

    def rate_of(
        self,
        billing_class: str,
        on: date | str,
        *,
        account: str | None = None,
        tags: Collection[str] | None = (),
    ) -> Rate | None:
        """Return the most specific rate that matches, or None.

        Parameters
        ----------
        billing_class : str
            A class such as ``snapshot`` or ``volume_snapshot``.
        on : date, datetime or str
            The day that is priced, in UTC.
        account : str, optional
            The account; rates for other accounts do not match.
        tags : collection of str or None, default ()
            The tags; rates for other tags do not match. If several match, the first by name
            applies. None is unknown: no rate matches if one for a tag could.

        Returns
        -------
        Rate or None
            None if the book has no rate that matches on that day.

        Examples
        --------
        >>> import imagedf
        >>> imagedf.PriceBook.load().rate_of("snapshot", "2026-11-01")
        Rate(snapshot: 0.06 USD per GB-month from 2022-07-01)
        """
        for rate in self.at(on):
            if rate.billing_class != billing_class or rate.account not in (None, account):
                continue
            if rate.tag is None or rate.tag in (tags or ()):
                return rate
            if tags is None:  # rates for tags precede all others
                return None
        return None

    def volume_snapshot_rate(self, on: date | str, *, account: str | None = None) -> Rate | None:
        """Return the rate of volume snapshots on a day, or None; see ``rate_of``.

        Examples
        --------
        >>> import imagedf
        >>> imagedf.PriceBook.load().volume_snapshot_rate("2026-11-01")
        Rate(volume_snapshot: 0.06 USD per GiB-month from 2022-07-01)
        """
        return self.rate_of(VOLUME_SNAPSHOT, on, account=account)

    def backup_share(self, plan: str, on: date | str) -> BackupPlan | None:
        """Return the basic price of a backup plan on a day, a share of the Droplet's price.

        Parameters
        ----------
        plan : str
            The plan in the backup policy, ``weekly`` or ``daily``.
        on : date, datetime or str
            The day that is priced, in UTC.

        Returns
        -------
        BackupPlan or None
            None if the book does not know the plan on that day.

        Examples
        --------
        >>> import imagedf
        >>> imagedf.PriceBook.load().backup_share("weekly", "2026-11-01").share
        Decimal('0.20')
        """
        return plan_at(self.backup_plans, plan, _day(on), by_share=True)

    def backup_usage(self, plan: str, on: date | str) -> BackupPlan | None:
        """Return the usage-based price of a backup plan on a day, per GiB of restorable size.

        Parameters
        ----------
        plan : str
            ``weekly``, ``daily``, ``12 hours``, ``6 hours`` or ``4 hours``.
        on : date, datetime or str
            The day that is priced, in UTC.

        Returns
        -------
        BackupPlan or None
            None if the book does not know the plan on that day.

        Examples
        --------
        >>> import imagedf
        >>> imagedf.PriceBook.load().backup_usage("weekly", "2026-11-01").amount
        Decimal('0.04')
        """
        return plan_at(self.backup_plans, plan, _day(on), by_share=False)

    def describe(self, on: date | str, *, everything: bool = False) -> list[str]:
        """Return the prices in force on a day as text, each with its date and source.

        Parameters
        ----------
        on : date, datetime or str
            The day that is priced, in UTC.
        everything : bool, default False
            Include the prices of volume snapshots and backup plans, which are not in an image
            listing.

        Returns
        -------
        list of str
            One line per rate, the most specific first (or one line if there is no rate), then
            the minimum, if any, and the unit of sizes.

        Examples
        --------
        >>> import imagedf
        >>> for line in imagedf.PriceBook.load().describe("2026-11-01"):
        ...     print(line.split(";")[0])
        rate custom: 0.06 USD per GB-month from 2022-07-01
        rate snapshot: 0.06 USD per GB-month from 2022-07-01
        minimum: the published one, 0.01 USD per snapshot and month, is not applied
        sizes are as reported by DigitalOcean, in the unit of the rate
        """
        day = _day(on)
        rates = [
            rate for rate in self.at(day) if everything or rate.billing_class != VOLUME_SNAPSHOT
        ]
        lines = [f"rate {rate}" for rate in rates] or [f"the price book has no rate for {day}"]
        plans = self._plans_at(day) if everything else []
        return [*lines, *plans, *self._minimum_line(), UNIT_OF_SIZES]

    def _plans_at(self, day: date) -> list[str]:
        kinds = dict.fromkeys((entry.plan, entry.share is not None) for entry in self.backup_plans)
        plans = self.backup_plans
        found = [plan_at(plans, name, day, by_share=share) for name, share in kinds]
        return [str(entry) for entry in found if entry is not None]

    def _minimum_line(self) -> list[str]:
        if self.minimum:
            return [f"minimum: {self.minimum} {self.currency} per image and month"]
        if not self.stated_minimum:
            return []
        stated = f"{self.stated_minimum} {self.currency} per snapshot and month"
        advice = "to apply one, set minimum in your own price book"
        return [f"minimum: the published one, {stated}, is not applied; {advice}"]

    def __repr__(self) -> str:
        days = sorted(entry.effective_from for entry in self._entries())
        plans = f" and {counted(len(self.backup_plans), 'backup plan')}" * bool(self.backup_plans)
        span = f", from {days[0]} to {days[-1]}" if days else ""
        return f"PriceBook({self.currency}, {counted(len(self.rates), 'rate')}{plans}{span})"

    def _repr_html_(self) -> str:
        """Return the prices as a table, for notebooks."""
        return table_of(repr(self), self._entries())

    def _entries(self) -> list[Rate | BackupPlan]:
        return [*self.rates, *self.backup_plans]


def _day(on: date | str) -> date:
    # Imported here, as it imports pandas: a price book is read before page 1 is requested.
    from imagedf.frame import read_day

    return read_day(on)
