"""``imagedf savings``: deletion candidates, and why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from imagedf._text import one_line
from imagedf.cli._console import say
from imagedf.cli._load import load, proof_line
from imagedf.cli._options import book_of, command, priced, usage_errors
from imagedf.cli._output import Output, emit, emit_lines, gives_data
from imagedf.cli._policy_options import takes_policy
from imagedf.cli._source import Source, takes_images

if TYPE_CHECKING:
    import pandas as pd

    from imagedf.savings import Policy

_LINES = ("ids", "doctl")


@command(epilog="Example: imagedf savings --older-than 90d --keep-last 3 --keep-tag keep")
@takes_policy
@click.option("--by", type=click.Choice(["series", "rule"]), help="Show every series, or rule.")
@click.option("--list", "listed", is_flag=True, help="List the images that can be deleted.")
@takes_images("own")
@gives_data(*_LINES)
@priced
def savings(
    *,
    source: Source,
    output: Output,
    policy: Policy,
    by: str | None,
    listed: bool,
    prices: str | None,
    on: datetime | None,
) -> None:
    """Show which images can be deleted, and what that saves. Nothing is ever deleted.

    By default: older than 90 days, but never the newest of a series (the images whose names
    differ only in dates and the like), and never one in use. Keeping always wins. --list shows
    single images; --format ids and doctl print what a script needs.
    """
    from imagedf.cost import NOT_INCLUDED
    from imagedf.frame import day_of
    from imagedf.savings import find_savings, savings_summary

    _check(source, output)
    book = book_of(prices)
    frame = load(source)
    with usage_errors():
        found = find_savings(frame, policy, now=on, prices=book)
    summary = savings_summary(found)
    if output.format in _LINES:
        emit_lines(_lines(found, frame, output.format), output.path)
        say(str(summary))
        return
    shown, columns = found, None
    if by == "rule":
        shown = summary.by_rule()
    elif by == "series" or (output.for_people and not listed):
        shown = summary.by_series()
        shown = shown if by else shown[(shown["deletable"] > 0) | (shown["review"] > 0)]
        columns = _series_columns(shown)
    else:
        shown = found if not output.for_people else found[found["deletable"]]
        columns = _columns(found)
    rates = book.describe(day_of(frame, on))
    proof = proof_line(frame)
    notes = [str(summary), f"Excludes {NOT_INCLUDED}.", *rates, proof]
    emit(shown, output, columns=columns, notes=notes)


def _check(source: Source, output: Output) -> None:
    """Refuse what would judge images without the others of their series, or outdated ones."""
    if source.tag is not None or source.where:
        raise click.UsageError(
            "savings needs all of your images, because the newest of a series must be among "
            "them; use --name or a policy in place of --tag and --where"
        )
    if output.format in _LINES and source.paths:
        raise click.UsageError(
            f"--format {output.format} needs live data: a saved file may be outdated"
        )


def _series_columns(series: pd.DataFrame) -> list[str]:
    several = [name for name in ("account", "type") if len(series[name].unique()) > 1]
    saved = next(name for name in map(str, series) if name.startswith("monthly_savings_"))
    counts = ["images", "deletable", "review"]
    return [*several, "series", *counts, "deletable_gigabytes", saved]


def _columns(found: pd.DataFrame) -> list[str]:
    several = ["account"] if len(found["account"].unique()) > 1 else []
    cost = next(name for name in map(str, found) if name.startswith("monthly_savings_"))
    return [*several, "id", "name", "series", "age_days", "size_gigabytes", cost, "selected_by"]


def _lines(found: pd.DataFrame, frame: pd.DataFrame, form: str) -> list[str]:
    """Return the ids of the images that can be deleted, or commented-out doctl commands."""
    candidates = found[found["deletable"]]
    safe = candidates[~candidates["id"].isin(_shared_ids(found, frame))]
    if len(safe) < len(candidates):
        left_out = len(candidates) - len(safe)
        click.echo(
            f"imagedf: warning: skipped {left_out} images without an id of their own", err=True
        )
    if form == "ids":
        return [str(number) for number in safe["id"].drop_duplicates()]
    return [
        # A name may contain line breaks: one that starts a line would be a command.
        f"# doctl compute image delete {image.id} --force  # {one_line(str(image.name))}"
        for image in safe.itertuples()
    ]


def _shared_ids(found: pd.DataFrame, frame: pd.DataFrame) -> set[object]:
    """Return the ids that an image to keep has as well, and the missing one."""
    from imagedf.frame import image_rows

    identity = ["account", "id", "name"]
    images = image_rows(frame)[identity].merge(
        found[[*identity, "deletable"]], how="left", on=identity
    )
    kept = images["deletable"].ne(other=True)
    return set(images.loc[kept, "id"]) | set(images.loc[images["id"].isna(), "id"])
