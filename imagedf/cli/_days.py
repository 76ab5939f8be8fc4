"""Days as people write them: ``yesterday``, ``2026-11-23``, ``2026-11``, ``90d``, ``last``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import click

from imagedf.cli._console import say

_AGO = re.compile(r"(\d{1,5})\s*(d|days?|w|weeks?|mo|months?|y|years?)(?:\s+ago)?", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
FORMS = "YYYY-MM-DD, today, yesterday or 90d"


def today() -> date:
    """Return today's date in UTC, as the API's times are."""
    return datetime.now(UTC).date()


def tomorrow() -> date:
    """Return the last day that can be recorded: clocks in two time zones can be a day apart."""
    return today() + timedelta(days=1)


def parse_day(text: str, edge: Literal["first", "last"] | None = None) -> date:
    """Return the day that a text means; for a month, its first or last day by ``edge``.

    Raises
    ------
    ValueError
        The text is not a date, or is a month where a day is required.
    """
    text = text.strip()
    named = {"today": 0, "yesterday": 1}.get(text.casefold())
    if named is not None:
        return today() - timedelta(days=named)
    if month := _MONTH.fullmatch(text):
        return _of_month(text, int(month[1]), int(month[2]), edge)
    if ago := _AGO.fullmatch(text):
        return _ago(int(ago[1]), ago[2].casefold())
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        months = "" if edge is None else ", or YYYY-MM for a month"
        raise ValueError(f"{text!r:.40} is not a date; use {FORMS}{months}") from None


def _of_month(text: str, year: int, month: int, edge: str | None) -> date:
    if edge is None:
        raise ValueError(f"{text} is a month; use a day, such as {text}-01")
    try:
        first = date(year, month, 1)
    except ValueError:
        raise ValueError(f"{text!r} is not a month; use YYYY-MM") from None
    return first if edge == "first" else _end_of(first)


def _end_of(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _ago(number: int, unit: str) -> date:
    """Return the day that is this many days, weeks, months or years before today."""
    try:
        if unit.startswith(("d", "w")):
            return today() - timedelta(days=number * (7 if unit.startswith("w") else 1))
        months = number * (12 if unit.startswith("y") else 1)
        year, month = divmod(today().year * 12 + today().month - 1 - months, 12)
        last = _end_of(date(year, month + 1, 1))
        return last.replace(day=min(today().day, last.day))
    except (ValueError, OverflowError):
        raise ValueError(f"{number} {unit} ago is before the year 1") from None


class Day(click.ParamType[datetime]):
    """The type of an option for a day; the command gets a datetime, 00:00 UTC."""

    name = "date"

    def __init__(self, edge: Literal["first", "last"] | None = None) -> None:
        self.edge = edge

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Convert text; pass on a value that is already converted."""
        if isinstance(value, datetime):
            return value
        try:
            day = parse_day(str(value), self.edge)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)


def recorded_day(text: str, days: Sequence[str]) -> str:
    """Return the recorded day that a text means, in ISO 8601.

    ``last`` and ``previous`` are the last two recorded days. A month, or a day relative to
    today, means the last day recorded on or before it; a message names that day if it differs.
    """
    text = text.strip().casefold()
    for name, place in (("last", -1), ("previous", -2)):
        if text == name:
            if len(days) < -place:
                raise ValueError(f"there is no {name} day: only {len(days)} recorded")
            return days[place]
    day = parse_day(text, "last").isoformat()
    if _DAY.fullmatch(text):
        return day
    before = [recorded for recorded in days if recorded <= day]
    if not before:
        raise ValueError(f"no day is recorded on or before {day} ({text})")
    if before[-1] != text:
        say(f"{text}: using {before[-1]}, the last day recorded on or before {day}")
    return before[-1]


def is_day(text: str) -> bool:
    """Return whether a text means a day, not the name of a file."""
    if text.strip().casefold() in ("last", "previous"):
        return True
    return bool(_DAY.fullmatch(text)) or _is_relative(text)


def _is_relative(text: str) -> bool:
    try:
        parse_day(text, "last")
    except ValueError:
        return False
    return True
