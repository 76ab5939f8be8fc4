"""``to_excel``: write a workbook with one sheet per frame and one with notes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import pandas as pd

from imagedf._text import received
from imagedf.errors import ImagedfError
from imagedf.files._atomic import Target, check_suffix, replace
from imagedf.files._cells import encodable, for_people, text_columns
from imagedf.files._objects import is_object
from imagedf.files._summed import summed_columns
from imagedf.files._workbook import Sheet, workbook
from imagedf.frame import completeness_line, require
from imagedf.schema import IDENTITY

Frames = pd.DataFrame | Mapping[str, pd.DataFrame]
_CELL = 32_767  # Excel's limit of characters per cell
_ROWS = 1_048_576  # Excel's limit of rows per sheet, the header included
_LARGE = 10**15  # Excel keeps fifteen digits
_FIRST_TIME, _LAST_TIME = pd.Timestamp("1900-03-01"), pd.Timestamp("9999-12-31T23:59:59")
_SHEET = re.compile(r"(?!')[^\[\]:*?/\\\x00-\x1f]{1,31}(?<!')")
_NOTES = "notes"


@overload
def to_excel(
    frame: Frames,
    path: os.PathLike[str],
    *,
    raw: bool = False,
    sheet: str = "images",
    notes: Sequence[str] = (),
    total: pd.DataFrame | None = None,
) -> Path: ...
@overload
def to_excel(
    frame: Frames,
    path: str,
    *,
    raw: bool = False,
    sheet: str = "images",
    notes: Sequence[str] = (),
    total: pd.DataFrame | None = None,
) -> Path | str: ...
@encodable()
def to_excel(
    frame: Frames,
    path: Target,
    *,
    raw: bool = False,
    sheet: str = "images",
    notes: Sequence[str] = (),
    total: pd.DataFrame | None = None,
) -> Path | str:
    """Write one or several frames to an Excel workbook; needs ``imagedf[excel]``.

    Parameters
    ----------
    frame : pandas.DataFrame, or mapping of str to pandas.DataFrame
        Any frame of imagedf, in either layout, or a summary; a mapping becomes one sheet per
        frame. Lists become text. Times are written in UTC, as Excel has no time zones.
    path : path-like
        The file, replaced atomically, or ``s3://bucket/key``. A column with numbers of more than
        15 digits or times before 1900-03-01 is written as text, as Excel can't store them.
    raw : bool, default False
        Leave text as it is; see ``to_csv``. A cell is text in either case, never a formula.
    sheet : str, default "images"
        Sheet name for a single frame: 1 to 31 characters, no brackets, colon, asterisk, question
        mark or slashes, and no apostrophe at either end.
    notes : sequence of str
        Lines of the sheet ``notes``, after the completeness of each frame with a certificate.
    total : pandas.DataFrame, optional
        The totals of a single frame in one row, as returned by ``totals``: only columns whose sum
        equals them get a total. Default: columns that are known to count each image once.

    Returns
    -------
    pathlib.Path or str
        The path of the file; a str for object storage.

    Raises
    ------
    ValueError
        A sheet's name is not valid in Excel, or the suffix is that of another format.
    FrameError
        Rows of one image differ, or text contains an unpaired surrogate, which can't be written.
    ImagedfError
        xlsxwriter is not installed, there are more rows than a sheet can have, text is longer
        than a cell can have, or the file can't be written.

    See Also
    --------
    to_csv : Write a frame as text.

    Notes
    -----
    Each sheet has a frozen header with a filter, column widths and number formats. The last row
    has the totals of the columns that can be summed, as formulas that follow the filter; a column
    has none if an image counts in several rows or nothing is known.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> frame = imagedf.example()
    >>> sheets = {"by type": imagedf.by_type(frame), "images": imagedf.collapse_regions(frame)}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     imagedf.to_excel(sheets, pathlib.Path(folder) / "images.xlsx").name
    'images.xlsx'
    """
    check_suffix(path, ".xlsx")
    if total is not None and not isinstance(total, pd.DataFrame):
        raise TypeError(f"total must be a pandas frame, not {received(total)}")
    frames = dict(frame) if isinstance(frame, Mapping) else {sheet: frame}
    _check_names(frames)
    sheets = [
        Sheet(name, _cells(one, raw=raw), summed_columns(one, total))
        for name, one in frames.items()
    ]
    content = workbook(sheets, _NOTES, list(dict.fromkeys([*_completeness(frames), *notes])))
    with replace(path) as temporary:
        temporary.write_bytes(content)
    return str(path) if is_object(path) else Path(path)


def _check_names(frames: Mapping[str, pd.DataFrame]) -> None:
    """Raise for a name that Excel rejects, and for two names that differ only in case."""
    if not frames:
        raise ValueError("a workbook needs at least one frame")
    for name, frame in frames.items():
        require(frame)
        if not _SHEET.fullmatch(name) or len(name.encode("utf-16-le")) > 2 * 31:
            raise ValueError(
                f"sheet must be 1 to 31 characters valid in Excel, not {received(name)}"
            )
    lower = [name.lower() for name in frames]
    if len(set(lower)) < len(lower) or _NOTES in lower:
        raise ValueError(f"sheet names must differ, ignoring case, also from {_NOTES!r}")


def _completeness(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the different lines about the completeness of the frames."""
    found = [completeness_line(frame) for frame in frames.values() if _has_images(frame)]
    return [line for line in dict.fromkeys(found) if line is not None]


def _has_images(frame: pd.DataFrame) -> bool:
    """Return whether a frame is a listing; deletion candidates are only a selection of images."""
    return {*IDENTITY, "public"} <= set(frame.columns)


def _cells(frame: pd.DataFrame, *, raw: bool) -> pd.DataFrame:
    cells = for_people(frame, raw=raw)
    _check_limits(cells)
    for name, column in cells.items():
        cells[name] = _in_excel(column)
    return cells


def _in_excel(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return times without a zone, and values that Excel can't store as text."""
    is_of = pd.api.types
    if is_of.is_datetime64_any_dtype(column.dtype):
        times = column if column.dt.tz is None else column.dt.tz_convert("UTC").dt.tz_localize(None)
        outside = (times < _FIRST_TIME) | (times > _LAST_TIME)
        if not outside.any():
            return times
        return times.map(lambda time: time.isoformat(sep=" "), na_action="ignore").astype("str")
    if is_of.is_integer_dtype(column.dtype) and (column.abs() >= _LARGE).any():
        return column.astype("str")
    return column


def _check_limits(cells: pd.DataFrame) -> None:
    if len(cells) >= _ROWS - 1:
        raise ImagedfError(
            f"{len(cells):,} rows are more than an Excel sheet can have ({_ROWS - 2:,} and a "
            "total); write Parquet or CSV"
        )
    for name in text_columns(cells):
        longest = cells[name].astype("str").str.len().max()
        if longest > _CELL:
            raise ImagedfError(
                f"column {name} has text of {longest:,.0f} characters; an Excel cell can have only "
                f"{_CELL:,}: write Parquet or CSV"
            )
