"""Whole listings: walks repeated until one is complete, for one account or for several."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from imagedf._certificates import AccountCertificate, Certificate
from imagedf.client._budget import Budget, Clock, Stopped
from imagedf.client._progress import Progress
from imagedf.client._retry import Pages
from imagedf.client._settings import Settings
from imagedf.client._transport import Wire, open_wire
from imagedf.client._walk import Walk
from imagedf.errors import ImagedfError
from imagedf.pages import explode_images

if TYPE_CHECKING:
    import pyarrow as pa

    from imagedf.frame import GrowingFrame

_log = logging.getLogger("imagedf")


class Restart:
    """Said in place of a table: forget what came before, the listing is walked again."""


RESTART = Restart()


@dataclass(frozen=True, slots=True)
class Listed:
    """What one account brought."""

    rows: GrowingFrame
    certificate: AccountCertificate
    error: ImagedfError | None


class Listing:
    """The listing of one account; its certificate is there when the tables are through."""

    def __init__(
        self,
        account: str,
        pages: Pages,
        settings: Settings,
        *,
        stop: threading.Event,
        clock: Clock,
        progress: Progress,
        partial: bool,
    ) -> None:
        self.certificate: AccountCertificate | None = None
        self.error: ImagedfError | None = None
        self._account = account
        self._pages = pages
        self._settings = settings
        self._stop = stop
        self._clock = clock
        self._progress = progress
        self._partial = partial
        self._mismatches = 0

    def tables(self, executor: ThreadPoolExecutor) -> Iterator[pa.Table | Restart]:
        """Yield the images exploded, in order; ``RESTART`` voids all that came before.

        Raises
        ------
        RequestError, PageError
            A page could not be had or read, unless partial listings are wanted.
        """
        started = self._now()
        filters = dict(self._settings.filters)
        _log.info("%s: fetching %s", self._account, filters or "all images")
        walks = self._settings.limits.walks
        for number in range(1, walks + 1):
            if number > 1:
                yield RESTART
            self._mismatches = 0
            walk = self._walk(executor)
            try:
                for images in walk.tables():
                    self._mismatches += _mismatches(images, self._settings)
                    yield explode_images(images, self._account)
            except ImagedfError as error:
                self._fail(error)
            if walk.complete or walk.capped or self.error:
                break
            _log.info("%s: walk %d was not complete", self._account, number)
        self.certificate = self._certify(walk, number, started)
        _log.info("%s: %d images in %d pages came", self._account, walk.images, walk.pages)

    def _walk(self, executor: ThreadPoolExecutor) -> Walk:
        return Walk(
            self._pages.get,
            executor,
            workers=self._settings.max_workers,
            max_pages=self._settings.limits.max_pages,
            planned=self._progress.planned,
            arrived=self._progress.arrived,
        )

    def _fail(self, error: ImagedfError) -> None:
        """Name the account in an error, and keep it or pass it on."""
        message = self._pages.redact(str(error))
        if list(self._settings.accounts) != ["default"]:
            message = f"account {self._account}: {message}"
        error.args = (message,)
        if not self._partial:
            raise error
        self.error = error
        self._stop.set()  # what its other pages still wait for is of no use

    def _certify(self, walk: Walk, walks: int, started: str) -> AccountCertificate:
        return AccountCertificate(
            account=self._account,
            filters=dict(self._settings.filters),
            pages=walk.pages,
            images=walk.images,
            total_first=walk.total_first,
            total_last=walk.total_last,
            repeats_dropped=walk.repeats,
            filter_mismatches=self._mismatches,
            walks=walks,
            retries=self._pages.counts.retries,
            waited_seconds=round(self._pages.counts.waited, 3),
            unknown_fields=tuple(sorted(map(self._pages.redact, walk.unknown_fields))),
            proof=walk.proof,
            started=started,
            finished=self._now(),
            complete=walk.complete and self.error is None,
            error=str(self.error) if self.error else walk.fault,
        )

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="seconds")


def _mismatches(images: pa.Table, settings: Settings) -> int:
    """Count images that contradict the filters, where that can be told from the image."""
    wrong = 0
    if "private" in settings.filters:
        wrong += images.column("public").to_pylist().count(True)
    if tag := settings.filters.get("tag_name", "").lower():
        tagged = (cell for cell in images.column("tags").to_pylist() if cell)
        wrong += sum(all(one.lower() != tag for one in cell) for cell in tagged)
    return wrong


class Fetch:
    """One fetch over one wire: what its accounts share, and what ends with it."""

    def __init__(
        self, settings: Settings, wire: Wire, *, clock: Clock, progress: Progress, partial: bool
    ) -> None:
        self._stops = {account: threading.Event() for account in settings.accounts}
        self._settings = settings
        self._wire = wire
        self._clock = clock
        self._progress = progress
        self._partial = partial
        longest = settings.limits.max_wait_seconds
        self._budgets = {token: Budget(clock, longest) for token in settings.accounts.values()}

    def listing(self, account: str) -> Listing:
        """Make the listing of one account."""
        token = self._settings.accounts[account]
        pages = Pages(
            self._wire,
            token,
            self._budgets[token],
            self._settings,
            clock=self._clock,
            stop=self._stops[account],
            waiting=self._progress.waiting,
        )
        return Listing(
            account,
            pages,
            self._settings,
            stop=self._stops[account],
            clock=self._clock,
            progress=self._progress,
            partial=self._partial,
        )

    @contextmanager
    def workers(self, count: int) -> Iterator[ThreadPoolExecutor]:
        """Give threads; when the block ends early, wake and end them first."""
        executor = ThreadPoolExecutor(count, thread_name_prefix="imagedf")
        try:
            yield executor
        except BaseException:
            for stop in self._stops.values():
                stop.set()
            self._wire.abort()
            raise
        finally:
            executor.shutdown(wait=True, cancel_futures=True)

    def collect(self, account: str) -> Listed:
        """Collect one account's listing in memory."""
        from imagedf.frame import GrowingFrame

        listing = self.listing(account)
        rows = GrowingFrame()
        with self.workers(self._settings.max_workers) as executor:
            for table in listing.tables(executor):
                if isinstance(table, Restart):
                    rows = GrowingFrame()
                else:
                    rows.add(table)
        if listing.certificate is None:
            raise Stopped
        return Listed(rows, listing.certificate, listing.error)

    def collect_all(self) -> list[Listed]:
        """Collect every account at once, in the order in which they were given."""
        accounts = list(self._settings.accounts)
        if len(accounts) == 1:
            return [self.collect(accounts[0])]
        with self.workers(len(accounts)) as executor:
            futures = [executor.submit(self.collect, account) for account in accounts]
            _wait_all(futures)
            return [future.result() for future in futures]


def _wait_all(futures: list[Future[Any]]) -> None:
    """Wait until all are done or one failed, and raise what it raised.

    The others are called off by that failure, and may be done before it.
    """
    pending = set(futures)
    while pending:
        done, pending = wait_for(pending, timeout=0.25, return_when="FIRST_COMPLETED")
        for future in done:
            if not isinstance(future.exception(), Stopped):
                future.result()


@contextmanager
def open_fetch(
    settings: Settings, session: Any, clock: Clock, *, shown: bool, partial: bool
) -> Iterator[Fetch]:
    """Open the wire, the accounts' common ground and the progress bar of one fetch."""
    progress = Progress(shown=shown)
    workers = settings.max_workers * len(settings.accounts)
    try:
        with open_wire(settings, session, workers) as wire:
            yield Fetch(settings, wire, clock=clock, progress=progress, partial=partial)
    finally:
        progress.close()


def joined(listed: list[Listed]) -> tuple[GrowingFrame, Certificate]:
    """Join what the accounts brought, in order."""
    rows = listed[0].rows
    for one in listed[1:]:
        rows.extend(one.rows)
    return rows, Certificate(tuple(one.certificate for one in listed))
