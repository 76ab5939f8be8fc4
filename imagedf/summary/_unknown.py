"""Distinguish known sizes from unknown ones."""

from __future__ import annotations

import narwhals.stable.v2 as nw

LARGEST_SIZE = 1e9
"""[GB] An exabyte is more than any image can have."""


def known_size(name: str = "size_gigabytes") -> nw.Expr:
    """Return a column of sizes; NaN, negative and impossible sizes are missing."""
    size = nw.col(name)
    return nw.when((size >= 0) & (size <= LARGEST_SIZE)).then(size)
