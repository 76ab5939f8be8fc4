"""``fetch_images``: the images of one or several accounts as a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.client._budget import Clock
from imagedf.client._endpoint import IMAGES, Endpoint
from imagedf.client._pool import Listed, open_fetch
from imagedf.client._readings import Verify
from imagedf.client._report import report_incomplete, warn_of_doubts
from imagedf.client._settings import Limits, Settings, check_settings
from imagedf.client._shared import shared_images
from imagedf.errors import ImagedfError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import requests

    from imagedf.frame import GrowingFrame


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
    verify: Verify = "auto",
    on_incomplete: Literal["raise", "warn"] = "raise",
    progress: bool = False,
    timeout: float | tuple[float, float] = (5, 60),
    deadline: float = 300.0,
    max_retries: int = 5,
    session: requests.Session | None = None,
    limits: Limits | None = None,
) -> pd.DataFrame:
    """Fetch the complete image listing as a typed frame, or raise.

    Parameters
    ----------
    token : str, optional
        An API token with the scope ``image:read`` (``tag:read`` adds the tags). Default:
        ``DIGITALOCEAN_TOKEN``, then ``DIGITALOCEAN_ACCESS_TOKEN``.
    accounts : mapping of str to str, optional
        Several accounts at once: a token per account name. Instead of ``token``.
    type : {"application", "distribution"}, optional
        The API's filter for public images. It does *not* filter on the column ``type``:
        a distribution image may have the type ``base`` or ``snapshot``.
    private : bool, optional
        True for the account's own images only. False, like None, is not sent.
    tag_name : str, optional
        A tag that the images must have.
    base_url : str, optional
        Default: ``DIGITALOCEAN_API_URL``, else ``https://api.digitalocean.com``. Must be
        https, except on loopback. The token is sent to this host and to no other.
    per_page : int, default 200
        Images per page, 1 to 200; the server may lower it.
    max_workers : int, default 16
        Requests in flight per account, 1 to 256; over all accounts at most 256.
    verify : {"auto", "twice", "totals"}, default "auto"
        ``"auto"`` reads a listing of 2 to 50 pages until two successive readings agree, and
        relies on totals for longer ones. ``"twice"`` reads those again as well, at twice the
        requests; ``"totals"`` reads every listing once.
    on_incomplete : {"raise", "warn"}, default "raise"
        What to do if the listing is not proven complete. ``"warn"`` returns what was
        received, with ``complete=False`` in the certificate and an
        ``IncompleteListingWarning``.
    progress : bool, default False
        Show a progress bar on standard error.
    timeout : float or (float, float), default (5, 60)
        Time-outs for connecting and between two reads [s].
    deadline : float, default 300
        Time limit for each request [s]; every retry gets the full time again.
    max_retries : int, default 5
        Retries of each request on connection errors, time-outs, 429 and 5xx.
    session : requests.Session, optional
        Used for transport (adapters, proxies) as is, and not closed. Ctrl-C then waits
        for the requests in flight.
    limits : Limits, optional
        Caps on pages, readings, body size and waits for the rate limit.

    Returns
    -------
    pandas.DataFrame
        One row per image and region, in the order of the pages; an image without regions
        has one row. All columns of ``imagedf.schema.EXPLODED``. The certificate is in
        ``attrs``; see ``certificate``.

    Raises
    ------
    ValueError, TypeError
        An argument is wrong; nothing was sent.
    AuthenticationError
        The token is missing, or the API refuses it.
    RateLimitError
        The rate limit is used up for longer than ``limits.max_wait_seconds``.
    RequestError
        The API sent no usable response, after all retries.
    PageError
        A response is not a page of images, or lists one image twice with different values.
    IncompleteListingError
        No reading of the listing, or no two successive ones, proved it complete.

    See Also
    --------
    fetch_account : Fetch everything stored in an account.
    read_images : Read the same frame from saved responses.
    certificate : Return the proof of completeness.

    Notes
    -----
    https://docs.digitalocean.com/reference/api/reference/images/ documents the request. Pages
    are numbered, so an image that is created or deleted between two requests shifts the
    others. Two agreeing readings with a constant total rule out a missing image. The proof is
    weaker for a listing of more than 50 pages or without totals: with totals, an image can be
    missing only if as many images were created as deleted during the reading.

    Examples
    --------
    >>> import imagedf
    >>> with imagedf.sandbox.Sandbox() as sandbox:
    ...     frame = imagedf.fetch_images(sandbox.token, base_url=sandbox.url, private=True)
    >>> bool(frame["public"].fillna(False).any())
    False
    """
    settings = check_settings(
        token=token, accounts=accounts, type=type, private=private, tag_name=tag_name,
        base_url=base_url, per_page=per_page, max_workers=max_workers, verify=verify,
        timeout=timeout, deadline=deadline, max_retries=max_retries, limits=limits,
        on_incomplete=on_incomplete,
    )  # fmt: skip
    try:
        frame, certificate = fetch_frame(settings, session=session, progress=progress)
    except ImagedfError as error:
        # Stack frames of threads and of this package don't help the reader of a notebook.
        raise error.with_traceback(None) from error.__cause__
    if not certificate.complete:
        report_incomplete(frame, certificate, partial=settings.partial)
    warn_of_doubts(certificate)
    return frame


def fetch_frame(
    settings: Settings,
    *,
    session: requests.Session | None = None,
    progress: bool = False,
    clock: Clock | None = None,
) -> tuple[pd.DataFrame, Certificate]:
    """Fetch every account into one exploded frame.

    ``clock`` is for tests. The frame may be incomplete: check the certificate.
    """
    endpoint = IMAGES.with_query(settings.filters)
    with open_fetch(settings, session, clock=clock, progress=progress) as fetch:
        listed = list(fetch.collect([endpoint], _ExplodedRows).values())
    errors = [listing.error for listing in listed if listing.error]
    if errors and not any(listing.certificate.pages for listing in listed):
        raise errors[0]
    frame = _joined(listed).frame()
    entries = tuple(listing.certificate for listing in listed)
    certificate = Certificate(entries, notes=shared_images(frame))
    frame.attrs[ATTRS_KEY] = certificate.to_dict()
    return frame, certificate


class _ExplodedRows:
    """Images that are exploded as they arrive, in a growing frame."""

    def __init__(self, account: str, _endpoint: Endpoint) -> None:
        from imagedf.frame import GrowingFrame

        self._rows = GrowingFrame()
        self._account = account

    def add(self, table: pa.Table) -> None:
        self._rows.add(table, self._account)

    def result(self) -> GrowingFrame:
        return self._rows


def _joined(listed: list[Listed[GrowingFrame]]) -> GrowingFrame:
    first, *others = [listing.rows for listing in listed if listing.rows]
    for other in others:
        first.extend(other)
    return first
