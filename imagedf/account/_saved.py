"""Saved pages of one endpoint to its rows and certificate."""

from __future__ import annotations

from collections.abc import Sequence

from imagedf._certificates import AccountCertificate
from imagedf.account._build import Part
from imagedf.account._pages import SavedPage
from imagedf.client import Endpoint
from imagedf.errors import FrameError, PageError
from imagedf.pages import GROUP, Batch, Duplicates, Page, count_own, parse_pages, stacked


def certified(saved: Sequence[SavedPage], account: str, endpoint: Endpoint) -> Part:
    """Return the rows of saved pages, and whether they are what their totals state.

    Raises
    ------
    PageError
        A page is not one of this endpoint; names the file.
    FrameError
        Two pages list one object with different values.
    """
    shape = endpoint.shape
    duplicates = Duplicates(shape)
    tables = [shape.schema.empty_table()]
    pages: list[Page] = []
    unknown = frozenset[str]()
    for start in range(0, len(saved), GROUP):
        batch = _parsed(saved[start : start + GROUP], start + 1, endpoint)
        tables.append(duplicates.without(batch))
        pages += batch.pages
        unknown |= batch.unknown_fields
    if duplicates.changed:
        raise FrameError(f"the saved pages list one {shape.noun} twice with different values")
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


def _parsed(saved: Sequence[SavedPage], first: int, endpoint: Endpoint) -> Batch:
    numbers = range(first, first + len(saved))
    try:
        return parse_pages([page.body for page in saved], numbers, endpoint.shape)
    except PageError as error:
        file = saved[error.page - first].file if error.page else ""
        if file:
            error.args = (f"{file}: {error}",)
        raise


def _shortfall(pages: Sequence[Page], totals: Sequence[int], rows: int) -> str | None:
    """Return what is wrong: other totals, or a next page that is not there."""
    wrong = next((total for total in totals if total != rows), None)
    if wrong is not None:
        return f"their meta.total is {wrong:,}, but they list {rows:,}"
    following = max((page.next or 0 for page in pages), default=0)
    if not totals and following > len(pages):
        return f"one links to page {following:,}, which is not among them"
    return None
