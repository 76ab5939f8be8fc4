"""``imagedf export``: images and costs for BI tools and spreadsheets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from imagedf._text import counted
from imagedf.cli._console import say
from imagedf.cli._invoices import invoice_of, with_invoice
from imagedf.cli._load import load
from imagedf.cli._options import book_of, check_output_directory, command, priced, written_to
from imagedf.cli._source import Source, takes_images
from imagedf.cli._workbook import write_workbook

if TYPE_CHECKING:
    import pandas as pd

    from imagedf.cost import PriceBook

_FLAT = (".parquet", ".csv", ".xlsx")


@command(epilog="Example: imagedf export -o warehouse/")
@takes_images(account=True)
@click.option(
    "--layout",
    type=click.Choice(["star", "flat", "focus"]),
    help="star: tables in a directory, for BI tools. flat: one file. focus: billed lines of an "
    "--invoice as (partial) FOCUS 1.4. Default: star or flat, depending on -o.",
)
@click.option(
    "--history",
    metavar="DIR",
    help="Export the star tables of all days recorded in this history instead.",
)
@with_invoice("The invoice for --layout focus.")
@written_to("DIR|FILE", "A directory for star tables, or one file: .parquet, .csv or .xlsx.")
@priced
def export(
    *,
    source: Source,
    layout: str | None,
    history: str | None,
    invoices: tuple[str, ...],
    path: str,
    prices: str | None,
    on: datetime | None,
) -> None:
    """Export images and costs for BI tools and spreadsheets.

    Token scopes: image:read; tag:read for tags; those of bill and savings for the other tables.
    """
    kind = _layout(path, layout)
    if bool(invoices) != (kind == "focus"):
        raise click.UsageError("--layout focus and --invoice must be used together")
    if history is not None and kind != "star":
        raise click.UsageError("--history is exported as star tables: use -o DIR")
    if history is not None:
        _write_history(history, path)
        return
    if kind == "focus":
        _write_focus(source, invoices, path)
        return
    book = book_of(prices)
    if kind == "star":
        _write_star(source, path, book, on)
    else:
        _write_flat(source, path, book, on)


def _write_history(history: str, path: str) -> None:
    """Write the star tables of all recorded days, with the recorded costs."""
    from imagedf.history import export_star, recorded_days

    days = recorded_days(history)
    export_star(history, path)
    say(f"wrote the tables of {counted(len(days), 'recorded day')} to {path}")


def _write_star(source: Source, path: str, book: PriceBook, on: datetime | None) -> None:
    """Write the star tables, including the account's other tables if they can be read."""
    from pathlib import Path

    from imagedf.cli._account_data import load_account

    account = load_account(source) if source.scope == "own" else None
    frame = load(source) if account is None else account.images

    from imagedf.history import export_star

    export_star(frame if account is None else account, path, on=on, prices=book)
    if account is not None and not source.images_only:
        for line in account.unknown:
            say(line)
    _say_day(frame, on)
    names = ", ".join(sorted(file.stem for file in Path(path).glob("*.parquet")))
    say(f"wrote {names} to {path}: {_images(frame, source)}")


def _write_flat(source: Source, path: str, book: PriceBook, on: datetime | None) -> None:
    if path.lower().endswith(".xlsx"):
        frame = write_workbook(source, path, book, on)
        _say_day(frame, on)
        say(f"wrote {path}: {_images(frame, source)}, one per row of the sheet images")
        return
    frame = load(source)

    from imagedf.cost import estimate_cost
    from imagedf.files import to_csv, to_parquet
    from imagedf.frame import day_of

    costs = estimate_cost(frame, prices=book, on=day_of(frame, on))
    if path.lower().endswith(".parquet"):
        to_parquet(costs, path)
    else:
        to_csv(costs, path)
    _say_day(frame, on)
    say(f"wrote {path}: {_images(frame, source)}, one per row")


def _say_day(frame: pd.DataFrame, on: datetime | None) -> None:
    from imagedf.frame import assumed_day

    for line in assumed_day(frame, on):
        say(line)


def _images(frame: pd.DataFrame, source: Source) -> str:
    from imagedf.frame import first_rows, image_codes

    return f"{counted(len(first_rows(image_codes(frame))), 'image')} ({source.counted})"


def _layout(path: str, layout: str | None) -> str:
    """Return the layout, which depends on the suffix; raise for other kinds of files."""
    from pathlib import Path

    from imagedf.files import check_target

    suffix = Path(path).suffix.lower()
    if layout is None and (not suffix or path.endswith("/") or Path(path).is_dir()):
        layout = "star"
    if layout != "star" and suffix not in _FLAT:
        raise click.UsageError(f"-o {path:.200}: the suffix must be one of {', '.join(_FLAT)}")
    if layout == "star" and suffix in _FLAT:
        raise click.UsageError(f"-o {path:.200}: star tables need a directory, not a file")
    if layout == "star":
        check_output_directory(path)
    else:
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
