"""The API as a function: a request in, a response out; no network."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from imagedf.sandbox._accounts import Image
from imagedf.sandbox._endpoints import SCOPES, Endpoint, Single, find, visible
from imagedf.sandbox._responses import Answer, Fault, Request
from imagedf.sandbox._sample import sample_worlds
from imagedf.sandbox._world import Resource, World

MAX_PER_PAGE = 200
_PAGING = ("page", "per_page")
_NUMBER = re.compile(r"0*[1-9][0-9]{0,17}")


class _Limit:
    """A sliding window per token: a maximum number of requests in a number of seconds."""

    def __init__(self, requests: int, window: float, clock: Callable[[], float]) -> None:
        self.requests = requests
        self.window = window
        self.clock = clock
        self._seen: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, token: str) -> tuple[bool, dict[str, str]]:
        """Count a request; return whether it is within the limit, and the headers."""
        with self._lock:
            now = self.clock()
            seen = self._seen.setdefault(token, deque())
            while seen and seen[0] <= now - self.window:
                seen.popleft()
            allowed = len(seen) < self.requests
            if allowed:
                seen.append(now)
            reset = (seen[0] if seen else now) + self.window
            return allowed, {
                "ratelimit-limit": str(self.requests),
                "ratelimit-remaining": str(self.requests - len(seen)),
                "ratelimit-reset": str(int(reset) + 1),
            }


class Api:
    """The API of fictional accounts without a server: ``answer`` responds to a path and headers.

    Parameters
    ----------
    accounts : mapping of str to (World or list of dict), optional
        The accounts, or only their images. Default: the two sample accounts.
    faults : sequence of Fault, default ()
        Faults applied to every response, in order.
    limit : int, default 5000
        Requests per token in each ``window``.
    window : float, default 3600
        Length of the rate limit's sliding window [s].
    burst : bool, default False
        Whether a 429 has ``retry-after``, as for the limit per minute.
    max_per_page : int, default 200
        The maximum of ``per_page``; larger values are reduced to it.
    clock : callable, default time.time
        The clock of the rate limit.

    Examples
    --------
    >>> from imagedf.sandbox import Api
    >>> api = Api()
    >>> api.answer("/v2/droplets", {"authorization": f"Bearer {api.token}"}).status
    200
    """

    def __init__(
        self,
        accounts: Mapping[str, World | list[Image]] | None = None,
        *,
        faults: Sequence[Fault] = (),
        limit: int = 5000,
        window: float = 3600.0,
        burst: bool = False,
        max_per_page: int = MAX_PER_PAGE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        given = sample_worlds() if accounts is None else accounts
        self.worlds: dict[str, World] = {
            name: item if isinstance(item, World) else World(item) for name, item in given.items()
        }
        self.accounts: dict[str, list[Resource]] = {
            name: world.images for name, world in self.worlds.items()
        }
        self.tokens: dict[str, str] = {
            name: f"sandbox-token-of-{index}" for index, name in enumerate(self.worlds)
        }
        self.faults: list[Fault] = list(faults)
        self.burst = burst
        self.max_per_page = max_per_page
        self.requests: list[Request] = []
        self.statuses: list[int] = []
        self._granted: dict[str, tuple[str, frozenset[str]]] = {}
        self._limit = _Limit(limit, window, clock)
        self._lock = threading.Lock()
        self._texts: dict[int, tuple[Image, bytes]] = {}

    @property
    def url(self) -> str:
        """The base URL, without ``/v2``."""
        return "https://api.digitalocean.com"

    @property
    def token(self) -> str:
        """The token of the first account, with all scopes."""
        return next(iter(self.tokens.values()))

    def token_with(self, scopes: Iterable[str], account: str | None = None) -> str:
        """Return a new token with only these scopes.

        Parameters
        ----------
        scopes : iterable of str
            Scopes such as ``image:read``.
        account : str, optional
            Default: the first account.

        Returns
        -------
        str
            The token, accepted from now on.
        """
        granted = frozenset(scopes)
        if unknown := granted - SCOPES:
            raise ValueError(f"no such scope: {', '.join(sorted(unknown))}")
        token = f"sandbox-scoped-token-{len(self._granted)}"
        self._granted[token] = (account or next(iter(self.tokens)), granted)
        return token

    def answer(self, path: str, headers: Mapping[str, str], method: str = "GET") -> Answer:
        """Return the response to one request, with the faults applied."""
        parts = urlsplit(path)
        query = {
            name: values[0]
            for name, values in parse_qs(parts.query, keep_blank_values=True).items()
        }
        account, scopes = self._rights(headers.get("authorization", ""))
        with self._lock:
            number = len(self.requests) + 1
            request = Request(number, parts.path, query, account, headers, method)
            self.requests.append(request)
        answer = self._plain(request, scopes)
        answer = replace(answer, headers={"x-request-id": f"sandbox-{number}", **answer.headers})
        for fault in self.faults:
            answer = fault(request, answer)
        with self._lock:
            self.statuses.append(answer.status)
        return answer

    def _rights(self, authorization: str) -> tuple[str | None, frozenset[str]]:
        """Return the account of a token, and its scopes."""
        token = authorization.removeprefix("Bearer ")
        if token == authorization:
            return None, frozenset()
        full = {token: (name, SCOPES) for name, token in self.tokens.items()}
        return {**full, **self._granted}.get(token, (None, frozenset()))

    def _plain(self, request: Request, scopes: frozenset[str]) -> Answer:
        if request.account is None:
            return _error(401, "unauthorized", "Unable to authenticate you")
        allowed, headers = self._limit.take(request.headers["authorization"])
        if not allowed:
            wait = {"retry-after": str(int(self._limit.window))} if self.burst else {}
            refused = _error(429, "too_many_requests", "API rate limit exceeded.")
            return replace(refused, headers={**headers, **wait})
        return replace(self._body(request, request.account, scopes), headers=headers)

    def _body(self, request: Request, account: str, scopes: frozenset[str]) -> Answer:
        world = replace(self.worlds[account], images=self.accounts[account])
        found = find(request.path, world)
        if found is None:
            return _error(404, "not_found", "The resource you were accessing could not be found.")
        if request.method != "GET":
            return _error(405, "method_not_allowed", "The sandbox can only be read.")
        needed = found.scopes if isinstance(found, Single) else found.scopes(request.query)
        if not scopes.issuperset(needed):
            return _error(403, "forbidden", "You are not authorized to perform this operation")
        if isinstance(found, Single):
            return Answer(200, json.dumps(found.body(world)).encode())
        problem = _problem(request.query, found.parameters)
        if problem:
            return _error(422, "unprocessable_entity", problem)
        return Answer(200, self._page(request, found, world, scopes))

    def _page(
        self, request: Request, found: Endpoint, world: World, scopes: frozenset[str]
    ) -> bytes:
        items = found.items(world, request.query)
        size = min(int(request.query.get("per_page", "20")), self.max_per_page)
        start = (request.page - 1) * size
        listed = [visible(item, scopes) for item in items[start : start + size]]
        if found.key == "policies":
            texts = json.dumps({str(item["droplet_id"]): item for item in listed}).encode()
        else:
            texts = b"[" + b",".join(map(self._text, listed)) + b"]"
        rest = {
            **found.beside(world),
            "links": self._links(request, len(items), size),
            "meta": {"total": len(items)},
        }
        return b'{"' + found.key.encode() + b'":' + texts + b"," + json.dumps(rest).encode()[1:]

    def _text(self, item: dict[str, Any]) -> bytes:
        """Serialize an image once; it is kept alive so that its ``id()`` is not reused."""
        known = self._texts.get(id(item))
        if known is not None:
            return known[1]
        text = json.dumps(item, separators=(",", ":"), ensure_ascii=False).encode()
        if "distribution" in item:
            self._texts[id(item)] = (item, text)
        return text

    def _links(self, request: Request, total: int, size: int) -> dict[str, Any]:
        """Return links to the pages around one; like the API's, the last page has no next link."""
        last = max(-(-total // size), 1)
        page = request.page
        if page >= last:
            return {}
        before = {"first": 1, "prev": page - 1} if page > 1 else {}
        numbers = {**before, "next": page + 1, "last": last}
        return {"pages": {name: self._link(request, number) for name, number in numbers.items()}}

    def _link(self, request: Request, page: int) -> str:
        query = urlencode({**request.query, "page": page})
        return f"{self.url}{request.path.rstrip('/')}?{query}"


def _error(code: int, name: str, message: str) -> Answer:
    body = json.dumps({"id": name, "message": message, "request_id": "sandbox"})
    return Answer(code, body.encode())


def _problem(query: Mapping[str, str], parameters: Sequence[str]) -> str | None:
    """Return what is wrong with the parameters, or None."""
    for name in _PAGING:
        if not _NUMBER.fullmatch(query.get(name, "1")):
            return f"{name} must be a whole number from 1"
    if query.get("private", "true") not in ("true", "false"):
        return "private must be true or false"
    if "type" in query and "tag_name" in query and "name" in parameters:
        return "type can't be combined with tag_name"
    unknown = [name for name in query if name not in (*_PAGING, *parameters)]
    return f"unknown parameters: {', '.join(unknown)}" if unknown else None
