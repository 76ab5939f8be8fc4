"""Compute the totals of two listings by account and type, and the difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from imagedf.cost import exact_sum
from imagedf.diff._pairing import Rows, paired
from imagedf.summary import known_sizes

_SIZE = "size_gigabytes"
_Amounts = np.ndarray[Any, np.dtype[np.float64]]


def total_changes(before: pd.DataFrame, after: pd.DataFrame, cost: str) -> pd.DataFrame:
    """Total two priced listings by account and type."""
    left, right = paired(before, after)
    groups, old, new = _groups(before, after)
    result = groups.copy()
    counts = [np.bincount(side, minlength=len(groups)) for side in (old, new)]
    _add(result, "images", counts)
    for name, unknown in ((_SIZE, "unknown_size"), (cost, "unknown_cost")):
        sides = list(zip((before[name], after[name]), (old, new), strict=True))
        sums = [_sums(known_sizes(column), codes, len(groups)) for column, codes in sides]
        change = deltas(before[name], after[name], left, right)
        contributions = _contributions(change, before[name], after[name], (old, new), (left, right))
        _add(result, name, sums, _sums(*contributions, len(groups)))
        missing = [
            np.bincount(codes, np.isnan(known_sizes(column)), minlength=len(groups)).astype(
                np.int64
            )
            for column, codes in sides
        ]
        _add(result, unknown, missing)
    return result.sort_values(["account", "type"], ignore_index=True)


def deltas(before: Any, after: Any, left: Rows, right: Rows) -> _Amounts:
    """Return the difference for each pair; it is missing if either side is unknown.

    An image that was added or removed counts in full.
    """
    amounts_before, amounts_after = (
        _amounts_at(known_sizes(column), rows) for column, rows in ((before, left), (after, right))
    )
    change: _Amounts = np.round(amounts_after - amounts_before, 9)
    return change


def _amounts_at(amounts: _Amounts, rows: Rows) -> _Amounts:
    if not len(amounts):
        return np.zeros(len(rows))
    taken: _Amounts = np.where(rows < 0, 0.0, amounts[rows])
    return taken


def _groups(before: pd.DataFrame, after: pd.DataFrame) -> tuple[pd.DataFrame, Rows, Rows]:
    """Return the accounts and types of both listings, and the group number of each row."""
    keys = pd.concat([frame[["account", "type"]] for frame in (before, after)], ignore_index=True)
    grouped = keys.groupby(["account", "type"], dropna=False, sort=False)
    codes = np.asarray(grouped.ngroup(), dtype=np.intp)
    groups = keys.drop_duplicates(ignore_index=True).astype("str")
    return groups, codes[: len(before)], codes[len(before) :]


def _contributions(
    change: _Amounts, before: Any, after: Any, codes: tuple[Rows, Rows], pairs: tuple[Rows, Rows]
) -> tuple[_Amounts, Rows]:
    """Return the contributions of the images to the differences, and the group of each.

    An image whose type changed leaves one group and joins another.
    """
    left, right = pairs
    old = np.where(left < 0, -1, codes[0][left] if len(codes[0]) else -1)
    new = np.where(right < 0, -1, codes[1][right] if len(codes[1]) else -1)
    apart = (old >= 0) & (new >= 0) & (old != new)
    unknown = np.where(np.isnan(change[apart]), np.nan, 0.0)
    subtracted = unknown - _amounts_at(known_sizes(before), left[apart])
    added = unknown + _amounts_at(known_sizes(after), right[apart])
    same = np.where(new < 0, old, new)[~apart]
    amounts = np.concatenate([change[~apart], subtracted, added])
    return amounts, np.concatenate([same, old[apart], new[apart]])


def _sums(amounts: _Amounts, codes: Rows, groups: int) -> _Amounts:
    """Sum amounts exactly by group; a group with amounts of which none is known is missing."""
    sums = np.zeros(groups)
    for group in np.unique(codes):
        rows = amounts[codes == group]
        known = rows[~np.isnan(rows)]
        sums[group] = float(exact_sum(known)) if len(known) else np.nan
    return sums


def _add(result: pd.DataFrame, name: str, sides: list[Any], delta: Any = None) -> None:
    """Add the columns of a measure; by default, the delta is the difference of both sides."""
    change = sides[1] - sides[0] if delta is None else delta
    for part, values in zip(("before", "after", "delta"), (*sides, change), strict=True):
        result[f"{name}_{part}"] = values
