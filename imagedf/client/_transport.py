"""One HTTP GET with limits; failures are returned, not raised.

Only this package imports requests. The token is sent to the host of the base URL and nowhere
else: no redirect is followed, and no link's address is ever used. Exceptions of requests
contain the prepared request and with it the token, so none is chained to ours.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from imagedf.client._decode import BodyError, TooLargeError, decoded
from imagedf.client._environment import check_environment, proxies_for
from imagedf.client._problems import Problem, problem_of
from imagedf.client._settings import Settings
from imagedf.client._sockets import Sockets, watched
from imagedf.errors import PageError

_CHUNK = 1 << 18


class Outcome(NamedTuple):
    """The result of one request: a status with its body, or a problem of the network."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    problem: Problem | None = None


NOTHING = Outcome(None, {}, b"")


class _Bearer(AuthBase):
    """The token as an auth object: credentials in .netrc would replace a plain header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __repr__(self) -> str:
        return "<bearer token>"


class _Adapter(HTTPAdapter):
    """requests' own adapter, with connections that report their sockets. It only sends GET."""

    def __init__(self, sockets: Sockets, size: int) -> None:
        self._sockets = sockets
        super().__init__(pool_connections=size, pool_maxsize=size, max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        if request.method != "GET" or request.body:
            raise ValueError("imagedf only reads: it sends GET requests without a body")
        return super().send(request, *args, **more)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        self._watch(manager)
        return manager

    def _watch(self, manager: Any) -> None:
        classes = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = {
            scheme: watched(pool, self._sockets) for scheme, pool in classes.items()
        }


class Wire:
    """Sends the requests of one fetch over one pooled session."""

    def __init__(self, settings: Settings, session: requests.Session | None, workers: int) -> None:
        if not isinstance(session, requests.Session | None):
            raise TypeError("session must be a requests.Session")
        self._settings = settings
        self._sockets = Sockets()
        self._own = session is None
        self._session = session or self._make_session(workers)
        check_environment(self._session, settings.base_url)
        self._proxies = proxies_for(settings.base_url)
        # A session may name CA certificates, but may not turn off verification.
        verify = self._session.verify
        self._verify = verify if isinstance(verify, str) else True

    def _make_session(self, workers: int) -> requests.Session:
        session = requests.Session()
        session.mount("https://", _Adapter(self._sockets, workers))
        session.mount("http://", _Adapter(self._sockets, workers))
        return session

    def get(self, token: str, path: str, query: Mapping[str, str]) -> Outcome:
        """Send one GET request; network failures are returned, not raised.

        Raises
        ------
        PageError
            The body is larger than the limit.
        """
        ends = time.monotonic() + self._settings.deadline
        try:
            with self._sockets.until(ends), self._open(token, path, query) as response:
                body = self._read(response, ends)
                headers = {name.lower(): text for name, text in response.headers.items()}
                return Outcome(response.status_code, headers, body)
        except TooLargeError:
            limit = self._settings.limits.max_body_bytes
            raise PageError(
                f"the response body is larger than {limit:,} bytes (Limits.max_body_bytes)"
            ) from None
        except (requests.RequestException, HTTPError, BodyError, OSError, ValueError) as error:
            return Outcome(None, {}, b"", self._problem(error, ends))

    def _open(self, token: str, path: str, query: Mapping[str, str]) -> requests.Response:
        return self._session.get(
            f"{self._settings.base_url}{path}",
            params=query,
            auth=_Bearer(token),
            headers={"Accept-Encoding": "gzip, deflate"},
            timeout=self._settings.timeout,
            allow_redirects=False,
            stream=True,
            verify=self._verify,
            proxies=self._proxies,
            hooks={"response": [*_listed(self._session.hooks["response"]), _forget_location]},
        )

    def _read(self, response: requests.Response, ends: float) -> bytes:
        encoding = response.headers.get("content-encoding", "")
        chunks = response.raw.stream(_CHUNK, decode_content=False)
        return decoded(_until(ends, chunks), encoding, self._settings.limits.max_body_bytes)

    def _problem(self, error: BaseException, ends: float) -> Problem:
        host = urlsplit(self._settings.base_url).hostname
        if time.monotonic() >= ends:
            limit = self._settings.deadline
            return Problem(f"no complete response within the deadline of {limit:g} s ({host})")
        problem = problem_of(error)
        if problem.of_proxy:
            return problem
        return problem._replace(reason=f"{problem.reason} ({host})")

    def expire(self) -> None:
        """End the requests that are past their deadline; call it regularly."""
        self._sockets.shut_late(time.monotonic())

    def abort(self) -> None:
        """Wake all threads that are blocked on a socket; their requests fail at once."""
        self._sockets.shut()

    def close(self) -> None:
        """Close the session, if it is ours."""
        if self._own:
            self._session.close()


def _until(ends: float, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield chunks; raise after the deadline, as a shut socket looks like the end of the body."""
    for chunk in chunks:
        if time.monotonic() >= ends:
            break
        yield chunk
    if time.monotonic() >= ends:
        raise BodyError("the deadline passed")


def _listed(hooks: Any) -> list[Any]:
    return list(hooks) if isinstance(hooks, list | tuple) else [hooks]


def _forget_location(response: requests.Response, **_: Any) -> None:
    """Keep requests from parsing a redirect's address, and from reading its body."""
    response.headers.pop("location", None)


@contextmanager
def open_wire(settings: Settings, session: requests.Session | None, workers: int) -> Iterator[Wire]:
    """Open the connections for one fetch; however it ends, no reader stays blocked."""
    wire = Wire(settings, session, workers)
    try:
        yield wire
    finally:
        wire.close()
