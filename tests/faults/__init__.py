"""The table of named faults: what the server does, and what a fetch of it gives.

Each is run by test_trust over the sandbox: five images, two in each page. What needs more
than a changed answer is told by the tests themselves, in ``elsewhere``. ``python -m
tests.faults`` prints the table of tests/README.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.bodies import BODIES
from tests.faults.elsewhere import elsewhere
from tests.faults.listings import COMPLETENESS, PAGING
from tests.faults.requests import RETRIES, WAITS

__all__ = ["ON_THE_SANDBOX", "WAITS", "rows"]

ON_THE_SANDBOX = [*COMPLETENESS, *PAGING, *RETRIES, *BODIES]
"""Run as they stand; ``WAITS`` with a clock that needs no time."""


def rows() -> Iterator[str]:
    """Write the table's rows, one a fault."""
    for fault in (*ON_THE_SANDBOX, *WAITS):
        yield f"| {fault.name} | {fault.gives} |"
    for name, gives in sorted(elsewhere().items()):
        yield f"| {name} | {gives} |"
