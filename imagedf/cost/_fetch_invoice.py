"""Fetch invoices from the API: the preview of this month, a month, or one by its UUID."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from imagedf._text import quoted
from imagedf.cost._invoice import Invoice, assemble
from imagedf.cost._invoice_source import Page, documents, has_next, page_of_response
from imagedf.cost._requests import Connection, open_requests
from imagedf.errors import ImagedfError

if TYPE_CHECKING:
    import requests

    from imagedf.client import Fetch, Limits

_INVOICES = "/v2/customers/my/invoices"
_SCOPES = ("billing:read",)
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MOST_PAGES = 10_000
PREVIEW = "preview"


def fetch_invoice(
    which: str = PREVIEW,
    token: str | None = None,
    *,
    base_url: str | None = None,
    timeout: float | tuple[float, float] = (5, 60),
    deadline: float = 300.0,
    max_retries: int = 5,
    session: requests.Session | None = None,
    limits: Limits | None = None,
) -> Invoice:
    """Fetch an invoice: the preview of the current month, a month, or one by its UUID.

    Parameters
    ----------
    which : str, default "preview"
        ``preview``, which DigitalOcean updates daily; a month such as ``2026-10``, whose invoices
        are combined; or the UUID of an invoice.
    token : str, optional
        A token with the scope ``billing:read``. Default: ``DIGITALOCEAN_TOKEN``, then
        ``DIGITALOCEAN_ACCESS_TOKEN``.
    base_url, timeout, deadline, max_retries, session, limits : optional
        As for ``fetch_images``.

    Returns
    -------
    Invoice
        The lines with exact amounts. If a page is missing, an error is raised.

    Raises
    ------
    ValueError
        ``which`` is none of these.
    ImagedfError
        No invoice exists for that month, or its pages do not belong together.
    RequestError
        The API sent no usable response.

    See Also
    --------
    read_invoice : Read a saved invoice.
    reconcile : Compare it with estimated costs.

    Notes
    -----
    An invoice lists all resources, including those that the token can't read otherwise
    (https://docs.digitalocean.com/reference/api/reference/billing/).

    Examples
    --------
    >>> import imagedf
    >>> from imagedf.sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     invoice = imagedf.fetch_invoice("preview", sandbox.token, base_url=sandbox.url)
    >>> invoice.total > 0
    True
    """
    if not isinstance(which, str):
        raise TypeError(f"which must be text, not {type(which).__name__}")
    if which != PREVIEW and not _MONTH.fullmatch(which) and not _UUID.fullmatch(which):
        raise ValueError(
            f"which must be 'preview', a month such as '2026-10' or the UUID of an invoice, not "
            f"{quoted(which)}"
        )
    connection = Connection(base_url, timeout, deadline, max_retries, session, limits)
    with open_requests(token, None, connection) as fetch:
        uuids = _of_month(fetch, which) if _MONTH.fullmatch(which) else [which]
        return assemble(page for uuid in uuids for page in _pages(fetch, uuid))


def _of_month(fetch: Fetch, month: str) -> list[str]:
    """Return the UUIDs of all invoices of a month; there can be several."""
    found: list[str] = []
    number, listed = 1, 0
    while number <= _MOST_PAGES:
        place = f"{_INVOICES}, page {number}"
        (body,) = documents(_get(fetch, _INVOICES, number), place)
        invoices = body.get("invoices") if isinstance(body, dict) else None
        if not isinstance(invoices, list) or not all(
            isinstance(invoice, dict) for invoice in invoices
        ):
            raise ImagedfError(f"{place} is not a list of invoices")
        found += [str(invoice["invoice_uuid"]) for invoice in invoices if _is_of(invoice, month)]
        listed += len(invoices)
        if not invoices or not (listed < _total(body) or has_next(body)):
            break
        number += 1
    if not found:
        preview = body.get("invoice_preview")
        is_preview = isinstance(preview, dict) and _is_of(preview, month)
        advice = "; its preview is 'preview'" if is_preview else ""
        raise ImagedfError(f"there is no invoice for {month}{advice}")
    return list(dict.fromkeys(found))


def _is_of(invoice: dict[str, object], month: str) -> bool:
    return invoice.get("invoice_period") == month and bool(invoice.get("invoice_uuid"))


def _total(body: dict[str, object]) -> int:
    meta = body.get("meta")
    total = str(meta.get("total")) if isinstance(meta, dict) else ""
    return int(total) if total.isdecimal() else 0


def _pages(fetch: Fetch, uuid: str) -> Iterator[Page]:
    """Yield the pages of an invoice until the stated number of items has been received."""
    path = f"{_INVOICES}/{uuid}"
    received = 0
    for number in range(1, _MOST_PAGES):
        place = f"{path}, page {number}"
        (body,) = documents(_get(fetch, path, number), place)
        page = replace(page_of_response(body, place), uuid=uuid, number=number)
        received += len(page.rows)
        yield page
        if not page.rows or not (received < (page.total or 0) or page.more):
            return


def _get(fetch: Fetch, path: str, number: int) -> str:
    (account,) = fetch.settings.accounts
    query = {"page": str(number), "per_page": "200"}
    try:
        return fetch.body(account, path, query, scopes=_SCOPES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ImagedfError(f"{path}, page {number}: the response is not UTF-8") from error
