"""The listing of one endpoint and account: walked until it is complete, and certified."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagedf._certificates import AccountCertificate, Proof
from imagedf._text import counted
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

    def __init__(
        self, context: Context, account: str, endpoint: Endpoint, getter: Getter, *, partial: bool
    ) -> None:
        self.certificate: AccountCertificate | None = None
        self.error: ImagedfError | None = None
        self.readable = True
        self._context = context
        self._account = account
        self._endpoint = endpoint
        self._getter = getter
        self._partial = partial
        self._mismatches = Mismatches(endpoint.query)
        self._own = 0

    def tables(self, executor: Executor) -> Iterator[pa.Table | Restart]:
        """Request page 1, and return the objects in order, table by table.

        ``RESTART`` voids all that was yielded before.

        Raises
        ------
        RequestError, PageError
            A page can't be fetched or read, unless partial listings are wanted.
        """
        query = dict(self._endpoint.query)
        _log.info("%s: fetching %s %s", self._account, self._endpoint.name, query or "")
        return self._read(self._walk(executor), executor, self._now())

    def _read(self, walk: Walk, executor: Executor, started: str) -> Iterator[pa.Table | Restart]:
        before: Reading | None = None
        for number in range(1, self._context.settings.limits.readings + 1):
            if number > 1:
                yield RESTART
                walk = self._walk(executor)
            self._mismatches, self._own = Mismatches(self._endpoint.query), 0
            try:
                for table in walk.tables():
                    self._count(table)
                    yield table
            except ImagedfError as error:
                self._fail(error)
            proof = self._proof(walk, before)
            if proof or walk.capped or self.error or not self.readable:
                break
            before = walk.reading
        self.certificate = self._certify(walk, number, proof, started)
        _log.info(
            "%s: received %d %s in %d pages, %s",
            self._account,
            walk.images,
            self._endpoint.shape.key,
            walk.pages,
            counted(number, "reading"),
        )

    def _count(self, table: pa.Table) -> None:
        self._mismatches.add(table)
        if self._endpoint.name == "images":
            self._own += count_own(table)

    def _proof(self, walk: Walk, before: Reading | None) -> Proof | None:
        if self.error or not self.readable:
            return None
        verify, twice = self._context.settings.verify, self._endpoint.read_twice
        return proof_of(walk.reading, before, verify, read_twice=twice)

    def _walk(self, executor: Executor) -> Walk:
        endpoint, getter = self._endpoint, self._getter
        return Walk(
            self._context, endpoint.shape, lambda number: getter.page(endpoint, number), executor
        )

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
        if not self._partial:
            raise error
        self.error = error

    def _certify(
        self, walk: Walk, readings: int, proof: Proof | None, started: str
    ) -> AccountCertificate:
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
            readings=readings,
            retries=counts.retries,
            waited_seconds=round(counts.waited, 3),
            unknown_fields=tuple(sorted(map(redact, walk.unknown_fields))),
            proof=proof or ("page chain" if walk.total_last is None else "totals"),
            started=started,
            finished=self._now(),
            complete=proof is not None if self.readable else None,
            missing_scopes=() if self.readable else self._endpoint.scopes,
            error=None if proof or not self.readable else self._reason(walk, readings),
        )

    def _reason(self, walk: Walk, readings: int) -> str | None:
        """Return why the listing is not complete, where more is known than the totals show."""
        if self.error:
            return str(self.error)
        if walk.complete:
            return f"it changed while it was read, in each of {readings} readings"
        return walk.fault

    def _now(self) -> str:
        return datetime.fromtimestamp(self._context.clock.now(), UTC).isoformat(timespec="seconds")
