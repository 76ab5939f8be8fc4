"""Convert between the two layouts: one row per image and region, and one row per image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from imagedf.errors import FrameError
from imagedf.frame._columns import PANDAS_TYPES, Cells, cut
from imagedf.frame._identity import first_rows, image_codes, require
from imagedf.frame._typed import list_array, typed
from imagedf.pages import region_rows, without_repeats
from imagedf.schema import IDENTITY, allocated_cost_column, cost_column

_Positions = np.ndarray[Any, np.dtype[np.intp]]


def explode_regions(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per image and region.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per image, with ``regions`` (lists of slugs). The exploded layout is also
        accepted, and returned with the documented dtypes.

    Returns
    -------
    pandas.DataFrame
        One row per image and region, in the order of the images. ``region`` is missing for an
        image without regions; a slug repeated within an image counts once. ``region_count``,
        ``allocated_gigabytes`` [GB] and, for a priced frame, ``allocated_cost_usd`` are
        recomputed; the allocated columns add up to the total. Columns that imagedf does not know
        are kept. The index counts from 0.

    Raises
    ------
    FrameError
        The frame has neither ``regions`` nor ``region``, or rows of one image contradict each
        other.

    See Also
    --------
    collapse_regions : Convert back to one row per image.

    Examples
    --------
    >>> import imagedf
    >>> images = imagedf.collapse_regions(imagedf.example())
    >>> len(images), len(imagedf.explode_regions(images))
    (6, 10)
    """
    require(frame)
    if set(IDENTITY) <= set(frame.columns):
        image_codes(frame)  # raises if rows of one image contradict each other
    if "region" in frame.columns:
        return _with_allocated_cost(typed(frame))
    require(frame, ["regions"])
    layout = region_rows(list_array(frame["regions"]))
    exploded = frame.drop(columns=["regions"]).take(layout.parents).reset_index(drop=True)
    exploded["region"] = layout.region.to_pandas(types_mapper=PANDAS_TYPES.get)
    exploded["region_count"] = pd.array(layout.counts[layout.parents], dtype="Int64")
    if "size_gigabytes" in exploded.columns:
        rows = np.maximum(layout.counts, 1)[layout.parents]
        exploded["allocated_gigabytes"] = exploded["size_gigabytes"].astype("float64") / rows
    return _with_allocated_cost(typed(exploded))


def _with_allocated_cost(exploded: pd.DataFrame) -> pd.DataFrame:
    """Divide the cost of each image evenly over its rows, in a column next to the cost."""
    cost = cost_column(exploded.columns)
    if cost is None or "region_count" not in exploded.columns:
        return exploded
    name = allocated_cost_column(cost)
    rows = exploded["region_count"].fillna(1).clip(lower=1).astype("float64")
    kept = exploded.drop(columns=[name], errors="ignore")
    try:
        share = kept[cost].astype("float64") / rows
    except (TypeError, ValueError) as error:
        raise FrameError(f"column {cost} must contain numbers: {error}") from error
    kept.insert(list(kept.columns).index(cost) + 1, name, share)
    return kept


def collapse_regions(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per image.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per image and region, with ``account``, ``id``, ``name`` and ``region``; rows
        may repeat. The layout with one row per image is also accepted; each image is returned
        once.

    Returns
    -------
    pandas.DataFrame
        One row per image, in order of first appearance, with ``regions`` (list of slugs in order
        of appearance, empty when there is none) and ``region_count`` in place of ``region``,
        ``allocated_gigabytes`` and ``allocated_cost_usd``. The index counts from 0.

    Raises
    ------
    FrameError
        Columns that identify an image or its regions are missing, or rows of one image
        contradict each other.

    See Also
    --------
    explode_regions : Convert back to one row per image and region.

    Examples
    --------
    >>> import imagedf
    >>> imagedf.collapse_regions(imagedf.example())[["name", "regions"]].head(2)
                     name       regions
    0  Nifty New Snapshot  [nyc2, nyc3]
    1    Another Snapshot        [nyc2]
    """
    require(frame)
    if "region" in frame.columns:
        return _collapsed(frame)
    require(frame, ["regions"])
    images = typed(frame.reset_index(drop=True))
    codes = image_codes(images)
    if len(first_rows(codes)) == len(images) and _is_counted(images):
        return images
    layout = region_rows(list_array(images["regions"]))
    region = pd.Series(layout.region.to_pandas(types_mapper=PANDAS_TYPES.get), name="region")
    return _gathered(images, codes, region, codes[layout.parents])


def _collapsed(frame: pd.DataFrame) -> pd.DataFrame:
    codes = image_codes(frame)
    return _gathered(frame, codes, frame["region"], codes)


def _gathered(
    frame: pd.DataFrame, codes: _Positions, region: pd.Series[Any], owners: _Positions
) -> pd.DataFrame:
    """Return the first row of each image with its regions; ``owners`` has each region's image."""
    cost = cost_column(frame.columns)
    dropped = {"region", "regions", "allocated_gigabytes", allocated_cost_column(cost or "")}
    kept = frame[[name for name in frame.columns if name not in dropped]]
    images = kept.take(first_rows(codes)).reset_index(drop=True)
    images["regions"], counts = _region_lists(region, owners, len(images))
    images["region_count"] = pd.array(counts, dtype="Int64")
    return typed(images, left=["regions"])


def _is_counted(images: pd.DataFrame) -> bool:
    """Check that no image has a region twice and that ``region_count`` is correct."""
    counts = list(map(len, images["regions"]))
    different = list(map(len, map(set, images["regions"])))
    if counts != different or "region_count" not in images:
        return False
    return bool((images["region_count"] == counts).fillna(value=False).all())


def _region_lists(
    region: pd.Series[Any], owners: _Positions, images: int
) -> tuple[Cells, _Positions]:
    """Collect the different regions of each image, in order of appearance, and count them."""
    slugs, uniques = pd.factorize(region)
    known = slugs >= 0
    owners, slugs = without_repeats(owners[known], slugs[known], max(len(uniques), 1))
    counts = np.bincount(owners, minlength=images)
    ordered = slugs[np.argsort(owners, kind="stable")]
    return cut(np.asarray(uniques, dtype=object)[ordered], counts), counts
