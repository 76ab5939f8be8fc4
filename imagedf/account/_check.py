"""The cross-check: compare what different endpoints say about the same images."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from imagedf._certificates import ATTRS_KEY, AccountCertificate
from imagedf.account._account import Account
from imagedf.frame import without_attrs

CROSS_CHECKED = ("images", "droplet_snapshots", "droplets", "gpu_droplets")
"""The endpoints that are compared, and fetched again if they differ."""
_SHOWN = 10


class Difference(NamedTuple):
    """The ids on which the endpoints of an account disagree.

    ``not_images`` are named by Droplets or ``/v2/snapshots`` but not listed as images;
    ``not_snapshots`` are images of type snapshot that ``/v2/snapshots`` does not list.
    """

    not_images: frozenset[int]
    not_snapshots: frozenset[int]

    def __str__(self) -> str:
        parts = []
        if self.not_images:
            parts.append(
                f"/v2/images lacks {_some(self.not_images)}, named by Droplets or /v2/snapshots"
            )
        if self.not_snapshots:
            parts.append(f"/v2/snapshots lacks the images {_some(self.not_snapshots)}")
        return "; ".join(parts)


def _some(ids: frozenset[int]) -> str:
    shown = ", ".join(map(str, sorted(ids)[:_SHOWN]))
    return f"{shown} and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else shown


def differences(account: Account) -> dict[str, Difference]:
    """Compare the endpoints of each account; return only accounts whose endpoints disagree.

    Every id in Droplets' ``backup_ids`` and ``snapshot_ids`` must be an image, and the own
    images of type snapshot must be those of ``/v2/snapshots``.
    """
    found = {name: _difference(account, name) for name in account.names}
    return {name: difference for name, difference in found.items() if any(difference)}


def _difference(account: Account, name: str) -> Difference:
    images = rows_of(account.images, name)
    listed = _numbers(images["id"])
    own = images["type"].eq("snapshot") & ~images["public"].fillna(value=False)
    taken = _numbers(images.loc[own.fillna(value=False), "id"])
    named = _named_by_droplets(account, name)
    snapshots = account.droplet_snapshots
    if snapshots is None or not account.is_read(name, "droplet_snapshots"):
        return Difference(frozenset(named - listed), frozenset())
    known = _numbers(rows_of(snapshots, name)["id"])
    return Difference(frozenset((named | known) - listed), frozenset(taken - known))


def _named_by_droplets(account: Account, name: str) -> set[int]:
    if account.droplets is None:
        return set()
    droplets = rows_of(account.droplets, name)
    cells = [*droplets["backup_ids"], *droplets["snapshot_ids"]]
    return {number for cell in cells if isinstance(cell, list) for number in cell}


def rows_of(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows of one account."""
    bare = without_attrs(frame)
    return bare[bare["account"] == name]


def _numbers(ids: pd.Series[int]) -> set[int]:
    return set(ids.dropna().to_numpy("int64").tolist())


def compared(account: Account) -> dict[str, Difference]:
    """Compare the endpoints of accounts without incomplete listings among those compared."""
    broken = {entry.account for entry in account.certificate.accounts
              if entry.complete is False and entry.endpoint in CROSS_CHECKED}  # fmt: skip
    return {
        name: difference for name, difference in differences(account).items() if name not in broken
    }


def marked(account: Account, different: dict[str, Difference]) -> Account:
    """Add the differences to the certificate of the images."""
    entries = tuple(
        replace(entry, complete=False, error=str(different[entry.account]))
        if entry.endpoint == "images" and entry.account in different
        else entry
        for entry in account.certificate.accounts
    )
    certificate = replace(account.certificate, accounts=entries)
    of_images = replace(certificate, accounts=tuple(e for e in entries if e.endpoint == "images"))
    account.images.attrs[ATTRS_KEY] = of_images.to_dict()
    return replace(account, certificate=certificate)


def problems_of(account: Account, different: dict[str, Difference]) -> list[str]:
    """Return one sentence per incomplete listing and per difference."""
    incomplete = [_shortfall(entry) for entry in account.certificate.accounts
                  if entry.complete is False]  # fmt: skip
    disagree = [
        f"{name}: the endpoints disagree: {difference}" for name, difference in different.items()
    ]
    return [*incomplete, *disagree]


def _shortfall(entry: AccountCertificate) -> str:
    reason = entry.error or f"received {entry.images:,} of {entry.total_last}"
    reason = reason.removeprefix(f"account {entry.account}: ")
    return f"{entry.account}: the listing of {entry.endpoint} is incomplete ({reason})"
