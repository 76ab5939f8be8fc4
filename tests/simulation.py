"""Simulate listings of an account that changes while it is read, and check completeness.

``python -m tests.simulation --schedules N`` runs N random schedules of insertions and
deletions between the requests and prints, by kind of listing, how many ended complete and
how many of those equal no moment of the account. The suite runs a seeded sample.

Time is simulated. A request gets the account's state at a random moment. A reading and the
pages of a chain of links are requested after every earlier response; with totals all pages
of a reading together, otherwise those after page 1, so in any order.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from imagedf.client import IMAGES, Clock, Limits, Restart, Settings, check_settings
from imagedf.client._context import Context
from imagedf.client._listing import Listing
from imagedf.client._progress import Progress
from imagedf.client._retry import Counts
from tests.hostile import TOKEN

ORDERS = ("oldest first", "newest first", "random")
STATED = ("totals", "last link", "next links")
_CHANCES = (0.02, 0.1, 0.3, 0.6)


class Kind(NamedTuple):
    """A kind of listing: its order, what its pages state, and how it is verified."""

    order: str
    stated: str
    verify: str


KINDS = tuple(
    Kind(order, stated, verify)
    for order in ORDERS
    for stated in STATED
    for verify in ("auto", "totals")
)


@dataclass
class Account:
    """Images in the listing's order, at every moment so far."""

    source: random.Random
    order: str
    chance: float
    states: list[tuple[int, ...]] = field(default_factory=list)
    _next: int = 0

    def __post_init__(self) -> None:
        count = self.source.randint(0, 24)
        self._next = count
        self.states.append(tuple(range(count)))

    def at(self, moment: int) -> tuple[int, ...]:
        """Return the images at a moment."""
        while len(self.states) <= moment:
            self.states.append(self._changed(list(self.states[-1])))
        return self.states[moment]

    def _changed(self, images: list[int]) -> tuple[int, ...]:
        if self.source.random() < self.chance:
            for change in self.source.choice(((True,), (False,), (True, False), (False, True))):
                self._insert(images) if change else self._delete(images)
        return tuple(images)

    def _insert(self, images: list[int]) -> None:
        place = {
            "oldest first": len(images),
            "newest first": 0,
            "random": self.source.randint(0, len(images)),
        }[self.order]
        images.insert(place, self._next)
        self._next += 1

    def _delete(self, images: list[int]) -> None:
        if images:
            del images[self.source.randrange(len(images))]


class Server(Executor):
    """An executor that responds to requests for pages, at moments determined by a seed."""

    def __init__(self, account: Account, stated: str, per_page: int) -> None:
        self.now = 0
        self._account = account
        self._stated = stated
        self._per_page = per_page
        self._after = 0

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Respond immediately; only the simulated moment matters."""
        future: Future[Any] = Future()
        future.set_result(function(*args, **kwargs))
        return future

    def page(self, _endpoint: object, number: int) -> bytes:
        """Return a page as of some moment after those responses that were awaited."""
        if number == 1 or self._stated == "next links":
            self._after = self.now
        moment = self._after + self._account.source.randint(0, 6)
        self.now = max(self.now, moment)
        if number == 1 and self._stated != "totals":
            self._after = self.now
        return self._body(self._account.at(moment), number)

    def _body(self, images: tuple[int, ...], number: int) -> bytes:
        start, end = (number - 1) * self._per_page, number * self._per_page
        last = max(1, -(-len(images) // self._per_page))
        pages = {"next": f"?page={number + 1}"} if number < last else {}
        body: dict[str, Any] = {
            "images": [{"id": one, "name": f"image {one}"} for one in images[start:end]],
            "links": {"pages": pages},
        }
        if self._stated == "totals":
            body["meta"] = {"total": len(images)}
        elif self._stated == "last link" and pages:
            pages["last"] = f"?page={last}"
        return json.dumps(body).encode()


class Getter:
    """Stands in for the requests of one listing."""

    def __init__(self, server: Server) -> None:
        self.counts = Counts()
        self.page = server.page

    def redact(self, text: str) -> str:
        """Return the text: there is no token to hide."""
        return text


class Outcome(NamedTuple):
    """How one schedule ended."""

    complete: bool
    true: bool
    readings: int
    pages: int


def settings_for(verify: str, readings: int = 5) -> Settings:
    return check_settings(
        token=TOKEN, accounts=None, type=None, private=None, tag_name=None,
        base_url="http://127.0.0.1:9", per_page=200, max_workers=4, timeout=5, max_retries=0,
        limits=Limits(readings=readings), verify=verify,  # type: ignore[arg-type] # one of KINDS
    )  # fmt: skip


def run(kind: Kind, seed: int) -> Outcome:
    """Read one changing account, and compare the result with every moment of it."""
    source = random.Random(f"{kind} {seed}")
    account = Account(source, kind.order, source.choice(_CHANCES))
    server = Server(account, kind.stated, source.randint(1, 7))
    unused: Any = None
    context = Context(settings_for(kind.verify), Clock(), Progress(shown=False), unused)
    getter: Any = Getter(server)
    listing = Listing(context, "default", IMAGES, getter)
    received: list[int] = []
    for table in listing.tables(server):
        if isinstance(table, Restart):
            received.clear()
        else:
            received += table.column("id").to_pylist()
    assert listing.certificate is not None
    moments = {tuple(sorted(state)) for state in account.states[: server.now + 1]}
    return Outcome(
        bool(listing.certificate.complete),
        tuple(sorted(received)) in moments,
        listing.certificate.readings,
        listing.certificate.pages,
    )


def tally(kind: Kind, seeds: range) -> Counter[str]:
    """Count how the schedules of one kind ended."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        outcome = run(kind, seed)
        counts["schedules"] += 1
        counts["complete"] += outcome.complete
        counts["wrong"] += outcome.complete and not outcome.true
        counts["several readings"] += outcome.readings > 1
        counts["several pages"] += outcome.pages > 1
    return counts


def main(arguments: list[str] | None = None) -> int:
    """Run schedules of every kind; return 1 if one with totals, read twice, was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--schedules", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    each = -(-options.schedules // len(KINDS))
    start, failed = time.monotonic(), 0
    print("order, pages state, verify: schedules, several pages, complete, wrong")
    for kind in KINDS:
        counts = tally(kind, range(options.seed, options.seed + each))
        numbers = ("schedules", "several pages", "complete", "wrong")
        print(f"{', '.join(kind)}: " + ", ".join(f"{counts[name]:,}" for name in numbers))
        if kind.stated == "totals" and kind.verify == "auto":
            failed += counts["wrong"]
    print(f"{each * len(KINDS):,} schedules in {time.monotonic() - start:,.0f} s")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
