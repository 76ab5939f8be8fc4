"""Which rows show the same image.

An image is identified by account, id and name, and by ``snapshot_date`` in a history: ids
repeat in the documented answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from imagedf.errors import FrameError, missing_columns
from imagedf.schema import IDENTITY

_Positions = np.ndarray[Any, np.dtype[np.intp]]


def require(frame: Any, columns: Iterable[str] = ()) -> None:
    """Raise unless it is a pandas frame that has all of the columns, and none twice."""
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"expected a pandas DataFrame, got a {type(frame).__name__}")
    columns = list(columns)
    present = list(frame.columns)
    if not frame.columns.is_unique:
        twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
        raise FrameError(f"the frame has columns of the same name: {', '.join(twice)}")
    if any(column not in present for column in columns):
        raise missing_columns(columns, present)


def require_one_day(frame: pd.DataFrame, name: str = "the frame") -> None:
    """Raise when a frame holds several days of a history: each image would count on each."""
    require(frame)
    if "snapshot_date" in frame.columns and len(frame["snapshot_date"].unique()) > 1:
        raise FrameError(
            f"{name} holds several days of a history; pass one, as read_history(since=, until=) "
            "gives it"
        )


def identity_in(columns: Iterable[str]) -> list[str]:
    """Name those of the columns that identify an image."""
    return [*IDENTITY, *(["snapshot_date"] if "snapshot_date" in columns else [])]


def identity_of(frame: pd.DataFrame) -> list[str]:
    """Name the columns that identify an image in this frame."""
    require(frame, IDENTITY)
    return identity_in(frame.columns)


def image_codes(frame: pd.DataFrame) -> _Positions:
    """Give each row the number of its image, from 0, in order of appearance."""
    keys = identity_of(frame)
    try:
        return _codes(frame, keys)
    except (TypeError, NotImplementedError, UnicodeEncodeError) as error:
        # In turn: lists as objects, lists of Arrow (its own error is a kind of this built-in
        # one), and half a character.
        problem = f"{', '.join(keys)} must be plain values, which identify an image: {error}"
    raise FrameError(problem)


def _codes(frame: pd.DataFrame, keys: list[str]) -> _Positions:
    numbers = _numbered_ids(frame, keys)
    if numbers is not None and len(numbers):
        starts = np.concatenate([[True], _differs(frame, numbers)])
        if pd.Index(numbers[starts]).is_unique:
            return np.cumsum(starts) - 1
    rows = frame[keys].reset_index(drop=True)  # an index may have the name of a key
    return np.asarray(rows.groupby(keys, sort=False, dropna=False).ngroup(), dtype=np.intp)


def _differs(frame: pd.DataFrame, numbers: _Positions) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell for each row but the first whether it shows another image than the row above."""
    differs: np.ndarray[Any, np.dtype[np.bool_]] = numbers[1:] != numbers[:-1]
    near = np.flatnonzero(~differs)
    above, below = (frame["name"].iloc[rows].reset_index(drop=True) for rows in (near, near + 1))
    # Where pandas' NA is compared, the answer is NA, too.
    renamed = (above != below).fillna(value=True) & ~(above.isna() & below.isna())
    differs[near[renamed.to_numpy(dtype=bool)]] = True
    return differs


def _numbered_ids(frame: pd.DataFrame, keys: list[str]) -> _Positions | None:
    """Fold id, account and day into one number a row, where that can be done exactly."""
    ids = frame["id"]
    if ids.hasnans or not pd.api.types.is_integer_dtype(ids.dtype):
        return None
    numbers = ids.to_numpy(dtype=np.int64)
    for key in keys:
        if key not in ("id", "name"):
            codes, uniques = pd.factorize(frame[key], use_na_sentinel=False)
            if len(uniques) > 1:
                if numbers.min() < 0 or (int(numbers.max()) + 1) * len(uniques) >= 2**63:
                    return None
                numbers = numbers * len(uniques) + codes
    return numbers


def image_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the first row of each image; region columns no longer mean anything then.

    Returns
    -------
    pandas.DataFrame
        One row an image, without ``region``, ``regions``, ``region_count`` and
        ``allocated_gigabytes``; every other column stays.
    """
    gone = ("region", "regions", "region_count", "allocated_gigabytes")
    kept = frame[[name for name in frame.columns if name not in gone]]
    firsts = first_rows(image_codes(frame))
    return kept if len(firsts) == len(frame) else kept.take(firsts).reset_index(drop=True)


def first_rows(codes: _Positions) -> _Positions:
    """Return the position at which each number stands first."""
    if not len(codes):
        return codes
    count = int(codes.max()) + 1
    if count == len(codes):
        return np.arange(count)
    firsts = np.empty(count, dtype=np.intp)
    firsts[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return firsts
