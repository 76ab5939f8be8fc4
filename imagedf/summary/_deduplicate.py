"""One row an image, whatever the grain of the frame and whatever the engine.

An image is what account, id and name say (and ``snapshot_date`` in a history). Rows that
repeat it are one image; should they differ in a column, its largest known value stands, so
that no order of the rows changes a total.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from imagedf.errors import FrameError, missing_columns
from imagedf.frame import first_rows, identity_in, image_codes, list_array, require, typed
from imagedf.pages import region_rows
from imagedf.schema import IDENTITY

PARTS = {"region": "regions", "tag": "tags"}
"""What an image can have several of: the key, and the column with the lists."""

SHARE = "_share"
"""Of each row the part of its image: one divided by the rows of the image."""


def image_rows_on(frame: Any, columns: Iterable[str], parts: Sequence[str]) -> Any:
    """Return columns with one row an image, or one per image and part of it.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either grain.
    columns : iterable of str
        Columns to keep.
    parts : sequence of str
        ``region`` and ``tag``: one row per value that an image has, and one row with a
        missing value where it has none.

    Returns
    -------
    narwhals.DataFrame or narwhals.LazyFrame
        ``columns``, ``parts``, and with parts also ``SHARE``.

    Raises
    ------
    FrameError
        A needed column is missing or holds text.
    """
    wanted = list(dict.fromkeys(columns))
    rows = rows_of(frame)
    schema = rows.collect_schema()
    _check(schema.names(), wanted, parts)
    _check_kinds(frame, schema, wanted)
    if isinstance(frame, pd.DataFrame):
        return nw.from_native(_on_pandas(frame, wanted, parts))
    return _on_engine(rows, wanted, parts)


def rows_of(frame: Any) -> Any:
    """Return a frame of any engine as narwhals sees it, with one error for what is none."""
    if isinstance(frame, pd.DataFrame):
        require(frame)
    try:
        return nw.from_native(frame)
    except TypeError:
        kind = type(frame).__name__
    raise TypeError(f"expected a pandas, Polars, PyArrow, DuckDB or PySpark frame, got a {kind}")


def _check(present: Sequence[str], columns: Sequence[str], parts: Sequence[str]) -> None:
    needed = [*IDENTITY, *columns]
    needed += [part for part in parts if PARTS[part] not in present]
    if not set(needed) <= set(present):
        raise missing_columns(list(dict.fromkeys(needed)), present)


def _check_kinds(frame: Any, schema: Any, columns: Sequence[str]) -> None:
    """Refuse sizes and times that are text: their sum and minimum would be nonsense."""
    for name in {"size_gigabytes", "created_at"}.intersection(columns):
        if schema[name] in (nw.String, nw.Categorical, nw.Enum, nw.Boolean):
            if isinstance(frame, pd.DataFrame) and frame[name].isna().all():
                continue  # all missing: pandas may have lost the type
            raise FrameError(
                f"column {name} holds {schema[name]}, not {_KINDS[name]}; a CSV file loses the "
                "types, Parquet keeps them"
            )


_KINDS = {"size_gigabytes": "numbers", "created_at": "times"}


def _on_pandas(frame: pd.DataFrame, columns: list[str], parts: Sequence[str]) -> pd.DataFrame:
    for part in parts:
        if part not in frame.columns:
            frame = _exploded(frame, part)
    codes = image_codes(frame)
    firsts = first_rows(codes)
    agreed = {name: _agreed(_measured(frame, name), codes, firsts) for name in columns}
    images = pd.DataFrame(agreed, index=range(len(firsts)))
    return _with_parts(images, frame, codes, parts) if parts else images


def _exploded(frame: pd.DataFrame, part: str) -> pd.DataFrame:
    layout = region_rows(list_array(frame[PARTS[part]]))
    exploded = frame.drop(columns=PARTS[part]).take(layout.parents).reset_index(drop=True)
    exploded[part] = pd.Series(layout.region.to_pandas(), dtype="str")
    return exploded


def _measured(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Return a column; bare objects get their type back, and times are in UTC."""
    column = frame[name]
    if name in _KINDS and column.dtype == object:
        column = typed(frame[[name]])[name]
    zoned = name in _KINDS and isinstance(column.dtype, pd.DatetimeTZDtype)
    return column.dt.tz_convert("UTC") if zoned else column


def _agreed(column: pd.Series[Any], codes: Any, firsts: Any) -> pd.Series[Any]:
    """Return the value of each image: what all its rows say, else the largest of them."""
    if len(firsts) == len(codes):
        return column.reset_index(drop=True)
    values = column.take(firsts).reset_index(drop=True)
    if values.take(codes).reset_index(drop=True).equals(column.reset_index(drop=True)):
        return values
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    try:
        return column.groupby(codes).max().reset_index(drop=True)
    except TypeError as error:
        problem = f"column {column.name} differs between the rows of an image: {error}"
    raise FrameError(problem)


def _with_parts(
    images: pd.DataFrame, frame: pd.DataFrame, codes: Any, parts: Sequence[str]
) -> pd.DataFrame:
    """Repeat each image for the values it has; a missing one counts only when alone."""
    kept = np.ones(len(frame), dtype=bool)
    pairs = codes.astype(np.int64)
    for part in parts:
        values, uniques = pd.factorize(frame[part])
        held = np.bincount(codes, values >= 0, minlength=len(images)) > 0
        kept &= (values >= 0) | ~held[codes]
        pairs = pairs * (len(uniques) + 1) + values + 1
    positions = np.flatnonzero(kept)
    positions = positions[~pd.Series(pairs[positions]).duplicated().to_numpy()]
    owners = codes[positions]
    rows = images.take(owners).reset_index(drop=True)
    for part in parts:
        rows[part] = frame[part].take(positions).reset_index(drop=True)
    rows[SHARE] = 1.0 / np.bincount(owners, minlength=len(images))[owners]
    return rows


def _on_engine(rows: Any, columns: list[str], parts: Sequence[str]) -> Any:
    rows = plain_kinds(rows)
    present = rows.collect_schema().names()
    identity = identity_in(present)
    for part in parts:
        if part not in present:
            rows = _exploded_on(rows, part)
    plain = [name for name in columns if name not in (*identity, *parts)]
    maxima = [nw.col(name).max() for name in plain]
    groups = rows.group_by([*identity, *parts])
    rows = groups.agg(*maxima) if maxima else groups.agg(nw.len().alias(SHARE))
    for part in parts:
        rows = rows.with_columns(_held=nw.col(part).count().over(*identity))
        rows = rows.filter((nw.col("_held") == 0) | ~nw.col(part).is_null())
    if parts:
        rows = rows.with_columns(**{SHARE: 1.0 / nw.len().over(*identity)})
    return rows.select(*columns, *parts, *([SHARE] if parts else []))


def plain_kinds(rows: Any) -> Any:
    """Turn categories into texts, decimals into floats, and NaN into a missing value."""
    kinds = rows.collect_schema()
    texts = [name for name, kind in kinds.items() if kind in (nw.Categorical, nw.Enum)]
    exact = [name for name, kind in kinds.items() if kind == nw.Decimal]
    floats = [name for name, kind in kinds.items() if kind in (nw.Float32, nw.Float64)]
    changes = [
        *(nw.col(name).cast(nw.String) for name in texts),
        *(nw.col(name).cast(nw.Float64) for name in exact),
        *(nw.col(name).fill_nan(None) for name in floats),
    ]
    return rows.with_columns(*changes) if changes else rows


def _exploded_on(rows: Any, part: str) -> Any:
    """Give each part of an image a row; narwhals can't do that for PyArrow."""
    lists = PARTS[part]
    check_lists(rows, lists)
    if rows.implementation.is_pyarrow():
        table = rows.to_native()
        layout = region_rows(list_array(table[lists].to_pylist()))
        exploded = table.drop_columns(lists).take(layout.parents)
        return nw.from_native(exploded.append_column(part, layout.region))
    return rows.explode(lists).rename({lists: part})


def check_lists(rows: Any, name: str) -> None:
    """Raise when a column of lists became text, of which each would count as one value."""
    if rows.collect_schema()[name] == nw.String:
        raise FrameError(
            f"column {name} must contain lists, not text; a CSV file loses the types, Parquet "
            "keeps them"
        )


def sorted_groups(groups: Any, keys: Sequence[str]) -> Any:
    """Sort groups by size, largest first, then by key; those with a missing key last."""
    missing = nw.any_horizontal(*(nw.col(key).is_null() for key in keys), ignore_nulls=False)
    # Sums of the same numbers differ in their last digits with the order of the rows.
    ranked = groups.with_columns(
        _missing=missing.cast(nw.Int8), _size=nw.col("size_gigabytes").round(6)
    )
    order = ["_missing", "_size", *keys]
    down = [False, True, *(False for _ in keys)]
    ranked = ranked.sort(*order, descending=down, nulls_last=True).drop("_missing", "_size")
    return nw.maybe_reset_index(ranked)
