"""Sum one row per image by group; an amount that is unknown for a whole group is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from imagedf.schema import COST_PREFIX
from imagedf.summary._pandas import SHARE
from imagedf.summary._unknown import known_size

SIZE = "size_gigabytes"
DIGITS = 9
"""Sums are rounded to the byte, so that they depend neither on row order nor on the engine."""

_BILLION = 1e9


def add_up(
    rows: Any,
    keys: Sequence[str],
    cost: str | None,
    *,
    allocated: bool = False,
    counted: Sequence[str] = (),
) -> Any:
    """Sum narwhals rows, already one per image, by group; without keys, sum all rows.

    A sum without any known amount is missing. ``_unknown_<amount>`` counts the unknown amounts,
    and ``_known_<column>`` the known values of the columns in ``counted``.
    """
    amounts = [SIZE, *([cost] if cost else [])]
    rows = _with_measures(rows, amounts, allocated=allocated)
    shared = [allocated_name(name) for name in amounts if allocated]
    sums = [nw.col(name).sum() for name in (*amounts, *shared)]
    sums += [nw.col(f"_unknown_{name}").sum() for name in amounts]
    times = [nw.col("created_at").min().alias("oldest"), nw.col("created_at").max().alias("newest")]
    known = [nw.col(name).count().alias(f"_known_{name}") for name in counted]
    every = [nw.len().alias("images"), *sums, *times, *known]
    if keys:
        groups = rows.group_by(list(keys)).agg(*every)
    else:
        groups = _with_zone(rows.select(*every), rows.collect_schema()["created_at"])
    # By default, Polars counts in 32 bits and DuckDB sums whole numbers in 128 bits.
    counts = ["images", *(f"_unknown_{name}" for name in amounts)]
    groups = groups.with_columns(*(nw.col(name).cast(nw.Int64) for name in counts))
    # Divide by a column: Polars rounds twice when dividing by a constant, so 3e8 / 1e9 isn't 0.3.
    billion = nw.col("images") * 0.0 + _BILLION
    return groups.with_columns(
        *(_if_known(name, nw.col(name) / billion) for name in amounts),
        *(
            _if_known(name, nw.col(allocated_name(name)).round(DIGITS))
            for name in amounts
            if shared
        ),
    )


def allocated_name(amount: str) -> str:
    """Return the name of the column with an amount divided evenly over an image's parts."""
    if amount == SIZE:
        return "allocated_gigabytes"
    return f"allocated_cost_{amount.removeprefix(COST_PREFIX)}"


def _with_measures(rows: Any, amounts: Sequence[str], *, allocated: bool) -> Any:
    rows = rows.with_columns(**{SIZE: known_size()})
    measures = {f"_unknown_{name}": nw.col(name).is_null().cast(nw.Int64) for name in amounts}
    if allocated:
        measures |= {allocated_name(name): nw.col(name) * nw.col(SHARE) for name in amounts}
    # In billionths, so that floats add up exactly: whole numbers up to 9e15 are exact.
    measures |= {name: (nw.col(name) * _BILLION).round(0) for name in amounts}
    return rows.with_columns(**measures)


def _if_known(amount: str, total: nw.Expr) -> nw.Expr:
    known = (nw.col("images") > nw.col(f"_unknown_{amount}")) | (nw.col("images") == 0)
    return nw.when(known).then(total)


def _with_zone(sums: Any, kind: Any) -> Any:
    """Cast ``oldest`` and ``newest`` to the type of the times, which an empty minimum loses."""
    lost = [name for name in ("oldest", "newest") if sums.collect_schema()[name] != kind]
    if not lost or kind != nw.Datetime:
        return sums
    times = {name: nw.col(name).cast(nw.Datetime(kind.time_unit)) for name in lost}
    if kind.time_zone:
        times = {name: time.dt.replace_time_zone(kind.time_zone) for name, time in times.items()}
    return sums.with_columns(**times)
