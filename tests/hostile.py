"""A hostile server on loopback, a clock that never waits, and a fixed listing."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd

import imagedf
from imagedf.client import Clock
from tests.columns import EXPLODED

TOKEN = "dop_v1_" + "5ec2e7" * 10 + "f00d"


def image(number: int, **given: Any) -> dict[str, Any]:
    """Return one image with all fourteen fields; given values replace the defaults."""
    made: dict[str, Any] = {
        "id": number,
        "name": f"image {number}",
        "distribution": "Ubuntu",
        "slug": None,
        "public": False,
        "regions": ["nyc3"],
        "created_at": "2026-01-02T03:04:05Z",
        "min_disk_size": 25,
        "type": "snapshot",
        "size_gigabytes": 2.5,
        "description": "",
        "tags": [],
        "status": "available",
        "error_message": "",
    }
    return made | given


LISTING = [
    image(1, regions=["nyc3", "ams3"], tags=["keep"]),
    image(2, regions=[]),
    image(3, name="größe", slug="three", public=True, type="base"),
    image(4, size_gigabytes=None, min_disk_size=None),
    image(4, name="the same id again"),
]
"""Five images: two in each page, one in the last."""


def whole() -> pd.DataFrame:
    """Return the frame of ``LISTING``, written out."""
    frame = pd.DataFrame(
        {
            "account": ["default"] * 6,
            "id": [1, 1, 2, 3, 4, 4],
            "name": ["image 1", "image 1", "image 2", "größe", "image 4", "the same id again"],
            "type": ["snapshot", "snapshot", "snapshot", "base", "snapshot", "snapshot"],
            "distribution": ["Ubuntu"] * 6,
            "slug": [None, None, None, "three", None, None],
            "public": [False, False, False, True, False, False],
            "region": ["nyc3", "ams3", None, "nyc3", "nyc3", "nyc3"],
            "region_count": [2, 2, 0, 1, 1, 1],
            "created_at": pd.to_datetime(["2026-01-02T03:04:05Z"] * 6),
            "min_disk_size": [25, 25, 25, 25, None, 25],
            "size_gigabytes": [2.5, 2.5, 2.5, 2.5, None, 2.5],
            "allocated_gigabytes": [1.25, 1.25, 2.5, 2.5, None, 2.5],
            "status": ["available"] * 6,
            "tags": [["keep"], ["keep"], [], [], [], []],
            "description": [""] * 6,
            "error_message": [""] * 6,
        }
    )
    return frame.astype(EXPLODED)


def page_bytes(images: list[dict[str, Any]], total: int | None = None) -> bytes:
    """Return a page: the only one, or one of several if the total is larger."""
    total = len(images) if total is None else total
    return json.dumps({"images": images, "links": {}, "meta": {"total": total}}).encode()


QUICK = imagedf.Limits(backoff_seconds=0.0001, max_backoff_seconds=0.0002)
"""Limits that keep the retries of a test short: below what a certificate counts as waited."""
CAPS = imagedf.Limits(
    max_pages=7, max_body_bytes=1_000_000, backoff_seconds=0.001, max_backoff_seconds=0.002
)


def fetch(url: str, token: str = TOKEN, **arguments: Any) -> pd.DataFrame:
    """Fetch two images per page, with fast retries."""
    given: dict[str, Any] = {"per_page": 2, "max_retries": 2, "limits": QUICK, "timeout": 5}

    return imagedf.fetch_images(token, base_url=url, **(given | arguments))


class FakeClock(Clock):
    """A clock that advances only by sleeping, which takes no time."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._now = start
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def sleep_until(self, moment: float, stop: threading.Event) -> None:
        with self._lock:
            self._now = max(self._now, moment)


def _context(key: Path, certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


Handler = Callable[[socket.socket, str, Mapping[str, str]], None]
"""A function of the connection, the request line and the headers that sends any response."""


class RawServer:
    """A server of bare sockets, which counts requests with a token."""

    def __init__(self, handle: Handler, tls: tuple[Path, Path] | None = None) -> None:
        self._scheme = "http" if tls is None else "https"
        self._context = None if tls is None else _context(*tls)
        self.requests: list[Mapping[str, str]] = []
        self._handle = handle
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.over = threading.Event()

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def tokens(self) -> int:
        """The number of requests with an authorization header, or the token in any header."""
        return sum(
            "authorization" in headers or any(TOKEN in text for text in headers.values())
            for headers in self.requests
        )

    def serve(self) -> None:
        """Accept until the listener is closed."""
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                thread = threading.Thread(target=self._serve_one, args=(connection,), daemon=True)
                thread.start()
                self._threads.append(thread)

    def _serve_one(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
        with connection, suppress(OSError):
            stream = connection.makefile("rb")
            while first := stream.readline():
                headers: dict[str, str] = {}
                while line := stream.readline().strip():
                    name, _, text = line.decode("latin-1").partition(":")
                    headers[name.lower()] = text.strip()
                self.requests.append(headers)
                self._handle(connection, first.decode("latin-1").strip(), headers)

    def close(self) -> None:
        """Close every connection and end its thread."""
        self.over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)


@contextmanager
def raw_server(handle: Handler, tls: tuple[Path, Path] | None = None) -> Iterator[RawServer]:
    """Run a raw server; over TLS if a key and a certificate are given."""
    server = RawServer(handle, tls)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(5)


def page_of(request_line: str) -> int:
    """Return the page that a request line asks for."""
    query = request_line.split(" ")[1].partition("?")[2]
    return int(dict(part.split("=") for part in query.split("&"))["page"])


def http(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return an HTTP response with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def always(answer: bytes, *, close: bool = False) -> Handler:
    """Return a handler that responds to every request with the same bytes."""

    def handle(connection: socket.socket, _line: str, _headers: Mapping[str, str]) -> None:
        connection.sendall(answer)
        if close:
            connection.shutdown(socket.SHUT_RDWR)

    return handle
