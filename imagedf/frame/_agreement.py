"""Check that the rows of one image agree: with two values for one image, no total is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from imagedf._text import quoted
from imagedf.errors import FrameError
from imagedf.frame._columns import Positions
from imagedf.schema import API_FIELDS, cost_column

_OTHERS = ("billing_class",)


def check_agreement(frame: pd.DataFrame, codes: Positions, firsts: Positions) -> None:
    """Raise if rows of one image differ in a column of the image other than its regions.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either layout.
    codes, firsts : numpy.ndarray
        The number of each row's image, and the first row of each image.

    Raises
    ------
    FrameError
        Rows differ; the message names the image, the column, both values, and what to do.
    """
    later = np.flatnonzero(firsts[codes] != np.arange(len(codes)))
    if not len(later):
        return
    # If the rows of an image are adjacent, as after a fetch, each is compared with the row above:
    # slices of a column are not copied.
    adjacent = np.array_equal(codes[later], codes[later - 1])
    for name in _columns_of_images(frame):
        rows = _candidates(frame[name], later) if adjacent else later
        first = rows - 1 if adjacent else firsts[codes[rows]]
        wrong = _differing(frame[name], first, rows) if len(rows) else rows
        if len(wrong):
            _refuse(frame, name, int(first[wrong[0]]), int(rows[wrong[0]]))


def _columns_of_images(frame: pd.DataFrame) -> Iterator[str]:
    """Yield the columns of images that the frame has, those most likely to differ first."""
    cost = cost_column(frame.columns)
    names = ("size_gigabytes", *API_FIELDS, *_OTHERS, *([cost] if cost else []))
    for name in dict.fromkeys(names):
        if name in frame.columns and name not in ("id", "name", "regions"):
            yield name


def _candidates(column: pd.Series[Any], later: Positions) -> Positions:
    """Return the rows whose value may differ from that of the row above."""
    return later if column.dtype == object else later[differs_from_above(column)[later - 1]]


def differs_from_above(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return for each row after the first whether it differs; two missing values are equal.

    Slices of a column are not copied.
    """
    missing, values = column.isna().to_numpy(), column.array
    differ = pd.Series(values[1:] != values[:-1]).fillna(value=True).to_numpy(dtype=bool)
    return np.asarray(differ & ~(missing[1:] & missing[:-1]))


def _differing(column: pd.Series[Any], first: Positions, later: Positions) -> Positions:
    """Return where values at two lists of positions differ; missing values are equal."""
    if column.dtype == object:
        cells = column.to_numpy()
        ones, others = cells[first].tolist(), cells[later].tolist()
        if set(map(type, others)) <= {list, type(None)} and ones == others:
            return np.empty(0, dtype=np.intp)  # one comparison of lists is ten times faster
        same = list(map(_same, ones, others))
        return np.flatnonzero(~np.asarray(same, dtype=bool))
    one = column.take(first).reset_index(drop=True)
    other = column.take(later).reset_index(drop=True)
    if one.equals(other):
        return np.empty(0, dtype=np.intp)
    differ = (one != other).fillna(value=True) & ~(one.isna() & other.isna())
    return np.flatnonzero(differ.to_numpy(dtype=bool))


def _same(one: Any, other: Any) -> bool:
    """Compare two cells: sequences by their elements; two missing cells are equal."""
    listed = [isinstance(cell, list | tuple | np.ndarray) for cell in (one, other)]
    if any(listed):
        return all(listed) and list(one) == list(other)
    return bool(one is other or (pd.isna(one) and pd.isna(other)) or (one == other) is True)


def _refuse(frame: pd.DataFrame, column: str, first: int, later: int) -> None:
    values = " and ".join(_shown(frame[column].iloc[row]) for row in (first, later))
    image = {name: frame[name].iloc[later] for name in ("account", "id", "name")}
    raise FrameError(
        f"image {image['id']} ({quoted(image['name'])}) of account {quoted(image['account'])} has "
        f"different values of {column} ({values}); the frame combines two listings: pass one of "
        "them, or compare them with diff_images"
    )


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple | np.ndarray):
        return f"[{', '.join(map(str, value)):.40}]"
    return "missing" if pd.isna(value) else f"{value!s:.40}"
