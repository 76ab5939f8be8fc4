"""Charts of money: what images cost, and what could be saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
from matplotlib.axes import Axes

from imagedf._text import money
from imagedf.charts._draw import (
    ACCENT,
    NEUTRAL,
    Bars,
    amounts_of,
    bars,
    draw,
    finding,
    groups_of,
    ranked,
    unknown,
)
from imagedf.cost import PriceBook, cost_of, cost_summary, in_cents, with_costs
from imagedf.frame import as_of, require_one_day
from imagedf.savings import Policy, find_savings, savings_summary
from imagedf.summary import allocated_name, summarize


def plot_cost(
    frame: pd.DataFrame,
    by: str | Sequence[str] = "type",
    *,
    prices: PriceBook | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the known cost a month of each group, dearest first.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either grain; without the columns of ``estimate_cost`` it is priced first.
    by : str or list of str, default "type"
        As for ``summarize``.
    prices : PriceBook, optional
        As for ``find_savings``: without it the costs that a frame brings stand.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        The x axis is the currency a month; its label counts the images of unknown cost.

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    estimate_cost : The costs, image by image.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.plot_cost(frame).get_title(loc="left")
    'snapshot costs 80 % of 0.70 USD a month'
    """
    require_one_day(frame)
    priced = with_costs(frame, prices, as_of(frame).date())
    keys = [by] if isinstance(by, str) else list(by)
    cost = cost_of(priced)
    summary = summarize(priced, by)
    if allocated_name(cost) in summary:
        cost = allocated_name(cost)
    summary = ranked(summary, cost)
    groups = groups_of(summary, keys)
    amounts = amounts_of(summary, groups, cost, "unknown_cost")
    total = cost_summary(priced)
    whole = f"{total.known or 0:,.2f} {total.currency} a month"
    known = sum(amount or 0.0 for amount in amounts)
    heading = finding(groups, amounts, keys, known, whole, verb="costs")
    kind = "Known cost, allocated" if cost.startswith("allocated_") else "Known cost"
    caption = f"{kind}, {total.currency} a month{unknown(total.unknown, 'cost')}"
    return draw(ax, bars(groups, amounts), heading, caption)


def plot_savings(
    frame: pd.DataFrame,
    policy: Policy | None = None,
    *,
    now: datetime | None = None,
    prices: PriceBook | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what your own images cost now, what can be deleted, and what remains.

    Parameters
    ----------
    frame, policy, now, prices
        As for ``find_savings``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A waterfall of the known cost per month of your own images.

    Raises
    ------
    FrameError
        A needed column is missing.

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
    found = find_savings(frame, policy, now=now, prices=prices)
    summary = savings_summary(found)
    saved, kept = summary.in_cents(summary.deletable), summary.in_cents(summary.remaining)
    total = saved + kept
    shown = Bars(
        ["now", "can be deleted", "remains"],
        [float(total), float(saved), float(kept)],
        [NEUTRAL, ACCENT, NEUTRAL],
        [in_cents(total), f"−{in_cents(saved)}", in_cents(kept)],
    )
    whole = money(total, summary.currency)
    heading = f"{money(saved, summary.currency)} of {whole} per month can be saved"
    if not summary.total.images:
        heading = "No images of your own"
    caption = f"Known cost, {summary.currency} per month"
    caption += unknown(summary.deletable.unknown_cost, "cost can be deleted too")
    return draw(ax, shown, heading, caption, starts=[0.0, float(kept), 0.0])
