"""Prepare cells for spreadsheets: lists as text, and no text that would run as a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from imagedf.errors import FrameError
from imagedf.frame import require, require_agreement

# White space and invisible characters, then characters that begin a formula, in all widths.
_BLANK = r"[\s\x00-\x1f\xad\u200b-\u200f\u2060\ufeff]"
_VISIBLE = r"[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u207a-\u207c]"
_FORMULA = re.compile(rf"{_BLANK}*(?:{_VISIBLE}|[\t\r\n])")
# In many countries, Excel splits CSV at semicolons, so a cell may begin after one.
_SPLIT = re.compile(rf'([;\t\r\n])(?=(?:{_BLANK}|")*{_VISIBLE})')


@contextmanager
def encodable() -> Iterator[None]:
    """Raise ``FrameError`` for text that no file can contain."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise FrameError(f"text contains an unpaired surrogate: {error}") from error


def for_people(frame: pd.DataFrame, *, raw: bool = False, split: bool = False) -> pd.DataFrame:
    """Return the frame with lists as text and, unless ``raw``, without text that is a formula.

    With ``split``, text after a semicolon, tab or line end is treated like a separate cell.
    """
    require(frame)
    require_agreement(frame)
    cells = frame.copy(deep=False)
    neutral = _neutral_in_csv if split else _neutral
    for name in text_columns(cells):
        if cells[name].dtype == object:
            cells[name] = cells[name].map(_joined, na_action=None)
        if not raw:
            cells[name] = cells[name].astype(object).map(neutral, na_action="ignore")
    return cells if raw else cells.rename(columns=neutral)


def text_columns(cells: pd.DataFrame) -> list[Any]:
    """Return the names of the columns that may contain text, of any dtype."""
    is_of = pd.api.types
    return [
        name
        for name, dtype in cells.dtypes.items()
        if not (is_of.is_numeric_dtype(dtype) or is_of.is_datetime64_any_dtype(dtype))
    ]


def _joined(value: Any) -> Any:
    """Return a list as text, and anything else as it is."""
    listed = isinstance(value, list | tuple | np.ndarray)
    return ", ".join(map(str, value)) if listed else value


def _neutral(value: Any) -> Any:
    """Prefix text that a spreadsheet would read as a formula with an apostrophe."""
    if not isinstance(value, str):
        return value
    return f"'{value}" if _FORMULA.match(value) else value


def _neutral_in_csv(value: Any) -> Any:
    """Prefix each part that would be a formula in a separate cell with an apostrophe."""
    return _SPLIT.sub(r"\1'", _neutral(value)) if isinstance(value, str) else value
