"""Convert a frame to Arrow with the fixed schema, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from imagedf._certificates import ATTRS_KEY
from imagedf._text import one_line
from imagedf.errors import FrameError, missing_columns
from imagedf.files._footer import certificate_in, footer
from imagedf.schema import ACCOUNT_FRAMES, EXPLODED, IMAGE, LINKS, STRINGS, Column

if TYPE_CHECKING:
    import pandas as pd

_DAY = "snapshot_date"
_LISTS = {
    column.name: column.arrow
    for columns in (IMAGE, LINKS, *ACCOUNT_FRAMES.values())
    for column in columns
    if pa.types.is_list(column.arrow)
}


def to_table(frame: pd.DataFrame) -> pa.Table:
    """Convert a frame of either layout to Arrow with the fixed schema and our footer."""
    from imagedf import frame as frames

    frames.require(frame)
    layout = _layout(frame.columns)
    frame = frames.typed(frame, left=frames.LISTS)
    arrays = [_array(frame, column) for column in layout]
    fields = [pa.field(column.name, column.arrow) for column in layout]
    others = [name for name in frame.columns if name not in {c.name for c in layout}]
    if others:
        rest = plain_table(frame[others])
        arrays += rest.columns
        fields += [rest.schema.field(name) for name in rest.column_names]
    schema = pa.schema(fields, metadata=footer(fields, frame.attrs.get(ATTRS_KEY)))
    # Parquet pages end where chunks end, and equal frames may have different chunks.
    return pa.table(arrays, schema=schema).combine_chunks()


def _layout(names: Iterable[str]) -> tuple[Column, ...]:
    """Return the layout by its region column; raise if documented columns are missing."""
    names = list(names)
    if {"images", "unknown_size"} <= set(names) and "id" not in names:
        raise FrameError(
            "this is a summary, not images: use pandas' own to_parquet, to_csv or to_excel"
        )
    layout = IMAGE if "regions" in names and "region" not in names else EXPLODED
    if any(column.name not in names for column in layout):
        raise missing_columns([column.name for column in layout], names)
    return layout


def _array(frame: pd.DataFrame, column: Column) -> pa.Array:
    from imagedf import frame as frames

    if pa.types.is_list(column.arrow):
        return frames.list_array(frame[column.name])
    try:
        return pa.Array.from_pandas(frame[column.name], type=column.arrow)
    except (pa.ArrowException, UnicodeEncodeError) as error:
        raise FrameError(
            f"column {column.name} can't be written to Parquet: {one_line(str(error))}"
        ) from error


def plain_table(frame: pd.DataFrame) -> pa.Table:
    """Convert columns that imagedf does not know to Arrow, keeping their types."""
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        kinds = [pa.field(field.name, _plain_type(field)) for field in table.schema]
        return table.cast(pa.schema(kinds, metadata=table.schema.metadata))
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise FrameError(
            f"an additional column can't be written to Parquet: {one_line(str(error))}"
        ) from error


def _plain_type(field: pa.Field) -> pa.DataType:
    """Return a type that every reader supports; a column without values gets one by its name."""
    if field.name == _DAY and pa.types.is_timestamp(field.type):
        return pa.date32()
    if pa.types.is_null(field.type):
        return _list_type(field.name) or pa.string()
    if pa.types.is_list(field.type) and pa.types.is_null(field.type.value_type):
        return _list_type(field.name) or STRINGS
    return pa.string() if pa.types.is_large_string(field.type) else field.type


def _list_type(name: str) -> pa.DataType | None:
    """Return the type of a documented column of lists, also of one that ``diff_images`` returns."""
    return _LISTS.get(name.removesuffix("_before").removesuffix("_after"))


def table_frame(table: pa.Table, name: str = "the table") -> pd.DataFrame:
    """Convert a table of a file to the frame it was written from, with its certificate.

    Raises
    ------
    FrameError
        The table does not contain images.
    """
    from imagedf import frame as frames

    if len(set(table.column_names)) < table.num_columns:
        raise FrameError(f"{name} has several columns with the same name")
    layout = _layout(table.column_names)
    known = pa.schema([(column.name, column.arrow) for column in layout])
    frame = frames.to_frame(_cast(table.select(known.names), known, name))
    others = [
        column
        for column in table.column_names
        if column not in known.names and not column.startswith("__index_level_")
    ]
    for other in others:
        column = table.column(other)
        if other == _DAY and pa.types.is_date32(column.type):
            column = column.cast(pa.timestamp("us"))
        frame[other] = _series(column)
    if others:
        frame = frame[[column for column in table.column_names if column in frame.columns]]
    certificate = certificate_in(table.schema, name)
    if certificate is not None:
        frame.attrs[ATTRS_KEY] = certificate
    return frame


def _cast(table: pa.Table, schema: pa.Schema, name: str) -> pa.Table:
    try:
        return table.cast(schema)
    except pa.ArrowException as error:
        raise FrameError(f"{name} has columns of other types: {one_line(str(error))}") from error


def _series(column: pa.ChunkedArray) -> Any:
    """Convert an additional column; integers stay integers even if some are missing."""
    import pandas as pd

    from imagedf import frame as frames

    if pa.types.is_list(column.type):
        return frames.list_series(column)
    if pa.types.is_integer(column.type) and column.null_count:
        dtype = str(column.type).replace("uint", "UInt").replace("int", "Int")
        nullable = pd.api.types.pandas_dtype(dtype)
        return column.to_pandas(types_mapper=lambda _: nullable)
    return column.to_pandas(types_mapper=frames.PANDAS_TYPES.get)
