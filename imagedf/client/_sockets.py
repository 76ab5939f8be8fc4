"""The sockets of one fetch; shutting one wakes the thread that is blocked on it.

urllib3's own connections provide their sockets only once they are ready. These provide them
before connecting and before the TLS handshake, since both can hang as well.
"""

from __future__ import annotations

import socket
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import allowed_gai_family


class Sockets:
    """The open sockets, so that Ctrl-C and deadlines can wake the threads that use them."""

    def __init__(self) -> None:
        self._open: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._used: dict[int, weakref.WeakSet[socket.socket]] = {}
        self._ends: dict[int, float] = {}
        self._lock = threading.Lock()
        self._shut = False

    def add(self, opened: socket.socket | None) -> None:
        """Register a socket that this thread uses; shut it at once if all have been shut."""
        if opened is None:
            return
        with self._lock:
            self._open.add(opened)
            self._used.setdefault(threading.get_ident(), weakref.WeakSet()).add(opened)
            shut = self._shut
        if shut:
            self.shut()

    @contextmanager
    def until(self, ends: float) -> Iterator[None]:
        """Set the deadline of this thread's request, by ``time.monotonic()``."""
        thread = threading.get_ident()
        with self._lock:
            self._ends[thread] = ends
        try:
            yield
        finally:
            with self._lock:
                del self._ends[thread]
                self._used.pop(thread, None)

    def shut_late(self, now: float) -> None:
        """Shut the sockets of all requests whose deadline has passed."""
        with self._lock:
            late = [thread for thread, ends in self._ends.items() if ends <= now]
            opened = [sock for thread in late for sock in self._used.get(thread, ())]
        _shut_all(opened)

    def shut(self) -> None:
        """Shut every socket, and all that are opened later."""
        with self._lock:
            self._shut = True
            opened = list(self._open)
        _shut_all(opened)

    def connected(self, connection: Any) -> socket.socket:
        """Connect to the first address that responds, as urllib3 does."""
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


def _shut_all(opened: Iterable[socket.socket]) -> None:
    for sock in opened:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


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
            except (OSError, UnicodeError) as error:  # UnicodeError: the host is not a valid name
                raise NewConnectionError(self, "connecting failed") from error
            # TLS takes over the socket before its handshake; a duplicate can still be shut.
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

        def request(self, *args: Any, **more: Any) -> None:
            sockets.add(self.sock)  # the socket of a reused connection
            super().request(*args, **more)

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection, "watched": True})
