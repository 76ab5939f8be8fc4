"""The columns of both layouts with their dtypes, written out from the contract."""

from __future__ import annotations

EXPLODED = {
    "account": "str",
    "id": "Int64",
    "name": "str",
    "type": "str",
    "distribution": "str",
    "slug": "str",
    "public": "boolean",
    "region": "str",
    "region_count": "Int64",
    "created_at": "datetime64[us, UTC]",
    "min_disk_size": "Int64",
    "size_gigabytes": "float64",
    "allocated_gigabytes": "float64",
    "status": "str",
    "tags": "object",
    "description": "str",
    "error_message": "str",
}
IMAGE = {
    "account": "str",
    "id": "Int64",
    "name": "str",
    "type": "str",
    "distribution": "str",
    "slug": "str",
    "public": "boolean",
    "regions": "object",
    "region_count": "Int64",
    "created_at": "datetime64[us, UTC]",
    "min_disk_size": "Int64",
    "size_gigabytes": "float64",
    "status": "str",
    "tags": "object",
    "description": "str",
    "error_message": "str",
}
