"""What proves a listing complete: one reading, or two successive readings that agree.

Reading page by page can miss an image when one is deleted and another created between two
requests while every total stays the same. Two agreeing readings with a constant total
rule that out: every object of the first reading was still there in the second, and hence when
the last response of the first arrived, and the total shows that there was nothing else.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from imagedf._certificates import Proof
from imagedf.pages import Members

Verify = Literal["auto", "twice", "totals"]
_MOST_PAGES = 50
"""Longer listings rely on totals unless ``verify="twice"``: reading them again is expensive."""


class Reading(NamedTuple):
    """One reading of a listing, and whether it is complete by itself."""

    complete: bool
    pages: int
    total: int | None
    dropped: int
    members: Members
    single: bool

    def agrees_with(self, other: Reading) -> bool:
        """Check that two readings found the same listing."""
        if not (self.complete and other.complete) or self.total != other.total:
            return False
        if self.total is not None:
            return self.members.multiset == other.members.multiset
        # Without a total, only the order shows that nothing moved between two pages.
        without_duplicates = not self.dropped and not other.dropped
        return without_duplicates and self.members.sequence == other.members.sequence


def proof_of(
    reading: Reading, before: Reading | None, verify: Verify, *, read_twice: bool
) -> Proof | None:
    """Return what proves a listing complete; None if it must be read again."""
    if not reading.complete:
        return None
    if reading.single:
        return "one page"
    twice = verify == "twice" or (
        verify == "auto" and read_twice and 1 < reading.pages <= _MOST_PAGES
    )
    if not twice:
        return "page chain" if reading.total is None else "totals"
    return "read twice" if before and reading.agrees_with(before) else None
