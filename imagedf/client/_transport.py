"""The wire: one GET at a time, bounded, and everything that can go wrong as a value.

The only module that knows requests. The token goes to the host of the base URL alone: no
redirect is followed, and no link's address is ever used. An exception of requests holds
the prepared request and with it the token, so none is chained to ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from imagedf.client._settings import Settings
from imagedf.client._sockets import Sockets, watched
from imagedf.errors import PageError

_CHUNK = 1 << 18


class Outcome(NamedTuple):
    """What came of one request: a status with its body, or a problem of the network."""

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    problem: str | None


class _Bearer(AuthBase):
    """The token as an auth object: a header would be replaced by .netrc's credentials."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def __repr__(self) -> str:
        return "<bearer token>"


class _Adapter(HTTPAdapter):
    """requests' own adapter, with connections that report their sockets."""

    def __init__(self, sockets: Sockets, size: int) -> None:
        self._sockets = sockets
        super().__init__(pool_connections=size, pool_maxsize=size, max_retries=0)

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
        # A path of certificates is the user's right; False is not.
        verify = self._session.verify
        self._verify = verify if isinstance(verify, str) else True

    def _make_session(self, workers: int) -> requests.Session:
        session = requests.Session()
        session.mount("https://", _Adapter(self._sockets, workers))
        session.mount("http://", _Adapter(self._sockets, workers))
        return session

    def get(self, token: str, path: str, query: Mapping[str, str]) -> Outcome:
        """Send one GET request; failures of the network are returned, not raised.

        Raises
        ------
        PageError
            The body is larger than the limit.
        """
        try:
            with self._session.get(
                f"{self._settings.base_url}{path}",
                params=query,
                auth=_Bearer(token),
                timeout=self._settings.timeout,
                allow_redirects=False,
                stream=True,
                verify=self._verify,
                hooks={"response": [*_listed(self._session.hooks["response"]), _forget_location]},
            ) as response:
                body = self._read(response)
                headers = {name.lower(): text for name, text in response.headers.items()}
                return Outcome(response.status_code, headers, body, None)
        except (requests.RequestException, OSError, ValueError) as error:
            # A ValueError is what http.client makes of a chunk of a negative size.
            problem = f"{_problem(error)} ({urlsplit(self._settings.base_url).hostname})"
        return Outcome(None, {}, b"", problem)

    def _read(self, response: requests.Response) -> bytes:
        limit = self._settings.limits.max_body_bytes
        parts, size = [], 0
        for part in response.iter_content(_CHUNK):
            size += len(part)
            if size > limit:
                raise PageError(
                    f"the response body is larger than {limit:,} bytes (Limits.max_body_bytes)"
                )
            parts.append(part)
        return b"".join(parts)

    def abort(self) -> None:
        """Wake whoever is blocked on a socket; their requests fail at once."""
        self._sockets.shut()

    def close(self) -> None:
        """Close the session, if it is ours."""
        if self._own:
            self._session.close()


def _listed(hooks: Any) -> list[Any]:
    return list(hooks) if isinstance(hooks, list | tuple) else [hooks]


def _forget_location(response: requests.Response, **_: Any) -> None:
    """Keep requests from parsing where a redirect leads, and from reading its whole body."""
    response.headers.pop("location", None)


_PROBLEMS: tuple[tuple[type[BaseException], str], ...] = (
    (requests.exceptions.SSLError, "the server's certificate could not be verified"),
    (requests.exceptions.ProxyError, "the proxy did not let the request through"),
    (requests.ConnectTimeout, "connecting took too long"),
    (requests.Timeout, "the answer took too long"),
    (requests.exceptions.ContentDecodingError, "the body could not be decompressed"),
    (requests.exceptions.ChunkedEncodingError, "the body was cut short"),
    (requests.ConnectionError, "the connection failed"),
    (ValueError, "the body was cut short"),
)


def _problem(error: BaseException) -> str:
    """Say what went wrong; the exception's own text may hold addresses and credentials."""
    return next(
        (text for kind, text in _PROBLEMS if isinstance(error, kind)),
        f"the request failed ({type(error).__name__})",
    )


@contextmanager
def open_wire(settings: Settings, session: requests.Session | None, workers: int) -> Iterator[Wire]:
    """Open the wire for one fetch; however that ends, no reader stays blocked."""
    wire = Wire(settings, session, workers)
    try:
        yield wire
    finally:
        wire.close()
