"""The chart of a history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from imagedf._text import counted, measure_words
from imagedf.charts._draw import LINES, NEUTRAL, PLAIN, axes_or_new, fit, label, number, text_of
from imagedf.errors import missing_columns
from imagedf.frame import require
from imagedf.schema import COST_PREFIX

_OVERLAPPING = {"region", "tag"}
_TICKS = 8
_STEPS = ("D", "2D", "4D", "7D", "14D", "MS", "2MS", "3MS", "6MS", "YS", "2YS", "5YS", "20YS")
_LINE = 0.065  # how high a line of text is, of the height of the Axes


def plot_growth(
    growth: pd.DataFrame, measure: str = "size_gigabytes", *, ax: Axes | None = None
) -> Axes:
    """Draw how a measure grew over the days of a history, a line per group.

    Parameters
    ----------
    growth : pandas.DataFrame
        What ``growth`` gave.
    measure : str, default "size_gigabytes"
        A column of it, such as ``images`` or ``monthly_cost_usd``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The x axis is the day; over days without a record the line is dotted, and never 0.

    Raises
    ------
    FrameError
        ``growth`` lacks ``snapshot_date`` or the measure.

    See Also
    --------
    growth : The figures.

    Examples
    --------
    >>> import imagedf, pandas as pd
    >>> days = pd.to_datetime(["2026-11-01", "2026-11-02"])
    >>> grown = pd.DataFrame({"snapshot_date": days, "size_gigabytes": [10.0, 12.5]})
    >>> imagedf.plot_growth(grown).get_title(loc="left")
    'Grew from 10 to 12.5 GB in 1 day'
    """
    require(growth)
    if not {"snapshot_date", measure} <= set(growth.columns):
        raise missing_columns(["snapshot_date", measure], growth.columns)
    unit = measure_words(measure)[1].strip() or measure.replace("_", " ")
    days = growth.assign(snapshot_date=pd.to_datetime(growth["snapshot_date"]))
    keys = [str(name) for name in days if not _is_figure(str(name), measure)]
    axes = axes_or_new(ax, height=3.6)
    wide, left_out = _by_day(days, keys, measure)
    dot = 6 if len(wide) <= 60 else 2
    for at, name in enumerate(wide.columns):
        color = LINES[at % len(LINES)] if not str(name).startswith("other (") else NEUTRAL
        known = wide[name].dropna()
        axes.plot(known.index, known, color=color, linewidth=1, linestyle=":")
        axes.plot(wide.index, wide[name], color=color, linewidth=2, marker=".", markersize=dot)
    axes.set_title(_growth_title(days, keys, measure, unit), loc="left", **PLAIN)
    gaps = bool(wide.isna().any(axis=None))
    # On the left, since matplotlib writes the year or the month on the right.
    caption = "Day (dotted: not recorded)" if gaps else "Day"
    caption += f"; {left_out:,} smaller groups are not drawn" if left_out else ""
    axes.set_xlabel(caption, loc="left", **PLAIN)
    axes.set_ylabel(unit, **PLAIN)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.grid(visible=False)
    axes.spines[["top", "right"]].set_visible(False)
    _dated(axes, wide.index)
    _name_ends(axes, wide, named=bool(keys))
    fit(axes)
    return axes


def _name_ends(axes: Axes, wide: pd.DataFrame, *, named: bool) -> None:
    """Write the last value of each line, and its group, at its end; none upon another."""
    ends = [(wide[name].last_valid_index(), name, at) for at, name in enumerate(wide.columns)]
    texts = [(day, float(wide[name].loc[day]), name, at) for day, name, at in ends if day]
    height = axes.get_ylim()[1] * _LINE
    lowest = height / 2
    for day, value, name, at in sorted(texts, key=lambda end: end[1]):
        place: Any = (day, max(value, lowest))
        lowest = place[1] + height
        text = f"{label(str(name))} {number(value)}" if named else number(value)
        axes.annotate(
            text,
            place,
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
            annotation_clip=False,
            **PLAIN,
        ).set_color(axes.lines[2 * at + 1].get_color())


def _by_day(days: pd.DataFrame, keys: Sequence[str], measure: str) -> tuple[pd.DataFrame, int]:
    """Lay a measure out with a row for each day between first and last, a column a group.

    Small groups are added up, or left out and counted where an image stands in several.
    """
    names: Any = "all"
    if keys:
        rows = days[list(keys)].itertuples(index=False)
        names = [" · ".join(text_of(cell) for cell in row) for row in rows]
    named = days.assign(_group=names)
    wide = named.pivot_table(
        index="snapshot_date", columns="_group", values=measure, aggfunc="sum", min_count=1
    )
    if len(wide):
        wide = wide.reindex(pd.date_range(wide.index.min(), wide.index.max(), freq="D"))
        latest = wide.ffill().iloc[-1]
        wide = wide[latest.sort_values(ascending=False, kind="stable").index]
    order = wide.columns
    if len(order) > len(LINES):
        kept, rest = list(order[: len(LINES) - 1]), list(order[len(LINES) - 1 :])
        if _OVERLAPPING & set(keys):
            return wide[kept], len(rest)
        wide = wide[kept].assign(other=wide[rest].sum(axis=1, min_count=1))
        wide = wide.rename(columns={"other": f"other ({len(rest):,})"})
    return wide, 0


def _is_figure(name: str, measure: str) -> bool:
    """Tell the columns that ``growth`` adds up from the keys of its groups."""
    figures = ("snapshot_date", "accounts", "images", "size_gigabytes", measure)
    return name in figures or name.startswith(("allocated_", "unknown_", COST_PREFIX))


def _growth_title(days: pd.DataFrame, keys: Sequence[str], measure: str, unit: str) -> str:
    if _OVERLAPPING & set(keys):
        # An image stands in several of these groups; what is allocated to them adds up.
        measure = f"allocated_{measure.removeprefix('size_')}"
        if measure not in days:
            return f"{unit[:1].upper()}{unit[1:]} by {' and '.join(keys)}"
    whole = days.groupby("snapshot_date")[measure].sum(min_count=1).dropna()
    if not len(whole):
        return "No records"
    first, last = float(whole.iloc[0]), float(whole.iloc[-1])
    span = counted((whole.index[-1] - whole.index[0]).days, "day")
    if len(whole) == 1:
        return f"{number(last)} {unit} on one day"
    if last == first:
        return f"Stayed at {number(last)} {unit} in {span}"
    word = "Grew" if last > first else "Fell"
    return f"{word} from {number(first)} to {number(last)} {unit} in {span}"


def _dated(axes: Axes, days: Any) -> None:
    """Write days under the axis, and never hours; the year stands where it begins."""
    spaced = (pd.date_range(days[0], days[-1], freq=step) for step in _STEPS)
    shown = next((ticks for ticks in spaced if len(ticks) <= _TICKS), days[:1])
    labels = []
    for at, day in enumerate(shown):
        first = at == 0 or day.year != shown[at - 1].year
        labels.append(f"{day.day} {day:%b}\n{day.year}" if first else f"{day.day} {day:%b}")
    axes.set_xticks(shown, labels, **PLAIN)
