"""Convert one row per image to one row per image and region, in Arrow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imagedf.pages._arrow import Int64s, bounded, int64_array, numbers, taken
from imagedf.schema import ROWS_SCHEMA, TEXT

_ZERO = pc.cast(int64_array(np.zeros(1, dtype=np.int64)), pa.int32())[0]
"""The Arrow scalar 0 of list lengths."""


class RegionRows(NamedTuple):
    """Row layout of the exploded table: one per distinct region, one if there is none.

    ``parents`` is the image's position for each row, ``region`` the slug of each row (null
    for an image without regions), ``counts`` the number of regions of each image.
    """

    parents: Int64s
    region: pa.Array
    counts: Int64s


def region_rows(regions: pa.Array) -> RegionRows:
    """Return the row layout for the regions of each image.

    Null counts as empty, and a slug repeated within an image counts once.
    """
    lengths = numbers(pc.fill_null(pc.list_value_length(regions), _ZERO))
    parents = np.repeat(np.arange(len(regions), dtype=np.int64), lengths)
    encoded = regions.flatten().dictionary_encode()
    codes = numbers(encoded.indices)
    parents, codes = without_repeats(parents, codes, max(len(encoded.dictionary), 1))
    counts = np.bincount(parents, minlength=len(regions)).astype(np.int64)
    rows = np.maximum(counts, 1)
    placed = np.repeat(counts > 0, rows)
    indices = np.zeros(len(placed), dtype=np.int64)
    indices[placed] = codes
    return RegionRows(
        np.repeat(np.arange(len(regions), dtype=np.int64), rows),
        encoded.dictionary.cast(TEXT).take(int64_array(indices, placed)),
        counts,
    )


def without_repeats(parents: Int64s, codes: Int64s, width: int) -> tuple[Int64s, Int64s]:
    """Drop repeated (image, region) pairs; keep the first of each, in order."""
    pairs = parents * width + codes
    ordered = np.sort(pairs, kind="stable")  # the fastest kind for nearly sorted numbers
    if not np.any(ordered[1:] == ordered[:-1]):
        return parents, codes
    firsts = np.sort(np.unique(pairs, return_index=True)[1])
    return parents[firsts], codes[firsts]


@bounded()
def explode_images(images: pa.Table, account: str) -> pa.Table:
    """Return one row per image and region, with the columns of ``ROWS_SCHEMA``.

    Parameters
    ----------
    images : pyarrow.Table
        One row per image, with the documented fields; from ``parse_pages``.
    account : str
        The account's name for every row.
    """
    layout = region_rows(images.column("regions").combine_chunks())
    parents = int64_array(layout.parents)
    rows = taken(images.drop_columns(["regions"]).combine_chunks(), parents)
    spread = taken(pc.cast(int64_array(np.maximum(layout.counts, 1)), pa.float64()), parents)
    added = {
        "account": _repeat(account, len(parents)),
        "region": layout.region,
        "region_count": taken(int64_array(layout.counts), parents),
        "allocated_gigabytes": pc.divide(rows.column("size_gigabytes"), spread),
    }
    columns = [added[name] if name in added else rows.column(name) for name in ROWS_SCHEMA.names]
    return pa.table(columns, schema=ROWS_SCHEMA)


def _repeat(text: str, times: int) -> pa.Array:
    encoded = text.encode()
    offsets = np.arange(times + 1, dtype=np.int64) * len(encoded)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(encoded * times)]
    return pa.Array.from_buffers(TEXT, times, buffers)


def stacked(tables: list[pa.Table]) -> pa.Table:
    """Concatenate tables of one schema."""
    return pa.concat_tables(tables)
