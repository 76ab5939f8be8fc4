"""The footers of a history's files: whose they are, and what their listings vouch for."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from imagedf._certificates import Certificate
from imagedf.errors import HistoryError
from imagedf.files._footer import CERTIFICATE_KEY, VERSION_KEY, footer
from imagedf.schema import SCHEMA_VERSION, STAR

DAYS_KEY = b"imagedf.certificates"
"""In a month's file: the certificate of each day."""

EMPTY_KEY = b"imagedf.empty_days"
"""In a month's file: the days on which the account had no image, if any."""

_PLACE_KEY = b"imagedf.place"
_NEEDED = ("image_key", "account", "snapshot_date")
_FOOTER = 16 * 1024  # of a day; a month's is read in a second step


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
        problem = cut_short(path, error)
    else:
        return check_schema(path, where, schema)
    raise HistoryError(problem)


def declared_schema(where: str) -> pa.Schema:
    """Return the schema of the table that a place belongs to."""
    return STAR[where.split("/", maxsplit=1)[0]]


def check_schema(path: Path, where: str, schema: pa.Schema) -> dict[bytes, bytes]:
    """Return a file's metadata; raise as ``read_footer`` does."""
    metadata = dict(schema.metadata or {})
    version = metadata.get(VERSION_KEY)
    lacking = [name for name in _NEEDED if name not in schema.names]
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


def cut_short(path: Path, error: Exception) -> str:
    """Say what to do about a file that is no whole Parquet file."""
    reason = str(error).rstrip(".")
    return (
        f"{path} is no whole Parquet file of a history: {reason}. Move it away, with the files of "
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
    declared = declared_schema(where)
    usual = _usual_footer(where.split("/", maxsplit=1)[0])
    version, place = _note(VERSION_KEY, str(SCHEMA_VERSION)), _note(_PLACE_KEY, where)
    if end.startswith(usual) and version in end and place in end:
        # Behind the columns a footer says how many rows there are.
        return Glance(declared=True, empty_days=end[len(usual)] == 0 or EMPTY_KEY in end)
    metadata = read_footer(path, where)
    with path.open("rb") as file:
        parquet = pq.ParquetFile(file)
        empty = parquet.metadata.num_rows == 0 or EMPTY_KEY in metadata
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


def _note(key: bytes, value: str) -> bytes:
    """Return a key and its value as they stand in a footer, which is Thrift's compact protocol."""
    text = value.encode()
    length = [len(text)] if len(text) < 128 else [len(text) % 128 + 128, len(text) // 128]
    return key + bytes([0x18, *length]) + text


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


def certificates_of(metadata: Mapping[bytes, bytes], path: Path) -> dict[str, Any]:
    """Return the certificate of each day of a file; of a day's file under the key ``""``."""
    try:
        days = DAYS_KEY in metadata
        found = json.loads(metadata[DAYS_KEY if days else CERTIFICATE_KEY])
        found = dict(found) if days else {"": found}
        for one in found.values():
            Certificate.from_dict(one)
    except (KeyError, ValueError, TypeError, AttributeError):
        problem = f"{path} carries no readable certificate; move it away and record its day again"
    else:
        return found
    raise HistoryError(problem)


def empty_days(metadata: Mapping[bytes, bytes], path: Path) -> dict[str, Any]:
    """Return the certificates of the days of a file that were recorded without any image."""
    certificates = certificates_of(metadata, path)
    if EMPTY_KEY in metadata:
        return {day: certificates[day] for day in json.loads(metadata[EMPTY_KEY])}
    return certificates
