"""Add a recorded history up day by day: on DuckDB where that can do it, else month by month."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from imagedf._certificates import Certificate
from imagedf.errors import HistoryError
from imagedf.files import Glance, empty_days, read_footer, safe_name
from imagedf.frame import to_frame
from imagedf.history._commit import unchanging
from imagedf.history._layout import Part, list_parts, select_parts
from imagedf.history._open import glances, relation
from imagedf.history._read import DAY, read_frame, read_tables, within
from imagedf.schema import COST_PREFIX, STAR_IMAGES
from imagedf.summary import add_up, allocated_name, summarize

_COST = f"{COST_PREFIX}usd"
_COUNTS = ("images", "unknown_size", "unknown_cost")
_MEASURES = ("images", "size_gigabytes", "unknown_size", _COST, "unknown_cost")
_COSTS = (_COST, allocated_name(_COST), "unknown_cost")
FIGURES = ("images", "size_gigabytes", "allocated_gigabytes", "unknown_size", *_COSTS)
"""What is added up, in the order of the columns."""

_PLAIN = frozenset(STAR_IMAGES.names) - {"image_key", "tag_count"}
_MADE = {
    "_unknown_size_gigabytes": "unknown_size",
    f"_unknown_{_COST}": "unknown_cost",
    "_known_billing_class": "priced",
}


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
    with unchanging(root):
        parts = select_parts(list_parts(root), since, until, accounts)
        try:
            return _added_up(root, parts, keys, since, until)
        except HistoryError:
            for part in parts:
                read_tables(part)  # its error names the file
            raise


def _added_up(
    root: Path,
    parts: Sequence[Part],
    keys: Sequence[str],
    since: date | None,
    until: date | None,
) -> pd.DataFrame:
    files = glances(parts, "images")
    if find_spec("duckdb") and _PLAIN.issuperset(keys):
        sums, seen = _on_duckdb(root, parts, files, keys, (since, until))
    else:
        sums, seen = _on_pandas(parts, keys, since, until)
    looked = zip(parts, files.values(), strict=True)
    empty = [day for part, glance in looked if glance.empty_days for day in _empty(part)]
    days = [(day, account) for day, account in empty if within(day, since, until)]
    return _grouped(sums, seen, _days(days), keys)


def _on_pandas(
    parts: Sequence[Part], keys: Sequence[str], since: date | None, until: date | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add up month by month; give the sums, and the accounts of each day."""
    wanted = [DAY, "account", *(key for key in keys if key != "account")]
    months = []
    for month in _months(parts):
        frame = read_frame(month, since, until)
        # A month that was recorded without costs has no columns for them.
        whole = frame.reindex(columns=[*dict.fromkeys([*frame, *_PLAIN.intersection(keys)])])
        months.append(summarize(whole, wanted))
    sums = pd.concat(months, ignore_index=True)
    return sums, _in_files(sums[[DAY, "account"]])


def _months(parts: Sequence[Part]) -> list[list[Part]]:
    """Give the parts a month at a time, so that no more of them need be in memory."""
    ordered = sorted(parts, key=attrgetter("month"))
    return [list(month) for _, month in groupby(ordered, key=attrgetter("month"))] or [[]]


def _on_duckdb(
    root: Path,
    parts: Sequence[Part],
    files: Mapping[Path, Glance],
    keys: Sequence[str],
    span: tuple[date | None, date | None],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add up on DuckDB, a history's rows being one an image and day already; as on pandas.

    The place of a day's file tells its account and day. Only for a month's file are the
    rows asked which accounts each day has.
    """
    duckdb = import_module("duckdb")
    placed = [(part.period, part.account) for part in parts if not part.merged]
    looked = zip(parts, files.items(), strict=True)
    months = dict(file for part, file in looked if part.merged)
    wanted = [DAY, *keys]
    try:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            rows = _between(relation("images", files, connection), *span)
            sums = add_up(rows, wanted, _COST, counted=["billing_class"]).rename(_MADE)
            sums = sums.select(*wanted, *_MEASURES, "priced")
            held = _between(relation("images", months, connection), *span)
            found = held.group_by(DAY, "account").agg(nw.len())
            added, seen = (to_frame(each.to_native().to_arrow_table()) for each in (sums, found))
    except duckdb.Error as error:
        problem = f"a file of the history {root} can't be read: {error}"
    else:
        # Costs that were never recorded are no column; those that are not known are one.
        if not added.pop("priced").any():
            added = added.drop(columns=[_COST, "unknown_cost"])
        return added, pd.concat([_days(placed), _in_files(seen)], ignore_index=True)
    raise HistoryError(problem)


def _between(relation: Any, since: date | None, until: date | None) -> Any:
    rows = nw.from_native(relation)
    if since is not None:
        rows = rows.filter(nw.col(DAY) >= nw.lit(since))
    if until is not None:
        rows = rows.filter(nw.col(DAY) <= nw.lit(until))
    return rows


def _empty(part: Part) -> list[tuple[str, str]]:
    """List the days and the account of a part that were recorded without an image."""
    path = part.path("images")
    days = empty_days(read_footer(path, part.place("images")), path)
    return [
        (day or part.period, Certificate.from_dict(proof).accounts[0].account)
        for day, proof in days.items()
    ]


def _grouped(
    rows: pd.DataFrame, seen: pd.DataFrame, empty: pd.DataFrame, keys: Sequence[str]
) -> pd.DataFrame:
    """Add the accounts up by day and key, and count them."""
    seen = pd.concat([seen, _in_files(empty)], ignore_index=True)
    accounts = seen.groupby(DAY)["account"].nunique()
    if set(keys) <= {"account"}:
        rows = pd.concat([_dated(rows), empty.assign(images=0)], ignore_index=True)
    rows = _counted(_dated(rows))
    names = [name for name in FIGURES if name in rows.columns]
    groups = rows.groupby([DAY, *keys], dropna=False, as_index=False)[names].sum()
    for name in names:
        groups[name] = groups[name].astype("int64") if name in _COUNTS else groups[name].round(9)
    if "account" not in keys:
        counts = groups[DAY].map(accounts)
        if counts.hasnans:
            days = ", ".join(str(day.date()) for day in groups[DAY][counts.isna()].unique()[:3])
            raise HistoryError(f"a file holds {days}, which is not the day of its folder")
        groups.insert(len(keys) + 1, "accounts", counts.astype("int64"))
    return groups.sort_values([DAY, *keys], ignore_index=True)


def _in_files(seen: pd.DataFrame) -> pd.DataFrame:
    """Call accounts as the names of their files do."""
    names = {name: safe_name(name) for name in seen["account"].unique()}
    return _dated(seen.assign(account=seen["account"].map(names).astype("str")))


def _days(days: Sequence[tuple[str, str]]) -> pd.DataFrame:
    return _dated(pd.DataFrame(days, columns=[DAY, "account"], dtype="str"))


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{DAY: pd.to_datetime(rows[DAY]).astype("datetime64[us]")})


def _counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Where costs were not recorded, the cost of no image is known."""
    if "unknown_cost" not in rows.columns:
        return rows
    return rows.assign(unknown_cost=rows["unknown_cost"].fillna(rows["images"]))
