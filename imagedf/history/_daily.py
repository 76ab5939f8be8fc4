"""Total a recorded history by day: with DuckDB if it can read the files, else month by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from imagedf.errors import HistoryError
from imagedf.files import is_object
from imagedf.frame import to_frame
from imagedf.history._dayfile import COST, DAY, read_day_file
from imagedf.history._dayfile import to_frame as days_frame
from imagedf.history._layout import DayFile, month_of
from imagedf.history._open import check_files, relation
from imagedf.schema import HISTORY_SCHEMA
from imagedf.summary import LARGEST_SIZE, summarize

COUNTS = ("images", "unknown_size", "unknown_cost")
FIGURES = (
    "images",
    "size_gigabytes",
    "allocated_gigabytes",
    "unknown_size",
    COST,
    "allocated_cost_usd",
    "unknown_cost",
)
"""The summed measures, in the order of the columns."""

UNKNOWN_IN = {
    "size_gigabytes": "unknown_size",
    "allocated_gigabytes": "unknown_size",
    COST: "unknown_cost",
    "allocated_cost_usd": "unknown_cost",
}
_PARTS = {
    "region": "coalesce(list_distinct(regions), [])",
    "tag": "coalesce(list_distinct(tags), ['(unknown)'])",
}
"""The keys with several values per image, as SQL lists. Unreadable tags are a separate group."""

_ON_DUCKDB = frozenset(HISTORY_SCHEMA.names) - {"regions", "tags", "used_by"} | _PARTS.keys()
_Pairs = set[tuple[date, str]]


def daily_sums(files: Sequence[DayFile], keys: Sequence[str]) -> pd.DataFrame:
    """Return the totals of each day and group in files of a history.

    A recorded day without images is a row of zeros, unless there are keys that would need a
    value for it.

    Raises
    ------
    HistoryError
        A file can't be used.
    """
    local = not any(is_object(file.path) for file in files[:1])
    if local and find_spec("duckdb") and _ON_DUCKDB.issuperset(keys):
        rows = _on_duckdb(files, keys)
        empty = _empty(files, _pairs(rows))
    else:
        rows, empty = _on_pandas(files, keys)
    return _grouped(rows, files, empty, keys)


def _pairs(rows: pd.DataFrame) -> _Pairs:
    """Return the days and accounts that have rows."""
    pairs = rows[[DAY, "account"]].drop_duplicates()
    return set(zip(pairs[DAY].dt.date, pairs["account"], strict=True))


def _on_pandas(files: Sequence[DayFile], keys: Sequence[str]) -> tuple[pd.DataFrame, list[DayFile]]:
    """Total month by month, so that at most one month is in memory."""
    wanted = [DAY, "account", *(key for key in keys if key != "account")]
    sums, empty = [], []
    for month in [list(month) for _, month in groupby(files, key=month_of)] or [[]]:
        tables = [read_day_file(file)[0] for file in month]
        empty += [file for file, table in zip(month, tables, strict=True) if not len(table)]
        sums.append(summarize(days_frame(tables, links=True), wanted))
    rows = pd.concat(sums, ignore_index=True)
    return rows[[*wanted, *(name for name in FIGURES if name in rows)]], empty


def _on_duckdb(files: Sequence[DayFile], keys: Sequence[str]) -> pd.DataFrame:
    """Total in one scan; the files already have one row per image and day."""
    duckdb = import_module("duckdb")
    try:
        return _scanned(duckdb, files, keys, union=False)
    except duckdb.Error:
        # A file lacks a column, which requires reading all footers, or is damaged.
        try:
            return _scanned(duckdb, files, keys, union=True)
        except duckdb.Error as error:
            check_files(files)  # its error names the file
            raise HistoryError(f"DuckDB can't read the history: {error}") from error


def _scanned(
    duckdb: Any, files: Sequence[DayFile], keys: Sequence[str], *, union: bool
) -> pd.DataFrame:
    wanted = list(dict.fromkeys([DAY, "account", *keys]))
    groups = ", ".join(f'"{name}"' for name in wanted)
    parts = [key for key in keys if key in _PARTS]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows = relation(files, connection, union=union)
        for part in parts:
            rows = _exploded(rows, part)
        sums = rows.aggregate(f"{groups}, {_sums(allocated=bool(parts))}", groups)
        return _dated(to_frame(sums.to_arrow_table()))


def _exploded(rows: Any, part: str) -> Any:
    """Return one row per region or tag of an image, and one for an image without any."""
    share = "_share" if "_share" in rows.columns else "1.0"
    kept = "* EXCLUDE (_share)" if "_share" in rows.columns else "*"
    parts = _PARTS[part]
    return rows.project(
        f"{kept}, {share} / greatest(len({parts}), 1) AS _share, "
        f"unnest(CASE WHEN len({parts}) > 0 THEN {parts} ELSE [NULL] END) AS {part}"
    )


def _sums(*, allocated: bool) -> str:
    size, cost = (_known(name) for name in ("size_gigabytes", COST))
    sums = [
        "count(*) AS images",
        f"sum({size}) AS size_gigabytes",
        f"count(*) - count({size}) AS unknown_size",
        f"sum({cost}) AS {COST}",
        f"count(*) - count({cost}) AS unknown_cost",
    ]
    if allocated:
        sums += [
            f"sum({size} * _share) AS allocated_gigabytes",
            f"sum({cost} * _share) AS allocated_cost_usd",
        ]
    return ", ".join(sums)


def _known(name: str) -> str:
    """Return SQL for a measure if known; negative and infinite sizes and costs are unknown."""
    return f"CASE WHEN {name} BETWEEN 0 AND {LARGEST_SIZE} THEN {name} END"


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{DAY: rows[DAY].astype("datetime64[us]")})


def _empty(files: Sequence[DayFile], found: _Pairs) -> list[DayFile]:
    """Return the files without rows.

    A file that has rows, but none of its own day and account, was copied from another place, so
    its rows were counted twice.
    """
    apart = [file for file in files if (file.day, file.account) not in found]
    for file in apart:
        if len(read_day_file(file)[0]):
            raise HistoryError(f"{file.path} changed while it was read; try again")
    if len(files) - len(apart) != len(found):
        check_files(files)
        raise HistoryError("the history changed while it was read; try again")
    return apart


def _grouped(
    rows: pd.DataFrame, files: Sequence[DayFile], empty: Sequence[DayFile], keys: Sequence[str]
) -> pd.DataFrame:
    """Total the accounts by day and key, and count them."""
    if set(keys) <= {"account"}:
        rows = pd.concat([rows, _zeros(empty, rows)], ignore_index=True)
    names = [name for name in FIGURES if name in rows.columns]
    groups = rows.groupby([DAY, *keys], dropna=False, as_index=False)[names].sum()
    for name in names:
        groups[name] = groups[name].astype("int64") if name in COUNTS else groups[name].round(9)
    groups = with_unknown_missing(groups)
    if "account" not in keys:
        counts = groups[DAY].dt.date.map(Counter(file.day for file in files))
        groups.insert(len(keys) + 1, "accounts", counts.astype("int64"))
    return groups.sort_values([DAY, *keys], ignore_index=True)


def _zeros(empty: Sequence[DayFile], rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row of zeros for each day and account without an image."""
    days = np.array([file.day for file in empty], dtype="datetime64[us]")
    zeros = pd.DataFrame({DAY: days, "account": [file.account for file in empty]})
    zeros = zeros.assign(**{name: 0 for name in FIGURES if name in rows.columns})
    return zeros.astype({name: rows[name].dtype for name in zeros.columns})


def with_unknown_missing(groups: pd.DataFrame) -> pd.DataFrame:
    """Blank the sums of groups without any known value: unknown is missing, never 0."""
    changed = {}
    for name, unknown in UNKNOWN_IN.items():
        if {name, unknown} <= set(groups.columns):
            nothing = (groups["images"] > 0) & (groups["images"] == groups[unknown])
            changed[name] = groups[name].mask(nothing)
    return groups.assign(**changed)
