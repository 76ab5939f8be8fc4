"""The chart of potential savings."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
from matplotlib.axes import Axes

from imagedf._text import in_cents, money
from imagedf.charts._bars import Bars, draw, unknown
from imagedf.charts._style import NEUTRAL, Options, footer_of
from imagedf.cost import PriceBook
from imagedf.savings import Policy, find_savings, savings_summary


def plot_savings(
    frame: pd.DataFrame,
    policy: Policy | None = None,
    *,
    now: datetime | str | None = None,
    prices: PriceBook | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    color: str | None = None,
) -> Axes:
    """Draw what your own images cost now, what can be deleted, and what remains.

    Parameters
    ----------
    frame, policy, now, prices
        As for ``find_savings``.
    ax, figsize, title, color
        As for ``plot_sizes``.

    Returns
    -------
    matplotlib.axes.Axes
        A waterfall of the known cost per month of your own images.

    Raises
    ------
    FrameError
        A needed column is missing.
    PolicyError
        The policy needs a field that no image has.
    ValueError, TypeError
        An option is not valid.

    See Also
    --------
    find_savings : The images behind it.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> policy = imagedf.Policy([imagedf.Select(older_than="1y")])
    >>> imagedf.plot_savings(frame, policy).get_title(loc="left")
    '$0.70 of $0.70 per month can be saved'
    """
    options = Options(ax, figsize, title, color)
    found = find_savings(frame, policy, now=now, prices=prices)
    summary = savings_summary(found)
    saved, kept = summary.in_cents(summary.deletable), summary.in_cents(summary.remaining)
    total = saved + kept
    shown = Bars(
        ["now", "can be deleted", "remains"],
        [float(total), float(saved), float(kept)],
        [NEUTRAL, options.accent, NEUTRAL],
        [in_cents(total), f"−{in_cents(saved)}", in_cents(kept)],
    )
    whole = money(total, summary.currency)
    heading = f"{money(saved, summary.currency)} of {whole} per month can be saved"
    if not summary.total.images:
        heading = "No images of your own"
    caption = f"Known cost ({summary.currency} per month)"
    caption += unknown(summary.deletable.unknown_cost, "cost can be deleted too")
    starts = [0.0, float(kept), 0.0]
    return draw(shown, options, heading, caption, footer_of(frame, now), starts=starts)
