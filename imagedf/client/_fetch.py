"""The network: ``GET /v2/images``, whole or an error."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from imagedf._certificates import Certificate
from imagedf._text import counted
from imagedf.client._budget import Clock
from imagedf.client._endpoint import IMAGES, Endpoint
from imagedf.client._listing import Restart
from imagedf.client._pool import Listed, open_fetch
from imagedf.client._settings import Limits, Settings, check_settings
from imagedf.errors import IncompleteListingError, IncompleteListingWarning
from imagedf.pages import explode_images, stacked

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import requests

    from imagedf.frame import GrowingFrame

__all__ = [
    "Clock",
    "Limits",
    "check_settings",
    "fetch_frame",
    "fetch_images",
    "fetch_parquet",
    "incomplete_message",
]


def fetch_images(
    token: str | None = None,
    *,
    accounts: Mapping[str, str] | None = None,
    type: Literal["application", "distribution"] | None = None,
    private: bool | None = None,
    tag_name: str | None = None,
    base_url: str | None = None,
    per_page: int = 200,
    max_workers: int = 16,
    on_incomplete: Literal["raise", "warn"] = "raise",
    progress: bool = False,
    timeout: float | tuple[float, float] = (5, 60),
    max_retries: int = 5,
    session: requests.Session | None = None,
    limits: Limits | None = None,
) -> pd.DataFrame:
    """Fetch the whole image listing into a typed frame, or raise.

    Parameters
    ----------
    token : str, optional
        An API token with the scope ``image:read`` (``tag:read`` adds the tags). Taken from
        ``DIGITALOCEAN_TOKEN``, then ``DIGITALOCEAN_ACCESS_TOKEN`` when left out.
    accounts : mapping of str to str, optional
        Several accounts at once: a name for each token. Instead of ``token``.
    type : {"application", "distribution"}, optional
        The API's filter for public images. It does *not* filter on the column ``type``:
        a distribution image may have the type ``base`` or ``snapshot``.
    private : bool, optional
        True for the account's own images alone. False is not sent, like None.
    tag_name : str, optional
        One tag that the images must have.
    base_url : str, optional
        Taken from ``DIGITALOCEAN_API_URL``, else ``https://api.digitalocean.com``. Must be
        https, but for loopback. The token goes to this host and to no other.
    per_page : int, default 200
        Images a page, 1 to 200; the server may cut it.
    max_workers : int, default 16
        Requests in flight for each account.
    on_incomplete : {"raise", "warn"}, default "raise"
        What to do when the listing is not proven to be whole. ``"warn"`` gives what came,
        with ``complete=False`` in the certificate and an ``IncompleteListingWarning``.
    progress : bool, default False
        Show a progress bar on standard error.
    timeout : float or (float, float), default (5, 60)
        To connect, and between two reads [s].
    max_retries : int, default 5
        Retries of each request on connection errors, time-outs, 429 and 5xx.
    session : requests.Session, optional
        Used for transport (adapters, proxies) as it is and not closed. Ctrl-C then waits
        for the requests in flight.
    limits : Limits, optional
        Caps on pages, body size and waits for the rate limit.

    Returns
    -------
    pandas.DataFrame
        One row per image and region, in the order of the pages; an image in no region has
        one row. All columns of ``imagedf.schema.EXPLODED``. The certificate is in
        ``attrs``; see ``certificate``.

    Raises
    ------
    ValueError, TypeError
        An argument is wrong; nothing was sent.
    AuthenticationError
        There is no token, or the API refuses it.
    RateLimitError
        The rate limit is used up for longer than ``limits.max_wait_seconds``.
    RequestError
        No usable answer after all retries.
    PageError
        An answer is not a page of images.
    IncompleteListingError
        Totals and images disagree, after the listing was walked three times.

    See Also
    --------
    read_images : The same from saved answers.
    certificate : What the frame can vouch for.

    Notes
    -----
    https://docs.digitalocean.com/reference/api/reference/images/ documents the request.

    Examples
    --------
    >>> import imagedf
    >>> with imagedf.sandbox.Sandbox() as sandbox:
    ...     frame = imagedf.fetch_images(sandbox.token, base_url=sandbox.url, private=True)
    >>> bool(frame["public"].fillna(False).any())
    False
    """
    if on_incomplete not in ("raise", "warn"):
        raise ValueError(f"on_incomplete must be 'raise' or 'warn', not {on_incomplete!r}")
    settings = check_settings(
        token=token,
        accounts=accounts,
        type=type,
        private=private,
        tag_name=tag_name,
        base_url=base_url,
        per_page=per_page,
        max_workers=max_workers,
        timeout=timeout,
        max_retries=max_retries,
        limits=limits,
    )
    partial = on_incomplete == "warn"
    frame, certificate = fetch_frame(settings, session=session, progress=progress, partial=partial)
    if not certificate.complete:
        _tell_incomplete(frame, certificate, partial=partial)
    _warn_of_mismatches(certificate)
    return frame


def fetch_frame(
    settings: Settings,
    *,
    session: requests.Session | None = None,
    progress: bool = False,
    partial: bool = False,
    clock: Clock | None = None,
) -> tuple[pd.DataFrame, Certificate]:
    """Fetch every account into one frame of the exploded grain.

    ``clock`` is for tests. The frame may be incomplete: the certificate says so.
    """
    endpoint = IMAGES.with_query(settings.filters)
    with open_fetch(settings, session, clock=clock, progress=progress, partial=partial) as fetch:
        listed = list(fetch.collect([endpoint], _ExplodedRows).values())
    errors = [one.error for one in listed if one.error]
    if errors and not any(one.certificate.pages for one in listed):
        raise errors[0]
    certificate = Certificate(tuple(one.certificate for one in listed))
    return _joined(listed).frame(certificate), certificate


class _ExplodedRows:
    """Images that are exploded as they arrive, in a growing frame."""

    def __init__(self, account: str, _endpoint: Endpoint) -> None:
        from imagedf.frame import GrowingFrame

        self._rows = GrowingFrame()
        self._account = account

    def add(self, table: pa.Table) -> None:
        self._rows.add(explode_images(table, self._account))

    def result(self) -> GrowingFrame:
        return self._rows


def _joined(listed: list[Listed[GrowingFrame]]) -> GrowingFrame:
    first, *others = [one.rows for one in listed if one.rows]
    for other in others:
        first.extend(other)
    return first


def fetch_parquet(
    settings: Settings,
    path: str | os.PathLike[str],
    *,
    session: requests.Session | None = None,
    progress: bool = False,
) -> Certificate:
    """Stream one account's listing to a Parquet file, whole or not at all; no pandas.

    Pages become row groups as they come, so that memory does not grow with the listing.

    Raises
    ------
    ValueError
        The settings name more than one account.
    IncompleteListingError
        The listing is incomplete; there is no file.
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
            for tables in _gathered(listing.tables(executor), account):
                if isinstance(tables, Restart):
                    stream.restart()
                else:
                    stream.write(tables)
        certificate = Certificate((listing.certificate,) if listing.certificate else ())
        if not certificate.complete:
            raise IncompleteListingError(incomplete_message(certificate), certificate=certificate)
        stream.finish(certificate.to_dict())
    _warn_of_mismatches(certificate)
    return certificate


_ROWS = 100_000


def _gathered(tables: Iterator[pa.Table | Restart], account: str) -> Iterator[pa.Table | Restart]:
    """Explode the tables and gather them to row groups of a useful size."""
    held: list[pa.Table] = []
    for table in tables:
        if isinstance(table, Restart):
            held.clear()
            yield table
            continue
        held.append(explode_images(table, account))
        if sum(map(len, held)) >= _ROWS:
            yield stacked(held)
            held.clear()
    if held:
        yield stacked(held)


def incomplete_message(certificate: Certificate) -> str:
    """Say for each incomplete account what is known of it."""
    parts = [
        f"{account.account}: {counted(account.images, 'image')} came in "
        f"{counted(account.pages, 'page')}, the first "
        f"page's total is {account.total_first}, the last page's {account.total_last}"
        + (f"; {account.error}" if account.error else "")
        for account in certificate.accounts
        if not account.complete
    ]
    return (
        f"the listing is incomplete. {'. '.join(parts)}. Fetch again; images may have been made or "
        "deleted meanwhile. on_incomplete='warn' gives what came"
    )


def _tell_incomplete(frame: pd.DataFrame, certificate: Certificate, *, partial: bool) -> None:
    message = incomplete_message(certificate)
    if not partial:
        raise IncompleteListingError(message, frame=frame, certificate=certificate)
    warnings.warn(message, IncompleteListingWarning, stacklevel=3)


def _warn_of_mismatches(certificate: Certificate) -> None:
    for account in certificate.accounts:
        if account.filter_mismatches:
            warnings.warn(
                f"{account.account}: {account.filter_mismatches} images contradict the filters "
                f"sent ({dict(account.filters)}); the server seems to ignore them",
                UserWarning,
                stacklevel=3,
            )
