"""Return one row per image of a pandas frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from imagedf.errors import FrameError
from imagedf.frame import (
    first_rows,
    identity_in,
    image_codes,
    is_own,
    list_array,
    typed,
    without_attrs,
)
from imagedf.pages import region_rows
from imagedf.summary._keys import PARTS, UNKNOWN_TAG

SHARE = "_share"
"""Each row's share of its image: 1 / number of rows of that image."""

_TYPED = ("size_gigabytes", "created_at")
_Numbers = np.ndarray[Any, np.dtype[np.intp]]


def on_pandas(frame: pd.DataFrame, columns: list[str], parts: Sequence[str]) -> pd.DataFrame:
    """Return one row per image, or per image and part; see ``image_rows_on``."""
    frame = without_attrs(frame)
    if "used" in columns and "used" not in frame.columns:
        frame = frame.assign(used=_use(frame["used_by"]))
    listed = image_codes(frame)
    codes = listed if "account" in columns else codes_across_accounts(frame, listed)
    firsts = first_rows(codes)
    agreed = {name: _agreed(_measured(frame, name), codes, firsts) for name in columns}
    images = pd.DataFrame(agreed, index=range(len(firsts)))
    if list(parts) == ["tag"] and "tag" not in frame.columns:
        # All rows of an image have the same tags, so one row of each is enough.
        once = first_rows(listed)
        frame, codes = frame.take(once), codes[once]
    for part in parts:
        if part not in frame.columns:
            frame, parents = _exploded(frame, part)
            codes = codes[parents]
    return _with_parts(images, frame, codes, parts) if parts else images


def _use(cells: pd.Series[Any]) -> pd.Series[str]:
    """Return whether each list of users has an entry: yes, no, or unknown if it is missing."""
    words = map(_use_of, cells)
    return pd.Series(list(words), index=cells.index, dtype="str")


def _use_of(cell: Any) -> str:
    if not isinstance(cell, list | tuple | np.ndarray):
        return "unknown"
    return "yes" if len(cell) else "no"


def _exploded(frame: pd.DataFrame, part: str) -> tuple[pd.DataFrame, _Numbers]:
    """Return one row per part, and the row number in the frame of each."""
    lists = frame[PARTS[part]]
    layout = region_rows(list_array(lists))
    others = [name for name in PARTS.values() if name in frame.columns and name != lists.name]
    present = [name for name in PARTS if name in frame.columns]
    exploded = frame[[*present, *others]].take(layout.parents).reset_index(drop=True)
    exploded[part] = pd.Series(layout.region.to_pandas(), dtype="str")
    if part == "tag":
        unread = lists.isna().to_numpy(dtype=bool)[layout.parents]
        exploded[part] = exploded[part].mask(unread, UNKNOWN_TAG)
    return exploded, layout.parents


def codes_across_accounts(frame: pd.DataFrame, codes: _Numbers) -> _Numbers:
    """Return codes in which a public image with an id has one code across accounts."""
    if not {"type", "public"} <= set(frame.columns) or frame["account"].nunique(dropna=False) < 2:
        return codes
    images = frame.take(first_rows(codes))
    shared = ~is_own(images) & images["id"].notna().to_numpy(dtype=bool)
    keys = [name for name in identity_in(frame.columns) if name != "account"]
    groups = images.loc[shared, keys].reset_index(drop=True).groupby(keys, dropna=False, sort=False)
    numbers = np.arange(len(images))
    numbers[shared] = len(images) + groups.ngroup().to_numpy()
    return np.asarray(pd.factorize(numbers[codes])[0], dtype=np.intp)


def _measured(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Return a column; an object column gets its documented dtype, and times are in UTC."""
    column = frame[name]
    if name in _TYPED and column.dtype == object:
        column = typed(frame[[name]])[name]
    zoned = name in _TYPED and isinstance(column.dtype, pd.DatetimeTZDtype)
    return column.dt.tz_convert("UTC") if zoned else column


def _agreed(column: pd.Series[Any], codes: _Numbers, firsts: _Numbers) -> pd.Series[Any]:
    """Return one value per image: the one on all its rows, or else the largest."""
    if len(firsts) == len(codes):
        return column.reset_index(drop=True)
    values = column.take(firsts).reset_index(drop=True)
    if values.take(codes).reset_index(drop=True).equals(column.reset_index(drop=True)):
        return values
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    try:
        return column.groupby(codes).max().reset_index(drop=True)
    except TypeError as error:
        raise FrameError(
            f"column {column.name} differs between the rows of an image: {error}"
        ) from error


def _with_parts(
    images: pd.DataFrame, frame: pd.DataFrame, codes: _Numbers, parts: Sequence[str]
) -> pd.DataFrame:
    """Repeat each image once per value; a missing value counts only if it is the only one."""
    kept = np.ones(len(frame), dtype=bool)
    pairs = codes.astype(np.int64)
    for part in parts:
        values, uniques = pd.factorize(frame[part])
        has_value = np.bincount(codes, values >= 0, minlength=len(images)) > 0
        kept &= (values >= 0) | ~has_value[codes]
        pairs = pairs * (len(uniques) + 1) + values + 1
    positions = np.flatnonzero(kept)
    positions = positions[~pd.Series(pairs[positions]).duplicated().to_numpy()]
    owners = codes[positions]
    rows = images.take(owners).reset_index(drop=True)
    for part in parts:
        rows[part] = frame[part].take(positions).reset_index(drop=True)
    rows[SHARE] = 1.0 / np.bincount(owners, minlength=len(images))[owners]
    return rows
