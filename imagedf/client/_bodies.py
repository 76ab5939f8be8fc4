"""The response bodies of one reading; a second reading with equal bodies needs no parsing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor

from imagedf.client._context import Context

_MOST_PAGES, _MOST_BYTES = 50, 64 * 1024 * 1024
"""Bytes that a second reading may keep until compared: enough for a listing read twice."""


class Bodies:
    """Fetches the pages of one reading, and keeps a hash of each body."""

    def __init__(
        self, fetch: Callable[[int], bytes], fetched: Mapping[int, bytes] | None = None
    ) -> None:
        self._fetch = fetch
        self._fetched = dict(fetched or {})
        self._hashes: dict[int, int] = {}
        self._size = 0

    def get(self, number: int) -> bytes:
        """Return the body of a page, which may have been fetched already."""
        body = self._fetched.pop(number, None)
        body = self._fetch(number) if body is None else body
        self._hashes[number] = hash(body)
        self._size += len(body)
        return body

    def fetch_again(self, context: Context, executor: Executor) -> dict[int, bytes]:
        """Fetch all pages again at once; return none if they are too many to keep."""
        if len(self._hashes) > _MOST_PAGES or self._size > _MOST_BYTES:
            return {}
        futures = {number: executor.submit(self._fetch, number) for number in sorted(self._hashes)}
        context.progress.planned(len(futures))
        return {number: context.result(future) for number, future in futures.items()}

    def equal(self, bodies: Mapping[int, bytes]) -> bool:
        """Check whether these are the same bodies."""
        return self._hashes == {number: hash(body) for number, body in bodies.items()}
