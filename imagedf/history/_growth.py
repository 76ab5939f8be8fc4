"""How a history grows: figures day by day, never added up over days, and a straight trend."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from imagedf._text import counted, measure_words
from imagedf.errors import FrameError, missing_columns
from imagedf.frame import require
from imagedf.history._daily import FIGURES, daily_sums
from imagedf.history._layout import Day
from imagedf.history._read import DAY, account_names, days_between
from imagedf.summary import summarize, with_gaps

_LEFT_OUT = ("share", "oldest", "newest")


def growth(
    history: Any,
    by: str | Sequence[str] | None = None,
    *,
    since: Day | None = None,
    until: Day | None = None,
    accounts: Collection[str] | None = None,
) -> Any:
    """Add a history up day by day, each image once a day.

    Parameters
    ----------
    history : path-like, or pandas, Polars, PyArrow, DuckDB or PySpark frame
        The directory that ``record`` writes, or rows of it: what ``read_history`` or
        ``open_history`` gave, or an engine's own frame of the ``images`` table.
    by : str or list of str, optional
        Group each day by these, as ``summarize`` does: ``account``, ``type``,
        ``distribution``, ``region`` and so on.
    since, until : date or str, optional
        First and last day, both included; only with a directory.
    accounts : collection of str, optional
        Only these; only with a directory.

    Returns
    -------
    frame of the same kind, pandas for a directory
        One row per recorded day and group, by day and key: ``snapshot_date``, the keys,
        ``accounts`` (how many the day has, unless ``account`` is a key), ``images``,
        ``size_gigabytes`` [GB, known sizes], ``unknown_size`` (images), and with recorded
        costs the monthly cost and ``unknown_cost`` (images). By region or tag also what is
        allocated, which adds up to the day's total. A day that was not recorded has no row,
        not a zero. Where ``accounts`` drops, an account was not recorded: its images are
        not gone. From a directory, a recorded day without any image is a row of zeros,
        without ``by`` or by ``account``.

    Raises
    ------
    FrameError
        The frame lacks ``snapshot_date`` or another needed column.
    HistoryError
        The directory is no history, or has a file that can't be used.
    ValueError, TypeError
        ``by`` names a key twice, or ``age``; or a range is given with a frame.

    See Also
    --------
    fit_trend : The straight line through a measure, and when it reaches a limit.
    plot_growth : Draw it.
    summarize : The same for the images of one day.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> with tempfile.TemporaryDirectory() as history:
    ...     for day in ("2026-11-21", "2026-11-23"):
    ...         _ = imagedf.record(frame, history, on=day)
    ...     imagedf.growth(history)[["snapshot_date", "images", "size_gigabytes"]]
      snapshot_date  images  size_gigabytes
    0    2026-11-21       6           14.06
    1    2026-11-23       6           14.06
    """
    keys = [by] if isinstance(by, str) else list(by or ())
    if len(set(keys)) != len(keys) or {DAY, *FIGURES} & set(keys):
        raise ValueError(f"by needs different columns, neither {DAY} nor a measure, got {by!r}")
    if "age" in keys:
        raise ValueError("an age is one at a moment, and a history has many; use month or type")
    if isinstance(history, str | os.PathLike):
        first, last = days_between(since, until)
        return daily_sums(Path(history), keys, first, last, account_names(accounts))
    if (since, until, accounts) != (None, None, None):
        raise TypeError("since, until and accounts go with a directory; filter a frame before")
    return _by_day(history, keys)


def _by_day(frame: Any, keys: Sequence[str]) -> Any:
    present = nw.from_native(frame).collect_schema().names()
    if DAY not in present:
        raise missing_columns([DAY], present)
    groups = nw.from_native(summarize(frame, [DAY, *keys]))
    names = [name for name in groups.collect_schema().names() if name not in _LEFT_OUT]
    if "account" not in keys:
        seen = nw.from_native(frame).group_by(DAY, "account").agg(nw.len())
        counts = seen.group_by(DAY).agg(nw.len().alias("accounts"))
        groups = groups.join(counts.with_columns(nw.col("accounts").cast(nw.Int64)), on=DAY)
        names.insert(len(keys) + 1, "accounts")
    ordered = groups.select(*names).sort(DAY, *keys, nulls_last=True)
    return nw.maybe_reset_index(ordered).to_native()


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through the days of a measure, and when it reaches a limit."""

    measure: str
    first: date
    last: date
    days: int
    latest: float
    per_day: float
    limit: float | None
    reached: date | None

    def __str__(self) -> str:
        span = f"{self.days:,} recorded days from {self.first} to {self.last}"
        name, unit = measure_words(self.measure)
        text = f"{name} {self.latest:,.2f}{unit}, {self.per_day:+,.4g} a day over {span}"
        if self.limit is None:
            return text
        if self.reached is None:
            return f"{text}; {self.limit:,.2f} is not reached at that rate"
        if self.reached <= self.last:
            return f"{text}; {self.limit:,.2f} was reached by {self.reached}"
        return f"{text}; {self.limit:,.2f} is reached on {self.reached} at that rate"


def fit_trend(
    growth: pd.DataFrame, measure: str = "size_gigabytes", *, limit: float | None = None
) -> Trend:
    """Fit a straight line through the days of a history, and tell when it reaches a limit.

    Parameters
    ----------
    growth : pandas.DataFrame
        What ``growth`` gave for a history or for one group of it: one row a day.
    measure : str, default "size_gigabytes"
        A column of it, such as ``images`` or ``monthly_cost_usd``.
    limit : float, optional
        A budget or a size, in the unit of the measure.

    Returns
    -------
    Trend
        ``per_day`` is the slope of the least squares line. ``reached`` is the day on which
        the latest value, growing so, comes to ``limit``; when it is there already, the day
        since which it has been; None when it does not grow, or without a limit. As text
        one line.

    Raises
    ------
    FrameError
        A column is missing, a day stands in several rows, or there are fewer than two days
        with a known value.
    ValueError
        ``limit`` is no finite number.

    See Also
    --------
    growth : The figures.
    plot_growth : Draw them.

    Notes
    -----
    Days on which fewer accounts were recorded than on the day with most are left out, and
    so are days on which the size or the cost of no image is known: both would bend the line.

    Examples
    --------
    >>> import imagedf, pandas as pd
    >>> days = pd.to_datetime(["2026-11-01", "2026-11-02", "2026-11-04"])
    >>> grown = pd.DataFrame({"snapshot_date": days, "size_gigabytes": [10.0, 12.0, 16.0]})
    >>> imagedf.fit_trend(grown, limit=30).reached
    datetime.date(2026, 11, 11)
    """
    require(growth)
    if not {DAY, measure} <= set(growth.columns):
        raise missing_columns([DAY, measure], growth.columns)
    if limit is not None and not math.isfinite(limit):
        raise ValueError(f"limit must be a finite number, not {limit}")
    used = _usable(growth, measure)
    if not used[DAY].is_unique:
        raise FrameError("a trend needs one row a day; pick one group of the growth")
    if len(used) < 2:
        fewer = len(growth) - len(_of_all_accounts(growth))
        left_out = f"; {counted(fewer, 'day')} of fewer accounts are left out" if fewer else ""
        raise FrameError(
            f"a trend needs two days with a known {measure}, there are {len(used)}{left_out}"
        )
    days = pd.DatetimeIndex(used[DAY])
    values = used[measure].to_numpy(dtype=np.float64)
    numbers = (days - days[0]).days.to_numpy(dtype=np.float64)
    slope = _slope(numbers, values)
    return Trend(
        measure=measure,
        first=_day(days[0]),
        last=_day(days[-1]),
        days=len(days),
        latest=float(values[-1]),
        per_day=slope,
        limit=limit,
        reached=None if limit is None else _reached(days, values, slope, limit),
    )


def _usable(growth: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Keep the days whose value is known and of all accounts, in order."""
    days = with_gaps(_of_all_accounts(growth))
    days = days.assign(**{DAY: pd.to_datetime(days[DAY])}).sort_values(DAY)
    return days[days[measure].notna()]


def _of_all_accounts(growth: pd.DataFrame) -> pd.DataFrame:
    if "accounts" not in growth:
        return growth
    days: pd.DataFrame = growth[growth["accounts"] == growth["accounts"].max()]
    return days


def _slope(numbers: Any, values: Any) -> float:
    """Return the slope of the least squares line."""
    apart = numbers - numbers.mean()
    return math.fsum(apart * (values - values.mean())) / math.fsum(apart * apart)


def _reached(days: pd.DatetimeIndex, values: Any, slope: float, limit: float) -> date | None:
    below = np.flatnonzero(values < limit)
    if not len(below):
        return _day(days[0])
    if below[-1] < len(values) - 1:
        return _day(days[below[-1] + 1])
    if slope <= 0:
        return None
    ahead = math.ceil(round((limit - values[-1]) / slope, 9))
    try:
        return _day(days[-1]) + timedelta(days=ahead)
    except OverflowError:
        return None


def _day(moment: Any) -> date:
    return date(moment.year, moment.month, moment.day)
