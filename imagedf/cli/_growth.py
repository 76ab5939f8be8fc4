"""``imagedf growth``: a history by day, with a linear trend."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from imagedf.cli import _complete
from imagedf.cli._days import Day
from imagedf.cli._names import nearest
from imagedf.cli._options import (
    amount,
    command,
    grouped_by,
    of_accounts,
    reading,
    usage_errors,
    with_history,
)
from imagedf.cli._output import Output, emit, gives_data

if TYPE_CHECKING:
    from decimal import Decimal

    import pandas as pd

_KEYS = ("account", "type", "distribution", "region")


@command(epilog="Example: imagedf growth --history history/ --by type --budget 100")
@with_history("History directory.", required=True)
@grouped_by("Group by account, type, distribution or region (default: no grouping).")
@click.option(
    "--since",
    metavar="DATE",
    type=Day("first"),
    shell_complete=_complete.recorded_days,
    help="First day: 2026-11-23, 2026-11 or 90d.",
)
@click.option(
    "--until",
    metavar="DATE",
    type=Day("last"),
    shell_complete=_complete.recorded_days,
    help="Last day.",
)
@of_accounts
@click.option("--budget", type=amount, help="Show when the trend reaches this monthly cost.")
@click.option("--limit-gb", type=amount, help="Show when the trend reaches this size.")
@gives_data()
def growth(
    *,
    history: str,
    groups: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    accounts: tuple[str, ...],
    budget: Decimal | None,
    limit_gb: Decimal | None,
    output: Output,
) -> None:
    """Show own images, GB and cost by day, with a linear trend.

    A day that was not recorded is missing, not zero, and days are never summed. --limit shows
    the newest rows; the trend is that of all days.
    """
    from imagedf.history import growth as grow
    from imagedf.schema import cost_column

    keys = _keys(groups)
    chosen: dict[str, Any] = {
        "since": since and since.date(),
        "until": until and until.date(),
        "accounts": list(accounts) or None,
    }
    with reading(), usage_errors():
        whole = grow(history, **chosen)
        grown = grow(history, keys, **chosen) if keys else whole
    cost = cost_column(list(whole.columns))
    limits = [("size_gigabytes", limit_gb), *([(cost, budget)] if cost else [])]
    if budget is not None and cost is None and whole["images"].any():
        raise click.UsageError("--budget: this history has no costs")
    notes = ["Scope: your own images.", *_trends(whole, limits)]
    emit(grown, output, notes=notes, newest=True)


def _keys(groups: tuple[str, ...]) -> list[str]:
    keys = [key.strip() for group in groups for key in group.split(",")]
    for key in keys:
        if key not in _KEYS:
            raise click.UsageError(f"--by: {nearest(key, _KEYS, 'a column to group a history by')}")
    return keys


def _trends(whole: pd.DataFrame, limits: list[tuple[str, Decimal | None]]) -> list[str]:
    """Return lines about the trend of each measure, or about why there is none."""
    if not len(whole):
        return ["no day is recorded in that period"]
    if len(whole) == 1:
        return ["No trend yet: at least two recorded days are needed, and there is only 1."]
    return [
        _trend_of(whole, measure, None if limit is None else float(limit))
        for measure, limit in limits
    ]


def _trend_of(whole: pd.DataFrame, measure: str, limit: float | None) -> str:
    """Describe the trend, or why there is none yet."""
    from imagedf._text import measure_words
    from imagedf.errors import FrameError
    from imagedf.history import fit_trend

    try:
        return str(fit_trend(whole, measure, limit=limit))
    except FrameError as error:
        return f"No trend of the {measure_words(measure)[0]} yet: {error}"
