"""A stand-in for ``GET /v2/images`` on loopback, with latency, limits and faults on demand."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit

from imagedf.sandbox._accounts import Image, sample_accounts
from imagedf.sandbox._http import Server
from imagedf.sandbox._responses import Answer, Fault, Request

_MAX_PER_PAGE = 200
_PARAMETERS = ("page", "per_page", "private", "tag_name", "type")


class _Limit:
    """A sliding window for each token: so many requests in so many seconds."""

    def __init__(self, requests: int, window: float, clock: Callable[[], float]) -> None:
        self.requests = requests
        self.window = window
        self.clock = clock
        self._seen: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, token: str) -> tuple[bool, dict[str, str]]:
        """Count a request; tell whether it is within the limit, and the headers."""
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


class Sandbox:
    """A local stand-in for the DigitalOcean API, on loopback, with a sample account.

    It answers ``GET /v2/images`` with all five query parameters, paging with links and
    totals, rate-limit headers, 401 for a wrong token, and faults on demand.

    Parameters
    ----------
    accounts : mapping of str to list of dict, optional
        The listing of each account; the two sample accounts by default. The lists may be
        changed while the sandbox runs.
    latency : float, default 0
        Seconds that every answer waits.
    faults : sequence of Fault, default ()
        Applied to every answer in turn.
    limit : int, default 5000
        Requests a token may make in each ``window``.
    window : float, default 3600
        Length of the rate limit's sliding window [s].
    burst : bool, default False
        Whether a 429 carries ``retry-after``, as that of the limit a minute does.
    max_per_page : int, default 200
        What a larger ``per_page`` is cut to.
    clock : callable, default time.time
        The clock of the rate limit.
    port : int, default 0
        0 takes any free port.

    Examples
    --------
    >>> import imagedf
    >>> from imagedf.sandbox import Sandbox
    >>> with Sandbox() as sandbox:
    ...     frame = imagedf.fetch_images(accounts=sandbox.tokens, base_url=sandbox.url)
    >>> imagedf.certificate(frame).complete
    True
    """

    def __init__(
        self,
        accounts: Mapping[str, list[Image]] | None = None,
        *,
        latency: float = 0.0,
        faults: Sequence[Fault] = (),
        limit: int = 5000,
        window: float = 3600.0,
        burst: bool = False,
        max_per_page: int = _MAX_PER_PAGE,
        clock: Callable[[], float] = time.time,
        port: int = 0,
    ) -> None:
        self.accounts = dict(sample_accounts() if accounts is None else accounts)
        self.tokens = {
            name: f"sandbox-token-of-{index}" for index, name in enumerate(self.accounts)
        }
        self.latency = latency
        self.faults = list(faults)
        self.burst = burst
        self.max_per_page = max_per_page
        self.requests: list[Request] = []
        self.statuses: list[int] = []
        self._limit = _Limit(limit, window, clock)
        self._lock = threading.Lock()
        self._texts: dict[int, tuple[Image, bytes]] = {}
        self._server = Server(("127.0.0.1", port), self.answer)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    @property
    def url(self) -> str:
        """The base URL, without ``/v2``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def token(self) -> str:
        """The token of the first account."""
        return next(iter(self.tokens.values()))

    @property
    def connections(self) -> int:
        """Connections that clients have made so far."""
        return self._server.accepted

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, headers: Mapping[str, str]) -> Answer:
        """Answer one request, faults and all."""
        parts = urlsplit(path)
        query = {
            name: values[0]
            for name, values in parse_qs(parts.query, keep_blank_values=True).items()
        }
        account = self._account_of(headers.get("authorization", ""))
        with self._lock:
            request = Request(len(self.requests) + 1, parts.path, query, account, headers)
            self.requests.append(request)
        answer = self._plain(request)
        named = {"x-request-id": f"sandbox-{request.number}", **answer.headers}
        answer = replace(answer, headers=named)
        for fault in self.faults:
            answer = fault(request, answer)
        answer = replace(answer, delay=answer.delay + self.latency)
        with self._lock:
            self.statuses.append(answer.status)
        return answer

    def _account_of(self, authorization: str) -> str | None:
        names = {f"Bearer {token}": name for name, token in self.tokens.items()}
        return names.get(authorization)

    def _plain(self, request: Request) -> Answer:
        if request.account is None:
            return _error(401, "unauthorized", "Unable to authenticate you")
        allowed, headers = self._limit.take(request.account)
        if not allowed:
            wait = {"retry-after": str(int(self._limit.window))} if self.burst else {}
            refused = _error(429, "too_many_requests", "API rate limit exceeded.")
            return replace(refused, headers={**headers, **wait})
        if request.path.rstrip("/") != "/v2/images":
            return replace(_error(404, "not_found", "No such path"), headers=headers)
        problem = _problem(request.query)
        if problem:
            return replace(_error(422, "unprocessable_entity", problem), headers=headers)
        return Answer(200, self._page(request), headers)

    def _page(self, request: Request) -> bytes:
        images = [image for image in self.accounts[request.account or ""]
                  if _wanted(image, request.query)]  # fmt: skip
        size = min(int(request.query.get("per_page", "20")), self.max_per_page)
        start = (request.page - 1) * size
        texts = b",".join(self._text(image) for image in images[start : start + size])
        rest = {"links": self._links(request, len(images), size), "meta": {"total": len(images)}}
        return b'{"images":[' + texts + b"]," + json.dumps(rest).encode()[1:]

    def _text(self, image: Image) -> bytes:
        """Serialise an image once; the image itself is kept so that its id stays its own."""
        known = self._texts.get(id(image))
        if known is None:
            text = json.dumps(image, separators=(",", ":"), ensure_ascii=False).encode()
            known = self._texts[id(image)] = (image, text)
        return known[1]

    def _links(self, request: Request, total: int, size: int) -> dict[str, Any]:
        last = max(-(-total // size), 1)
        page = request.page
        numbers: dict[str, int] = {}
        if page > 1:
            numbers |= {"first": 1, "prev": min(page - 1, last)}
        if page < last:
            numbers |= {"next": page + 1, "last": last}
        pages = {name: self._link(request, number) for name, number in numbers.items()}
        return {"pages": pages}

    def _link(self, request: Request, page: int) -> str:
        query = urlencode({**request.query, "page": page})
        return f"{self.url}/v2/images?{query}"


def _error(code: int, name: str, message: str) -> Answer:
    body = json.dumps({"id": name, "message": message, "request_id": "sandbox"})
    return Answer(code, body.encode())


def _problem(query: Mapping[str, str]) -> str | None:
    """Say what is wrong with the parameters; None when nothing is."""
    for name in ("page", "per_page"):
        if not query.get(name, "1").isdigit() or int(query.get(name, "1")) < 1:
            return f"{name} must be a whole number from 1"
    if query.get("private", "true") not in ("true", "false"):
        return "private must be true or false"
    if query.get("type", "application") not in ("application", "distribution"):
        return "type must be application or distribution"
    unknown = [name for name in query if name not in _PARAMETERS]
    return f"unknown parameters: {', '.join(unknown)}" if unknown else None


def _wanted(image: Image, query: Mapping[str, str]) -> bool:
    """Tell whether an image passes the filters of a request."""
    public = bool(image.get("public"))
    if query.get("private") == "true" and public:
        return False
    if "tag_name" in query and query["tag_name"] not in (image.get("tags") or ()):
        return False
    base = public and image.get("type") == "base"
    wanted = {"distribution": base, "application": public and not base}
    return wanted.get(query.get("type", ""), True)
