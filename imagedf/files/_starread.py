"""Star tables back from the disk: checked, with their declared columns, joined or merged.

A file may have a column more or less than we declare, or nothing but nulls in one: what is
declared is given, what is missing is null, what is unknown is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from imagedf.errors import HistoryError
from imagedf.files._footer import footer
from imagedf.files._footers import DAYS_KEY, EMPTY_KEY, check_schema, cut_short, declared_schema
from imagedf.schema import IMAGE_SCHEMA, STAR, STAR_IMAGES, STRINGS, TIMESTAMP

if TYPE_CHECKING:
    import pandas as pd

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


def read_star(path: Path, where: str) -> pa.Table:
    """Read the file that belongs to ``where`` with just the declared columns.

    Raises
    ------
    HistoryError
        As for ``read_footer``, or a column holds what its declared type can't.
    """
    declared = declared_schema(where)
    try:
        with path.open("rb") as file:
            parquet = pq.ParquetFile(file)
            metadata = check_schema(path, where, parquet.schema_arrow)
            has = set(parquet.schema_arrow.names)
            read = parquet.read(columns=[name for name in declared.names if name in has])
        arrays = [
            read.column(field.name).cast(field.type)
            if field.name in has
            else pa.nulls(read.num_rows, field.type)
            for field in declared
        ]
        return pa.table(arrays, schema=declared.with_metadata(metadata))
    except OSError as error:
        problem = f"can't read {path}: {error.strerror or error}"
    except pa.ArrowException as error:
        problem = cut_short(path, error)
    raise HistoryError(problem)


def duckdb_columns(table: str) -> dict[str, str]:
    """Name the declared columns of a table with their types in SQL."""
    return {field.name: _SQL_TYPES[field.type] for field in STAR[table]}


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


def of_account(table: pa.Table, account: str, certificate: Any) -> pa.Table:
    """Take the rows of one account, with the certificate of its listing."""
    rows = table.filter(pc.equal(table.column("account"), account))
    return rows.replace_schema_metadata(footer(table.schema, certificate))


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
    notes: dict[bytes, Any] = {DAYS_KEY: dict(sorted(certificates.items()))}
    merged = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    held = {str(day) for day in merged.column("snapshot_date").unique().to_pylist()}
    if name == "images" and not held >= certificates.keys():
        notes[EMPTY_KEY] = sorted(certificates.keys() - held)
    encoded = {key: json.dumps(note, ensure_ascii=True).encode() for key, note in notes.items()}
    schema = STAR[name].with_metadata(footer(STAR[name], None) | encoded)
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
