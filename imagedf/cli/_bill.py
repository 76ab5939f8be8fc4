"""``imagedf bill``: the monthly cost of everything an account stores."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from imagedf._text import cents, counted, money
from imagedf.cli._account_data import load_account
from imagedf.cli._budget import check_budget, with_budget
from imagedf.cli._console import InputError, say
from imagedf.cli._invoices import invoice_of, with_invoice
from imagedf.cli._load import load
from imagedf.cli._options import book_of, command, priced, usage_errors
from imagedf.cli._output import Output, emit, emit_lines, gives_data
from imagedf.cli._source import Source, takes_images
from imagedf.errors import AuthenticationError

if TYPE_CHECKING:
    import pandas as pd

    from imagedf.account import Account
    from imagedf.cost import Invoice, PriceBook

_BILLED = "billed"
_EXCLUDED = "Excludes taxes, credits and Network File Storage snapshots."
_FREE = "DigitalOcean's public images are free and not included in the bill."
_METRICS = {
    "items": "Stored items.",
    "size_gigabytes": "Known size in GB as listed.",
    "unknown_cost": "Items whose cost is unknown.",
}


@command(epilog="Example: imagedf bill --invoice preview")
@with_invoice("Show billed amounts instead of estimates.")
@click.option(
    "--backups", is_flag=True, help="List Droplets without backups, or with outdated ones."
)
@takes_images("bill", account=True)
@gives_data("prometheus")
@priced
@with_budget
def bill(
    *,
    source: Source,
    output: Output,
    invoices: tuple[str, ...],
    backups: bool,
    prices: str | None,
    on: datetime | None,
    budget: Decimal | None,
) -> None:
    """Show the monthly cost of everything stored, by kind.

    The cost of kinds that the token can't read is unknown. Backups are priced per Droplet: the
    plan's share of the Droplet's price. --format prometheus writes metrics for node_exporter's
    textfile collector.

    Token scopes: image:read; droplet:read for backups; snapshot:read and
    block_storage_snapshot:read for volume snapshots; billing:read for an invoice to fetch.
    """
    _check(source, output, backups=backups, budget=budget)
    book = book_of(prices)
    if source.scope == "public":
        if backups or invoices:
            raise click.UsageError("--scope public has no backups and no invoice: it is free")
        _emit_public(source, output, book)
        if budget is not None:
            check_budget(Decimal(0), book.currency, budget, [])
        return
    invoice = _invoice(source, output, invoices, budget)
    account = load_account(source)
    if backups:
        _emit_backups(source, account, output, on)
        return
    # Imported now: pandas was imported while page 1 was in flight.
    from imagedf.cost import account_bill
    from imagedf.frame import assumed_day

    with usage_errors():
        rows = account_bill(account, prices=book, on=on, invoice=invoice)
    notes = [
        *_sums(rows, book, invoice),
        *_usage_based(account, rows, book, on),
        *_rates(account, rows, book, on),
        *assumed_day(account.images, on),
        *([_FREE] if source.scope == "all" else []),
        *account.unknown,
        str(account.certificate),
    ]
    _emit_bill(rows, account, output, notes)
    if budget is not None:
        check_budget(_in_cents(rows), book.currency, budget, _uncounted(rows))


def _invoice(
    source: Source, output: Output, named: tuple[str, ...], budget: Decimal | None
) -> Invoice | None:
    """Return the invoice, if one is given; metrics and budgets need a full month."""
    invoice = invoice_of(named, source) if named else None
    monthly = "--format prometheus" if output.format == "prometheus" else "--budget"
    needs_month = budget is not None or output.format == "prometheus"
    if needs_month and invoice is not None and invoice.part_of_month:
        raise click.UsageError(
            f"{monthly} needs costs of a full month, but this invoice bills only "
            f"{invoice.part_of_month}"
        )
    return invoice


def _emit_bill(
    rows: pd.DataFrame,
    account: Account,
    output: Output,
    notes: list[str],
    label: str = "total, whole account",
) -> None:
    from imagedf.cost import cost_of

    if output.format == "prometheus":
        emit_lines(list(_metrics(rows, account)), output.path)
        for note in notes:
            say(note)
        return
    total = _total(rows)
    if output.for_people and set(rows["basis"]) == {_BILLED}:
        # An invoice may bill only part of a month.
        rows, total = (part.rename(columns={cost_of(rows): "billed_usd"}) for part in (rows, total))
    emit(rows, output, total=total, total_label=label, notes=notes)


def _emit_public(source: Source, output: Output, book: PriceBook) -> None:
    """Print the bill of DigitalOcean's images: none of the kinds that are charged."""
    from imagedf.account import Account
    from imagedf.cost import account_bill, cost_of
    from imagedf.frame import certificate, first_rows, image_codes

    frame = load(source)
    listed = Account(images=frame, certificate=certificate(frame))
    rows = account_bill(replace(listed, images=frame.iloc[:0]), prices=book)
    for name in ("items", "size_gigabytes", cost_of(rows), "unknown_cost"):
        rows[name] = (rows[name].fillna(0) * 0).astype(rows[name].dtype)
    rows["basis"] = "public images are free"
    number = counted(len(first_rows(image_codes(frame))), "public image")
    notes = [f"{number} listed. {_FREE}", str(listed.certificate)]
    _emit_bill(rows, listed, output, notes, "total, public images")


def _check(source: Source, output: Output, *, backups: bool, budget: Decimal | None) -> None:
    if backups and budget is not None:
        raise click.UsageError("--budget can't be combined with --backups")
    if source.tag is not None or source.where:
        raise click.UsageError(
            "a bill covers the whole account; use `imagedf cost` with --tag or --where for some "
            "images"
        )
    if backups and output.format == "prometheus":
        raise click.UsageError("--format prometheus can't be combined with --backups")


def _emit_backups(source: Source, account: Account, output: Output, on: datetime | None) -> None:
    from imagedf.cost import backup_status

    if account.droplets is None:
        problem = "the Droplets are unknown: the token needs the scope droplet:read"
        raise InputError(problem) if source.paths else AuthenticationError(problem)
    rows = backup_status(account, now=on)
    several = ["account"] if len(account.names) > 1 else []
    columns = [*several, "droplet_id", "name", "plan", "backups", "newest", "problem"]
    verb = "has" if len(account.droplets) == 1 else "have"
    total = counted(len(account.droplets), "Droplet")
    note = f"{len(rows):,} of {total} {verb} no recent backup."
    emit(rows, output, columns=columns, notes=[note, *account.unknown])


def _total(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of the known values."""
    import pandas as pd

    from imagedf.cost import bill_total, cost_of

    amounts = {
        "size_gigabytes": bill_total(rows, "size_gigabytes"),
        cost_of(rows): bill_total(rows),
    }
    counts = {name: [rows[name].sum()] for name in ("items", "unknown_cost")}
    known = {name: [math.nan if one is None else float(one)] for name, one in amounts.items()}
    return pd.DataFrame(counts | known).astype(dict.fromkeys(counts, "Int64"))


def _sums(rows: pd.DataFrame, book: PriceBook, invoice: Invoice | None) -> list[str]:
    """Return the total as sentences, including what it leaves out."""
    from imagedf.cost import bill_total

    total = bill_total(rows)
    known = money(total, book.currency)
    uncounted = "".join(f" {text[0].upper()}{text[1:]}." for text in _uncounted(rows))
    rest = f"{uncounted} {_EXCLUDED}"
    if invoice is None:
        shown = known if total is None else f"{known}/month"
        return [f"Known cost: {shown}.{rest}"]
    part = invoice.part_of_month
    hours = f" The invoice covers {part}, not a full month." if part else ""
    mixed = "" if set(rows["basis"]) == {_BILLED} else ", or estimated as the basis shows"
    return [f"Billed{mixed}: {known}.{hours}{rest}", f"{repr(invoice)[1:-1]}."]


def _uncounted(rows: pd.DataFrame) -> list[str]:
    """Return which stored items the known cost does not include."""
    unknown = int(rows["unknown_cost"].fillna(0).sum())
    missing = rows.loc[rows["unknown_cost"].isna(), "kind"].tolist()
    items = [f"cost unknown for {counted(unknown, 'item')}"] if unknown else []
    return [*items, *([f"not fully read: {', '.join(missing)}"] if missing else [])]


def _in_cents(rows: pd.DataFrame) -> Decimal | None:
    from imagedf.cost import bill_total

    known = bill_total(rows)
    return None if known is None else cents(known)


def _usage_based(
    account: Account, rows: pd.DataFrame, book: PriceBook, on: datetime | None
) -> list[str]:
    """Return the other bound of the cost of backups, if it is an estimate."""
    from imagedf.cost import usage_based_backups

    if rows["basis"].iloc[-1] != "basic plan assumed":
        return []
    usage = usage_based_backups(account, prices=book, on=on)
    if not usage.known:
        return []
    cost, unknown = money(usage.known, book.currency), usage.unknown_droplets
    more = f", not counting {counted(unknown, 'Droplet')} with unknown plan or size" * bool(unknown)
    return [f"On usage-based plans, the backups would cost {cost}/month{more}."]


def _rates(account: Account, rows: pd.DataFrame, book: PriceBook, on: datetime | None) -> list[str]:
    """Return the prices used for the estimate."""
    from imagedf.cost import rates_note
    from imagedf.frame import day_of

    if set(rows["basis"]) == {_BILLED}:
        return []
    day = day_of(account.images, on)
    return [rates_note(book, day, account=True)]


def _metrics(rows: pd.DataFrame, account: Account) -> Iterator[str]:
    """Yield the bill in the text format of Prometheus; unknown values have no sample."""
    from imagedf.cost import cost_of

    column = cost_of(rows)
    names = {column: "Known cost per month, an estimate unless billed.", **_METRICS}
    for name, text in names.items():
        yield f"# HELP imagedf_{name} {text}"
        yield f"# TYPE imagedf_{name} gauge"
        for row in rows[rows[name].notna()].to_dict("records"):
            yield f'imagedf_{name}{{kind="{row["kind"]}"}} {_sample(row[name])}'
    yield "# HELP imagedf_complete Whether every listing was read and is complete."
    yield "# TYPE imagedf_complete gauge"
    listings = account.certificate.accounts
    complete = all(entry.complete and not entry.missing_scopes for entry in listings)
    # An unknown number is that of a listing that was not read, as with --images-only.
    read = bool(rows["unknown_cost"].notna().all())
    yield f"imagedf_complete {int(complete and read)}"
    finished = account.certificate.finished
    if finished:
        yield "# HELP imagedf_fetched_timestamp_seconds When the listings were complete."
        yield "# TYPE imagedf_fetched_timestamp_seconds gauge"
        moment = datetime.fromisoformat(finished).timestamp()
        yield f"imagedf_fetched_timestamp_seconds {moment:.0f}"


def _sample(value: Any) -> str:
    return f"{float(value):.15g}"
