"""Convert frames of all engines to plain rows, so that tests can compare their numbers."""

from __future__ import annotations

import math
import random
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import strategies as st

import imagedf
from tests.strategies import DISTRIBUTIONS, STATUSES, TAGS, TYPES, frame_of, listings

Row = dict[str, Any]

FIRST_DAY = date(2026, 10, 30)

KEYS: tuple[list[str], ...] = (
    ["distribution"],
    ["account", "type"],
    ["public"],
    ["region"],
    ["tag"],
    ["region", "tag"],
    ["age"],
    ["month", "status"],
)
"""Plain keys, keys computed from ``created_at``, and keys with several values per image."""


BOOK = """
currency = "USD"
unit = "GB-month"
[[rate]]
billing_class = "snapshot"
effective_from = 2022-07-01
rate = "0.06"
source = "https://example.com/a"
read_on = 2026-11-23
[[rate]]
billing_class = "snapshot"
account = "b"
effective_from = 2022-07-01
rate = "0.05"
source = "https://example.com/b"
read_on = 2026-11-23
[[rate]]
billing_class = "custom"
effective_from = 2026-10-31
rate = "0.02"
unit = "GiB-month"
source = "https://example.com/c"
read_on = 2026-11-23
"""
"""Rates that depend on the account and on a day within the generated histories."""

TAGGED = """
[[rate]]
billing_class = "backup"
tag = "keep"
effective_from = 2022-07-01
rate = "0.03"
source = "https://example.com/d"
read_on = 2026-11-23
"""


def price_book(text: str) -> imagedf.PriceBook:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prices.toml"
        path.write_text(text, encoding="utf-8")
        return imagedf.PriceBook.load(path)


def arrow(frame: pd.DataFrame) -> pa.Table:
    """Return the table that every engine reads from the Parquet file of a frame."""
    with tempfile.TemporaryDirectory() as folder:
        path = imagedf.to_parquet(frame, Path(folder) / "images.parquet")
        return pq.ParquetFile(path).read().replace_schema_metadata()


def rows_of(frame: Any) -> list[Row]:
    """Compute a frame of any engine and return its rows; a missing value is None."""
    if hasattr(frame, "compute"):
        frame = frame.compute()
    if hasattr(frame, "collect") and not hasattr(frame, "toArrow"):
        frame = frame.collect()
    if isinstance(frame, pd.DataFrame):
        frame = pa.Table.from_pandas(frame, preserve_index=False)
    for name in ("toArrow", "to_arrow", "to_arrow_table"):
        if hasattr(frame, name):
            frame = getattr(frame, name)()
            break
    rows: list[Row] = frame.to_pylist()
    return [{key: _plain(value) for key, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.date()  # pandas has no dates, only their midnights
    return value.astimezone(None) if hasattr(value, "tzinfo") and value.tzinfo else value


def assert_same(got: list[Row], expected: list[Row]) -> None:
    """Compare row by row, in order; numbers within float tolerance."""
    assert [list(row) for row in got] == [list(row) for row in expected]
    for mine, theirs in zip(got, expected, strict=True):
        for name, value in theirs.items():
            if isinstance(value, float):
                assert mine[name] == pytest.approx(value, rel=1e-9, abs=1e-9), (name, mine, theirs)
            else:
                assert mine[name] == value, (name, mine, theirs)


def on_day(frame: pd.DataFrame, number: int) -> pd.DataFrame:
    """Return a frame with a day, in the dtype of ``read_history``."""
    day = pd.Timestamp(FIRST_DAY + timedelta(days=number))
    days = pd.Series(day, index=frame.index, dtype="datetime64[us]")
    return frame.assign(snapshot_date=days)


@st.composite
def accounts(draw: st.DrawFn) -> pd.DataFrame:
    """Draw two accounts, rows in any order and some twice; both list some public images.

    Sizes may also be negative or impossible.
    """
    wild = st.lists(st.sampled_from([None, -1.5, float("inf"), 3e9, 7.25]), max_size=4)
    parts = [frame_of(draw(listings), account) for account in ("default", "b")]
    if draw(st.booleans()):
        parts.append(parts[0][parts[0]["public"].fillna(value=False)].assign(account="b"))
    frame = pd.concat(parts, ignore_index=True)
    images = frame.groupby(["account", "id", "name"], dropna=False, sort=False).ngroup()
    frame = frame[~images.isin(_contradicting(frame, images))].reset_index(drop=True)
    for number, size in enumerate(draw(wild)):
        frame.loc[images.reindex(frame.index) == number, "size_gigabytes"] = size
    return draw(_shuffled(frame))


def _contradicting(frame: pd.DataFrame, images: pd.Series[int]) -> list[int]:
    """Return the images of an account that are not the same in two of its listings."""
    rows = frame.drop(columns=["region", "tags"]).groupby(images).nunique(dropna=False)
    return rows.index[(rows > 1).any(axis=1)].tolist()


@st.composite
def _shuffled(draw: st.DrawFn, frame: pd.DataFrame) -> pd.DataFrame:
    order = draw(st.permutations(range(len(frame))))
    again = draw(st.lists(st.sampled_from(range(len(frame))), max_size=5)) if len(frame) else []
    return frame.iloc[[*order, *again]].reset_index(drop=True)


@st.composite
def histories(draw: st.DrawFn) -> pd.DataFrame:
    """Draw days of two accounts, rows in any order and some twice."""
    parts = [
        on_day(frame_of(draw(listings), account), number)
        for number in range(3)
        for account in ("default", "b")
    ]
    return draw(_shuffled(pd.concat(parts, ignore_index=True)))


def odd_history(accounts: int = 12, days: int = 3) -> pd.DataFrame:
    """Return one frame of many small random ones, each with its own account and day."""
    chance = random.Random(5)
    parts = [
        on_day(frame_of(_odd_listing(chance), f"account {account}"), day)
        for account in range(accounts)
        for day in range(days)
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame = pd.concat([frame, frame.sample(len(frame) // 5, random_state=5)], ignore_index=True)
    public = frame[frame["public"].fillna(value=False) & (frame["account"] == "account 0")]
    return pd.concat([frame, public.assign(account="account x")], ignore_index=True)


def _odd_listing(chance: random.Random) -> list[dict[str, Any]]:
    keys = {
        (chance.randint(1, 4), chance.choice(["web", "db", "Größe", "", None])) for _ in "12345"
    }
    return [
        {
            "id": number,
            "name": name,
            "type": chance.choice(TYPES),
            "distribution": chance.choice(DISTRIBUTIONS),
            "public": chance.choice([True, False, False, None]),
            "regions": chance.choice([None, [], ["nyc1"], ["nyc1", "ams3", "nyc1"]]),
            "created_at": chance.choice([None, "2026-01-31T23:30:00Z", "2026-10-30T00:00:00Z"]),
            "size_gigabytes": chance.choice([None, None, 0, 0.01, 2.34, 1000.7]),
            "tags": chance.choice([None, [], chance.sample(TAGS, 1), chance.sample(TAGS, 3)]),
            "status": chance.choice(STATUSES),
        }
        for number, name in sorted(keys, key=str)
    ]
