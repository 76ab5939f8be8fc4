"""Charts of one frame: sizes, regions and ages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
from matplotlib.axes import Axes

from imagedf.charts._draw import (
    ACCENT,
    NEUTRAL,
    PALE,
    Group,
    amounts_of,
    bars,
    draw,
    finding,
    groups_of,
    number,
    ranked,
    share,
    unknown,
)
from imagedf.frame import identity_of
from imagedf.summary import AGE_BANDS, PARTS, image_rows_on, summarize, totals

_SIZE = "size_gigabytes"
_ALLOCATED = "allocated_gigabytes"


def plot_sizes(frame: pd.DataFrame, by: str | Sequence[str], *, ax: Axes | None = None) -> Axes:
    """Draw the GB of each group as bars, largest first.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either grain; each image counts once in a group.
    by : str or list of str
        As for ``summarize``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        At most 12 groups, then the others together; x is GB.

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    summarize : The same figures as a table.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.plot_sizes(frame, "distribution").get_title(loc="left")
    'Ubuntu holds 50 % of 14.06 GB'
    """
    summary = summarize(frame, by)
    keys = [by] if isinstance(by, str) else list(by)
    # Groups of several keys overlap in several ways; what is allocated never does.
    divided = len(keys) > 1 and _ALLOCATED in summary
    measure = _ALLOCATED if divided else _SIZE
    summary = ranked(summary, measure)
    groups = groups_of(summary, keys)
    amounts = amounts_of(summary, groups, measure, "unknown_size")
    if not divided:
        amounts = _overlapping(frame, keys[0], summary, groups, amounts)
    total = totals(frame).iloc[0]
    whole = float(total[_SIZE])
    heading = finding(groups, amounts, keys, whole, f"{number(whole)} GB")
    caption = "Size, GB" + (", each image divided evenly over its groups" if divided else "")
    caption += unknown(int(total["unknown_size"]), "size")
    return draw(ax, bars(groups, amounts, "GB"), heading, caption)


def plot_regions(frame: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw for each region the GB present in it and the GB allocated to it.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either grain.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        Allocated GB add up to the total; GB present count an image in each of its regions.

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    by_region : The same figures as a table.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.plot_regions(frame).get_title(loc="left")
    'nyc2 and nyc3 each hold 11.72 GB of 14.06 GB'
    """
    summary = summarize(frame, "region")
    groups = groups_of(summary, ["region"])
    present = amounts_of(summary, groups, _SIZE, "unknown_size")
    present = _overlapping(frame, "region", summary, groups, present)
    allocated = amounts_of(summary, groups, _ALLOCATED, "unknown_size")
    total = totals(frame).iloc[0]
    whole = float(total[_SIZE])
    shown = bars(groups, present, "GB")
    notes = [
        f"{note}, {number(part)} allocated" if part is not None else note
        for note, part in zip(shown.notes, allocated, strict=True)
    ]
    axes = draw(
        ax,
        shown._replace(colors=[PALE] * len(groups), notes=notes),
        _regions_finding(groups, present, whole),
        f"Thick: GB present in the region. Thin: GB allocated to it, in all {number(whole)}"
        f"{unknown(int(total['unknown_size']), 'size')}",
    )
    lengths = [part or 0.0 for part in allocated]
    axes.barh(range(len(groups)), lengths, color=ACCENT, height=0.36)
    # The values at the ends of the bars are longer here.
    axes.set_xlim(0, axes.get_xlim()[1] * 1.25)
    return axes


def plot_ages(frame: pd.DataFrame, *, now: datetime | None = None, ax: Axes | None = None) -> Axes:
    """Draw the GB in each band of age, youngest first.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either grain.
    now : datetime, optional
        What ages refer to; default when the frame was fetched, or now.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The x axis is GB; images without a date stand apart as missing.

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    by_age : The same figures as a table.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.plot_ages(frame).get_title(loc="left")
    '100 % of 14.06 GB is older than 90 days'
    """
    summary = summarize(frame, "age", now=now)
    at = {band: [row] for row, band in enumerate(summary["age"]) if isinstance(band, str)}
    groups = [Group(band, at.get(band, [])) for band, _ in AGE_BANDS]
    groups += [group for group in groups_of(summary, ["age"]) if group.kind == "missing"]
    amounts = amounts_of(summary, groups, _SIZE, "unknown_size")
    shown = bars(groups, amounts, "GB")
    old = [days >= 90 for _, days in AGE_BANDS]
    colors = [ACCENT if is_old else NEUTRAL for is_old in old]
    colors += [PALE] * (len(groups) - len(old))
    whole = float(summary[_SIZE].sum())
    aged = sum(amount for amount, is_old in zip(shown.amounts, old, strict=False) if is_old)
    heading = "No known size" if len(summary) else "No images"
    if whole > 0:
        heading = f"{share(aged, whole)} of {number(whole)} GB is older than 90 days"
    caption = f"Size by age, GB{unknown(int(summary['unknown_size'].sum()), 'size')}"
    return draw(ax, shown._replace(colors=colors), heading, caption)


def _overlapping(
    frame: pd.DataFrame,
    key: str,
    summary: pd.DataFrame,
    groups: Sequence[Group],
    amounts: list[float | None],
) -> list[float | None]:
    """Count each image once in "other", since an image has several regions or tags."""
    if key not in PARTS or all(group.kind != "other" for group in groups):
        return amounts
    identity = identity_of(frame)
    rows = image_rows_on(frame, [*identity, _SIZE], [key]).to_native()
    result = list(amounts)
    for at, group in enumerate(groups):
        if group.kind == "other":
            others = rows[rows[key].isin(summary[key].iloc[group.rows])]
            result[at] = float(others.drop_duplicates(identity)[_SIZE].sum())
    return result


def _regions_finding(groups: Sequence[Group], amounts: Sequence[float | None], whole: float) -> str:
    """Name the regions that hold most, when they are few."""
    if not groups:
        return "No images"
    held = {at: amount or 0.0 for at, amount in enumerate(amounts) if groups[at].kind == "group"}
    if not held:
        return f"No image is in a region; {number(whole)} GB"
    most = max(held.values())
    top = [groups[at].label for at, amount in held.items() if amount == most]
    total = f"{number(most)} GB of {number(whole)} GB"
    if len(top) == 1:
        return f"{top[0]} holds {total}"
    named = f"{', '.join(top[:-1])} and {top[-1]}" if len(top) <= 3 else f"{len(top)} regions"
    return f"{named} each hold {total}"
