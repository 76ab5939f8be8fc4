"""Group images and add them up, each image once, on the engine that holds the frame.

Written once on narwhals: pandas, Polars, PyArrow, DuckDB and PySpark frames are
taken and come back as the same kind. Nothing is collected on a lazy engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import narwhals.stable.v2 as nw

from imagedf.frame import as_of
from imagedf.schema import COST_PREFIX, cost_column
from imagedf.summary._deduplicate import PARTS, SHARE, image_rows_on, rows_of, sorted_groups

AGE_BANDS: tuple[tuple[str, int], ...] = (
    ("<1 d", 0),
    ("1–30 d", 1),
    ("30–90 d", 30),
    ("90–365 d", 90),
    (">365 d", 365),
)
"""Label of each age band, and the age in days at which it begins."""


_DIGITS = 9
"""Sums are rounded to the byte, so that no order of the rows and no engine shows in them."""

_MONTH_IN_DUCKDB = "strftime(timezone('UTC', created_at), '%Y-%m')"
_MONTH_IN_SPARK = (
    "date_format(date_add(date'1970-01-01', "
    "cast(floor(unix_micros(created_at) / 86400000000) as int)), 'yyyy-MM')"
)

_SIZE = "size_gigabytes"
_MADE = ("images", _SIZE, "allocated_gigabytes", "share", "unknown_size", "oldest", "newest")
Frame = TypeVar("Frame")


def summarize(frame: Frame, by: str | Sequence[str], *, now: datetime | None = None) -> Frame:
    """Add images up by group, each image once.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either grain, with ``account``, ``id``, ``name``, ``size_gigabytes``,
        ``created_at`` and the columns of ``by``. A frame with ``snapshot_date`` is a
        history: an image counts once a day there, so name ``snapshot_date`` in ``by``.
    by : str or list of str
        A column, or several. Also ``region`` and ``tag`` (one group per value that an
        image has), ``age`` (bands by ``created_at``) and ``month`` (of ``created_at``,
        ``YYYY-MM`` in UTC).
    now : datetime, optional
        The moment that ages refer to; default when the frame was fetched, or now.

    Returns
    -------
    frame of the same kind
        One row per group: the key columns, ``images``, ``size_gigabytes`` [GB, known sizes],
        ``share`` (0 to 1, of the whole frame's GB), ``unknown_size`` (images), ``oldest`` and
        ``newest`` [UTC]. By region or tag, ``size_gigabytes`` is what is present in each
        group and ``allocated_gigabytes`` is added, which adds up to the total. With the
        columns of ``estimate_cost``: also the monthly cost and ``unknown_cost`` (images).
        Sorted by size, largest first, then by key; groups with a missing key stand last.

    Raises
    ------
    ValueError
        ``by`` names no column, one twice, a column of lists, or one that a summary makes.
    TypeError
        ``by`` holds what is no text, or ``now`` is no datetime.
    FrameError
        A needed column is missing or holds text.

    See Also
    --------
    totals : The same figures for the whole frame.
    estimate_cost : Adds the cost columns.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.summarize(frame, ["type", "status"])[["type", "images", "size_gigabytes"]]
           type  images  size_gigabytes
    0  snapshot       5           11.72
    1    custom       1            2.34
    """
    keys = _keys_of(by)
    cost = _cost_of(frame)
    parts = [key for key in PARTS if key in keys]
    made = {"age", "month", *parts}
    plain = [key for key in keys if key not in made]
    rows = image_rows_on(frame, [*plain, *_measures(cost)], parts)
    rows = _with_times(rows, keys, as_of(frame, now))
    groups = add_up(rows, keys, cost, allocated=bool(parts))
    total = nw.col(_allocated(_SIZE) if parts else _SIZE).sum().round(_DIGITS)
    return sorted_groups(_with_share(groups, total, keys, cost), keys).to_native()  # type: ignore[no-any-return] # same kind


def totals(frame: Frame) -> Frame:
    """Add up the whole frame, each image once.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        As for ``summarize``.

    Returns
    -------
    frame of the same kind
        One row: ``images``, ``size_gigabytes`` [GB, known sizes], ``share`` (of the frame, so
        1), ``unknown_size`` (images), ``oldest`` and ``newest`` [UTC]; with the columns of
        ``estimate_cost`` also the monthly cost and ``unknown_cost`` (images).

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    summarize : The same by group.
    total_size : Just the GB.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.totals(frame)[["images", "size_gigabytes", "unknown_size"]]
       images  size_gigabytes  unknown_size
    0       6           14.06             0
    """
    cost = _cost_of(frame)
    rows = image_rows_on(frame, _measures(cost), [])
    sums = add_up(rows, [], cost, allocated=False)
    return _with_share(sums, nw.col(_SIZE), [], cost).to_native()  # type: ignore[no-any-return] # same kind


def total_size(frame: Any) -> float:
    """Return the size of all images together in GB, each image once; unknown sizes add 0.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        As for ``summarize``. A lazy frame is computed.

    Returns
    -------
    float
        GB, as DigitalOcean counts them.

    Raises
    ------
    FrameError
        A needed column is missing.

    See Also
    --------
    totals : With the number of images and of unknown sizes.

    Examples
    --------
    >>> import imagedf
    >>> round(imagedf.total_size(imagedf.read_images("data/documented_page.json")), 2)
    14.06
    """
    rows = image_rows_on(frame, [_SIZE], []).select(nw.col(_SIZE).sum().round(_DIGITS))
    eager = rows.collect() if isinstance(rows, nw.LazyFrame) else rows
    return float(eager[_SIZE][0] or 0.0)


def words_of(measure: str) -> tuple[str, str]:
    """Name a measure and its unit as people say them."""
    allocated = "allocated " if measure.startswith("allocated_") else ""
    plain = measure.removeprefix("allocated_")
    if plain in ("size_gigabytes", "gigabytes"):
        return f"{allocated}size", " GB"
    if plain.startswith(COST_PREFIX):
        return f"{allocated}known cost", f" {plain.removeprefix(COST_PREFIX).upper()} a month"
    return measure, ""


def _keys_of(by: str | Sequence[str]) -> list[str]:
    keys = [by] if isinstance(by, str) or not isinstance(by, Iterable) else list(by)
    if not all(isinstance(key, str) for key in keys):
        raise TypeError(f"by must be a column or a list of columns, not {by!r:.60}")
    if not keys or len(set(keys)) != len(keys):
        raise ValueError(f"by needs one or more different columns, got {by!r}")
    for key in keys:
        if key in PARTS.values():
            raise ValueError(f"{key} holds lists; {key[:-1]!r} gives one group per value in them")
        if key in _MADE or key.startswith(COST_PREFIX):
            raise ValueError(f"a summary makes a column {key} itself; group by another name")
    return keys


def _cost_of(frame: Any) -> str | None:
    return cost_column(rows_of(frame).collect_schema().names())


def _measures(cost: str | None) -> list[str]:
    return [_SIZE, "created_at", *([cost] if cost else [])]


def _allocated(name: str) -> str:
    return "allocated_gigabytes" if name == _SIZE else f"allocated_{name}"


def _with_times(rows: Any, keys: Sequence[str], now: datetime) -> Any:
    """Add the keys that come from ``created_at``: its age band and its month."""
    if "age" in keys:
        kind = rows.collect_schema()["created_at"]
        plain = kind == nw.Datetime and kind.time_zone is None
        rows = rows.with_columns(age=_age_band(now.replace(tzinfo=None) if plain else now))
    return _with_month(rows) if "month" in keys else rows


def _with_month(rows: Any) -> Any:
    """Add the month in UTC, also where the engine writes times in the zone of its session."""
    created = nw.col("created_at")
    if getattr(rows.collect_schema()["created_at"], "time_zone", None) in (None, "UTC"):
        return rows.with_columns(month=created.dt.to_string("%Y-%m"))
    if rows.implementation.is_duckdb():
        return nw.from_native(rows.to_native().project(f"*, {_MONTH_IN_DUCKDB} as month"))
    if rows.implementation.is_pyspark():
        return nw.from_native(rows.to_native().selectExpr("*", f"{_MONTH_IN_SPARK} as month"))
    return rows.with_columns(month=created.dt.convert_time_zone("UTC").dt.to_string("%Y-%m"))


def _age_band(now: datetime) -> nw.Expr:
    created = nw.col("created_at")
    label, _ = AGE_BANDS[-1]
    band: Any = nw.when(~created.is_null()).then(nw.lit(label))
    for (label, _), (_, days) in zip(AGE_BANDS[-2::-1], AGE_BANDS[:0:-1], strict=True):
        # An age of just 365 days is in 90–365; the other bands begin with their day.
        edge = nw.lit(now - timedelta(days=days))
        # Never by "not older": in pandas a missing time is not older than any.
        newer = created >= edge if days == AGE_BANDS[-1][1] else created > edge
        band = nw.when(newer).then(nw.lit(label)).otherwise(band)
    return band  # type: ignore[no-any-return] # narwhals types a chain of whens as Any


def add_up(
    rows: Any,
    keys: Sequence[str],
    cost: str | None,
    *,
    allocated: bool = False,
    counted: Sequence[str] = (),
) -> Any:
    """Add up narwhals rows, one an image already, by group; without keys, all rows.

    Unknown amounts are counted in ``_unknown_<amount>``, and the known values of the columns
    ``counted`` in ``_known_<column>``.
    """
    amounts = [_SIZE, *([cost] if cost else [])]
    rows = rows.with_columns(
        **{f"_unknown_{name}": nw.col(name).is_null().cast(nw.Int64) for name in amounts}
    )
    if allocated:
        rows = rows.with_columns(
            **{_allocated(name): nw.col(name) * nw.col(SHARE) for name in amounts}
        )
    added = [*amounts, *(_allocated(name) for name in amounts if allocated)]
    sums = [nw.col(name).sum() for name in added]
    sums += [nw.col(f"_unknown_{name}").sum() for name in amounts]
    times = [nw.col("created_at").min().alias("oldest"), nw.col("created_at").max().alias("newest")]
    known = [nw.col(name).count().alias(f"_known_{name}") for name in counted]
    every = [nw.len().alias("images"), *sums, *times, *known]
    if keys:
        groups = rows.group_by(list(keys)).agg(*every)
    else:
        groups = _with_zone(rows.select(*every), rows.collect_schema()["created_at"])
    # Left alone, Polars counts in 32 bits and DuckDB adds whole numbers up in 128.
    counts = ["images", *(f"_unknown_{name}" for name in amounts)]
    return groups.with_columns(
        *(nw.col(name).cast(nw.Int64) for name in counts),
        *(nw.col(name).round(_DIGITS) for name in added),
    )


def _with_zone(sums: Any, kind: Any) -> Any:
    """Give ``oldest`` and ``newest`` the type of the times: pandas' minimum of none has lost it."""
    lost = [name for name in ("oldest", "newest") if sums.collect_schema()[name] != kind]
    if not lost or kind != nw.Datetime:
        return sums
    times = {name: nw.col(name).cast(nw.Datetime(kind.time_unit)) for name in lost}
    if kind.time_zone:
        times = {name: time.dt.replace_time_zone(kind.time_zone) for name, time in times.items()}
    return sums.with_columns(**times)


def _with_share(groups: Any, total: Any, keys: Sequence[str], cost: str | None) -> Any:
    """Add the share of the whole, and put the columns in their documented order."""
    names = groups.collect_schema().names()
    share = nw.when(total > 0).then(nw.col(_SIZE) / total)
    costs = [cost, _allocated(cost), "unknown_cost"] if cost else []
    groups = groups.with_columns(
        share=share,
        unknown_size=nw.col(f"_unknown_{_SIZE}"),
        **({"unknown_cost": nw.col(f"_unknown_{cost}")} if cost else {}),
    )
    ordered = [*keys, "images", _SIZE, _allocated(_SIZE), "share", "unknown_size", "oldest"]
    made = {*names, "share", "unknown_size", "unknown_cost"}
    return groups.select(*(name for name in [*ordered, "newest", *costs] if name in made))
