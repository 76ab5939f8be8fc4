"""One typed Parquet file for either grain; the certificate stands in its footer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.errors import FrameError, ImagedfError, missing_columns
from imagedf.files._atomic import replace
from imagedf.schema import EXPLODED, IMAGE, SCHEMA_VERSION, STRINGS, Column

if TYPE_CHECKING:
    import pandas as pd

VERSION_KEY = b"imagedf.schema_version"
CERTIFICATE_KEY = b"imagedf.certificate"
ROW_GROUP = 128 * 1024
_PANDAS_TYPES = {"str": "unicode", "Int64": "int64", "boolean": "bool", "object": "list[unicode]"}


def to_parquet(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a frame of either grain to one typed Parquet file.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either grain, with all the documented columns. Further columns, such as those of
        ``estimate_cost``, are written with the Arrow type that they have.
    path : path-like
        The file; replaced in one move.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    FrameError
        Documented columns are missing, or hold what their type can't.
    ImagedfError
        The file can't be written; what stood there is still whole.

    See Also
    --------
    read_parquet : Read it back, exactly.
    export_star : Three tables of scalars for BI tools.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = imagedf.to_parquet(frame, pathlib.Path(folder) / "images.parquet")
    ...     imagedf.read_parquet(path).equals(frame)
    True
    """
    table = to_table(frame)
    with replace(path) as temporary:
        pq.write_table(table, temporary, compression="zstd", row_group_size=ROW_GROUP)
    return Path(path)


def read_parquet(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a Parquet file of ``to_parquet`` back, exactly as it was.

    Parameters
    ----------
    path : path-like
        A file of ``to_parquet`` or ``imagedf fetch -o``.

    Returns
    -------
    pandas.DataFrame
        The same grain, rows and certificate; the documented columns have their dtypes,
        further ones those that Arrow's types have in pandas.

    Raises
    ------
    ImagedfError
        The file can't be read, is no Parquet file, or is of a later layout.
    FrameError
        It is Parquet, but holds no images.

    See Also
    --------
    to_parquet : Write such a file.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = imagedf.to_parquet(frame, pathlib.Path(folder) / "images.parquet")
    ...     len(imagedf.read_parquet(path))
    10
    """
    from imagedf import frame as frames

    table = read_table(path)
    if len(set(table.column_names)) < table.num_columns:
        raise FrameError(f"{path} holds columns of the same name")
    grain = _grain(table.column_names)
    known = pa.schema([(c.name, c.arrow) for c in grain])
    others = [
        name
        for name in table.column_names
        if name not in known.names and not name.startswith("__index_level_")
    ]
    frame = frames.to_frame(_cast(table.select(known.names), known, path))
    if others:
        rest = _without_index(table.select(others)).to_pandas()
        for name in others:
            frame[name] = _exact(table.column(name), rest[name])
        frame = frame[[name for name in table.column_names if name in frame.columns]]
    certificate = (table.schema.metadata or {}).get(CERTIFICATE_KEY)
    if certificate is not None:
        frame.attrs[ATTRS_KEY] = _certificate(certificate, path)
    return frame


def _without_index(table: pa.Table) -> pa.Table:
    """Forget what pandas wrote of an index: the values would be lined up by it anew."""
    notes = dict(table.schema.metadata or {})
    try:
        note = json.loads(notes.pop(b"pandas", b"{}"))
    except ValueError:
        note = {}
    if note:
        notes[b"pandas"] = json.dumps(note | {"index_columns": []}).encode()
    return table.replace_schema_metadata(notes)


def _exact(column: pa.ChunkedArray, cells: pd.Series[Any]) -> pd.Series[Any]:
    """Keep whole numbers whole where some are missing; pandas would make them floats."""
    if not (column.null_count and pa.types.is_integer(column.type)):
        return cells
    import pandas as pd

    dtype = str(column.type).replace("uint", "UInt").replace("int", "Int")
    nullable = pd.api.types.pandas_dtype(dtype)
    return column.to_pandas(types_mapper=lambda _: nullable)  # type: ignore[no-any-return] # untyped


def _certificate(text: bytes, path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read the certificate of a footer; what is none is an error, not a frame without proof."""
    try:
        return Certificate.from_dict(json.loads(text)).to_dict()
    except (ValueError, TypeError, AttributeError) as error:
        problem = f"{path} has a footer with a broken certificate: {error}"
    raise ImagedfError(problem)


def read_table(path: str | os.PathLike[str]) -> pa.Table:
    """Read a whole Parquet file, with one clear error for whatever is none."""
    try:
        # A file object: a path like dt=2026-11-23/x.parquet would add a partition column.
        with Path(path).open("rb") as file:
            table = pq.ParquetFile(file).read()
    except OSError as error:
        problem = f"can't read {path}: {error.strerror or error}"
    except (pa.ArrowException, UnicodeDecodeError) as error:
        problem = f"{path} is no whole Parquet file: {error}"
    else:
        version = (table.schema.metadata or {}).get(VERSION_KEY, b"0")
        if version.isdigit() and int(version) <= SCHEMA_VERSION:
            return table
        problem = (
            f"{path} has the layout version {version.decode(errors='replace')!r:.20}; this imagedf "
            f"knows up to {SCHEMA_VERSION}: install a newer one"
        )
    raise ImagedfError(problem)


def _cast(table: pa.Table, schema: pa.Schema, path: str | os.PathLike[str]) -> pa.Table:
    try:
        return table.cast(schema)
    except pa.ArrowException as error:
        problem = f"{path} holds columns of other types: {error}"
    raise FrameError(problem)


def _grain(names: Iterable[str]) -> tuple[Column, ...]:
    """Tell the grain by its region column; raise when documented columns are missing."""
    names = list(names)
    grain = IMAGE if "regions" in names and "region" not in names else EXPLODED
    if any(column.name not in names for column in grain):
        raise missing_columns([column.name for column in grain], names)
    return grain


def to_table(frame: pd.DataFrame) -> pa.Table:
    """Turn a frame of either grain into Arrow with the fixed schema and our footer."""
    from imagedf import frame as frames

    frames.require(frame)
    grain = _grain(frame.columns)
    frame = frames.typed(frame, left=frames.LISTS)
    arrays = [_array(frame, column) for column in grain]
    fields = [pa.field(column.name, column.arrow) for column in grain]
    others = [name for name in frame.columns if name not in {c.name for c in grain}]
    if others:
        rest = _others(frame[others])
        arrays += rest.columns
        fields += [rest.schema.field(name) for name in rest.column_names]
    schema = pa.schema(fields, metadata=footer(fields, frame.attrs.get(ATTRS_KEY)))
    # Parquet's pages are cut where chunks end, and equal frames may have come in other chunks.
    return pa.table(arrays, schema=schema).combine_chunks()


def write_plain(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a frame that has no images in it, such as a summary, with plain types alone."""
    table = _others(frame).combine_chunks()
    with replace(path) as temporary:
        pq.write_table(table, temporary)
    return Path(path)


def _others(frame: pd.DataFrame) -> pa.Table:
    """Turn columns that imagedf does not know into Arrow, with the types that they have."""
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError) as error:
        problem = f"a further column can't be written to Parquet: {error}"
    else:
        kinds = [pa.field(field.name, _plain_type(field)) for field in table.schema]
        return table.cast(pa.schema(kinds, metadata=table.schema.metadata))
    raise FrameError(problem)


def _plain_type(field: pa.Field) -> pa.DataType:
    """Return the type that every reader knows; a column without values has one by its name."""
    if pa.types.is_null(field.type):
        return STRINGS if field.name.startswith(("regions", "tags")) else pa.string()
    return pa.string() if pa.types.is_large_string(field.type) else field.type


def _array(frame: pd.DataFrame, column: Column) -> pa.Array:
    from imagedf import frame as frames

    if pa.types.is_list(column.arrow):
        return frames.list_array(frame[column.name])
    try:
        return pa.Array.from_pandas(frame[column.name], type=column.arrow)
    except (pa.ArrowException, UnicodeEncodeError) as error:
        problem = f"column {column.name} can't be written to Parquet: {error}"
    raise FrameError(problem)


def footer(fields: Iterable[pa.Field], certificate: Any) -> dict[bytes, bytes]:
    """Make the footer: our version, the certificate, and pandas' own note of its dtypes."""
    dtypes = {column.name: column.dtype for column in (*EXPLODED, *IMAGE)}
    columns = [_pandas_note(field, dtypes.get(field.name)) for field in fields]
    pandas_note = {"index_columns": [], "column_indexes": [], "columns": columns}
    notes = {VERSION_KEY: SCHEMA_VERSION, b"pandas": pandas_note}
    if certificate is not None:
        # The second key is where pandas' own read_parquet looks for a frame's attrs.
        notes |= {CERTIFICATE_KEY: certificate, b"PANDAS_ATTRS": {ATTRS_KEY: certificate}}
    return {key: json.dumps(note, ensure_ascii=True).encode() for key, note in notes.items()}


def _pandas_note(field: pa.Field, dtype: str | None) -> dict[str, Any]:
    note: dict[str, Any] = {"name": field.name, "field_name": field.name, "metadata": None}
    if dtype is None:
        return note | {"pandas_type": "object", "numpy_type": "object"}
    if dtype.startswith("datetime64"):
        zone = {"timezone": "UTC"}
        return note | {"pandas_type": "datetimetz", "numpy_type": dtype, "metadata": zone}
    return note | {"pandas_type": _PANDAS_TYPES.get(dtype, dtype), "numpy_type": dtype}


class ParquetStream:
    """A Parquet file that grows by row groups, and becomes one only at the end."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._schema = schema
        self._writer = self._open()

    def _open(self) -> pq.ParquetWriter:
        # A stored Arrow schema would hide the footer, which is known only at the end, from pandas.
        return pq.ParquetWriter(self._path, self._schema, compression="zstd", store_schema=False)

    def write(self, table: pa.Table) -> None:
        """Add the rows of a table as row groups."""
        self._writer.write_table(table.cast(self._schema), row_group_size=ROW_GROUP)

    def restart(self) -> None:
        """Throw away what was written: the listing is walked again."""
        self._writer.close()
        self._writer = self._open()

    def finish(self, certificate: dict[str, Any]) -> None:
        """Write the footer with the certificate."""
        self._writer.add_key_value_metadata(footer(self._schema, certificate))
        self._writer.close()


@contextmanager
def stream_parquet(path: str | os.PathLike[str], schema: pa.Schema) -> Iterator[ParquetStream]:
    """Write a Parquet file in parts; it stands at ``path`` only once all is well.

    Raises
    ------
    ImagedfError
        The file can't be written.
    PageError, IncompleteListingError, RequestError
        Whatever the listing raises passes through, and no file is left.
    """
    with replace(path) as temporary:
        yield ParquetStream(temporary, schema)
