"""Fetch the whole account: all endpoints at once, compared with each other."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from imagedf.account._account import Account
from imagedf.account._endpoints import ENDPOINTS
from imagedf.client import (
    IMAGES,
    Endpoint,
    Fetch,
    Limits,
    Listed,
    TableRows,
    Verify,
    check_settings,
    open_fetch,
)
from imagedf.errors import ImagedfError, IncompleteListingError, IncompleteListingWarning

if TYPE_CHECKING:
    import pyarrow as pa
    import requests

_FETCHES = 3
"""How many times the compared endpoints are fetched at most, until they agree."""

_Found = dict[tuple[str, str], "Listed[pa.Table]"]


def fetch_account(
    token: str | None = None,
    *,
    accounts: Mapping[str, str] | None = None,
    private: bool | None = True,
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
) -> Account:
    """Fetch an account's own images and everything that shows what they are used for.

    This includes images, snapshots of Droplets and of volumes, Droplets (also GPU Droplets),
    backup policies, autoscale pools and volumes, all at once and within one rate budget per
    token.

    Parameters
    ----------
    token : str, optional
        An API token. Only ``image:read`` is required. ``snapshot:read``,
        ``block_storage_snapshot:read``, ``droplet:read``, ``block_storage:read`` and
        ``tag:read`` add the rest. Default: ``DIGITALOCEAN_TOKEN``, then
        ``DIGITALOCEAN_ACCESS_TOKEN``.
    accounts : mapping of str to str, optional
        Several accounts at once: a token per account name. Instead of ``token``.
    private : bool, default True
        Only the account's own images. None or False adds DigitalOcean's public images and
        their use.
    base_url, per_page, max_workers
        As for ``fetch_images``.
    verify : {"auto", "twice", "totals"}, default "auto"
        As for ``fetch_images``. ``"auto"`` reads images and Droplets twice; the cross-check
        covers the rest.
    on_incomplete : {"raise", "warn"}, default "raise"
        What to do if a listing is not proven complete, or endpoints disagree about an image.
        ``"warn"`` returns what was received; ``link_images`` then treats the images in question
        as unknown.
    progress : bool, default False
        Show a progress bar on standard error.
    timeout, deadline, max_retries, session, limits
        As for ``fetch_images``.

    Returns
    -------
    Account
        One frame per endpoint; None if the token lacks the scope.

    Raises
    ------
    ValueError, TypeError
        An argument is wrong; nothing was sent.
    AuthenticationError
        The token is missing, or it can't read images.
    RateLimitError
        The rate limit is used up for longer than ``limits.max_wait_seconds``.
    RequestError
        The API sent no usable response, after all retries.
    PageError
        A response is not a page of its endpoint.
    IncompleteListingError
        Totals and objects disagree, or endpoints disagree about an image, after all
        readings. The error's ``account`` has what was received.

    See Also
    --------
    fetch_images : Fetch only the images.
    read_account : Read an account from saved responses.
    link_images : Add the source and the users of each image.

    Notes
    -----
    The cross-check is a second proof: every id in Droplets' ``backup_ids`` and
    ``snapshot_ids`` must be an image, and the own images of type snapshot must be those of
    ``/v2/snapshots``. If they differ, both sides are fetched again. An image that was
    transferred to another team can remain in a Droplet's list; use ``on_incomplete="warn"``
    in that case.

    https://docs.digitalocean.com/reference/api/reference/ documents the requests.

    Examples
    --------
    >>> import imagedf
    >>> with imagedf.sandbox.Sandbox() as sandbox:
    ...     account = imagedf.fetch_account(accounts=sandbox.tokens, base_url=sandbox.url)
    >>> len(account.droplets), len(account.volume_snapshots)
    (31, 10)
    """
    settings = check_settings(
        token=token, accounts=accounts, private=private,
        base_url=base_url, per_page=per_page, max_workers=max_workers, verify=verify,
        timeout=timeout, deadline=deadline, max_retries=max_retries, limits=limits,
        on_incomplete=on_incomplete,
    )  # fmt: skip
    try:
        with open_fetch(settings, session, progress=progress) as fetch:
            account, problems = _agreed(fetch)
    except ImagedfError as error:
        # Stack frames of threads and of this package don't help the reader of a notebook.
        raise error.with_traceback(None) from error.__cause__
    if problems:
        _report(account, problems, partial=settings.partial)
    _warn_of_doubts(account)
    return account


def _agreed(fetch: Fetch) -> tuple[Account, list[str]]:
    """Fetch until the endpoints agree; return the account and the remaining problems."""
    images = IMAGES.with_query(fetch.settings.filters)
    endpoints = {**ENDPOINTS, images.name: images}
    found = fetch.collect(list(endpoints.values()), _rows)
    # Imported now: it needs pandas, which was imported while the first pages were in flight.
    from imagedf.account._check import CROSS_CHECKED, compared, marked, problems_of

    account = _account_of(found)
    different = compared(account)
    for _ in range(_FETCHES - 1):
        if not different:
            break
        both_sides = [endpoints[name] for name in CROSS_CHECKED]
        found |= fetch.collect_tables(both_sides, list(different))
        account = _account_of(found)
        different = compared(account)
    return marked(account, different), problems_of(account, different)


def _rows(account: str, endpoint: Endpoint) -> TableRows:
    """Return the rows of a listing, and import pandas while its page 1 is in flight."""
    import pandas  # noqa: F401, ICN001 # loaded here, used later

    return TableRows(account, endpoint)


def _account_of(found: _Found) -> Account:
    """Return the account; a listing of which nothing was received is unknown, not empty."""
    errors = [
        listing.error
        for listing in found.values()
        if listing.error and listing.endpoint.name == "images"
    ]
    images = [listing for listing in found.values() if listing.endpoint.name == "images"]
    if errors and not any(listing.certificate.pages for listing in images):
        raise errors[0]
    from imagedf.account._build import Part, build_account

    return build_account({
        key: Part(
            None if listing.error and not listing.certificate.pages else listing.rows,
            listing.certificate,
        )
        for key, listing in found.items()
    })  # fmt: skip


def _report(account: Account, problems: list[str], *, partial: bool) -> None:
    message = (
        f"the account is not proven complete. {'. '.join(problems)}. Fetch again: it may have "
        "changed during the fetch. on_incomplete='warn' returns what was received"
    )
    if not partial:
        raise IncompleteListingError(message, account=account, certificate=account.certificate)
    warnings.warn(message, IncompleteListingWarning, stacklevel=3)


def _warn_of_doubts(account: Account) -> None:
    """Warn about filters that were ignored and images that two accounts share."""
    for entry in account.certificate.accounts:
        if entry.filter_mismatches:
            message = (
                f"{entry.account}: {entry.filter_mismatches:,} of {entry.endpoint} contradict the "
                f"filters sent ({dict(entry.filters)}); the server seems to ignore them"
            )
            warnings.warn(message, UserWarning, stacklevel=3)
    for note in account.certificate.notes:
        warnings.warn(note, UserWarning, stacklevel=3)
