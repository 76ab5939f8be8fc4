from ._atomic import check_target, make_directory, replace, write_text
from ._csv import to_csv
from ._documents import Document, documents_in
from ._example import example
from ._excel import to_excel
from ._footer import CERTIFICATE_KEY, footer
from ._footers import Glance, certificates_of, empty_days, glance, placed, read_footer
from ._inputs import Part, Source, read_parts
from ._names import safe_name
from ._objects import is_object, list_objects
from ._parquet import read_parquet, to_parquet, write_plain
from ._sources import completeness, read_images
from ._starread import (
    between,
    check_days,
    duckdb_columns,
    join_lists,
    merge,
    of_account,
    read_star,
    to_history_frame,
    without_day,
)
from ._storage import ROW_GROUP, read_table, stream_parquet, write_table
from ._tables import table_frame, to_table

__all__ = [
    "CERTIFICATE_KEY",
    "ROW_GROUP",
    "Document",
    "Glance",
    "Part",
    "Source",
    "between",
    "certificates_of",
    "check_days",
    "check_target",
    "completeness",
    "documents_in",
    "duckdb_columns",
    "empty_days",
    "example",
    "footer",
    "glance",
    "is_object",
    "join_lists",
    "list_objects",
    "make_directory",
    "merge",
    "of_account",
    "placed",
    "read_footer",
    "read_images",
    "read_parquet",
    "read_parts",
    "read_star",
    "read_table",
    "replace",
    "safe_name",
    "stream_parquet",
    "table_frame",
    "to_csv",
    "to_excel",
    "to_history_frame",
    "to_parquet",
    "to_table",
    "without_day",
    "write_plain",
    "write_table",
    "write_text",
]
