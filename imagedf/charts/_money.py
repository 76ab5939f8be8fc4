"""Charts of money: what images cost, and what could be saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from imagedf.charts._draw import (
    ACCENT,
    GROUPS,
    NEUTRAL,
    Bars,
    amounts_of,
    bars,
    draw,
    finding,
    groups_of,
    label,
    ranked,
    unknown,
)
from imagedf.cost import PriceBook, cost_of, cost_summary, in_cents, with_costs
from imagedf.frame import as_of, require_one_day
from imagedf.savings import Protect, Rule, simulate_savings
from imagedf.summary import summarize


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
    if f"allocated_{cost}" in summary:
        cost = f"allocated_{cost}"
    summary = ranked(summary, cost)
    groups = groups_of(summary, keys)
    amounts = amounts_of(summary, groups, cost, "unknown_cost")
    total = cost_summary(priced)
    whole = f"{total.known:,.2f} {total.currency} a month"
    known = sum(amount or 0.0 for amount in amounts)
    heading = finding(groups, amounts, keys, known, whole, verb="costs")
    kind = "Known cost, allocated" if cost.startswith("allocated_") else "Known cost"
    caption = f"{kind}, {total.currency} a month{unknown(total.unknown, 'cost')}"
    return draw(ax, bars(groups, amounts), heading, caption)


def plot_savings(
    frame: pd.DataFrame,
    rules: Sequence[Rule | Protect] | None = None,
    *,
    now: datetime | None = None,
    prices: PriceBook | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what is paid now, what each rule would save, and what would remain.

    Parameters
    ----------
    frame, rules, now, prices
        As for ``find_savings``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        A waterfall of the known cost a month of the private images. An image hit by
        several rules stands with the first of them.

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
    >>> imagedf.plot_savings(frame).get_title(loc="left")
    'Of 0.70 USD a month, 0.70 could go'
    """
    savings = simulate_savings(frame, rules, now=now, prices=prices)
    steps = savings.by_rule()
    values = steps[savings.column].to_numpy(dtype=np.float64)
    kept = [(label(rule), value) for rule, value in zip(steps["rule"], values, strict=True)]
    kept = [(rule, float(value)) for rule, value in kept if value > 0]
    if len(kept) > GROUPS:
        rest = kept[GROUPS:]
        kept = [*kept[:GROUPS], (f"other ({len(rest):,})", sum(value for _, value in rest))]
    remaining = float(savings.remaining_a_month)
    whole = remaining + float(savings.saved_a_month)
    ends = whole - np.cumsum([value for _, value in kept])
    shown = Bars(
        ["now", *(rule for rule, _ in kept), "would remain"],
        [whole, *(value for _, value in kept), remaining],
        [NEUTRAL, *[ACCENT] * len(kept), NEUTRAL],
        [in_cents(whole), *(f"−{in_cents(value)}" for _, value in kept), in_cents(remaining)],
    )
    heading = (
        f"Of {in_cents(whole)} {savings.currency} a month, {savings.saved_a_month:,.2f} could go"
    )
    if not savings.going + savings.remaining:
        heading = "No private images"
    caption = f"Known cost, {savings.currency} a month"
    caption += unknown(savings.unknown_cost, "cost could go too")
    return draw(ax, shown, heading, caption, starts=[0.0, *ends.tolist(), 0.0])
