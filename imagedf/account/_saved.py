"""Convert the saved pages of one endpoint to its rows and certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from imagedf.account._build import Part
from imagedf.account._pages import SavedPage
from imagedf.client import Endpoint
from imagedf.errors import FrameError, PageError
from imagedf.files import completeness
from imagedf.pages import GROUP, Batch, Duplicates, Page, count_own, parse_pages, stacked


def certified(saved: Sequence[SavedPage], account: str, endpoint: Endpoint) -> Part:
    """Return the rows of saved pages, and whether their number equals the stated totals.

    Raises
    ------
    PageError
        A page is not from this endpoint; the message names the file.
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
    certificate = replace(
        completeness(pages, len(rows), account),
        endpoint=endpoint.name,
        own_images=count_own(rows) if endpoint.name == "images" else None,
        duplicates_dropped=duplicates.dropped,
        unknown_fields=tuple(sorted(unknown)),
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
