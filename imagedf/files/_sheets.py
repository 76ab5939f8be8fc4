"""CSV and Excel, for people: safe to open, with lists as text."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from imagedf.errors import FrameError, ImagedfError
from imagedf.files._atomic import replace
from imagedf.frame import require

# Blanks and what is not seen, then what begins a formula, in full width and small as well.
_FORMULA = re.compile(
    r"[\s\x00-\x1f\xad\u200b-\u200f\u2060\ufeff]*"
    r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207a-\u207c]"
)
_CELL = 32_767  # Excel's limit of characters a cell
_ROWS = 1_048_576  # Excel's limit of rows a sheet, the heading included
_LARGE = 10**15  # Excel keeps fifteen digits
_FIRST_TIME, _LAST_TIME = pd.Timestamp("1900-03-01"), pd.Timestamp("9999-12-31T23:59:59")
_SHEET = re.compile(r"(?!')[^\[\]:*?/\\\x00-\x1f]{1,31}(?<!')")


@contextmanager
def _encodable() -> Iterator[None]:
    """Raise FrameError for a text that no file can hold."""
    try:
        yield
    except UnicodeEncodeError as error:
        problem = f"a text holds half a character: {error}"
    else:
        return
    raise FrameError(problem)


@_encodable()
def to_csv(frame: pd.DataFrame, path: str | os.PathLike[str], *, raw: bool = False) -> Path:
    """Write a frame as CSV that a spreadsheet can open without running anything.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any frame of imagedf: either grain, or a summary. Lists become text, joined by
        ``", "``.
    path : path-like
        The file; replaced in one move. UTF-8, one line a row, no index.
    raw : bool, default False
        Leave text as it is. By default an apostrophe is put before text that a
        spreadsheet would read as a formula: that begins with ``=``, ``+``, ``-``, ``@``,
        tab or carriage return, also behind blanks and in full-width form.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    FrameError
        A text holds half a character, which no file can.
    ImagedfError
        The file can't be written; what stood there is still whole.

    See Also
    --------
    to_excel : The same as a workbook.
    to_parquet : Exact, typed and never changed.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = imagedf.to_csv(imagedf.by_type(frame), pathlib.Path(folder) / "types.csv")
    ...     print(path.read_text().splitlines()[1][:17])
    snapshot,5,11.72,
    """
    cells = for_people(frame, raw=raw)
    # A carriage return ends a row for a spreadsheet, but the csv module may not quote it.
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if _holds_return(cells) else csv.QUOTE_MINIMAL
    with replace(path) as temporary:
        cells.to_csv(temporary, index=False, encoding="utf-8", lineterminator="\n", quoting=quoting)
    return Path(path)


def _holds_return(cells: pd.DataFrame) -> bool:
    texts = (cells[name].astype("str") for name in _texts(cells))
    return any(text.str.contains("\r", regex=False).any() for text in texts)


def _texts(cells: pd.DataFrame) -> list[Any]:
    """Name the columns that may hold text, whatever their dtype."""
    is_of = pd.api.types
    return [
        name
        for name, dtype in cells.dtypes.items()
        if not (is_of.is_numeric_dtype(dtype) or is_of.is_datetime64_any_dtype(dtype))
    ]


@_encodable()
def to_excel(
    frame: pd.DataFrame, path: str | os.PathLike[str], *, raw: bool = False, sheet: str = "images"
) -> Path:
    """Write a frame as an Excel workbook with one sheet; needs ``imagedf[excel]``.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any frame of imagedf: either grain, or a summary. Lists become text; times, which
        Excel knows no zone for, are UTC.
    path : path-like
        The file; replaced in one move. A column with numbers of more than 15 digits, or with
        times before 1900-03-01, is text, since Excel can't hold them.
    raw : bool, default False
        Leave text as it is; see ``to_csv``. A cell is text in either case, never a formula.
    sheet : str, default "images"
        The sheet's name: 1 to 31 characters, no brackets, colon, asterisk, question mark or
        slashes, and no apostrophe at either end.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    ValueError
        ``sheet`` is no name that Excel takes.
    FrameError
        A text holds half a character, which no file can.
    ImagedfError
        xlsxwriter is missing, there are more rows than a sheet holds, a text is longer
        than a cell holds, or the file can't be written.

    See Also
    --------
    to_csv : The same as text.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     imagedf.to_excel(frame, pathlib.Path(folder) / "images.xlsx").name
    'images.xlsx'
    """
    if not _SHEET.fullmatch(sheet) or len(sheet.encode("utf-16-le")) > 2 * 31:
        raise ValueError(f"sheet must be 1 to 31 characters that Excel takes, not {sheet!r:.60}")
    cells = for_people(frame, raw=raw)
    _check_limits(cells)
    for name, column in cells.items():
        cells[name] = _in_excel(column)
    book = _workbook(cells, sheet)
    with replace(path) as temporary:
        temporary.write_bytes(book)
    return Path(path)


def _in_excel(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return times without a zone, and as text what Excel's numbers and dates can't hold."""
    is_of = pd.api.types
    if is_of.is_datetime64_any_dtype(column.dtype):
        times = column if column.dt.tz is None else column.dt.tz_convert("UTC").dt.tz_localize(None)
        odd = (times < _FIRST_TIME) | (times > _LAST_TIME)
        if not odd.any():
            return times
        return times.map(lambda time: time.isoformat(sep=" "), na_action="ignore").astype("str")
    if is_of.is_integer_dtype(column.dtype) and (column.abs() >= _LARGE).any():
        return column.astype("str")
    return column


def _workbook(cells: pd.DataFrame, sheet: str) -> bytes:
    """Make the workbook in memory: xlsxwriter's own files would fail in their own way."""
    # Text stays text: no formulas, no links, no numbers made of strings.
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    options = {"options": plain | {"in_memory": True}}
    book = io.BytesIO()
    try:
        with pd.ExcelWriter(book, engine="xlsxwriter", engine_kwargs=options) as writer:
            cells.to_excel(writer, sheet_name=sheet, index=False, freeze_panes=(1, 0))
    except ImportError:
        problem = "Excel files need xlsxwriter: pip install 'imagedf[excel]'"
    else:
        return book.getvalue()
    raise ImagedfError(problem)


def _check_limits(cells: pd.DataFrame) -> None:
    if len(cells) >= _ROWS:
        raise ImagedfError(
            f"{len(cells):,} rows are more than an Excel sheet holds ({_ROWS - 1:,}); "
            "write Parquet or CSV"
        )
    for name in _texts(cells):
        longest = cells[name].astype("str").str.len().max()
        if longest > _CELL:
            raise ImagedfError(
                f"column {name} holds a text of {longest:,.0f} characters; an Excel cell holds "
                f"{_CELL:,}: write Parquet or CSV"
            )


def for_people(frame: pd.DataFrame, *, raw: bool = False) -> pd.DataFrame:
    """Return the frame with lists as text and, unless ``raw``, no text that is a formula."""
    require(frame)
    cells = frame.copy(deep=False)
    for name in _texts(cells):
        if cells[name].dtype == object:
            cells[name] = cells[name].map(_joined, na_action=None)
        if not raw:
            cells[name] = cells[name].astype(object).map(_neutral, na_action="ignore")
    return cells if raw else cells.rename(columns=_neutral)


def _joined(value: Any) -> Any:
    """Turn a list into text; leave anything else."""
    listed = isinstance(value, list | tuple | np.ndarray)
    return ", ".join(map(str, value)) if listed else value


def _neutral(value: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would read as a formula."""
    if not isinstance(value, str):
        return value
    return f"'{value}" if _FORMULA.match(value) else value
