"""The sandbox's HTTP server: one thread per keep-alive connection, all closed at the end."""

from __future__ import annotations

import gzip
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from imagedf.sandbox._responses import Answer


class Server(ThreadingHTTPServer):
    """A server that can close its connections and end their threads."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], answer: Callable[[str, Mapping[str, str], str], Answer]
    ) -> None:
        self.answer = answer
        self._open: set[socket.socket] = set()
        self._threads_of: list[threading.Thread] = []
        self.accepted = 0
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without the name lookup that http.server would do."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count the connection before its thread starts."""
        self.accepted += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection in a thread that ``close_connections`` can end."""
        self._open.add(request)
        self._threads_of.append(threading.current_thread())
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore disconnected clients: tests disconnect on purpose."""

    def stop(self) -> None:
        """Stop serving at once: the end of its socket wakes the server, which polls rarely."""
        stopping = threading.Thread(target=self.shutdown)
        stopping.start()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        stopping.join()

    def close_connections(self) -> None:
        """Close the open connections and wait for their threads."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                self._open.discard(connection)
        for thread in list(self._threads_of):
            thread.join(timeout=5)


class _Handler(BaseHTTPRequestHandler):
    """One connection; HTTP/1.1 with keep-alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        """Send the response in one write."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.answer(self.path, headers, self.command)
        if answer.delay:
            time.sleep(answer.delay)
        if answer.drop:
            self.close_connection = True
            return
        if self.command != "GET":
            self.close_connection = True  # its body is not read
        body, sent = answer.body, {"content-type": "application/json", **answer.headers}
        if "gzip" in headers.get("accept-encoding", "") and "content-encoding" not in sent:
            body, sent = gzip.compress(body, 1), {**sent, "content-encoding": "gzip"}
        sent.setdefault("content-length", str(len(body)))
        if answer.cut is not None:
            body, self.close_connection = body[: answer.cut], True
        if self.command == "HEAD":
            body = b""
        lines = [f"HTTP/1.1 {answer.status} -", *(f"{name}: {text}" for name, text in sent.items())]
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 # http.server's

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the base's name
        """Log nothing: the sandbox has its own list of requests."""
