"""Find the columns of a frame that can be summed, so that each image counts once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from imagedf.frame import is_own
from imagedf.schema import IDENTITY

_PER_IMAGE = ("size_gigabytes", "monthly_cost_", "monthly_savings_")
_PER_GROUP = (*_PER_IMAGE, "images", "unknown_")
_ALLOCATED = "allocated_"
_ONE_GROUP_EACH = frozenset(
    {"type", "distribution", "slug", "public", "status", "created_at", "min_disk_size", "age",
     "region_count", "month", "source", "source_id", "used", "billing_class", "cost_note"}
)  # fmt: skip
"""Keys with one value per image, unlike regions, tags, and the accounts of a public image."""
_OF_BILL = ("items", "size_gigabytes", "monthly_cost_", "unknown_cost")
"""Measures of a bill, whose kinds have no item in common."""


def summed_columns(frame: pd.DataFrame, total: pd.DataFrame | None = None) -> frozenset[str]:
    """Return the columns whose sum over the rows is correct.

    Parameters
    ----------
    frame : pandas.DataFrame
        Images, or a summary.
    total : pandas.DataFrame, optional
        The correct totals in one row: only columns whose sum equals them are returned. Without
        it, only frames that are known to count each image once have such columns.

    Returns
    -------
    frozenset of str
        The names of the columns, without those that have no known value: their sum would be 0
        instead of unknown.
    """
    known = {str(name): column.dropna() for name, column in frame.items()}
    if total is not None:
        sums = ((name, total[name].iloc[0]) for name in known if name in total.columns)
        return frozenset(name for name, right in sums if _equals(known[name], right))
    return frozenset(name for name in _candidates(frame) if len(known[name]))


def _equals(values: pd.Series[Any], right: Any) -> bool:
    numeric = pd.api.types.is_numeric_dtype(values.dtype)
    if not numeric or not len(values) or pd.isna(right):
        return False
    return math.isclose(math.fsum(values), right, rel_tol=1e-9, abs_tol=1e-6)


def _candidates(frame: pd.DataFrame) -> Iterator[str]:
    names = [str(name) for name in frame.columns]
    starts: tuple[str, ...] = ()
    if "snapshot_date" in names:
        return
    if "basis" in names:
        starts = _OF_BILL if {"kind", "items"} <= set(names) else ()
    elif {"id", "name"} <= set(names):
        starts = () if _is_shared(frame) else _of_rows(names)
    elif "images" in names:
        starts = _of_groups(names)
    yield from (name for name in names if name.startswith(starts))


def _of_rows(names: Sequence[str]) -> tuple[str, ...]:
    exploded = "region" in names
    return (_ALLOCATED,) if exploded else _PER_IMAGE


def _of_groups(names: Sequence[str]) -> tuple[str, ...]:
    keys = set(names[: names.index("images")])
    if keys <= _ONE_GROUP_EACH or "series" in keys:
        return _PER_GROUP
    return (_ALLOCATED,) if keys <= {*_ONE_GROUP_EACH, "region", "tag"} else ()


def _is_shared(frame: pd.DataFrame) -> bool:
    """Whether several accounts list one public image, which then has several rows."""
    if not {*IDENTITY, "type", "public"} <= set(frame.columns):
        return False
    others = frame.loc[~is_own(frame), list(IDENTITY)].dropna(subset=["id"]).drop_duplicates()
    return bool(others.duplicated(["id", "name"]).any())
