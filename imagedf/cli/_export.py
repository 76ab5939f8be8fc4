"""``imagedf export``: images and costs for BI tools and spreadsheets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from imagedf._text import counted
from imagedf.cli._console import say
from imagedf.cli._invoices import invoice_of, with_invoice
from imagedf.cli._load import load
from imagedf.cli._options import book_of, command, priced, written_to
from imagedf.cli._source import Source, takes_images

if TYPE_CHECKING:
    import pandas as pd

_FLAT = (".parquet", ".csv", ".xlsx")


@command(epilog="Example: imagedf export -o warehouse/")
@takes_images(account=True)
@click.option(
    "--layout",
    type=click.Choice(["star", "flat", "focus"]),
    help="Three tables in a directory for BI tools, or one file. Default: as -o says. focus: "
    "billed lines of an --invoice as rows of (partial) FOCUS 1.4.",
)
@with_invoice("The invoice of --layout focus.")
@written_to("DIR|FILE", "A directory for the star; one file: .parquet, .csv or .xlsx.")
@priced
def export(
    *,
    source: Source,
    layout: str | None,
    invoices: tuple[str, ...],
    path: str,
    prices: str | None,
    on: datetime | None,
) -> None:
    """Export images and costs for BI tools and spreadsheets."""
    from imagedf.cost import estimate_cost
    from imagedf.frame import day_of
    from imagedf.history import export_star

    kind = _layout(path, layout)
    if bool(invoices) != (kind == "focus"):
        raise click.UsageError("--layout focus and --invoice need each other")
    if kind == "focus":
        _write_focus(source, invoices, path)
        return
    book = book_of(prices)
    frame = load(source)
    day = day_of(frame, on)
    costs = estimate_cost(frame, prices=book, on=day)
    counted_images = f"{counted(len(costs), 'image')} ({source.counted})"
    if kind == "star":
        export_star(costs, path, on=day)
        say(f"wrote images, image_regions and image_tags to {path}: {counted_images}")
    else:
        _write_flat(costs, path)
        say(f"wrote {path}: {counted_images}, one per row")


def _layout(path: str, layout: str | None) -> str:
    """Return the layout, which the suffix decides; a file of another kind is refused."""
    from pathlib import Path

    from imagedf.files import check_target

    suffix = Path(path).suffix.lower()
    if layout is None and (not suffix or path.endswith("/") or Path(path).is_dir()):
        layout = "star"
    if layout != "star" and suffix not in _FLAT:
        raise click.UsageError(f"-o {path:.200}: the suffix must be one of {', '.join(_FLAT)}")
    if layout == "star" and suffix in _FLAT:
        raise click.UsageError(f"-o {path:.200}: a star is a directory of three tables")
    if layout != "star":
        check_target(path)
    return layout or "flat"


def _write_focus(source: Source, invoices: tuple[str, ...], path: str) -> None:
    from pathlib import Path

    from imagedf.cli._account_data import load_account
    from imagedf.cli._formats import deliver
    from imagedf.cli._output import Output
    from imagedf.cost import to_focus

    invoice = invoice_of(invoices, source)
    rows = to_focus(invoice, load_account(source))
    deliver(rows, Output(Path(path).suffix.lower().removeprefix("."), path))
    say(f"wrote {path}: {counted(len(rows), 'billed line')} as partial FOCUS 1.4")


def _write_flat(costs: pd.DataFrame, path: str) -> None:
    from imagedf.files import to_csv, to_excel, to_parquet

    if path.lower().endswith(".parquet"):
        to_parquet(costs, path)
    elif path.lower().endswith(".csv"):
        to_csv(costs, path)
    else:
        to_excel(costs, path)
