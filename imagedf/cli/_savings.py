"""``imagedf savings``: deletion candidates, and why."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

import click

from imagedf.cli._console import say
from imagedf.cli._load import load, proof_line
from imagedf.cli._options import book_of, command, priced, reading
from imagedf.cli._output import Output, emit, emit_lines, gives_data
from imagedf.cli._source import Source, takes_images

if TYPE_CHECKING:
    import pandas as pd

    from imagedf.savings import Protect, Rule

_DAYS = re.compile(r"(\d{1,5})\s*d?")
_SHOWN = ("id", "name", "type", "age_days", "size_gigabytes")


def days(text: str) -> int:
    """Read a number of days, such as 90 or 90d."""
    match = _DAYS.fullmatch(text.strip())
    if match is None:
        raise click.BadParameter(f"{text!r:.40} is not a number of days such as 90d")
    return int(match.group(1))


@command(epilog="Example: imagedf savings --older-than 90d --keep-last 3 --protect-tag keep")
@takes_images("own")
@gives_data("ids")
@click.option("--rules", metavar="FILE", type=click.Path(), help="Rules and protections (TOML).")
@click.option("--older-than", metavar="DAYS", type=days, help="Such as 90d.")
@click.option(
    "--keep-last",
    metavar="N",
    type=click.IntRange(min=1),
    help="What is beyond the newest N of its family.",
)
@click.option("--protect-tag", "protected", multiple=True, metavar="TAG", help="Never these.")
@priced
def savings(
    *,
    source: Source,
    output: Output,
    rules: str | None,
    older_than: int | None,
    keep_last: int | None,
    protected: tuple[str, ...],
    prices: str | None,
    on: datetime | None,
) -> None:
    """List the images that could go, and why.

    Says what that would save a month and a year. Nothing is ever deleted.

    Without a rule: older than 90 days. --format ids prints the ids of what could go, for a
    tool of your own.
    """
    from imagedf.cost import NOT_INCLUDED
    from imagedf.frame import day_of
    from imagedf.savings import simulate_savings

    book = book_of(prices)
    policy = _policy(rules, older_than, keep_last, protected)
    frame = load(source)
    found = simulate_savings(frame, policy, now=on, prices=book)
    if output.format == "ids":
        emit_lines(_ids(frame, found.found), output.path)
        say(str(found))
        return
    shown = ["account"] if len(frame["account"].unique()) > 1 else []
    shown += [*_SHOWN, f"monthly_cost_{found.currency.lower()}", "rules"]
    if found.protected:
        shown += ["protected_by"]
    notes = [
        str(found),
        f"not included: {NOT_INCLUDED}",
        *book.describe(day_of(frame, on)),
        proof_line(frame),
    ]
    emit(found.found, output, columns=shown, notes=notes)


def _policy(
    rules: str | None, older_than: int | None, keep_last: int | None, protected: tuple[str, ...]
) -> list[Rule | Protect]:
    """Put the rules of the file and of the options together."""
    from imagedf.savings import DEFAULT, BeyondNewest, OlderThan, Protect, load_rules

    with reading():
        policy = [] if rules is None else load_rules(rules)
    if older_than is not None:
        policy.append(OlderThan(older_than))
    if keep_last is not None:
        policy.append(BeyondNewest(keep_last))
    if protected:
        policy.append(Protect(tags=protected))
    if all(isinstance(rule, Protect) for rule in policy):
        policy += DEFAULT
    return policy


def _ids(frame: pd.DataFrame, found: pd.DataFrame) -> list[str]:
    """List the ids of what could go; one that also stands on an image to keep is left out."""
    from imagedf.frame import image_rows

    going = found[found["would_go"]]
    images = image_rows(frame)[["account", "id", "name"]]
    marked = images.merge(
        going[["account", "id", "name"]].assign(goes=True), how="left", on=["account", "id", "name"]
    )
    kept = set(marked.loc[marked["goes"].isna(), "id"].dropna())
    ids = going["id"].dropna().drop_duplicates()
    shared = ids.isin(kept)
    if shared.any():
        click.echo(
            "imagedf: warning: left out, since they stand on images to keep too: "
            f"{shared.sum()} ids",
            err=True,
        )
    return [str(number) for number in ids[~shared]]
