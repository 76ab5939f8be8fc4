"""Gather the images that a policy is applied to, from a frame, an account or volume snapshots."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from imagedf.account import Account, link_images
from imagedf.cost import PriceBook, cost_of, volume_snapshot_costs, with_costs
from imagedf.frame import (
    as_of,
    collector_paused,
    coverage,
    image_rows,
    is_own,
    require,
    require_one_day,
    without_attrs,
)
from imagedf.schema import COST_PREFIX, cost_column

VOLUME_SNAPSHOT = "volume_snapshot"
_SNAPSHOT = ("account", "id", "name", "size_gigabytes", "created_at", "tags")
_IMAGE = (*_SNAPSHOT, "type", "public", "status")
_LOOKED_UP = ("source", "source_id", "used_by")
_LISTS = ("tags", "used_by")
_USERS = ("droplets", "gpu_droplets", "autoscale_pools")


class Own(NamedTuple):
    """Your own images, one row per image with costs, and the moment that ages refer to.

    ``partial`` describes an incomplete listing, which may lack a newer image.
    """

    images: pd.DataFrame
    cost: str
    moment: datetime
    attrs: dict[Any, Any]
    partial: str | None
    notes: list[str]


def own_of(
    source: pd.DataFrame | Account, now: datetime | str | None, prices: PriceBook | None
) -> Own:
    """Return the images to judge; ``use_readable`` marks those whose use could be looked up."""
    listed = source.images if isinstance(source, Account) else source
    frame = link_images(source) if isinstance(source, Account) else source
    require(frame)
    unread = _without_users(source) if isinstance(source, Account) else []
    if "resource_id" in frame and "public" not in frame:
        images, cost, moment = _volume_snapshots(frame, as_of(listed, now), prices)
        partial = None
    else:
        rows = _rows(frame)
        images, cost, moment = _images(rows, as_of(listed, now), prices)
        rows.attrs = listed.attrs
        partial = _partial(rows)
    images["use_readable"] = ~images["account"].isin(unread) & ("used_by" in images)
    notes = [
        *([f"Not all images were judged: {partial}."] if partial else []),
        *(
            f"Use is unknown in {name}: Droplets were not read (scope droplet:read)."
            for name in unread
        ),
    ]
    return Own(images, cost, moment, listed.attrs, partial, notes)


def _partial(frame: pd.DataFrame) -> str | None:
    found = coverage(frame)
    return str(found) if found is not None and found.complete is False else None


def _without_users(account: Account) -> list[str]:
    """Return the accounts whose Droplets or pools were not read: use is unknown, not absent."""
    read = {
        (entry.account, entry.endpoint)
        for entry in account.certificate.accounts
        if not entry.missing_scopes
    }
    return [name for name in account.names if not {(name, user) for user in _USERS} <= read]


def _rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per image, without ``attrs``, for the following steps."""
    require(frame, _IMAGE)
    require_one_day(frame)
    return without_attrs(image_rows(frame))


def _images(
    images: pd.DataFrame, moment: datetime, prices: PriceBook | None
) -> tuple[pd.DataFrame, str, datetime]:
    costs = with_costs(images, prices, moment.date(), notes=False)
    cost = cost_of(costs)
    images = _selected(images, _IMAGE)
    images["created_at"], images[cost] = costs["created_at"], costs[cost]
    return images[is_own(images)].reset_index(drop=True), cost, moment


def _volume_snapshots(
    frame: pd.DataFrame, moment: datetime, prices: PriceBook | None
) -> tuple[pd.DataFrame, str, datetime]:
    """Return volume snapshots in the form of images: always private, with the volume as source."""
    require(frame, _SNAPSHOT)
    snapshots = frame.drop_duplicates(subset=["account", "id", "name"]).assign(
        source_id=frame["resource_id"], type=VOLUME_SNAPSHOT, public=False, status=None
    )
    result = _selected(snapshots, _IMAGE).astype(
        {"type": "str", "public": "boolean", "status": "str"}
    )
    brought = cost_column(frame.columns)
    if prices is None and brought is not None:
        return result.assign(**{brought: snapshots[brought].array}), brought, moment
    book = PriceBook.load() if prices is None else prices
    cost = f"{COST_PREFIX}{book.currency.lower()}"
    costs = volume_snapshot_costs(result, book, moment.date())
    return result.assign(**{cost: costs}), cost, moment


def _selected(images: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return the columns that rules use; in list columns, anything but a list is missing."""
    names = [*columns, *(name for name in _LOOKED_UP if name in images)]
    result = images[names].reset_index(drop=True)
    for name in _LISTS:
        if name in result:
            result[name] = _lists(result[name])
    return result


def _lists(cells: pd.Series[Any]) -> pd.Series[Any]:
    if cells.name == "tags" and set(map(type, cells.tolist())) <= {list, type(None)}:
        return cells  # not part of the result, so they need not be copies
    with collector_paused():
        return pd.Series([*map(_list_or_none, cells.tolist())], dtype=object)


def _list_or_none(cell: Any) -> list[Any] | None:
    return list(cell) if isinstance(cell, list | tuple | np.ndarray) else None
