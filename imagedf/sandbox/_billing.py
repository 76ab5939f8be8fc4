"""Invoices of a fictional account, whose resources are billed by the hour."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from imagedf.sandbox._accounts import REFERENCE, stamp
from imagedf.sandbox._world import Resource, World

_CENT = Decimal("0.01")
_BACKUP_SHARE = {"weekly": Decimal("0.2"), "daily": Decimal("0.3")}
_OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
_NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)
_SEPTEMBER = datetime(2026, 9, 1, tzinfo=UTC)
_THRESHOLD = datetime(2026, 9, 15, tzinfo=UTC)


class Period(NamedTuple):
    """The period of an invoice; ``hours`` is the length of the month."""

    month: str
    start: datetime
    end: datetime
    hours: int


PREVIEW = Period("2026-11", _NOVEMBER, REFERENCE, 720)
INVOICES = (
    Period("2026-10", _OCTOBER, _NOVEMBER, 744),
    Period("2026-09", _THRESHOLD, _OCTOBER, 720),
    Period("2026-09", _SEPTEMBER, _THRESHOLD, 720),
)
"""Newest first. September has two: DigitalOcean also bills when a usage threshold is reached."""


def invoice_uuid(world: World, period: Period) -> str:
    """Return the UUID of an invoice; the same account and period give the same UUID."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{world.team} {period.start}"))


def summary_of(world: World, period: Period) -> Resource:
    """Return the entry of an invoice in the list of invoices."""
    amount = sum((Decimal(item["amount"]) for item in items_of(world, period)), Decimal("0.00"))
    return {
        "invoice_uuid": invoice_uuid(world, period),
        "invoice_id": str(50_000_000 + period.start.toordinal()),
        "amount": str(amount),
        "invoice_period": period.month,
    }


def items_of(world: World, period: Period) -> list[Resource]:
    """Return the items of an invoice: one per resource that existed in its period."""
    lines = [*_droplets(world), *_storage(world)]
    items = [_item(line, period) for line in lines if line.since < period.end]
    return [item for item in items if item["duration"] != "0"]


class _Line(NamedTuple):
    """A resource billed by the hour, with its price for a full month."""

    product: str
    name: str
    monthly: Decimal
    since: datetime
    id: str = ""
    uuid: str = ""
    project: str = ""


def _droplets(world: World) -> Iterator[_Line]:
    for droplet in world.droplets:
        number, since = str(droplet["id"]), datetime.fromisoformat(droplet["created_at"])
        name = f"{droplet['name']} ({droplet['size_slug']})"
        price = Decimal(str(droplet["size"]["price_monthly"]))
        project = world.projects.get(droplet["id"], "")
        product = "GPU Droplets" if "gpu_info" in droplet else "Droplets"
        yield _Line(product, name, price, since, id=number, project=project)
        policy = world.policies.get(number, {}).get("backup_policy")
        if policy and droplet["backup_ids"]:
            share = price * _BACKUP_SHARE[policy["plan"]]
            yield _Line("Droplet Backups", name, share, since, id=number, project=project)


def _storage(world: World) -> Iterator[_Line]:
    for image in world.images:
        product = {"snapshot": "Droplet Snapshots", "custom": "Custom Images"}.get(image["type"])
        if product and not image.get("public") and image.get("size_gigabytes"):
            cost = world.cost(image["size_gigabytes"])
            yield _Line(product, image["name"], cost, _since(image), id=str(image["id"]))
    for volume in world.volumes:
        price = volume["size_gigabytes"] * Decimal("0.10")
        yield _Line("Volumes", volume["name"], price, _since(volume), uuid=volume["id"])
    for snapshot in world.volume_snapshots:
        cost = world.cost(snapshot["size_gigabytes"])
        yield _Line("Snapshots", snapshot["name"], cost, _since(snapshot), uuid=snapshot["id"])
    share = Decimal("9.00")
    yield _Line(
        "Network File Storage Snapshots", "share-1", share, datetime(2025, 1, 1, tzinfo=UTC)
    )


def _since(found: Resource) -> datetime:
    return datetime.fromisoformat(found["created_at"])


def _item(line: _Line, period: Period) -> Resource:
    start = max(line.since, period.start)
    hours = int((period.end - start).total_seconds() // 3600)
    amount = line.monthly * hours / period.hours
    return {
        "product": line.product,
        "resource_uuid": line.uuid,
        "resource_id": line.id,
        "group_description": "",
        "description": line.name,
        "amount": str(amount.quantize(_CENT, ROUND_HALF_UP)),
        "duration": str(hours),
        "duration_unit": "Hours",
        "start_time": stamp(start),
        "end_time": stamp(period.end),
        "project_name": line.project,
    }
