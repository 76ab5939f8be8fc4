"""One fictional account: everything that the endpoints of the API list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Resource = dict[str, Any]
"""An object of the API, as in its JSON."""

GONE_DROPLET = 76_543_210
"""The source of snapshots without a stated Droplet: it no longer exists."""

_CENT = Decimal("0.01")
_VOLUME_RATE = Decimal("0.10")


@dataclass(slots=True)
class World:
    """One fictional account; everything in it may be changed while a sandbox serves it.

    Attributes
    ----------
    images : list of dict
        The listing of ``/v2/images``. Its own images of type ``snapshot`` are also listed by
        ``/v2/snapshots``.
    droplets : list of dict
        All Droplets. Those with ``gpu_info`` are only listed with ``type=gpus``.
    sources : dict of int to int
        The Droplet that an image was taken from, existing or not. Other images are from a
        deleted one.
    pools, volumes, volume_snapshots : list of dict
        Autoscale pools, volumes, and snapshots of volumes.
    policies : dict of str to dict
        Backup policies by Droplet id.
    rate : Decimal
        The monthly price of snapshots per GB [USD]; volumes cost 0.10 per GiB.
    projects : dict of int to str
        The project of a Droplet on invoices.
    team : str
        The team's UUID.
    """

    images: list[Resource] = field(default_factory=list)
    droplets: list[Resource] = field(default_factory=list)
    sources: dict[int, int] = field(default_factory=dict)
    pools: list[Resource] = field(default_factory=list)
    policies: dict[str, Resource] = field(default_factory=dict)
    volumes: list[Resource] = field(default_factory=list)
    volume_snapshots: list[Resource] = field(default_factory=list)
    rate: Decimal = Decimal("0.06")
    projects: dict[int, str] = field(default_factory=dict)
    team: str = "5df3e300-4a17-4242-b7c2-0ca6c9fc25b7"

    def snapshots(self) -> list[Resource]:
        """Return the snapshots of Droplets: the own images of type ``snapshot``."""
        return [self._snapshot(image) for image in self.images if _is_own_snapshot(image)]

    def _snapshot(self, image: Resource) -> Resource:
        return {
            "id": str(image["id"]),
            "name": image["name"],
            "created_at": image["created_at"],
            "regions": image["regions"],
            "resource_id": str(self.sources.get(image["id"], GONE_DROPLET)),
            "resource_type": "droplet",
            "min_disk_size": image.get("min_disk_size"),
            "size_gigabytes": image.get("size_gigabytes"),
            "tags": image.get("tags"),
        }

    def cost(self, size: float | None) -> Decimal:
        """Return the monthly cost of a snapshot, rounded to cents and at least $0.01 [USD]."""
        exact = Decimal(str(size or 0)) * self.rate
        return max(exact.quantize(_CENT, ROUND_HALF_UP), _CENT) if size else Decimal("0.00")

    def associated(self, droplet: Resource) -> dict[str, list[Resource]]:
        """Return the resources that remain if a Droplet is destroyed, with their monthly cost."""
        attached = droplet["volume_ids"]
        taken = [image for image in self.images if image["id"] in droplet["snapshot_ids"]]
        volumes = [volume for volume in self.volumes if volume["id"] in attached]
        of_volumes = [item for item in self.volume_snapshots if item["resource_id"] in attached]
        return {
            "reserved_ips": [],
            "floating_ips": [],
            "snapshots": self._priced(taken),
            "volumes": [_resource(item, item["size_gigabytes"] * _VOLUME_RATE) for item in volumes],
            "volume_snapshots": self._priced(of_volumes),
        }

    def _priced(self, snapshots: Sequence[Resource]) -> list[Resource]:
        return [_resource(item, self.cost(item.get("size_gigabytes"))) for item in snapshots]


def _is_own_snapshot(image: Resource) -> bool:
    return not image.get("public") and image.get("type") == "snapshot"


def _resource(found: Resource, cost: Decimal) -> Resource:
    return {"id": str(found["id"]), "name": found["name"], "cost": str(cost.quantize(_CENT))}
