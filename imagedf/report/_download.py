"""A table as a download embedded in the page: a ``data:`` URL with CSV."""

from __future__ import annotations

import base64

import pandas as pd

from imagedf.files import csv_text


def data_address(frame: pd.DataFrame) -> str:
    """Return all rows as a ``data:`` URL; formula cells are neutralized as in ``to_csv``."""
    text = base64.b64encode(csv_text(frame).encode()).decode()
    return f"data:text/csv;charset=utf-8;base64,{text}"
