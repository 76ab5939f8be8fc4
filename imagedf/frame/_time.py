"""Days and moments: the only module that parses them and that reads the current time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa

from imagedf._text import received
from imagedf.errors import FrameError
from imagedf.frame._certificate import certificate_of

Day = date | str
Moment = date | str
"""``datetime`` is a subclass of ``date``, so this includes all three types."""


def read_moment(value: Moment, name: str = "now") -> datetime:
    """Read a moment in UTC from a datetime, a date (midnight) or ISO 8601 text.

    Examples
    --------
    >>> read_moment("2026-11-26T12:00:00+02:00")
    datetime.datetime(2026, 11, 26, 10, 0, tzinfo=datetime.timezone.utc)
    """
    moment = _parsed(value, name)
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(
            f"{name} must be in the years 1 to 9999 in UTC, not {received(value)}"
        ) from error


def read_day(value: Day, name: str = "on") -> date:
    """Read a day (UTC) from a date, a datetime or ISO 8601 text.

    Examples
    --------
    >>> read_day("2026-11-26"), read_day("2026-11-26T23:00:00-05:00")
    (datetime.date(2026, 11, 26), datetime.date(2026, 11, 27))
    """
    day = _parsed(value, name)
    return read_moment(day, name).date() if isinstance(day, datetime) else day


def utc_days(moments: pa.ChunkedArray) -> pa.ChunkedArray:
    """Convert to days in UTC: Arrow's own conversion returns those of the column's time zone."""
    if moments.null_count == len(moments):
        return pa.chunked_array([pa.nulls(len(moments), pa.date32())])
    try:
        if pa.types.is_timestamp(moments.type) and moments.type.tz:
            moments = moments.cast(pa.timestamp(moments.type.unit, "UTC"))
        return moments.cast(pa.date32())
    except pa.ArrowException as error:
        raise FrameError(f"snapshot_date contains values that are not days: {error}") from error


def _parsed(value: Any, name: str) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError(
                f"{name} must be a day such as 2026-11-26 or an ISO 8601 time, "
                f"not {received(value)}"
            ) from error
    if not isinstance(value, date) or pd.isna(value):
        raise TypeError(
            f"{name} must be a date, a datetime or ISO 8601 text, not {received(value)}"
        )
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value


def as_of(frame: Any, now: Moment | None = None) -> datetime:
    """Return the moment that ages and rates refer to, in UTC.

    This is ``now`` if given, else the moment the frame was fetched, else the current time.
    """
    if now is not None:
        return read_moment(now)
    found = certificate_of(frame)
    finished = found.finished if found else None
    return read_moment(finished) if finished else datetime.now(UTC)


def day_of(frame: Any, on: Day | None = None) -> date:
    """Return the day whose rates apply: ``on`` if given, else the day of ``as_of``."""
    return as_of(frame).date() if on is None else read_day(on)


def assumed_day(frame: Any, on: Day | None = None) -> list[str]:
    """Return a line that names the day of reading if it is used because no other is known."""
    found = certificate_of(frame)
    if on is not None or "snapshot_date" in frame.columns or (found and found.finished):
        return []
    day = datetime.now(UTC).date()
    return [f"No fetch date is known: prices and ages are as of {day}, the day of reading"]
