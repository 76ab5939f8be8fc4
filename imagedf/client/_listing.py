"""The listing of one endpoint and account: walked until it is complete, and certified."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from imagedf._certificates import AccountCertificate
from imagedf.client._context import Context
from imagedf.client._endpoint import Endpoint
from imagedf.client._retry import Getter
from imagedf.client._walk import Walk
from imagedf.errors import AuthenticationError, ImagedfError

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
        self._mismatches = 0

    def tables(self, executor: Executor) -> Iterator[pa.Table | Restart]:
        """Yield the objects in order; ``RESTART`` voids all that was yielded before.

        Raises
        ------
        RequestError, PageError
            A page can't be fetched or read, unless partial listings are wanted.
        """
        started = self._now()
        query = dict(self._endpoint.query)
        _log.info("%s: fetching %s %s", self._account, self._endpoint.name, query or "")
        walks = self._context.settings.limits.walks
        for number in range(1, walks + 1):
            if number > 1:
                yield RESTART
            self._mismatches = 0
            walk = self._walk(executor)
            try:
                for table in walk.tables():
                    self._mismatches += _mismatches(table, self._endpoint)
                    yield table
            except ImagedfError as error:
                self._fail(error)
            if walk.complete or walk.capped or self.error or not self.readable:
                break
            _log.info("%s: walk %d was not complete", self._account, number)
        self.certificate = self._certify(walk, number, started)
        _log.info(
            "%s: received %d %s in %d pages",
            self._account,
            walk.images,
            self._endpoint.shape.key,
            walk.pages,
        )

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

    def _certify(self, walk: Walk, walks: int, started: str) -> AccountCertificate:
        counts, redact = self._getter.counts, self._getter.redact
        return AccountCertificate(
            account=self._account,
            endpoint=self._endpoint.name,
            filters=dict(self._endpoint.query),
            pages=walk.pages,
            images=walk.images,
            total_first=walk.total_first,
            total_last=walk.total_last,
            repeats_dropped=walk.repeats,
            filter_mismatches=self._mismatches,
            walks=walks,
            retries=counts.retries,
            waited_seconds=round(counts.waited, 3),
            unknown_fields=tuple(sorted(map(redact, walk.unknown_fields))),
            proof=walk.proof,
            started=started,
            finished=self._now(),
            complete=walk.complete and self.error is None if self.readable else None,
            missing_scopes=() if self.readable else self._endpoint.scopes,
            error=str(self.error) if self.error else walk.fault,
        )

    def _now(self) -> str:
        return datetime.fromtimestamp(self._context.clock.now(), UTC).isoformat(timespec="seconds")


def _mismatches(table: pa.Table, endpoint: Endpoint) -> int:
    """Count objects that contradict the filters, where the object itself tells."""
    wrong = 0
    if endpoint.query.get("private") and "public" in table.column_names:
        wrong += table.column("public").to_pylist().count(True)
    if tag := endpoint.query.get("tag_name", "").lower():
        tagged = (cell for cell in table.column("tags").to_pylist() if cell)
        wrong += sum(all(one.lower() != tag for one in cell) for cell in tagged)
    wanted = endpoint.query.get("resource_type")
    if wanted and "resource_type" in table.column_names:
        kinds = table.column("resource_type").to_pylist()
        wrong += sum(kind not in (None, wanted) for kind in kinds)
    return wrong
