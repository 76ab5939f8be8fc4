"""Saved response bodies of one endpoint to its rows and certificate."""

from __future__ import annotations

from collections.abc import Sequence

from imagedf._certificates import AccountCertificate
from imagedf.account._build import Part
from imagedf.client import Endpoint
from imagedf.pages import GROUP, Duplicates, Page, count_own, parse_pages, stacked


def certified(bodies: Sequence[bytes], account: str, endpoint: Endpoint) -> Part:
    """Return the rows of saved bodies, and whether they are what their totals state."""
    duplicates = Duplicates(endpoint.shape)
    tables = [endpoint.shape.schema.empty_table()]
    pages: list[Page] = []
    unknown = frozenset[str]()
    for start in range(0, len(bodies), GROUP):
        group = bodies[start : start + GROUP]
        batch = parse_pages(group, range(start + 1, start + 1 + len(group)), endpoint.shape)
        tables.append(duplicates.without(batch))
        pages += batch.pages
        unknown |= batch.unknown_fields
    rows = stacked(tables)
    totals = [page.total for page in pages if page.total is not None]
    error = _shortfall(pages, totals, len(rows))
    certificate = AccountCertificate(
        account=account,
        endpoint=endpoint.name,
        pages=len(pages),
        images=len(rows),
        own_images=count_own(rows) if endpoint.name == "images" else None,
        total_first=totals[0] if totals else None,
        total_last=totals[-1] if totals else None,
        duplicates_dropped=duplicates.dropped,
        unknown_fields=tuple(sorted(unknown)),
        proof="totals" if totals else "as given",
        complete=False if error else True if totals else None,
        error=error,
    )
    return Part(rows, certificate)


def _shortfall(pages: Sequence[Page], totals: Sequence[int], rows: int) -> str | None:
    """Return what is wrong: other totals, or a next page that is not there."""
    if any(total != rows for total in totals):
        return f"their meta.total is {next(total for total in totals if total != rows):,}"
    following = max((page.next or 0 for page in pages), default=0)
    if not totals and following > len(pages):
        return f"one names a next page ({following:,}) that is not among them"
    return None
