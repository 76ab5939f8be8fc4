"""``imagedf record``: a day of a history, for cron."""

from __future__ import annotations

from datetime import datetime

import click

from imagedf.cli._options import book_of, command, priced, with_history
from imagedf.cli._source import Source, load, takes_images


@command(epilog="Example: imagedf record --quiet --history history/")
@takes_images()
@with_history("History directory.", required=True)
@priced
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
