"""``imagedf reconcile``: the estimate next to an invoice."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from imagedf._text import counted, money
from imagedf.cli._account_data import load_account
from imagedf.cli._invoices import invoice_of, with_invoice
from imagedf.cli._options import book_of, command, priced, usage_errors
from imagedf.cli._output import Output, emit, emit_lines, gives_data
from imagedf.cli._source import Source, takes_images

if TYPE_CHECKING:
    import pandas as pd

    from imagedf.cost import Invoice

_AMOUNTS = ("estimated_usd", "billed_usd", "difference_usd")
_COLUMNS = ("match", "id", "name", "hours", *_AMOUNTS)
_OTHER = "other products"


@command(epilog="Example: imagedf reconcile --invoice 2026-10")
@with_invoice("The invoice to compare with.", required=True)
@click.option("--list", "listed", is_flag=True, help="List every image and line.")
@click.option(
    "--redact",
    is_flag=True,
    help="Print the invoice's structure as JSON, without names, ids and amounts, for sharing.",
)
@takes_images("all own", account=True)
@gives_data()
@priced
def reconcile(
    *,
    source: Source,
    output: Output,
    invoices: tuple[str, ...],
    listed: bool,
    redact: bool,
    prices: str | None,
    on: datetime | None,
) -> None:
    """Compare the estimate with an invoice, line by line.

    Lines are matched to resources by id, or by exact and unique name. The billed total always
    equals the invoice. --list shows every row; data formats always include them all.

    Token scopes: those of bill, with billing:read for an invoice to fetch.
    """
    from imagedf.cost import reconcile as compare

    if source.tag is not None or source.where:
        raise click.UsageError("an invoice covers the whole account; omit --tag and --where")
    book = book_of(prices)
    invoice = invoice_of(invoices, source)
    if redact:
        _emit_shape(invoice, output)
        return
    account = load_account(source)
    with usage_errors():
        rows = compare(account, invoice, prices=book, on=on)
    rows = rows.assign(**{name: rows[name].astype("float64") for name in _AMOUNTS})
    notes = [
        f"{repr(invoice)[1:-1]}.",
        *_others(rows),
        *_unmatched(rows),
        *account.unknown,
        str(account.certificate),
    ]
    if output.for_people and not listed:
        shown = _by_kind(rows)
        emit(shown, output, total=_total(shown), total_label="total, invoice", notes=notes)
    else:
        emit(rows, output, columns=_COLUMNS, notes=notes)


def _emit_shape(invoice: Invoice, output: Output) -> None:
    import json

    from imagedf.cost import redact

    if output.path is not None and output.format != "json":
        raise click.UsageError(f"-o {output.path:.200}: --redact writes JSON; use the suffix .json")
    emit_lines(json.dumps(redact(invoice), indent=1, ensure_ascii=True).splitlines(), output.path)


def _by_kind(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the sums by kind and match, in the order of a bill."""
    from imagedf.cost import KINDS, kind_of

    counted = rows[rows["match"] != "excluded"]
    kinds = [
        _OTHER if match == "other product" else KINDS[kind_of(name)]
        for match, name in zip(counted["match"], counted["billing_class"], strict=True)
    ]
    order = [*KINDS.values(), _OTHER]
    grouped = counted.assign(kind=kinds).groupby(["kind", "match"], sort=False, as_index=False)
    sums = grouped[["lines", "unknown_cost"]].sum()
    for name in _AMOUNTS:
        sums[name] = grouped[name].sum(min_count=1)[name].round(9)
    ranks = sums["kind"].map(order.index)
    sums = sums.iloc[ranks.argsort(kind="stable")].reset_index(drop=True)
    return sums[["kind", "match", "lines", *_AMOUNTS, "unknown_cost"]]


def _total(shown: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    least = min(1, len(shown))  # sums of which nothing is known are missing
    sums = {name: [shown[name].sum()] for name in ("lines", "unknown_cost")}
    sums |= {name: [shown[name].sum(min_count=least)] for name in _AMOUNTS}
    return pd.DataFrame(sums)


def _others(rows: pd.DataFrame) -> list[str]:
    """Return a line about the part of the invoice without an estimate, if there is any."""
    billed = rows.loc[rows["match"] == "other product", "billed_usd"].sum()
    if not billed:
        return []
    return [f"{money(billed)} is for other products, which the difference leaves out."]


def _unmatched(rows: pd.DataFrame) -> list[str]:
    """Return a line about billed resources that match nothing stored, if there are any."""
    only = rows[rows["match"] == "invoice only"]
    if only.empty:
        return []
    billed = money(only["billed_usd"].sum())
    return [f"{billed} is billed for {counted(len(only), 'resource')} not (or no longer) stored."]
