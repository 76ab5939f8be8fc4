"""The chart of the cost of images."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes

from imagedf._text import money
from imagedf.charts._bars import bars, draw, finding, unknown
from imagedf.charts._groups import TOP, amounts_of, check_top, groups_of, ranked
from imagedf.charts._style import DEFAULTS, Options, footer_of
from imagedf.charts._sums import Sums
from imagedf.cost import PriceBook, cost_of, cost_summary, with_costs
from imagedf.frame import as_of, require_one_day

_CENTS = 2


def plot_cost(
    frame: pd.DataFrame,
    by: str | Sequence[str] = "type",
    *,
    prices: PriceBook | None = None,
    top: int = TOP,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    color: str | None = None,
) -> Axes:
    """Plot the known monthly cost of each group, most expensive first.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either layout; without the columns of ``estimate_cost`` it is priced first.
    by : str or list of str, default "type"
        As for ``summarize``.
    prices : PriceBook, optional
        As for ``find_savings``; without it, costs in the frame are used.
    top, ax, figsize, title, color
        As for ``plot_sizes``.

    Returns
    -------
    matplotlib.axes.Axes
        The x axis is the currency per month; its label counts images with unknown cost. By
        region or tag, the cost of an image is divided evenly over its values.

    Raises
    ------
    FrameError
        A required column is missing, or the frame contains several days of a history.
    ValueError, TypeError
        An option is not valid.

    See Also
    --------
    estimate_cost : Return the costs image by image.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> imagedf.plot_cost(frame).get_title(loc="left")
    'Images of type snapshot cost 80% of $0.70 per month'
    """
    options = Options(ax, figsize, title, color)
    require_one_day(frame)
    priced = with_costs(frame, prices, as_of(frame).date())
    return cost_chart(Sums(priced), by, options, top)


def cost_chart(
    sums: Sums, by: str | Sequence[str], options: Options = DEFAULTS, top: int = TOP
) -> Axes:
    """Plot the cost of each group of a frame with costs whose sums are shared."""
    keys = [by] if isinstance(by, str) else list(by)
    total = cost_summary(sums.frame)
    cost, divided = _measure(cost_of(sums.frame), sums.by(by))
    summary = ranked(sums.by(by), cost)
    groups = groups_of(summary, keys, check_top(top))
    amounts = amounts_of(summary, groups, cost)
    known = sum(amount or 0.0 for amount in amounts)
    whole = f"{money(total.known, total.currency)} per month"
    heading = finding(groups, amounts, keys, known, whole, verb="costs")
    caption = f"Known cost ({total.currency} per month)"
    caption += f", divided evenly over the {keys[0]}s of an image" if divided else ""
    caption += unknown(total.unknown, "cost")
    shown = bars(groups, amounts, options, _CENTS)
    return draw(shown, options, heading, caption, footer_of(sums.frame))


def _measure(cost: str, summary: pd.DataFrame) -> tuple[str, bool]:
    """Return the column to plot: by region and tag, only allocated costs add up."""
    from imagedf.schema import allocated_cost_column

    allocated = allocated_cost_column(cost)
    return (allocated, True) if allocated in summary else (cost, False)
