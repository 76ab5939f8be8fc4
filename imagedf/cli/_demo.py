"""``imagedf demo``: the full workflow on the sandbox's sample accounts."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING, Any

import click

from imagedf.cli._candidates import series_columns
from imagedf.cli._console import say, shows_progress
from imagedf.cli._load import proof_line
from imagedf.cli._options import command
from imagedf.cli._output import Output, emit

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from imagedf.account import Account


@command(epilog="Example: imagedf demo -o imagedf-demo")
@click.option(
    "-o",
    "--output",
    "path",
    default="imagedf-demo",
    show_default=True,
    metavar="DIR",
    help="Directory for the results.",
)
def demo(path: str) -> None:
    """Run the full workflow on sample accounts; needs no token.

    Fetch, summaries, cost, bill, savings, Parquet, star tables, charts and a report, over real
    HTTP and with the same code as for a real account.
    """
    from pathlib import Path

    from imagedf.files import make_directory

    target = make_directory(Path(path))
    frame, account = _fetched()
    # Ages refer to a fixed date, so that the figures are the same on any day.
    now = (account.images["created_at"].max() + timedelta(days=1)).to_pydatetime()
    _show(frame, account, now)
    files = _write(frame, account, now, target)
    click.echo(f"\nThe results are in {path}:")
    for file in sorted(files):
        click.echo(f"  {file.relative_to(target)}  {file.stat().st_size / 1000:,.0f} kB")
    click.echo(f"\nOpen {target / 'report.html'} in a browser.")


def _fetched() -> tuple[pd.DataFrame, Account]:
    """Fetch the listing and the whole sample accounts, regardless of proxy settings."""
    import os
    from dataclasses import replace

    import imagedf

    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1"
    with imagedf.sandbox.Sandbox() as sandbox:
        say(f"the sandbox serves {len(sandbox.tokens)} sample accounts on {sandbox.url}")
        settings: dict[str, Any] = {
            "accounts": sandbox.tokens,
            "base_url": sandbox.url,
            "progress": shows_progress(),
        }
        account = imagedf.fetch_account(**settings)
        own = replace(account, images=imagedf.own_images(account.images))
        return imagedf.fetch_images(**settings), own


def _show(frame: pd.DataFrame, account: Account, now: datetime) -> None:
    """Print the headline and the tables of the own images."""
    import imagedf

    own = imagedf.own_images(frame)
    costs = imagedf.estimate_cost(own, on=now.date())
    click.echo(_headline(frame, own, now))
    for key in ("type", "distribution"):
        _emit_own(imagedf.summarize(own, key), imagedf.totals(own), [])
    by_account = imagedf.summarize(costs, "account").drop(columns=["share", "oldest", "newest"])
    notes = [str(imagedf.cost_summary(costs)), proof_line(own)]
    _emit_own(by_account, imagedf.totals(costs), notes)
    _show_account(account, now)


def _emit_own(rows: pd.DataFrame, total: pd.DataFrame, notes: list[str]) -> None:
    emit(rows, Output("table", None), total=total, total_label="total, own images", notes=notes)
    click.echo()


def _show_account(account: Account, now: datetime) -> None:
    """Print the bill and the series with the largest savings."""
    import imagedf

    click.echo("The bill of both accounts:\n")
    emit(imagedf.account_bill(account, on=now.date()), Output("table", None))
    savings = imagedf.savings_summary(imagedf.find_savings(account, now=now))
    series = savings.by_series()
    click.echo("\nThe series whose older images can be deleted:\n")
    emit(
        series[series["deletable"] > 0],
        Output("table", None, limit=10),
        columns=series_columns(series),
        notes=[str(savings)],
    )


def _headline(frame: pd.DataFrame, own: pd.DataFrame, now: datetime) -> str:
    """Return the number and size of own images, and the shares that are old or untagged."""
    import imagedf
    from imagedf.frame import image_rows

    images = image_rows(own)
    size = float(images["size_gigabytes"].sum())
    old = images["created_at"] < now - timedelta(days=90)
    untagged = images["tags"].map(lambda tags: isinstance(tags, list) and not tags)
    # A public image that several accounts list is one image.
    others = frame[["id", "name"]].drop_duplicates().shape[0] - len(images)
    shares = [
        f"{images.loc[mask, 'size_gigabytes'].sum() / size:.0%} of the GB {text}"
        for mask, text in ((old, "is older than 90 days"), (untagged, "has no tag"))
    ]
    text = (
        f"Your images: {len(images):,}, {imagedf.total_size(own):,.2f} GB; {'; '.join(shares)}. "
        f"Not counted: {others:,} public images listed by DigitalOcean."
    )
    wide = get_terminal_size().columns if sys.stdout.isatty() else len(text)
    return f"{fill(text, wide)}\n"


def _write(frame: pd.DataFrame, account: Account, now: datetime, target: Path) -> list[Path]:
    """Write one file of each kind."""
    import imagedf

    say("writing Parquet, the star, charts and a report")
    return [
        imagedf.to_parquet(frame, target / "images.parquet"),
        *imagedf.export_star(account, target / "star", on=now.date()).iterdir(),
        *imagedf.save_charts(account, target / "charts", now=now),
        imagedf.write_report(account, target / "report.html", now=now),
    ]
