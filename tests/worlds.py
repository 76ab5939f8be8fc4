"""A small fictional account for the tests about deleting: a few snapshots, two Droplets."""

from __future__ import annotations

from typing import Any

from imagedf.sandbox import World
from tests.money import image

ALL_SCOPES = (
    "image:read",
    "snapshot:read",
    "droplet:read",
    "block_storage:read",
    "block_storage_snapshot:read",
    "tag:read",
)


def droplet(number: int, image_id: int, snapshots: list[int]) -> dict[str, Any]:
    """Return a Droplet created from an image."""
    return {
        "id": number,
        "name": f"web-{number}",
        "status": "active",
        "created_at": "2026-01-01T00:00:00Z",
        "region": {"slug": "nyc1"},
        "size_slug": "s-1vcpu-1gb",
        "size": {"price_monthly": 6.0},
        "disk": 25,
        "image": {"id": image_id, "name": "x"},
        "backup_ids": [],
        "snapshot_ids": snapshots,
        "volume_ids": [],
        "features": [],
        "tags": [],
        "next_backup_window": None,
    }


def snapshot(number: int, month: int, **fields: Any) -> dict[str, Any]:
    """Return a snapshot of the first day of a month."""
    day = f"2026-{month:02}-01"
    return image(number, name=f"web-{day}", created_at=f"{day}T00:00:00Z", **fields)


def world() -> World:
    """Return four snapshots of Droplet 7, one of them (11) in use, and two of a deleted Droplet."""
    return World(
        images=[
            *(snapshot(number, month) for number, month in ((11, 1), (12, 2), (13, 3), (14, 11))),
            image(21, name="lost-1", created_at="2026-01-01T00:00:00Z"),
            image(22, name="lost-1 (2)", created_at="2026-02-01T00:00:00Z"),
        ],
        droplets=[droplet(7, 1, [11, 12, 13, 14]), droplet(8, 11, [])],
        sources={11: 7, 12: 7, 13: 7, 14: 7, 21: 99, 22: 99},
        volume_snapshots=[
            {
                "id": f"00000000-0000-4000-8000-00000000000{month}",
                "name": f"data-2026-0{month}-01",
                "created_at": f"2026-0{month}-01T00:00:00Z",
                "regions": ["nyc1"],
                "resource_id": "11111111-0000-4000-8000-000000000000",
                "resource_type": "volume",
                "min_disk_size": 100,
                "size_gigabytes": 12.5,
                "tags": [],
            }
            for month in (1, 2, 3)
        ],
    )
