"""Choose the Droplets whose snapshots are compared with DigitalOcean's own prices."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pandas as pd

from imagedf.account import Account
from imagedf.cost._backups import is_known_size
from imagedf.cost._readable import unread_accounts
from imagedf.cost._rows import cells_of, rows_of
from imagedf.cost._stored import SNAPSHOT
from imagedf.errors import ImagedfError
from imagedf.frame import collapse_regions

_MOST_DROPLETS = 5
_OF_VOLUMES = ("snapshot:read", "block_storage_snapshot:read")


class Candidate(NamedTuple):
    """A Droplet and those snapshots of it, or of its volumes, that are listed, by id."""

    account: str
    id: int
    snapshots: dict[int | str, Any]

    @property
    def largest(self) -> float:
        return max(float(snapshot.size_gigabytes) for snapshot in self.snapshots.values())


def largest(account: Account, names: list[str], *, volumes: bool) -> list[Candidate]:
    """Return the Droplets with the largest snapshots, from each account in turn."""
    droplets = _read(account, names, "droplets", "droplet:read")
    listed = _of_volumes(account, names) if volumes else _of_images(account)
    candidates = []
    for droplet in rows_of(droplets):
        keys = cells_of(droplet.volume_ids if volumes else droplet.snapshot_ids)
        own = {one.id: one for key in keys for one in listed.get((droplet.account, key), ())}
        if own and droplet.account in names and not pd.isna(droplet.id):
            candidates.append(Candidate(droplet.account, int(droplet.id), own))
    candidates.sort(key=lambda candidate: -candidate.largest)
    return sorted(candidates, key=_turns(candidates))[:_MOST_DROPLETS]


def _read(account: Account, names: list[str], frame: str, *scopes: str) -> pd.DataFrame:
    """Return a frame; raise if it could be read for none of the accounts: it is not empty then."""
    rows: pd.DataFrame | None = getattr(account, frame)
    unread = set(names) <= set(unread_accounts(account, frame))
    if rows is None or (unread and not rows["account"].isin(names).any()):
        needed = f"scope{'s' * (len(scopes) > 1)} {' and '.join(scopes)}"
        what = frame.replace("_", " ").replace("droplets", "Droplets")
        raise ImagedfError(f"the {what} could not be read: the token needs the {needed}")
    return rows


def _of_images(account: Account) -> dict[tuple[str, Any], list[Any]]:
    """Return the snapshots of known size by account and id."""
    images = collapse_regions(account.images)
    snapshots = images[images["type"].eq(SNAPSHOT).fillna(value=False)]
    return {(one.account, one.id): [one] for one in _sized(snapshots)}


def _of_volumes(account: Account, names: list[str]) -> dict[tuple[str, Any], list[Any]]:
    """Return the volume snapshots of known size by account and volume."""
    by_volume = defaultdict(list)
    for one in _sized(_read(account, names, "volume_snapshots", *_OF_VOLUMES)):
        by_volume[one.account, one.resource_id].append(one)
    return by_volume


def _sized(snapshots: pd.DataFrame) -> Iterator[Any]:
    return (one for one in rows_of(snapshots) if is_known_size(one.size_gigabytes))


def _turns(candidates: list[Candidate]) -> Callable[[Candidate], tuple[int, float]]:
    """Return a sort key: first the largest of each account, then the second largest, and so on."""
    seen: Counter[str] = Counter()
    turn: dict[tuple[str, int], int] = {}
    for candidate in candidates:
        turn[candidate.account, candidate.id] = seen[candidate.account]
        seen[candidate.account] += 1
    return lambda candidate: (turn[candidate.account, candidate.id], -candidate.largest)
