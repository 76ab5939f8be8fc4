"""Convert frames to rows and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd


def rows_of(frame: pd.DataFrame) -> Iterable[Any]:
    """Return the rows of a frame, each with its cells as attributes."""
    return frame.itertuples(index=False)


def frame_of(rows: Sequence[Mapping[str, Any]], dtypes: Mapping[str, str]) -> pd.DataFrame:
    """Return rows as a frame with these dtypes; a cell that a row lacks is missing."""
    columns = {
        name: pd.Series([row.get(name) for row in rows], dtype=dtype)
        for name, dtype in dtypes.items()
    }
    return pd.DataFrame(columns)


def is_known(cell: Any) -> bool:
    """Return whether a cell contains a list, even an empty one."""
    return not (cell is None or cell is pd.NA or isinstance(cell, float))


def cells_of(cell: Any) -> list[Any]:
    """Return the values of a list cell; none if it is missing."""
    return list(cell) if is_known(cell) else []
