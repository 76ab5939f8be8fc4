"""Open a history on DuckDB, which computes only what is asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from imagedf.errors import ImagedfError
from imagedf.files import Glance, duckdb_columns, glance
from imagedf.history._commit import unchanging
from imagedf.history._layout import TABLES, Part, list_parts

_SIGNS = re.compile(r"[*?\[]")
"""What would make a pattern of a path."""


def open_history(
    history: str | os.PathLike[str], *, table: str = "images", connection: Any = None
) -> Any:
    """Open a history as a lazy DuckDB relation; needs ``imagedf[scale]``.

    Parameters
    ----------
    history : path-like
        The directory that ``record`` writes.
    table : {"images", "image_regions", "image_tags"}, default "images"
        The star table; they join by ``image_key``.
    connection : duckdb.DuckDBPyConnection, optional
        Default DuckDB's own default connection, so that ``duckdb.sql`` can name it.

    Returns
    -------
    duckdb.DuckDBPyRelation
        The declared columns of the table (``imagedf.schema``), one row per image and day,
        of every file recorded by now. A day recorded later is seen when opened again.

    Raises
    ------
    ImagedfError
        duckdb is missing.
    HistoryError
        The directory is no history, or a file is cut short, foreign, of a later version or
        in conflict with another; names the file.
    ValueError
        There is no such table.

    See Also
    --------
    read_history : The same in pandas, with the lists of regions and tags.
    growth : Takes the relation, too.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> with tempfile.TemporaryDirectory() as history:
    ...     _ = imagedf.record(frame, history, on="2026-11-23")
    ...     imagedf.open_history(history).aggregate("round(sum(size_gigabytes), 9)").fetchall()
    [(14.06,)]
    """
    if table not in TABLES:
        raise ValueError(f"table must be one of {', '.join(TABLES)}, not {table!r}")
    duckdb = _duckdb()
    root = Path(history)
    with unchanging(root):
        seen = glances(list_parts(root), table)
    return relation(table, seen, connection or duckdb.default_connection())


def glances(parts: Sequence[Part], table: str) -> dict[Path, Glance]:
    """Look at the footer of each part's file of a table; raise for one that is not ours."""
    return {path: glance(path, part.place(table)) for part in parts if (path := part.path(table))}


def relation(table: str, files: Mapping[Path, Glance], connection: Any) -> Any:
    """Build the relation over files of a table."""
    declared = [path for path, seen in files.items() if seen.declared]
    others = [path for path, seen in files.items() if not seen.declared]
    columns = duckdb_columns(table)
    empty = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in columns.items())
    sources = [f"SELECT {empty} WHERE false", *_sources(declared, others)]
    typed = ", ".join(f'"{name}"::{kind} AS "{name}"' for name, kind in columns.items())
    query = f"SELECT {typed} FROM ({' UNION ALL BY NAME '.join(sources)})"  # noqa: S608 # our names
    return connection.sql(query)


def _duckdb() -> Any:
    try:
        return import_module("duckdb")
    except ImportError:
        problem = "open_history needs DuckDB: pip install 'imagedf[scale]'"
    raise ImagedfError(problem)


def _sources(declared: Sequence[Path], others: Sequence[Path]) -> list[str]:
    """Give a query for the files with just the declared columns, and one for the rest."""
    return [
        f"SELECT * FROM read_parquet([{_texts(files)}], {options}hive_partitioning = false)"  # noqa: S608 # quoted
        for files, options in ((declared, ""), (others, "union_by_name = true, "))
        if files
    ]


def _texts(files: Sequence[Path]) -> str:
    """Quote paths as DuckDB's texts, none of which is a pattern."""
    here = Path.cwd()  # absolute, for DuckDB takes ~ for the home directory
    plain = (_SIGNS.sub(r"[\g<0>]", os.path.join(here, path)) for path in files)  # noqa: PTH118 # many
    return ", ".join("'" + path.replace("'", "''") + "'" for path in plain)
