"""The sockets of one fetch, each of which can be shut: whoever is blocked on it wakes.

urllib3's own connections give their sockets away only once they are ready. These do so
before they connect and before the TLS greeting, since both can hang as well.
"""

from __future__ import annotations

import socket
import threading
import weakref
from contextlib import suppress
from typing import Any

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import allowed_gai_family


class Sockets:
    """The sockets that are open, so that Ctrl-C can wake those who wait for them."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._shut = False

    def add(self, opened: socket.socket | None) -> None:
        """Take note of a socket; shut it at once when all have been."""
        if opened is None:
            return
        with self._lock:
            self._open.add(opened)
            shut = self._shut
        if shut:
            self.shut()

    def shut(self) -> None:
        """Shut every socket, and all that come later."""
        with self._lock:
            self._shut = True
            opened = list(self._open)
        for one in opened:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def connected(self, connection: Any) -> socket.socket:
        """Connect to the first address that answers, as urllib3 does."""
        problem = OSError("there is no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            connection.host.strip("[]"),
            connection.port,
            family=allowed_gai_family(),
            type=socket.SOCK_STREAM,
        ):
            opened = socket.socket(family, kind, protocol)
            self.add(opened)
            try:
                for option in connection.socket_options or ():
                    opened.setsockopt(*option)
                opened.settimeout(connection.timeout)
                opened.connect(address)
            except OSError as error:
                opened.close()
                problem = error
            else:
                return opened
        raise problem


def watched(pool: Any, sockets: Sockets) -> Any:
    """Derive a connection pool whose connections report their sockets."""
    if getattr(pool, "watched", False):
        return pool

    class Connection(pool.ConnectionCls):  # type: ignore[misc] # the base is a value
        twin: socket.socket | None = None

        def _new_conn(self) -> socket.socket:
            try:
                opened = sockets.connected(self)
            except TimeoutError as error:
                raise ConnectTimeoutError(self, "connecting took too long") from error
            except (OSError, UnicodeError) as error:  # the latter for a host that is no name
                raise NewConnectionError(self, "connecting failed") from error
            # TLS takes the socket over before its greeting; a twin can still be shut.
            self.twin = opened.dup()
            sockets.add(self.twin)
            return opened

        def connect(self) -> None:
            try:
                super().connect()
            finally:
                if self.twin is not None:
                    self.twin.close()
            sockets.add(self.sock)

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection, "watched": True})
