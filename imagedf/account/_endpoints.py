"""The endpoints of an account: the fields to read, and the scopes they need."""

from __future__ import annotations

import pyarrow as pa

from imagedf.client import IMAGES, Endpoint
from imagedf.pages import Shape
from imagedf.schema import INTEGERS, STRINGS, TEXT, TIMESTAMP

_SLUG = pa.struct([("slug", TEXT)])

SNAPSHOTS = Shape(
    "snapshots",
    "snapshot",
    pa.struct(
        [
            ("id", TEXT),
            ("name", TEXT),
            ("created_at", TIMESTAMP),
            ("regions", STRINGS),
            ("min_disk_size", pa.int64()),
            ("size_gigabytes", pa.float64()),
            ("resource_id", TEXT),
            ("resource_type", TEXT),
            ("tags", STRINGS),
        ]
    ),
)
DROPLETS = Shape(
    "droplets",
    "Droplet",
    pa.struct(
        [
            ("id", pa.int64()),
            ("name", TEXT),
            ("status", TEXT),
            ("created_at", TIMESTAMP),
            ("region", _SLUG),
            ("size_slug", TEXT),
            ("size", pa.struct([("price_monthly", pa.float64())])),
            ("disk", pa.int64()),
            ("image", pa.struct([("id", pa.int64())])),
            ("backup_ids", INTEGERS),
            ("snapshot_ids", INTEGERS),
            ("volume_ids", STRINGS),
            ("features", STRINGS),
            ("tags", STRINGS),
        ]
    ),
    ignored=frozenset(
        {"memory", "vcpus", "disk_info", "locked", "kernel", "next_backup_window", "networks",
         "vpc_uuid", "gpu_info"}
    ),
)  # fmt: skip
POLICIES = Shape(
    "policies",
    "backup policy",
    pa.struct(
        [
            ("droplet_id", pa.int64()),
            ("backup_enabled", pa.bool_()),
            (
                "backup_policy",
                pa.struct(
                    [
                        ("plan", TEXT),
                        ("weekday", TEXT),
                        ("hour", pa.int64()),
                        ("window_length_hours", pa.int64()),
                        ("retention_period_days", pa.int64()),
                    ]
                ),
            ),
        ]
    ),
    identity=("droplet_id",),
    ignored=frozenset({"next_backup_window"}),
    keyed_by="droplet_id",
)
POOLS = Shape(
    "autoscale_pools",
    "autoscale pool",
    pa.struct(
        [
            ("id", TEXT),
            ("name", TEXT),
            ("status", TEXT),
            ("created_at", TIMESTAMP),
            ("active_resources_count", pa.int64()),
            ("droplet_template", pa.struct([("image", TEXT), ("size", TEXT), ("region", TEXT)])),
        ]
    ),
    ignored=frozenset({"config", "current_utilization", "updated_at"}),
)
VOLUMES = Shape(
    "volumes",
    "volume",
    pa.struct(
        [
            ("id", TEXT),
            ("name", TEXT),
            ("created_at", TIMESTAMP),
            ("region", _SLUG),
            ("size_gigabytes", pa.float64()),
            ("droplet_ids", INTEGERS),
            ("tags", STRINGS),
        ]
    ),
    ignored=frozenset({"description", "filesystem_type", "filesystem_label"}),
)

# https://docs.digitalocean.com/reference/api/scopes/ lists the scopes; `image:read` does not
# grant access to /v2/snapshots (https://github.com/digitalocean/openapi/pull/874).
ENDPOINTS: dict[str, Endpoint] = {
    endpoint.name: endpoint
    for endpoint in (
        IMAGES.with_query({"private": "true"}),
        Endpoint(
            "droplet_snapshots",
            "/v2/snapshots",
            SNAPSHOTS,
            {"resource_type": "droplet"},
            ("snapshot:read",),
            optional=True,
        ),
        Endpoint(
            "volume_snapshots",
            "/v2/snapshots",
            SNAPSHOTS,
            {"resource_type": "volume"},
            ("snapshot:read", "block_storage_snapshot:read"),
            optional=True,
        ),
        Endpoint(
            "droplets", "/v2/droplets", DROPLETS, {}, ("droplet:read",), optional=True,
            read_twice=True,
        ),
        # By default, the API leaves out GPU Droplets.
        Endpoint(
            "gpu_droplets", "/v2/droplets", DROPLETS, {"type": "gpus"}, ("droplet:read",),
            optional=True, read_twice=True,
        ),
        Endpoint(
            "backup_policies", "/v2/droplets/backups/policies", POLICIES, {}, ("droplet:read",),
            optional=True,
        ),
        Endpoint(
            "autoscale_pools", "/v2/droplets/autoscale", POOLS, {}, ("droplet:read",),
            optional=True,
        ),
        Endpoint(
            "volumes", "/v2/volumes", VOLUMES, {}, ("block_storage:read",), optional=True
        ),
    )
}  # fmt: skip
"""The endpoints by name, in the order of the frames; Droplets need two listings."""
