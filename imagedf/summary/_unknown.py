"""Sums for people: an amount that is known of no image at all is left out, for it is no 0."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from imagedf.schema import cost_column

LARGEST_SIZE = 1e9
"""GB; an exabyte is more than an image can have."""


def known_size(name: str = "size_gigabytes") -> nw.Expr:
    """Return a column of sizes; NaN and sizes that are negative or impossible are missing."""
    size = nw.col(name)
    return nw.when((size >= 0) & (size <= LARGEST_SIZE)).then(size)


_SIDES = {"_before": ("_before",), "_after": ("_after",), "_delta": ("_before", "_after")}
_SIZES = ("size_gigabytes", "gigabytes", "share")


def with_gaps(sums: pd.DataFrame) -> pd.DataFrame:
    """Leave out the amounts that are known of none of a group's images, and differences to them.

    Parameters
    ----------
    sums : pandas.DataFrame
        What ``summarize``, ``totals``, ``growth`` or ``diff_totals`` gave.

    Returns
    -------
    pandas.DataFrame
        The same rows; such sizes, shares and costs are missing.
    """
    result = sums.copy(deep=False)
    for name in map(str, sums.columns):
        suffix = next((one for one in _SIDES if name.endswith(one)), "")
        unknown = _counted_in(name.removesuffix(suffix).removeprefix("allocated_"))
        sides = _SIDES.get(suffix, ("",))
        if unknown and all({f"images{one}", f"{unknown}{one}"} <= set(sums) for one in sides):
            known = np.logical_and.reduce([_is_known(sums, unknown, one) for one in sides])
            result[name] = sums[name].where(known)
    return result


def _counted_in(measure: str) -> str | None:
    """Name the column that counts the images of which a measure is not known."""
    if measure in _SIZES:
        return "unknown_size"
    return "unknown_cost" if cost_column([measure]) else None


def _is_known(sums: pd.DataFrame, unknown: str, side: str) -> pd.Series[bool]:
    images = sums[f"images{side}"]
    return (images == 0) | (images > sums[f"{unknown}{side}"])
