"""The commands about money: cost and savings."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from imagedf.cli._console import BUDGET, manners, say, talks
from imagedf.cli._listing import columns_of
from imagedf.cli._output import Output, emit, emit_lines, gives_data
from imagedf.cli._sources import Source, load, proof_line, reading, takes_images

if TYPE_CHECKING:
    from decimal import Decimal

    import pandas as pd

    from imagedf.cost import PriceBook
    from imagedf.savings import Protect, Rule

_DAYS = re.compile(r"(\d{1,5})\s*d?")
_SHOWN = ("id", "name", "type", "age_days", "size_gigabytes")


def amount(text: str) -> Decimal:
    """Read an amount of money of 0 or more, such as 50 or 49.90."""
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise click.BadParameter(f"{text!r:.40} is no amount of 0 or more")
    return value


def days(text: str) -> int:
    """Read a number of days, such as 90 or 90d."""
    match = _DAYS.fullmatch(text.strip())
    if match is None:
        raise click.BadParameter(f"{text!r:.40} is no number of days such as 90d")
    return int(match.group(1))


def priced(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--prices`` and ``--on``."""
    prices = click.option(
        "--prices", metavar="FILE", type=click.Path(), help="Your own price book (TOML)."
    )
    day = click.option(
        "--on",
        metavar="DATE",
        type=click.DateTime(["%Y-%m-%d"]),
        help="The day that rates and ages refer to; default the day of the fetch.",
    )
    return prices(day(command))


def book_of(path: str | None) -> PriceBook:
    """Read the price book that was named, or the one that comes with imagedf."""
    from imagedf.cost import PriceBook

    with reading():
        return PriceBook.load(path)


@click.command(epilog="Example: imagedf cost --by region --budget 50")
@takes_images
@gives_data()
@click.option("--by", "groups", multiple=True, metavar="COLUMN[,COLUMN]", help="Default type.")
@priced
@click.option("--budget", type=amount, help="Exit with 7 when the known cost a month is above.")
@talks
@click.pass_context
def cost(
    context: click.Context,
    /,
    *,
    source: Source,
    output: Output,
    groups: tuple[str, ...],
    prices: str | None,
    on: datetime | None,
    budget: Decimal | None,
) -> None:
    """Price the images by the month, and count what is not known.

    A run-rate by size and published rate, never what was spent so far.
    """
    from imagedf.cost import cost_of, cost_summary, estimate_cost
    from imagedf.frame import day_of
    from imagedf.summary import summarize, totals

    book = book_of(prices)
    frame = load(source)
    keys = columns_of(groups or ("type",), frame.columns)
    day = day_of(frame, on)
    costs = estimate_cost(frame, book, on=day)
    total = cost_summary(costs)
    groups_of = summarize(costs, keys, now=on)
    column = cost_of(costs)
    wanted = (f"allocated_{column}", column, "unknown_cost", "images", "size_gigabytes")
    shown = [name for name in wanted if name in groups_of]
    emit(
        groups_of,
        output,
        columns=[*keys, *reversed(shown)],
        total=totals(costs).assign(**{f"allocated_{column}": lambda row: row[column]}),
        notes=[str(total), *book.describe(day), proof_line(frame.attrs.get("imagedf"))],
    )
    if budget is not None and total.known > budget:
        click.echo(
            f"imagedf: over budget: the known cost {total.known:,.2f} {total.currency} a month is "
            f"above {budget:,.2f}",
            err=True,
        )
        # What rests on a partial listing ends with its own code.
        context.exit(manners().exit_code or BUDGET)


@click.command(epilog="Example: imagedf savings --older-than 90d --keep-last 3 --protect-tag keep")
@takes_images
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
@talks
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
        proof_line(frame.attrs.get("imagedf")),
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
