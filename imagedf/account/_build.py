"""Build an Account from tables that were fetched or read from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from imagedf._certificates import ATTRS_KEY, AccountCertificate, Certificate
from imagedf.account._account import Account
from imagedf.account._frames import typed_frame
from imagedf.account._links import sources_of_volume_snapshots
from imagedf.client import shared_images
from imagedf.frame import GrowingFrame
from imagedf.pages import stacked

if TYPE_CHECKING:
    import pandas as pd

_KINDS = {"droplet_snapshots": "droplet", "volume_snapshots": "volume"}
_SNAPSHOT_SCOPE = "snapshot:read"
_ALONE = ("droplet_snapshots", "backup_policies", "autoscale_pools", "volumes")
_BOTH_DROPLETS = ("droplets", "gpu_droplets")


@dataclass(frozen=True, slots=True)
class Part:
    """One listing of one account: its rows (None: not readable) and its certificate."""

    rows: pa.Table | None
    certificate: AccountCertificate

    def unreadable(self, scope: str) -> Part:
        """Return the listing marked as unreadable for lack of the scope."""
        return Part(None, replace(self.certificate, missing_scopes=(scope,)))


Parts = Mapping[tuple[str, str], Part]
"""By account and endpoint."""


def build_account(parts: Parts, source: str = "api", notes: tuple[str, ...] = ()) -> Account:
    """Return the account built from its listings."""
    parts = {key: _of_its_kind(key[1], part) for key, part in parts.items()}
    parts = _with_marked_gpu_list(_scoped(parts))
    names = list(dict.fromkeys(name for name, _ in parts))
    images = _images(parts, names)
    entries = tuple(part.certificate for part in parts.values())
    notes = (*notes, *shared_images(images))
    certificate = Certificate(entries, source=source, notes=notes)
    of_images = tuple(entry for entry in entries if entry.endpoint == "images")
    images.attrs[ATTRS_KEY] = replace(certificate, accounts=of_images).to_dict()
    return Account(
        images=images,
        certificate=certificate,
        volume_snapshots=_volume_snapshots(parts, names),
        droplets=_droplets(parts, names),
        **{name: _frame(name, _readable(parts, names, name)) for name in _ALONE},
    )


def _of_its_kind(endpoint: str, part: Part) -> Part:
    """Drop snapshots of the other kind, which a server that ignores the filter also lists."""
    kind = _KINDS.get(endpoint)
    if part.rows is None or kind is None:
        return part
    kinds = pc.fill_null(part.rows.column("resource_type"), kind)
    return replace(part, rows=part.rows.filter(pc.equal(kinds, kind)))


def _scoped(parts: dict[tuple[str, str], Part]) -> dict[tuple[str, str], Part]:
    """Name only the scope for volume snapshots if ``snapshot:read`` is present."""
    scoped = dict(parts)
    for name in {name for name, _ in parts}:
        droplets, volumes = (parts.get((name, endpoint)) for endpoint in _KINDS)
        if droplets and volumes and droplets.rows is not None and volumes.rows is None:
            lacks = tuple(
                scope for scope in volumes.certificate.missing_scopes if scope != _SNAPSHOT_SCOPE
            )
            certificate = replace(volumes.certificate, missing_scopes=lacks)
            scoped[name, "volume_snapshots"] = Part(None, certificate)
    return scoped


def _with_marked_gpu_list(parts: dict[tuple[str, str], Part]) -> dict[tuple[str, str], Part]:
    """Mark the list of GPU Droplets as incomplete where the server ignored ``type``."""
    marked_parts = dict(parts)
    for (name, endpoint), part in parts.items():
        usual = parts.get((name, "droplets"))
        if endpoint != "gpu_droplets" or part.rows is None or usual is None or usual.rows is None:
            continue
        both = set(part.rows["id"].to_pylist()) & set(usual.rows["id"].to_pylist())
        if both:
            error = f"{len(both):,} Droplets are also listed without type=gpus: the API ignored it"
            marked = replace(part.certificate, complete=False, error=error)
            marked_parts[name, endpoint] = Part(part.rows.slice(0, 0), marked)
    return marked_parts


def _readable(parts: Parts, names: Sequence[str], endpoint: str) -> list[tuple[str, pa.Table]]:
    found = [(name, parts.get((name, endpoint))) for name in names]
    return [(name, part.rows) for name, part in found if part and part.rows is not None]


def _frame(name: str, tables: list[tuple[str, pa.Table]]) -> pd.DataFrame | None:
    return typed_frame(name, tables) if tables else None


def _images(parts: Parts, names: Sequence[str]) -> pd.DataFrame:
    rows = GrowingFrame()
    for name, table in _readable(parts, names, "images"):
        rows.add(table, name)
    return rows.frame()


def _droplets(parts: Parts, names: Sequence[str]) -> pd.DataFrame | None:
    """Return the Droplets of the accounts whose two Droplet lists can be read."""
    usual, gpus = (dict(_readable(parts, names, endpoint)) for endpoint in _BOTH_DROPLETS)
    both = [name for name in usual if name in gpus]
    tables = [(name, stacked([usual[name], gpus[name]])) for name in both]
    gpu = [flag for name in both for flag in [False] * len(usual[name]) + [True] * len(gpus[name])]
    return typed_frame("droplets", tables, gpu=gpu) if tables else None


def _volume_snapshots(parts: Parts, names: Sequence[str]) -> pd.DataFrame | None:
    tables = _readable(parts, names, "volume_snapshots")
    volumes = dict(_readable(parts, names, "volumes"))
    source_name: list[str | None] = []
    source: list[str | None] = []
    for name, table in tables:
        listing = parts[name, "volumes"].certificate if name in volumes else None
        found = sources_of_volume_snapshots(table, volumes.get(name), listing)
        source_name += found[0]
        source += found[1]
    if not tables:
        return None
    return typed_frame("volume_snapshots", tables, source_name=source_name, source=source)
