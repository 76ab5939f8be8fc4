"""The lines of DigitalOcean invoices, with exact amounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from imagedf._text import counted, in_cents, in_html, masked
from imagedf.cost._invoice_lines import InvoiceLine, invoice_line
from imagedf.cost._invoice_source import WANTED, InvoiceSource, Page, pages_of
from imagedf.cost._months import HOUR, bounds
from imagedf.errors import ImagedfError


@dataclass(frozen=True, slots=True)
class Invoice:
    """All lines of an invoice, or of the several invoices of one month.

    ``period`` is the month (``2026-10``) in which most lines begin, ``uuids`` has one entry per
    invoice (None if the source does not name it), ``fields`` lists the fields that were found.
    """

    lines: tuple[InvoiceLine, ...]
    period: str | None = None
    uuids: tuple[str | None, ...] = (None,)
    fields: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        """The exact sum of all lines in USD, taxes and credits included."""
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def part_of_month(self) -> str | None:
        """The billed hours of the month, such as ``6 of 720 hours``; None if all, or unknown."""
        starts = [line.start for line in self.lines if line.start]
        ends = [line.end for line in self.lines if line.end]
        if self.period is None or not starts or not ends:
            return None
        first, last = bounds(self.period)
        billed = min(max(ends), last) - max(min(starts), first)
        # An invoice may end at the last second or the last hour of the month.
        if billed >= last - first - HOUR:
            return None
        return f"{max(billed / HOUR, 0):.0f} of {(last - first) / HOUR:.0f} hours"

    def to_frame(self) -> pd.DataFrame:
        """Return one row per line; ``amount_usd`` is an exact ``Decimal``."""
        texts = ("product", "description", "group_description", "resource_id", "resource_uuid")
        columns: dict[str, Any] = {name: self._cells(name, "str") for name in texts}
        columns["hours"] = self._cells("hours", "float64")
        for name in ("start", "end"):
            columns[f"{name}_time"] = self._cells(name, "datetime64[us, UTC]")
        columns["amount_usd"] = self._cells("amount", "object")
        columns |= {name: self._cells(name, "str") for name in ("project_name", "category")}
        return pd.DataFrame(columns)

    def _cells(self, name: str, dtype: str) -> pd.Series[Any]:
        return pd.Series([getattr(line, name) for line in self.lines], dtype=dtype)

    def __repr__(self) -> str:
        number = f" in {len(self.uuids)} invoices" if len(self.uuids) > 1 else ""
        part = f" for {self.part_of_month}" if self.part_of_month else ""
        return (
            f"<Invoice {self.period or 'of an unknown month'}: "
            f"{counted(len(self.lines), 'line')}{number}, {in_cents(self.total)} USD{part}>"
        )

    def _repr_html_(self) -> str:
        products = dict.fromkeys(line.product for line in self.lines)
        rows = "".join(
            f"<tr><td>{in_html(masked(product))}</td><td>{in_cents(self._of(product))}</td></tr>"
            for product in products
        )
        return f"<p>{in_html(repr(self)[1:-1])}</p><table>{rows}</table>"

    def _of(self, product: str) -> Decimal:
        return sum((line.amount for line in self.lines if line.product == product), Decimal(0))


def read_invoice(source: InvoiceSource) -> Invoice:
    r"""Read an invoice, or several of one month, from saved responses or CSV files.

    Parameters
    ----------
    source : path, directory, open file, bytes, dict, or a list of these
        The CSV of an invoice, or the JSON of its items: API pages, a bare list of items, or the
        dicts that clients return. Pass all pages of an invoice together, in any order.

    Returns
    -------
    Invoice
        The lines with exact amounts. DigitalOcean also bills in the middle of a month, so
        several invoices of one month are combined.

    Raises
    ------
    ImagedfError
        A file is not an invoice or has no lines, pages are missing, an invoice is given twice,
        or the invoices are for different months; the message names the file.
    TypeError
        ``source`` has an unsupported type.

    See Also
    --------
    fetch_invoice : Fetch an invoice from the API.
    reconcile : Compare an invoice with estimated costs.

    Notes
    -----
    ``product`` and ``amount`` (``USD`` in a CSV) are required, other fields optional, and unknown
    ones ignored. The fields are published at
    https://docs.digitalocean.com/reference/api/reference/billing/.

    Examples
    --------
    >>> import imagedf
    >>> imagedf.read_invoice(b"product,USD\nSnapshots,$0.57\nDroplets,$6.00\n")
    <Invoice of an unknown month: 2 lines, 6.57 USD>
    """
    return assemble(pages_of(source))


def assemble(pages: Iterable[Page]) -> Invoice:
    """Return the lines of all pages, after checking that none is missing or repeated."""
    invoices = _grouped(list(pages))
    lines: list[InvoiceLine] = []
    fields: dict[str, None] = {}
    for at, page in ((at, page) for at, group in enumerate(invoices) for page in group):
        for place, cells in page.rows:
            fields |= dict.fromkeys(map(str, cells))
            lines.append(invoice_line(cells, place, at))
    if not lines and not any(page.total == 0 for group in invoices for page in group):
        raise ImagedfError(f"the source has no invoice lines; {WANTED}")
    _refuse_repeated(invoices, lines)
    uuids = tuple(group[0].uuid for group in invoices)
    return Invoice(tuple(lines), _month(invoices, lines), uuids, tuple(fields))


def _grouped(pages: Sequence[Page]) -> list[list[Page]]:
    """Return the pages by invoice: pages of one invoice share its UUID and add up to its total."""
    invoices: list[list[Page]] = []
    unfinished: dict[tuple[str | None, int | None], list[Page]] = {}
    for page in pages:
        key = (page.uuid, page.total)
        if key not in unfinished or key == (None, None):
            unfinished[key] = []
            invoices.append(unfinished[key])
        group = unfinished[key]
        if any(_same_page(page, other) for other in group):
            raise ImagedfError(f"{page.place}: the same page of an invoice is given twice")
        group.append(page)
        if page.total is not None and _received(group) >= page.total:
            del unfinished[key]
    for group in invoices:
        _check_whole(group)
    return invoices


def _received(group: Sequence[Page]) -> int:
    return sum(len(page.rows) for page in group)


def _check_whole(group: Sequence[Page]) -> None:
    """Raise if pages are missing, judged by the total or, without one, by links to a next page."""
    total, received = group[0].total, _received(group)
    highest = max(page.number or 0 for page in group)
    if total is None and (all(page.more for page in group) or highest > len(group)):
        raise ImagedfError(f"{group[-1].place}: the next page is missing; pass all pages")
    if total not in (None, received):
        places = ", ".join(dict.fromkeys(page.place for page in group))
        raise ImagedfError(
            f"{places}: {counted(received, 'invoice item')}, but meta.total is {total}; pass "
            "every page of the invoice once"
        )


def _same_page(page: Page, other: Page) -> bool:
    if page.number is not None and other.number is not None:
        return page.number == other.number
    return [cells for _, cells in page.rows] == [cells for _, cells in other.rows]


def _refuse_repeated(invoices: Sequence[Sequence[Page]], lines: Sequence[InvoiceLine]) -> None:
    """Raise if two invoices have the same lines: their sum would count the month twice."""
    contents: dict[Any, int] = {}
    for at, group in enumerate(invoices):
        content = sorted(
            (line.product, line.description, line.amount, str(line.start), str(line.end))
            for line in lines
            if line.invoice == at
        )
        if content and tuple(content) in contents:
            first = invoices[contents[tuple(content)]][0].place
            raise ImagedfError(
                f"the same invoice is given twice, in {first} and {group[0].place}; pass it once"
            )
        contents[tuple(content)] = at


def _month(invoices: Sequence[Sequence[Page]], lines: Sequence[InvoiceLine]) -> str | None:
    """Return the month of all invoices, in which most lines of each begin."""
    months: dict[str, str] = {}
    for at, group in enumerate(invoices):
        starts = Counter(
            f"{line.start:%Y-%m}" for line in lines if line.invoice == at and line.start
        )
        if starts:
            months[max(starts, key=lambda month: (starts[month], month))] = group[0].place
    if len(months) > 1:
        found = ", ".join(f"{month} ({place})" for month, place in sorted(months.items()))
        raise ImagedfError(
            f"the invoices are for different months: {found}; pass those of one month"
        )
    return next(iter(months), None)
