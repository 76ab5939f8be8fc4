"""The paths of the API that the sandbox serves: their lists, filters and scopes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from imagedf.sandbox._accounts import REFERENCE, stamp
from imagedf.sandbox._billing import INVOICES, PREVIEW, invoice_uuid, items_of, summary_of
from imagedf.sandbox._world import Resource, World

Query = Mapping[str, str]

SCOPES = frozenset(
    f"{name}:read"
    for name in (
        "account", "billing", "block_storage", "block_storage_snapshot",
        "droplet", "image", "snapshot", "tag",
    )
)  # fmt: skip
"""The scopes that the sandbox knows; by default, a token has all of them."""


class Endpoint(NamedTuple):
    """One path: the key of its list, its parameters and scopes, and what it lists."""

    key: str
    scopes: Callable[[Query], Collection[str]]
    items: Callable[[World, Query], Sequence[Resource]]
    parameters: tuple[str, ...] = ()
    beside: Callable[[World], Resource] = lambda _: {}


class Single(NamedTuple):
    """One path whose response is not paged."""

    scopes: Collection[str]
    body: Callable[[World], Resource]


def _images(world: World, query: Query) -> list[Resource]:
    return [image for image in world.images if _is_wanted(image, query)]


def _is_wanted(image: Resource, query: Query) -> bool:
    """Return whether an image passes the filters; an unknown ``type`` is ignored."""
    public = bool(image.get("public"))
    if query.get("private") == "true" and public:
        return False
    base = public and image.get("type") == "base"
    kinds = {"distribution": base, "application": public and not base}
    return _has_tag(image, query) and kinds.get(query.get("type", ""), True)


def _has_tag(found: Resource, query: Query) -> bool:
    """Return whether a resource has the requested tag; tags are case-insensitive."""
    if "tag_name" not in query:
        return True
    return query["tag_name"].lower() in map(str.lower, found.get("tags") or ())


def _snapshots(world: World, query: Query) -> list[Resource]:
    kind = query.get("resource_type")
    of_droplets = [] if kind == "volume" else world.snapshots()
    return of_droplets if kind == "droplet" else [*of_droplets, *world.volume_snapshots]


def _snapshot_scopes(query: Query) -> set[str]:
    more = {"block_storage_snapshot:read"} if query.get("resource_type") == "volume" else set()
    return {"snapshot:read", *more}


def _droplets(world: World, query: Query) -> list[Resource]:
    """Return Droplets; GPU Droplets only if they are requested."""
    gpus = query.get("type") == "gpus"
    found = [droplet for droplet in world.droplets if ("gpu_info" in droplet) == gpus]
    return [item for item in found if _has_tag(item, query) and _is_named(item, query)]


def _named(listed: Callable[[World], list[Resource]]) -> Callable[[World, Query], list[Resource]]:
    return lambda world, query: [item for item in listed(world) if _is_named(item, query)]


def _is_named(found: Resource, query: Query) -> bool:
    return bool(query.get("name", found["name"]) == found["name"])


def _always(*scopes: str) -> Callable[[Query], Collection[str]]:
    return lambda _query: scopes


LISTS: dict[str, Endpoint] = {
    "/v2/images": Endpoint(
        "images", _always("image:read"), _images, ("private", "tag_name", "type")
    ),
    "/v2/snapshots": Endpoint("snapshots", _snapshot_scopes, _snapshots, ("resource_type",)),
    "/v2/droplets": Endpoint(
        "droplets", _always("droplet:read"), _droplets, ("name", "tag_name", "type")
    ),
    "/v2/droplets/backups/policies": Endpoint(
        "policies", _always("droplet:read"), lambda world, _: list(world.policies.values())
    ),
    "/v2/droplets/autoscale": Endpoint(
        "autoscale_pools", _always("droplet:read"), _named(lambda world: world.pools), ("name",)
    ),
    "/v2/volumes": Endpoint(
        "volumes", _always("block_storage:read"), _named(lambda world: world.volumes), ("name",)
    ),
    "/v2/customers/my/invoices": Endpoint(
        "invoices",
        _always("billing:read"),
        lambda world, _: [summary_of(world, period) for period in INVOICES],
        beside=lambda world: {
            "invoice_preview": summary_of(world, PREVIEW) | {"updated_at": stamp(REFERENCE)}
        },
    ),
}
_ASSOCIATED = re.compile(r"/v2/droplets/([0-9]+)/destroy_with_associated_resources")
_INVOICE = re.compile(r"/v2/customers/my/invoices/([0-9a-f-]{36}|preview)")
_ASSOCIATED_SCOPES = frozenset(
    {"droplet:read", "image:read", "block_storage:read", "block_storage_snapshot:read"}
)


def find(path: str, world: World) -> Endpoint | Single | None:
    """Return the endpoint of a path, or None."""
    path = path.rstrip("/")
    if path in LISTS:
        return LISTS[path]
    if path == "/v2/account":
        return Single({"account:read"}, _account)
    if match := _ASSOCIATED.fullmatch(path):
        return _associated(world, int(match[1]))
    match = _INVOICE.fullmatch(path)
    return _invoice(world, match[1]) if match else None


def _associated(world: World, number: int) -> Single | None:
    for droplet in world.droplets:
        if droplet["id"] == number:
            return Single(_ASSOCIATED_SCOPES, partial(World.associated, droplet=droplet))
    return None


def _invoice(world: World, name: str) -> Endpoint | None:
    periods = {invoice_uuid(world, period): period for period in INVOICES} | {"preview": PREVIEW}
    if name not in periods:
        return None
    return Endpoint(
        "invoice_items", _always("billing:read"), lambda world, _: items_of(world, periods[name])
    )


def _account(world: World) -> Resource:
    return {
        "account": {
            "droplet_limit": 100,
            "floating_ip_limit": 5,
            "email": "sandbox@example.com",
            "name": "Sandbox",
            "uuid": "b6fr89dbf6d9156cace5f3c78dc9851d957381ef",
            "email_verified": True,
            "status": "active",
            "status_message": "",
            "team": {"uuid": world.team, "name": "Sandbox"},
        }
    }


_HIDDEN: dict[str, dict[str, Any]] = {
    "tag:read": {"tags": None},
    "image:read": {"image": {}, "backup_ids": [], "snapshot_ids": []},
    "block_storage:read": {"volume_ids": []},
}


def visible(found: Resource, scopes: Collection[str]) -> Resource:
    """Return a resource as a token sees it: without a scope, some fields are empty."""
    hidden: Resource = {}
    for scope, fields in _HIDDEN.items():
        if scope not in scopes:
            hidden |= {name: value for name, value in fields.items() if name in found}
    return {**found, **hidden} if hidden else found
