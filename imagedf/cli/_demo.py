"""The demo: the main job, start to end, on the sandbox's sample accounts."""

from __future__ import annotations

import click

from imagedf.cli._console import say, shows_progress
from imagedf.cli._load import proof_line
from imagedf.cli._options import command
from imagedf.cli._output import Output, emit


@command(epilog="Example: imagedf demo -o imagedf-demo")
@click.option(
    "-o",
    "--output",
    "path",
    default="imagedf-demo",
    show_default=True,
    metavar="DIR",
    help="Where the results go.",
)
def demo(path: str) -> None:
    """Run the whole job on sample accounts; needs no token.

    Fetch, summaries, cost, savings, Parquet, star tables, charts and a report, over real
    HTTP and through the code that a real account uses.
    """
    import os
    from pathlib import Path

    import imagedf
    from imagedf.files import make_directory

    # It talks to this machine alone, whatever proxy there is.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1"
    target = make_directory(Path(path))
    with imagedf.sandbox.Sandbox() as sandbox:
        say(f"the sandbox serves {len(sandbox.tokens)} sample accounts on {sandbox.url}")
        frame = imagedf.fetch_images(
            accounts=sandbox.tokens, base_url=sandbox.url, progress=shows_progress()
        )
    costs = imagedf.estimate_cost(frame)
    total = imagedf.totals(costs)
    table = Output("table", None)
    for key in ("type", "distribution"):
        emit(imagedf.summarize(frame, key), table, total=imagedf.totals(frame))
        click.echo()
    emit(
        imagedf.summarize(costs, "account").drop(columns=["share", "oldest", "newest"]),
        table,
        total=total,
        notes=[
            str(imagedf.cost_summary(costs)),
            str(imagedf.savings_summary(imagedf.find_savings(costs))),
            proof_line(frame),
        ],
    )
    results = [
        imagedf.to_parquet(frame, target / "images.parquet"),
        *imagedf.export_star(costs, target / "star").iterdir(),
        *imagedf.save_charts(costs, target / "charts"),
        imagedf.write_report(costs, target / "report.html"),
        *target.glob("report-*.csv"),
    ]
    click.echo(f"\nThe results are in {path}:")
    for file in sorted(results):
        click.echo(f"  {file.relative_to(target)}  {file.stat().st_size / 1000:,.0f} kB")
