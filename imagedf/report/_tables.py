"""Convert frames to tables of typed cells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from imagedf.cost import shown_parts
from imagedf.report._download import data_address
from imagedf.report._model import Cell, Column, Kind, Table

_MOST = 2000
"""The maximum number of rows on the page; more slow down a browser. The download has all rows."""


def table(
    key: str,
    caption: str,
    frame: pd.DataFrame,
    columns: dict[str, Column],
    *,
    limit: int,
    total: Mapping[Any, Any] | None = None,
    whole: pd.DataFrame | None = None,
    notes: Sequence[str] = (),
) -> Table:
    """Return a frame as a table: ``limit`` rows are shown, the others folded.

    ``columns`` maps the frame's columns to those of the table; ``total`` has the cells of a
    last row by the frame's columns. ``whole`` is the frame to download; default the frame.
    ``notes`` say what is not known of the figures.
    """
    present = frame[list(columns)].head(_MOST)
    last = None if total is None else tuple(cell(total.get(name)) for name in columns)
    cells = [[cell(value) for value in present[name]] for name in columns]
    if last is not None:
        kinds = [column.kind for column in columns.values()]
        cells = list(map(_adding_up, cells, kinds, last))
    rows = tuple(zip(*cells, strict=True))
    return Table(
        key=key,
        caption=caption,
        columns=tuple(columns.values()),
        rows=rows[:limit],
        count=len(frame),
        total=last,
        folded=rows[limit:],
        download=data_address(frame if whole is None else whole) if len(frame) > limit else None,
        notes=tuple(notes),
    )


def _adding_up(parts: list[Cell], kind: Kind, total: Cell) -> list[Cell]:
    """Return the parts of a printed total rounded so that they add up to it, if they can."""
    return shown_parts(parts, total) if kind in ("money", "gigabytes") else parts


def cell(value: Any) -> Cell:
    """Return a cell of a frame as a plain value, or None if it is missing."""
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float | Decimal) and math.isnan(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.tz_convert(UTC).to_pydatetime() if value.tzinfo else value.to_pydatetime()
    if isinstance(value, str | bool | int | float | Decimal | datetime | date):
        return value
    return value.item() if hasattr(value, "item") else str(value)


def with_some(
    frame: pd.DataFrame, columns: dict[str, Column], optional: Sequence[str]
) -> dict[str, Column]:
    """Leave out optional columns that contain only 0 or missing values."""
    return {
        name: column
        for name, column in columns.items()
        if name not in optional or any(cell(value) for value in frame.get(name, ()))
    }
