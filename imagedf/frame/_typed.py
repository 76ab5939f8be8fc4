"""Cast the columns of a frame to their documented dtypes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from imagedf.errors import FrameError
from imagedf.frame._columns import Cells, cells_of, collector_paused, list_cells
from imagedf.schema import EXPLODED, IMAGE, STRINGS, Column

LISTS = ("regions", "tags")
_BY_NAME: dict[str, Column] = {column.name: column for column in (*EXPLODED, *IMAGE)}


def list_array(cells: Iterable[Any], name: str | None = None) -> pa.Array:
    """Convert list cells (lists, arrays, tuples or missing) to an Arrow list array.

    A missing cell becomes null, or an empty list in ``regions``. ``name`` is the name of the
    column in error messages; the default is the name of the series.
    """
    name = str(name or getattr(cells, "name", None) or "of lists")
    cells = list(cells)
    if not set(map(type, cells)) <= {list}:
        missing: list[str] | None = [] if name == "regions" else None
        cells = [list(cell) if _is_listed(cell, name) else missing for cell in cells]
    try:
        array = pa.array(cells, type=STRINGS)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError) as error:
        raise FrameError(f"column {name} contains cells that are not lists of text") from error
    if array.flatten().null_count:
        raise FrameError(f"column {name} contains a list with a missing value")
    return array


def _text_lists(column: pd.Series[Any]) -> Cells:
    """Return copies of the list cells."""
    cells = column.tolist()
    plain = set(map(type, cells)) <= {list} and set(map(type, chain.from_iterable(cells))) <= {str}
    if not plain:
        return list_cells([list_array(cells, str(column.name))])
    with collector_paused():
        return cells_of(list(map(list, cells)))


def _is_listed(cell: Any, name: str) -> bool:
    if isinstance(cell, list | tuple | np.ndarray):
        return True
    if cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)):
        return False
    raise FrameError(
        f"column {name} must contain lists of text, got {cell!r:.60}; a CSV file loses the types, "
        "Parquet keeps them"
    )


def typed(frame: pd.DataFrame, *, left: Collection[str] = ()) -> pd.DataFrame:
    """Cast known columns to their documented dtypes, in the documented order.

    Other columns follow. List columns in ``left`` are not touched: they were just created, or
    are about to be converted to Arrow, which also checks them.
    """
    layout = EXPLODED if "region" in frame.columns or "regions" not in frame.columns else IMAGE
    ordered = [column.name for column in layout if column.name in frame.columns]
    others = [name for name in frame.columns if name not in ordered]
    result = frame[ordered + others].copy(deep=False)
    dtypes = dict(zip(result.columns, map(str, result.dtypes), strict=True))
    for name in ordered:
        if name in left:
            continue
        if name in LISTS:
            result[name] = _text_lists(result[name])
        elif dtypes[name] != _BY_NAME[name].dtype:
            result[name] = _cast(result[name])
    return result


def _cast(column: pd.Series[Any]) -> pd.Series[Any]:
    name = str(column.name)
    dtype = _BY_NAME[name].dtype
    try:
        if name == "created_at":
            return pd.to_datetime(column, utc=True).astype("datetime64[us, UTC]")
        return column.astype(dtype)  # type: ignore[call-overload, no-any-return] # dtype by name
    except (TypeError, ValueError, OverflowError) as error:
        raise FrameError(f"column {name} can't be read as {dtype}: {error}") from error
