"""Write the sheets of a workbook: header, filter, widths, number formats and totals."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import pandas as pd

from imagedf._text import TOTAL
from imagedf.errors import ImagedfError

# Text stays text: it is never converted to formulas, links or numbers.
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}
_FORMATS = {
    "money": "#,##0.00",
    "share": "0.0%",
    "days": "#,##0.0",
    "time": "yyyy-mm-dd hh:mm:ss",
    "date": "yyyy-mm-dd",
    "count": "#,##0",
    "plain": "General",
}
_WIDEST, _NARROWEST, _SAMPLE = 60, 9, 500


class Sheet(NamedTuple):
    """A sheet: its name, cells that Excel can store, and the columns with a total."""

    name: str
    cells: pd.DataFrame
    summed: frozenset[str] = frozenset()


def workbook(sheets: Iterable[Sheet], notes_name: str, notes: Sequence[str]) -> bytes:
    """Return a workbook with a table per sheet, and a sheet with notes if there are any.

    Raises
    ------
    ImagedfError
        xlsxwriter is not installed.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise ImagedfError("Excel files need xlsxwriter: pip install 'imagedf[excel]'") from error
    content = io.BytesIO()
    # In memory: xlsxwriter's own temporary files would fail with other errors.
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name), sheet, formats)
        if notes:
            _write_notes(book.add_worksheet(notes_name), notes, book)
    return content.getvalue()


def _write_notes(page: Any, notes: Sequence[str], book: Any) -> None:
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 100)
    page.write_column(0, 0, list(notes), wrapped)


def _write(page: Any, sheet: Sheet, formats: dict[str, Any]) -> None:
    """Write a table: cells, header with filter, and totals of the columns that can be summed."""
    cells = sheet.cells
    columns = [_column(sheet, place, formats) for place in range(len(cells.columns))]
    total = any("total_function" in column for column in columns)
    for place, column in enumerate(columns):
        values = [_value(value) for value in cells.iloc[:, place].array]
        page.write_column(1, place, values, column["format"])
        page.set_column(place, place, _width(column["header"], values, column["kind"]))
        if total and "total_function" in column:
            column["total_value"] = math.fsum(value for value in values if _is_number(value))
    page.freeze_panes(1, 0)
    if not columns:
        return
    if total and "total_function" not in columns[0]:
        columns[0]["total_string"] = TOTAL
    last = max(len(cells), 1) + total
    options = {"columns": columns, "total_row": total, "style": "Table Style Light 9"}
    page.add_table(0, 0, last, len(columns) - 1, options)


def _column(sheet: Sheet, place: int, formats: dict[str, Any]) -> dict[str, Any]:
    name = str(sheet.cells.columns[place])
    kind = _kind(name, sheet.cells.iloc[:, place])
    column = {"header": name or " ", "kind": kind, "format": formats[kind]}
    if kind in ("money", "count") and name in sheet.summed:
        column["total_function"] = "sum"
    return column


def _kind(name: str, column: pd.Series[Any]) -> str:
    is_of, dtype = pd.api.types, column.dtype
    if is_of.is_object_dtype(dtype) and isinstance(next(iter(column.dropna()), None), date):
        return "date"
    if is_of.is_datetime64_any_dtype(dtype):
        return "time"
    if not is_of.is_numeric_dtype(dtype) or is_of.is_bool_dtype(dtype) or name.endswith("id"):
        return "plain"
    if "share" in name:
        return "share"
    if name.endswith("_days"):
        return "days"
    return "count" if is_of.is_integer_dtype(dtype) else "money"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _value(value: Any) -> Any:
    """Return a cell for xlsxwriter; a missing value is blank."""
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False)
    return value.item() if hasattr(value, "item") else value


def _width(header: str, values: Sequence[Any], kind: str) -> int:
    """Return the width of a column in characters, from its first rows and header with button."""
    if kind == "time":
        return 20
    longest = max((len(_shown(value)) for value in values[:_SAMPLE]), default=0)
    return min(max(longest + 2, len(header) + 4, _NARROWEST), _WIDEST)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:,.2f}" if isinstance(value, float) else str(value).partition("\n")[0]
