"""``imagedf demo``: the main job, start to end, on the sandbox's sample accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from imagedf.cli._console import say, shows_progress
from imagedf.cli._load import proof_line
from imagedf.cli._options import command
from imagedf.cli._output import Output, emit

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


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
    """Run the main job on sample accounts; needs no token.

    Fetch, summaries, cost, savings, Parquet, star tables, charts and a report, over real
    HTTP and with the code that a real account uses.
    """
    from pathlib import Path

    from imagedf.files import make_directory
    from imagedf.frame import own_images

    target = make_directory(Path(path))
    frame = _fetched()
    own = own_images(frame)
    costs = _show(frame, own)
    files = _write(frame, costs, target)
    click.echo(f"\nThe results are in {path}:")
    for file in sorted(files):
        click.echo(f"  {file.relative_to(target)}  {file.stat().st_size / 1000:,.0f} kB")
    click.echo(f"\nOpen {target / 'report.html'} in a browser.")


def _fetched() -> pd.DataFrame:
    """Fetch all sample accounts; loopback only, whatever proxy is set."""
    import os

    import imagedf

    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1"
    with imagedf.sandbox.Sandbox() as sandbox:
        say(f"the sandbox serves {len(sandbox.tokens)} sample accounts on {sandbox.url}")
        return imagedf.fetch_images(
            accounts=sandbox.tokens, base_url=sandbox.url, progress=shows_progress()
        )


def _show(frame: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Print the headline and the tables of the own images; return them with their costs."""
    import imagedf

    # The sample accounts do not age, so that the figures are the same on any day.
    now = (own["created_at"].max() + timedelta(days=1)).to_pydatetime()
    costs = imagedf.estimate_cost(own, on=now.date())
    table = Output("table", None)
    click.echo(_headline(frame, own, now))
    for key in ("type", "distribution"):
        total = imagedf.totals(own)
        emit(imagedf.summarize(own, key), table, total=total, total_label="total, own images")
        click.echo()
    by_account = imagedf.summarize(costs, "account").drop(columns=["share", "oldest", "newest"])
    emit(
        by_account,
        table,
        total=imagedf.totals(costs),
        total_label="total, own images",
        notes=[
            str(imagedf.cost_summary(costs)),
            str(imagedf.savings_summary(imagedf.find_savings(costs, now=now))),
            proof_line(frame),
        ],
    )
    return costs


def _headline(frame: pd.DataFrame, own: pd.DataFrame, now: object) -> str:
    """State how much the accounts own, and which shares of it are old and without tags."""
    import imagedf
    from imagedf.frame import image_rows

    images = image_rows(own)
    size = float(images["size_gigabytes"].sum())
    old = images["created_at"] < now - timedelta(days=90)  # type: ignore[operator] # a datetime
    untagged = images["tags"].map(lambda tags: isinstance(tags, list) and not tags)
    # A public image that several accounts list is one image.
    others = frame[["id", "name"]].drop_duplicates().shape[0] - len(images)
    shares = [
        f"{images.loc[mask, 'size_gigabytes'].sum() / size:.0%} of the GB {text}"
        for mask, text in ((old, "is older than 90 days"), (untagged, "has no tag"))
    ]
    return (
        f"Your images: {len(images):,}, {imagedf.total_size(own):,.2f} GB; {'; '.join(shares)}. "
        f"Not counted: {others:,} public images listed by DigitalOcean.\n"
    )


def _write(frame: pd.DataFrame, costs: pd.DataFrame, target: Path) -> list[Path]:
    """Write every kind of file that there is."""
    import imagedf

    say("writing Parquet, the star, charts and a report")
    return [
        imagedf.to_parquet(frame, target / "images.parquet"),
        *imagedf.export_star(costs, target / "star").iterdir(),
        *imagedf.save_charts(costs, target / "charts"),
        imagedf.write_report(costs, target / "report.html"),
        *target.glob("report-*.csv"),
    ]
