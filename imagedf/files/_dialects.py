"""Recognize bare lists of images printed by other tools, and name lists of other objects.

Sources: godo's structs have ``omitempty`` on every field
(https://github.com/digitalocean/godo/blob/main/images.go); Steampipe's table
(https://hub.steampipe.io/plugins/turbot/digitalocean/tables/digitalocean_image); Terraform's
data source (https://registry.terraform.io/providers/digitalocean/digitalocean/latest/docs/data-sources/images).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from imagedf._text import did_you_mean
from imagedf.errors import PageError

Image = dict[str, Any]
_OF_IMAGES = frozenset(
    ("type", "distribution", "regions", "size_gigabytes", "min_disk_size", "public")
)
"""Fields that only images have; other objects also have an id, a name or a slug."""
_TAGS_OF_STEAMPIPE = "tags_src"
_OF_TERRAFORM = {"created", "private"}

_SNAPSHOTS = (
    "these are snapshots (/v2/snapshots): save /v2/images or `doctl compute image list`, or use "
    "read_account"
)
_DROPLETS = "these are Droplets (/v2/droplets): use read_account"
_VOLUMES = "these are volumes (/v2/volumes): use read_account"
_POLICIES = "these are backup policies: use read_account"
_POOLS = "these are autoscale pools: use read_account"
_SIZES = "these are Droplet sizes (/v2/sizes), not images"
_REGIONS = "these are regions (/v2/regions), not images"
_LISTS = {
    "snapshots": _SNAPSHOTS,
    "droplets": _DROPLETS,
    "volumes": _VOLUMES,
    "policies": _POLICIES,
    "autoscale_pools": _POOLS,
    "sizes": _SIZES,
    "regions": _REGIONS,
    "actions": "these are actions (/v2/actions), not images",
    "invoice_items": "this is an invoice: use read_invoice",
    "image": "this is a single image, not a listing: pass it in a list",
    "droplet": "this is a single Droplet, not a listing of images",
    "snapshot": "this is a single snapshot, not a listing of images",
}
"""The key of the list in other responses, and what the response is."""
_OBJECTS: tuple[tuple[frozenset[str], str], ...] = (
    (
        frozenset(("account", "region_count")),
        "these are rows that imagedf wrote, and would lose accounts and regions: use Parquet",
    ),
    (frozenset(("resource_id",)), _SNAPSHOTS),
    (frozenset(("resource_type",)), _SNAPSHOTS),
    (frozenset(("vcpus", "image")), _DROPLETS),
    (frozenset(("size_slug",)), _DROPLETS),
    (frozenset(("vcpus", "memory")), _SIZES),
    (frozenset(("sizes", "slug")), _REGIONS),
    (frozenset(("droplet_ids",)), _VOLUMES),
    (frozenset(("filesystem_type",)), _VOLUMES),
    (frozenset(("retention_period_days",)), _POLICIES),
    (frozenset(("droplet_template",)), _POOLS),
)
"""Fields that only other kinds of objects have."""


class Listing(NamedTuple):
    """A bare list of images with the API's field names, and notes about it."""

    images: list[Image]
    notes: tuple[str, ...] = ()


def check_page(page: Mapping[str, Any]) -> None:
    """Raise for a response body that is not a page of images; name its kind if known.

    Raises
    ------
    PageError
        The body is from another endpoint or from API v1.
    """
    if "images" in page:
        if "status" in page and "meta" not in page and "links" not in page:
            raise PageError("this is a response of API v1, which was shut down in 2018")
        return
    for key, kind in _LISTS.items():
        if key in page:
            raise PageError(kind)


def is_image(page: Mapping[str, Any]) -> bool:
    """Return whether an object is an image instead of a page of images."""
    return "id" in page and "images" not in page and bool(_OF_IMAGES & page.keys())


def check_objects(objects: Iterable[object]) -> None:
    """Raise for a bare list with an object that is not an image; name its kind if known.

    Raises
    ------
    PageError
        An object is of another kind, or has none of the fields of an image.
    """
    for item in objects:
        if not isinstance(item, dict):
            continue
        for fields, kind in _OBJECTS:
            if fields <= item.keys():
                raise PageError(kind)
        if not _OF_IMAGES & item.keys():
            keys = ", ".join(map(ascii, item)) or "no field at all"
            near = "".join(did_you_mean(key, _OF_IMAGES) for key in list(item)[:1])
            raise PageError(
                f"the list contains an object that is not an image: it has {keys:.100}{near}"
            )


def listing_of(images: list[Image]) -> Listing | None:
    """Return the images with the API's names, or None if the list already has them."""
    keys = set[str]().union(*images)
    if _TAGS_OF_STEAMPIPE in keys:
        return _of_steampipe(images)
    if _OF_TERRAFORM & keys and not {"created_at", "public"} & keys:
        return _of_terraform(images)
    if images and all(map(_omits_empty, images)):
        return _of_doctl(images)
    return None


def steampipe_rows(page: Mapping[str, Any]) -> list[Any] | None:
    """Return the rows of Steampipe's JSON (``columns`` and ``rows``, before 0.24 ``rows``)."""
    rows = page.get("rows")
    return rows if isinstance(rows, list) and "images" not in page else None


def _of_steampipe(images: list[Image]) -> Listing:
    note = "Steampipe lists sizes in whole GB"
    return Listing([_renamed(image, {_TAGS_OF_STEAMPIPE: "tags"}) for image in images], (note,))


def _of_terraform(images: list[Image]) -> Listing:
    names = {"created": "created_at", "private": "public"}
    renamed = [_renamed(image, names) for image in images]
    for image in renamed:
        if isinstance(image.get("public"), bool):
            image["public"] = not image["public"]
    return Listing(renamed, ("public is the opposite of Terraform's private",))


def _renamed(image: Image, names: Mapping[str, str]) -> Image:
    kept = {key: value for key, value in image.items() if key not in names.values()}
    return {names.get(key, key): value for key, value in kept.items()}


def _omits_empty(image: Image) -> bool:
    return not any(_is_empty(value) for value in image.values())


def _is_empty(value: Any) -> bool:
    """Return whether Go's ``omitempty`` leaves the value out: null, false, 0, "", empty lists."""
    if isinstance(value, int | float):
        return value == 0 and not math.isnan(value)
    return value is None or (isinstance(value, str | list | dict) and not value)


def _of_doctl(images: list[Image]) -> Listing:
    """Restore values that doctl leaves out, if the rest of the list shows what they were."""
    absent: dict[str, Callable[[], Any]] = {
        name: list for name in ("tags", "regions") if any(name in image for image in images)
    }
    if all(image["public"] is True for image in images if "public" in image):
        absent["public"] = bool
    filled = [{name: make() for name, make in absent.items()} | image for image in images]
    return Listing(filled)
