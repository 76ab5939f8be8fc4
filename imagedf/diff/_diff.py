"""Compare two listings, image by image and in total."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from imagedf.cost import PriceBook, cost_of
from imagedf.diff._comparable import Listing, comparable
from imagedf.diff._pairing import Rows, paired
from imagedf.diff._totals import deltas, total_changes

_SIZE = "size_gigabytes"
_SHOWN = ("id", "name", "type", "status", "regions", "tags")


def diff_images(
    old: Listing,
    new: Listing,
    *,
    history: str | os.PathLike[str] | None = None,
    accounts: Collection[str] | None = None,
    prices: PriceBook | None = None,
) -> pd.DataFrame:
    """List the images that differ between two listings, with GB and cost before and after.

    Parameters
    ----------
    old, new : pandas.DataFrame, path-like, or date
        Frames in either layout, files written by ``to_parquet``, or, with ``history``, two
        recorded days (dates, or text such as ``2026-11-23``).
    history : path-like, optional
        The directory that ``record`` writes; ``old`` and ``new`` are then days in it.
    accounts : collection of str, optional
        Compare only these accounts. Default: all, which must be the same in both.
    prices : PriceBook, optional
        Price both listings by this book, at the rates of the later day. Default: the costs
        that the listings have or, if neither has any, the published rates.

    Returns
    -------
    pandas.DataFrame
        One row per changed image: ``account``; ``change``, one or more of ``added``,
        ``removed``, ``renamed``, ``resized``, ``type changed``, ``status changed``,
        ``regions changed`` and ``tags changed``, joined by ``", "``, or ``repriced`` where
        only the cost differs; ``slug``; then ``id``, ``name``, ``type``, ``status``,
        ``regions`` and ``tags`` (lists), ``size_gigabytes`` [GB] and ``monthly_cost_usd`` [USD
        per month], each with ``_before`` and ``_after``, the last two also with ``_delta``. An
        added image has missing values before, a removed one after, and its delta is its full
        size or cost; if a size or cost is unknown, so is its delta. Sorted by account, then by
        the size delta, largest first.

    Raises
    ------
    IncompleteListingError
        A listing is not complete: missing images would look removed.
    FrameError
        A frame has no certificate or lacks rows; the listings have different accounts, filters
        or currencies; or only one of them has costs.
    HistoryError
        The history can't be read (its checksums are verified), or has no record of a day.
    ValueError, TypeError
        ``old`` or ``new`` is neither a frame, a path nor a day, or is a day without history.

    See Also
    --------
    diff_totals : Total the listings by account and type.
    record : Record the images of a day in a history.

    Examples
    --------
    >>> import imagedf
    >>> new = imagedf.example()
    >>> old = new.copy()
    >>> old.loc[old["id"] == 7555620, "size_gigabytes"] = 2.0
    >>> changes = imagedf.diff_images(old, new)
    >>> changes[["name_after", "change", "size_gigabytes_delta"]]
               name_after   change  size_gigabytes_delta
    0  Nifty New Snapshot  resized                  0.34
    """
    before, after = comparable(old, new, history, accounts, prices)
    cost = cost_of(after)
    left, right = paired(before, after)
    sides = {"before": _rows_at(before, left, cost), "after": _rows_at(after, right, cost)}
    both = (left >= 0) & (right >= 0)
    kinds = {
        "added": left < 0,
        "removed": right < 0,
        "renamed": both & _differ(sides, "name"),
        "resized": both & _differ(sides, _SIZE),
        "type changed": both & _differ(sides, "type"),
        "status changed": both & _differ(sides, "status"),
        "regions changed": both & _lists_differ(sides, "regions"),
        "tags changed": both & _lists_differ(sides, "tags"),
    }
    other = np.logical_or.reduce(list(kinds.values()))
    kinds["repriced"] = both & ~other & _differ(sides, cost)
    result = pd.DataFrame({"account": _first(sides, "account"), "change": _joined(kinds)})
    result["slug"] = _first(sides, "slug")
    for name in _SHOWN:
        for side, images in sides.items():
            result[f"{name}_{side}"] = images[name]
    for name in (_SIZE, cost):
        for side, images in sides.items():
            result[f"{name}_{side}"] = images[name]
        result[f"{name}_delta"] = deltas(before[name], after[name], left, right)
    changed = result[result["change"] != ""].reset_index(drop=True)
    return _sorted(changed)


def diff_totals(
    old: Listing,
    new: Listing,
    *,
    history: str | os.PathLike[str] | None = None,
    accounts: Collection[str] | None = None,
    prices: PriceBook | None = None,
) -> pd.DataFrame:
    """Return the totals of two listings by account and type: before, after and the difference.

    Parameters
    ----------
    old, new : pandas.DataFrame, path-like, or date
        As for ``diff_images``.
    history : path-like, optional
        As for ``diff_images``.
    accounts : collection of str, optional
        As for ``diff_images``.
    prices : PriceBook, optional
        As for ``diff_images``.

    Returns
    -------
    pandas.DataFrame
        One row per account and type that either listing has, in this order: ``images``,
        ``size_gigabytes`` [GB, known sizes], ``unknown_size`` (images),
        ``monthly_cost_usd`` [USD per month, known costs] and ``unknown_cost`` (images), each
        with ``_before``, ``_after`` and ``_delta``. An amount that is unknown for all images
        of a group is missing. The deltas of sizes and costs add up to those of
        ``diff_images``: an amount that becomes known is not growth, so if the number of unknown
        amounts changes, before and delta do not add up to after.

    Raises
    ------
    IncompleteListingError, FrameError, HistoryError, ValueError, TypeError
        As for ``diff_images``.

    See Also
    --------
    diff_images : List the differences image by image.
    totals : Return the totals of one listing.

    Examples
    --------
    >>> import imagedf
    >>> new = imagedf.example()
    >>> old = new.copy()
    >>> old.loc[old["id"] == 7555620, "size_gigabytes"] = 2.0
    >>> imagedf.diff_totals(old, new)[["type", "images_after", "size_gigabytes_delta"]]
           type  images_after  size_gigabytes_delta
    0    custom             1                  0.00
    1  snapshot             5                  0.34
    """
    before, after = comparable(old, new, history, accounts, prices)
    return total_changes(before, after, cost_of(after))


def _rows_at(images: pd.DataFrame, rows: Rows, cost: str) -> pd.DataFrame:
    """Return the rows at these positions; position -1 returns a missing row."""
    columns = ["account", "slug", *_SHOWN, _SIZE, cost]
    taken = images[columns].reset_index(drop=True).reindex(rows).reset_index(drop=True)
    for name in ("regions", "tags"):
        taken[name] = taken[name].where(taken[name].notna(), None)
    return taken


def _first(sides: dict[str, pd.DataFrame], name: str) -> pd.Series[Any]:
    return sides["after"][name].where(sides["after"][name].notna(), sides["before"][name])


def _differ(sides: dict[str, pd.DataFrame], name: str) -> Any:
    """Return where a value differs; two missing values are equal."""
    before, after = sides["before"][name], sides["after"][name]
    same = (before == after).fillna(value=False) | (before.isna() & after.isna())
    return ~same.to_numpy(dtype=bool)


def _lists_differ(sides: dict[str, pd.DataFrame], name: str) -> Any:
    """Return where lists contain different values, in any order."""
    pairs = zip(sides["before"][name], sides["after"][name], strict=True)
    return np.fromiter(
        (isinstance(a, list) and isinstance(b, list) and set(a) != set(b) for a, b in pairs),
        dtype=bool,
        count=len(sides["after"]),
    )


def _joined(kinds: dict[str, Any]) -> pd.Series[Any]:
    """Join the kinds of change of each row."""
    names = np.array(list(kinds))
    flags = np.column_stack(list(kinds.values()))
    return pd.Series([", ".join(names[row]) for row in flags], dtype="str")


def _sorted(changes: pd.DataFrame) -> pd.DataFrame:
    ranked = changes.assign(_rank=-changes[f"{_SIZE}_delta"].abs().fillna(-1.0))
    order = ["account", "_rank", "name_after", "name_before", "id_after", "id_before"]
    return ranked.sort_values(order, ignore_index=True).drop(columns="_rank")
