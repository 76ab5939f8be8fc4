"""The star schema: three tables of scalars that every engine reads without an option.

``images`` has one row an image and holds every measure; ``image_regions`` and
``image_tags`` hang on it by ``image_key``. All three have fixed Arrow schemas.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from imagedf._certificates import ATTRS_KEY
from imagedf.errors import FrameError
from imagedf.files import ROW_GROUP, footer, make_directory, replace
from imagedf.pages import region_rows
from imagedf.schema import STAR, STAR_IMAGES

if TYPE_CHECKING:
    import pandas as pd

_MADE = ("image_key", "snapshot_date", "region_count", "tag_count")
_COST = ("billing_class", "monthly_cost_usd", "cost_note")
_TAKEN = tuple(name for name in STAR_IMAGES.names if name not in (*_MADE, *_COST))


def export_star(
    frame: pd.DataFrame, directory: str | os.PathLike[str], *, on: date | None = None
) -> Path:
    """Write images, their regions and their tags as three Parquet tables for BI tools.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either grain, with all the documented columns. The columns of ``estimate_cost``
        are written when the frame has them, else they are null.
    directory : path-like
        Where ``images.parquet``, ``image_regions.parquet`` and ``image_tags.parquet`` go;
        made when missing. All three are written before the first is moved into place.
    on : date, optional
        The ``snapshot_date`` of every row; default the day (UTC) of the fetch. A frame
        that has a column ``snapshot_date`` already, such as a history, keeps its own.

    Returns
    -------
    pathlib.Path
        The directory.

    Raises
    ------
    FrameError
        Documented columns are missing, or ``on`` contradicts ``snapshot_date``.
    ImagedfError
        A file can't be written.

    See Also
    --------
    to_parquet : One file with list columns, for Python.
    record : The same three tables, day by day.

    Notes
    -----
    ``image_key`` is ``account|date|id``, with ``|2``, ``|3`` behind it where an id repeats;
    ``%`` and ``|`` inside an account's name stand as ``%25`` and ``%7C``. Sizes [GB] add up
    over ``images``; ``allocated_gigabytes`` [GB] of ``image_regions`` adds up to the same
    total, because an image in no region keeps one row with a null region there.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> import pandas as pd
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     directory = imagedf.export_star(frame, folder)
    ...     len(pd.read_parquet(directory / "images.parquet"))
    6
    """
    tables = star_tables(frame, on=on)
    target = make_directory(directory)
    with ExitStack() as stack:
        for name, table in tables.items():
            write_star(table, stack.enter_context(replace(target / f"{name}.parquet")))
    return target


def write_star(table: pa.Table, path: str | os.PathLike[str]) -> None:
    """Write one star table; the same table gives the same bytes."""
    pq.write_table(
        table, path, compression="snappy", data_page_version="1.0", row_group_size=ROW_GROUP
    )


def star_tables(frame: pd.DataFrame, *, on: date | None = None) -> dict[str, pa.Table]:
    """Build the three star tables of a frame, by name, with their footers."""
    from imagedf import frame as frames

    frames.require(frame, [*_TAKEN, "tags"])
    frame = frames.typed(frame, left=frames.LISTS)
    images = frames.image_rows(frame)
    days = _days(images, frames.day_of(frame, on), given=on is not None)
    sizes = images["size_gigabytes"].to_numpy(dtype=np.float64, na_value=np.nan)
    keys = [image_keys(images, days), _array(images, "account"), days]
    regions = region_rows(_region_lists(frame))
    tags = region_rows(frames.list_array(images["tags"]))
    tagged = np.flatnonzero(tags.counts[tags.parents])
    measures = {
        "region_count": pa.array(regions.counts),
        "tag_count": pa.array(tags.counts),
        **dict(zip(STAR_IMAGES.names, keys, strict=False)),
    }
    columns = [
        measures[name] if name in measures else _array(images, name) for name in STAR_IMAGES.names
    ]
    allocated = sizes / np.maximum(regions.counts, 1)
    shares = pa.Array.from_pandas(allocated[regions.parents], type=pa.float64())
    certificate = frame.attrs.get(ATTRS_KEY)
    return {
        "images": _table("images", columns, certificate),
        "image_regions": _table(
            "image_regions", [*_taken(keys, regions.parents), regions.region, shares], certificate
        ),
        "image_tags": _table(
            "image_tags",
            [*_taken(keys, tags.parents[tagged]), tags.region.take(pa.array(tagged))],
            certificate,
        ),
    }


def _table(name: str, columns: list[Any], certificate: Any) -> pa.Table:
    schema = STAR[name].with_metadata(footer(STAR[name], certificate))
    # The same rows give the same bytes, whatever chunks they came in.
    return pa.table(columns, schema=schema).combine_chunks()


def _taken(keys: list[Any], rows: np.ndarray[Any, np.dtype[np.int64]]) -> list[Any]:
    positions = pa.array(rows)
    return [column.take(positions) for column in keys]


def _array(images: pd.DataFrame, name: str) -> pa.Array:
    """Give one column of ``images`` its declared type; a cost column not there is null."""
    kind = STAR_IMAGES.field(name).type
    if name not in images.columns:
        return pa.nulls(len(images), kind)
    try:
        return pa.Array.from_pandas(images[name], type=kind)
    except (pa.ArrowException, TypeError, ValueError) as error:
        problem = f"column {name} holds what is no {kind}: {error}"
    raise FrameError(problem)


def _days(images: pd.DataFrame, day: date, *, given: bool) -> pa.Array:
    """Return the day of each image: the frame's own, else the one day for all."""
    if "snapshot_date" not in images.columns:
        return pa.array([day], pa.date32()).take(pa.array(np.zeros(len(images), dtype=np.int64)))
    if given:
        raise FrameError("the frame has its own snapshot_date; drop that column or `on`")
    return day_array(images["snapshot_date"])


def day_array(column: pd.Series[Any]) -> pa.Array:
    """Turn a column of days (dates, datetimes or ISO 8601 texts) into date32, none missing."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column.dtype):
        raise FrameError("snapshot_date holds numbers; give dates, datetimes or ISO 8601 texts")
    problem = None
    try:
        # No format is guessed: 01/02/2026 is one day here and another there.
        moments = pd.to_datetime(column, format="ISO8601")
        days = pa.Array.from_pandas(moments, type=pa.timestamp("us"))
    except (pa.ArrowException, TypeError, ValueError) as error:
        problem = f"snapshot_date holds what is no day: {error}"
    if problem:
        raise FrameError(problem)
    if days.null_count:
        raise FrameError(f"snapshot_date is missing in {days.null_count} rows")
    return pc.floor_temporal(days, unit="day").cast(pa.date32())


def image_keys(images: pd.DataFrame, days: pa.Array) -> pa.Array:
    """Make ``account|date|id``, with ``|2``, ``|3`` where that repeats in frame order.

    A bar inside an account's name is escaped and a missing account is a lone ``%``, so
    that a key says without doubt which account, day and id it stands for.
    """
    account = pc.replace_substring(_array(images, "account"), "%", "%25")
    account = pc.fill_null(pc.replace_substring(account, "|", "%7C"), "%")
    ids = pc.fill_null(_array(images, "id").cast(pa.string()), "")
    keys = pc.binary_join_element_wise(account, days.cast(pa.string()), ids, "|")
    if pc.count_distinct(keys).as_py() == len(keys):
        return keys
    return pc.binary_join_element_wise(keys, _repeats(keys), "")


def _repeats(keys: pa.Array) -> pa.Array:
    """Return ``""`` for the first of equal keys, ``|2`` for the second, and so on."""
    series = keys.to_pandas()
    numbers = series.groupby(series).cumcount() + 1
    return pa.array(["" if n == 1 else f"|{n}" for n in numbers], type=pa.string())


def _region_lists(frame: pd.DataFrame) -> pa.Array:
    """Return the regions of each image as one Arrow list array, for either grain."""
    from imagedf import frame as frames

    if "region" not in frame.columns:
        frames.require(frame, ["regions"])
        images = frames.collapse_regions(frame[[*frames.identity_of(frame), "regions"]])
        return frames.list_array(images["regions"])
    codes = frames.image_codes(frame)
    order = np.argsort(codes, kind="stable")
    regions = pa.Array.from_pandas(frame["region"], type=pa.string()).take(pa.array(order))
    held = np.flatnonzero(regions.is_valid().to_numpy(zero_copy_only=False))
    images_count = int(codes.max()) + 1 if len(codes) else 0
    ends = np.cumsum(np.bincount(codes[order][held], minlength=images_count))
    offsets = pa.array(np.concatenate([[0], ends]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, _flat(regions.take(pa.array(held))))


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
