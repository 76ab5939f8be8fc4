"""Names, dtypes and Arrow schemas of everything that imagedf returns and writes.

The fields of an image are those documented for ``GET /v2/images``; only this module lists
them. The API requires none of them
(https://docs.digitalocean.com/reference/api/reference/images/), so each is nullable here.
All enumerations are open: a value that the specification doesn't list is kept as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa

SCHEMA_VERSION = 1
"""Version of the files' layout, in the footer of every Parquet file we write."""

TEXT = pa.large_string()
"""The Arrow type of text in memory, as in pandas; in files it is ``string``."""

TIMESTAMP = pa.timestamp("us", tz="UTC")
STRINGS = pa.list_(pa.string())
INTEGERS = pa.list_(pa.int64())


class Column(NamedTuple):
    """One column of a frame: its pandas dtype, Arrow type, unit and meaning."""

    name: str
    dtype: str
    arrow: pa.DataType
    unit: str
    meaning: str


_COLUMNS = (
    Column("account", "str", pa.string(), "", "name of the account in the call, or default"),
    Column("id", "Int64", pa.int64(), "", "DigitalOcean's id; not unique by itself"),
    Column("name", "str", pa.string(), "", "display name; free text for your own images"),
    Column("type", "str", pa.string(), "", "base, snapshot, backup, custom, admin, …"),
    Column("distribution", "str", pa.string(), "", "operating system, such as Ubuntu"),
    Column("slug", "str", pa.string(), "", "stable short name; public images only"),
    Column("public", "boolean", pa.bool_(), "", "whether everyone can use the image"),
    Column("region", "str", pa.string(), "", "one region the image is in (exploded layout)"),
    Column("regions", "object", STRINGS, "", "all regions the image is in (one row per image)"),
    Column("region_count", "Int64", pa.int64(), "regions", "number of different regions"),
    Column("created_at", "datetime64[us, UTC]", TIMESTAMP, "UTC", "when the image was created"),
    Column("min_disk_size", "Int64", pa.int64(), "GB", "smallest disk the image fits on"),
    Column("size_gigabytes", "float64", pa.float64(), "GB", "size of the image, once per image"),
    Column("allocated_gigabytes", "float64", pa.float64(), "GB", "size split evenly over the rows"),
    Column("status", "str", pa.string(), "", "NEW, available, pending, deleted, retired, …"),
    Column("tags", "object", STRINGS, "", "tags; missing where the token may not read them"),
    Column("description", "str", pa.string(), "", "free text"),
    Column("error_message", "str", pa.string(), "", "why an import failed"),
)
_COMPUTED = ("account", "region", "region_count", "allocated_gigabytes")

EXPLODED: tuple[Column, ...] = tuple(c for c in _COLUMNS if c.name != "regions")
"""The exploded layout: one row per image and region."""

IMAGE: tuple[Column, ...] = tuple(
    c for c in _COLUMNS if c.name not in ("region", "allocated_gigabytes")
)
"""The layout with one row per image."""

_IN_MEMORY = {pa.string(): TEXT}
ROWS_SCHEMA = pa.schema([(c.name, _IN_MEMORY.get(c.arrow, c.arrow)) for c in EXPLODED])
"""The exploded layout in memory, on its way to a frame or a file."""

EXPLODED_SCHEMA = pa.schema([(c.name, c.arrow) for c in EXPLODED])
IMAGE_SCHEMA = pa.schema([(c.name, c.arrow) for c in IMAGE])

IMAGE_STRUCT = pa.struct(
    [(c.name, _IN_MEMORY.get(c.arrow, c.arrow)) for c in _COLUMNS if c.name not in _COMPUTED]
)
"""The fourteen documented fields of an image."""

API_FIELDS: tuple[str, ...] = tuple(field.name for field in IMAGE_STRUCT)

PUBLIC_TYPES = ("base", "application")
"""Types of DigitalOcean's images, also of retired ones, whose ``public`` is false."""

_ACCOUNT = _COLUMNS[0]
_TEXT_TAGS = Column("tags", "object", STRINGS, "", "tags; missing without the scope tag:read")

DROPLET_SNAPSHOTS: tuple[Column, ...] = (
    _ACCOUNT,
    Column("id", "Int64", pa.int64(), "", "id of the snapshot, which is an image id"),
    Column("name", "str", pa.string(), "", "name of the snapshot"),
    Column("created_at", "datetime64[us, UTC]", TIMESTAMP, "UTC", "when it was created"),
    Column("regions", "object", STRINGS, "", "all regions that contain the snapshot"),
    Column("min_disk_size", "Int64", pa.int64(), "GB", "smallest disk that fits the snapshot"),
    Column("size_gigabytes", "float64", pa.float64(), "GB", "billable size of the snapshot"),
    Column("resource_id", "Int64", pa.int64(), "", "id of the Droplet it was taken from"),
    _TEXT_TAGS,
)
"""Snapshots of Droplets: ``GET /v2/snapshots?resource_type=droplet``."""

VOLUME_SNAPSHOTS: tuple[Column, ...] = (
    _ACCOUNT,
    Column("id", "str", pa.string(), "", "UUID of the snapshot"),
    Column("name", "str", pa.string(), "", "name of the snapshot"),
    Column("created_at", "datetime64[us, UTC]", TIMESTAMP, "UTC", "when it was created"),
    Column("regions", "object", STRINGS, "", "the region that contains the snapshot"),
    Column("min_disk_size", "Int64", pa.int64(), "GB", "smallest volume that fits the snapshot"),
    Column("size_gigabytes", "float64", pa.float64(), "GB", "billable size, to four decimals"),
    Column("resource_id", "str", pa.string(), "", "UUID of the volume it was taken from"),
    _TEXT_TAGS,
    Column("source_name", "str", pa.string(), "", "name of that volume, if it exists"),
    Column("source", "str", pa.string(), "", "here or gone; missing when not proven"),
)
"""Snapshots of volumes: ``GET /v2/snapshots?resource_type=volume``."""

DROPLETS: tuple[Column, ...] = (
    _ACCOUNT,
    Column("id", "Int64", pa.int64(), "", "id of the Droplet; not an image id"),
    Column("name", "str", pa.string(), "", "name of the Droplet"),
    Column("status", "str", pa.string(), "", "new, active, off, archive"),
    Column("created_at", "datetime64[us, UTC]", TIMESTAMP, "UTC", "when it was created"),
    Column("region", "str", pa.string(), "", "slug of its region"),
    Column("gpu", "boolean", pa.bool_(), "", "whether it is in the list of GPU Droplets"),
    Column("size_slug", "str", pa.string(), "", "slug of its size, such as s-1vcpu-1gb"),
    Column("price_monthly", "float64", pa.float64(), "USD", "price of its size per month"),
    Column("disk", "Int64", pa.int64(), "GB", "size of its disk"),
    Column("image_id", "Int64", pa.int64(), "", "id of the image it was created from"),
    Column("backup_ids", "object", INTEGERS, "", "images that are its backups; may be missing"),
    Column("snapshot_ids", "object", INTEGERS, "", "images that are its snapshots; may be missing"),
    Column("volume_ids", "object", STRINGS, "", "UUIDs of its volumes; may be missing"),
    Column("features", "object", STRINGS, "", "backups, monitoring, ipv6, …"),
    _TEXT_TAGS,
)
"""Droplets: ``GET /v2/droplets`` and ``GET /v2/droplets?type=gpus``."""

BACKUP_POLICIES: tuple[Column, ...] = (
    _ACCOUNT,
    Column("droplet_id", "Int64", pa.int64(), "", "id of the Droplet"),
    Column("backup_enabled", "boolean", pa.bool_(), "", "whether it is backed up"),
    Column("plan", "str", pa.string(), "", "daily or weekly"),
    Column("weekday", "str", pa.string(), "", "day of a weekly backup, such as SUN"),
    Column("hour", "Int64", pa.int64(), "UTC", "hour at which the backup window starts"),
    Column("window_length_hours", "Int64", pa.int64(), "hours", "length of the window"),
    Column("retention_period_days", "Int64", pa.int64(), "days", "how long a backup is kept"),
)
"""Backup policies: ``GET /v2/droplets/backups/policies``."""

AUTOSCALE_POOLS: tuple[Column, ...] = (
    _ACCOUNT,
    Column("id", "str", pa.string(), "", "UUID of the pool"),
    Column("name", "str", pa.string(), "", "name of the pool"),
    Column("status", "str", pa.string(), "", "active, deleting, error"),
    Column("created_at", "datetime64[us, UTC]", TIMESTAMP, "UTC", "when it was created"),
    Column("active_resources_count", "Int64", pa.int64(), "Droplets", "number of its Droplets"),
    Column("image", "str", pa.string(), "", "slug or id of the image in its template"),
    Column("size", "str", pa.string(), "", "slug of the size in its template"),
    Column("region", "str", pa.string(), "", "slug of the region in its template"),
)
"""Autoscale pools: ``GET /v2/droplets/autoscale``."""

VOLUMES: tuple[Column, ...] = (
    _ACCOUNT,
    Column("id", "str", pa.string(), "", "UUID of the volume"),
    Column("name", "str", pa.string(), "", "name of the volume"),
    Column("created_at", "datetime64[us, UTC]", TIMESTAMP, "UTC", "when it was created"),
    Column("region", "str", pa.string(), "", "slug of its region"),
    Column("size_gigabytes", "float64", pa.float64(), "GiB", "size of the volume"),
    Column("droplet_ids", "object", INTEGERS, "", "Droplets it is attached to; may be missing"),
    _TEXT_TAGS,
)
"""Volumes: ``GET /v2/volumes``."""

ACCOUNT_FRAMES: dict[str, tuple[Column, ...]] = {
    "images": EXPLODED,
    "droplet_snapshots": DROPLET_SNAPSHOTS,
    "volume_snapshots": VOLUME_SNAPSHOTS,
    "droplets": DROPLETS,
    "backup_policies": BACKUP_POLICIES,
    "autoscale_pools": AUTOSCALE_POOLS,
    "volumes": VOLUMES,
}
"""The columns of each frame of an ``Account``."""

LINKS: tuple[Column, ...] = (
    Column("source_id", "Int64", pa.int64(), "", "id of the Droplet the image was taken from"),
    Column("source_name", "str", pa.string(), "", "name of that Droplet, if it exists"),
    Column("source", "str", pa.string(), "", "here or gone; missing when not proven"),
    Column("used_by", "object", STRINGS, "", "droplet:ID and pool:ID; missing when unknown"),
)
"""The columns that ``link_images`` adds to one row per image."""

_PRICED = [
    ("billing_class", pa.string()),
    ("monthly_cost_usd", pa.float64()),
    ("cost_note", pa.string()),
]
HISTORY_SCHEMA = pa.schema(
    [*IMAGE_SCHEMA, ("snapshot_date", pa.date32()), *_PRICED, *((c.name, c.arrow) for c in LINKS)]
)
"""A file of a history: one row per own image, its day, its costs, and its links if recorded."""

IDENTITY: tuple[str, ...] = ("account", "id", "name")
"""The columns that identify an image; in a history also ``snapshot_date``."""

_KEYS = [
    pa.field("image_key", pa.string(), nullable=False),
    pa.field("account", pa.string()),
    pa.field("snapshot_date", pa.date32()),
]
_ALLOCATED = [("allocated_gigabytes", pa.float64()), ("allocated_cost_usd", pa.float64())]


def _fields(columns: tuple[Column, ...], names: str) -> list[tuple[str, pa.DataType]]:
    kinds = {column.name: column.arrow for column in columns}
    return [(name, kinds[name]) for name in names.split()]


_SCALARS = [(c.name, c.arrow) for c in IMAGE if c.name != "account" and c.arrow != STRINGS]
_COUNTED = [name for name, _ in _SCALARS].index("region_count") + 1

STAR_IMAGES = pa.schema(
    [
        *_KEYS,
        *_SCALARS[:_COUNTED],
        ("tag_count", pa.int64()),
        *_SCALARS[_COUNTED:],
        *_PRICED,
        *_fields(LINKS, "source_id source_name source"),
        ("use_count", pa.int64()),
    ]
)
"""Star table ``images``: one row per image and day, with all measures.

``tag_count`` and ``use_count`` are missing where tags or uses are unknown, 0 where there are none.
"""

STAR_IMAGE_REGIONS = pa.schema([*_KEYS, ("region", pa.string()), *_ALLOCATED])
"""Star table ``image_regions``: one row per image and region; a null region if it has none."""

STAR_IMAGE_TAGS = pa.schema([*_KEYS, ("tag", pa.string()), *_ALLOCATED])
"""Star table ``image_tags``: one row per image and tag; none for an image without tags."""

STAR_IMAGE_USES = pa.schema([*_KEYS, ("droplet_id", pa.int64()), ("pool_id", pa.string())])
"""Star table ``image_uses``: one row per image and Droplet or autoscale pool that uses it."""

STAR_VOLUME_SNAPSHOTS = pa.schema(
    [
        *_KEYS[1:],
        *_fields(VOLUME_SNAPSHOTS, "id name"),
        ("region", pa.string()),
        ("tag_count", pa.int64()),
        *_fields(VOLUME_SNAPSHOTS, "created_at min_disk_size size_gigabytes"),
        *_PRICED,
        *_fields(VOLUME_SNAPSHOTS, "resource_id source_name source"),
    ]
)
"""Star table ``volume_snapshots``: one row per snapshot of a volume."""

STAR_DROPLETS = pa.schema(
    [
        *_KEYS[1:],
        *_fields(DROPLETS, "id name status region gpu size_slug price_monthly disk image_id"),
        *((f"{name}_count", pa.int64()) for name in ("backup", "snapshot", "volume", "tag")),
        *_fields(DROPLETS, "created_at"),
    ]
)
"""Star table ``droplets``: one row per Droplet; ``price_monthly`` in USD."""

STAR: dict[str, pa.Schema] = {
    "images": STAR_IMAGES,
    "image_regions": STAR_IMAGE_REGIONS,
    "image_tags": STAR_IMAGE_TAGS,
}
"""The star tables of every export."""

STAR_OF_ACCOUNT: dict[str, pa.Schema] = {
    "image_uses": STAR_IMAGE_USES,
    "volume_snapshots": STAR_VOLUME_SNAPSHOTS,
    "droplets": STAR_DROPLETS,
}
"""The additional star tables when an account is exported."""

COST_PREFIX = "monthly_cost_"
_OFFERED = ["Column", "allocated_cost_column", "cost_column"]


def __dir__() -> list[str]:
    """Return the schema's own names for completion, without those that this module imports."""
    return [name for name in globals() if name.isupper() and name[0] != "_"] + _OFFERED


def cost_column(columns: Iterable[str]) -> str | None:
    """Return the column with the monthly cost, such as ``monthly_cost_usd``, if any."""
    pattern = re.compile(f"{COST_PREFIX}[a-z]{{3}}")
    return next((name for name in columns if pattern.fullmatch(str(name))), None)


def allocated_cost_column(cost: str) -> str:
    """Return the column with a cost divided over rows: ``allocated_cost_usd``."""
    return f"allocated_cost_{cost.removeprefix(COST_PREFIX)}"
