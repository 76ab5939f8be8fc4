"""One fetch: several accounts and endpoints at once, over one connection pool and few threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from imagedf._certificates import AccountCertificate
from imagedf.client._budget import Budget, Clock, Stopped
from imagedf.client._context import Context, parser_limit
from imagedf.client._endpoint import Endpoint
from imagedf.client._listing import Listing, Restart
from imagedf.client._progress import Progress
from imagedf.client._retry import Getter
from imagedf.client._settings import Settings
from imagedf.client._transport import Wire, open_wire
from imagedf.errors import ImagedfError
from imagedf.pages import stacked

if TYPE_CHECKING:
    import pyarrow as pa
    import requests

MOST_REQUESTS = 256
"""Requests in flight over all accounts, and so the number of threads for any number of accounts."""


T = TypeVar("T")
U = TypeVar("U")
V = TypeVar("V")
T_co = TypeVar("T_co", covariant=True)


class Rows(Protocol[T_co]):
    """A container to which the tables of one listing are added."""

    def add(self, table: pa.Table) -> None:
        """Add a table with one row per object."""

    def result(self) -> T_co:
        """Return all rows."""


MakeRows = Callable[[str, Endpoint], Rows[T]]
"""Returns new rows for an account and endpoint."""


class TableRows:
    """The rows of a listing as one table."""

    def __init__(self, _account: str, endpoint: Endpoint) -> None:
        self._tables = [endpoint.shape.schema.empty_table()]

    def add(self, table: pa.Table) -> None:
        """Add a table with one row per object."""
        self._tables.append(table)

    def result(self) -> pa.Table:
        """Return all rows."""
        return stacked(self._tables)


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """The result of one listing; ``rows`` is None if the token lacks the scope."""

    endpoint: Endpoint
    rows: T | None
    certificate: AccountCertificate
    error: ImagedfError | None


class Fetch:
    """One fetch: the connections, budgets and threads that its accounts and endpoints share."""

    def __init__(self, settings: Settings, wire: Wire, *, clock: Clock, progress: Progress) -> None:
        self.settings = settings
        self._wire = wire
        self._clock = clock
        self._progress = progress
        self._stops: list[threading.Event] = []
        self._called_off = threading.Event()
        self._parsing = parser_limit()
        longest = settings.limits.max_wait_seconds
        self._budgets = {token: Budget(clock, longest) for token in settings.accounts.values()}

    def listing(self, account: str, endpoint: Endpoint) -> Listing:
        """Return one listing, which is read table by table."""
        context, getter = self._getter(account)
        return Listing(context, account, endpoint, getter)

    def body(
        self,
        account: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        scopes: tuple[str, ...] = (),
    ) -> bytes:
        """Return the body of one GET request that is not a listing, with the same retries.

        Raises
        ------
        RequestError
            The API sent no usable response, after all retries.
        PageError
            The body is too large.
        """
        context, getter = self._getter(account)
        with self.workers(1) as executor:
            future = executor.submit(getter.get, path, query or {}, path, scopes)
            # An error here would end the fetch, although the next request may well succeed.
            with suppress(ImagedfError):
                context.result(future)
        return future.result()

    def collect(
        self,
        endpoints: Sequence[Endpoint],
        rows: MakeRows[T],
        accounts: Sequence[str] | None = None,
    ) -> dict[tuple[str, str], Listed[T]]:
        """Collect listings of several accounts at once.

        Parameters
        ----------
        endpoints : sequence of Endpoint
            What to list for each account; their names must differ.
        rows : callable
            Returns the container for the tables of an account (by name) and endpoint.
        accounts : sequence of str, optional
            Default: all accounts of the settings.

        Returns
        -------
        dict
            The results by account and endpoint name, in the order given.
        """
        names = list(accounts or self.settings.accounts)
        drivers = max(1, min(len(names), MOST_REQUESTS // self.settings.max_workers))

        def collect(account: str) -> list[Listed[T]]:
            return self._collect_account(account, endpoints, rows)

        collected = [collect(names[0])] if len(names) == 1 else self._map(drivers, collect, names)
        return {
            (account, one.endpoint.name): one
            for account, listed in zip(names, collected, strict=True)
            for one in listed
        }

    def collect_tables(
        self, endpoints: Sequence[Endpoint], accounts: Sequence[str] | None = None
    ) -> dict[tuple[str, str], Listed[pa.Table]]:
        """Collect listings of several accounts at once, each as an Arrow table."""
        return self.collect(endpoints, TableRows, accounts)

    @contextmanager
    def workers(self, count: int) -> Iterator[ThreadPoolExecutor]:
        """Provide threads; when the block ends early, wake and end them first."""
        executor = ThreadPoolExecutor(count, thread_name_prefix="imagedf")
        try:
            yield executor
        except BaseException:
            self._called_off.set()
            for stop in list(self._stops):
                stop.set()
            self._wire.abort()
            raise
        finally:
            executor.shutdown(wait=True, cancel_futures=True)

    def _getter(self, account: str) -> tuple[Context, Getter]:
        context = Context(self.settings, self._clock, self._progress, self._wire, self._parsing)
        self._stops.append(context.stop)
        # A listing that begins after another failed must not blame the closed connections.
        if self._called_off.is_set():
            context.stop.set()
        token = self.settings.accounts[account]
        return context, Getter(context, token, self._budgets[token])

    def _collect_account(
        self, account: str, endpoints: Sequence[Endpoint], rows: MakeRows[T]
    ) -> list[Listed[T]]:
        with self.workers(self.settings.max_workers) as executor:

            def collect(endpoint: Endpoint) -> Listed[T]:
                return self._collect_listing(account, endpoint, rows, executor)

            if len(endpoints) == 1:
                return [collect(endpoints[0])]
            return self._map(len(endpoints), collect, endpoints)

    def _collect_listing(
        self, account: str, endpoint: Endpoint, rows: MakeRows[T], executor: Executor
    ) -> Listed[T]:
        listing = self.listing(account, endpoint)
        tables = listing.tables(executor)
        collected = rows(account, endpoint)
        for table in tables:
            if isinstance(table, Restart):
                collected = rows(account, endpoint)
            else:
                with self._parsing:
                    collected.add(table)
        if listing.certificate is None:
            raise Stopped
        found = collected.result() if listing.readable else None
        return Listed(endpoint, found, listing.certificate, listing.error)

    def _map(self, threads: int, function: Callable[[V], U], values: Sequence[V]) -> list[U]:
        """Call a function for each value in separate threads; return the results in order."""
        with self.workers(threads) as executor:
            futures = [executor.submit(function, value) for value in values]
            _wait_all(futures)
            return [future.result() for future in futures]


def _wait_all(futures: list[Future[Any]]) -> None:
    """Wait until all are done or one has failed, and raise its error.

    The failure cancels the others, which may be done earlier.
    """
    pending = set(futures)
    while pending:
        done, pending = wait_for(pending, timeout=0.25, return_when="FIRST_EXCEPTION")
        for future in done:
            if not isinstance(future.exception(), Stopped):
                future.result()


@contextmanager
def open_fetch(
    settings: Settings,
    session: requests.Session | None = None,
    *,
    clock: Clock | None = None,
    progress: bool = False,
) -> Iterator[Fetch]:
    """Open the connections, rate budgets and progress bar of one fetch; ``clock`` is for tests."""
    bar = Progress(shown=progress)
    requests_at_once = min(MOST_REQUESTS, settings.max_workers * len(settings.accounts))
    try:
        with open_wire(settings, session, requests_at_once) as wire:
            yield Fetch(settings, wire, clock=clock or Clock(), progress=bar)
    finally:
        bar.close()
