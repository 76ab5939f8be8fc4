"""Everything an ``Account`` is billed for: images, volume snapshots, and backups by Droplet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from imagedf.account import Account
from imagedf.cost._amounts import exact
from imagedf.cost._backups import DropletBackups, droplet_backups
from imagedf.cost._estimate import estimate_cost
from imagedf.cost._prices import PriceBook
from imagedf.cost._rates import VOLUME_SNAPSHOT
from imagedf.cost._rows import rows_of
from imagedf.cost._stored import BACKUP, Stored, stored_images
from imagedf.cost._volume_snapshots import volume_snapshot_costs


def stored_in(account: Account, book: PriceBook, day: date) -> list[Stored]:
    """Return the resources that an account stores, each with its cost estimated for a day."""
    costs = estimate_cost(account.images, prices=book, on=day)
    droplets = [owner for owner in droplet_backups(account, costs, book, day) if not owner.by_size]
    owners = {(owner.account, image.id): owner for owner in droplets for image in owner.images}

    def with_droplet(image: Any) -> tuple[str | None, str | None]:
        owner = owners.get((image.account, image.id))
        if owner is None:
            return None, "it is unknown with which Droplet it is billed"
        return f"billed with Droplet {owner.droplet.id} ({owner.droplet.name})", None

    return [
        *stored_images(costs, with_droplet),
        *_volume_snapshots(account, book, day),
        *map(_stored_droplet, droplets),
    ]


def _stored_droplet(backups: DropletBackups) -> Stored:
    droplet = backups.droplet
    name = None if pd.isna(droplet.name) else droplet.name
    return Stored(
        billing_class=BACKUP,
        account=backups.account,
        id=None if pd.isna(droplet.id) else int(droplet.id),
        uuid=None,
        name=name,
        # A CSV describes a Droplet as "web-1 (s-1vcpu-1gb)".
        names=(name, f"{name} ({droplet.size_slug})") if name else (),
        size=float("nan"),
        estimated=backups.cost,
        note=backups.note,
        is_image=False,
        is_item=False,
        covers=max(1, len(backups.images)),
    )


def _volume_snapshots(account: Account, book: PriceBook, day: date) -> list[Stored]:
    if account.volume_snapshots is None:
        return []
    costs = volume_snapshot_costs(account.volume_snapshots, book, day)
    return [
        _stored_volume_snapshot(row) for row in rows_of(account.volume_snapshots.assign(cost=costs))
    ]


def _stored_volume_snapshot(snapshot: Any) -> Stored:
    name = None if pd.isna(snapshot.name) else snapshot.name
    cost: Decimal | None = None if pd.isna(snapshot.cost) else exact(snapshot.cost)
    return Stored(
        billing_class=VOLUME_SNAPSHOT,
        account=snapshot.account,
        id=None,
        uuid=None if pd.isna(snapshot.id) else snapshot.id,
        name=name,
        names=(name,) if name else (),
        size=float(snapshot.size_gigabytes),
        estimated=cost,
        is_image=False,
    )
