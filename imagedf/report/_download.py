"""A table as a download that is part of the page: a ``data:`` address with CSV."""

from __future__ import annotations

import base64
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from imagedf.files import to_csv


def data_address(frame: pd.DataFrame) -> str:
    """Return all rows as a ``data:`` address; formula cells are neutralised as in ``to_csv``."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        to_csv(frame, path)
        text = base64.b64encode(path.read_bytes()).decode()
    return f"data:text/csv;charset=utf-8;base64,{text}"
