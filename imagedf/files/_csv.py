"""``to_csv``: write text that a spreadsheet can open without running anything in it."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

from imagedf.files._atomic import Target, check_suffix, replace
from imagedf.files._cells import encodable, for_people, text_columns
from imagedf.files._objects import is_object

if TYPE_CHECKING:
    import pandas as pd


@overload
def to_csv(frame: pd.DataFrame, path: os.PathLike[str], *, raw: bool = False) -> Path: ...
@overload
def to_csv(frame: pd.DataFrame, path: str, *, raw: bool = False) -> Path | str: ...
@encodable()
def to_csv(frame: pd.DataFrame, path: Target, *, raw: bool = False) -> Path | str:
    """Write a frame as CSV that a spreadsheet can open without running anything in it.

    Parameters
    ----------
    frame : pandas.DataFrame
        Any frame of imagedf: either layout, or a summary. Lists become text, joined by
        ``", "``.
    path : path-like
        The file, replaced atomically, or ``s3://bucket/key``. UTF-8, one line per row, no index.
    raw : bool, default False
        Leave text as it is. By default, text that a spreadsheet would read as a formula is
        prefixed with an apostrophe: text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a
        carriage return, including after white space, in full-width form, and after a semicolon,
        tab or line end, where spreadsheets in some countries begin a new cell.

    Returns
    -------
    pathlib.Path or str
        The path of the file; a str for object storage.

    Raises
    ------
    ValueError
        The suffix is that of another format.
    FrameError
        Rows of one image differ, or text contains an unpaired surrogate, which can't be written.
    ImagedfError
        The file can't be written; the old file is unchanged.

    See Also
    --------
    to_excel : Write a workbook.
    to_parquet : Write exact, typed values.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> frame = imagedf.example()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = imagedf.to_csv(imagedf.by_type(frame), pathlib.Path(folder) / "types.csv")
    ...     print(path.read_text().splitlines()[1][:17])
    snapshot,5,11.72,
    """
    check_suffix(path, ".csv", ".txt")
    with replace(path) as temporary:
        _write(frame, temporary, raw=raw)
    return str(path) if is_object(path) else Path(path)


def csv_text(frame: pd.DataFrame) -> str:
    """Return the text that ``to_csv`` would write, for a download inside a page."""
    buffer = io.StringIO()
    _write(frame, buffer, raw=False)
    return buffer.getvalue()


def _write(frame: pd.DataFrame, target: Path | io.StringIO, *, raw: bool) -> None:
    cells = for_people(frame, raw=raw, split=True)
    # A carriage return ends a row for a spreadsheet, but the csv module may not quote it.
    returns = _has_return(cells)
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    cells.to_csv(target, index=False, encoding="utf-8", lineterminator="\n", quoting=quoting)


def _has_return(cells: pd.DataFrame) -> bool:
    texts = (cells[name].astype("str") for name in text_columns(cells))
    return any(text.str.contains("\r", regex=False).any() for text in texts)
