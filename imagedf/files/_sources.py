"""Read saved responses, from any tool, into the frame that a fetch returns."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd
import pyarrow as pa

from imagedf._certificates import AccountCertificate, Certificate
from imagedf._text import counted, masked, received
from imagedf.errors import FrameError, IncompleteListingWarning, PageError
from imagedf.files._documents import Document, documents_in
from imagedf.files._inputs import Source, read_parts
from imagedf.frame import GrowingFrame, image_codes
from imagedf.pages import (
    GROUP,
    Batch,
    Duplicates,
    Page,
    count_own,
    parse_pages,
)


def read_images(source: Source, *, account: str = "default") -> pd.DataFrame:
    """Read saved responses into the frame that ``fetch_images`` returns.

    Parameters
    ----------
    source : path, directory, open file, bytes, dict, model, or a list of any of these
        API pages; NDJSON with one page or image per line; a bare list of images as printed by
        ``doctl compute image list -o json``, Steampipe or Terraform's data source; the dicts
        that pydo returns; or objects with ``to_dict()`` or ``model_dump()``, such as those of
        gradient. A ``str`` is a path. In a directory, all ``.json``, ``.ndjson`` and ``.jsonl``
        files are read in order of name.
    account : str, default "default"
        The account's name for every row.

    Returns
    -------
    pandas.DataFrame
        One row per image and region, typed, with the certificate in ``attrs``. Images that were
        on an earlier page are dropped. The certificate's ``complete`` is None if no total is
        stated, and False, with an ``IncompleteListingWarning``, if ``meta.total`` is not the
        number of images or a next page is missing.

        doctl leaves out null, false, 0 and empty values. In a list without any of these, an
        absent ``public`` is False if every element that has it says true; absent ``tags`` and
        ``regions`` are empty if any element has some, otherwise missing; an absent size stays
        missing.

    Raises
    ------
    TypeError
        ``source`` has an unsupported type, or ``account`` is not a string.
    ValueError
        ``source`` is an empty path or JSON text, or ``account`` is blank.
    PageError
        A response is not a page of images; the message names the page, the image id and the
        field, or the kind of response.
    FrameError
        Two pages list one image with different values.
    ImagedfError
        A file can't be read, is of another kind, or a directory contains no saved responses.

    See Also
    --------
    fetch_images : Fetch images from the API.
    read_account : Read saved responses of all endpoints.
    read_parquet : Read a file written by ``to_parquet``.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images({"images": [{"id": 7, "name": "web", "size_gigabytes": 2.5}]})
    >>> imagedf.total_size(frame), imagedf.certificate(frame).complete
    (2.5, None)
    """
    check_account(account)
    documents = list(_documents(source))
    read = _read(documents, account)
    notes = dict.fromkeys(note for document in documents for note in document.notes)
    certificate = Certificate((read.entry,), source="saved responses", notes=tuple(notes))
    if read.entry.complete is False:
        warnings.warn(
            f"{account}: the saved pages contain {counted(read.entry.images, 'image')}, but "
            f"{read.entry.error}; the frame is marked incomplete",
            IncompleteListingWarning,
            stacklevel=2,
        )
    return read.rows.frame(certificate)


def check_account(account: object) -> None:
    """Raise unless this is the name of an account; one that looks like a token is a mistake."""
    if not isinstance(account, str):
        raise TypeError(f"account must be a string, not {received(account)}")
    if not account.strip() or account.encode(errors="ignore").decode() != account:
        raise ValueError(
            f"account must be a name without unpaired surrogates, not {received(account)}"
        )
    if masked(account) != account:
        raise ValueError("account must be a name, not a token")


class _Named(NamedTuple):
    """A page, and the file that contains it."""

    file: str
    body: bytes
    notes: tuple[str, ...]


class _Read(NamedTuple):
    rows: GrowingFrame
    entry: AccountCertificate


def _documents(source: Source) -> Iterator[_Named]:
    """Yield the pages in a source; error messages begin with the file's name."""
    for part in read_parts(source):
        try:
            found: list[Document] = documents_in(part.content)
        except PageError as error:
            raise _named(part.name, error) from error.__cause__
        for document in found:
            yield _Named(part.name, document.body, document.notes)


def _read(documents: Sequence[_Named], account: str) -> _Read:
    rows, duplicates, images, own = GrowingFrame(), Duplicates(), 0, 0
    pages: list[Page] = []
    unknown = frozenset[str]()
    for batch, kept in _batches(documents, duplicates):
        rows.add(kept, account)
        images += len(kept)
        own += count_own(kept)
        pages += batch.pages
        unknown |= batch.unknown_fields
    if duplicates.changed:
        _refuse_changed(documents, account)
    entry = replace(
        completeness(pages, images, account),
        own_images=own,
        duplicates_dropped=duplicates.dropped,
        unknown_fields=tuple(sorted(unknown)),
    )
    return _Read(rows, entry)


def _batches(
    documents: Sequence[_Named], duplicates: Duplicates | None = None
) -> Iterator[tuple[Batch, pa.Table]]:
    """Parse a few pages at a time, and drop images that were listed before."""
    for start in range(0, len(documents), GROUP):
        group = documents[start : start + GROUP]
        numbers = range(start + 1, start + 1 + len(group))
        try:
            batch = parse_pages([document.body for document in group], numbers)
            yield batch, batch.table if duplicates is None else duplicates.without(batch)
        except PageError as error:
            raise _named(
                documents[error.page - 1].file if error.page else "", error
            ) from error.__cause__


def _refuse_changed(documents: Sequence[_Named], account: str) -> None:
    """Raise for an image that two pages list with different values, naming it."""
    rows = GrowingFrame()
    for _, table in _batches(documents):
        rows.add(table, account)
    image_codes(rows.frame())
    raise FrameError("the saved pages list an image twice with different regions")


def _named(file: str, error: PageError) -> PageError:
    """Return the error with the file's name at the beginning."""
    if file:
        error.args = (f"{file}: {error}",)
    return error


def completeness(pages: Sequence[Page], images: int, account: str) -> AccountCertificate:
    """Compare the number of images with the totals of the pages, or else check their links."""
    totals = [page.total for page in pages if page.total is not None]
    error = _shortfall(totals, pages, images)
    return AccountCertificate(
        account=account,
        pages=len(pages),
        images=images,
        total_first=totals[0] if totals else None,
        total_last=totals[-1] if totals else None,
        proof="totals" if totals else "as given",
        complete=False if error else (True if totals else None),
        error=error,
    )


def _shortfall(totals: Iterable[int], pages: Sequence[Page], images: int) -> str | None:
    """Return why the pages can't be the complete listing, or None."""
    wrong = next((total for total in totals if total != images), None)
    if wrong is not None:
        return f"their meta.total is {wrong:,}"
    following = max((page.next or 0 for page in pages), default=0)
    if not any(page.total is not None for page in pages) and following > len(pages):
        return f"one links to page {following:,}, which is not among them"
    return None
