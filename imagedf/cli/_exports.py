"""The commands that write files: export, charts, report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from imagedf._text import counted
from imagedf.cli._console import say, talks
from imagedf.cli._money import book_of, priced
from imagedf.cli._sources import Source, load, reading, takes_images, usage_errors

_FLAT = (".parquet", ".csv", ".xlsx")


def _place(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Take the name of a file or directory; what these commands write is no stream."""
    if value in {"", "-"}:
        raise click.BadParameter("give a name; this can't be written to standard output")
    return value


def _written_to(metavar: str, text: str) -> Callable[..., Any]:
    """Give a command the option that says where its results go."""
    return click.option(
        "-o",
        "--output",
        "path",
        required=True,
        type=click.Path(),
        callback=_place,
        metavar=metavar,
        help=text,
    )


@click.command(epilog="Example: imagedf export --layout star -o warehouse/")
@takes_images
@click.option(
    "--layout",
    type=click.Choice(["star", "flat"]),
    default="star",
    show_default=True,
    help="Three tables in a directory for BI tools, or one file.",
)
@_written_to("DIR|FILE", "Flat: .parquet, .csv, .xlsx.")
@priced
@talks
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


@click.command(epilog="Example: imagedf charts --from images.parquet -o charts/ --format svg")
@takes_images
@_written_to("DIR", "Made when missing.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["png", "svg", "pdf"]),
    default="png",
    show_default=True,
)
@priced
@talks
def charts(source: Source, path: str, kind: str, prices: str | None, on: datetime | None) -> None:
    """Draw sizes, regions, ages, cost and savings."""
    from imagedf.charts import save_charts

    book = book_of(prices)
    frame = load(source)
    files = save_charts(frame, path, kind, now=on, prices=book)  # type: ignore[arg-type] # click checked it
    say(f"wrote {len(files)} charts to {path}: {', '.join(file.name for file in files)}")


@click.command(epilog="Example: imagedf report --history history/ -o report.html")
@takes_images
@_written_to("FILE", "One HTML file.")
@click.option(
    "--history",
    metavar="DIR",
    type=click.Path(),
    help="Adds what changed since the last day that has most of the accounts.",
)
@click.option("--since", metavar="DATE", help="Since that day of the history instead.")
@click.option("--title", default="DigitalOcean images", show_default=True)
@click.option("--rules", metavar="FILE", type=click.Path(), help="Savings rules (TOML).")
@priced
@talks
def report(
    *,
    source: Source,
    path: str,
    history: str | None,
    since: str | None,
    title: str,
    rules: str | None,
    prices: str | None,
    on: datetime | None,
) -> None:
    """Write a report: one self-contained HTML page.

    Totals, tables, charts, savings, what changed, prices, and how it was made.
    """
    from imagedf.files import check_target
    from imagedf.report import write_report
    from imagedf.savings import load_rules

    if not path.lower().endswith((".html", ".htm")):
        raise click.UsageError(f"-o {path}: a report is HTML, so the suffix must be .html")
    check_target(path)
    if since is not None and history is None:
        raise click.UsageError("--since is a day of a history: give --history DIR")
    book = book_of(prices)
    with reading():
        policy = None if rules is None else load_rules(rules)
    frame = load(source)
    with usage_errors():
        write_report(
            frame,
            path,
            title=title,
            now=on,
            prices=book,
            rules=policy,
            history=history,
            since=since,
        )
    say(f"wrote {path}")
