"""Charts of one frame: sizes and regions."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from imagedf._text import fixed, share
from imagedf.charts._bars import bars, digits_of, draw, finding, legend, unknown
from imagedf.charts._groups import TOP, Group, amounts_of, check_top, groups_of, ranked
from imagedf.charts._style import DEFAULTS, PALE, Options, footer_of
from imagedf.charts._sums import Sums
from imagedf.frame import identity_of, require
from imagedf.summary import PARTS, image_rows_on

_SIZE = "size_gigabytes"
_ALLOCATED = "allocated_gigabytes"
_CLEAR = 1.25
"""The factor by which the first region must exceed the second to be named in the title."""
_REGIONS = 16  # DigitalOcean has 15


def plot_sizes(
    frame: pd.DataFrame,
    by: str | Sequence[str],
    *,
    top: int = TOP,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    color: str | None = None,
) -> Axes:
    """Plot the GB of each group as bars, largest first.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either layout; each image counts once in a group.
    by : str or list of str
        As for ``summarize``.
    top : int, default 12
        The number of groups to show; the others are combined in one bar.
    ax : matplotlib.axes.Axes, optional
        The Axes to draw in. Default: a new figure with a footer (scope, accounts, day).
    figsize : (float, float), optional
        Width and height of a new figure [inches].
    title : str, optional
        A title to use instead of the finding.
    color : str, optional
        The color of the largest group.

    Returns
    -------
    matplotlib.axes.Axes
        The x axis is GB. By region or tag, an image counts under each of its values.

    Raises
    ------
    FrameError
        A needed column is missing, or the frame contains several days of a history.
    ValueError, TypeError
        An option is not valid.

    See Also
    --------
    summarize : Return the same figures as a table.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> imagedf.plot_sizes(frame, "distribution").get_title(loc="left")
    'Ubuntu makes up 50% of 14.06 GB'
    """
    options = Options(ax, figsize, title, color)
    require(frame)
    return sizes_chart(Sums(frame), by, options, top)


def sizes_chart(
    sums: Sums, by: str | Sequence[str], options: Options = DEFAULTS, top: int = TOP
) -> Axes:
    """Plot the GB of each group of a frame whose sums are shared."""
    keys = [by] if isinstance(by, str) else list(by)
    summary = sums.by(by)
    # Groups of several keys can overlap; allocated amounts never do.
    divided = len(keys) > 1 and _ALLOCATED in summary
    measure = _ALLOCATED if divided else _SIZE
    summary = ranked(summary, measure)
    groups = groups_of(summary, keys, check_top(top))
    amounts = amounts_of(summary, groups, measure)
    if not divided:
        amounts = _overlapping(sums.frame, keys[0], summary, groups, amounts)
    whole, unknowns = sums.whole
    digits = digits_of(amounts, whole)
    heading = finding(groups, amounts, keys, whole, f"{fixed(whole, digits)} GB")
    caption = f"{_measured(keys, divided=divided)}{unknown(unknowns, 'size')}"
    shown = bars(groups, amounts, options, digits)
    return draw(shown, options, heading, caption, footer_of(sums.frame))


def _measured(keys: Sequence[str], *, divided: bool) -> str:
    if divided:
        return "Size (GB), each image divided evenly over its groups"
    if keys[0] in PARTS:
        return f"Size (GB); an image counts under each of its {keys[0]}s"
    return "Size (GB)"


def plot_regions(
    frame: pd.DataFrame,
    *,
    top: int = _REGIONS,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    color: str | None = None,
) -> Axes:
    """Plot the GB present in and allocated to each region.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either layout.
    top : int, default 16
        Regions shown; all others together are one bar, which would be longer than single ones.
    ax, figsize, title, color
        As for ``plot_sizes``.

    Returns
    -------
    matplotlib.axes.Axes
        Allocated GB add up to the total; present GB count an image in each of its regions.
        Sorted by allocated GB, largest first.

    Raises
    ------
    FrameError
        A needed column is missing, or the frame contains several days of a history.
    ValueError, TypeError
        An option is not valid.

    See Also
    --------
    by_region : Return the same figures as a table.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> imagedf.plot_regions(frame).get_title(loc="left")
    'Regions nyc2 and nyc3: 50% of 14.06 GB each'
    """
    options = Options(ax, figsize, title, color)
    require(frame)
    return regions_chart(Sums(frame), options, top)


def regions_chart(sums: Sums, options: Options = DEFAULTS, top: int = _REGIONS) -> Axes:
    """Plot the GB of each region of a frame whose sums are shared."""
    summary = ranked(sums.by("region"), _ALLOCATED)
    groups = groups_of(summary, ["region"], check_top(top))
    present = amounts_of(summary, groups, _SIZE)
    present = _overlapping(sums.frame, "region", summary, groups, present)
    allocated = amounts_of(summary, groups, _ALLOCATED)
    whole, unknowns = sums.whole
    digits = digits_of(present, whole)
    shown = bars(groups, present, options, digits)
    notes = [
        note if part is None else f"{fixed(part, digits)} of {note}"
        for note, part in zip(shown.notes, allocated, strict=True)
    ]
    shown = shown._replace(colors=[PALE] * len(groups), notes=notes)
    heading = _regions_finding(groups, allocated, whole, digits, len(summary["region"].dropna()))
    caption = f"Size (GB){unknown(unknowns, 'size')}"
    axes = draw(shown, options, heading, caption, footer_of(sums.frame))
    lengths = [part or 0.0 for part in allocated]
    axes.barh(range(len(groups)), lengths, color=options.accent, height=0.36)
    legend(axes, [(options.accent, "allocated"), (PALE, "present")], present)
    return axes


def _overlapping(
    frame: pd.DataFrame,
    key: str,
    summary: pd.DataFrame,
    groups: Sequence[Group],
    amounts: list[float | None],
) -> list[float | None]:
    """Count an image once in "other", even if it has several regions or tags."""
    if key not in PARTS or all(group.kind != "other" for group in groups):
        return amounts
    identity = identity_of(frame)
    rows = image_rows_on(frame, [*identity, _SIZE], [key]).to_native()
    result = list(amounts)
    for at, group in enumerate(groups):
        if group.kind == "other":
            others = rows[rows[key].isin(summary[key].iloc[group.rows])]
            total = others.drop_duplicates(identity)[_SIZE].sum(min_count=1)
            result[at] = None if pd.isna(total) else float(total)
    return result


def _regions_finding(
    groups: Sequence[Group],
    amounts: Sequence[float | None],
    whole: float,
    digits: int,
    regions: int,
) -> str:
    """Return a sentence with the regions that have the largest share, if they are few."""
    total = f"{fixed(whole, digits)} GB"
    known = {at: part or 0.0 for at, part in enumerate(amounts) if groups[at].kind == "group"}
    if not groups:
        return "No images"
    if not known or whole <= 0:
        return f"No image is in a region; {total}" if not known else "No known size"
    most = max(known.values())
    first = [groups[at].label for at, part in known.items() if part == most]
    part = f"{share(most, whole)} of {total}"
    second = sorted(known.values())[-2] if len(known) > 1 else 0.0
    if len(known) > 3 and len(first) == 1 and most < second * _CLEAR:
        return f"Spread over {regions} regions, at most {part} in one"
    if len(first) == 1:
        return f"Region {first[0]} makes up {part}"
    few = f"Regions {', '.join(first[:-1])} and {first[-1]}"
    return f"{few if len(first) <= 3 else f'{len(first)} regions'}: {part} each"
