"""Describe network failures in our own words: exceptions of requests may contain credentials."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import NamedTuple

import requests
from urllib3 import exceptions as urllib3

from imagedf.client._decode import BodyError


class Problem(NamedTuple):
    """A failed request: the reason, and whether another attempt can help."""

    reason: str
    transient: bool = True
    of_proxy: bool = False


_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "the host's name could not be resolved"),
    (ConnectionRefusedError, "the connection was refused"),
    (requests.ConnectTimeout, "connecting timed out"),
    (urllib3.ConnectTimeoutError, "connecting timed out"),
    (ssl.SSLError, "the TLS handshake failed"),
    (requests.Timeout, "the response timed out"),
    (urllib3.ReadTimeoutError, "the response timed out"),
    (TimeoutError, "the response timed out"),
    (requests.exceptions.ChunkedEncodingError, "the body was cut short"),
    (urllib3.IncompleteRead, "the body was cut short"),
    (urllib3.ProtocolError, "the connection failed"),
    (requests.ConnectionError, "the connection failed"),
    (urllib3.HTTPError, "the connection failed"),
    (ValueError, "the body was cut short"),  # http.client's, for a chunk of a negative size
)
_NOT_A_PROXY = (urllib3.LocationValueError, requests.exceptions.InvalidURL)


def problem_of(error: BaseException) -> Problem:
    """Return what went wrong, without using the exception's own text."""
    causes = list(_causes(error))
    proxy = any(isinstance(cause, requests.exceptions.ProxyError) for cause in causes)
    prefix = "the proxy did not let the request through: " if proxy else ""
    for cause in causes:
        if isinstance(cause, BodyError):
            return Problem(str(cause))
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Problem(
                f"{prefix}the server's certificate could not be verified ({cause.verify_message})",
                transient=False,
            )
        if isinstance(cause, _NOT_A_PROXY):
            return Problem(f"{prefix}an address is not valid", transient=False)
    for kind, reason in _CAUSES:
        if any(isinstance(cause, kind) for cause in causes):
            # With a proxy, only the proxy's own name is looked up here.
            words = reason.replace("the host's", "its") if proxy else reason
            return Problem(prefix + words, of_proxy=proxy)
    return Problem(f"{prefix}the request failed ({type(error).__name__})")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and its causes; urllib3 keeps causes in ``reason`` and ``args``."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            waiting += [
                cause.__context__,
                cause.__cause__,
                getattr(cause, "reason", None),
                *cause.args,
            ]
