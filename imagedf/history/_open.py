"""Open a history on DuckDB, which computes only what is asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from imagedf.errors import ImagedfError
from imagedf.files import is_object
from imagedf.history._dayfile import read_day_file
from imagedf.history._layout import DayFile, list_files
from imagedf.schema import HISTORY_SCHEMA, STRINGS, TIMESTAMP

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

_PATTERN = re.compile(r"[*?\[]")
"""What DuckDB would read as a pattern."""

_SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
    STRINGS: "VARCHAR[]",
}


def open_history(
    history: str | os.PathLike[str],
    *,
    connection: DuckDBPyConnection | None = None,
    verify: bool = False,
) -> DuckDBPyRelation:
    """Open a history as a lazy DuckDB relation; needs ``imagedf[scale]``.

    Parameters
    ----------
    history : path-like
        The directory that ``record`` writes; of ``s3://bucket/prefix`` every file is read now.
    connection : duckdb.DuckDBPyConnection, optional
        Default DuckDB's own default connection, so that ``duckdb.sql`` can name the relation.
    verify : bool, default False
        Read every file once first and verify its checksums, its place and its version, as
        ``read_history`` does; DuckDB itself verifies no checksum.

    Returns
    -------
    duckdb.DuckDBPyRelation
        One row per own image and day of every file recorded by now, with the columns of
        ``read_history`` (those of ``link_images`` too). A day recorded later is in the
        relation when the history is opened again.

    Raises
    ------
    ImagedfError
        duckdb is missing.
    HistoryError
        The directory is not a history, or contains something that does not belong; with
        ``verify`` also a damaged file; names the file.

    See Also
    --------
    read_history : The same in pandas.
    growth : Takes the relation, too.
    export_star : Tables of regions and tags, quicker to query.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> frame = imagedf.example()
    >>> with tempfile.TemporaryDirectory() as history:
    ...     _ = imagedf.record(frame, history, on="2026-11-23")
    ...     imagedf.open_history(history).aggregate("round(sum(size_gigabytes), 9)").fetchall()
    [(11.7,)]
    """
    duckdb = _duckdb()
    files = list_files(os.fspath(history))
    if verify:
        check_files(files)
    opened: DuckDBPyRelation = relation(files, connection or duckdb.default_connection())
    return opened


def check_files(files: Sequence[DayFile]) -> None:
    """Read every file and verify it; raise for the first that is damaged or misplaced."""
    for file in files:
        read_day_file(file)


def relation(files: Sequence[DayFile], connection: Any, *, union: bool = True) -> Any:
    """Build the relation over files; a column that some of them lack is null there.

    Without ``union`` DuckDB reads no footer before the query runs, which then fails when a
    file lacks a column that the first one has.
    """
    if not files:
        return connection.from_arrow(HISTORY_SCHEMA.empty_table())
    if is_object(files[0].path):
        # DuckDB's own access to object storage is an extension that it would download.
        return connection.from_arrow(pa.concat_tables(read_day_file(file)[0] for file in files))
    options = f"hive_partitioning = false, union_by_name = {str(union).lower()}"
    opened = connection.sql(f"SELECT * FROM read_parquet([{_texts(files)}], {options})")  # noqa: S608 # quoted
    columns = [
        f'{_quoted(field.name, opened.columns)}::{_SQL_TYPES[field.type]} AS "{field.name}"'
        for field in HISTORY_SCHEMA
    ]
    return opened.project(", ".join(columns))


def _quoted(name: str, present: Sequence[str]) -> str:
    return f'"{name}"' if name in present else "NULL"


def _duckdb() -> Any:
    try:
        return import_module("duckdb")
    except ImportError as error:
        raise ImagedfError("open_history needs DuckDB: pip install 'imagedf[scale]'") from error


def _texts(files: Sequence[DayFile]) -> str:
    """Quote paths as DuckDB's texts, none of which is a pattern."""
    here = str(Path.cwd())  # absolute, because DuckDB takes ~ for the home directory
    paths = (_PATTERN.sub(r"[\g<0>]", os.path.join(here, file.path)) for file in files)  # noqa: PTH118 # tens of thousands
    return ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
