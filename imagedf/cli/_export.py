"""``imagedf export``: images and costs for BI tools and spreadsheets."""

from __future__ import annotations

from datetime import datetime

import click

from imagedf._text import counted
from imagedf.cli._console import say
from imagedf.cli._options import book_of, command, priced, written_to
from imagedf.cli._source import Source, load, takes_images

_FLAT = (".parquet", ".csv", ".xlsx")


@command(epilog="Example: imagedf export --layout star -o warehouse/")
@takes_images()
@click.option(
    "--layout",
    type=click.Choice(["star", "flat"]),
    default="star",
    show_default=True,
    help="Three tables in a directory for BI tools, or one file.",
)
@written_to("DIR|FILE", "Flat: .parquet, .csv, .xlsx.")
@priced
def export(source: Source, layout: str, path: str, prices: str | None, on: datetime | None) -> None:
    """Write images and costs for BI tools and people."""
    from pathlib import Path

    from imagedf.cost import estimate_cost
    from imagedf.files import check_target, to_csv, to_excel, to_parquet
    from imagedf.frame import day_of
    from imagedf.history import export_star

    suffix = Path(path).suffix.lower()
    if layout == "flat" and suffix not in _FLAT:
        raise click.UsageError(f"-o {path}: the suffix must be one of {', '.join(_FLAT)}")
    if layout == "flat":
        check_target(path)
    book = book_of(prices)
    frame = load(source)
    day = day_of(frame, on)
    costs = estimate_cost(frame, book, on=day)
    if layout == "star":
        export_star(costs, path, on=day)
        say(f"wrote images, image_regions and image_tags to {path}: {counted(len(costs), 'image')}")
        return
    if suffix == ".parquet":
        to_parquet(costs, path)
    elif suffix == ".csv":
        to_csv(costs, path)
    else:
        to_excel(costs, path)
    say(f"wrote {path}: {counted(len(costs), 'image')}, one row each")
