"""``fetch_parquet``: one account's images to a Parquet file, without pandas."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from imagedf._certificates import Certificate
from imagedf.client._endpoint import IMAGES
from imagedf.client._listing import Restart
from imagedf.client._pool import open_fetch
from imagedf.client._report import incomplete_message, warn_of_doubts
from imagedf.client._settings import Settings
from imagedf.errors import IncompleteListingError
from imagedf.pages import explode_images, own_rows, stacked

if TYPE_CHECKING:
    import pyarrow as pa
    import requests


def fetch_parquet(
    settings: Settings,
    path: str | os.PathLike[str],
    *,
    own: bool = False,
    session: requests.Session | None = None,
    progress: bool = False,
) -> Certificate:
    """Stream one account's listing to a Parquet file without pandas; write it only if complete.

    Pages become row groups as they arrive, so memory use does not grow with the listing. With
    ``own``, only your own images are written, as ``own_images`` of a frame.

    Raises
    ------
    ValueError
        The settings name more than one account.
    IncompleteListingError
        The listing is incomplete; no file is written.
    """
    from imagedf.files import stream_parquet
    from imagedf.schema import EXPLODED_SCHEMA

    if len(settings.accounts) != 1:
        raise ValueError("only one account can be streamed")
    (account,) = settings.accounts
    with (
        stream_parquet(path, EXPLODED_SCHEMA) as stream,
        open_fetch(settings, session, progress=progress) as fetch,
    ):
        listing = fetch.listing(account, IMAGES.with_query(settings.filters))
        with fetch.workers(settings.max_workers) as executor:
            for tables in _gathered(listing.tables(executor), account, own=own):
                if isinstance(tables, Restart):
                    stream.restart()
                else:
                    stream.write(tables)
        certificate = Certificate((listing.certificate,) if listing.certificate else ())
        if not certificate.complete:
            raise IncompleteListingError(incomplete_message(certificate), certificate=certificate)
        stream.finish(certificate.to_dict())
    warn_of_doubts(certificate)
    return certificate


_ROWS = 100_000


def _gathered(
    tables: Iterator[pa.Table | Restart], account: str, *, own: bool
) -> Iterator[pa.Table | Restart]:
    """Explode the tables and collect them into row groups of a useful size."""
    buffered: list[pa.Table] = []
    for table in tables:
        if isinstance(table, Restart):
            buffered.clear()
            yield table
            continue
        buffered.append(explode_images(own_rows(table) if own else table, account))
        if sum(map(len, buffered)) >= _ROWS:
            yield stacked(buffered)
            buffered.clear()
    if buffered:
        yield stacked(buffered)
