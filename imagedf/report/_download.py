"""A table as a download that is part of the page: a ``data:`` address with CSV."""

from __future__ import annotations

import base64

import pandas as pd

from imagedf.files import csv_text


def data_address(frame: pd.DataFrame) -> str:
    """Return all rows as a ``data:`` address; formula cells are neutralised as in ``to_csv``."""
    text = base64.b64encode(csv_text(frame).encode()).decode()
    return f"data:text/csv;charset=utf-8;base64,{text}"
