"""``imagedf prices``: the price book, and a check against DigitalOcean's own prices."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from imagedf._text import counted
from imagedf.cli._account_data import load_account
from imagedf.cli._load import fetch_options
from imagedf.cli._options import book_of, command, priced, usage_errors
from imagedf.cli._output import Output, emit, gives_data
from imagedf.cli._source import Source, takes_images

if TYPE_CHECKING:
    import pandas as pd

    from imagedf.cost import BackupPlan, PriceBook, Rate

_CHECKED = (
    *("droplet_id", "name", "size_gigabytes", "stated_cost_usd", "estimated_cost_usd"),
    "conclusion",
)


@command(epilog="Example: imagedf prices --check")
@click.option(
    "--check",
    is_flag=True,
    help="Compare with DigitalOcean's own price of your largest snapshots (at most 5 requests).",
)
@click.option(
    "--volume-snapshots", is_flag=True, help="With --check: compare the snapshots of volumes."
)
@click.option("--all-dates", is_flag=True, help="Include prices of other days.")
@takes_images("own", account=True)
@gives_data()
@priced
def prices(
    *,
    source: Source,
    output: Output,
    check: bool,
    volume_snapshots: bool,
    all_dates: bool,
    prices: str | None,
    on: datetime | None,
) -> None:
    """Show the prices used for cost estimates, and their sources.

    Without --check, no request is sent. --check fetches DigitalOcean's own price of single
    snapshots, with GET requests only. It shows the rate that applies to you, and whether sizes
    are in GB or GiB, which differ by 7.4%.

    Token scopes of --check: image:read, droplet:read, block_storage:read and
    block_storage_snapshot:read.
    """
    book = book_of(prices)
    if volume_snapshots and not check:
        raise click.UsageError("--volume-snapshots needs --check")
    if check:
        _emit_check(source, output, book, on, volume_snapshots=volume_snapshots)
        return
    from imagedf.frame import day_of

    day = day_of(None, on)
    rows = _rows(book, None if all_dates else day)
    stated = [line for line in book.describe(day) if line.startswith("minimum")]
    dated = "all dates" if all_dates else f"prices of {day}"
    scoped = [name for name in ("account", "tag") if rows[name].notna().any()]
    columns = ["price_of", *scoped, "price", "unit", "effective_from", "official", "source"]
    sources: list[str] = []
    if output.for_people:
        rows["price"] = [f"{price:g}" for price in rows["price"]]  # a rate of 0.015 is not 0.02
        sources = list(dict.fromkeys(rows["source"]))
        rows["source"] = [f"[{sources.index(source) + 1}]" for source in rows["source"]]
    listed = [f"[{number}] {source}" for number, source in enumerate(sources, 1)]
    emit(rows, output, columns=columns, notes=[*listed, f"{dated}, {book.currency}", *stated])


def _rows(book: PriceBook, day: Any) -> pd.DataFrame:
    """Return one row per price in force on a day, or on any day."""
    import pandas as pd

    rates = list(book.rates if day is None else book.at(day))
    plans = [plan for plan in book.backup_plans if day is None or _is_in_force(plan, book, day)]
    rows = [*map(_of_rate, rates), *map(_of_plan, plans)]
    columns = ["price_of", "account", "tag", "price", "unit", "effective_from"]
    frame = pd.DataFrame(rows, columns=[*columns, "source", "official", "read_on"])
    texts = dict.fromkeys(("price_of", "account", "tag", "unit", "source"), "str")
    return frame.astype({**texts, "price": "float64", "official": "bool"})


def _is_in_force(plan: BackupPlan, book: PriceBook, day: Any) -> bool:
    return plan in (book.backup_share(plan.plan, day), book.backup_usage(plan.plan, day))


def _of_rate(rate: Rate) -> dict[str, Any]:
    return {
        "price_of": rate.billing_class.replace("_", " "),
        "account": rate.account,
        "tag": rate.tag,
        "price": float(rate.amount),
        "unit": f"{rate.currency} per {rate.unit}",
        **_published(rate),
    }


def _of_plan(plan: BackupPlan) -> dict[str, Any]:
    if plan.share is not None:
        price, unit, name = float(plan.share * 100), "% of the Droplet's price", "backups"
    else:
        price, name = float(plan.amount or 0), "usage-based backups"
        unit = f"{plan.currency} per {plan.unit}"
    return {"price_of": f"{name}, {plan.plan}", "price": price, "unit": unit, **_published(plan)}


def _published(entry: Rate | BackupPlan) -> dict[str, Any]:
    return {
        "effective_from": entry.effective_from,
        "source": entry.source,
        "official": entry.official,
        "read_on": entry.read_on,
    }


def _emit_check(
    source: Source, output: Output, book: PriceBook, on: datetime | None, *, volume_snapshots: bool
) -> None:
    from imagedf.cost import check_rates

    account = load_account(source)
    with usage_errors():
        rows = check_rates(
            account, **_tokens(source), prices=book, on=on, volume_snapshots=volume_snapshots
        )
    shown = rows.drop_duplicates(["account", "droplet_id"]) if output.for_people else rows
    emit(
        shown.reset_index(drop=True),
        output,
        columns=[*(["account"] if len(account.names) > 1 else []), *_CHECKED],
        notes=[*_conclusions(rows), *account.unknown],
    )


def _tokens(source: Source) -> dict[str, Any]:
    """Return the tokens of a source, as an account doesn't contain them."""
    if source.paths:
        return {}
    options = fetch_options(source)
    return {name: options[name] for name in ("token", "accounts") if name in options}


def _conclusions(rows: pd.DataFrame) -> list[str]:
    """Return each conclusion with its number of snapshots."""
    found = rows["conclusion"].value_counts(sort=True)
    if not len(found):
        return ["Nothing to compare: no Droplet has a snapshot of this kind with a known size."]
    return [f"{counted(int(count), 'snapshot')}: {text}." for text, count in found.items()]
