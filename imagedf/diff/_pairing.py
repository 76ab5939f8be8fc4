"""Pair the images of two listings that are the same image.

Images are paired in this order, each with at most one image of the other listing:

1. the same account, id and name;
2. public images with the same account and slug, because a rebuild gives them new ids;
3. the same account and id, if only one image with it is left in either listing.

An image without a partner was added or removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from imagedf.schema import IDENTITY

Rows = np.ndarray[Any, np.dtype[np.intp]]


def paired(before: pd.DataFrame, after: pd.DataFrame) -> tuple[Rows, Rows]:
    """Return the row numbers of each pair; -1 if an image has no partner."""
    partner = np.full(len(before), -1, dtype=np.intp)
    taken = np.zeros(len(after), dtype=bool)
    both = (before, after)
    everything = [np.ones(len(frame), dtype=bool) for frame in both]
    slugs = [frame["public"].fillna(value=False) & frame["slug"].notna() for frame in both]
    ids = [frame["id"].notna() for frame in both]
    for keys, usable in (
        (list(IDENTITY), everything),
        (["account", "slug"], slugs),
        (["account", "id"], ids),
    ):
        left = np.flatnonzero((partner < 0) & np.asarray(usable[0]))
        right = np.flatnonzero(~taken & np.asarray(usable[1]))
        pairs = _unique(before, left, keys).merge(_unique(after, right, keys), on=keys)
        partner[pairs["_row_x"]] = pairs["_row_y"]
        taken[pairs["_row_y"]] = True
    added = np.flatnonzero(~taken)
    left = np.concatenate([np.arange(len(before)), np.full(len(added), -1)])
    return left, np.concatenate([partner, added])


def _unique(frame: pd.DataFrame, rows: Rows, keys: Sequence[str]) -> pd.DataFrame:
    """Return the keys that occur in only one of the rows, with that row."""
    keyed = frame[list(keys)].take(rows).assign(_row=rows)
    return keyed[~keyed.duplicated(list(keys), keep=False)]
