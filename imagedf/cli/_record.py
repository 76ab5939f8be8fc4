"""``imagedf record``: record a day in a history, suitable for cron."""

from __future__ import annotations

from datetime import datetime

import click

from imagedf.cli._console import console_state
from imagedf.cli._days import tomorrow
from imagedf.cli._load import load
from imagedf.cli._options import (
    book_of,
    check_output_directory,
    command,
    priced,
    usage_errors,
    with_history,
)
from imagedf.cli._source import Source, takes_images


@command(epilog="Example: imagedf record --quiet --history history/")
@takes_images("unfiltered")
@with_history("History directory.", required=True)
@click.option("--allow-unverified", is_flag=True, help="Also record a list that states no total.")
@priced
def record(
    source: Source,
    *,
    history: str,
    allow_unverified: bool,
    prices: str | None,
    on: datetime | None,
) -> None:
    """Record today's own images in a history; suitable for cron.

    Prints one line, or nothing with --quiet. Recording a day again replaces only that day of the
    fetched accounts. Incomplete listings are rejected. Saved responses need --on.
    """
    check_output_directory(history)
    _check_day(on)
    book = book_of(prices)
    # A saved listing is passed as is: record() keeps the own images and counts the others.
    frame = load(source._replace(scope=None) if source.paths else source)

    from imagedf.cost import estimate_cost
    from imagedf.frame import day_of
    from imagedf.history import record as record_images

    costs = estimate_cost(frame, prices=book, on=day_of(frame, on))
    with usage_errors():
        recording = record_images(costs, history, on=on, allow_unverified=allow_unverified)
    if not console_state().quiet:
        click.echo(str(recording))


def _check_day(on: datetime | None) -> None:
    """Raise if ``record`` would refuse this day, before anything is requested."""
    last = tomorrow()
    if on is not None and on.date() > last:
        raise click.UsageError(f"--on {on:%Y-%m-%d} is later than tomorrow ({last}, UTC)")
