"""Star tables back from the disk: checked, with their declared columns, joined or merged.

A file may have a column more or less than we declare, or nothing but nulls in one: what is
declared is given, what is missing is null, what is unknown is left out.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from imagedf.errors import HistoryError
from imagedf.files.parquet import footer
from imagedf.schema import IMAGE_SCHEMA, SCHEMA_VERSION, STAR, STAR_IMAGES, STRINGS, TIMESTAMP

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ("image_key", "account", "snapshot_date")
_DAYS_KEY = b"imagedf.certificates"
_CERTIFICATE_KEY = b"imagedf.certificate"
_SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
}
_COSTS = ("billing_class", "monthly_cost_usd", "cost_note")

HISTORY_SCHEMA = pa.schema(
    [*IMAGE_SCHEMA, ("snapshot_date", pa.date32()), *(STAR_IMAGES.field(name) for name in _COSTS)]
)
"""The image grain of a history: the documented columns, then the day, then the costs."""


def read_footer(path: Path, table: str) -> dict[bytes, bytes]:
    """Read the footer of a star table's file.

    Raises
    ------
    HistoryError
        It can't be read, is no whole Parquet file, no star table, or of a later version.
    """
    try:
        with path.open("rb") as file:
            schema = pq.ParquetFile(file).schema_arrow
    except OSError as error:
        problem = f"can't read {path}: {error.strerror or error}"
    except pa.ArrowException as error:
        problem = _cut(path, error)
    else:
        return _check(path, table, schema)
    raise HistoryError(problem)


def read_star(path: Path, table: str, columns: Collection[str] | None = None) -> pa.Table:
    """Read a star table's file with just the declared columns, or some of them.

    Raises
    ------
    HistoryError
        As for ``read_footer``, or a column holds what its declared type can't.
    """
    names = [name for name in STAR[table].names if columns is None or name in columns]
    try:
        with path.open("rb") as file:
            parquet = pq.ParquetFile(file)
            metadata = _check(path, table, parquet.schema_arrow)
            has = set(parquet.schema_arrow.names)
            read = parquet.read(columns=[name for name in names if name in has])
        schema = pa.schema([STAR[table].field(name) for name in names], metadata)
        arrays = [
            read.column(name).cast(schema.field(name).type)
            if name in has
            else pa.nulls(read.num_rows, schema.field(name).type)
            for name in names
        ]
        return pa.table(arrays, schema=schema)
    except OSError as error:
        problem = f"can't read {path}: {error.strerror or error}"
    except pa.ArrowException as error:
        problem = _cut(path, error)
    raise HistoryError(problem)


def _check(path: Path, table: str, schema: pa.Schema) -> dict[bytes, bytes]:
    metadata = dict(schema.metadata or {})
    version = metadata.get(b"imagedf.schema_version")
    lacking = [name for name in _KEYS if name not in schema.names]
    if version is None or lacking:
        what = f"has no {', '.join(lacking)}" if lacking else "was not written by imagedf"
        raise HistoryError(f"{path} is no {table} table of a history: it {what}; move it away")
    if not version.isdigit() or int(version) > SCHEMA_VERSION:
        raise HistoryError(
            f"{path} has the layout version {version.decode(errors='replace')!r:.20}; this imagedf "
            f"knows up to {SCHEMA_VERSION}: install a newer one"
        )
    return metadata


def _cut(path: Path, error: Exception) -> str:
    return (
        f"{path} is no whole Parquet file of a history: {error}. Move it away, with the files of "
        "its day in the other two tables, and record the day again"
    )


def is_declared(path: Path, table: str) -> bool:
    """Tell whether a file has just the declared columns; raise as ``read_footer`` does."""
    try:
        with path.open("rb") as file:
            schema = pq.ParquetFile(file).schema_arrow
    except OSError as error:
        problem = f"can't read {path}: {error.strerror or error}"
    except pa.ArrowException as error:
        problem = _cut(path, error)
    else:
        _check(path, table, schema)
        return bool(schema.equals(STAR[table]))
    raise HistoryError(problem)


def duckdb_columns(table: str) -> dict[str, str]:
    """Name the declared columns of a table with their types in SQL."""
    return {field.name: _SQL_TYPES[field.type] for field in STAR[table]}


def certificates_of(metadata: Mapping[bytes, bytes], path: Path) -> dict[str, Any]:
    """Return the certificate of each day of a file; of a day's file under the key ``""``."""
    try:
        if _DAYS_KEY in metadata:
            return dict(json.loads(metadata[_DAYS_KEY]))
        return {"": json.loads(metadata[_CERTIFICATE_KEY])}
    except (KeyError, ValueError, TypeError):
        problem = f"{path} carries no readable certificate; move it away and record its day again"
    raise HistoryError(problem)


def check_days(table: pa.Table, path: Path, first: date, last: date) -> None:
    """Raise when a file holds days other than those its place says."""
    if not len(table):
        return
    days = pc.min_max(table.column("snapshot_date")).as_py()
    if table.column("snapshot_date").null_count or days["min"] < first or days["max"] > last:
        raise HistoryError(
            f"{path} holds the days {days['min']} to {days['max']}, but lies where {first} to "
            f"{last} belong: its rows would count twice; move it to its place, or away"
        )


def join_lists(images: pa.Table, regions: pa.Table, tags: pa.Table, path: Path) -> pa.Table:
    """Join the three tables of one part back into the image grain of a history.

    Raises
    ------
    HistoryError
        The tables are not of one recording.
    """
    lists = {
        "regions": _listed(images, regions, "region", path),
        "tags": _listed(images, tags, "tag", path),
    }
    arrays = [
        lists[field.name] if field.name in lists else images.column(field.name)
        for field in HISTORY_SCHEMA
    ]
    return pa.table(arrays, schema=HISTORY_SCHEMA)


def _listed(images: pa.Table, parts: pa.Table, name: str, path: Path) -> pa.Array:
    """Gather the regions or the tags of each image, in the order of their rows."""
    keys = images.column("image_key").combine_chunks()
    owners = pc.index_in(parts.column("image_key"), value_set=keys)
    values = parts.column(name).combine_chunks()
    parents = np.asarray(owners.to_numpy(), dtype=np.float64)
    whole = owners.null_count == 0 and pc.count_distinct(keys).as_py() == len(keys)
    if whole:
        parents = parents.astype(np.int64)
        held = np.flatnonzero(values.is_valid().to_numpy(zero_copy_only=False))
        order = held[np.argsort(parents[held], kind="stable")]
        counts = np.bincount(parents[held], minlength=len(keys))
        stated = images.column(f"{name}_count").to_numpy().astype(np.float64)
        # A column that the file lacks is null, and then says nothing.
        whole = bool(np.all((stated == counts) | np.isnan(stated)))
    if not whole:
        raise HistoryError(
            f"{path} and its image_{name}s file are not of one recording; restore both from the "
            "same copy, or move the part away and record its day again"
        )
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    return pa.ListArray.from_arrays(offsets, values.take(pa.array(order)), type=STRINGS)


def between(table: pa.Table, since: date | None, until: date | None) -> pa.Table:
    """Keep the rows of some days."""
    days = table.column("snapshot_date")
    if since is not None:
        table = table.filter(pc.greater_equal(days, pa.scalar(since, pa.date32())))
        days = table.column("snapshot_date")
    if until is not None:
        table = table.filter(pc.less_equal(days, pa.scalar(until, pa.date32())))
    return table


def without_day(table: pa.Table, day: date) -> pa.Table:
    """Drop the rows of one day."""
    return table.filter(pc.not_equal(table.column("snapshot_date"), pa.scalar(day, pa.date32())))


def merge(name: str, tables: Sequence[pa.Table], certificates: Mapping[str, Any]) -> pa.Table:
    """Put the days of a month into one table, by day, with each day's certificate."""
    note = json.dumps(dict(sorted(certificates.items())), ensure_ascii=True).encode()
    schema = STAR[name].with_metadata(footer(STAR[name], None) | {_DAYS_KEY: note})
    merged = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    return merged.take(pc.sort_indices(merged.column("snapshot_date"))).cast(schema)


def to_history_frame(tables: Sequence[pa.Table]) -> pd.DataFrame:
    """Turn the joined tables into the typed frame, with the costs where any were recorded."""
    from imagedf.frame import to_frame

    table = pa.concat_tables([HISTORY_SCHEMA.empty_table(), *tables])
    if table.column("billing_class").null_count == len(table):
        table = table.drop_columns(list(_COSTS))
    place = table.column_names.index("snapshot_date")
    days = table.column("snapshot_date").cast(pa.timestamp("us"))
    return to_frame(table.set_column(place, "snapshot_date", days))
