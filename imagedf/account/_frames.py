"""Convert the Arrow tables of an account's endpoints to typed frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from imagedf.errors import PageError
from imagedf.frame import to_frame
from imagedf.schema import ACCOUNT_FRAMES, TEXT, Column

if TYPE_CHECKING:
    import pandas as pd

_PLACES: dict[str, tuple[str, ...]] = {
    "region": ("region", "slug"),
    "price_monthly": ("size", "price_monthly"),
    "image_id": ("image", "id"),
}
"""The path to a column of a Droplet or volume that is a nested field."""


def typed_frame(name: str, parts: Sequence[tuple[str, pa.Table]], **given: Any) -> pd.DataFrame:
    """Return the typed frame of an endpoint.

    Parameters
    ----------
    name : str
        The frame's name, a key of ``ACCOUNT_FRAMES``.
    parts : sequence of (str, pyarrow.Table)
        Each account with its rows.
    **given : sequence
        Columns that are not in the tables.

    Returns
    -------
    pandas.DataFrame
        All columns, even without rows.
    """
    read = _READERS.get(name, _plain)
    names = [account for account, table in parts for _ in range(len(table))]
    given = {"account": names, **given}
    columns = {
        column.name: pa.array(given[column.name], type=_in_memory(column))
        if column.name in given
        else _joined([read(table, column) for _, table in parts], _in_memory(column))
        for column in ACCOUNT_FRAMES[name]
    }
    return to_frame(pa.table(columns))


def _in_memory(column: Column) -> pa.DataType:
    return TEXT if column.arrow == pa.string() else column.arrow


def _joined(arrays: list[pa.ChunkedArray], arrow: pa.DataType) -> pa.ChunkedArray:
    chunks = [chunk for array in arrays for chunk in array.cast(arrow).chunks]
    return pa.chunked_array(chunks, type=arrow)


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
    """Convert ids, which this endpoint returns as text, to numbers."""
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
