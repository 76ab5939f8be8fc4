"""Response bodies to Arrow: one row per object of the list, or one clear error.

The rules:

1. A body is a page only if it is strict UTF-8 JSON, an object, and has a list of objects
   under the endpoint's key. An error body, HTML or a cut body is never an empty page.
2. Every field is optional and may be null; a value of a wrong type is an error that names
   page, object and field. Enumerations are open.
3. Where JSON leaves room, the strict choice applies: a documented key that appears twice in
   one object, NaN, Infinity and unpaired surrogates are errors.
4. Only the page number of a link is used, never its address.

``pyarrow.json`` parses many pages at a time. It is fast, but lenient, and its errors are vague.
Pages that it rejects, or that fail the checks below, are read again in Python, one by one, by
the strict rules; that second reading returns the table or raises the error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

from imagedf.pages._arrow import MEMORY, bounded
from imagedf.pages._shape import IMAGES, Shape, page_schema
from imagedf.pages._strict import Page, Stated, page_of, read_page, unknown_fields

GROUP = 64
"""Pages parsed at once: fewer cost more per page, more only use more memory."""

_BOM = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
"""White space of JSON; Python's own includes more."""
_BLOCK = 1 << 24
"""Bytes that Arrow parses at once: a group of usual pages is one block, so one chunk."""
_FIRST_MOMENT, _LAST_MOMENT = -62_135_596_800_000_000, 253_402_300_799_999_999
"""The years 1 to 9999 in microseconds: Arrow accepts the year 0, which Python doesn't."""


class Batch(NamedTuple):
    """Some pages, parsed: their objects in order, the pages, and the unknown fields."""

    table: pa.Table
    pages: tuple[Page, ...]
    unknown_fields: frozenset[str]


@bounded()
def parse_pages(
    bodies: Sequence[bytes], numbers: Sequence[int] | None = None, shape: Shape = IMAGES
) -> Batch:
    """Parse response bodies of one listing, in order.

    Parameters
    ----------
    bodies : sequence of bytes
        Complete bodies, decompressed.
    numbers : sequence of int, optional
        The page number of each body, for errors; counted from 1 by default.
    shape : Shape, default IMAGES
        What a page of the listing looks like.

    Returns
    -------
    Batch
        ``table`` has one row per object and the fields of the shape as columns.

    Raises
    ------
    PageError
        A body is not a page of this shape; names the page, the object's id and the field.
    """
    numbers = list(numbers) if numbers is not None else list(range(1, len(bodies) + 1))
    stripped = [body.removeprefix(_BOM).strip(_BLANKS) for body in bodies]
    if not stripped:
        return Batch(shape.schema.empty_table(), (), frozenset())
    return _read_fast(stripped, numbers, shape) or _read_strict(stripped, numbers, shape)


def _read_fast(bodies: list[bytes], numbers: list[int], shape: Shape) -> Batch | None:
    """Read a group with ``pyarrow.json``; return None if it needs the strict reading."""
    # pyarrow crashes the interpreter on a body that is not an object. Requiring objects also
    # keeps a truncated body from running on into the next one.
    if shape.keyed_by or not all(body[:1] == b"{" and body[-1:] == b"}" for body in bodies):
        return None
    table, problem = _read_arrow(bodies, "error", shape)
    if table is not None:
        return _checked(table, numbers, frozenset(), shape)
    if "unexpected field" not in problem:
        return None
    table, _ = _read_arrow(bodies, "ignore", shape)
    unknown = None if table is None else unknown_fields(bodies, shape)
    return None if unknown is None else _checked(table, numbers, unknown, shape)


def _read_arrow(bodies: list[bytes], unexpected: str, shape: Shape) -> tuple[pa.Table | None, str]:
    """Return the table, or None and Arrow's reason for rejecting the bodies."""
    joined = b"\n".join(bodies)
    # Arrow cuts blocks at line ends, so a body with line ends of its own needs one block.
    whole = len(joined) < _BLOCK or _many_lines(bodies)
    block = len(joined) if whole else max(_BLOCK, *map(len, bodies))
    try:
        table = arrow_json.read_json(
            pa.py_buffer(joined),
            read_options=arrow_json.ReadOptions(
                use_threads=False,  # there is only one block
                block_size=block + 1,
            ),
            parse_options=arrow_json.ParseOptions(
                explicit_schema=page_schema(shape), unexpected_field_behavior=unexpected
            ),
            memory_pool=MEMORY,
        )
    except pa.ArrowInvalid as error:
        return None, str(error)
    return table, ""


def _many_lines(bodies: Iterable[bytes]) -> bool:
    return any(b"\n" in body or b"\r" in body for body in bodies)


def _checked(
    table: pa.Table, numbers: list[int], unknown: frozenset[str], shape: Shape
) -> Batch | None:
    """Check for errors that Arrow accepts silently; return None if there are any."""
    listed = table.column(shape.key)
    if table.num_rows != len(numbers) or listed.null_count:
        return None
    structs = [chunk.flatten() for chunk in listed.chunks]
    if any(struct.null_count for struct in structs):
        return None
    if not (all(map(_is_sound, structs)) and _is_valid(table.column("links"))):
        return None
    batches = [pa.RecordBatch.from_struct_array(struct) for struct in structs]
    rows = pa.Table.from_batches(batches, schema=shape.schema)
    pages = _pages_of(table, pc.list_value_length(listed).to_pylist(), numbers, shape)
    return Batch(rows, tuple(pages), unknown)


def _is_sound(values: pa.Array) -> bool:
    """Check that text is UTF-8, no number NaN or infinite, no time too far, no element null."""
    if pa.types.is_struct(values.type):
        return all(map(_is_sound, values.flatten()))
    if pa.types.is_list(values.type):
        elements = values.flatten()
        return not elements.null_count and _is_sound(elements)
    if pa.types.is_floating(values.type):
        return bool(pc.all(pc.is_finite(values), min_count=0).as_py())
    if pa.types.is_timestamp(values.type):
        return _is_dated(values)
    return not _is_text(values.type) or _is_ascii(values) or _is_valid(values)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_ascii(text: pa.Array) -> bool:
    """Check all text at once, which is several times faster than value by value."""
    data = text.buffers()[-1]
    return data is None or bool(np.frombuffer(data, np.uint8).max(initial=0) < 0x80)


def _is_valid(values: pa.Array | pa.ChunkedArray) -> bool:
    try:
        values.validate(full=True)  # finds invalid UTF-8
    except pa.ArrowInvalid:
        return False
    return True


def _is_dated(values: pa.Array) -> bool:
    ends = pc.min_max(values.cast(pa.int64())).as_py()
    return ends["min"] is None or _FIRST_MOMENT <= ends["min"] <= ends["max"] <= _LAST_MOMENT


def _pages_of(table: pa.Table, rows: list[int], numbers: list[int], shape: Shape) -> Iterator[Page]:
    totals = _inner(table, shape.total)
    ends = [_inner(table, ("links", "pages", name)) for name in ("next", "last")]
    linked = [
        valid for chunk in table.column("links").chunks for valid in chunk.is_valid().to_pylist()
    ]
    for number, count, total, after, last, has in zip(
        numbers, rows, totals, *ends, linked, strict=True
    ):
        yield page_of(Stated(total, after, last, has), number, count, shape)


def _inner(table: pa.Table, path: tuple[str, ...]) -> list[Any]:
    """Return the values inside structs, one per row; whole structs would be slow to convert."""
    values: list[Any] = []
    for chunk in table.column(path[0]).chunks:
        part = chunk
        for name in path[1:]:
            part = part.flatten()[part.type.get_field_index(name)]
        values += part.to_pylist()
    return values


def _read_strict(bodies: list[bytes], numbers: list[int], shape: Shape) -> Batch:
    """Read page by page in Python, by the rules listed at the top of this module."""
    read = [read_page(body, number, shape) for body, number in zip(bodies, numbers, strict=True)]
    structs = pa.array([row for page in read for row in page.rows], type=shape.struct)
    table = pa.Table.from_batches([pa.RecordBatch.from_struct_array(structs)], schema=shape.schema)
    unknown = frozenset[str]().union(*(page.unknown_fields for page in read))
    return Batch(table, tuple(page.page for page in read), unknown)
