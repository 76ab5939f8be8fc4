"""Open a history in DuckDB, which computes only what a query needs."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from imagedf._text import received
from imagedf.errors import ImagedfError
from imagedf.files import is_object
from imagedf.history._dayfile import read_day_file
from imagedf.history._layout import DayFile, list_files
from imagedf.schema import HISTORY_SCHEMA, STRINGS, TIMESTAMP

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

_PATTERN = re.compile(r"[*?\[]")
"""The characters that DuckDB would read as a glob pattern."""

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
        The directory that ``record`` writes. For ``s3://bucket/prefix``, all files are read
        immediately.
    connection : duckdb.DuckDBPyConnection, optional
        Default: DuckDB's own default connection, so that ``duckdb.sql`` can name the relation.
    verify : bool, default False
        First read every file and verify its checksums, path and version, as ``read_history``
        does; DuckDB itself verifies no checksums.

    Returns
    -------
    duckdb.DuckDBPyRelation
        One row per own image and day, for all files recorded so far, with the columns of
        ``read_history`` (including those of ``link_images``). To include days recorded later,
        open the history again.

    Raises
    ------
    ImagedfError
        DuckDB is not installed.
    HistoryError
        The directory is not a history, contains something that does not belong or, with
        ``verify``, a damaged file; the message names the file.

    See Also
    --------
    read_history : Return the same rows in pandas.
    growth : Total the relation by day.
    export_star : Write tables of regions and tags, which are faster to query.

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
    if not isinstance(connection, duckdb.DuckDBPyConnection | None):
        raise TypeError(f"connection must be a DuckDB connection, not {received(connection)}")
    files = list_files(os.fspath(history))
    if verify:
        check_files(files)
    opened: DuckDBPyRelation = relation(files, connection or duckdb.default_connection())
    return opened


def check_files(files: Sequence[DayFile]) -> None:
    """Read and verify every file; raise for the first that is damaged or misplaced."""
    for file in files:
        read_day_file(file)


def relation(files: Sequence[DayFile], connection: Any, *, union: bool = True) -> Any:
    """Return the relation over files; a column that a file lacks is null there.

    Without ``union``, DuckDB reads no footers before the query runs, which then fails if a file
    lacks a column that the first file has.
    """
    if not files:
        return connection.from_arrow(HISTORY_SCHEMA.empty_table())
    if is_object(files[0].path):
        # DuckDB's own object storage support is an extension that it would download.
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
    """Return paths as DuckDB string literals in which nothing is a glob pattern."""
    here = str(Path.cwd())  # absolute, because DuckDB reads ~ as the home directory
    paths = (_PATTERN.sub(r"[\g<0>]", os.path.join(here, file.path)) for file in files)  # noqa: PTH118 # tens of thousands
    return ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
