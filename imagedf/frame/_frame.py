"""Arrow to the typed frame and back, and the two grains.

Every helper counts an image once, whatever the grain; ``identity`` says what an image is.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.errors import FrameError
from imagedf.frame._columns import (
    PANDAS_TYPES,
    GrowingFrame,
    collector_paused,
    cut,
    list_cells,
    to_frame,
)
from imagedf.frame._identity import first_rows, identity_of, image_codes, image_rows, require
from imagedf.pages import region_rows, without_repeats
from imagedf.schema import EXPLODED, IMAGE, STRINGS, Column

__all__ = [
    "LISTS",
    "GrowingFrame",
    "as_of",
    "certificate",
    "collapse_regions",
    "day_of",
    "explode_regions",
    "first_rows",
    "identity_of",
    "image_codes",
    "image_rows",
    "list_array",
    "list_cells",
    "require",
    "to_frame",
    "typed",
]

_BY_NAME: dict[str, Column] = {column.name: column for column in (*EXPLODED, *IMAGE)}
LISTS = ("regions", "tags")
_Positions = np.ndarray[Any, np.dtype[np.intp]]


def list_array(cells: Iterable[Any]) -> pa.Array:
    """Turn list cells (lists, arrays, tuples or missing) into an Arrow list array."""
    cells = list(cells)
    plain = set(map(type, cells)) <= {list}
    lists = cells if plain else [list(cell) if _is_listed(cell) else [] for cell in cells]
    try:
        array = pa.array(lists, type=STRINGS)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        array = None
    if array is None or array.flatten().null_count:
        raise FrameError("a list column holds cells that are no lists of text")
    return array


def _text_lists(cells: Iterable[Any]) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Return list cells as lists of text, none shared with the cells given."""
    cells = list(cells)
    plain = set(map(type, cells)) <= {list} and set(map(type, chain.from_iterable(cells))) <= {str}
    if not plain:
        return list_cells(list_array(cells))
    with collector_paused():
        return np.fromiter(map(list, cells), dtype=object, count=len(cells))


def _is_listed(cell: Any) -> bool:
    if isinstance(cell, list | tuple | np.ndarray):
        return True
    if cell is None or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)):
        return False
    raise FrameError(f"a list column holds {cell!r:.60}, which is no list")


def typed(frame: pd.DataFrame, *, left: Collection[str] = ()) -> pd.DataFrame:
    """Give known columns their documented dtypes and order; further columns follow.

    List columns in ``left`` stay as they are: they were just made, or go into Arrow next,
    which checks them as well.
    """
    grain = EXPLODED if "region" in frame.columns or "regions" not in frame.columns else IMAGE
    ordered = [column.name for column in grain if column.name in frame.columns]
    others = [name for name in frame.columns if name not in ordered]
    result = frame[ordered + others].copy(deep=False)
    for name in ordered:
        if name in left:
            continue
        if name in LISTS:
            result[name] = _text_lists(result[name])
        elif str(result[name].dtype) != _BY_NAME[name].dtype:
            result[name] = _cast(result[name])
    return result


def _cast(column: pd.Series[Any]) -> pd.Series[Any]:
    name = str(column.name)
    dtype = _BY_NAME[name].dtype
    try:
        if name == "created_at":
            return pd.to_datetime(column, utc=True).astype("datetime64[us, UTC]")
        return column.astype(dtype)  # type: ignore[call-overload, no-any-return] # dtype by name
    except (TypeError, ValueError, OverflowError) as error:
        problem = f"column {name} can't be read as {dtype}: {error}"
    raise FrameError(problem)


def certificate(frame: pd.DataFrame) -> Certificate:
    """Tell what the listing behind a frame can vouch for.

    Parameters
    ----------
    frame : pandas.DataFrame
        A frame of ``fetch_images``, ``read_images`` or ``read_parquet``, either grain.

    Returns
    -------
    Certificate
        Frozen; per account the pages, images and totals, and whether it is complete.

    Raises
    ------
    FrameError
        The frame carries no certificate.

    See Also
    --------
    fetch_images : Fetch a listing with its certificate.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> imagedf.certificate(frame).complete
    True
    """
    require(frame)
    found = _held_certificate(frame)
    if found is None:
        raise FrameError("the frame carries no certificate; fetch_images and read_images give one")
    return found


def _held_certificate(frame: Any) -> Certificate | None:
    value = (getattr(frame, "attrs", None) or {}).get(ATTRS_KEY)
    try:
        return None if value is None else Certificate.from_dict(value)
    except (TypeError, ValueError, AttributeError) as error:
        problem = f"the frame's attrs hold no certificate that this imagedf can read: {error}"
    raise FrameError(problem)


def as_of(frame: Any, now: datetime | None = None) -> datetime:
    """Return the moment that ages and rates refer to, in UTC.

    That is ``now`` if given, else the moment the frame was fetched, else the current time.
    """
    if now is None:
        found = _held_certificate(frame)
        finished = found.finished if found else None
        now = datetime.fromisoformat(finished) if finished else datetime.now(UTC)
    if not isinstance(now, datetime) or pd.isna(now):
        raise TypeError(f"now must be a datetime, not {now!r:.60}")
    return now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)


def day_of(frame: Any, on: date | None = None) -> date:
    """Return the day whose rates hold: ``on`` if given, else the day of ``as_of``."""
    if on is None or isinstance(on, datetime):
        return as_of(frame, on).date()
    if not isinstance(on, date):
        raise TypeError(f"on must be a date, not {on!r:.60}")
    return on


def explode_regions(images: pd.DataFrame) -> pd.DataFrame:
    """Turn one row per image into one row per image and region.

    Parameters
    ----------
    images : pandas.DataFrame
        One row per image, with ``regions`` (lists of slugs). A frame of the exploded
        grain is taken as well and comes back typed.

    Returns
    -------
    pandas.DataFrame
        One row per image and region, in the order of the images. ``region`` is missing
        where an image has none; a slug that repeats inside one image counts once.
        ``region_count`` and ``allocated_gigabytes`` [GB] are made anew. Columns that
        imagedf does not know are kept. The index counts from 0.

    Raises
    ------
    FrameError
        The frame has neither ``regions`` nor ``region``.

    See Also
    --------
    collapse_regions : The way back.

    Examples
    --------
    >>> import imagedf
    >>> images = imagedf.collapse_regions(imagedf.read_images("data/documented_page.json"))
    >>> len(images), len(imagedf.explode_regions(images))
    (6, 10)
    """
    require(images)
    if "region" in images.columns:
        return typed(images)
    require(images, ["regions"])
    layout = region_rows(list_array(images["regions"]))
    exploded = images.drop(columns=["regions"]).take(layout.parents).reset_index(drop=True)
    exploded["region"] = layout.region.to_pandas(types_mapper=PANDAS_TYPES.get)
    exploded["region_count"] = pd.array(layout.counts[layout.parents], dtype="Int64")
    if "size_gigabytes" in exploded.columns:
        rows = np.maximum(layout.counts, 1)[layout.parents]
        exploded["allocated_gigabytes"] = exploded["size_gigabytes"].astype("float64") / rows
    return typed(exploded)


def collapse_regions(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn one row per image and region into one row per image.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per image and region, with ``account``, ``id``, ``name`` and ``region``; rows
        may repeat. A frame of the image grain is taken as well: each image comes back once.

    Returns
    -------
    pandas.DataFrame
        One row per image, in order of first appearance, with ``regions`` (list of slugs
        in order of appearance, empty when there is none) and ``region_count`` in place of
        ``region`` and ``allocated_gigabytes``. The index counts from 0.

    Raises
    ------
    FrameError
        Columns that identify an image or its regions are missing.

    See Also
    --------
    explode_regions : The way back.

    Examples
    --------
    >>> import imagedf
    >>> exploded = imagedf.read_images("data/documented_page.json")
    >>> imagedf.collapse_regions(exploded)[["name", "regions"]].head(2)
                     name       regions
    0  Nifty New Snapshot  [nyc2, nyc3]
    1    Another Snapshot        [nyc2]
    """
    require(frame)
    if "region" not in frame.columns:
        require(frame, ["regions"])
        images = typed(frame.reset_index(drop=True))
        if len(first_rows(image_codes(images))) == len(images) and _is_counted(images):
            return images
        frame = explode_regions(images)
    codes = image_codes(frame)
    gone = [name for name in ("region", "regions", "allocated_gigabytes") if name in frame.columns]
    images = frame.drop(columns=gone).take(first_rows(codes)).reset_index(drop=True)
    images["regions"], counts = _region_lists(frame["region"], codes, len(images))
    images["region_count"] = pd.array(counts, dtype="Int64")
    return typed(images, left=["regions"])


def _is_counted(images: pd.DataFrame) -> bool:
    """Tell whether no image has a region twice, and ``region_count`` says how many it has."""
    counts = list(map(len, images["regions"]))
    different = list(map(len, map(set, images["regions"])))
    if counts != different or "region_count" not in images:
        return False
    return bool((images["region_count"] == counts).fillna(value=False).all())


def _region_lists(
    region: pd.Series[Any], codes: _Positions, images: int
) -> tuple[np.ndarray[Any, np.dtype[np.object_]], _Positions]:
    """Gather the different regions of each image, in order of appearance, and count them."""
    slugs, uniques = pd.factorize(region)
    held = slugs >= 0
    owners, slugs = without_repeats(codes[held], slugs[held], len(uniques))
    counts = np.bincount(owners, minlength=images)
    ordered = slugs[np.argsort(owners, kind="stable")]
    return cut(np.asarray(uniques, dtype=object)[ordered].tolist(), counts), counts
