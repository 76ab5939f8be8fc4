"""Find out which rows belong to the same image, and whether they agree.

An image is identified by account, id and name, and by ``snapshot_date`` in a history: ids
repeat in the documented response. Images without an id are never duplicates of each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from imagedf._text import TOTAL
from imagedf.errors import FrameError, missing_columns
from imagedf.frame._agreement import check_agreement, differs_from_above
from imagedf.frame._certificate import without_attrs
from imagedf.frame._columns import Positions
from imagedf.schema import API_FIELDS, IDENTITY


def require(frame: Any, columns: Iterable[str] = ()) -> None:
    """Raise unless this is a pandas frame with all of the columns, and none twice."""
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"expected a pandas frame of images, got {kind_of(frame)}")
    columns = list(columns)
    present = list(frame.columns)
    if not frame.columns.is_unique:
        twice = sorted({str(name) for name in frame.columns[frame.columns.duplicated()]})
        raise FrameError(f"the frame has several columns with the same name: {', '.join(twice)}")
    if any(column not in present for column in columns):
        raise missing_columns(columns, present)


def kind_of(thing: object) -> str:
    """Name the type of what was passed, and how to get a pandas frame from it."""
    kind = type(thing)
    package = kind.__module__.partition(".")[0]
    name = kind.__name__ if package == "builtins" else f"{package}.{kind.__name__}"
    for method in ("to_pandas", "toPandas", "df"):
        if package != "pandas" and hasattr(kind, method):
            return f"{name}; convert it with .{method}()"
    if name == "imagedf.Account":
        return f"{name}; pass account.images"
    collect = package == "polars" and hasattr(kind, "collect")
    return f"{name}; convert it with .collect().to_pandas()" if collect else name


def require_one_day(frame: pd.DataFrame, name: str = "the frame") -> None:
    """Raise if a frame contains several days of a history: images would count once per day."""
    require(frame)
    if "snapshot_date" in frame.columns and len(frame["snapshot_date"].unique()) > 1:
        raise FrameError(
            f"{name} contains several days of a history; pass one day, such as "
            "read_history(history, since=day, until=day)"
        )


def identity_in(columns: Iterable[str]) -> list[str]:
    """Return the names of the columns that identify an image."""
    return [*IDENTITY, *(["snapshot_date"] if "snapshot_date" in columns else [])]


def identity_of(frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns that identify an image in this frame."""
    require(frame, IDENTITY)
    return identity_in(frame.columns)


def image_codes(frame: pd.DataFrame) -> Positions:
    """Return a number per row that identifies its image, from 0 in order of appearance.

    Raises
    ------
    FrameError
        Rows of one image differ in a column of the image, or a column that identifies images
        contains lists.
    """
    keys = identity_of(frame)
    frame = without_attrs(frame)
    try:
        codes = _without_id(frame, keys, _codes(frame, keys))
    except (TypeError, NotImplementedError, UnicodeEncodeError) as error:
        # The cases, in this order: lists as objects, lists of Arrow (whose error is a subclass
        # of this built-in one), and an unpaired surrogate.
        raise FrameError(
            f"the columns that identify an image ({', '.join(keys)}) must be plain values: {error}"
        ) from error
    check_agreement(frame, codes, first_rows(codes))
    return codes


def require_agreement(frame: pd.DataFrame) -> None:
    """Raise if rows of one image contradict each other; a frame without images passes."""
    if {*IDENTITY, "type", "public"} <= set(frame.columns):
        image_codes(frame)


def _codes(frame: pd.DataFrame, keys: list[str]) -> Positions:
    numbers = _numbered_ids(frame, keys)
    if numbers is not None and len(numbers):
        starts = np.concatenate([[True], _differs(frame, numbers)])
        if pd.Index(numbers[starts]).is_unique:
            return np.cumsum(starts) - 1
    rows = frame[keys].reset_index(drop=True)  # an index may have the same name as a key
    return np.asarray(rows.groupby(keys, sort=False, dropna=False).ngroup(), dtype=np.intp)


def _differs(frame: pd.DataFrame, numbers: Positions) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return for each row after the first whether its image differs from the row above."""
    differs: np.ndarray[Any, np.dtype[np.bool_]] = numbers[1:] != numbers[:-1]
    if not differs.all():
        differs |= differs_from_above(frame["name"])
    return differs


def _numbered_ids(frame: pd.DataFrame, keys: list[str]) -> Positions | None:
    """Combine id, account and day into one number per row, if that can be done exactly."""
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


def _without_id(frame: pd.DataFrame, keys: list[str], codes: Positions) -> Positions:
    """Return the codes, with images without an id separated: equal rows may be several images."""
    missing = frame["id"].isna().to_numpy(dtype=bool)
    if not missing.any():
        return codes
    rows = frame.loc[missing].reset_index(drop=True)
    if ((rows["account"] == TOTAL) & rows["name"].isna()).any():
        raise FrameError(
            f"the row {TOTAL!r} is the totals of an Excel sheet, not an image: drop it, or read "
            "the images from Parquet"
        )
    numbers = pd.Series(codes, dtype="int64")
    numbers[missing] = codes.max() + 1 + np.asarray(_numbers_without_id(rows, keys))
    return np.asarray(pd.factorize(numbers)[0], dtype=np.intp)


def _numbers_without_id(rows: pd.DataFrame, keys: list[str]) -> Positions:
    """Return numbers of images without an id: ``region_count`` equal rows are one image."""
    if "region" not in rows.columns:
        return np.arange(len(rows), dtype=np.intp)
    equal = [name for name in (*keys, *API_FIELDS, "region_count") if name in rows.columns]
    equal = list(dict.fromkeys(name for name in equal if name != "id"))
    if "tags" in equal:
        rows = rows.assign(tags=rows["tags"].map(repr))  # lists can't be grouping keys
    groups = rows.groupby(equal, sort=False, dropna=False)
    place = groups.cumcount()
    if "region_count" in rows.columns:
        place //= rows["region_count"].fillna(1).clip(lower=1).astype("int64")
    again = rows.groupby([*equal, "region"], sort=False, dropna=False).cumcount()
    number = np.maximum(place, again)
    return np.asarray(
        pd.DataFrame({"group": groups.ngroup(), "number": number})
        .groupby(["group", "number"], sort=False)
        .ngroup(),
        dtype=np.intp,
    )


def image_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the first row of each image, without the region columns, which no longer apply.

    Returns
    -------
    pandas.DataFrame
        One row per image, without ``region``, ``regions``, ``region_count`` and the allocated
        columns; every other column is kept.
    """
    kept = frame[list(_of_images(frame.columns))]
    firsts = first_rows(image_codes(frame))
    return kept if len(firsts) == len(frame) else kept.take(firsts).reset_index(drop=True)


def _of_images(columns: Iterable[Any]) -> Iterator[Any]:
    regions = ("region", "regions", "region_count", "allocated_gigabytes")
    return (
        name
        for name in columns
        if name not in regions and not str(name).startswith("allocated_cost_")
    )


def first_rows(codes: Positions) -> Positions:
    """Return the position at which each number appears first."""
    if not len(codes):
        return codes
    count = int(codes.max()) + 1
    if count == len(codes):
        return np.arange(count)
    firsts = np.empty(count, dtype=np.intp)
    firsts[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return firsts
