"""The chart of a history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from imagedf._text import counted, decimals_for, fixed, measure_words, number
from imagedf.charts._groups import check_top
from imagedf.charts._style import (
    LINES,
    MOST_LINES,
    NEUTRAL,
    PLAIN,
    Options,
    finish,
    is_small,
    label,
    looks_of_lines,
    text_of,
)
from imagedf.errors import missing_columns
from imagedf.frame import require
from imagedf.schema import COST_PREFIX, cost_column

_OVERLAPPING = {"region", "tag"}
_TICKS = 6
_STEPS = ("D", "2D", "4D", "7D", "14D", "MS", "2MS", "3MS", "6MS", "YS", "2YS", "5YS", "20YS")
_LINE = 0.065  # the height of a line of text, relative to the height of the Axes
_LABELS = 4  # more lines than this get a legend


def plot_growth(
    frame: pd.DataFrame,
    measure: str = "size_gigabytes",
    *,
    top: int = len(LINES),
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    color: str | None = None,
) -> Axes:
    """Plot a measure of a history over time, with one line per group.

    Parameters
    ----------
    frame : pandas.DataFrame
        A frame returned by ``growth``.
    measure : str, default "size_gigabytes"
        One of its columns, such as ``images`` or ``monthly_cost_usd``.
    top : int, default 6
        The number of groups to show, at most 12; the others are combined in one line, or left out
        and counted in the caption if an image can be in several groups. From the seventh on,
        colors repeat, with dashes and squares.
    ax, figsize, title, color
        As for ``plot_sizes``.

    Returns
    -------
    matplotlib.axes.Axes
        The x axis is the day. Days without a record or without known values are gaps, bridged
        by a dotted line. Days on which fewer accounts were recorded are hollow markers; lines
        and title ignore them.

    Raises
    ------
    FrameError
        The frame lacks ``snapshot_date`` or the measure.
    ValueError, TypeError
        An option is not valid.

    See Also
    --------
    growth : Return the figures as a table.

    Examples
    --------
    >>> import imagedf, pandas as pd
    >>> days = pd.to_datetime(["2026-11-01", "2026-11-02"])
    >>> grown = pd.DataFrame({"snapshot_date": days, "size_gigabytes": [10.0, 12.5]})
    >>> imagedf.plot_growth(grown).get_title(loc="left")
    'Grew from 10.00 to 12.50 GB in 1 day'
    """
    options = Options(ax, figsize, title, color)
    require(frame)
    if not {"snapshot_date", measure} <= set(frame.columns):
        raise missing_columns(["snapshot_date", measure], frame.columns)
    days = frame.assign(snapshot_date=pd.to_datetime(frame["snapshot_date"]))
    keys = [str(name) for name in days if not _is_figure(str(name), measure)]
    partial = _partial_days(days)
    whole = days[~days["snapshot_date"].isin(partial)]
    most = check_top(top, MOST_LINES)
    overlapping = bool(_OVERLAPPING & set(keys))
    wide, left_out = _largest(_by_day(whole, keys, measure), most, overlapping=overlapping)
    digits = _digits(measure, wide)
    axes = options.axes(3.7)
    _draw_lines(axes, wide, options)
    _mark_partial(axes, days[days["snapshot_date"].isin(partial)], keys, measure)
    _label_axes(axes, wide, _unit(measure))
    axes.set_xlabel(_caption(wide, partial, left_out), loc="left", **PLAIN)
    _name_ends(axes, wide, digits, named=bool(keys))
    heading = _growth_title(whole, keys, measure, digits)
    return finish(axes, options, heading, _footer(days))


def _digits(measure: str, wide: pd.DataFrame) -> int:
    """Return the number of decimals of all values: none for counts, two for money."""
    if measure in ("images", "accounts") or measure.startswith("unknown_"):
        return 0
    return 2 if cost_column([measure]) else decimals_for(float(np.nanmax(wide, initial=0.0)))


def _unit(measure: str) -> str:
    return measure_words(measure)[1].strip() or measure.replace("_", " ")


def _partial_days(days: pd.DataFrame) -> set[pd.Timestamp]:
    """Return the days on which fewer accounts were recorded than on another."""
    if "accounts" not in days or not len(days):
        return set()
    accounts = days.groupby("snapshot_date")["accounts"].max()
    return set(accounts.index[accounts < accounts.max()])


def _draw_lines(axes: Axes, wide: pd.DataFrame, options: Options) -> None:
    few = len(wide) <= 60
    looks = looks_of_lines(options.accent)
    for at, name in enumerate(wide.columns):
        other = str(name).startswith("other (")
        color, dashes, marker = (NEUTRAL, "-", ".") if other else looks[at]
        known = wide[name].dropna()
        # A day between two gaps has no line, so it needs a mark, however small.
        axes.plot(known.index, known, color=color, linewidth=1, linestyle=":", marker=".", ms=2)
        axes.plot(
            wide.index,
            wide[name].to_numpy(dtype=np.float64, na_value=np.nan),
            color=color,
            linewidth=2,
            linestyle=dashes,
            marker=marker,
            markersize=(6 if few else 2) if marker == "." else 4,
            markevery=1 if few or marker == "." else len(wide) // 20,
            label=label(str(name)),
        )


def _mark_partial(axes: Axes, partial: pd.DataFrame, keys: Sequence[str], measure: str) -> None:
    """Draw markers for days with fewer accounts, whose sums are not comparable."""
    if len(partial) and not keys:
        values = partial[measure].to_numpy(dtype=np.float64, na_value=np.nan)
        circles: Any = {"marker": "o", "markerfacecolor": "none", "markeredgecolor": NEUTRAL}
        axes.plot(partial["snapshot_date"], values, linestyle="none", **circles)


def _label_axes(axes: Axes, wide: pd.DataFrame, unit: str) -> None:
    axes.set_ylabel(unit, **PLAIN)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.02)
    axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.grid(visible=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize="small" if is_small(axes) else "medium")
    if len(wide):
        _date_ticks(axes, wide.index)


def _caption(wide: pd.DataFrame, partial: set[pd.Timestamp], left_out: int) -> str:
    """Return the caption, which explains dotted lines, markers and omissions if present."""
    notes = ["dotted: not recorded or unknown"] if bool(wide.isna().any(axis=None)) else []
    if partial:
        notes.append(f"{counted(len(partial), 'day')} with fewer accounts left out")
    if left_out:
        notes.append(f"{counted(left_out, 'smaller group')} not drawn")
    return "; ".join(["Day", *notes])


def _footer(days: pd.DataFrame) -> str:
    """Return the scope, the number of accounts and the days that the chart covers."""
    if not len(days):
        return ""
    first, last = days["snapshot_date"].min(), days["snapshot_date"].max()
    most = days["accounts"].max() if "accounts" in days else pd.NA
    accounts = "" if pd.isna(most) else counted(int(most), "account")
    parts = ("Your own images", accounts, f"{first:%Y-%m-%d} to {last:%Y-%m-%d}")
    return " · ".join(part for part in parts if part)


def _name_ends(axes: Axes, wide: pd.DataFrame, digits: int, *, named: bool) -> None:
    """Write the last value and the group at the end of each line; many lines get a legend."""
    if len(wide.columns) > _LABELS:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize="small")
        return
    ends = [(wide[name].last_valid_index(), name, at) for at, name in enumerate(wide.columns)]
    known = [(day, float(wide[name].loc[day]), name, at) for day, name, at in ends if day]
    height = axes.get_ylim()[1] * _LINE
    lowest = -1.0
    for day, value, name, at in sorted(known, key=lambda end: end[1]):
        place: Any = (day, max(value, lowest))
        lowest = place[1] + height
        text = fixed(value, digits)
        axes.annotate(
            f"{label(str(name))} {text}" if named else text,
            place,
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
            annotation_clip=False,
            **PLAIN,
        ).set_color(axes.lines[2 * at + 1].get_color())


def _by_day(days: pd.DataFrame, keys: Sequence[str], measure: str) -> pd.DataFrame:
    """Return a measure with one row per day from first to last, and one column per group."""
    names: Any = "all"
    if keys:
        rows = days[list(keys)].itertuples(index=False)
        names = [" · ".join(text_of(cell) for cell in row) for row in rows]
    wide = days.assign(_group=names, _value=days[measure].astype("Float64")).pivot_table(
        index="snapshot_date",
        columns="_group",
        values="_value",
        aggfunc=lambda values: values.sum(min_count=1),
        dropna=False,
    )
    if not len(wide):
        return wide.astype("float64")
    wide = wide.astype("float64")
    wide = wide.reindex(pd.date_range(wide.index.min(), wide.index.max(), freq="D"))
    latest = wide.ffill().iloc[-1]
    return wide[latest.sort_values(ascending=False, kind="stable").index]


def _largest(wide: pd.DataFrame, top: int, *, overlapping: bool) -> tuple[pd.DataFrame, int]:
    """Return the largest groups and the number left out; the others are combined if they add up."""
    order = wide.columns
    if len(order) <= top:
        return wide, 0
    kept, rest = list(order[:top]), list(order[top:])
    if overlapping:
        return wide[kept], len(rest)
    others = wide[rest].sum(axis=1, min_count=1)
    return wide[kept].assign(**{f"other ({len(rest):,})": others}), 0


def _is_figure(name: str, measure: str) -> bool:
    """Return whether a column is a measure of ``growth``, as opposed to a key of its groups."""
    figures = ("snapshot_date", "accounts", "images", "size_gigabytes", measure)
    return name in figures or name.startswith(("allocated_", "unknown_", COST_PREFIX))


def _growth_title(days: pd.DataFrame, keys: Sequence[str], measure: str, digits: int) -> str:
    unit = _unit(measure)
    if _OVERLAPPING & set(keys):
        # An image can be in several of these groups; only allocated amounts add up.
        measure = f"allocated_{measure.removeprefix('size_').removeprefix('monthly_')}"
        if measure not in days:
            return f"{unit[:1].upper()}{unit[1:]} by {' and '.join(keys)}"
    known = days.assign(_value=days[measure].astype("Float64"))
    sums = known.groupby("snapshot_date")["_value"].sum(min_count=1).dropna()
    if not len(sums):
        return "Nothing is known on any recorded day" if len(days) else "No records"
    first, last = float(sums.iloc[0]), float(sums.iloc[-1])
    span = counted((sums.index[-1] - sums.index[0]).days, "day")
    ends = fixed(first, digits), fixed(last, digits)
    if len(sums) == 1:
        return f"{ends[1]} {unit} on one day"
    unknown = _unknown(days, measure, sums.index)
    if unknown.iloc[0] != unknown.iloc[-1]:
        # Sums that leave out different numbers of images can't be compared.
        more = "more" if unknown.iloc[-1] > unknown.iloc[0] else "less"
        return f"Known {unit}: {ends[0]}, {span} later {ends[1]} with {more} unknown"
    if ends[0] == ends[1]:
        return f"Stayed at {ends[1]} {unit} for {span}"
    return f"{'Grew' if last > first else 'Fell'} from {ends[0]} to {ends[1]} {unit} in {span}"


def _unknown(days: pd.DataFrame, measure: str, index: pd.Index) -> pd.Series:
    """Return the number of images that are missing from the sum of a measure on each day."""
    name = "unknown_size" if measure.endswith("gigabytes") else "unknown_cost"
    if not measure_words(measure)[1] or name not in days:
        return pd.Series(0, index=index)
    return days.groupby("snapshot_date")[name].sum().loc[index]


def _date_ticks(axes: Axes, days: Any) -> None:
    """Label the axis with days, never hours; the first day of a year shows the year."""
    most = 4 if is_small(axes) else _TICKS
    spaced = (pd.date_range(days[0], days[-1], freq=step) for step in _STEPS)
    shown = next((ticks for ticks in spaced if len(ticks) <= most), days[:1])
    labels = []
    for at, day in enumerate(shown):
        first = at == 0 or day.year != shown[at - 1].year
        labels.append(f"{day.day} {day:%b}\n{day.year}" if first else f"{day.day} {day:%b}")
    axes.set_xticks(shown, labels, **PLAIN)
