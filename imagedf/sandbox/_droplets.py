"""Droplets in the form of a listing, and an account with thousands of them."""

from __future__ import annotations

from datetime import timedelta

from imagedf.sandbox._accounts import REFERENCE, many_images, stamp
from imagedf.sandbox._world import Resource, World

_SHAPES = {
    "s-1vcpu-1gb": (1024, 1, 25, 6.0, "Basic"),
    "s-2vcpu-2gb": (2048, 2, 60, 18.0, "Basic"),
    "s-2vcpu-4gb": (4096, 2, 80, 24.0, "Basic"),
    "g-2vcpu-8gb": (8192, 2, 25, 63.0, "General Purpose"),
    "gpu-4000adax1-20gb": (32_768, 8, 500, 565.44, "RTX 4000 Ada GPU - 1X"),
}
GPU_SIZE = "gpu-4000adax1-20gb"
SIZES = tuple(size for size in _SHAPES if size != GPU_SIZE)
_GPU = {"count": 1, "model": "nvidia_rtx_4000_ada", "vram": {"amount": 20, "unit": "gib"}}
_PLANS = {"weekly": 28, "daily": 7}


def policy_of(plan: str) -> Resource:
    weekday = {} if plan == "daily" else {"weekday": "SUN"}
    return {
        "plan": plan,
        **weekday,
        "hour": 20,
        "window_length_hours": 4,
        "retention_period_days": _PLANS[plan],
    }


def region_of(slug: str) -> Resource:
    return {
        "name": f"{slug[:3].upper()} {slug[3:]}",
        "slug": slug,
        "features": ["backups", "ipv6", "metadata", "storage"],
        "available": True,
        "sizes": list(SIZES),
    }


def make_droplet(
    number: int, name: str, size: str, *, region: str = "nyc3", image: Resource
) -> Resource:
    """Return a Droplet with the fields of a listing.

    Parameters
    ----------
    number : int
        The id of the Droplet.
    name, region : str
        Its name, and the slug of its region.
    size : str
        Its size: ``s-1vcpu-1gb``, ``s-2vcpu-2gb``, ``s-2vcpu-4gb``, ``g-2vcpu-8gb`` or
        ``gpu-4000adax1-20gb``.
    image : dict
        The image from which it was created.

    Returns
    -------
    dict
        A Droplet without snapshots, backups or volumes.
    """
    shape = _size(size, region)
    return {
        "id": number,
        "name": name,
        **{field: shape[field] for field in ("memory", "vcpus", "disk")},
        "disk_info": [{"type": "local", "size": {"amount": shape["disk"], "unit": "gib"}}],
        "locked": False,
        "status": "active",
        "kernel": None,
        "created_at": stamp(REFERENCE - timedelta(days=1000)),
        "features": ["monitoring"],
        "backup_ids": [],
        "next_backup_window": None,
        "snapshot_ids": [],
        "image": image,
        "volume_ids": [],
        "size": shape,
        "size_slug": size,
        "networks": {"v4": [], "v6": []},
        "region": region_of(region),
        "tags": ["env:prod"],
        "vpc_uuid": "760e09ef-dc84-11e8-981e-3cfdfeaae000",
        **({"gpu_info": _GPU} if size == GPU_SIZE else {}),
    }


def _size(slug: str, region: str) -> Resource:
    memory, vcpus, disk, price, description = _SHAPES[slug]
    return {
        "slug": slug,
        "memory": memory,
        "vcpus": vcpus,
        "disk": disk,
        "transfer": 1.0,
        "price_monthly": price,
        "price_hourly": round(price / 672, 5),
        "regions": [region],
        "available": True,
        "description": description,
    }


def large_world(images: int = 10_000, *, droplets: int = 2_000, snapshots: int = 5_000) -> World:
    """Return a large account for benchmarks.

    Parameters
    ----------
    images : int, default 10000
        The number of the account's own images.
    droplets : int, default 2000
        The number of Droplets; the snapshots are spread over them.
    snapshots : int, default 5000
        The number of images that are snapshots; the others are backups.

    Returns
    -------
    World
        A consistent account.
    """
    listing = list(many_images(images))
    for number, image in enumerate(listing):
        image |= {"public": False, "slug": None, "size_gigabytes": image["size_gigabytes"] or 1.5}
        image["type"] = "snapshot" if number < snapshots else "backup"
    world = World(listing)
    for number in range(droplets):
        base = listing[number % len(listing)]
        droplet = make_droplet(900_000_000 + number, f"host-{number}", "s-1vcpu-1gb", image=base)
        droplet["features"] = ["backups"]
        droplet["snapshot_ids"] = [image["id"] for image in listing[number:snapshots:droplets]]
        droplet["backup_ids"] = [image["id"] for image in listing[snapshots + number :: droplets]]
        ids = [*droplet["snapshot_ids"], *droplet["backup_ids"]]
        world.sources |= dict.fromkeys(ids, droplet["id"])
        world.droplets.append(droplet)
        world.policies[str(droplet["id"])] = {
            "droplet_id": droplet["id"],
            "backup_enabled": True,
            "backup_policy": policy_of("weekly"),
        }
    return world
