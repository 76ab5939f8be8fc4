"""The footer of our Parquet files: version, certificate, dtypes, and a digest of these.

Parquet has checksums for its pages but not for its footer, so a changed byte there could rename
a column or change its type unnoticed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.errors import ImagedfError
from imagedf.schema import EXPLODED, IMAGE, SCHEMA_VERSION

VERSION_KEY = b"imagedf.schema_version"
CERTIFICATE_KEY = b"imagedf.certificate"
_DIGEST_KEY = b"imagedf.digest"
_OWN_KEYS = (VERSION_KEY, CERTIFICATE_KEY, _DIGEST_KEY)
_WRITER = "parquet-cpp-arrow"
"""The note with Arrow's own schema, which Arrow adds to every footer."""
_PANDAS_TYPES = {"str": "unicode", "Int64": "int64", "boolean": "bool", "object": "list[unicode]"}


def footer(
    fields: Iterable[pa.Field], certificate: Any, *, whole: str | None = None
) -> dict[bytes, bytes]:
    """Return the footer: our version, the certificate, and pandas' own note of its dtypes.

    ``whole`` is pandas' dtype for additional integer columns, by default the one that fits.
    """
    # By name and type: the id of a volume snapshot is text.
    dtypes = {(column.name, column.arrow): column.dtype for column in (*EXPLODED, *IMAGE)}
    further = {pa.int64(): whole}
    columns = [
        _pandas_note(field, dtypes.get((field.name, field.type), further.get(field.type)))
        for field in fields
    ]
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


def sealed(notes: Mapping[bytes, bytes], schema: pa.Schema, rows: int) -> dict[bytes, bytes]:
    """Return the footer with the digest of notes, schema and number of rows."""
    return {**notes, _DIGEST_KEY: _digest(notes, schema, rows)}


def _digest(notes: Mapping[bytes, bytes], schema: pa.Schema, rows: int) -> bytes:
    columns = [(field.name, _type_name(field.type), field.nullable) for field in schema]
    kept = sorted((key, note) for key, note in notes.items() if key != _DIGEST_KEY)
    return hashlib.sha256(repr((columns, kept, rows)).encode()).hexdigest().encode()


def _type_name(kind: pa.DataType) -> str:
    """Return one name for a type in memory and in a file, which differ in details."""
    text = str(kind)
    for pattern, same in ((r"indices=u?int\d+", ""), ("<item: ", "<element: "), ("large_", "")):
        text = re.sub(pattern, same, text)
    return text


def notes_of(parquet: pq.ParquetFile) -> dict[bytes, bytes]:
    """Return the notes in a footer; ``schema_arrow`` may have a second copy of them."""
    notes = parquet.metadata.metadata or {}
    return {key: note for key, note in notes.items() if key != b"ARROW:schema"}


def check_footer(parquet: pq.ParquetFile, name: str) -> None:
    """Raise ``ImagedfError`` unless the footer is unchanged and of a version we know.

    A file without any of our notes was written by another tool, and has nothing to check.
    """
    schema, rows = parquet.schema_arrow, parquet.metadata.num_rows
    notes = notes_of(parquet)
    if not any(key in notes for key in _OWN_KEYS):
        writer = parquet.metadata.created_by or _WRITER
        if not parquet.metadata.metadata and writer.startswith(_WRITER):
            raise ImagedfError(f"{name} is damaged: its footer lacks imagedf's notes")
        return
    version = notes.get(VERSION_KEY, b"")
    if version.isdigit() and len(version) < 9 and int(version) > SCHEMA_VERSION:
        raise ImagedfError(
            f"{name} has layout version {int(version)}, but this imagedf knows only versions up "
            f"to {SCHEMA_VERSION}: install a newer imagedf"
        )
    if notes.get(_DIGEST_KEY) != _digest(notes, schema, rows):
        raise ImagedfError(
            f"{name} is damaged, or another program changed it: its footer does not match its "
            "digest"
        )


def certificate_in(schema: pa.Schema, name: str) -> dict[str, Any] | None:
    """Return the certificate in a footer; raise if it is not readable."""
    text = (schema.metadata or {}).get(CERTIFICATE_KEY)
    if text is None:
        return None
    try:
        return Certificate.from_dict(json.loads(text)).to_dict()
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ImagedfError(f"the certificate in {name} can't be read: {error}") from error
