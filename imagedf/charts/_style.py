"""Shared by all charts: colors, options, figures, titles and the footer."""

from __future__ import annotations

import math
import textwrap
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from numbers import Real
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import is_color_like, same_color
from matplotlib.figure import Figure

from imagedf._text import MISSING, one_line, received
from imagedf.frame import Moment, as_of, certificate_of, is_own

ACCENT = "#0069c8"
NEUTRAL = "#8593a2"
PALE = "#c0c9d3"
LINES = (ACCENT, "#c24e00", "#007a5c", "#a0528d", "#7d6200", "#36718f")
_SHAPES = (("-", "."), ("--", "s"))
MOST_LINES = len(LINES) * len(_SHAPES)
"""The number of lines in one chart that differ in color, dashes or markers."""
PLAIN: dict[str, Any] = {"parse_math": False, "usetex": False}
"""Text options with which names from users are never read as formulas."""

_LABEL = 30
_WIDTH = 8.0
_EM = 0.62  # the mean width of a letter, relative to its height


@dataclass(frozen=True, slots=True)
class Options:
    """The options of every chart."""

    ax: Axes | None = None
    figsize: tuple[float, float] | None = None
    title: str | None = None
    color: str | None = None

    def __post_init__(self) -> None:
        if self.ax is not None and not isinstance(self.ax, Axes):
            raise TypeError(f"ax must be matplotlib Axes, not {received(self.ax)}")
        if not _is_size(self.figsize):
            raise TypeError(
                f"figsize must be (width, height) in inches, not {received(self.figsize)}"
            )
        if self.title is not None and not isinstance(self.title, str):
            raise TypeError(f"title must be text, not {received(self.title)}")
        if self.color is not None and not is_color_like(self.color):
            raise ValueError(f"color must be a color of matplotlib, not {received(self.color)}")

    @property
    def accent(self) -> str:
        """The color of the bars or lines in focus."""
        return self.color or ACCENT

    def axes(self, height: float) -> Axes:
        """Return the Axes passed, or those of a new figure outside pyplot."""
        if self.ax is not None:
            return self.ax
        size = self.figsize or (_WIDTH, height)
        return Figure(figsize=size, layout="constrained").add_subplot()


def looks_of_lines(accent: str) -> list[tuple[str, str, str]]:
    """Return the color, dashes and marker of each line: all colors are used before new dashes."""
    others = (color for color in (*LINES[1:], ACCENT) if not same_color(color, accent))
    colors = [accent, *others][: len(LINES)]
    return [(color, *shape) for shape in _SHAPES for color in colors]


def _is_size(figsize: object) -> bool:
    """Return whether a figure can have this size; None is the default size."""
    if not isinstance(figsize, list | tuple):
        return figsize is None
    sides = [isinstance(side, Real) and 0 < float(side) < math.inf for side in figsize]
    return sides == [True, True]


def finish(axes: Axes, options: Options, heading: str, footer: str) -> Axes:
    """Write the title and the footer, and wrap long text."""
    axes.set_title(options.title if options.title is not None else heading, loc="left", **PLAIN)
    if options.ax is None and footer:
        figure: Any = axes.get_figure(root=True)
        figure.supxlabel(footer, x=0.01, ha="left", fontsize="x-small", color="#5b6876", **PLAIN)
    fit(axes)
    return axes


def footer_of(frame: pd.DataFrame, now: Moment | None = None) -> str:
    """Return the scope, the accounts and the day of a frame, and the day that ages refer to."""
    names = sorted(map(one_line, frame["account"].dropna().unique().tolist()))
    accounts = ", ".join(names) if len(names) <= 3 else f"{len(names)} accounts"
    found = certificate_of(frame)
    fetched = f"{as_of(frame):%Y-%m-%d}" if found is not None and found.finished else ""
    judged = "" if now is None else f"{as_of(frame, now):%Y-%m-%d}"
    # The day of the data is the same on all charts of a frame, whatever its ages refer to.
    day = f"{fetched}, ages as of {judged}" if judged and fetched else fetched or judged
    day = fetched if fetched == judged else day
    return " · ".join(part for part in (scope_of(frame), accounts, day) if part)


def scope_of(frame: pd.DataFrame) -> str:
    """Return whose images a frame contains, for the footer."""
    if not {"public", "type"} <= set(frame.columns) or not len(frame):
        return ""
    own = int(is_own(frame).sum())
    if own == len(frame):
        return "Your own images"
    return "Your own and public images" if own else "Public images"


def fit(axes: Axes) -> None:
    """Wrap the title and the caption, so that they fit above and below the Axes."""
    inches = _inches(axes)
    if axes.containers:
        axes.locator_params(axis="x", nbins=min(max(int(inches * 1.7), 2), 6))
    heading = axes.set_title(axes.get_title(loc="left"), loc="left", fontweight="bold", **PLAIN)
    for text in (heading, axes.xaxis.label):
        letters = max(int(inches * 72 / float(text.get_fontsize()) / _EM), 16)
        text.set_text("\n".join(textwrap.wrap(" ".join(text.get_text().split()), letters)))


def _inches(axes: Axes) -> float:
    """Return the width of the Axes [inches], allowing for a later layout."""
    figure: Any = axes.get_figure(root=True)
    width = float(figure.get_size_inches()[0])
    if figure.get_layout_engine() is None or len(figure.axes) > 1:
        return width * float(axes.get_position().width)
    ticks = axes.get_yticklabels()
    widest = max((width_of(tick.get_text()) for tick in ticks), default=0)
    size = float(ticks[0].get_fontsize()) if ticks else 0.0
    return width - widest * size * _EM / 72 - 0.3


def is_small(axes: Axes) -> bool:
    """Return whether text must be small: the Axes are narrow, as in a grid of charts."""
    return _inches(axes) < 4.0


def label_of(cells: Iterable[object]) -> str:
    """Return the keys of a group as a label."""
    return label(" · ".join(text_of(cell) for cell in cells))


def text_of(cell: Any) -> str:
    """Return a key as text: a day without time, missing and empty keys by name."""
    if pd.isna(cell):
        return MISSING
    text = f"{cell:%Y-%m-%d}" if isinstance(cell, datetime) else str(cell)
    return text if text.strip() else "(empty)"


def label(text: str) -> str:
    """Return text that fits next to a bar: on one line, short, without control characters."""
    plain = one_line(text) or "(empty)"
    if width_of(plain) <= _LABEL:
        return plain
    kept = plain[:_LABEL]
    while width_of(kept) >= _LABEL:
        kept = kept[:-1]
    return f"{kept}…"


def width_of(text: str) -> int:
    """Return the width of text in columns; East Asian letters and emoji take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


DEFAULTS = Options()
"""The options of a chart in its own figure."""
