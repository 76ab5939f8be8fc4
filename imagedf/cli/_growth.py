"""``imagedf growth``: a history day by day, with a linear trend."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from imagedf.cli._options import amount, command, reading, usage_errors, with_history
from imagedf.cli._output import Output, emit, gives_data

if TYPE_CHECKING:
    from decimal import Decimal

    import pandas as pd

_KEYS = ("account", "type", "distribution", "region")


@command(epilog="Example: imagedf growth --history history/ --by type --budget 100")
@with_history("History directory.", required=True)
@click.option(
    "--by",
    "groups",
    metavar="COLUMN[,COLUMN]",
    help="Of account, type, distribution and region; default all together.",
)
@click.option("--since", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--until", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--account", "accounts", multiple=True, metavar="NAME")
@click.option("--budget", type=amount, help="Say when the cost a month would reach this.")
@click.option("--limit-gb", type=amount, help="Say when the size would reach this.")
@gives_data()
def growth(
    *,
    history: str,
    groups: str | None,
    since: datetime | None,
    until: datetime | None,
    accounts: tuple[str, ...],
    budget: Decimal | None,
    limit_gb: Decimal | None,
    output: Output,
) -> None:
    """Show images, GB and cost day by day, with a straight trend.

    A day without a record is missing, not zero, and days are never added up.
    """
    from imagedf.history import growth as grow
    from imagedf.schema import cost_column

    keys = [key.strip() for key in groups.split(",")] if groups else None
    if not set(keys or ()) <= set(_KEYS):
        raise click.UsageError(f"--by takes {', '.join(_KEYS)}, not {groups!r:.60}")
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
        raise click.UsageError("--budget: this history holds no costs")
    nothing = [] if len(whole) else ["no day is recorded in that span"]
    notes = nothing + [
        _trend_of(whole, measure, None if limit is None else float(limit))
        for measure, limit in limits
        if len(whole)
    ]
    emit(grown, output, notes=notes)


def _trend_of(whole: pd.DataFrame, measure: str, limit: float | None) -> str:
    """Say the trend; a history that is too young for one is no error."""
    from imagedf.errors import FrameError
    from imagedf.history import fit_trend
    from imagedf.summary import words_of

    try:
        return str(fit_trend(whole, measure, limit=limit))
    except FrameError as error:
        return f"No trend of the {words_of(measure)[0]} yet: {error}"
