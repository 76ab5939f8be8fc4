"""Charts of one frame: sizes, regions, ages, cost and savings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from imagedf.charts.draw import (
    ACCENT,
    MISSING,
    NEUTRAL,
    PALE,
    Bars,
    bars,
    cut,
    draw,
    label,
    number,
    unknown,
)
from imagedf.cost import cost_summary, estimate_cost
from imagedf.prices import PriceBook
from imagedf.rules import Protect, Rule
from imagedf.savings import simulate_savings
from imagedf.summary import AGE_BANDS, COST_PREFIX, cost_column, summarize, totals


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
    whole = float(totals(frame)["size_gigabytes"].iloc[0])
    shown = bars(summary, keys, "size_gigabytes", "GB")
    heading = _leader(shown, summary["size_gigabytes"], whole, f"{number(whole)} GB")
    lacking = int(summary["unknown_size"].sum())
    return draw(ax, shown, heading, f"Size, GB{unknown(lacking, 'size')}")


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
    whole = float(totals(frame)["size_gigabytes"].iloc[0])
    shown = bars(summary, ["region"], "size_gigabytes", "GB")
    allocated = bars(summary, ["region"], "allocated_gigabytes", "GB", order=shown.labels)
    axes = draw(
        ax,
        shown._replace(colors=[PALE] * len(shown.labels)),
        _regions_title(shown, whole),
        "GB: pale is present in the region, dark is allocated (adds up to the total)",
    )
    axes.barh(range(len(shown.labels)), allocated.amounts, color=ACCENT, height=0.36)
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
        x is GB; images without a date stand apart as missing.

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
    shown = bars(summary, ["age"], "size_gigabytes", "GB")
    found = dict(zip(shown.labels, shown.amounts, strict=True))
    labels = [label for label, _ in AGE_BANDS] + [MISSING] * (MISSING in found)
    old = [label for label, days in AGE_BANDS if days >= 90]
    whole = float(summary["size_gigabytes"].sum())
    share = sum(found.get(label, 0.0) for label in old) / whole if whole else 0.0
    heading = f"{share:.0%} of {number(whole)} GB is older than 90 days".replace("%", " %", 1)
    values = [found.get(label, 0.0) for label in labels]
    notes = [f"{number(value)} GB" for value in values]
    colors = [ACCENT if label in old else NEUTRAL for label in labels]
    shown = Bars(labels, values, [*colors[: len(AGE_BANDS)], PALE][: len(labels)], notes)
    return draw(ax, shown, heading if len(summary) else "No images", "Size by age, GB")


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
        Rates for a frame without costs; default the published ones.
    ax : matplotlib.axes.Axes, optional
        Where to draw; default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
        x is the currency a month; images of unknown cost are counted in the axis label.

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
    priced = frame if cost_column(list(frame.columns)) else estimate_cost(frame, prices)
    keys = [by] if isinstance(by, str) else list(by)
    summary = summarize(priced, by)
    total = cost_summary(priced)
    cost = str(cost_column(list(priced.columns)))
    if f"allocated_{cost}" in summary:
        cost = f"allocated_{cost}"
    shown = bars(summary.sort_values(cost, ascending=False, kind="stable"), keys, cost, "")
    whole = f"{total.known:,.2f} {total.currency} a month"
    heading = _leader(shown, summary[cost], float(total.known), whole, verb="costs")
    caption = f"Known cost, {total.currency} a month{unknown(total.unknown, 'cost')}"
    return draw(
        ax, shown._replace(notes=[f"{value:,.2f}" for value in shown.amounts]), heading, caption
    )


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
    found = savings.found[savings.found["would_go"]]
    saved = f"{COST_PREFIX.replace('cost', 'savings')}{savings.currency.lower()}"
    first = found["rules"].str.split("; ").str[0]
    steps = found[saved].groupby(first, sort=False).sum().sort_values(ascending=False)
    steps = steps[steps > 0]
    remaining = float(savings.remaining_a_month)
    whole = remaining + float(savings.saved_a_month)
    kept = cut([(str(name), float(value)) for name, value in steps.items()])
    labels = ["now", *(label(name) for name, _ in kept), "would remain"]
    lengths = [whole, *(value for _, value in kept), remaining]
    ends = whole - np.cumsum([value for _, value in kept])
    colors = [NEUTRAL, *[ACCENT] * len(kept), NEUTRAL]
    notes = [f"{whole:,.2f}", *(f"−{value:,.2f}" for _, value in kept), f"{remaining:,.2f}"]
    heading = f"Of {whole:,.2f} {savings.currency} a month, {savings.saved_a_month:,.2f} could go"
    caption = f"Known cost, {savings.currency} a month{unknown(savings.unknown_cost, 'cost')}"
    shown = Bars(labels, lengths, colors, notes)
    return draw(ax, shown, heading, caption, starts=[0.0, *ends.tolist(), 0.0])


def _leader(
    shown: Bars, values: pd.Series[Any], whole: float, total: str, *, verb: str = "holds"
) -> str:
    """Say which group leads and by what share of the whole."""
    if not shown.labels:
        return "No images"
    if whole <= 0:
        return "No known size" if verb == "holds" else "No known cost"
    return f"{shown.labels[0]} {verb} {max(values.max(), 0) / whole * 100:.0f} % of {total}"


def _regions_title(shown: Bars, whole: float) -> str:
    if not shown.labels:
        return "No images"
    top = [
        slug
        for slug, value in zip(shown.labels, shown.amounts, strict=True)
        if value == shown.amounts[0] and not slug.startswith(("other (", MISSING))
    ]
    total = f"{number(shown.amounts[0])} GB of {number(whole)} GB"
    if not top:
        return f"No image is in a region; {number(whole)} GB"
    if len(top) == 1:
        return f"{top[0]} holds {total}"
    named = f"{', '.join(top[:-1])} and {top[-1]}" if len(top) <= 3 else f"{len(top)} regions"
    return f"{named} each hold {total}"
