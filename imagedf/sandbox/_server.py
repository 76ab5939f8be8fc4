"""The sandbox: the API of fictional accounts, served on loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from types import TracebackType
from typing import Self

from imagedf.sandbox._accounts import Image
from imagedf.sandbox._api import MAX_PER_PAGE, Api
from imagedf.sandbox._http import Server
from imagedf.sandbox._responses import Answer, Fault
from imagedf.sandbox._world import World


class Sandbox(Api):
    """A local mock of the DigitalOcean API on loopback, with two fictional accounts.

    It serves images, snapshots, Droplets, backup policies, autoscale pools, volumes,
    associated resources, invoices and the account, with paging, links and totals, rate-limit
    headers, 401 for a wrong token, 403 for a missing scope, and faults on demand. All endpoints
    of an account are consistent.

    Parameters
    ----------
    accounts : mapping of str to (World or list of dict), optional
        The accounts, or only their images. Default: the two sample accounts. ``accounts`` (the
        images) and ``worlds`` (everything) may be changed while the sandbox runs.
    latency : float, default 0
        Delay of every response [s].
    faults : sequence of Fault, default ()
        Faults applied to every response, in order.
    limit : int, default 5000
        Requests per token in each ``window``.
    window : float, default 3600
        Length of the rate limit's sliding window [s].
    burst : bool, default False
        Whether a 429 has ``retry-after``, as for the limit per minute.
    max_per_page : int, default 200
        The maximum of ``per_page``; larger values are reduced to it.
    clock : callable, default time.time
        The clock of the rate limit.
    port : int, default 0
        The port; 0 means any free port.

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
        accounts: Mapping[str, World | list[Image]] | None = None,
        *,
        latency: float = 0.0,
        faults: Sequence[Fault] = (),
        limit: int = 5000,
        window: float = 3600.0,
        burst: bool = False,
        max_per_page: int = MAX_PER_PAGE,
        clock: Callable[[], float] = time.time,
        port: int = 0,
    ) -> None:
        super().__init__(
            accounts,
            faults=faults,
            limit=limit,
            window=window,
            burst=burst,
            max_per_page=max_per_page,
            clock=clock,
        )
        self.latency = latency
        self._server = Server(("127.0.0.1", port), self.answer)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __repr__(self) -> str:
        return f"<Sandbox {self.url}, accounts: {', '.join(self.tokens):.100}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"

    @property
    def url(self) -> str:
        """The base URL, without ``/v2``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def connections(self) -> int:
        """The number of connections that clients have opened so far."""
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
        self._server.stop()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, headers: Mapping[str, str], method: str = "GET") -> Answer:
        """Return the response to one request, with the faults and the latency applied."""
        answer = super().answer(path, headers, method)
        return replace(answer, delay=answer.delay + self.latency)
