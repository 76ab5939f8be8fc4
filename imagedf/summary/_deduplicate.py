"""Reduce a frame of either layout and any engine to one row per image.

An image is identified by account, id and name (and ``snapshot_date`` in a history). A public
image that several accounts list is one image, unless ``account`` is among the columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from imagedf.errors import FrameError, missing_columns
from imagedf.frame import kind_of, require, without_attrs
from imagedf.schema import IDENTITY
from imagedf.summary._engines import on_engine
from imagedf.summary._keys import PARTS
from imagedf.summary._pandas import on_pandas

_KINDS = {"size_gigabytes": "numbers", "created_at": "times"}


def image_rows_on(frame: Any, columns: Iterable[str], parts: Sequence[str]) -> Any:
    """Return columns with one row per image, or per image and part of it.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either layout.
    columns : iterable of str
        Columns to keep. Without ``account``, a public image that several accounts list is one
        image, of the largest size and cost that they state.
    parts : sequence of str
        ``region``, ``tag``, or both: one row per value that an image has, or one row with a
        missing value if it has none.

    Returns
    -------
    narwhals.DataFrame or narwhals.LazyFrame
        ``columns``, ``parts``, and with parts also ``SHARE``.

    Raises
    ------
    FrameError
        A required column is missing or contains text; or rows of one image contradict each
        other, unless the frame is lazy.
    """
    wanted = list(dict.fromkeys(columns))
    rows = rows_of(frame)
    schema = rows.collect_schema()
    _check(schema.names(), wanted, parts)
    _check_kinds(frame, schema, wanted)
    if isinstance(frame, pd.DataFrame):
        return nw.from_native(on_pandas(frame, wanted, parts))
    return on_engine(rows, wanted, parts)


def rows_of(frame: Any) -> Any:
    """Return a frame of any engine as a narwhals frame; raise TypeError for anything else."""
    if isinstance(frame, pd.DataFrame):
        require(frame)
        frame = without_attrs(frame)
    try:
        return nw.from_native(frame)
    except TypeError as error:
        raise TypeError(
            f"expected a pandas, Polars, PyArrow, DuckDB or PySpark frame, got {kind_of(frame)}"
        ) from error


def require_dated(frame: Any, keys: Sequence[str]) -> None:
    """Raise if the sum would include several days: each image would count once per day.

    Whether a lazy frame has several days is unknown until it is computed, so it must not have
    a ``snapshot_date`` unless that is a key.
    """
    rows = rows_of(frame)
    if "snapshot_date" in keys or "snapshot_date" not in rows.collect_schema().names():
        return
    if isinstance(rows, nw.LazyFrame):
        raise FrameError(
            "the frame has a snapshot_date, and it is unknown until computed whether it contains "
            "several days; add snapshot_date to by, or select one day and drop the column"
        )
    if rows["snapshot_date"].n_unique() > 1:
        raise FrameError(
            "the frame contains several days of a history, which must not be summed; add "
            "snapshot_date to by, or pass one day"
        )


def _check(present: Sequence[str], columns: Sequence[str], parts: Sequence[str]) -> None:
    sources = {"used": "used_by"} if "used" not in present else {}
    needed = [*IDENTITY, *(sources.get(name, name) for name in columns)]
    needed += [PARTS[part] for part in parts if part not in present]
    if not set(needed) <= set(present):
        raise missing_columns(list(dict.fromkeys(needed)), present)


def _check_kinds(frame: Any, schema: Any, columns: Sequence[str]) -> None:
    """Raise if sizes or times are text: their sum and minimum would be meaningless."""
    for name in {"size_gigabytes", "created_at"}.intersection(columns):
        if schema[name] in (nw.String, nw.Categorical, nw.Enum, nw.Boolean):
            if isinstance(frame, pd.DataFrame) and frame[name].isna().all():
                continue  # all missing: pandas may have lost the type
            raise FrameError(
                f"column {name} must contain {_KINDS[name]}, not {schema[name]}; a CSV file loses "
                "the types, Parquet keeps them"
            )
