"""Convert Arrow's chunks to the typed columns of a frame.

Numbers go into growing memory that the frame takes over, strings stay in the chunks they
arrived in, and lists are created at the end.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from imagedf.errors import FrameError
from imagedf.schema import TIMESTAMP

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


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Convert an Arrow table to a frame; the documented columns get their documented dtypes."""
    columns = {name: _series(table.column(name)) for name in table.column_names}
    if "regions" in columns:
        columns["regions"] = _never_missing(columns["regions"])
    return pd.DataFrame(columns, copy=False)


def to_arrow(columns: Mapping[str, pd.Series[Any] | pa.Array]) -> pa.Table:
    """Convert columns to an Arrow table; missing values become null, also in floats.

    Expressions take a fraction of the time that they take on pandas columns.
    """
    return pa.table({name: _arrow_array(name, cells) for name, cells in columns.items()})


def _arrow_array(name: str, cells: pd.Series[Any] | pa.Array) -> pa.Array:
    try:
        return pa.array(cells, from_pandas=True)
    except (pa.ArrowException, TypeError, UnicodeEncodeError) as error:
        raise FrameError(f"column {name} can't be read: {error}") from error


def _series(column: pa.ChunkedArray) -> pd.Series[Any]:
    if is_number(column.type):
        numbers = Numbers(column.type)
        for chunk in column.chunks:
            numbers.add(chunk)
        return numbers.series()
    return list_series(column) if pa.types.is_list(column.type) else text_series(column)


def text_series(column: pa.ChunkedArray) -> pd.Series[Any]:
    """Return a column of text; its chunks are not copied."""
    return column.to_pandas(types_mapper=PANDAS_TYPES.get)  # type: ignore[no-any-return] # untyped


def list_series(column: pa.ChunkedArray) -> pd.Series[Any]:
    """Return a list column as a column of objects."""
    return pd.Series(list_cells(column.chunks), dtype=object, copy=False)


def is_number(kind: pa.DataType) -> bool:
    """Check whether ``Numbers`` can collect values of this type."""
    return kind in _NUMBERS


class Numbers:
    """A growing column of numbers, truth values or times."""

    def __init__(self, kind: pa.DataType) -> None:
        self._dtype = np.dtype(_NUMBERS[kind])
        self._masked = self._dtype.kind in "ib"
        self._values = bytearray()
        self._missing = bytearray()

    def add(self, chunk: pa.Array) -> None:
        """Add values; missing ones become 0 in a masked column, otherwise NaN or NaT."""
        if self._masked:
            if chunk.null_count:
                self._missing += chunk.is_null().to_numpy(zero_copy_only=False).data
                chunk = pc.fill_null(chunk, pa.scalar(0).cast(chunk.type))
            else:
                self._missing += bytes(len(chunk))
        self._values += chunk.to_numpy(zero_copy_only=False).view(np.uint8).data

    def extend(self, other: Numbers) -> None:
        """Add the values of another column."""
        self._values += other._values
        self._missing += other._missing

    def series(self, rows: Positions | slice = slice(None)) -> pd.Series[Any]:
        """Return the values at these rows; all of them without copying."""
        values = np.frombuffer(self._values, dtype=self._dtype)[rows]
        if self._masked:
            make = pd.arrays.IntegerArray if self._dtype.kind == "i" else pd.arrays.BooleanArray
            missing = np.frombuffer(self._missing, dtype=bool)[rows]
            return pd.Series(make(values, missing), copy=False)
        if self._dtype.kind == "M":
            return pd.Series(pd.DatetimeIndex(values).tz_localize("UTC"))
        return pd.Series(values, copy=False)


def list_cells(chunks: Sequence[pa.Array]) -> Cells:
    """Convert chunks of a list column to an object array of lists; a null list is None."""
    ends = np.cumsum([0, *map(len, chunks)], dtype=np.intp)
    cells = np.empty(ends[-1], dtype=object)
    with collector_paused():
        for at, chunk in enumerate(chunks):
            _fill(cells[ends[at] : ends[at + 1]], chunk)
    return cells


def _fill(cells: Cells, chunk: pa.Array) -> None:
    """Put the lists of one chunk into the cells; equal strings share one object."""
    values = chunk.flatten().dictionary_encode(null_encoding="encode")
    texts = np.array(values.dictionary.to_pylist(), dtype=object)
    lengths = pc.fill_null(pc.list_value_length(chunk), 0).to_numpy()
    starts = np.cumsum(lengths, dtype=np.intp) - lengths
    _cut(cells, texts[values.indices.to_numpy()], starts, lengths)
    if chunk.null_count:
        cells[chunk.is_null().to_numpy(zero_copy_only=False)] = None


def _never_missing(regions: pd.Series[Any]) -> pd.Series[Any]:
    """Replace missing lists of regions by empty ones: such an image is in no region."""
    if not regions.isna().any():
        return regions
    return pd.Series(cells_of([[] if cell is None else cell for cell in regions]), dtype=object)


def cut(values: Cells, lengths: np.ndarray[Any, np.dtype[Any]]) -> Cells:
    """Cut values into lists of these lengths; no two share memory, not even empty ones."""
    cells = np.empty(len(lengths), dtype=object)
    with collector_paused():
        _cut(cells, values, np.cumsum(lengths, dtype=np.intp) - lengths, lengths)
    return cells


def _cut(
    cells: Cells, values: Cells, starts: Positions, lengths: np.ndarray[Any, np.dtype[Any]]
) -> None:
    """Create all lists of one length at once, which is faster than one slice per list."""
    for length in np.flatnonzero(np.bincount(lengths)).tolist():
        at = np.flatnonzero(lengths == length)
        if length == 0:
            cells[at] = cells_of([[] for _ in repeat(None, len(at))])
        elif length < _SHORT_LISTS:
            cells[at] = cells_of(values[starts[at, None] + np.arange(length)].tolist())
        else:
            for place in at.tolist():
                cells[place] = values[starts[place] : starts[place] + length].tolist()


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
