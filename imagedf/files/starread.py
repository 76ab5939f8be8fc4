"""Star tables back from the disk: checked, with their declared columns, joined or merged.

A file may have a column more or less than we declare, or nothing but nulls in one: what is
declared is given, what is missing is null, what is unknown is left out.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

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
_PLACE_KEY = b"imagedf.place"
_FOOTER = 16 * 1024  # of a day; a month's is read in a second step
_EMPTY_KEY = b"imagedf.empty_days"
# The key and the value as they stand in a footer, which is Thrift's compact protocol.
_VERSION = (
    b"imagedf.schema_version" + bytes([0x18, len(str(SCHEMA_VERSION))]) + b"%d" % SCHEMA_VERSION
)
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


def placed(table: pa.Table, where: str) -> pa.Table:
    """Note in a table's footer where in a history its file belongs."""
    return table.replace_schema_metadata({**table.schema.metadata, _PLACE_KEY: where.encode()})


def read_footer(path: Path, where: str) -> dict[bytes, bytes]:
    """Read the footer of the file that belongs to ``where`` in a history.

    Raises
    ------
    HistoryError
        It can't be read, is no whole Parquet file, was not recorded there, or is of a later
        version.
    """
    try:
        with path.open("rb") as file:
            schema = pq.ParquetFile(file).schema_arrow
    except OSError as error:
        problem = f"can't read {path}: {error.strerror or error}"
    except pa.ArrowException as error:
        problem = _cut(path, error)
    else:
        return _check(path, where, schema)
    raise HistoryError(problem)


def read_star(path: Path, where: str, columns: Collection[str] | None = None) -> pa.Table:
    """Read the file that belongs to ``where`` with just the declared columns, or some of them.

    Raises
    ------
    HistoryError
        As for ``read_footer``, or a column holds what its declared type can't.
    """
    declared = _declared(where)
    names = [name for name in declared.names if columns is None or name in columns]
    try:
        with path.open("rb") as file:
            parquet = pq.ParquetFile(file)
            metadata = _check(path, where, parquet.schema_arrow)
            has = set(parquet.schema_arrow.names)
            read = parquet.read(columns=[name for name in names if name in has])
        schema = pa.schema([declared.field(name) for name in names], metadata)
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


def _declared(where: str) -> pa.Schema:
    return STAR[where.split("/", maxsplit=1)[0]]


def _check(path: Path, where: str, schema: pa.Schema) -> dict[bytes, bytes]:
    metadata = dict(schema.metadata or {})
    version = metadata.get(b"imagedf.schema_version")
    lacking = [name for name in _KEYS if name not in schema.names]
    if version is None or lacking:
        what = f"has no {', '.join(lacking)}" if lacking else "was not written by imagedf"
        raise HistoryError(f"{path} does not belong to the history: it {what}; move it away")
    if not version.isdigit() or int(version) > SCHEMA_VERSION:
        raise HistoryError(
            f"{path} has the layout version {version.decode(errors='replace')!r:.20}; this imagedf "
            f"knows up to {SCHEMA_VERSION}: install a newer one"
        )
    place = metadata.get(_PLACE_KEY, b"").decode(errors="replace")
    if place != where:
        raise HistoryError(
            f"{path} was recorded as {place or 'no part of a history'}: here its rows would count "
            "for another day or twice; move it away"
        )
    return metadata


def _cut(path: Path, error: Exception) -> str:
    return (
        f"{path} is no whole Parquet file of a history: {error}. Move it away, with the files of "
        "its day in the other two tables, and record the day again"
    )


class Glance(NamedTuple):
    """What a file is, without reading its rows."""

    declared: bool
    """It has just the declared columns."""
    empty_days: bool
    """It was recorded for a day on which its account had no image."""


def glance(path: Path, where: str) -> Glance:
    """Check a file by its footer alone; raise as ``read_footer`` does.

    A long history has tens of thousands of files. Most have just the footer that we would
    write today, so that a look at its bytes is enough; the others are read with care.
    """
    end = _end(path)
    declared = _declared(where)
    usual = _usual_footer(where.split("/", maxsplit=1)[0])
    if end.startswith(usual) and _VERSION in end and where.encode() in end:
        # Behind the columns a footer says how many rows there are.
        return Glance(declared=True, empty_days=end[len(usual)] == 0 or _EMPTY_KEY in end)
    metadata = read_footer(path, where)
    with path.open("rb") as file:
        parquet = pq.ParquetFile(file)
        empty = parquet.metadata.num_rows == 0 or _EMPTY_KEY in metadata
        return Glance(bool(parquet.schema_arrow.equals(declared)), empty)


def _end(path: Path) -> bytes:
    """Return the bytes of a file's footer, or nothing when it has none."""
    try:
        with path.open("rb", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - _FOOTER, 0))
            end = file.read()
            length = int.from_bytes(end[-8:-4], "little") + 8
            if length > len(end):
                file.seek(max(size - length, 0))
                end = file.read()
            return end[-length:-8] if end.endswith(b"PAR1") else b""
    except OSError as error:
        problem = f"can't read {path}: {error.strerror or error}"
    raise HistoryError(problem)


@cache
def _usual_footer(table: str) -> bytes:
    """Return what the footer of each of our files of a table begins with: its columns."""
    schema = STAR[table].with_metadata(footer(STAR[table], None))
    one_row = [
        pa.array([""]) if field.name == "image_key" else pa.nulls(1, field.type) for field in schema
    ]
    footers = []
    for filled in (pa.table(one_row, schema=schema), schema.empty_table()):
        buffer = io.BytesIO()
        pq.write_table(filled, buffer)
        written = buffer.getvalue()
        footers.append(written[-8 - int.from_bytes(written[-8:-4], "little") : -8])
    one, none = footers
    return one[
        : next(at for at, bytes_ in enumerate(zip(one, none, strict=False)) if len({*bytes_}) > 1)
    ]


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
    notes: dict[bytes, Any] = {_DAYS_KEY: dict(sorted(certificates.items()))}
    merged = pa.concat_tables([table.replace_schema_metadata(None) for table in tables])
    held = {str(day) for day in merged.column("snapshot_date").unique().to_pylist()}
    if name == "images" and not held >= certificates.keys():
        notes[_EMPTY_KEY] = sorted(certificates.keys() - held)
    encoded = {key: json.dumps(note, ensure_ascii=True).encode() for key, note in notes.items()}
    schema = STAR[name].with_metadata(footer(STAR[name], None) | encoded)
    return merged.take(pc.sort_indices(merged.column("snapshot_date"))).cast(schema)


def empty_days(metadata: Mapping[bytes, bytes], path: Path) -> dict[str, Any]:
    """Return the certificates of the days of a file that were recorded without any image."""
    certificates = certificates_of(metadata, path)
    if _EMPTY_KEY in metadata:
        return {day: certificates[day] for day in json.loads(metadata[_EMPTY_KEY])}
    return certificates


def to_history_frame(tables: Sequence[pa.Table]) -> pd.DataFrame:
    """Turn the joined tables into the typed frame, with the costs where any were recorded."""
    from imagedf.frame import to_frame

    table = pa.concat_tables([HISTORY_SCHEMA.empty_table(), *tables])
    if table.column("billing_class").null_count == len(table):
        table = table.drop_columns(list(_COSTS))
    place = table.column_names.index("snapshot_date")
    days = table.column("snapshot_date").cast(pa.timestamp("us"))
    return to_frame(table.set_column(place, "snapshot_date", days))
