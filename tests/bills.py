"""Accounts written by hand: typed frames as ``fetch_account`` returns them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

import imagedf
from imagedf import Account, Certificate
from imagedf.schema import ACCOUNT_FRAMES
from tests.strategies import frame_of

FETCHED = "2026-11-20T12:00:00+00:00"


def typed_rows(name: str, rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return the frame of an endpoint with these rows; columns that they lack are missing."""
    columns = {
        column.name: pd.Series([row.get(column.name) for row in rows], dtype=column.dtype)
        for column in ACCOUNT_FRAMES[name]
    }
    return pd.DataFrame(columns)


def droplet(number: int, **fields: Any) -> dict[str, Any]:
    """Return a Droplet of 24 USD without backups, changed by the fields passed."""
    plain: dict[str, Any] = {
        "account": "default",
        "id": number,
        "name": f"web-{number}",
        "created_at": "2026-01-01T00:00:00Z",
        "size_slug": "s-2vcpu-4gb",
        "price_monthly": 24.0,
        "backup_ids": [],
        "snapshot_ids": [],
        "features": [],
    }
    return plain | fields


def policy(number: int, plan: str | None = "weekly", **fields: Any) -> dict[str, Any]:
    """Return the backup policy of a Droplet; no plan means that backups are disabled."""
    plain = {"account": "default", "droplet_id": number, "backup_enabled": plan is not None}
    return {**plain, "plan": plan, "window_length_hours": 4, **fields}


def volume_snapshot(uuid: str, size: float | None, **fields: Any) -> dict[str, Any]:
    plain = {"account": "default", "id": uuid, "name": f"snapshot of {uuid}"}
    return {**plain, "size_gigabytes": size, "regions": ["nyc3"], **fields}


def account_of(
    images: Sequence[dict[str, Any]] = (),
    *,
    droplets: Sequence[dict[str, Any]] | None = (),
    policies: Sequence[dict[str, Any]] | None = (),
    volume_snapshots: Sequence[dict[str, Any]] | None = (),
) -> Account:
    """Return an account, fetched at FETCHED; None is an endpoint that could not be read."""
    frames = {
        "droplets": droplets,
        "gpu_droplets": droplets,
        "backup_policies": policies,
        "volume_snapshots": volume_snapshots,
    }
    frame = frame_of(list(images))
    certificate = Certificate(
        (
            imagedf.AccountCertificate(finished=FETCHED),
            *(entry_of(name, readable=rows is not None) for name, rows in frames.items()),
        )
    )
    frame.attrs["imagedf"] = certificate.to_dict()
    del frames["gpu_droplets"]
    typed = {
        name: None if rows is None else typed_rows(name, rows) for name, rows in frames.items()
    }
    return Account(frame, certificate, **typed)


def entry_of(
    endpoint: str, account: str = "default", *, readable: bool = True
) -> imagedf.AccountCertificate:
    """Return the certificate of a listing, or of a listing for which the scope is missing."""
    scopes = () if readable else ("a:scope",)
    return imagedf.AccountCertificate(account, endpoint=endpoint, missing_scopes=scopes)
