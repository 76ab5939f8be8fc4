"""``imagedf cost``: the estimated monthly cost, and unknown costs."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from imagedf._text import change, counted
from imagedf.cli._budget import check_budget, with_budget
from imagedf.cli._load import proof_line
from imagedf.cli._options import book_of, command, grouped_by, priced, reading, with_history
from imagedf.cli._output import Output, emit, gives_data
from imagedf.cli._source import Source, takes_images
from imagedf.cli._summary import columns_of, load_for, present_note

if TYPE_CHECKING:
    from decimal import Decimal

    import pandas as pd

    from imagedf.cost import CostSummary


@command(epilog="Example: imagedf cost --by region --budget 50")
@takes_images()
@gives_data()
@grouped_by("Group by these columns; also region, tag, age, month, source, used. Default type.")
@with_history("Show the change since the last day recorded in this history.")
@priced
@with_budget
def cost(
    *,
    source: Source,
    output: Output,
    groups: tuple[str, ...],
    history: str | None,
    prices: str | None,
    on: datetime | None,
    budget: Decimal | None,
) -> None:
    """Estimate the monthly cost, and count images whose cost is unknown.

    A monthly run rate from sizes and published rates, not actual spend.

    Token scopes: image:read; tag:read for tags.
    """
    book = book_of(prices)
    if history is not None:
        _check_history(history)
    frame = load_for(source, groups)
    # Imported now: pandas was imported while page 1 was in flight.
    from imagedf.cost import cost_summary, estimate_cost, rates_note
    from imagedf.frame import assumed_day, day_of
    from imagedf.summary import summarize

    keys = columns_of(groups or ("type",), frame.columns)
    day = day_of(frame, on)
    costs = estimate_cost(frame, prices=book, on=day)
    total = cost_summary(costs)
    rows = summarize(costs, keys, now=on)
    emit(
        rows,
        output,
        columns=_shown(keys, costs, rows),
        total_label=f"total, {source.counted}",
        total=_total(costs),
        notes=[
            str(total),
            *_since_last(history, costs, total, source, day),
            *present_note(keys),
            rates_note(book, day),
            *assumed_day(frame, on),
            proof_line(frame),
        ],
    )
    if budget is not None:
        unknown = f"cost unknown for {counted(total.unknown, 'image')}"
        check_budget(total.known, total.currency, budget, [unknown] if total.unknown else [])


def _shown(keys: list[str], costs: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    from imagedf.cost import cost_of
    from imagedf.summary import allocated_name

    column = cost_of(costs)
    wanted = ("size_gigabytes", "images", "unknown_cost", column, allocated_name(column))
    return [*keys, *(name for name in wanted if name in rows)]


def _total(costs: pd.DataFrame) -> pd.DataFrame:
    """Return the totals, which also apply to the allocated costs."""
    from imagedf.cost import cost_of
    from imagedf.summary import allocated_name, totals

    column = cost_of(costs)
    return totals(costs).assign(**{allocated_name(column): lambda row: row[column]})


def _check_history(history: str) -> None:
    """Raise for a directory that is not a history; it may be missing before the first day."""
    from pathlib import Path

    from imagedf.cli._history import days_of

    if Path(history).exists():
        days_of(history)


def _since_last(
    history: str | None, costs: pd.DataFrame, total: CostSummary, source: Source, day: date
) -> list[str]:
    """Return a line about the change in known cost since the last recorded day.

    Only a day with the same accounts and the same scope can be compared.
    """
    if history is None or source.counted != "own images" or total.known is None:
        return []
    from pathlib import Path

    from imagedf.cost import exact_sum
    from imagedf.history import growth

    if not Path(history).is_dir():
        return [f"no day is recorded in {history}"]
    accounts = set(map(str, costs["account"].dropna()))
    with reading():
        grown = growth(history, "account")
    column = f"monthly_cost_{total.currency.lower()}"
    if column not in grown:
        return []
    before = grown[grown["account"].isin(accounts) & (grown["snapshot_date"] < str(day))]
    for recorded, rows in reversed(list(before.groupby("snapshot_date"))):
        known = rows[column].dropna()
        if len(rows) == len(accounts) and len(known):
            difference = change(total.known - exact_sum(known))
            return [f"{difference} {total.currency} per month since {recorded:%Y-%m-%d}"]
    return [f"no earlier day of these accounts is recorded in {history}"]
