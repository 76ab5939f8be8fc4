"""The Arrow tables of an account's endpoints to typed frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from imagedf.errors import PageError
from imagedf.schema import ACCOUNT_FRAMES, Column

_TEXT_DTYPE = pd.StringDtype(na_value=np.nan)
_PLACES: dict[str, tuple[str, ...]] = {
    "region": ("region", "slug"),
    "price_monthly": ("size", "price_monthly"),
    "image_id": ("image", "id"),
}
"""Where a Droplet or volume has a column that is not a field of its own."""


def typed_frame(name: str, parts: Sequence[tuple[str, pa.Table]], **given: Any) -> pd.DataFrame:
    """Return the typed frame of an endpoint.

    Parameters
    ----------
    name : str
        The frame's name, a key of ``ACCOUNT_FRAMES``.
    parts : sequence of (str, pyarrow.Table)
        Accounts with the rows received of them.
    **given : sequence
        Columns that are not in the tables.

    Returns
    -------
    pandas.DataFrame
        All columns, also for no rows.
    """
    columns = ACCOUNT_FRAMES[name]
    read = _READERS.get(name, _plain)
    tables = [table for _, table in parts]
    names = [account for account, table in parts for _ in range(len(table))]
    series = {
        column.name: _series(names if column.name == "account" else given[column.name], column)
        if column.name == "account" or column.name in given
        else _series(_joined([read(table, column) for table in tables], column), column)
        for column in columns
    }
    return pd.DataFrame(series, columns=[column.name for column in columns])


def _joined(arrays: list[pa.ChunkedArray], column: Column) -> pa.ChunkedArray:
    chunks = [chunk for array in arrays for chunk in array.cast(_large(column.arrow)).chunks]
    return pa.chunked_array(chunks, type=_large(column.arrow))


def _large(arrow: pa.DataType) -> pa.DataType:
    return pa.large_string() if arrow == pa.string() else arrow


def _series(values: Any, column: Column) -> pd.Series[Any]:
    """Return a column with its documented dtype; missing lists stay missing."""
    if not isinstance(values, pa.ChunkedArray):
        values = pa.chunked_array([pa.array(values, type=_large(column.arrow))])
    if column.dtype == "object":
        cells = np.fromiter(values.to_pylist(), dtype=object, count=len(values))
        return pd.Series(cells, dtype=object)
    series = pd.Series(values.to_pandas(types_mapper=_NULLABLE.get))
    return series.astype(column.dtype)  # type: ignore[call-overload, no-any-return] # dtype by name


_NULLABLE = {
    pa.large_string(): _TEXT_DTYPE,
    pa.int64(): pd.Int64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def _plain(table: pa.Table, column: Column) -> pa.ChunkedArray:
    """Return a column of a table, or a field of one of its objects."""
    return _field(table, _PLACES.get(column.name, (column.name,)))


def _field(table: pa.Table, place: tuple[str, ...]) -> pa.ChunkedArray:
    found = table.column(place[0])
    if len(place) == 1 or not pa.types.is_struct(found.type):
        return found
    return pc.struct_field(found, place[1])


def _pool(table: pa.Table, column: Column) -> pa.ChunkedArray:
    inside = column.name in ("image", "size", "region")
    return _field(table, ("droplet_template", column.name) if inside else (column.name,))


def _policy(table: pa.Table, column: Column) -> pa.ChunkedArray:
    outside = column.name in ("droplet_id", "backup_enabled")
    return _field(table, (column.name,) if outside else ("backup_policy", column.name))


def _numbered(table: pa.Table, column: Column) -> pa.ChunkedArray:
    """Return ids, which the API writes as text there, as numbers."""
    found = table.column(column.name)
    if column.dtype != "Int64" or found.type == pa.int64():
        return found
    try:
        return found.cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise PageError(
            f"snapshots of Droplets: {column.name} must be a whole number as text ({error!s:.100})",
            field=column.name,
        ) from error


_READERS: dict[str, Callable[[pa.Table, Column], pa.ChunkedArray]] = {
    "autoscale_pools": _pool,
    "backup_policies": _policy,
    "droplet_snapshots": _numbered,
}
