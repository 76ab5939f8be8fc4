"""Object storage on loopback: moto's server, a proxy that disconnects, and a server of errors."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAFICTIONAL", "AWS_SECRET_ACCESS_KEY": "fictional/secret+key"}


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@contextmanager
def moto(bucket: str) -> Iterator[int]:
    """Run moto's server with one bucket, and yield its port."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _create_bucket(port, bucket)
        yield port
    finally:
        server.kill()
        server.wait()


def _create_bucket(port: int, bucket: str) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{bucket}", method="PUT")
    for _ in range(600):
        with suppress(OSError):
            urllib.request.urlopen(request, timeout=30).close()
            return
        time.sleep(0.1)
    raise TimeoutError("moto's server did not start")


class Proxy:
    """Forwards connections to a port; disconnects after ``cut_after`` bytes of an upload."""

    def __init__(self, port: int) -> None:
        self.cut_after: int | None = None
        self.pause = 0.0
        self.requests: list[str] = []
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._target))
        back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
        back.start()
        with suppress(OSError):
            self._forward(client, server)
        for end in (client, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        sent = 0
        while data := client.recv(4096):
            for line in re.findall(rb"^(GET|PUT|POST|HEAD|DELETE) (\S+) HTTP", data, re.MULTILINE):
                self.requests.append(b" ".join(line).decode())
                sent = 0
            sent += len(data)
            if self.requests[-1].startswith("PUT"):
                if self.cut_after is not None and sent > self.cut_after:
                    return
                time.sleep(self.pause)
            server.sendall(data)

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)


@contextmanager
def refusing(status: int, code: str) -> Iterator[int]:
    """Respond to every request with one error, and yield the port."""
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()

    class Handler(BaseHTTPRequestHandler):
        def _refuse(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(status)
            self.send_header("content-type", "application/xml")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_POST = do_GET = do_HEAD = _refuse  # noqa: N815 # the names of http.server

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
