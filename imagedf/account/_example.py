"""The sandbox's fictional accounts, read without a network."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import urlencode

from imagedf.account._account import Account
from imagedf.account._build import Part, build_account
from imagedf.account._endpoints import ENDPOINTS
from imagedf.account._pages import SavedPage
from imagedf.account._saved import certified
from imagedf.client import Endpoint
from imagedf.sandbox import REFERENCE, Api


def example_account() -> Account:
    """Return two fictional accounts, as ``fetch_account`` would return them, without a network.

    These are the sandbox's accounts ``prod`` and ``dev`` on 2026-11-01, the day that ages and
    rates refer to.

    Returns
    -------
    Account
        An account with all listings complete.

    See Also
    --------
    fetch_account : Fetch your own account.

    Examples
    --------
    >>> import imagedf
    >>> account = imagedf.example_account()
    >>> len(account.droplets), len(account.volumes)
    (31, 4)
    """
    api = Api()
    parts = {
        (name, endpoint.name): _part(api, name, endpoint)
        for name in api.tokens
        for endpoint in ENDPOINTS.values()
    }
    return build_account(parts, source="the sandbox")


def _part(api: Api, name: str, endpoint: Endpoint) -> Part:
    """Request all pages of an endpoint from the sandbox."""
    headers = {"authorization": f"Bearer {api.tokens[name]}"}
    pages: list[SavedPage] = []
    while True:
        query = urlencode({**endpoint.query, "per_page": 200, "page": len(pages) + 1})
        body = api.answer(f"{endpoint.path}?{query}", headers).body
        pages.append(SavedPage(endpoint.name, body, ""))
        if not json.loads(body)["links"]:
            return _dated(certified(pages, name, endpoint))


def _dated(part: Part) -> Part:
    """Return a listing with the day of the fictional accounts as the time of its fetch."""
    moment = REFERENCE.isoformat()
    return replace(part, certificate=replace(part.certificate, started=moment, finished=moment))
