"""The settings and resources that all parts of one listing share."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from typing import TypeVar

from imagedf.client._budget import Clock
from imagedf.client._progress import Progress
from imagedf.client._settings import Settings
from imagedf.client._transport import Wire

_SLICE = 0.25
_PARSED_AT_ONCE = 2
"""More would mostly wait for each other: parsing consists of many short calls of Arrow."""
_T = TypeVar("_T")


def parser_limit() -> threading.Semaphore:
    """Return the limit that the listings of one fetch share."""
    return threading.Semaphore(_PARSED_AT_ONCE)


@dataclass(frozen=True, slots=True)
class Context:
    """Settings, clock, progress and connections of a fetch, and the event that ends a listing.

    ``parsing`` limits how many listings of the fetch are parsed at once.
    """

    settings: Settings
    clock: Clock
    progress: Progress
    wire: Wire
    parsing: threading.Semaphore = field(default_factory=parser_limit)
    stop: threading.Event = field(default_factory=threading.Event)

    def result(self, future: Future[_T]) -> _T:
        """Wait for a response in short steps, so that Ctrl-C works and late requests are ended."""
        while not wait_for([future], timeout=_SLICE).done:
            self.wire.expire()
        return future.result()
