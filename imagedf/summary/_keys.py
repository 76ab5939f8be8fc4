"""The keys of a summary: columns, the parts of an image, and keys computed from its columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import narwhals.stable.v2 as nw

from imagedf._text import did_you_mean, received
from imagedf.errors import FrameError
from imagedf.schema import COST_PREFIX

PARTS = {"region": "regions", "tag": "tags"}
"""The keys of which an image can have several values, and the column with the lists."""

UNKNOWN_TAG = "(unknown)"
"""The group of images whose tags could not be read; no tag may contain parentheses."""

AGE_BANDS: tuple[tuple[str, int], ...] = (
    ("≤1 d", 0),
    ("1–30 d", 1),
    ("30–90 d", 30),
    ("90–365 d", 90),
    (">365 d", 365),
)
"""The label of each age band, and the number of days that its images are older than."""

SOURCES = {"source": "source", "used": "used_by"}
"""The keys that need a column of ``link_images``, and that column."""

_KEY_OF_LIST = {column: key for key, column in PARTS.items()} | {"used_by": "used"}
"""The columns that contain lists, and the key to group by in their place."""

_COMPUTED = ("age", "month")
_FIGURES = (
    "images",
    "size_gigabytes",
    "share",
    "unknown_size",
    "oldest",
    "newest",
    "unknown_cost",
    "allocated_gigabytes",
)
_MONTH_IN_DUCKDB = "strftime(timezone('UTC', created_at), '%Y-%m')"
_MONTH_IN_SPARK = (
    "date_format(date_add(date'1970-01-01', "
    "cast(floor(unix_micros(created_at) / 86400000000) as int)), 'yyyy-MM')"
)


def keys_of(by: str | Sequence[str]) -> list[str]:
    """Return the keys that ``by`` names.

    Raises
    ------
    TypeError, ValueError
        ``by`` is not one or several distinct names, or names a summary column or a list column.
    """
    keys = [by] if isinstance(by, str) or not isinstance(by, Iterable) else list(by)
    if not all(isinstance(key, str) for key in keys):
        raise TypeError(f"by must be a column or a list of columns, not {received(by)}")
    if not keys or len(set(keys)) != len(keys):
        raise ValueError(f"by needs one or more different columns, got {received(by)}")
    for key in keys:
        if key in _KEY_OF_LIST:
            raise ValueError(f"{key} contains lists; group by {_KEY_OF_LIST[key]!r}")
        if key in _FIGURES or key.startswith((COST_PREFIX, "allocated_cost_")):
            raise ValueError(f"{key} is a column of the summary itself; group by another column")
    return keys


def check_keys(keys: Iterable[str], present: Sequence[str]) -> None:
    """Raise unless the frame has the columns that each key needs."""
    for key in keys:
        needed = {key, PARTS.get(key, key), SOURCES.get(key, key)}
        if key in _COMPUTED or needed.intersection(present):
            continue
        if key in SOURCES:
            raise FrameError(
                f"grouping by {key} needs the column {SOURCES[key]}: pass link_images(account), "
                "with the account returned by fetch_account"
            )
        special = [*PARTS, *_COMPUTED, *SOURCES]
        raise FrameError(
            f"{key!r} is not a column to group by{did_you_mean(key, [*present, *special]) or '.'} "
            f"The columns are {', '.join(present)}; also {', '.join(special)}"
        )


def with_use(rows: Any) -> Any:
    """Add the key ``used`` to narwhals rows: yes, no, or unknown."""
    users = nw.col("used_by")
    known = nw.when(users.list.len() > 0).then(nw.lit("yes")).otherwise(nw.lit("no"))
    return rows.with_columns(used=nw.when(users.is_null()).then(nw.lit("unknown")).otherwise(known))


def with_times(rows: Any, keys: Sequence[str], now: datetime) -> Any:
    """Add the keys that are computed from ``created_at``: its age band and its month."""
    if "age" in keys:
        kind = rows.collect_schema()["created_at"]
        plain = kind == nw.Datetime and kind.time_zone is None
        rows = rows.with_columns(age=_age_band(now.replace(tzinfo=None) if plain else now))
    return _with_month(rows) if "month" in keys else rows


def _with_month(rows: Any) -> Any:
    """Add the month in UTC, even if the engine formats times in its session's time zone."""
    created = nw.col("created_at")
    if getattr(rows.collect_schema()["created_at"], "time_zone", None) in (None, "UTC"):
        return rows.with_columns(month=created.dt.to_string("%Y-%m"))
    if rows.implementation.is_duckdb():
        return nw.from_native(rows.to_native().project(f"*, {_MONTH_IN_DUCKDB} as month"))
    if rows.implementation.is_pyspark():
        return nw.from_native(rows.to_native().selectExpr("*", f"{_MONTH_IN_SPARK} as month"))
    return rows.with_columns(month=created.dt.convert_time_zone("UTC").dt.to_string("%Y-%m"))


def _age_band(now: datetime) -> nw.Expr:
    """Return the age band; "older than 90 days" excludes exactly 90 days, as in ``Select``."""
    created = nw.col("created_at")
    label, _ = AGE_BANDS[-1]
    band: Any = nw.when(~created.is_null()).then(nw.lit(label))
    for (label, _), (_, days) in zip(AGE_BANDS[-2::-1], AGE_BANDS[:0:-1], strict=True):
        # Never test for "not older": in pandas a missing time is not older than any other.
        newer = created >= nw.lit(now - timedelta(days=days))
        band = nw.when(newer).then(nw.lit(label)).otherwise(band)
    return band  # type: ignore[no-any-return] # narwhals types a chain of whens as Any
