"""Ages as people write them: 90, "90d", "12w", "3mo", "1y" or a timedelta."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from numbers import Real
from typing import TYPE_CHECKING

from imagedf._text import received

if TYPE_CHECKING:
    import pandas as pd

_AGE = re.compile(
    r"\s*(?P<number>[0-9]{1,10}(?:\.[0-9]{1,9})?)\s*"
    r"(?P<unit>|s|seconds?|h|hours?|d|days?|w|weeks?|mo|months?|y|years?)\s*",
    re.IGNORECASE,
)
_SECONDS = {"s": 1, "h": 3_600, "d": 86_400, "w": 604_800}
_MONTHS = {"mo": 1, "y": 12}
_WORDS = {"s": "second", "h": "hour", "d": "day", "mo": "month", "y": "year"}
_LONGEST = 100 * 365


def canonical(age: object, name: str = "older_than") -> str:
    """Return an age in its shortest form, such as "90d", "36h", "3mo" or "1y".

    Raises
    ------
    TypeError
        ``age`` is not a number, text or timedelta.
    ValueError
        ``age`` is negative, too long, or not in the form of an age.

    Examples
    --------
    >>> canonical(90), canonical("12 weeks"), canonical(timedelta(hours=36)), canonical("3 months")
    ('90d', '84d', '36h', '3mo')
    """
    if isinstance(age, timedelta):
        return _in_units(Decimal(age // timedelta(microseconds=1)) / 1_000_000, age, name)
    if isinstance(age, bool) or not isinstance(age, str | Real | Decimal):
        raise TypeError(
            f"{name} must be days, text such as '90d' or a timedelta, not {received(age)}"
        )
    match = _AGE.fullmatch(str(age))
    if match is None:
        hint = "; write months as 'mo'" if re.fullmatch(r"\s*[0-9]+\s*m\s*", str(age)) else ""
        raise ValueError(
            f"{name} must be an age such as 90, '90d', '3mo' or '1y', not {received(age)}{hint}"
        )
    unit = _unit(match["unit"])
    if unit not in _MONTHS:
        return _in_units(Decimal(match["number"]) * _SECONDS[unit], age, name)
    if "." in match["number"] or int(match["number"]) * _MONTHS[unit] > 1_200:
        raise ValueError(f"{name} must be a whole number of months or years, at most 100 years")
    return f"{int(match['number'])}{unit}"


def _unit(text: str) -> str:
    short = text.lower()
    return "mo" if short.startswith("mo") else short[:1] or "d"


def _in_units(seconds: Decimal, age: object, name: str) -> str:
    if not 0 <= seconds <= _LONGEST * _SECONDS["d"]:
        raise ValueError(f"{name} must be between 0 and 100 years, not {received(age)}")
    unit = next((unit for unit in ("d", "h") if not seconds % _SECONDS[unit]), "s")
    return f"{(seconds / _SECONDS[unit]).normalize():f}{unit}"


def _parts(age: str) -> tuple[Decimal, str]:
    match = _AGE.fullmatch(age)
    assert match is not None  # noqa: S101 # canonical() wrote it
    return Decimal(match["number"]), match["unit"]


def latest_of(age: str, now: datetime) -> pd.Timestamp:
    """Return the moment before which an image must have been created to be older than ``age``.

    Months and years are calendar months and years.
    """
    import pandas as pd

    number, unit = _parts(age)
    moment = pd.Timestamp(now).as_unit("us")
    if unit in _MONTHS:
        return moment - pd.DateOffset(months=int(number) * _MONTHS[unit])
    return moment - pd.Timedelta(microseconds=int(number * _SECONDS[unit] * 1_000_000))


def in_words(age: str) -> str:
    """Return an age for people, such as "90 days".

    Examples
    --------
    >>> in_words("90d"), in_words("1y")
    ('90 days', '1 year')
    """
    number, unit = _parts(age)
    return f"{number:,f} {_WORDS[unit]}{'' if number == 1 else 's'}"
