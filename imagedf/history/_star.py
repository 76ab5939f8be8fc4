"""The star schema: tables of scalars that every BI tool reads without special options.

``images`` has one row per image and all measures; ``image_regions``, ``image_tags`` and
``image_uses`` join to it on ``image_key``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from imagedf.cost import cost_of
from imagedf.errors import FrameError
from imagedf.frame import list_array
from imagedf.history._dayfile import COST, DAY
from imagedf.pages import region_rows
from imagedf.schema import STAR, STAR_IMAGES

_ALLOCATED = {"allocated_gigabytes": "size_gigabytes", "allocated_cost_usd": COST}
_Positions = np.ndarray[Any, np.dtype[np.int64]]


def in_currency(schema: pa.Schema, currency: str) -> pa.Schema:
    """Return the schema with the cost columns named after the currency, such as ``eur``."""
    return pa.schema([field.with_name(_in(field.name, currency)) for field in schema])


def _in(name: str, currency: str) -> str:
    return f"{name.removesuffix('usd')}{currency}" if name.endswith("cost_usd") else name


def star_tables(images: pd.DataFrame) -> dict[str, pa.Table]:
    """Return the star tables of priced images: one row per image, each with ``snapshot_date``."""
    keys = key_columns(images)
    regions = region_rows(list_array(images["regions"]))
    tags = region_rows(list_array(images["tags"]))
    measures = {
        **dict(zip(STAR_IMAGES.names, keys, strict=False)),
        "region_count": pa.array(regions.counts),
        "tag_count": counts_of(images["tags"], tags.counts),
        "use_count": _uses(images),
    }
    cost = cost_of(images)
    currency = cost[-3:]
    columns = [
        measures[field.name]
        if field.name in measures
        else column_array(images, cost if field.name == COST else field.name, field.type)
        for field in STAR_IMAGES
    ]
    tagged = np.flatnonzero(tags.counts[tags.parents])
    bridges = {
        "image_regions": _bridge(images, keys, regions, np.arange(len(regions.parents))),
        "image_tags": _bridge(images, keys, tags, tagged),
    }
    return {
        name: pa.table(arrays, schema=in_currency(STAR[name], currency)).combine_chunks()
        for name, arrays in ({"images": columns} | bridges).items()
    }


def key_columns(images: pd.DataFrame) -> list[pa.Array]:
    """Return the columns with which every table of images begins."""
    days = column_array(images, DAY, pa.date32())
    return [image_keys(images, days), column_array(images, "account", pa.string()), days]


def _bridge(images: pd.DataFrame, keys: list[Any], parts: Any, rows: _Positions) -> list[Any]:
    """Return the columns of a bridge: keys, value, and the amounts allocated to it."""
    parents = parts.parents[rows]
    shares = np.maximum(parts.counts, 1)[parents]
    amounts = [
        images[cost_of(images) if name == COST else name].to_numpy(np.float64, na_value=np.nan)
        for name in _ALLOCATED.values()
    ]
    allocated = [pa.Array.from_pandas(amount[parents] / shares) for amount in amounts]
    positions = pa.array(parents)
    values = parts.region.take(pa.array(rows))
    return [*(column.take(positions) for column in keys), values, *allocated]


def counts_of(cells: pd.Series[Any], counts: Any) -> pa.Array:
    """Return the number of values in each list; missing for a missing list."""
    return pa.array(counts, pa.int64(), mask=cells.isna().to_numpy(dtype=bool))


def lengths_of(cells: pd.Series[Any]) -> pa.Array:
    """Return the lengths of lists; missing for a missing list."""
    lengths = [len(cell) if isinstance(cell, list) else 0 for cell in cells]
    return counts_of(cells, lengths)


def _uses(images: pd.DataFrame) -> pa.Array:
    if "used_by" not in images.columns:
        return pa.nulls(len(images), pa.int64())
    return lengths_of(images["used_by"])


def column_array(images: pd.DataFrame, name: str, kind: pa.DataType) -> pa.Array:
    """Return one column with its declared type; an absent column is null."""
    if name not in images.columns:
        return pa.nulls(len(images), kind)
    try:
        return pa.Array.from_pandas(images[name], type=kind)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise FrameError(f"column {name} has values that are not {kind}: {error}") from error


def read_days(column: pd.Series[Any]) -> pd.Series[Any]:
    """Read a column of days (dates, datetimes or ISO 8601 text) without missing values."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        raise FrameError(f"{DAY} contains numbers; use dates, datetimes or ISO 8601 text")
    try:
        # The format is never guessed: 01/02/2026 depends on the country.
        days = pd.to_datetime(column, format="ISO8601").astype("datetime64[us]").dt.floor("D")
    except (TypeError, ValueError, OverflowError) as error:
        raise FrameError(f"{DAY} contains values that are not days: {error}") from error
    if days.hasnans:
        raise FrameError(f"{DAY} is missing in {days.isna().sum()} rows")
    return days


def image_keys(images: pd.DataFrame, days: pa.Array) -> pa.Array:
    """Return ``account|date|id``, followed by ``|2``, ``|3`` in order of name if that repeats.

    A bar in an account's name is escaped and a missing account is a single ``%``, so that no
    key is ambiguous.
    """
    account = pc.replace_substring(column_array(images, "account", pa.string()), "%", "%25")
    account = pc.fill_null(pc.replace_substring(account, "|", "%7C"), "%")
    ids = pc.fill_null(column_array(images, "id", pa.int64()).cast(pa.string()), "")
    keys = pc.binary_join_element_wise(account, days.cast(pa.string()), ids, "|")
    if pc.count_distinct(keys).as_py() == len(keys):
        return keys
    return pc.binary_join_element_wise(keys, _repeats(keys, images["name"]), "")


def _repeats(keys: pa.Array, names: pd.Series[Any]) -> pa.Array:
    """Return ``""`` for the first of equal keys in order of name, ``|2`` for the second."""
    rows = pd.DataFrame({"key": keys.to_pandas(), "name": names.reset_index(drop=True)})
    numbers = rows.sort_values("name", kind="stable").groupby("key").cumcount().sort_index() + 1
    return pa.array(["" if n == 1 else f"|{n}" for n in numbers], type=pa.string())
