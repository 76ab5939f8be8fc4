"""Dated rates for stored images, read from TOML; no rate stands in code."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from importlib.resources import as_file, files
from typing import Any

from imagedf._tomlfile import Entry, read_toml

_UNITS = ("GB-month", "GiB-month")
_REQUIRED = ("billing_class", "effective_from", "rate", "source", "read_on")
_OPTIONAL = ("account", "tag", "unit")
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What one GB of a billing class costs a month, from a day on.

    ``account`` and ``tag`` narrow it to the images of one account or with one tag.
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

    def __str__(self) -> str:
        narrowed = [f"{key} {value}" for key, value in self._selectors() if value is not None]
        only = f" ({', '.join(narrowed)})" if narrowed else ""
        return (
            f"{self.billing_class}{only}: {self.amount} {self.currency} per {self.unit} "
            f"from {self.effective_from}; {self.source}, read {self.read_on}"
        )

    @property
    def precision(self) -> int:
        """How narrow the rate is; the narrowest that fits an image stands."""
        return (self.tag is not None) * 2 + (self.account is not None)

    def _selectors(self) -> tuple[tuple[str, str | None], ...]:
        return (("account", self.account), ("tag", self.tag))


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Dated rates by billing class, in one currency.

    Parameters
    ----------
    currency : str
        Three capital letters, such as USD.
    rates : tuple of Rate
        In any order.

    See Also
    --------
    estimate_cost : Price a frame with a book.

    Examples
    --------
    >>> import imagedf
    >>> from datetime import date
    >>> book = imagedf.PriceBook.load()
    >>> [str(rate.amount) for rate in book.at(date(2020, 1, 1))]
    ['0.05', '0.05']
    """

    currency: str
    rates: tuple[Rate, ...]

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None) -> PriceBook:
        """Read a book from TOML: yours, or without a path the one that comes with imagedf.

        Parameters
        ----------
        path : path-like, optional
            A file with ``currency``, ``unit`` (GB-month or GiB-month) and ``[[rate]]``
            tables: ``billing_class``, ``effective_from``, ``rate`` (per unit), ``source``
            and ``read_on``; also ``account``, ``tag`` and ``unit`` where a rate is narrower.

        Returns
        -------
        PriceBook
            All rates of the file.

        Raises
        ------
        ImagedfError
            The file is no such book; the message names line and key.

        Notes
        -----
        The shipped book holds the published rates of snapshots and custom images, with
        their sources. Usage-based backups are priced per GiB of restorable size
        (https://docs.digitalocean.com/products/backups/details/pricing), which the listing
        does not tell apart from other backups; name a rate for ``backup`` to use it.

        Examples
        --------
        >>> import imagedf
        >>> imagedf.PriceBook.load().currency
        'USD'
        """
        if path is None:
            with as_file(files("imagedf.cost") / "prices.toml") as shipped:
                return cls._read(shipped)
        return cls._read(path)

    @classmethod
    def _read(cls, path: str | os.PathLike[str]) -> PriceBook:
        book = read_toml(path, "rate")
        book.top.check_keys(("currency", "unit"), required=("currency",))
        currency = _text(book.top, "currency")
        if not re.fullmatch("[A-Z]{3}", currency):
            raise book.top.wrong("currency", f"must be three capital letters, not {currency!r}")
        if not book.entries["rate"]:
            raise book.top.wrong("rate", "is missing: a book needs at least one [[rate]]")
        unit = _unit(book.top)
        rates = [_rate(entry, currency, unit) for entry in book.entries["rate"]]
        for at, (rate, entry) in enumerate(zip(rates, book.entries["rate"], strict=True)):
            if any(_same(rate, other) for other in rates[:at]):
                raise entry.wrong("effective_from", "repeats that of an earlier rate")
        return cls(currency, tuple(rates))

    def at(self, day: date) -> tuple[Rate, ...]:
        """Return the rates in force on a day, the narrowest first.

        Parameters
        ----------
        day : datetime.date
            The day that is priced.

        Returns
        -------
        tuple of Rate
            One per billing class, account and tag that the book tells apart.

        Examples
        --------
        >>> import imagedf
        >>> from datetime import date
        >>> [rate.billing_class for rate in imagedf.PriceBook.load().at(date(2026, 11, 1))]
        ['custom', 'snapshot']
        """
        if isinstance(day, datetime):
            day = (day.astimezone(UTC) if day.tzinfo else day).date()
        latest: dict[tuple[str, str | None, str | None], Rate] = {}
        for rate in sorted(self.rates, key=lambda rate: rate.effective_from):
            if rate.effective_from <= day:
                latest[(rate.billing_class, rate.account, rate.tag)] = rate
        return tuple(sorted(latest.values(), key=narrowest_first))

    def describe(self, day: date) -> list[str]:
        """Say what is charged on a day: each rate with its date and its source.

        Parameters
        ----------
        day : datetime.date
            The day that is priced.

        Returns
        -------
        list of str
            One line a rate, the narrowest first; one that says so when there is none.

        Examples
        --------
        >>> import imagedf
        >>> from datetime import date
        >>> for line in imagedf.PriceBook.load().describe(date(2026, 11, 1)):
        ...     print(line.split(";")[0])
        rate custom: 0.06 USD per GB-month from 2022-07-01
        rate snapshot: 0.06 USD per GB-month from 2022-07-01
        """
        rates = [f"rate {rate}" for rate in self.at(day)]
        return rates or [f"the price book has no rate for {day}"]


def narrowest_first(rate: Rate) -> tuple[Any, ...]:
    """Give the key by which the rate that fits most narrowly comes first."""
    return (-rate.precision, rate.billing_class, rate.account or "", rate.tag or "")


def _same(one: Rate, other: Rate) -> bool:
    return all(
        getattr(one, key) == getattr(other, key)
        for key in ("billing_class", "effective_from", "account", "tag")
    )


def _rate(entry: Entry, currency: str, unit: str) -> Rate:
    entry.check_keys((*_REQUIRED, *_OPTIONAL), required=_REQUIRED)
    narrowed = {key: _text(entry, key) for key in ("account", "tag") if key in entry.table}
    return Rate(
        billing_class=_text(entry, "billing_class"),
        effective_from=_day(entry, "effective_from"),
        amount=_amount(entry),
        currency=currency,
        unit=_unit(entry, unit),
        source=_text(entry, "source"),
        read_on=_day(entry, "read_on"),
        **narrowed,
    )


def _text(entry: Entry, key: str) -> str:
    value = entry.table[key]
    if not isinstance(value, str) or not value.strip():
        raise entry.wrong(key, f"must be a text, not {value!r}")
    return value


def _unit(entry: Entry, default: str = _UNITS[0]) -> str:
    unit = entry.table.get("unit", default)
    if unit not in _UNITS:
        raise entry.wrong("unit", f"must be {' or '.join(_UNITS)}, not {unit!r}")
    return str(unit)


def _day(entry: Entry, key: str) -> date:
    value = entry.table[key]
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise entry.wrong(key, f"must be a day such as 2026-11-01, without quotes, not {value!r}")


def _amount(entry: Entry) -> Decimal:
    value = entry.table["rate"]
    try:
        # By its text, since a float such as 0.06 is no exact number of cents.
        amount = Decimal(str(value)) if isinstance(value, str | int | float) else None
    except InvalidOperation:
        amount = None
    if amount is None or isinstance(value, bool) or not _is_price(amount):
        raise entry.wrong("rate", f"must be an amount from 0 to {_MOST:,}, not {value!r}")
    return amount


def _is_price(amount: Decimal) -> bool:
    return amount.is_finite() and 0 <= amount <= _MOST
