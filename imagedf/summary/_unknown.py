"""Which sizes are known."""

from __future__ import annotations

import narwhals.stable.v2 as nw

LARGEST_SIZE = 1e9
"""GB; an exabyte is more than an image can have."""


def known_size(name: str = "size_gigabytes") -> nw.Expr:
    """Return a column of sizes; NaN and sizes that are negative or impossible are missing."""
    size = nw.col(name)
    return nw.when((size >= 0) & (size <= LARGEST_SIZE)).then(size)
