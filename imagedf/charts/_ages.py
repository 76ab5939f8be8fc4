"""The chart of ages."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from imagedf._text import fixed, share
from imagedf.charts._bars import bars, digits_of, draw, unknown
from imagedf.charts._groups import Group, amounts_of, check_top, groups_of
from imagedf.charts._style import DEFAULTS, NEUTRAL, PALE, Options, footer_of
from imagedf.charts._sums import Sums
from imagedf.frame import Moment, require
from imagedf.summary import AGE_BANDS

_SIZE = "size_gigabytes"
_OLD = {band for band, days in AGE_BANDS if days >= 90}


def plot_ages(
    frame: pd.DataFrame,
    *,
    now: Moment | None = None,
    top: int = len(AGE_BANDS),
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    color: str | None = None,
) -> Axes:
    """Plot the GB in each age band, youngest first.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either layout.
    now : datetime or str, optional
        The moment that ages refer to. Default: when the frame was fetched, or else now.
    top : int, default 5
        The number of age bands to show, the largest ones; the others are combined.
    ax, figsize, title, color
        As for ``plot_sizes``.

    Returns
    -------
    matplotlib.axes.Axes
        The x axis is GB; images without a date have a separate bar, and the title then states
        what is known to be old.

    Raises
    ------
    FrameError
        A needed column is missing, or the frame contains several days of a history.
    ValueError, TypeError
        An option is not valid.

    See Also
    --------
    by_age : Return the same figures as a table.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> imagedf.plot_ages(frame).get_title(loc="left")
    '100% of 14.06 GB is older than 90 days'
    """
    options = Options(ax, figsize, title, color)
    require(frame)
    return ages_chart(Sums(frame, now), options, top)


def ages_chart(sums: Sums, options: Options = DEFAULTS, top: int = len(AGE_BANDS)) -> Axes:
    """Plot the GB of each age band of a frame whose sums are shared."""
    summary = sums.by("age")
    groups = _age_groups(summary, check_top(top))
    amounts = [
        amount if group.rows else 0.0
        for group, amount in zip(groups, amounts_of(summary, groups, _SIZE), strict=True)
    ]
    whole, unknowns = sums.whole
    digits = digits_of(amounts, whole)
    colors = [PALE if group.kind != "group" else NEUTRAL for group in groups]
    colors = [
        options.accent if group.label in _OLD else color
        for group, color in zip(groups, colors, strict=True)
    ]
    shown = bars(groups, amounts, options, digits)._replace(colors=colors)
    heading = _ages_finding(summary, whole, digits)
    caption = f"Size (GB) by age{unknown(unknowns, 'size')}"
    return draw(shown, options, heading, caption, footer_of(sums.frame, sums.now))


def _age_groups(summary: pd.DataFrame, top: int) -> list[Group]:
    """Return the largest age bands by age, the other bands combined, and the missing age."""
    at = {band: [row] for row, band in enumerate(summary["age"]) if isinstance(band, str)}
    bands = [Group(band, at.get(band, [])) for band, _ in AGE_BANDS]
    sizes = [amount or 0.0 for amount in amounts_of(summary, bands, _SIZE)]
    first = set(sorted(range(len(bands)), key=lambda band: -sizes[band])[:top])
    rest = [band for band in range(len(bands)) if band not in first]
    groups = [bands[band] for band in sorted(first)]
    if rest:
        rows = [row for band in rest for row in bands[band].rows]
        groups.append(Group(f"other ({len(rest)})", rows, "other"))
    return groups + [group for group in groups_of(summary, ["age"]) if group.kind == "missing"]


def _ages_finding(summary: pd.DataFrame, whole: float, digits: int) -> str:
    """Return a sentence with the share that is old, as far as ages are known."""
    if not len(summary) or whole <= 0:
        return "No known size" if len(summary) else "No images"
    dated = summary["age"].notna()
    if not dated.any():
        return "No known age"
    old = summary.loc[summary["age"].isin(_OLD), _SIZE].sum()
    verb = "is" if dated.all() else "is known to be"
    return f"{share(float(old), whole)} of {fixed(whole, digits)} GB {verb} older than 90 days"
