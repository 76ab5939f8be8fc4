"""Choose the Droplets whose snapshots are compared with DigitalOcean's own prices."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pandas as pd

from imagedf.account import Account
from imagedf.cost._backups import is_known_size
from imagedf.cost._rows import cells_of, rows_of
from imagedf.cost._stored import SNAPSHOT
from imagedf.errors import ImagedfError
from imagedf.frame import collapse_regions

_MOST_DROPLETS = 5


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
    if account.droplets is None:
        raise ImagedfError("the Droplets could not be read: the token needs the scope droplet:read")
    listed = _of_volumes(account) if volumes else _of_images(account)
    candidates = []
    for droplet in rows_of(account.droplets):
        keys = cells_of(droplet.volume_ids if volumes else droplet.snapshot_ids)
        own = {one.id: one for key in keys for one in listed.get((droplet.account, key), ())}
        if own and droplet.account in names and not pd.isna(droplet.id):
            candidates.append(Candidate(droplet.account, int(droplet.id), own))
    candidates.sort(key=lambda candidate: -candidate.largest)
    return sorted(candidates, key=_turns(candidates))[:_MOST_DROPLETS]


def _of_images(account: Account) -> dict[tuple[str, Any], list[Any]]:
    """Return the snapshots of known size by account and id."""
    images = collapse_regions(account.images)
    snapshots = images[images["type"].eq(SNAPSHOT).fillna(value=False)]
    return {(one.account, one.id): [one] for one in _sized(snapshots)}


def _of_volumes(account: Account) -> dict[tuple[str, Any], list[Any]]:
    """Return the volume snapshots of known size by account and volume."""
    if account.volume_snapshots is None:
        raise ImagedfError(
            "the volume snapshots could not be read: the token needs the scopes snapshot:read and "
            "block_storage_snapshot:read"
        )
    by_volume = defaultdict(list)
    for one in _sized(account.volume_snapshots):
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
