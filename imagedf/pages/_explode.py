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
    images = np.arange(len(regions), dtype=np.int64)
    encoded = regions.flatten().dictionary_encode()
    every = numbers(encoded.indices)
    owners, codes = without_repeats(
        np.repeat(images, lengths), every, max(len(encoded.dictionary), 1)
    )
    counts = lengths if len(codes) == len(every) else _counted(owners, len(regions))
    rows = np.maximum(counts, 1)
    placed = np.repeat(counts > 0, rows)
    indices = np.zeros(len(placed), dtype=np.int64)
    indices[placed] = codes
    slugs = encoded.dictionary.cast(TEXT).take(int64_array(indices, placed))
    return RegionRows(np.repeat(images, rows), slugs, counts)


def _counted(owners: Int64s, images: int) -> Int64s:
    return np.bincount(owners, minlength=images).astype(np.int64)


def without_repeats(parents: Int64s, codes: Int64s, width: int) -> tuple[Int64s, Int64s]:
    """Drop repeated (image, region) pairs; keep the first of each, in order."""
    pairs = parents * width + codes
    ordered = np.sort(pairs, kind="stable")  # the fastest kind for nearly sorted numbers
    if not np.any(ordered[1:] == ordered[:-1]):
        return parents, codes
    firsts = np.sort(np.unique(pairs, return_index=True)[1])
    return parents[firsts], codes[firsts]


class Spread:
    """Images that are about to become one row per image and region.

    ``parents`` has the position of each row's image; ``images`` has the columns of
    ``ROWS_SCHEMA`` whose values are the same in all rows of an image, once per image.
    """

    @bounded()
    def __init__(self, images: pa.Table) -> None:
        self.images: dict[str, pa.Array] = {
            name: images.column(name).combine_chunks() for name in images.column_names
        }
        layout = region_rows(self.images.pop("regions"))
        rows = pc.cast(int64_array(np.maximum(layout.counts, 1)), pa.float64())
        self.images["region_count"] = int64_array(layout.counts)
        self.images["allocated_gigabytes"] = pc.divide(self.images["size_gigabytes"], rows)
        self.parents: Int64s = layout.parents
        self._places = int64_array(layout.parents)
        self._region = layout.region

    def exploded(self, name: str) -> pa.Array:
        """Return a column with one value per row; ``account`` is not among them."""
        return self._region if name == "region" else taken(self.images[name], self._places)


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
    spread = Spread(images)
    names = [name for name in ROWS_SCHEMA.names if name != "account"]
    columns = {name: spread.exploded(name) for name in names}
    columns["account"] = repeated(account, len(spread.parents))
    return pa.table([columns[name] for name in ROWS_SCHEMA.names], schema=ROWS_SCHEMA)


def repeated(text: str, times: int) -> pa.Array:
    """Return a column of one text."""
    encoded = text.encode()
    offsets = np.arange(times + 1, dtype=np.int64) * len(encoded)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(encoded * times)]
    return pa.Array.from_buffers(TEXT, times, buffers)


def stacked(tables: list[pa.Table]) -> pa.Table:
    """Concatenate tables of one schema."""
    return pa.concat_tables(tables)
