"""``imagedf report``: one self-contained HTML page."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from imagedf.cli import _complete
from imagedf.cli._account_data import load_images
from imagedf.cli._console import say
from imagedf.cli._history import day_of_history
from imagedf.cli._load import load
from imagedf.cli._options import (
    book_of,
    command,
    priced,
    reading,
    usage_errors,
    with_history,
    written_to,
)
from imagedf.cli._source import Source, takes_images

if TYPE_CHECKING:
    from imagedf.savings import Policy


@command(epilog="Example: imagedf report --history history/ -o report.html")
@takes_images(account=True)
@written_to("FILE", "One HTML file.")
@with_history("Add a section on changes since the last day recorded for most accounts.")
@click.option(
    "--since",
    metavar="DATE",
    shell_complete=_complete.recorded_days,
    help="Compare with this recorded day instead: 2026-11-01 or last.",
)
@click.option("--title", default="DigitalOcean images", show_default=True)
@click.option(
    "--policy", metavar="FILE", type=click.Path(), help="Policy for deletion candidates (TOML)."
)
@priced
def report(
    *,
    source: Source,
    path: str,
    history: str | None,
    since: str | None,
    title: str,
    policy: str | None,
    prices: str | None,
    on: datetime | None,
) -> None:
    """Write a report: one self-contained HTML page.

    Includes totals, tables, charts, savings, changes and prices. If the token can read the rest
    of the account, the report adds the bill and keeps images that are in use.

    Token scopes: image:read; tag:read for tags; those of bill and savings for the account.
    """
    from imagedf.files import check_target

    if not path.lower().endswith((".html", ".htm")):
        raise click.UsageError(f"-o {path}: the suffix of a report must be .html")
    check_target(path)
    if since is not None and history is None:
        raise click.UsageError("--since names a day of a history, so it needs --history DIR")
    book = book_of(prices)
    day = None if history is None else day_of_history(history, since)
    what = None if policy is None else _policy(policy)
    # A bill that combined filtered images with everything else stored would be meaningless.
    images = load(source) if source.tag or source.where else load_images(source)
    from imagedf.report import write_report

    with usage_errors():
        write_report(
            images,
            path,
            title=title,
            now=on,
            prices=book,
            policy=what,
            history=history,
            since=day,
            scope="all" if source.scope == "all" else "own",
        )
    say(f"wrote {path}")


def _policy(path: str) -> Policy:
    from imagedf.savings import load_policy

    with reading():
        return load_policy(path)
