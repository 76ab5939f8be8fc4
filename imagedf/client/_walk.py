"""Read a listing once, page by page, and check whether it is complete. No network here.

The rules:

1. The server decides how many pages there are: by the total and the length of page 1, else
   by the link to the last page, else by the chain of next links. It may lower ``per_page``.
2. The other pages are fetched together, and processed in order.
3. A duplicate is dropped only if both id and name equal those of an earlier image: four images
   of the documented page share one id.
4. A complete reading has the same total on all pages, equal to the number of objects. Without
   totals, the chain of pages must end by itself, in a page without a next one. If a page has no
   links at all, the page beyond it is requested and must contain nothing new.
5. An incomplete reading may be due to a change during it, so the listing is read again, unless
   it has more pages than the cap.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING

from imagedf.client._context import Context
from imagedf.client._readings import Reading
from imagedf.errors import ImagedfError, PageError, RequestError
from imagedf.pages import GROUP, Batch, Duplicates, Page, Shape, parse_pages

if TYPE_CHECKING:
    import pyarrow as pa

_PATIENCE = 3
_NO_SUCH_PAGE = (404, 422)


class Walk:
    """One walk over all pages; ``fault`` and the counts are final after the last table."""

    def __init__(
        self,
        context: Context,
        shape: Shape,
        get: Callable[[int], bytes],
        executor: Executor,
    ) -> None:
        self.pages = 0
        self.images = 0
        self.total_first: int | None = None
        self.total_last: int | None = None
        self.unknown_fields: set[str] = set()
        self.fault: str | None = None
        self.capped = False
        self._shape = shape
        self._get = get
        self._executor = executor
        self._result = context.result
        self._parsing = context.parsing
        self._ahead = 2 * context.settings.max_workers + GROUP
        self._max_pages = context.settings.limits.max_pages
        self._progress = context.progress
        self._duplicates = Duplicates(shape)
        self._last = Page(0, 0, None, None, None, linked=False)
        self._totals: set[int] = set()
        self._idle = 0
        self.looked_beyond = False
        # Page 1 is in flight while the caller imports what it needs for the tables.
        self._first = executor.submit(get, 1)

    def tables(self) -> Iterator[pa.Table]:
        """Yield the objects of a few pages at a time, in order, without duplicates."""
        first = self._parse([self._result(self._first)], [1])
        yield self._keep(first)
        self.total_first = first.pages[0].total
        planned = self._plan(first.pages[0])
        self._progress.planned(min(planned, self._max_pages))
        if planned > self._max_pages:
            self._cap()
            return
        yield from self._rest(range(2, planned + 1))
        yield from self._chain()
        while self._unmarked and not self.fault and (images := self._beyond()) is not None:
            yield images
            yield from self._chain()
        self._check()

    def _check(self) -> None:
        """Look for signs that the listing changed during the walk."""
        if self.fault:
            return
        if len(self._totals) > 1:
            low, high = min(self._totals), max(self._totals)
            self.fault = f"its total changed from {low:,} to {high:,}"
        elif self._duplicates.changed:
            self.fault = f"one {self._shape.noun} was on two pages with different values"

    @property
    def _unmarked(self) -> bool:
        """True if the last page gives no hint that it is the last."""
        return not self._totals and not self._last.linked and self._last.rows > 0

    def _beyond(self) -> pa.Table | None:
        """Return the objects of the page beyond the last one; None if there is nothing new."""
        if self.pages >= self._max_pages:
            self._cap()
            return None
        self.looked_beyond = True
        before = self.pages, self._duplicates.dropped, self._last
        number = self._last.number + 1
        try:
            images = self._keep(self._parse([self._fetch(number)], [number]))
        except RequestError as error:
            if error.status in _NO_SUCH_PAGE:
                return None
            raise
        if not len(images):
            self.pages, self._duplicates.dropped, self._last = (
                before  # it is not part of the listing
            )
            return None
        return images

    def _cap(self) -> None:
        self.capped = True
        self.fault = f"it has more than max_pages ({self._max_pages:,}) pages"

    def _plan(self, page: Page) -> int:
        """Return the number of pages that page 1 indicates."""
        if page.total is not None and page.rows:
            return max(1, -(-page.total // page.rows))
        return page.last or 1

    def _rest(self, numbers: Sequence[int]) -> Iterator[pa.Table]:
        """Fetch pages together, some ahead of the page being read; keep their order."""
        waiting = iter(numbers)
        flying: deque[Future[bytes]] = deque()
        for group in _groups(numbers):
            bodies: list[bytes] = []
            failure = None
            try:
                for _ in group:
                    for number in waiting:
                        flying.append(self._executor.submit(self._get, number))
                        if len(flying) >= self._ahead:
                            break
                    bodies.append(self._result(flying.popleft()))
            except ImagedfError as error:
                failure = error
            if bodies:
                yield from self._read(bodies, group[: len(bodies)])
            if failure:
                raise failure

    def _read(self, bodies: Sequence[bytes], numbers: Sequence[int]) -> Iterator[pa.Table]:
        """Yield the objects of pages; those before a page that can't be read come first."""
        try:
            batch = self._parse(bodies, numbers)
        except PageError as error:
            sound = numbers.index(error.page) if error.page in numbers else 0
            if sound:
                yield self._keep(self._parse(bodies[:sound], numbers[:sound]))
            raise
        yield self._keep(batch)

    def _chain(self) -> Iterator[pa.Table]:
        """Follow next links beyond the planned pages, until nothing new follows."""
        while self._last.next is not None:
            if self._idle and (self.proven or self._idle >= _PATIENCE):
                break
            if self._last.next <= self._last.number:
                break
            if self.pages >= self._max_pages:
                self._cap()
                return
            number = self._last.number + 1  # a link may skip a page
            yield self._keep(self._parse([self._fetch(number)], [number]))
        if self._last.next is not None and not self.proven:
            self.fault = (
                f"page {self._last.number} has a next page ({self._last.next}), but "
                "following that link returns nothing new"
            )

    @property
    def duplicates(self) -> int:
        """The number of objects dropped because they were listed before."""
        return self._duplicates.dropped

    @property
    def proven(self) -> bool:
        """Whether all totals equal the number of objects."""
        return self._totals == {self.images}

    @property
    def complete(self) -> bool:
        """Whether the walk found the complete listing, as far as one walk can tell."""
        return self.fault is None and (self.proven or not self._totals)

    @property
    def reading(self) -> Reading:
        """The walk's result, to compare with another walk."""
        return Reading(
            complete=self.complete,
            pages=self.pages,
            total=self.total_last,
            dropped=self.duplicates,
            members=self._duplicates.members,
            single=self.pages == 1 and not self.looked_beyond,
        )

    def _fetch(self, number: int) -> bytes:
        return self._result(self._executor.submit(self._get, number))

    def _parse(self, bodies: Sequence[bytes], numbers: Sequence[int]) -> Batch:
        with self._parsing:
            batch = parse_pages(bodies, numbers, self._shape)
        self.pages += len(batch.pages)
        self._last = batch.pages[-1]
        totals = [page.total for page in batch.pages if page.total is not None]
        self._totals.update(totals)
        self.total_last = totals[-1] if totals else self.total_last
        self.unknown_fields |= batch.unknown_fields
        self._progress.arrived(len(batch.pages))
        return batch

    def _keep(self, batch: Batch) -> pa.Table:
        """Drop duplicates, and count."""
        with self._parsing:
            images = self._duplicates.without(batch)
        self.images += len(images)
        self._idle = 0 if len(images) else self._idle + 1
        return images


def _groups(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut pages into even groups, at least two, so that the first is parsed while others arrive."""
    groups = max(2, -(-len(numbers) // GROUP))
    size = max(1, -(-len(numbers) // groups))
    return (numbers[start : start + size] for start in range(0, len(numbers), size))
