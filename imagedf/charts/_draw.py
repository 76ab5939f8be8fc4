"""How every chart is drawn: groups, bars, labels and numbers."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from imagedf._text import counted
from imagedf.cost import in_cents

ACCENT = "#0069c8"
NEUTRAL = "#8593a2"
PALE = "#c0c9d3"
LINES = (ACCENT, "#c24e00", "#007a5c", "#a0528d", "#7d6200", "#36718f")
GROUPS = 12
MISSING = "(missing)"
PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}
"""Text that users give is never read as a formula."""

_LABEL = 30
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_WIDTH = 8.0
_HEIGHT = 0.34
_EM = 0.62  # the mean width of a letter, of its height


class Group(NamedTuple):
    """One bar: its label, and the rows of the summary that it stands for."""

    label: str
    rows: list[int]
    kind: Literal["group", "other", "missing"] = "group"


class Bars(NamedTuple):
    """What a bar chart shows: for each bar a label, a length, a colour and a value in words."""

    labels: list[str]
    amounts: list[float]
    colors: list[str]
    notes: list[str]


def ranked(summary: pd.DataFrame, column: str) -> pd.DataFrame:
    """Sort groups by a measure, largest first; of like ones the order stays."""
    return summary.sort_values(column, ascending=False, kind="stable", ignore_index=True)


def groups_of(summary: pd.DataFrame, keys: Sequence[str]) -> list[Group]:
    """Choose the bars: the first twelve groups, the others together, and the missing."""
    names = summary[list(keys)]
    gone = names.isna().any(axis=1).to_numpy()
    known, missing = np.flatnonzero(~gone).tolist(), np.flatnonzero(gone).tolist()
    first, rest = known[:GROUPS], known[GROUPS:]
    rows = names.iloc[first].itertuples(index=False)
    groups = [Group(label_of(cells), [at]) for at, cells in zip(first, rows, strict=True)]
    if rest:
        groups.append(Group(f"other ({len(rest):,})", rest, "other"))
    if missing:
        groups.append(Group(MISSING, missing, "missing"))
    return groups


def amounts_of(
    summary: pd.DataFrame, groups: Iterable[Group], column: str, unknown: str
) -> list[float | None]:
    """Add a column up for each bar; None where it is not known of any image."""
    values = summary[column].fillna(0.0).to_numpy(dtype=np.float64)
    known = (summary["images"] > summary[unknown]).to_numpy()
    rows = [group.rows for group in groups]
    return [float(values[one].sum()) if not one or known[one].any() else None for one in rows]


def bars(groups: Sequence[Group], amounts: Sequence[float | None], unit: str = "") -> Bars:
    """Lay groups out as bars: the largest has the accent, and what is missing is pale."""
    lengths = [amount or 0.0 for amount in amounts]
    colors = [PALE if group.kind == "missing" else NEUTRAL for group in groups]
    top = leader(groups, amounts)
    if top is not None:
        colors[top] = ACCENT
    notes = [
        "unknown" if amount is None else f"{number(amount)} {unit}" if unit else in_cents(amount)
        for amount in amounts
    ]
    return Bars([group.label for group in groups], lengths, colors, notes)


def leader(groups: Sequence[Group], amounts: Sequence[float | None]) -> int | None:
    """Find the largest bar that is one group, or the missing; None when all are 0."""
    lengths = [
        0.0 if group.kind == "other" else amount or 0.0
        for group, amount in zip(groups, amounts, strict=True)
    ]
    return lengths.index(max(lengths)) if max(lengths, default=0.0) > 0 else None


def finding(
    groups: Sequence[Group],
    amounts: Sequence[float | None],
    keys: Sequence[str],
    whole: float,
    total: str,
    *,
    verb: str = "holds",
) -> str:
    """Say which group leads and by what share of the whole."""
    top = leader(groups, amounts)
    if not groups:
        return "No images"
    if top is None or whole <= 0:
        return "No known size" if verb == "holds" else "No known cost"
    part = f"{share(amounts[top] or 0.0, whole)} of {total}"
    if groups[top].kind == "missing":
        return f"Images without {' or '.join(keys)}: {part}"
    return f"{groups[top].label} {verb} {part}"


def axes_or_new(ax: Axes | None, *, height: float) -> Axes:
    """Return the Axes given, or those of a new figure that pyplot does not know."""
    if ax is not None:
        if not isinstance(ax, Axes):
            raise TypeError(f"ax must be matplotlib Axes, not {ax!r:.60}")
        return ax
    return Figure(figsize=(_WIDTH, height), layout="constrained").add_subplot()


def draw(
    ax: Axes | None, shown: Bars, heading: str, caption: str, *, starts: list[float] | None = None
) -> Axes:
    """Draw horizontal bars, the first on top, each with its value at its end."""
    axes = axes_or_new(ax, height=1.3 + _HEIGHT * max(len(shown.labels), 2))
    places = range(len(shown.labels))
    left = starts or [0.0] * len(shown.labels)
    axes.barh(places, shown.amounts, left=left, color=shown.colors, height=0.72)
    axes.set_yticks(list(places), shown.labels, **PLAIN)
    ends = [start + value for start, value in zip(left, shown.amounts, strict=True)]
    for place, end, note in zip(places, ends, shown.notes, strict=True):
        axes.annotate(
            note,
            (end, place),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
            **PLAIN,
        )
    # A lone bar as high as the chart would look like a block.
    axes.set_ylim(max(len(shown.labels), 2) - 0.5, -0.5)
    axes.set_xlim(0, max(ends, default=0) * 1.18 or 1)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    if not max(ends, default=0):
        axes.set_xticks([])
    axes.set_title(heading, loc="left", **PLAIN)
    axes.set_xlabel(caption, **PLAIN)
    fit(axes)
    return axes


def fit(axes: Axes) -> None:
    """Break the title and the caption into lines, so that they fit above and below the Axes."""
    figure: Any = axes.get_figure(root=True)
    inches = figure.get_size_inches()[0] * axes.get_position().width
    if figure.get_layout_engine() is not None and len(figure.axes) == 1:
        ticks = axes.get_yticklabels()
        widest = max((width_of(tick.get_text()) for tick in ticks), default=0)
        size = float(ticks[0].get_fontsize()) if ticks else 0.0
        inches = figure.get_size_inches()[0] - widest * size * _EM / 72 - 0.3
    if axes.containers:
        axes.locator_params(axis="x", nbins=min(max(int(inches * 1.7), 2), 6))
    heading = axes.set_title(axes.get_title(loc="left"), loc="left", fontweight="bold", **PLAIN)
    for text in (heading, axes.xaxis.label):
        letters = max(int(inches * 72 / float(text.get_fontsize()) / _EM), 16)
        text.set_text("\n".join(textwrap.wrap(" ".join(text.get_text().split()), letters)))


def label_of(cells: Iterable[Any]) -> str:
    """Write the keys of a group as a label."""
    return label(" · ".join(text_of(cell) for cell in cells))


def text_of(cell: Any) -> str:
    """Write a key as text: a day without its time, a missing and an empty one by name."""
    if pd.isna(cell):
        return MISSING
    text = f"{cell:%Y-%m-%d}" if isinstance(cell, datetime) else str(cell)
    return text if text.strip() else "(empty)"


def label(text: str) -> str:
    """Make a text fit to be a label: on one line, not too wide, no control characters."""
    plain = _CONTROL.sub(" ", text).strip() or "(empty)"
    if width_of(plain) <= _LABEL:
        return plain
    kept = plain[:_LABEL]
    while width_of(kept) >= _LABEL:
        kept = kept[:-1]
    return f"{kept}…"


def width_of(text: str) -> int:
    """Count the places that a text takes; East Asian letters and emoji take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def number(value: float) -> str:
    """Write a number with two digits behind the point at most, and none that say nothing."""
    if 0 < abs(value) < 0.005:
        return "<0.01" if value > 0 else "−<0.01"
    text = in_cents(value) if abs(value) < 1000 else f"{value:,.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(part: float, whole: float) -> str:
    """Write a share in per cent, so that neither 0 nor 100 is said of what is not."""
    percent = part / whole * 100
    rounded = f"{percent:.0f} %"
    if rounded == "0 %" and percent > 0:
        return "<1 %"
    return ">99 %" if rounded == "100 %" and percent < 100 - 1e-9 else rounded


def unknown(count: int, what: str) -> str:
    """Add to a caption how many images are not in the chart; nothing when none is."""
    if not count:
        return ""
    return f"; {counted(count, 'image')} of unknown {what}"
