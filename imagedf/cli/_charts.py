"""``imagedf charts``: one file per chart."""

from __future__ import annotations

from datetime import datetime

import click

from imagedf.cli._console import say
from imagedf.cli._load import load
from imagedf.cli._options import book_of, command, priced, written_to
from imagedf.cli._source import Source, takes_images


@command(epilog="Example: imagedf charts --from images.parquet -o charts/ --format svg")
@takes_images()
@written_to("DIR", "Created if missing.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["png", "svg", "pdf"]),
    default="png",
    show_default=True,
)
@priced
def charts(source: Source, path: str, kind: str, prices: str | None, on: datetime | None) -> None:
    """Draw sizes, regions, ages, cost and savings."""
    from imagedf.charts import save_charts

    book = book_of(prices)
    frame = load(source)
    files = save_charts(frame, path, kind, now=on, prices=book)  # type: ignore[arg-type] # click checked it
    say(f"wrote {len(files)} charts to {path}: {', '.join(file.name for file in files)}")
