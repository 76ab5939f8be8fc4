"""Add a recorded history up day by day: on DuckDB where that can do it, else month by month."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import narwhals.stable.v2 as nw
import pandas as pd

from imagedf.errors import HistoryError
from imagedf.files.footers import Glance, empty_days, read_footer
from imagedf.frame import to_frame
from imagedf.history.commit import unchanging
from imagedf.history.layout import Part, list_parts, select_parts
from imagedf.history.lazy import glances, relation
from imagedf.history.reading import DAY, read_frame, within
from imagedf.proof import Certificate
from imagedf.schema import STAR_IMAGES
from imagedf.summary import COST_PREFIX, add_up, summarize

_COST = f"{COST_PREFIX}usd"
_COUNTS = ("images", "unknown_size", "unknown_cost")
_MEASURES = ("images", "size_gigabytes", "unknown_size", _COST, "unknown_cost")
_COSTS = (_COST, f"allocated_{_COST}", "unknown_cost")
FIGURES = ("images", "size_gigabytes", "allocated_gigabytes", "unknown_size", *_COSTS)
"""What is added up, in the order of the columns."""

_PLAIN = frozenset(STAR_IMAGES.names) - {"image_key", "tag_count"}
_MADE = {"_unknown_size_gigabytes": "unknown_size", f"_unknown_{_COST}": "unknown_cost"}


def daily_sums(
    root: Path,
    keys: Sequence[str],
    since: date | None,
    until: date | None,
    accounts: Collection[str] | None,
) -> pd.DataFrame:
    """Add up each day, account and group of a history.

    A day on which an account had no image is a row of zeros, unless there are keys that
    would need a value for it.

    Raises
    ------
    HistoryError
        The directory is no history, or has a file that can't be used.
    """
    wanted = [DAY, "account", *(key for key in keys if key != "account")]
    with unchanging(root):
        parts = select_parts(list_parts(root), since, until, accounts)
        files = glances(parts, "images")
        if find_spec("duckdb") and _PLAIN.issuperset(keys):
            sums = [_on_duckdb(root, files, wanted, since, until)]
        else:
            sums = [summarize(read_frame(m, since, until), wanted) for m in _months(parts)]
        seen = zip(parts, files.values(), strict=True)
        empty = [day for part, glance in seen if glance.empty_days for day in _empty(part)]
    days = [(day, account) for day, account in empty if within(day, since, until)]
    return _grouped(sums, _dated(pd.DataFrame(days, columns=[DAY, "account"], dtype="str")), keys)


def _months(parts: Sequence[Part]) -> list[list[Part]]:
    """Give the parts a month at a time, so that no more of them need be in memory."""
    ordered = sorted(parts, key=attrgetter("month"))
    return [list(month) for _, month in groupby(ordered, key=attrgetter("month"))] or [[]]


def _on_duckdb(
    root: Path,
    files: Mapping[Path, Glance],
    wanted: Sequence[str],
    since: date | None,
    until: date | None,
) -> pd.DataFrame:
    """Add up on DuckDB; a history's rows are one an image and day already."""
    duckdb = import_module("duckdb")
    try:
        with duckdb.connect() as connection:
            rows = nw.from_native(relation("images", files, connection))
            if since is not None:
                rows = rows.filter(nw.col(DAY) >= nw.lit(since))
            if until is not None:
                rows = rows.filter(nw.col(DAY) <= nw.lit(until))
            sums = add_up(rows, wanted, _COST).rename(_MADE).select(*wanted, *_MEASURES)
            return to_frame(sums.to_native().to_arrow_table())
    except duckdb.Error as error:
        problem = f"a file of the history {root} can't be read: {error}"
    raise HistoryError(problem)


def _empty(part: Part) -> list[tuple[str, str]]:
    """List the days and the account of a part that were recorded without an image."""
    path = part.path("images")
    days = empty_days(read_footer(path, part.place("images")), path)
    return [
        (day or part.period, Certificate.from_dict(proof).accounts[0].account)
        for day, proof in days.items()
    ]


def _grouped(
    sums: Sequence[pd.DataFrame], empty: pd.DataFrame, keys: Sequence[str]
) -> pd.DataFrame:
    """Add the accounts up by day and key, and count them."""
    rows = pd.concat(sums, ignore_index=True)
    seen = pd.concat([_dated(rows[[DAY, "account"]]), empty], ignore_index=True)
    accounts = seen.groupby(DAY)["account"].nunique(dropna=False).rename("accounts")
    if set(keys) <= {"account"}:
        rows = pd.concat([_dated(rows), empty.assign(images=0)], ignore_index=True)
    rows = _priced(_dated(rows))
    names = [name for name in FIGURES if name in rows.columns]
    groups = rows.groupby([DAY, *keys], dropna=False, as_index=False)[names].sum()
    for name in names:
        groups[name] = groups[name].astype("int64") if name in _COUNTS else groups[name].round(9)
    if "account" not in keys:
        groups.insert(len(keys) + 1, "accounts", groups[DAY].map(accounts).astype("int64"))
    return groups.sort_values([DAY, *keys], ignore_index=True)


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{DAY: pd.to_datetime(rows[DAY]).astype("datetime64[us]")})


def _priced(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop the costs when none is known; where they were not recorded, none is."""
    costs = [name for name in _COSTS if name in rows.columns]
    if not costs:
        return rows
    unknown = rows["unknown_cost"].fillna(rows["images"])
    if (unknown == rows["images"]).all():
        return rows.drop(columns=costs)
    return rows.assign(unknown_cost=unknown)
