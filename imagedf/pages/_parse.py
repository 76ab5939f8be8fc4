"""Bytes of ``GET /v2/images`` to Arrow: one row an image, or one clear error.

The rules that are kept here:

1. A body is a page only if it is strict UTF-8 JSON, an object, and holds a list ``images``
   of objects. An error body, HTML or a cut body is never an empty page.
2. Every field is optional and may be null; a value of a wrong type is an error that names
   page, image and field. Enumerations are open.
3. What JSON leaves open is decided strictly: a documented key that stands twice in one
   object, NaN, Infinity and lone surrogates are errors.
4. Of a link only the page number is taken, never the address.

Pages go to ``pyarrow.json`` many at a time. It is quick but lenient and vague, so whatever
it refuses, and whatever the guards find, is read again in Python, page by page, by the
exact rules; that reading gives the frame or the error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from imagedf.errors import PageError
from imagedf.pages._strict import Page, page_of, read_page, unknown_fields
from imagedf.schema import IMAGE_STRUCT, PAGE_SCHEMA, ROWS_SCHEMA, TEXT

__all__ = [
    "GROUP",
    "Batch",
    "Page",
    "RegionRows",
    "explode_images",
    "int64_array",
    "parse_pages",
    "region_rows",
    "stacked",
    "without_repeats",
]

GROUP = 32
"""Pages parsed at once: fewer cost more a page, more hold more memory for nothing."""

_Int64s = np.ndarray[Any, np.dtype[np.int64]]
_BOM = b"\xef\xbb\xbf"
_BLOCK = 1 << 22
"""Bytes that Arrow parses at once: a group of usual pages is one block, so one chunk."""
_FIRST_MOMENT, _LAST_MOMENT = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The years 1 to 9999 in microseconds: Arrow reads the year 0, which Python doesn't know."""
_IMAGES = pa.schema(list(IMAGE_STRUCT))
_MEMORY = pa.system_memory_pool()
"""Arrow's own allocator gives memory back between two groups, only to fault it in again."""


class Batch(NamedTuple):
    """Some pages, parsed: their images in order, the pages, and the unknown fields."""

    images: pa.Table
    pages: tuple[Page, ...]
    unknown_fields: frozenset[str]


@contextmanager
def _bounded() -> Iterator[None]:
    """Say in our own words that Arrow holds 2 GB of text in a column at once, and no more."""
    try:
        yield
    except (pa.ArrowException, OverflowError) as error:
        problem = str(error)
    else:
        return
    raise PageError(f"the images hold more text than can be read at once ({problem:.200})")


@_bounded()
def parse_pages(bodies: Sequence[bytes], numbers: Sequence[int] | None = None) -> Batch:
    """Parse bodies of the image listing, in order.

    Parameters
    ----------
    bodies : sequence of bytes
        Whole bodies, decompressed.
    numbers : sequence of int, optional
        The page number of each body, for errors; counted from 1 when left out.

    Returns
    -------
    Batch
        ``images`` has one row an image and the documented fields as columns.

    Raises
    ------
    PageError
        A body is no page of images; names the page, the image id and the field.
    """
    numbers = list(numbers) if numbers is not None else list(range(1, len(bodies) + 1))
    stripped = [body.removeprefix(_BOM).strip() for body in bodies]
    if not stripped:
        return Batch(_IMAGES.empty_table(), (), frozenset())
    return _read_fast(stripped, numbers) or _read_exact(stripped, numbers)


def _read_fast(bodies: list[bytes], numbers: list[int]) -> Batch | None:
    """Read a group with ``pyarrow.json``; None when it needs the exact reading."""
    if not all(body[:1] == b"{" and body[-1:] == b"}" for body in bodies):
        # Objects only: then no cut body can run on into the next one.
        return None
    table, problem = _read_arrow(bodies, "error")
    if table is not None:
        return _checked(table, numbers, frozenset())
    if "unexpected field" not in problem:
        return None
    table, _ = _read_arrow(bodies, "ignore")
    unknown = None if table is None else unknown_fields(bodies)
    return None if unknown is None else _checked(table, numbers, unknown)


def _read_arrow(bodies: list[bytes], unexpected: str) -> tuple[pa.Table | None, str]:
    """Return the table, or None and what Arrow says against it."""
    joined = b"\n".join(bodies)
    # Arrow cuts blocks at line ends, so a body with line ends of its own needs one block.
    longest = len(joined) if _many_lines(bodies) else max(map(len, bodies))
    try:
        table = arrow_json.read_json(
            pa.py_buffer(joined),
            read_options=arrow_json.ReadOptions(
                use_threads=False,  # one block leaves nothing to share out
                block_size=max(_BLOCK, longest + 1),
            ),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=PAGE_SCHEMA, unexpected_field_behavior=unexpected
            ),
            memory_pool=_MEMORY,
        )
    except pa.ArrowInvalid as error:
        return None, str(error)
    return table, ""


def _many_lines(bodies: Iterable[bytes]) -> bool:
    return any(b"\n" in body or b"\r" in body for body in bodies)


def _checked(table: pa.Table, numbers: list[int], unknown: frozenset[str]) -> Batch | None:
    """Guard what Arrow accepts in silence; None when a guard finds something."""
    listed = table.column("images")
    if table.num_rows != len(numbers) or listed.null_count:
        return None
    structs = [chunk.flatten() for chunk in listed.chunks]
    if any(struct.null_count for struct in structs):
        return None
    images = pa.Table.from_batches(
        [pa.RecordBatch.from_struct_array(struct) for struct in structs],
        schema=_IMAGES,
    )
    if not (_is_sound(images) and _is_valid(table)):
        return None
    pages = _pages_of(table, pc.list_value_length(listed).to_pylist(), numbers)
    return Batch(images, tuple(pages), unknown)


def _is_valid(table: pa.Table) -> bool:
    try:
        table.validate(full=True)  # finds invalid UTF-8
    except pa.ArrowInvalid:
        return False
    return True


def _is_sound(images: pa.Table) -> bool:
    """Tell that no size is NaN or infinite, no time out of range, and no list holds a null."""
    finite = pc.all(pc.is_finite(images.column("size_gigabytes")), min_count=0).as_py()
    lists = (chunk.flatten() for name in ("regions", "tags") for chunk in images[name].chunks)
    return bool(finite) and _is_dated(images) and not any(values.null_count for values in lists)


def _is_dated(images: pa.Table) -> bool:
    ends = pc.min_max(images.column("created_at").cast(pa.int64())).as_py()
    return ends["min"] is None or _FIRST_MOMENT <= ends["min"] <= ends["max"] <= _LAST_MOMENT


def _pages_of(table: pa.Table, rows: list[int], numbers: list[int]) -> Iterator[Page]:
    envelopes = table.select(["links", "meta"]).to_pylist()
    for number, count, envelope in zip(numbers, rows, envelopes, strict=True):
        yield page_of(number, count, envelope)


def _read_exact(bodies: list[bytes], numbers: list[int]) -> Batch:
    """Read page by page in Python, by the rules at the head of this module."""
    read = [read_page(body, number) for body, number in zip(bodies, numbers, strict=True)]
    structs = pa.array([row for page in read for row in page.images], type=IMAGE_STRUCT)
    images = pa.Table.from_batches([pa.RecordBatch.from_struct_array(structs)], schema=_IMAGES)
    unknown = frozenset[str]().union(*(page.unknown_fields for page in read))
    return Batch(images, tuple(page.page for page in read), unknown)


class RegionRows(NamedTuple):
    """How images spread over rows: one a different region, one for an image without any."""

    parents: _Int64s
    region: pa.Array
    counts: _Int64s


def region_rows(regions: pa.Array) -> RegionRows:
    """Lay out the rows of the exploded grain.

    Parameters
    ----------
    regions : pyarrow list<string> array
        The regions of each image; null counts as empty, a slug that repeats counts once.

    Returns
    -------
    RegionRows
        ``parents`` is the image's position for each row, ``region`` the slug of each row
        (null for an image without regions), ``counts`` the regions of each image.
    """
    lengths = _lengths(regions)
    parents = np.repeat(np.arange(len(regions), dtype=np.int64), lengths)
    encoded = regions.flatten().dictionary_encode()
    codes = _numbers(encoded.indices)
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


def without_repeats(
    parents: _Int64s,
    codes: _Int64s,
    width: int,
) -> tuple[_Int64s, _Int64s]:
    """Drop the later ones of equal (image, region) pairs; keep the order."""
    pairs = parents * width + codes
    ordered = np.sort(pairs, kind="stable")  # the quickest for what is nearly in order
    if not np.any(ordered[1:] == ordered[:-1]):
        return parents, codes
    firsts = np.sort(np.unique(pairs, return_index=True)[1])
    return parents[firsts], codes[firsts]


def _lengths(lists: pa.Array) -> _Int64s:
    return _numbers(pc.fill_null(pc.list_value_length(lists), _ZERO))


def _numbers(integers: pa.Array) -> _Int64s:
    """Copy integers without nulls; ``to_numpy`` would import pandas."""
    return np.from_dlpack(integers).astype(np.int64)


def _without_nulls(lists: pa.Array) -> pa.Array:
    """Make each null list an empty one."""
    offsets = np.concatenate([[0], np.cumsum(_lengths(lists))]).astype(np.int32)
    wrapped = pa.Array.from_buffers(pa.int32(), len(offsets), [None, pa.py_buffer(offsets)])
    return pa.ListArray.from_arrays(wrapped, lists.flatten())


def _repeat(text: str, times: int) -> pa.Array:
    encoded = text.encode()
    offsets = pa.py_buffer(np.array([0, len(encoded)], dtype=np.int64))
    one = pa.Array.from_buffers(TEXT, 1, [None, offsets, pa.py_buffer(encoded)])
    return _taken(one, int64_array(np.zeros(times, dtype=np.int64)))


def _taken(values: Any, places: pa.Array) -> Any:
    """Take the values, or the rows of a table, that stand at places known to be there."""
    return pc.take(values, places, boundscheck=False, memory_pool=_MEMORY)


def int64_array(
    values: _Int64s,
    valid: np.ndarray[Any, np.dtype[np.bool_]] | None = None,
) -> pa.Array:
    """Wrap numpy integers for Arrow.

    ``pa.array`` and ``pa.scalar`` would import pandas, which streaming to a file needs not.
    """
    mask = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.int64(), len(values), [mask, pa.py_buffer(values)])


_ZERO = pc.cast(int64_array(np.zeros(1, dtype=np.int64)), pa.int32())[0]
"""The Arrow scalar 0 of list lengths; ``pa.scalar`` would import pandas."""


@_bounded()
def explode_images(images: pa.Table, account: str) -> pa.Table:
    """Turn parsed images into the exploded grain, in Arrow.

    Parameters
    ----------
    images : pyarrow.Table
        One row an image, with the documented fields; from ``parse_pages``.
    account : str
        The account's name for every row.

    Returns
    -------
    pyarrow.Table
        One row an image and region, with the columns of ``ROWS_SCHEMA``.
    """
    layout = region_rows(images.column("regions").combine_chunks())
    parents = int64_array(layout.parents)
    rows = _taken(images.drop_columns(["regions"]).combine_chunks(), parents)
    spread = _taken(pc.cast(int64_array(np.maximum(layout.counts, 1)), pa.float64()), parents)
    made = {
        "account": _repeat(account, len(parents)),
        "region": layout.region,
        "region_count": _taken(int64_array(layout.counts), parents),
        "allocated_gigabytes": pc.divide(rows.column("size_gigabytes"), spread),
        "tags": _without_nulls(rows.column("tags").combine_chunks()),
    }
    columns = [made[name] if name in made else rows.column(name) for name in ROWS_SCHEMA.names]
    return pa.table(columns, schema=ROWS_SCHEMA)


def stacked(tables: list[pa.Table]) -> pa.Table:
    """Put tables of the exploded grain under one another."""
    return pa.concat_tables(tables)
