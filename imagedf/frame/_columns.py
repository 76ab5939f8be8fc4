"""Convert Arrow tables to the typed columns of a frame, table by table.

Each value is written once: numbers go into growing memory that the frame takes over, strings
stay in the chunks they arrived in, and lists are created at the end.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.schema import ROWS_SCHEMA, TIMESTAMP

_SHORT_LISTS = 8
"""Lists shorter than this are cut by length; nearly all images have so few tags and regions."""
_TEXT = pd.StringDtype(na_value=np.nan)
PANDAS_TYPES = {pa.string(): _TEXT, pa.large_string(): _TEXT}
"""The pandas dtypes of Arrow's string types."""
_NUMBERS: dict[pa.DataType, str] = {
    pa.int64(): "int64",
    pa.bool_(): "bool",
    pa.float64(): "float64",
    TIMESTAMP: "datetime64[us]",
}


Cells = np.ndarray[Any, np.dtype[np.object_]]
Positions = np.ndarray[Any, np.dtype[np.intp]]


class GrowingFrame:
    """Rows that arrive table by table, all of one schema, and become a frame."""

    def __init__(self, schema: pa.Schema = ROWS_SCHEMA) -> None:
        self._names = schema.names
        self._columns = {field.name: _column(field.type) for field in schema}

    def add(self, table: pa.Table) -> None:
        """Add the rows of a table."""
        for name, column in self._columns.items():
            for chunk in table.column(name).chunks:
                column.add(chunk)

    def extend(self, other: GrowingFrame) -> None:
        """Add the rows of another growing frame, which must not be used afterwards."""
        for name, column in other._columns.items():
            self._columns[name].extend(column)  # type: ignore[arg-type] # of one schema, so of one kind
        other._columns.clear()

    def frame(self, certificate: Certificate | None = None) -> pd.DataFrame:
        """Return all rows as the typed frame; call this once."""
        # Columns are released one by one, so that only one at a time is in memory twice.
        columns = {name: self._columns.pop(name).series() for name in self._names}
        if "regions" in columns:
            columns["regions"] = _never_missing(columns["regions"])
        frame = pd.DataFrame(columns, copy=False)
        if certificate is not None:
            frame.attrs[ATTRS_KEY] = certificate.to_dict()
        return frame


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Convert an Arrow table to a frame; the documented columns get their documented dtypes."""
    rows = GrowingFrame(table.schema)
    rows.add(table)
    del table
    return rows.frame()


class _Numbers:
    """A growing column of numbers, truth values or times."""

    def __init__(self, kind: pa.DataType) -> None:
        self._dtype = np.dtype(_NUMBERS[kind])
        self._masked = self._dtype.kind in "ib"
        self._values = bytearray()
        self._missing = bytearray()

    def add(self, chunk: pa.Array) -> None:
        """Add values; missing ones become 0 in a masked column, otherwise NaN or NaT."""
        if self._masked:
            missing = chunk.is_null().to_numpy(zero_copy_only=False)
            self._missing.extend(missing.data)
            if chunk.null_count:
                chunk = pc.fill_null(chunk, pa.scalar(0).cast(chunk.type))
        values = chunk.to_numpy(zero_copy_only=False)
        self._values.extend(values.view(np.uint8).data)

    def extend(self, other: _Numbers) -> None:
        """Add the values of another column."""
        self._values += other._values
        self._missing += other._missing

    def series(self) -> pd.Series[Any]:
        """Return the values without copying them."""
        values = np.frombuffer(self._values, dtype=self._dtype)
        if self._masked:
            make = pd.arrays.IntegerArray if self._dtype.kind == "i" else pd.arrays.BooleanArray
            return pd.Series(make(values, np.frombuffer(self._missing, dtype=bool)), copy=False)
        if self._dtype.kind == "M":
            return pd.Series(pd.DatetimeIndex(values).tz_localize("UTC"))
        return pd.Series(values, copy=False)


class _Chunks:
    """A growing column of strings, lists or other values, kept as Arrow's own chunks."""

    def __init__(self, kind: pa.DataType) -> None:
        self._kind = kind
        self._chunks: list[pa.Array] = []

    def add(self, chunk: pa.Array) -> None:
        """Add values."""
        self._chunks.append(chunk)

    def extend(self, other: _Chunks) -> None:
        """Add the values of another column."""
        self._chunks += other._chunks

    def series(self) -> pd.Series[Any]:
        """Return the values; only lists are copied."""
        column = pa.chunked_array(self._chunks, type=self._kind)
        if pa.types.is_list(self._kind):
            return pd.Series(list_cells(column), dtype=object, copy=False)
        return column.to_pandas(types_mapper=PANDAS_TYPES.get)  # type: ignore[no-any-return] # untyped


def _column(kind: pa.DataType) -> _Numbers | _Chunks:
    return _Numbers(kind) if kind in _NUMBERS else _Chunks(kind)


def list_cells(column: pa.ChunkedArray | pa.Array) -> Cells:
    """Convert a list column to an object array of lists; a null list is None."""
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    with collector_paused():
        return np.concatenate([np.empty(0, dtype=object), *map(_lists_of, chunks)])


def _lists_of(chunk: pa.Array) -> Cells:
    """Return the lists of one chunk; equal strings share one object."""
    values = chunk.flatten().dictionary_encode(null_encoding="encode")
    texts = np.array(values.dictionary.to_pylist(), dtype=object)
    flat = texts[values.indices.to_numpy()]
    cells = cut(flat, pc.fill_null(pc.list_value_length(chunk), 0).to_numpy())
    if chunk.null_count:
        cells[chunk.is_null().to_numpy(zero_copy_only=False)] = None
    return cells


def list_series(column: pa.ChunkedArray) -> pd.Series[Any]:
    """Return a list column as a column of objects."""
    return pd.Series(list_cells(column), dtype=object)


def _never_missing(regions: pd.Series[Any]) -> pd.Series[Any]:
    """Replace missing lists of regions by empty ones: such an image is in no region."""
    if not regions.isna().any():
        return regions
    return pd.Series(cells_of([[] if cell is None else cell for cell in regions]), dtype=object)


def cut(values: Cells, lengths: np.ndarray[Any, np.dtype[Any]]) -> Cells:
    """Cut values into lists of these lengths; no two share memory, not even empty ones.

    All lists of one length are created at once, which is faster than one slice per list.
    """
    starts = np.cumsum(lengths, dtype=np.intp) - lengths
    cells = np.empty(len(lengths), dtype=object)
    with collector_paused():
        for length in range(_SHORT_LISTS):
            at = np.flatnonzero(lengths == length)
            rows = values[starts[at, None] + np.arange(length)].tolist()
            cells[at] = cells_of(rows)
        for place in np.flatnonzero(lengths >= _SHORT_LISTS).tolist():
            cells[place] = values[starts[place] : starts[place] + lengths[place]].tolist()
    return cells


def cells_of(cells: list[Any]) -> Cells:
    """Return cells as a one-dimensional object array, even if all are lists of one length."""
    return np.fromiter(cells, dtype=object, count=len(cells))


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep Python's garbage collector from walking a million new lists repeatedly."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
