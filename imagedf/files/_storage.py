"""Parquet files on disk or in object storage, with checksums that are written and verified."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from imagedf._text import file_kind, one_line, received, shorten
from imagedf.errors import ImagedfError
from imagedf.files._atomic import Target, replace
from imagedf.files._footer import check_footer, footer, notes_of, sealed
from imagedf.files._objects import get, is_object

Compression = Literal["snappy", "zstd", "gzip", "brotli", "lz4", "none"]
COMPRESSIONS = ("snappy", "zstd", "gzip", "brotli", "lz4", "none")
ROW_GROUP = 128 * 1024
_MAGIC = b"PAR1"
_OTHERS = (
    (b"{", "JSON: use read_images"),
    (b"[", "JSON: use read_images"),
    (b"account,", "CSV, which can't be read back: use to_parquet"),
)


def write_table(table: pa.Table, path: Target, *, compression: Compression = "snappy") -> None:
    """Write a table with page checksums and a sealed footer, atomically.

    Raises
    ------
    ValueError
        ``compression`` is not supported.
    ImagedfError
        The file can't be written; the old file is unchanged.
    """
    check_compression(compression)
    notes = sealed(table.schema.metadata or {}, table.schema, table.num_rows)
    with replace(path) as temporary:
        pq.write_table(
            table.replace_schema_metadata(notes),
            temporary,
            compression=compression,
            row_group_size=ROW_GROUP,
            write_page_checksum=True,
        )


def check_compression(compression: object) -> None:
    """Raise ``ValueError`` for an unsupported compression."""
    if compression not in COMPRESSIONS:
        raise ValueError(
            f"compression must be one of {', '.join(COMPRESSIONS)}, not {received(compression)}"
        )


def read_table(path: Target, *, verify: bool = True) -> pa.Table:
    """Read a Parquet file, and verify its checksums and its footer.

    Raises
    ------
    ImagedfError
        The file can't be read, is damaged, or is not Parquet; the message names it.
    """
    name = os.fspath(path)[:500]
    if is_object(path):
        return _table(pa.BufferReader(get(str(path))), name, verify=verify)
    try:
        # A file object: a path like day=2026-11-23/x.parquet would add a partition column.
        with Path(path).open("rb") as file:
            return _table(file, name, verify=verify)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ImagedfError(f"can't read {name}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or one_line(str(error))


def _table(file: Any, name: str, *, verify: bool) -> pa.Table:
    """Read a table without accessing column chunks: with a broken footer, that aborts Python."""
    start = file.read(8)
    if start[:4] != _MAGIC:
        raise _not_parquet(start + file.read(100), name)
    file.seek(0)
    try:
        parquet = pq.ParquetFile(file, page_checksum_verification=verify)
        if verify:
            check_footer(parquet, name)
        table = parquet.read(use_threads=False)
        table.validate(full=True)
        table = table.replace_schema_metadata(notes_of(parquet))
    except (pa.ArrowException, UnicodeDecodeError, OSError, *_FOREIGN) as error:
        raise _damaged(name, error) from error
    if table.num_rows != parquet.metadata.num_rows:
        raise ImagedfError(f"{name} is damaged: rows are missing")
    return table


def _not_parquet(start: bytes, name: str) -> ImagedfError:
    kind = next((kind for magic, kind in _OTHERS if start.lstrip().startswith(magic)), None)
    if kind is None and (other := file_kind(start)):
        kind = f"{other}: only Parquet can be read back"
    return ImagedfError(f"{name} is {kind or 'not a Parquet file'}")


_FOREIGN = (ValueError, TypeError, OverflowError, MemoryError, RecursionError, KeyError, IndexError)
"""The exceptions that pyarrow's Python code raises for a broken footer."""


def _damaged(name: str, error: Exception) -> ImagedfError:
    if isinstance(error, ImagedfError):
        return error
    return ImagedfError(f"{name} is damaged or not a Parquet file: {shorten(_reason(error), 200)}")


class ParquetStream:
    """A Parquet file that grows by row groups, and is complete only at the end."""

    def __init__(self, path: Path, schema: pa.Schema, compression: Compression) -> None:
        self._path = path
        self._schema = schema
        self._compression = compression
        self._rows = 0
        self._writer = self._open()

    def _open(self) -> pq.ParquetWriter:
        # With a stored Arrow schema, pandas would not see the footer, which is written at the end.
        return pq.ParquetWriter(
            self._path,
            self._schema,
            compression=self._compression,
            store_schema=False,
            write_page_checksum=True,
        )

    def write(self, table: pa.Table) -> None:
        """Add the rows of a table as row groups."""
        self._rows += table.num_rows
        self._writer.write_table(table.cast(self._schema), row_group_size=ROW_GROUP)

    def restart(self) -> None:
        """Discard what was written: the listing is read again."""
        self._writer.close()
        self._rows = 0
        self._writer = self._open()

    def finish(self, certificate: dict[str, Any]) -> None:
        """Write the footer with the certificate."""
        notes = sealed(footer(self._schema, certificate), self._schema, self._rows)
        self._writer.add_key_value_metadata(notes)
        self._writer.close()


@contextmanager
def stream_parquet(
    path: Target, schema: pa.Schema, *, compression: Compression = "snappy"
) -> Iterator[ParquetStream]:
    """Write a Parquet file in parts; it appears at ``path`` only once it is complete.

    Raises
    ------
    ImagedfError
        The file can't be written.
    PageError, IncompleteListingError, RequestError
        The listing failed; no file is written.
    """
    check_compression(compression)
    with replace(path) as temporary:
        yield ParquetStream(temporary, schema, compression)
