"""``imagedf cost``: the monthly cost, and what is unknown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from imagedf.cli._console import BUDGET, manners
from imagedf.cli._options import amount, book_of, command, priced
from imagedf.cli._output import Output, emit, gives_data
from imagedf.cli._source import Source, load, proof_line, takes_images
from imagedf.cli._summary import columns_of

if TYPE_CHECKING:
    from decimal import Decimal


@command(epilog="Example: imagedf cost --by region --budget 50")
@takes_images()
@gives_data()
@click.option("--by", "groups", multiple=True, metavar="COLUMN[,COLUMN]", help="Default type.")
@priced
@click.option("--budget", type=amount, help="Exit with 7 when the known cost a month is above.")
@click.pass_context
def cost(
    context: click.Context,
    /,
    *,
    source: Source,
    output: Output,
    groups: tuple[str, ...],
    prices: str | None,
    on: datetime | None,
    budget: Decimal | None,
) -> None:
    """Price the images by the month, and count what is not known.

    A run-rate by size and published rate, never what was spent so far.
    """
    from imagedf.cost import cost_of, cost_summary, estimate_cost
    from imagedf.frame import day_of
    from imagedf.summary import summarize, totals

    book = book_of(prices)
    frame = load(source)
    keys = columns_of(groups or ("type",), frame.columns)
    day = day_of(frame, on)
    costs = estimate_cost(frame, book, on=day)
    total = cost_summary(costs)
    groups_of = summarize(costs, keys, now=on)
    column = cost_of(costs)
    wanted = (f"allocated_{column}", column, "unknown_cost", "images", "size_gigabytes")
    shown = [name for name in wanted if name in groups_of]
    emit(
        groups_of,
        output,
        columns=[*keys, *reversed(shown)],
        total=totals(costs).assign(**{f"allocated_{column}": lambda row: row[column]}),
        notes=[str(total), *book.describe(day), proof_line(frame.attrs.get("imagedf"))],
    )
    if budget is not None and total.known > budget:
        click.echo(
            f"imagedf: over budget: the known cost {total.known:,.2f} {total.currency} a month is "
            f"above {budget:,.2f}",
            err=True,
        )
        # What rests on a partial listing ends with its own code.
        context.exit(manners().exit_code or BUDGET)
