"""The commands over time: record, diff, growth."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from imagedf.cli._console import CHANGED, talks
from imagedf.cli._money import amount, book_of, priced
from imagedf.cli._output import Output, emit, gives_data
from imagedf.cli._sources import Source, load, reading, takes_images, usage_errors

if TYPE_CHECKING:
    from decimal import Decimal

    import pandas as pd

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_KEYS = ("account", "type", "distribution", "region")


def _history_option(*, required: bool) -> Callable[..., Any]:
    return click.option(
        "--history", metavar="DIR", type=click.Path(), required=required, help="The history."
    )


@click.command(epilog="Example: imagedf record --quiet --history history/")
@takes_images
@_history_option(required=True)
@priced
@talks
def record(source: Source, history: str, prices: str | None, on: datetime | None) -> None:
    """Record today in a history; fit for cron.

    One line on standard output. A day recorded again replaces just that day of the
    accounts fetched; an incomplete listing is refused.
    """
    from imagedf.cost import estimate_cost
    from imagedf.frame import day_of
    from imagedf.history import record as record_images

    book = book_of(prices)
    frame = load(source)
    day = day_of(frame, on)
    click.echo(str(record_images(estimate_cost(frame, book, on=day), history, on=day)))


@click.command(epilog="Example: imagedf diff 2026-11-01 2026-11-23 --history history/ --exit-code")
@click.argument("old", type=click.Path())
@click.argument("new", type=click.Path())
@_history_option(required=False)
@click.option("--account", "accounts", multiple=True, metavar="NAME", help="Of the history.")
@click.option("--totals", is_flag=True, help="By account and type, not image by image.")
@click.option("--exit-code", is_flag=True, help="Exit with 8 when something changed.")
@gives_data()
@talks
@click.pass_context
def diff(
    context: click.Context,
    /,
    *,
    old: str,
    new: str,
    history: str | None,
    accounts: tuple[str, ...],
    totals: bool,
    exit_code: bool,
    output: Output,
) -> None:
    """Tell what changed between two files or days.

    OLD and NEW are files of `imagedf fetch -o x.parquet`, or days such as 2026-11-23 with
    --history.
    """
    from imagedf.diff import diff_images, diff_totals

    if history is None and (_DAY.fullmatch(old) or _DAY.fullmatch(new)):
        raise click.UsageError("days are of a history: give --history DIR")
    chosen: dict[str, Any] = {"history": history, "accounts": list(accounts) or None}
    with reading(), usage_errors():
        changes = diff_images(old, new, **chosen)
        sums = diff_totals(old, new, **chosen)
    if totals:
        shown = _sides(sums) if output.format == "table" else sums
        emit(shown, output, notes=_moves(sums))
    else:
        nothing = [] if len(changes) else ["nothing changed"]
        shown = _for_people(changes) if output.format == "table" else changes
        emit(shown, output, notes=[*nothing, *_moves(sums)])
    if exit_code and len(changes):
        context.exit(CHANGED)


def _for_people(changes: pd.DataFrame) -> pd.DataFrame:
    """Keep what a table has room for: which image, what happened, and by how much."""
    shown = changes[["account", "change"]].copy()
    for name in ("name", "type"):
        shown[name] = changes[f"{name}_after"].fillna(changes[f"{name}_before"])
    deltas = [str(name) for name in changes.columns if str(name).endswith("_delta")]
    return shown.assign(**{name: changes[name] for name in deltas})


def _sides(sums: pd.DataFrame) -> pd.DataFrame:
    """Keep what a table has room for: what is now, and by how much that changed."""
    from imagedf.summary import with_gaps

    known = with_gaps(sums)
    names = [str(name) for name in known]
    gone = [name for name in names if name.endswith("_before") or name.startswith("unknown_")]
    return known.drop(columns=gone)


def _moves(sums: pd.DataFrame) -> list[str]:
    """Say of each measure what it was, what it is, and the difference."""
    from imagedf.cli._tables import heading

    measures = [
        str(name).removesuffix("_delta") for name in sums.columns if str(name).endswith("_delta")
    ]
    lines = []
    for name in measures:
        digits = 2 if sums[f"{name}_delta"].dtype == "float64" else 0
        parts = [sums[f"{name}_{part}"].sum() for part in ("before", "after", "delta")]
        # Adding 0 makes a negative zero a plain one.
        before, after, delta = (round(float(part), digits) + 0.0 for part in parts)
        if before or after or not name.startswith("unknown_"):
            moved = f"{before:,.{digits}f} → {after:,.{digits}f} ({delta:+,.{digits}f})"
            lines.append(f"{heading(name)}: {moved}")
    return lines


@click.command(epilog="Example: imagedf growth --history history/ --by type --budget 100")
@_history_option(required=True)
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
@talks
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
