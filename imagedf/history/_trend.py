"""Fit a linear trend to a measure of a history, and find when it reaches a limit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from imagedf._text import counted, in_cents, in_html, measure_words
from imagedf.errors import FrameError, missing_columns
from imagedf.frame import require
from imagedf.history._daily import UNKNOWN_IN, with_unknown_missing
from imagedf.history._dayfile import DAY
from imagedf.schema import COST_PREFIX


@dataclass(frozen=True, slots=True)
class Trend:
    """The linear trend of a measure, and when it reaches a limit.

    ``days`` counts the days used, ``left_out`` those with fewer accounts. ``uneven`` is the
    largest difference between days in the number of images with unknown size or cost.
    """

    measure: str
    first: date
    last: date
    days: int
    latest: float
    per_day: float
    limit: float | None = None
    reached: date | None = None
    left_out: int = 0
    uneven: int = 0

    def __str__(self) -> str:
        name, _ = measure_words(self.measure)
        text = (
            f"{name} {self._amount(self.latest)}, {self._change()} per day over "
            f"{self.days:,} recorded days from {self.first} to {self.last}"
        )
        if self.limit is not None:
            text += f"; {self._amount(self.limit)} {self._when()}"
        if self.left_out:
            text += f"; left out: {counted(self.left_out, 'day')} with fewer accounts"
        if self.uneven:
            text += f"; {counted(self.uneven, 'image')} more unknown on some days than on others"
        return text

    def __repr__(self) -> str:
        return f"<Trend {self!s:.190}>"

    def _repr_html_(self) -> str:
        return f"<p>{in_html(self)}</p>"

    def _when(self) -> str:
        if self.reached is None:
            return "is not reached at that rate"
        if self.reached > self.last:
            return f"is reached on {self.reached} at that rate"
        already = "was already reached" if self.reached == self.first else "was reached"
        return f"{already} on {self.reached}"

    def _amount(self, value: float) -> str:
        return f"{in_cents(value)}{_unit(self.measure)}"

    def _change(self) -> str:
        sign = "+" if self.per_day >= 0 else ""
        small = 0 < abs(self.per_day) < 0.01
        number = f"{self.per_day:.2g}" if small else in_cents(self.per_day)
        return f"{sign}{number}{_unit(self.measure)}"


def _unit(measure: str) -> str:
    if measure.endswith("gigabytes"):
        return " GB"
    cost = measure.removeprefix("allocated_")
    is_money = cost.startswith((COST_PREFIX, "cost_"))
    return f" {cost[-3:].upper()}" if is_money else ""


def fit_trend(
    frame: pd.DataFrame, measure: str = "size_gigabytes", *, limit: float | None = None
) -> Trend:
    """Fit a straight line to a measure of a history, and find when it reaches a limit.

    Parameters
    ----------
    frame : pandas.DataFrame
        A frame returned by ``growth``, or one group of it: one row per day.
    measure : str, default "size_gigabytes"
        One of its columns, such as ``images`` or ``monthly_cost_usd``.
    limit : float, optional
        A budget or a size, in the unit of the measure.

    Returns
    -------
    Trend
        ``per_day`` is the slope of the least-squares line. ``reached`` is the day on which the
        latest value will reach ``limit`` at that rate or, if it is there already, the day on
        which it was reached; None if it doesn't grow, or without a limit. ``str`` is one line.

    Raises
    ------
    FrameError
        A column is missing, a day has several rows, or fewer than two days have a known value.
    ValueError
        ``limit`` is not a finite number.

    See Also
    --------
    growth : Compute the totals by day.
    plot_growth : Plot them.

    Notes
    -----
    Days on which fewer accounts were recorded than on the day with the most are left out
    (``left_out`` counts them), and so are days on which all sizes or costs are unknown: both
    would distort the line. A day on which only some are unknown counts with its known sum;
    ``uneven`` and the text say so.

    Examples
    --------
    >>> import imagedf, pandas as pd
    >>> days = pd.to_datetime(["2026-11-01", "2026-11-02", "2026-11-04"])
    >>> grown = pd.DataFrame({"snapshot_date": days, "size_gigabytes": [10.0, 12.0, 16.0]})
    >>> imagedf.fit_trend(grown, limit=30).reached
    datetime.date(2026, 11, 11)
    """
    _check(frame, measure, limit)
    whole = _of_all_accounts(frame)
    used = _usable(whole, measure)
    if not used[DAY].is_unique:
        raise FrameError("a trend needs one row per day; pass one group of the growth")
    fewer = len(frame) - len(whole)
    if len(used) < 2:
        left_out = f"; {counted(fewer, 'day')} with fewer accounts left out" if fewer else ""
        raise FrameError(
            f"a trend needs at least two days with a known {measure}; {len(used)} found{left_out}"
        )
    days = pd.DatetimeIndex(used[DAY])
    values = used[measure].to_numpy(dtype=np.float64)
    slope = _slope((days - days[0]).days.to_numpy(dtype=np.float64), values)
    return Trend(
        measure=measure,
        first=_day(days[0]),
        last=_day(days[-1]),
        days=len(days),
        latest=float(values[-1]),
        per_day=slope,
        limit=limit,
        reached=None if limit is None else _reached(days, values, slope, limit),
        left_out=fewer,
        uneven=_uneven(used, measure),
    )


def _check(frame: pd.DataFrame, measure: str, limit: float | None) -> None:
    require(frame)
    if not {DAY, measure} <= set(frame.columns):
        raise missing_columns([DAY, measure], frame.columns)
    if limit is not None and not math.isfinite(limit):
        raise ValueError(f"limit must be a finite number, not {limit}")


def _usable(whole: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Keep the days whose value is known, in order."""
    known = with_unknown_missing(whole) if "images" in whole else whole
    days = known.assign(**{DAY: known[DAY].astype("datetime64[us]")}).sort_values(DAY)
    return days[days[measure].notna()]


def _uneven(used: pd.DataFrame, measure: str) -> int:
    """Return the largest difference between days in the number of unknown values."""
    unknown = UNKNOWN_IN.get(measure)
    return 0 if unknown not in used else int(used[unknown].max() - used[unknown].min())


def _of_all_accounts(frame: pd.DataFrame) -> pd.DataFrame:
    if "accounts" not in frame:
        return frame
    days: pd.DataFrame = frame[frame["accounts"] == frame["accounts"].max()]
    return days


def _slope(numbers: Any, values: Any) -> float:
    """Return the slope of the least-squares line."""
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
