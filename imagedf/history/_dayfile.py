"""One day of one account as a Parquet file: one row per own image, with its day and costs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyarrow as pa

from imagedf._certificates import Certificate
from imagedf.errors import HistoryError, ImagedfError
from imagedf.files import CERTIFICATE_KEY, footer, read_table, to_table
from imagedf.history._layout import DayFile
from imagedf.schema import HISTORY_SCHEMA, LINKS

if TYPE_CHECKING:
    import pandas as pd

DAY = "snapshot_date"
"""The column with the day of a row."""

COST = "monthly_cost_usd"
LINK_COLUMNS = tuple(column.name for column in LINKS)


def day_table(images: pd.DataFrame, certificate: Certificate) -> pa.Table:
    """Return the table of an account's day, built from one priced row per image."""
    table = _declared(to_table(images))
    return table.replace_schema_metadata(footer(table.schema, certificate.to_dict()))


def read_day_file(file: DayFile) -> tuple[pa.Table, Certificate]:
    """Read and verify one file; return its rows and its certificate.

    Raises
    ------
    HistoryError
        It can't be read, is damaged, or belongs to another account or day; the message names
        the file.
    """
    try:
        table = read_table(file.path)
        certificate = _certificate_in(table, file.path)
        declared = _declared(table)
    except ImagedfError as error:
        raise HistoryError(f"{error}; move the file away and record its day again") from error
    except pa.ArrowException as error:
        raise HistoryError(f"{file.path} has columns of other types: {error}") from error
    _check_place(declared, certificate, file)
    return declared, certificate


def _certificate_in(table: pa.Table, path: str) -> Certificate:
    try:
        return Certificate.from_dict(json.loads((table.schema.metadata or {})[CERTIFICATE_KEY]))
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise HistoryError(
            f"{path} has no readable certificate, so it was not written by record"
        ) from error


def _declared(table: pa.Table) -> pa.Table:
    """Return a table with exactly the declared columns; columns that it lacks become missing.

    This keeps a history readable when a later version of imagedf adds a column.
    """
    # A column without values may have lost its type.
    has = {name for name in table.column_names if table.column(name).null_count < len(table)}
    columns = [
        table.column(field.name).cast(field.type)
        if field.name in has
        else pa.nulls(len(table), field.type)
        for field in HISTORY_SCHEMA
    ]
    return pa.table(columns, schema=HISTORY_SCHEMA).combine_chunks()


def _check_place(table: pa.Table, certificate: Certificate, file: DayFile) -> None:
    """Raise for a file that was copied to another place: its rows would count twice."""
    accounts = set(table.column("account").unique().to_pylist())
    accounts |= {entry.account for entry in certificate.accounts}
    days = set(table.column(DAY).unique().to_pylist())
    if accounts != {file.account} or not days <= {file.day}:
        found = ", ".join(str(name) for name in sorted(map(str, (accounts | days) - {None})))
        raise HistoryError(
            f"{file.path} contains {found}, which does not match its path; move it to the right "
            "path or out of the history"
        )


def to_frame(tables: Iterable[pa.Table], *, links: bool = False) -> pd.DataFrame:
    """Convert days to the typed frame, with link columns if any day has them or ``links``."""
    from imagedf import frame as frames

    table = pa.concat_tables(
        [HISTORY_SCHEMA.empty_table(), *(table.cast(HISTORY_SCHEMA) for table in tables)]
    )
    if not links and all(table.column(name).null_count == len(table) for name in LINK_COLUMNS):
        table = table.drop_columns(list(LINK_COLUMNS))
    place = table.column_names.index(DAY)
    days = table.column(DAY).cast(pa.timestamp("us"))
    return frames.to_frame(table.set_column(place, DAY, days))
