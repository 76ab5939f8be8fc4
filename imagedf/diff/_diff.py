"""What changed between two listings, in GB and dollars, so that it adds up."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from imagedf.cost import PriceBook, cost_of, exact_sum
from imagedf.diff._comparable import Listing, comparable
from imagedf.diff._pairing import Rows, paired

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
        Frames of either grain, files of ``to_parquet``, or, with ``history``, two recorded
        days (dates, or text such as ``2026-11-23``).
    history : path-like, optional
        The directory that ``record`` writes; ``old`` and ``new`` are its days then.
    accounts : collection of str, optional
        Compare only these; default all, which must be the same in both.
    prices : PriceBook, optional
        Price both listings by this book, at the rates of the later day. Default the costs
        that they have; when neither has any, the published rates.

    Returns
    -------
    pandas.DataFrame
        One row per changed image: ``account``; ``change``, one or more of ``added``,
        ``removed``, ``renamed``, ``resized``, ``type changed``, ``status changed``,
        ``regions changed`` and ``tags changed``, joined by ``", "``, or ``repriced`` where
        nothing but the cost differs; ``slug``; then ``id``, ``name``, ``type``, ``status``,
        ``regions`` and ``tags`` (lists), ``size_gigabytes`` [GB] and ``monthly_cost_usd`` [USD
        a month], each with ``_before`` and ``_after``, the last two also with ``_delta``. What
        an added image had before and a removed one has after is missing, and its delta is the
        whole; where a size or a cost is unknown, so is its delta. Sorted by account, then by
        delta of the size, largest first.

    Raises
    ------
    IncompleteListingError
        A listing is not complete: missing images would look removed.
    FrameError
        A frame has no certificate or not all its rows; the listings are of different
        accounts, filters or currencies; or one of them has costs and the other has none.
    HistoryError
        The history can't be read, or has no record of a day.
    ValueError, TypeError
        ``old`` or ``new`` is neither frame, path nor day.

    See Also
    --------
    diff_totals : Before, after and delta by account and type.
    record : Keeps the listings of each day.

    Examples
    --------
    >>> import imagedf
    >>> new = imagedf.read_images("data/documented_page.json")
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
    sides = {"before": _taken(before, left, cost), "after": _taken(after, right, cost)}
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
        result[f"{name}_delta"] = _delta(sides, name, left, right)
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
    """Total two listings by account and type: before, after and the difference.

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
        One row per account and type that either listing has, sorted so: ``images``,
        ``size_gigabytes`` [GB, known sizes], ``unknown_size`` (images),
        ``monthly_cost_usd`` [USD a month, known costs] and ``unknown_cost`` (images), each
        with ``_before``, ``_after`` and ``_delta``. The deltas add up to the difference of
        the listings' ``totals``, and to what the rows of ``diff_images`` account for.

    Raises
    ------
    IncompleteListingError, FrameError, HistoryError, ValueError, TypeError
        As for ``diff_images``.

    See Also
    --------
    diff_images : The single images.
    totals : The sums of one listing.

    Examples
    --------
    >>> import imagedf
    >>> new = imagedf.read_images("data/documented_page.json")
    >>> old = new.copy()
    >>> old.loc[old["id"] == 7555620, "size_gigabytes"] = 2.0
    >>> imagedf.diff_totals(old, new)[["type", "images_after", "size_gigabytes_delta"]]
           type  images_after  size_gigabytes_delta
    0    custom             1                  0.00
    1  snapshot             5                  0.34
    """
    before, after = comparable(old, new, history, accounts, prices)
    cost = cost_of(after)
    sums = {"before": _sums(before, cost), "after": _sums(after, cost)}
    groups = sums["before"].index.union(sums["after"].index, sort=False)
    result = pd.DataFrame(list(groups), columns=["account", "type"]).astype("str")
    for name in sums["after"].columns:
        dtype = "float64" if name in (_SIZE, cost) else "int64"
        sides = {side: held[name].reindex(groups, fill_value=0) for side, held in sums.items()}
        sides["delta"] = sides["after"] - sides["before"]
        for side, values in sides.items():
            result[f"{name}_{side}"] = values.to_numpy().astype(dtype)
    return result.sort_values(["account", "type"], ignore_index=True)


def _taken(images: pd.DataFrame, rows: Rows, cost: str) -> pd.DataFrame:
    """Return the rows asked for; all of a row that is -1 is missing."""
    columns = ["account", "slug", *_SHOWN, _SIZE, cost]
    taken = images[columns].reset_index(drop=True).reindex(rows).reset_index(drop=True)
    for name in ("regions", "tags"):
        taken[name] = taken[name].where(taken[name].notna(), None)
    return taken


def _first(sides: dict[str, pd.DataFrame], name: str) -> pd.Series[Any]:
    return sides["after"][name].where(sides["after"][name].notna(), sides["before"][name])


def _differ(sides: dict[str, pd.DataFrame], name: str) -> Any:
    """Tell where a value differs; missing is like missing."""
    before, after = sides["before"][name], sides["after"][name]
    same = (before == after).fillna(value=False) | (before.isna() & after.isna())
    return ~same.to_numpy(dtype=bool)


def _lists_differ(sides: dict[str, pd.DataFrame], name: str) -> Any:
    """Tell where lists hold other values; their order says nothing."""
    pairs = zip(sides["before"][name], sides["after"][name], strict=True)
    return np.fromiter(
        (isinstance(a, list) and isinstance(b, list) and set(a) != set(b) for a, b in pairs),
        dtype=bool,
        count=len(sides["after"]),
    )


def _joined(kinds: dict[str, Any]) -> pd.Series[Any]:
    """Join the kinds of change that hold for each row."""
    names = np.array(list(kinds))
    flags = np.column_stack(list(kinds.values()))
    return pd.Series([", ".join(names[row]) for row in flags], dtype="str")


def _delta(sides: dict[str, pd.DataFrame], name: str, left: Rows, right: Rows) -> Any:
    before = sides["before"][name].to_numpy(dtype=np.float64)
    after = sides["after"][name].to_numpy(dtype=np.float64)
    return np.round(np.where(right < 0, 0.0, after) - np.where(left < 0, 0.0, before), 9)


def _sorted(changes: pd.DataFrame) -> pd.DataFrame:
    ranked = changes.assign(_rank=-changes[f"{_SIZE}_delta"].abs().fillna(-1.0))
    order = ["account", "_rank", "name_after", "name_before", "id_after", "id_before"]
    return ranked.sort_values(order, ignore_index=True, kind="stable").drop(columns="_rank")


def _sums(images: pd.DataFrame, cost: str) -> pd.DataFrame:
    """Add a listing up by account and type; amounts are exact decimals."""
    rows = []
    groups = images.groupby(["account", "type"], dropna=False, sort=False).indices
    for key, places in groups.items():
        row: dict[str, Any] = {"key": key, "images": len(places)}
        for name, unknown in ((_SIZE, "unknown_size"), (cost, "unknown_cost")):
            amounts = images[name].to_numpy(dtype=np.float64)[places]
            missing = np.isnan(amounts)
            row |= {name: exact_sum(amounts[~missing]), unknown: int(missing.sum())}
        rows.append(row)
    names = ["images", _SIZE, "unknown_size", cost, "unknown_cost"]
    index = pd.MultiIndex.from_tuples([row["key"] for row in rows], names=["account", "type"])
    return pd.DataFrame([[row[name] for name in names] for row in rows], index=index, columns=names)
