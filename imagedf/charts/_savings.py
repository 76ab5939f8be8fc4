"""The chart of potential savings."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

import pandas as pd
from matplotlib.axes import Axes

from imagedf._text import UNKNOWN, in_cents, money, received
from imagedf.account import Account
from imagedf.charts._bars import Bars, bars, draw, legend, unknown
from imagedf.charts._groups import TOP, amounts_of, check_top, groups_of, ranked
from imagedf.charts._style import DEFAULTS, NEUTRAL, Options, footer_of
from imagedf.cost import PriceBook
from imagedf.errors import PolicyError
from imagedf.frame import own_images
from imagedf.savings import Part, Policy, SavingsSummary, find_savings, savings_summary

_STEPS = ["now", "can be deleted", "remains"]


def plot_savings(
    frame: pd.DataFrame | Account,
    policy: Policy | None = None,
    *,
    by: Literal["total", "series"] = "total",
    top: int = TOP,
    now: datetime | str | None = None,
    prices: PriceBook | None = None,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    title: str | None = None,
    color: str | None = None,
) -> Axes:
    """Plot the current cost of your own images, what can be deleted, and what remains.

    Parameters
    ----------
    frame, policy
        As for ``find_savings``.
    by : {"total", "series"}, default "total"
        A waterfall from the current to the remaining cost, or the remaining and deletable cost
        of each series.
    top : int, default 12
        The number of series to show; the others are combined.
    now, prices
        As for ``find_savings``.
    ax, figsize, title, color
        As for ``plot_sizes``.

    Returns
    -------
    matplotlib.axes.Axes
        The known cost per month of your own images.

    Raises
    ------
    FrameError
        A required column is missing.
    PolicyError
        The policy needs a field that no image has.
    ValueError, TypeError
        An option is not valid.

    See Also
    --------
    find_savings : Return the deletion candidates.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> policy = imagedf.Policy([imagedf.Select(older_than="1y")])
    >>> imagedf.plot_savings(frame, policy).get_title(loc="left")
    '$0.70 of $0.70 per month can be saved'
    """
    options = Options(ax, figsize, title, color)
    if by not in ("total", "series"):
        raise ValueError(f"by must be 'total' or 'series', not {received(by)}")
    summary = savings_summary(find_savings(frame, policy, now=now, prices=prices))
    footer = _footer(frame, now)
    if by == "series":
        return _by_series(summary, options, footer, check_top(top))
    return savings_chart(summary, options, footer)


def plot_default_savings(
    frame: pd.DataFrame | Account, *, now: datetime | str | None, prices: PriceBook | None
) -> Axes:
    """Plot the savings of the default policy, as unknown if it can't be applied."""
    try:
        return plot_savings(frame, now=now, prices=prices)
    except PolicyError as error:
        # An empty policy needs nothing, so the current cost is known anyway.
        summary = savings_summary(find_savings(frame, Policy(), now=now, prices=prices))
        total = _known(summary, summary.total)
        shown = Bars(
            _STEPS, [float(total or 0), 0.0, 0.0], [NEUTRAL] * 3, _texts(total, None, None)
        )
        caption = f"{_caption(summary)}; {error}"
        heading = "What can be deleted is unknown"
        return draw(shown, Options(), heading, caption, _footer(frame, now))


def _footer(frame: pd.DataFrame | Account, now: datetime | str | None) -> str:
    """Return the footer for your own images: only they can be deletable."""
    return footer_of(own_images(frame.images if isinstance(frame, Account) else frame), now)


def savings_chart(summary: SavingsSummary, options: Options = DEFAULTS, footer: str = "") -> Axes:
    """Plot what all images cost, what can be saved and what remains."""
    parts = (summary.total, summary.deletable, summary.remaining)
    total, saved, kept = (_known(summary, part) for part in parts)
    shown = Bars(
        _STEPS,
        [float(amount or 0) for amount in (total, saved, kept)],
        [NEUTRAL, options.accent, NEUTRAL],
        _texts(total, saved, kept),
    )
    starts = [0.0, float(kept or 0), 0.0]
    heading = _heading(summary, total, saved)
    return draw(shown, options, heading, _caption(summary), footer, starts=starts)


def _known(summary: SavingsSummary, part: Part) -> Decimal | None:
    """Return a part's known cost in cents; None if it has images, but no known cost."""
    if part.images and part.monthly_cost is None:
        return None
    if part is summary.total:  # the parts add up to the total
        return summary.in_cents(summary.deletable) + summary.in_cents(summary.remaining)
    return summary.in_cents(part)


def _texts(total: Decimal | None, saved: Decimal | None, kept: Decimal | None) -> list[str]:
    minus = "−" if saved else ""
    total_text, saved_text, kept_text = (
        UNKNOWN if amount is None else in_cents(amount) for amount in (total, saved, kept)
    )
    return [total_text, f"{minus}{saved_text}", kept_text]


def _heading(summary: SavingsSummary, total: Decimal | None, saved: Decimal | None) -> str:
    if not summary.total.images:
        return "No images of your own"
    if total is None:
        return "No known cost"
    if saved is None:
        return "The cost of what can be deleted is unknown"
    amounts = (money(amount, summary.currency) for amount in (saved, total))
    return f"{' of '.join(amounts)} per month can be saved"


def _by_series(summary: SavingsSummary, options: Options, footer: str, top: int) -> Axes:
    """Draw the cost of each series, with the remaining cost on top of it."""
    cost = f"remaining_monthly_cost_{summary.currency.lower()}"
    saved = f"monthly_savings_{summary.currency.lower()}"
    series = summary.by_series().dropna(subset=["series"])
    series["cost"] = series[[cost, saved]].sum(axis=1, min_count=1)
    keys = [*(["account"] if len(series["account"].unique()) > 1 else []), "series"]
    series = ranked(series, "cost")
    groups = groups_of(series, keys, top)
    totals, kept = amounts_of(series, groups, "cost"), amounts_of(series, groups, cost)
    shown = bars(groups, totals, options, 2)
    notes = [_note(total, rest) for total, rest in zip(totals, kept, strict=True)]
    colors = [options.accent] * len(groups)
    kept_cost = _known(summary, summary.remaining)
    heading = f"{money(kept_cost, summary.currency)} per month would remain"
    if not groups or kept_cost is None:
        heading = "No known cost remains" if groups else "No series"
    drawn = shown._replace(colors=colors, notes=notes)
    axes = draw(drawn, options, heading, _caption(summary), footer)
    axes.barh(range(len(groups)), [amount or 0.0 for amount in kept], color=NEUTRAL, height=0.72)
    if groups:
        entries = [(NEUTRAL, "remains"), (options.accent, "can be deleted")]
        legend(axes, entries, totals)
    return axes


def _note(total: float | None, remaining: float | None) -> str:
    """Return the remaining and the current cost of a series, as text."""
    if total is None:
        return "unknown"
    rest = "unknown" if remaining is None else in_cents(remaining)
    return in_cents(total) if remaining == total else f"{rest} of {in_cents(total)}"


def _caption(summary: SavingsSummary) -> str:
    caption = f"Known cost ({summary.currency} per month)"
    # Volume snapshots are not used by Droplets.
    if summary.noun == "own image" and summary.deletable.images:
        caption += unknown(summary.total.images - summary.use_known, "use")
    return caption + unknown(summary.deletable.unknown_cost, "cost can be deleted too")
