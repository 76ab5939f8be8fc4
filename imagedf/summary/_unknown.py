"""Distinguish known sizes from unknown ones."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

LARGEST_SIZE = 1e9
"""[GB] An exabyte is more than any image can have."""


def known_size(name: str = "size_gigabytes") -> nw.Expr:
    """Return a column of sizes; NaN, negative and impossible sizes are missing."""
    size = nw.col(name)
    return nw.when((size >= 0) & (size <= LARGEST_SIZE)).then(size)


def known_sizes(sizes: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the sizes of a pandas column; unknown, negative and impossible ones are NaN."""
    given = sizes.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where((given >= 0) & (given <= LARGEST_SIZE), given, np.nan)
