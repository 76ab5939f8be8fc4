"""Horizontal bars: convert groups to bars, and draw them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from imagedf._text import counted, decimals_for, fixed, number, sentence, share
from imagedf.charts._groups import Group, leader
from imagedf.charts._style import NEUTRAL, PALE, PLAIN, Options, finish, is_small

_HEIGHT = 0.34
_NOUNS = ("region", "account")
_IMAGES = {"type": "of type", "status": "with status", "tag": "tagged"}
_CHAR = 0.011  # the width of a letter of a note, relative to the width of the Axes


class Bars(NamedTuple):
    """For each bar: a label, a length, a color and the value as text."""

    labels: list[str]
    amounts: list[float]
    colors: list[str]
    notes: list[str]


def bars(
    groups: Sequence[Group], amounts: Sequence[float | None], options: Options, digits: int
) -> Bars:
    """Return groups as bars: the largest has the accent color, missing keys are pale."""
    colors = [PALE if group.kind == "missing" else NEUTRAL for group in groups]
    top = leader(groups, amounts)
    if top is not None:
        colors[top] = options.accent
    notes = ["unknown" if amount is None else fixed(amount, digits) for amount in amounts]
    lengths = [amount or 0.0 for amount in amounts]
    return Bars([group.label for group in groups], lengths, colors, notes)


def digits_of(amounts: Sequence[float | None], whole: float) -> int:
    """Return the number of decimals for all values of a chart."""
    return decimals_for(max([whole, *(amount or 0.0 for amount in amounts)]))


def finding(
    groups: Sequence[Group],
    amounts: Sequence[float | None],
    keys: Sequence[str],
    whole: float,
    total: str,
    *,
    verb: str = "makes up",
) -> str:
    """Return a sentence with the largest group and its share of the total."""
    top = leader(groups, amounts)
    if not groups:
        return "No images"
    if top is None or whole <= 0:
        return "No known cost" if verb == "costs" else "No known size"
    part = f"{share(amounts[top] or 0.0, whole)} of {total}"
    if groups[top].kind == "missing":
        named = (f"{'an' if key[0] in 'aeiou' else 'a'} {key}" for key in keys)
        return f"Images without {' or '.join(named)}: {part}"
    return f"{_subject(keys, groups[top].label, verb)} {part}"


def _subject(keys: Sequence[str], label: str, verb: str) -> str:
    """Return a group as the subject of a sentence: "Region lon1 makes up"."""
    if len(keys) == 1 and keys[0] in _IMAGES:
        word, *rest = verb.split()
        return " ".join(["Images", _IMAGES[keys[0]], label, word.removesuffix("s"), *rest])
    noun = keys[0] if len(keys) == 1 and keys[0] in _NOUNS else ""
    return f"{sentence(f'{noun} {label}'.strip())} {verb}"


def draw(
    shown: Bars,
    options: Options,
    heading: str,
    caption: str,
    footer: str,
    *,
    starts: list[float] | None = None,
) -> Axes:
    """Draw horizontal bars, the first on top, each with its value at its end."""
    axes = options.axes(1.4 + _HEIGHT * max(len(shown.labels), 2))
    left = starts or [0.0] * len(shown.labels)
    places = range(len(shown.labels))
    axes.barh(places, shown.amounts, left=left, color=shown.colors, height=0.72)
    axes.set_yticks(list(places), shown.labels, **PLAIN)
    ends = [start + value for start, value in zip(left, shown.amounts, strict=True)]
    _annotate(axes, ends, shown.notes)
    _tidy(axes, max(len(shown.labels), 2), max(ends, default=0.0), shown.notes)
    axes.set_xlabel(caption, **PLAIN)
    return finish(axes, options, heading, footer)


def _annotate(axes: Axes, ends: Sequence[float], notes: Sequence[str]) -> None:
    style: dict[str, Any] = {
        "textcoords": "offset points",
        "va": "center",
        "fontsize": "x-small" if is_small(axes) else "small",
        **PLAIN,
    }
    for place, (end, note) in enumerate(zip(ends, notes, strict=True)):
        axes.annotate(note, (end, place), (4, 0), **style)


def _tidy(axes: Axes, rows: int, longest: float, notes: Sequence[str]) -> None:
    """Leave room for the values, and remove ticks and borders without information."""
    # A single bar as high as the chart would look like a block.
    axes.set_ylim(rows - 0.5, -0.5)
    wide = _CHAR * max(map(len, notes), default=0) * (2.0 if is_small(axes) else 1.0)
    axes.set_xlim(0, longest * (1.08 + wide) or 1)
    small = "small" if is_small(axes) else "medium"
    axes.tick_params(axis="both", labelsize=small)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    if not longest:
        axes.set_xticks([])


def legend(
    axes: Axes,
    entries: Sequence[tuple[str, str]],
    lengths: Sequence[float | None],
) -> None:
    """Add a legend for the colors on the right, next to the shorter bars.

    The combined others come last, and may be the longest bar.
    """
    first, last = ([length or 0.0 for length in part] for part in (lengths[:2], lengths[-2:]))
    longer_last = max(last, default=0.0) > max(first, default=0.0)
    corner: Literal["lower right", "upper right"] = "upper right" if longer_last else "lower right"
    handles = [Patch(color=color, label=text) for color, text in entries]
    axes.set_xlim(0, axes.get_xlim()[1] * (1.35 if is_small(axes) else 1.15))
    size = "x-small" if is_small(axes) else "small"
    axes.legend(handles=handles, loc=corner, frameon=False, fontsize=size)


def unknown(count: int, what: str) -> str:
    """Return the part of a caption with the number of images that a chart can't show."""
    return f"; {counted(count, 'image')} with unknown {what}" if count else ""
