from ._atomic import (
    check_directory,
    check_suffix,
    check_target,
    make_directory,
    replace,
    write_text,
)
from ._csv import csv_text, to_csv
from ._documents import Document, documents_in
from ._example import example
from ._excel import to_excel
from ._footer import CERTIFICATE_KEY, footer, sealed
from ._inputs import Part, Source, read_parts
from ._objects import is_object, list_objects
from ._parquet import read_parquet, to_parquet, write_plain
from ._sources import check_account, completeness, read_images
from ._storage import ROW_GROUP, read_table, stream_parquet, write_table
from ._tables import to_table

__all__ = [
    "CERTIFICATE_KEY",
    "ROW_GROUP",
    "Document",
    "Part",
    "Source",
    "check_account",
    "check_directory",
    "check_suffix",
    "check_target",
    "completeness",
    "csv_text",
    "documents_in",
    "example",
    "footer",
    "is_object",
    "list_objects",
    "make_directory",
    "read_images",
    "read_parquet",
    "read_parts",
    "read_table",
    "replace",
    "sealed",
    "stream_parquet",
    "to_csv",
    "to_excel",
    "to_parquet",
    "to_table",
    "write_plain",
    "write_table",
    "write_text",
]
