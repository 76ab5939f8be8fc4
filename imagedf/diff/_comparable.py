"""Load two listings, and check that they are comparable: complete, same accounts, both priced."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from imagedf._certificates import Certificate
from imagedf._text import counted, received
from imagedf.cost import PriceBook, estimate_cost
from imagedf.errors import FrameError, HistoryError
from imagedf.files import read_parquet
from imagedf.frame import (
    as_of,
    collapse_regions,
    kind_of,
    own_images,
    read_day,
    require,
    require_complete,
    require_one_day,
)
from imagedf.history import read_history, recorded_days
from imagedf.schema import IDENTITY, cost_column

_NEEDED = (*IDENTITY, "type", "slug", "public", "size_gigabytes", "status", "tags")
Listing = pd.DataFrame | str | os.PathLike[str] | date


def comparable(
    old: Listing,
    new: Listing,
    history: str | os.PathLike[str] | None,
    accounts: Collection[str] | None,
    prices: PriceBook | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Load, check and price both listings; return one row per image of each."""
    if isinstance(accounts, str):
        raise TypeError(f"accounts must be a list of names, not the text {received(accounts)}")
    before = _load(old, "old", history)
    after = _load(new, "new", history)
    for frame in (before, after):
        require(frame, _NEEDED)
    proofs = {
        side: require_complete(frame, allow_unverified=True)
        for side, frame in (("old", before), ("new", after))
    }
    own = all(len(own_images(frame)) == len(frame) for frame in (before, after))
    _check_filters(proofs, None if accounts is None else set(accounts), own=own)
    if accounts is not None:
        before, after = (f[f["account"].isin(list(accounts))] for f in (before, after))
    day = max(as_of(before), as_of(after)).date()
    images = [collapse_regions(before), collapse_regions(after)]
    for frame in images:
        # The certificates are no longer needed; pandas would copy them at every step.
        frame.attrs = {}
    return _priced(images, prices, day)


def _priced(
    images: list[pd.DataFrame], prices: PriceBook | None, day: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    costs = [cost_column(frame.columns) for frame in images]
    if prices is not None or costs == [None, None]:
        images = [estimate_cost(_undated(frame), prices=prices, on=day) for frame in images]
    elif costs[0] != costs[1]:
        raise FrameError(
            f"old has the cost column {costs[0]}, new has {costs[1]}; call estimate_cost on both, "
            "or pass prices"
        )
    return images[0], images[1]


def _load(listing: Listing, name: str, history: str | os.PathLike[str] | None) -> pd.DataFrame:
    if history is not None:
        if isinstance(listing, pd.DataFrame):
            raise TypeError(f"with history, {name} must be a day, not a frame")
        return _recorded(listing, name, history)
    if isinstance(listing, str | os.PathLike):
        if _is_day(listing) and not Path(listing).exists():
            raise ValueError(
                f"{name}={received(str(listing))}: comparing recorded days needs history="
            )
        return read_parquet(listing)
    if not isinstance(listing, pd.DataFrame):
        raise TypeError(
            f"{name} must be a pandas frame, a file written by to_parquet, or a day together with "
            f"history, not {kind_of(listing)}"
        )
    require_one_day(listing, name)
    return listing


def _is_day(listing: str | os.PathLike[str]) -> bool:
    try:
        read_day(os.fspath(listing), "listing")
    except ValueError:
        return False
    return True


def _recorded(listing: Any, name: str, history: str | os.PathLike[str]) -> pd.DataFrame:
    day = read_day(os.fspath(listing) if isinstance(listing, os.PathLike) else listing, name)
    frame = read_history(history, since=day, until=day)
    if not frame.attrs:
        days = recorded_days(history)
        has = f"{counted(len(days), 'day')} from {days[0]} to {days[-1]}" if days else "none"
        raise HistoryError(f"{history} has no record of {day}; it has {has}")
    return frame


def _undated(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop the day, so that both listings are priced at the same rates."""
    return frame.drop(columns="snapshot_date", errors="ignore")


def _check_filters(
    proofs: Mapping[str, Certificate], accounts: set[str] | None, *, own: bool
) -> None:
    """Raise unless both listings have the same accounts, each with the same filters.

    If only own images are compared, ``private=true`` makes no difference: it lists all of them.
    """
    filters = {
        side: {
            entry.account: {
                name: value
                for name, value in entry.filters.items()
                if not (own and name == "private")
            }
            for entry in proof.accounts
            if entry.endpoint == "images" and (accounts is None or entry.account in accounts)
        }
        for side, proof in proofs.items()
    }
    lacking = (accounts or set()) - (filters["old"].keys() & filters["new"].keys())
    if lacking:
        raise FrameError(
            f"the accounts {', '.join(sorted(lacking))} are not in both listings; name only "
            "accounts that are"
        )
    if filters["old"].keys() != filters["new"].keys():
        raise FrameError(
            f"old has the accounts {', '.join(filters['old']) or 'none'}, new has "
            f"{', '.join(filters['new']) or 'none'}: a missing account would look deleted; name "
            "the accounts to compare (accounts= in Python, --account on the command line)"
        )
    for account, sent in filters["old"].items():
        if sent != filters["new"][account]:
            raise FrameError(
                f"{account} was listed with the filters {sent} in old and "
                f"{filters['new'][account]} in new: the listings can't be compared"
            )
