"""``imagedf charts``: one file per chart."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from imagedf.cli._account_data import load_images
from imagedf.cli._console import say
from imagedf.cli._load import load
from imagedf.cli._options import (
    book_of,
    check_output_directory,
    command,
    priced,
    reading,
    with_history,
    written_to,
)
from imagedf.cli._source import Source, takes_images

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@command(epilog="Example: imagedf charts --from images.parquet -o charts/ --format svg")
@takes_images(account=True)
@written_to("DIR", "Created if missing.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["png", "svg", "pdf"]),
    default="png",
    show_default=True,
    help="File format.",
)
@with_history("Add charts of the growth of your own images over this history.")
@priced
def charts(
    *,
    source: Source,
    path: str,
    kind: str,
    history: str | None,
    prices: str | None,
    on: datetime | None,
) -> None:
    """Plot sizes, regions, ages, cost and savings.

    Only images are requested, so the chart of savings also counts images that are in use. To keep
    those, pass --from DIR, a directory written by `imagedf fetch --account-data`.

    Token scopes: image:read; tag:read for tags.
    """
    check_output_directory(path)
    book = book_of(prices)
    grown = None if history is None else _growth(history)
    images = load_images(source) if source.paths else load(source)

    from imagedf.charts import save_charts

    files = save_charts(images, path, format=kind, now=on, prices=book)  # type: ignore[arg-type] # click checked it
    if grown is not None:
        files += _growth_charts(grown, path, kind)
    names = ", ".join(file.name for file in files)
    say(f"wrote {len(files)} charts of {source.counted} to {path}: {names}")


def _growth(history: str) -> pd.DataFrame:
    """Return the sums of each recorded day; an unreadable history is an error."""
    from imagedf.history import growth

    with reading():
        return growth(history)


def _growth_charts(grown: pd.DataFrame, path: str, kind: str) -> list[Path]:
    """Plot the size and the cost of a history by day."""
    from pathlib import Path

    from imagedf.charts import image_of, plot_growth
    from imagedf.schema import cost_column

    measures = ["size_gigabytes", cost_column(list(grown.columns))]
    files = []
    for measure, name in zip(measures, ("growth-size", "growth-cost"), strict=True):
        if measure is not None:
            file = Path(path, f"{name}.{kind}")
            file.write_bytes(image_of(plot_growth(grown, measure), kind))  # type: ignore[arg-type] # click checked it
            files.append(file)
    return files
