"""The table of named faults: what the server does, and the result of a fetch.

test_trust runs each fault with the sandbox: five images, two per page. Faults that need more than
a changed response are declared by other tests, with ``elsewhere``. ``python -m tests.faults``
prints the table in tests/README.md.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.bodies import BODIES
from tests.faults.elsewhere import elsewhere
from tests.faults.listings import COMPLETENESS, PAGING
from tests.faults.requests import RETRIES, WAITS

__all__ = ["ON_THE_SANDBOX", "WAITS", "rows"]

ON_THE_SANDBOX = [*COMPLETENESS, *PAGING, *RETRIES, *BODIES]
"""Faults that run as is; those in ``WAITS`` run with a clock that never waits."""


def rows() -> Iterator[str]:
    """Yield the rows of the table, one per fault."""
    for fault in (*ON_THE_SANDBOX, *WAITS):
        yield f"| {fault.name} | {fault.gives} |"
    for name, gives in sorted(elsewhere().items()):
        yield f"| {name} | {gives} |"
