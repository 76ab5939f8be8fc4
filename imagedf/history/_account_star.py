"""The additional star tables of an account: volume snapshots, Droplets and uses of images."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pyarrow as pa

from imagedf.account import Account
from imagedf.cost import PriceBook, volume_snapshot_costs
from imagedf.history._dayfile import DAY
from imagedf.history._star import column_array, in_currency, key_columns, lengths_of
from imagedf.schema import STAR_DROPLETS, STAR_IMAGE_USES, STAR_VOLUME_SNAPSHOTS

_COUNTS = {
    "backup_count": "backup_ids",
    "snapshot_count": "snapshot_ids",
    "volume_count": "volume_ids",
    "tag_count": "tags",
}


def account_tables(
    account: Account, images: pd.DataFrame, prices: PriceBook | None, day: date
) -> dict[str, pa.Table]:
    """Return the tables of the frames that could be read; the others get no table.

    An empty table would claim that there is nothing, which is unknown.
    """
    tables = {}
    if images["used_by"].notna().any():
        tables["image_uses"] = _uses(images)
    if account.volume_snapshots is not None:
        book = PriceBook.load() if prices is None else prices
        tables["volume_snapshots"] = _volume_snapshots(account.volume_snapshots, book, day)
    if account.droplets is not None:
        tables["droplets"] = _table(account.droplets, STAR_DROPLETS, day)
    return tables


def _uses(images: pd.DataFrame) -> pa.Table:
    uses = [
        (row, *use.split(":", maxsplit=1))
        for row, cell in enumerate(images["used_by"])
        if isinstance(cell, list)
        for use in cell
    ]
    rows = pa.array([row for row, _, _ in uses], pa.int64())
    droplets = [int(number) if kind == "droplet" else None for _, kind, number in uses]
    pools = [number if kind == "pool" else None for _, kind, number in uses]
    arrays = [column.take(rows) for column in key_columns(images)]
    arrays += [pa.array(droplets, pa.int64()), pa.array(pools, pa.string())]
    return pa.table(arrays, schema=STAR_IMAGE_USES)


def _volume_snapshots(snapshots: pd.DataFrame, book: PriceBook, day: date) -> pa.Table:
    costs = volume_snapshot_costs(snapshots, book, day)
    note = costs.isna().map({True: "unknown size, or no rate in the price book", False: None})
    priced = snapshots.assign(
        billing_class="volume_snapshot",
        monthly_cost_usd=costs,
        cost_note=note.astype("str"),
        # A volume and its snapshots are in one region.
        region=snapshots["regions"].map(_first),
    )
    return _table(priced, STAR_VOLUME_SNAPSHOTS, day, book.currency.lower())


def _first(regions: Any) -> str | None:
    return str(regions[0]) if isinstance(regions, list) and regions else None


def _table(frame: pd.DataFrame, schema: pa.Schema, day: date, currency: str = "usd") -> pa.Table:
    """Return a frame with the columns of a star table; lists become their lengths."""
    dated = frame.assign(**{DAY: pd.Series([day] * len(frame), index=frame.index, dtype=object)})
    arrays: list[Any] = [
        lengths_of(dated[_COUNTS[field.name]])
        if field.name in _COUNTS
        else column_array(dated, field.name, field.type)
        for field in schema
    ]
    return pa.table(arrays, schema=in_currency(schema, currency)).combine_chunks()
