"""How every chart is drawn: bars, labels and numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

ACCENT = "#0069c8"
NEUTRAL = "#93a1b0"
PALE = "#c9d1d9"
INK = "#24292e"
LINES = (ACCENT, "#d55e00", "#008f6b", "#a0528d", "#8a6d00", "#4a8fb5")
GROUPS = 12
MISSING = "(missing)"
_LABEL = 36
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}
_HEIGHT = 0.34


class Bars(NamedTuple):
    """What a bar chart shows: a label and a value a bar, longest first."""

    labels: list[str]
    amounts: list[float]
    colors: list[str]
    notes: list[str]


def axes_or_new(ax: Axes | None, *, height: float) -> Axes:
    """Return the Axes given, or those of a new figure that pyplot does not know."""
    if ax is not None:
        return ax
    return Figure(figsize=(8.0, height), layout="constrained").add_subplot()


def title(axes: Axes, text: str) -> None:
    """Set the finding as the title."""
    axes.set_title(text, loc="left", fontweight="bold", **PLAIN)


def draw(
    ax: Axes | None, shown: Bars, heading: str, caption: str, *, starts: list[float] | None = None
) -> Axes:
    """Draw horizontal bars, the first on top, each with its value at its end."""
    axes = axes_or_new(ax, height=1.3 + _HEIGHT * max(len(shown.labels), 2))
    places = range(len(shown.labels))
    left = starts or [0.0] * len(shown.labels)
    axes.barh(places, shown.amounts, left=left, color=shown.colors, height=0.72)
    axes.set_yticks(list(places), shown.labels, **PLAIN)
    axes.invert_yaxis()
    for place, start, value, note in zip(places, left, shown.amounts, shown.notes, strict=True):
        axes.annotate(
            note,
            (start + value, place),
            (4, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
            **PLAIN,
        )
    farthest = max(
        (start + value for start, value in zip(left, shown.amounts, strict=True)), default=0
    )
    axes.set_xlim(0, farthest * 1.18 if farthest > 0 else 1)
    axes.set_xlabel(caption, **PLAIN)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.locator_params(axis="x", nbins=6)
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    if not shown.labels:
        axes.set_xticks([])
    title(axes, heading)
    return axes


def bars(
    summary: pd.DataFrame,
    keys: Sequence[str],
    column: str,
    unit: str,
    *,
    order: list[str] | None = None,
) -> Bars:
    """Lay the groups out as bars: the largest, then the others together, then the missing."""
    names = summary[list(keys)]
    missing = names.isna().any(axis=1).to_numpy()
    texts = [" · ".join(text_of(cell) for cell in row) for row in names.itertuples(index=False)]
    amounts = summary[column].astype("float64").fillna(0.0).tolist()
    known = [
        pair
        for pair, gone in zip(zip(texts, amounts, strict=True), missing, strict=True)
        if not gone
    ]
    gone = [
        pair for pair, lost in zip(zip(texts, amounts, strict=True), missing, strict=True) if lost
    ]
    pairs = [(label(text), value) for text, value in cut(known)]
    pairs += [(label(text), value) for text, value in cut(gone)]
    if order is not None:
        found = dict(pairs)
        pairs = [(name, found.get(name, 0.0)) for name in order]
    colors = [NEUTRAL] * len(pairs)
    if known:
        colors[0] = ACCENT
    colors[len(pairs) - len(cut(gone)) :] = [PALE] * len(cut(gone))
    notes = [f"{number(value)} {unit}".strip() for _, value in pairs]
    return Bars([name for name, _ in pairs], [value for _, value in pairs], colors, notes)


def cut(pairs: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Keep at most twelve groups; the rest becomes one."""
    if len(pairs) <= GROUPS:
        return pairs
    rest = pairs[GROUPS:]
    return [*pairs[:GROUPS], (f"other ({len(rest):,})", sum(value for _, value in rest))]


def text_of(cell: Any) -> str:
    """Write a key as text; a day without its time, a missing one as missing."""
    if pd.isna(cell):
        return MISSING
    return f"{cell:%Y-%m-%d}" if isinstance(cell, datetime) else str(cell)


def label(text: str) -> str:
    """Make a text fit to be a label: on one line, not too long, no control characters."""
    plain = _CONTROL.sub(" ", text).strip() or "(empty)"
    return plain if len(plain) <= _LABEL else f"{plain[: _LABEL - 1]}…"


def number(value: float) -> str:
    """Write a number with two digits behind the point at most, and none that say nothing."""
    text = f"{value:,.2f}" if abs(value) < 1000 else f"{value:,.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unknown(count: int, what: str) -> str:
    """Add to a caption how many images are not in the chart; nothing when none is."""
    if not count:
        return ""
    return f"; {count:,} image{'' if count == 1 else 's'} of unknown {what}"
