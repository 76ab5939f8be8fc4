"""Choose the bars of a summary: the groups to show, and those to combine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from imagedf._text import MISSING, received
from imagedf.charts._style import label_of

TOP = 12


class Group(NamedTuple):
    """One bar: its label, and the rows of the summary that it shows."""

    label: str
    rows: list[int]
    kind: Literal["group", "other", "missing"] = "group"


def check_top(top: int, most: int | None = None) -> int:
    """Return the number of groups to show; raise unless it is a whole number from 1 to ``most``."""
    if not isinstance(top, int) or isinstance(top, bool) or top < 1 or (most and top > most):
        limits = f"from 1 to {most}" if most else "of at least 1"
        raise ValueError(f"top must be a whole number {limits}, not {received(top)}")
    return top


def ranked(summary: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return groups sorted by a measure, largest first; equal ones keep their order."""
    return summary.sort_values(column, ascending=False, kind="stable", ignore_index=True)


def groups_of(summary: pd.DataFrame, keys: Sequence[str], top: int = TOP) -> list[Group]:
    """Return the bars: the first groups, the others combined, and the missing key."""
    names = summary[list(keys)]
    is_missing = names.isna().any(axis=1).to_numpy()
    known, missing = np.flatnonzero(~is_missing).tolist(), np.flatnonzero(is_missing).tolist()
    first, rest = known[:top], known[top:]
    rows = names.iloc[first].itertuples(index=False)
    groups = [Group(label_of(cells), [at]) for at, cells in zip(first, rows, strict=True)]
    if rest:
        groups.append(Group(f"other ({len(rest):,})", rest, "other"))
    if missing:
        groups.append(Group(MISSING, missing, "missing"))
    return groups


def amounts_of(summary: pd.DataFrame, groups: Iterable[Group], column: str) -> list[float | None]:
    """Return the sum of a column for each bar; None if nothing is known."""
    values = summary[column].to_numpy(dtype=np.float64, na_value=np.nan)
    sums = (pd.Series(values[group.rows]).sum(min_count=1) for group in groups)
    return [None if np.isnan(total) else float(total) for total in sums]


def leader(groups: Sequence[Group], amounts: Sequence[float | None]) -> int | None:
    """Return the largest bar that is a single group or the missing key; None if all are 0."""
    lengths = [
        0.0 if group.kind == "other" else amount or 0.0
        for group, amount in zip(groups, amounts, strict=True)
    ]
    return lengths.index(max(lengths)) if max(lengths, default=0.0) > 0 else None
