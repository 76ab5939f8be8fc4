"""A server of bare sockets: responses that are barely HTTP."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf.errors import PageError, RequestError
from tests.faults.elsewhere import proves
from tests.hostile import (
    LISTING,
    Handler,
    always,
    fetch,
    http,
    image,
    page_bytes,
    page_of,
    raw_server,
    whole,
)

BODY = page_bytes(LISTING)
SMALL = imagedf.Limits(max_body_bytes=100_000, backoff_seconds=0.001, max_backoff_seconds=0.002)


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """Return a response in chunks."""
    parts = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + parts + end


def endless(head: bytes, piece: bytes) -> Handler:
    """Send the head, and then the same piece endlessly."""

    def handle(connection: socket.socket, _line: str, _headers: Mapping[str, str]) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return handle


def silent(connection: socket.socket, _line: str, _headers: Mapping[str, str]) -> None:
    """Accept the request and don't respond until the other side gives up."""
    connection.recv(1)


HEAD = b"HTTP/1.1 200 OK\r\n"
NO_ANSWER = {
    "a response that is not HTTP": always(b"hello\r\n\r\n", close=True),
    "a status that is not a number": always(b"HTTP/1.1 abc OK\r\n\r\n", close=True),
    "a connection closed without a response": always(b"", close=True),
    "a response that never arrives": silent,
    "half a status line": always(b"HTTP/1.", close=True),
    "headers without end": endless(HEAD, b"x-more: 1\r\n"),
    "a header of 100 kB": always(HEAD + b"x: " + b"y" * 100_000 + b"\r\n\r\n", close=True),
    "two lengths that differ": always(http(BODY, "Content-Length: 3"), close=True),
    "a length beyond the body": always(http(BODY).replace(b": ", b": 9", 1), close=True),
    "a chunk cut short": always(chunked(BODY, end=b"ff\r\nabc"), close=True),
    "a chunk of a negative length": always(chunked(BODY, end=b"-5\r\nabc"), close=True),
    "a chunk of no length": always(chunked(BODY, end=b"xyz\r\n"), close=True),
    "chunks without an end": always(chunked(BODY, end=b""), close=True),
}


@proves("`RequestError` after the retries", *NO_ANSWER)
@pytest.mark.parametrize("handle", NO_ANSWER.values(), ids=NO_ANSWER.keys())
def test_no_usable_answer_is_one_request_error(handle: Handler) -> None:
    with raw_server(handle) as server, pytest.raises(RequestError, match="page 1: ") as caught:
        fetch(server.url, max_retries=1, timeout=(5, 0.2))
    assert caught.value.attempts == 2
    assert caught.value.status is None
    assert caught.value.__context__ is None


ENDLESS = {
    "a body without end": endless(HEAD + b"\r\n", b" " * 10_000),
    "a body without end in chunks": endless(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"2710\r\n" + b" " * 10_000 + b"\r\n"
    ),
    "a redirect with a body without end": endless(
        b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", b" " * 10_000
    ),
}


@proves("`PageError` at the size limit", *ENDLESS)
@pytest.mark.parametrize("handle", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_page_that_never_ends_is_stopped_by_the_limit(handle: Handler) -> None:
    with raw_server(handle) as server, pytest.raises(PageError, match="100,000 bytes") as caught:
        fetch(server.url, limits=SMALL)
    assert caught.value.page == 1


@proves("the exact frame", "a page of 50 MB")
def test_a_page_of_50_mb_is_read() -> None:
    text = json.dumps(image(0, description="x" * 4500))
    images = [text.replace('"id": 0,', f'"id": {number},') for number in range(11_000)]
    body = f'{{"images":[{",".join(images)}],"links":{{}},"meta":{{"total":11000}}}}'.encode()
    with raw_server(always(http(body))) as server:
        frame = fetch(server.url)
    assert len(body) > 50_000_000
    assert list(frame["id"]) == list(range(11_000))


@proves("`PageError`", "a length short of the body")
def test_a_length_short_of_the_body_is_a_page_error() -> None:
    answer = http(BODY).replace(str(len(BODY)).encode(), str(len(BODY) - 5).encode(), 1)
    with (
        raw_server(always(answer, close=True)) as server,
        pytest.raises(PageError, match="not JSON"),
    ):
        fetch(server.url)


@proves(
    "the exact frame",
    "HTTP/1.0 that ends with its connection",
    "a 100 before the response",
    "chunks of one byte",
)
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
        b"HTTP/1.1 100 Continue\r\n\r\n" + http(BODY),
        chunked(*(BODY[at : at + 1] for at in range(len(BODY)))),
    ],
    ids=["1.0", "100", "chunks"],
)
def test_old_and_unusual_http_returns_the_exact_frame(answer: bytes) -> None:
    with raw_server(always(answer, close=True)) as server:
        pd.testing.assert_frame_equal(fetch(server.url), whole())


@proves("the exact frame", "a connection closed after each response")
def test_a_server_that_closes_after_each_response_returns_the_exact_frame() -> None:
    def handle(connection: socket.socket, line: str, _headers: Mapping[str, str]) -> None:
        number = page_of(line)
        body = page_bytes(LISTING[2 * number - 2 : 2 * number], total=5)
        connection.sendall(http(body))
        connection.shutdown(socket.SHUT_RDWR)

    with raw_server(handle) as server:
        pd.testing.assert_frame_equal(fetch(server.url, max_retries=5), whole())


@proves("`RequestError` after the retries", "no server listens")
def test_a_port_without_a_server_is_a_request_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(RequestError, match=r"refused.* after 2 attempts"):
        fetch(f"http://127.0.0.1:{port}", max_retries=1)


@proves("`RequestError`; no token is sent", "https to a server without TLS")
def test_https_to_a_server_without_tls_is_a_request_error() -> None:
    with raw_server(always(http(BODY), close=True)) as server:
        address = server.url.replace("http:", "https:")
        with pytest.raises(RequestError, match="page 1: "):
            fetch(address, max_retries=0, timeout=0.3)
        assert server.tokens == 0


def drip(first: bytes, piece: bytes) -> Handler:
    """Send the head, and then a few bytes at a time, never pausing for long."""

    def handle(connection: socket.socket, _line: str, _headers: Mapping[str, str]) -> None:
        connection.sendall(first)
        while True:
            time.sleep(0.02)
            connection.sendall(piece)

    return handle


DRIPPING = {
    "a body that drips": drip(HEAD + b"Content-Length: 99999\r\n\r\n", b" "),
    "a body that drips in chunks": drip(
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"
    ),
    "headers that drip": drip(HEAD, b"x: y\r\n"),
    "100 Continue forever": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@proves("`RequestError` at the deadline", *DRIPPING)
@pytest.mark.parametrize("handle", DRIPPING.values(), ids=DRIPPING.keys())
def test_a_response_that_drips_is_ended_at_the_deadline(handle: Handler) -> None:
    with raw_server(handle) as server, pytest.raises(RequestError, match="deadline") as caught:
        fetch(server.url, max_retries=1, deadline=0.3)
    assert caught.value.attempts == 2
    assert caught.value.__context__ is None


@pytest.mark.parametrize("deadline", [0, -1, float("inf"), "5", 100_000])
def test_a_deadline_is_seconds(deadline: Any) -> None:
    with pytest.raises(ValueError, match="deadline"):
        fetch("http://127.0.0.1:9", deadline=deadline)
