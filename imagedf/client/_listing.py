"""The listing of one endpoint and account: read until it is proven complete, and certified."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagedf._certificates import AccountCertificate, Proof
from imagedf._text import counted
from imagedf.client._bodies import Bodies
from imagedf.client._context import Context
from imagedf.client._endpoint import Endpoint
from imagedf.client._filters import Mismatches
from imagedf.client._readings import Reading, proof_of
from imagedf.client._retry import Getter
from imagedf.client._walk import Walk
from imagedf.errors import AuthenticationError, ImagedfError
from imagedf.pages import count_own

if TYPE_CHECKING:
    import pyarrow as pa

_log = logging.getLogger("imagedf")
_FORBIDDEN = 403


class Restart:
    """Marker in the stream of tables: discard everything so far, the listing restarts."""


RESTART = Restart()


class Listing:
    """The listing of one account; it has a certificate once its tables are exhausted."""

    def __init__(self, context: Context, account: str, endpoint: Endpoint, getter: Getter) -> None:
        self.certificate: AccountCertificate | None = None
        self.error: ImagedfError | None = None
        self.readable: bool = True
        self._context = context
        self._account = account
        self._endpoint = endpoint
        self._getter = getter
        self._mismatches = Mismatches(endpoint.query)
        self._own = 0
        self._readings = 1

    def tables(self, executor: Executor) -> Iterator[pa.Table | Restart]:
        """Request page 1, and return the objects in order, table by table.

        ``RESTART`` means that everything yielded before must be discarded.

        Raises
        ------
        RequestError, PageError
            A page can't be fetched or read, unless ``Settings.partial``.
        """
        query = dict(self._endpoint.query)
        _log.info("%s: fetching %s %s", self._account, self._endpoint.name, query or "")
        bodies = Bodies(self._page)
        return self._read(bodies, self._walk(bodies, executor), executor, self._now())

    def _read(
        self, bodies: Bodies, walk: Walk, executor: Executor, started: str
    ) -> Iterator[pa.Table | Restart]:
        """Yield the objects of one reading after another, until one is proven complete."""
        before: Reading | None = None
        while True:
            yield from self._tables_of(walk)
            proof = self._proof(walk, before)
            if proof or walk.capped or self._has_ended() or self._is_last_reading():
                break
            before = walk.reading
            self._readings += 1
            again = self._fetch_again(walk, bodies, executor)
            if again and bodies.equal(again):
                proof = "read twice"
            if proof or self._has_ended():
                break
            yield RESTART
            bodies = Bodies(self._page, again)
            walk = self._walk(bodies, executor)
        self.certificate = self._certify(walk, proof, started)
        _log.info(
            "%s: received %d %s in %d pages, %s",
            self._account,
            walk.images,
            self._endpoint.shape.key,
            walk.pages,
            counted(self._readings, "reading"),
        )

    def _has_ended(self) -> bool:
        return self.error is not None or not self.readable

    def _is_last_reading(self) -> bool:
        return self._readings >= self._context.settings.limits.readings

    def _tables_of(self, walk: Walk) -> Iterator[pa.Table]:
        self._mismatches, self._own = Mismatches(self._endpoint.query), 0
        try:
            for table in walk.tables():
                self._count(table)
                yield table
        except ImagedfError as error:
            self._fail(error)

    def _fetch_again(self, walk: Walk, bodies: Bodies, executor: Executor) -> dict[int, bytes]:
        """Fetch the pages of a complete reading again; unchanged ones need no parsing."""
        doubtful = walk.total_last is None and walk.duplicates
        if not walk.complete or walk.looked_beyond or doubtful:
            return {}
        try:
            return bodies.fetch_again(self._context, executor)
        except ImagedfError as error:
            self._fail(error)
        return {}

    def _count(self, table: pa.Table) -> None:
        self._mismatches.add(table)
        if self._endpoint.name == "images":
            self._own += count_own(table)

    def _proof(self, walk: Walk, before: Reading | None) -> Proof | None:
        if self._has_ended():
            return None
        verify, twice = self._context.settings.verify, self._endpoint.read_twice
        return proof_of(walk.reading, before, verify, read_twice=twice)

    def _page(self, number: int) -> bytes:
        return self._getter.page(self._endpoint, number)

    def _walk(self, bodies: Bodies, executor: Executor) -> Walk:
        return Walk(self._context, self._endpoint.shape, bodies.get, executor)

    def _fail(self, error: ImagedfError) -> None:
        """Keep an error with the account's name, or raise it; a missing scope may be a result."""
        self._context.stop.set()  # its pending requests are no longer needed
        if (
            self._endpoint.optional
            and isinstance(error, AuthenticationError)
            and error.status == _FORBIDDEN
        ):
            self.readable = False
            return
        message = self._getter.redact(str(error))
        if list(self._context.settings.accounts) != ["default"]:
            message = f"account {self._account}: {message}"
        error.args = (message,)
        if not self._context.settings.partial:
            raise error
        self.error = error

    def _certify(self, walk: Walk, proof: Proof | None, started: str) -> AccountCertificate:
        counts, redact = self._getter.counts, self._getter.redact
        return AccountCertificate(
            account=self._account,
            endpoint=self._endpoint.name,
            filters=dict(self._endpoint.query),
            pages=walk.pages,
            images=walk.images,
            own_images=self._own if self._endpoint.name == "images" else None,
            total_first=walk.total_first,
            total_last=walk.total_last,
            duplicates_dropped=walk.duplicates,
            filter_mismatches=self._mismatches.count,
            readings=self._readings,
            retries=counts.retries,
            waited_seconds=round(counts.waited, 3),
            unknown_fields=tuple(sorted(map(redact, walk.unknown_fields))),
            proof=proof or ("page chain" if walk.total_last is None else "totals"),
            started=started,
            finished=self._now(),
            complete=proof is not None if self.readable else None,
            missing_scopes=() if self.readable else self._endpoint.scopes,
            error=None if proof or not self.readable else self._reason(walk),
        )

    def _reason(self, walk: Walk) -> str | None:
        """Return why the listing is not complete, if more is known than the totals show."""
        if self.error:
            return str(self.error)
        if walk.complete:
            return f"it changed while it was read, in each of {self._readings} readings"
        if walk.fault or self._readings == 1:
            return walk.fault
        return f"none of the {self._readings} readings was complete"

    def _now(self) -> str:
        return datetime.fromtimestamp(self._context.clock.now(), UTC).isoformat(timespec="seconds")
