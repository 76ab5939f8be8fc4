"""Find the source and the users of each image; what is not proven stays unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import repeat
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from imagedf._certificates import AccountCertificate, Certificate
from imagedf.account._account import Account
from imagedf.account._check import differences, rows_of
from imagedf.frame import collapse_regions, without_attrs
from imagedf.schema import LINKS

HERE, GONE = "here", "gone"
_TAKEN = ("snapshot", "backup")
"""The types of images that were taken from a Droplet."""
_MARGIN = timedelta(hours=1)
"""How far this machine's clock and the API's may differ."""


def link_images(account: Account) -> pd.DataFrame:
    """Return each image with the Droplet it was taken from and everything that uses it.

    Parameters
    ----------
    account : Account
        An account returned by ``fetch_account`` or ``read_account``.

    Returns
    -------
    pandas.DataFrame
        One row per image, as from ``collapse_regions``, with ``source_id`` and ``source_name``
        (the Droplet), ``source`` and ``used_by``. ``source`` is ``here``, ``gone`` (the Droplet
        no longer exists in this account, which both Droplet lists must prove) or missing, for
        example for images that were created during the fetch. ``used_by`` lists ``droplet:ID``
        for Droplets created from the image and ``pool:ID`` for autoscale pools whose template
        names it by id or slug. It is empty only if everything that could use the image was
        read completely; otherwise, unless a use is known, it is missing.

    Raises
    ------
    TypeError
        ``account`` is not an ``Account``.
    FrameError
        The rows of an image contradict each other.

    See Also
    --------
    fetch_account : Fetch an account.

    Notes
    -----
    Droplet ids and image ids are separate ranges that overlap. The source of an image that was
    transferred from another team is in that team, so it is ``gone`` here.

    Examples
    --------
    >>> import imagedf
    >>> linked = imagedf.link_images(imagedf.example_account())
    >>> linked["source"].value_counts().to_dict()
    {'here': 574, 'gone': 51}
    """
    if not isinstance(account, Account):
        raise TypeError(
            f"account must be an Account returned by fetch_account, not {type(account).__name__}"
        )
    images = collapse_regions(account.images)
    unsure = {name: set().union(*difference) for name, difference in differences(account).items()}
    known = {name: _known(account, name, unsure.get(name, set())) for name in account.names}
    links = list(_linked(without_attrs(images), known))
    for position, column in enumerate(LINKS):
        cells = [link[position] for link in links]
        images[column.name] = pd.Series(cells, index=images.index, dtype=column.dtype)
    return images


def _linked(images: pd.DataFrame, known: dict[str, _Known]) -> Iterable[tuple[Any, ...]]:
    """Return source_id, source_name, source and used_by of each image."""
    if not any(one.links_any for one in known.values()):
        return repeat((None,) * len(LINKS), len(images))
    nothing = _Known(frozenset(), _Window())
    columns = (images[name].tolist() for name in ("account", "id", "type", "created_at", "slug"))
    return (
        known.get(name, nothing).link(None if pd.isna(number) else number, *rest)
        for name, number, *rest in zip(*columns, strict=True)
    )


class _Window(NamedTuple):
    """The time in which listings were read: listings compared with them may be newer."""

    begun: datetime | None = None
    ended: datetime | None = None

    @classmethod
    def of(cls, listing: Certificate | AccountCertificate | None) -> _Window:
        """Return the time window of a listing; saved responses have none."""
        if listing is None or listing.started is None or listing.finished is None:
            return cls()
        started, finished = map(datetime.fromisoformat, (listing.started, listing.finished))
        return cls(started - _MARGIN, finished + _MARGIN)

    def contains(self, created: datetime | None) -> bool:
        """Return whether something may have been created while the listings were read."""
        if self.begun is None or self.ended is None:
            return False
        if created is None or pd.isna(created):
            return True
        return self.begun <= created <= self.ended


@dataclass(slots=True)
class _Known:
    """The known facts about one account's Droplets and pools, by image id."""

    unsure: frozenset[int]
    window: _Window
    all_droplets: bool = False
    all_lists: bool = False
    all_uses: bool = False
    sources: dict[int, int] = field(default_factory=dict)
    droplets: dict[int, Any] = field(default_factory=dict)
    users: defaultdict[int | str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def links_any(self) -> bool:
        """Whether anything is known about any image, as opposed to a listing of images only."""
        return bool(self.sources or self.droplets or self.users or self.all_droplets)

    def link(self, number: int | None, kind: str, created: datetime, slug: str) -> tuple[Any, ...]:
        """Return source_id, source_name, source and used_by of an image."""
        return (*self._source(number, kind, created), self._used_by(number, slug))

    def _source(self, number: int | None, kind: str, created: datetime) -> tuple[Any, Any, Any]:
        source = None if number is None else self.sources.get(number)
        if number is None or number in self.unsure:
            return source, None, None
        if source in self.droplets:
            return source, self.droplets[source], HERE
        is_decided = source is not None or (kind in _TAKEN and self.all_lists)
        gone = is_decided and self.all_droplets and not self.window.contains(created)
        return source, None, GONE if gone else None

    def _used_by(self, number: int | None, slug: str) -> list[str] | None:
        keys = [key for key in (number, slug) if not pd.isna(key)]
        users = [user for key in keys for user in self.users.get(key, ())]
        if users:
            return list(dict.fromkeys(users))
        return [] if self.all_uses and number is not None and number not in self.unsure else None


def _known(account: Account, name: str, unsure: set[int]) -> _Known:
    """Collect the facts in an account's frames; missing lists and listings make some unsure."""
    known = _Known(frozenset(unsure), _Window.of(account.certificate))
    droplets, pools = account.droplets, account.autoscale_pools
    known.all_droplets = account.is_proven(name, "droplets", "gpu_droplets")
    known.all_uses = known.all_droplets and account.is_proven(name, "autoscale_pools")
    if account.droplet_snapshots is not None:
        snapshots = rows_of(account.droplet_snapshots, name)
        known.sources |= dict(_pairs(snapshots, "id", "resource_id"))
    if droplets is not None:
        _add_droplets(known, rows_of(droplets, name))
    if pools is not None:
        _add_pools(known, rows_of(pools, name))
    return known


def _add_droplets(known: _Known, droplets: pd.DataFrame) -> None:
    known.droplets = dict(_pairs(droplets, "id", "name"))
    lists = [*droplets["backup_ids"], *droplets["snapshot_ids"]]
    known.all_lists = known.all_droplets and all(isinstance(cell, list) for cell in lists)
    for column in ("backup_ids", "snapshot_ids"):
        for droplet, cell in _pairs(droplets, "id", column):
            known.sources |= dict.fromkeys(cell, droplet)
    for droplet, image in _pairs(droplets, "id", "image_id"):
        known.users[image].append(f"droplet:{droplet}")
    if bool(droplets["image_id"].isna().any()):
        known.all_uses = False
    if bool(droplets["id"].isna().any()):
        known.all_droplets = known.all_uses = False


def _add_pools(known: _Known, pools: pd.DataFrame) -> None:
    """Add the images in pool templates; a number is an image id, anything else a slug."""
    for pool, image in _pairs(pools, "id", "image"):
        number = image.isascii() and image.isdigit()
        known.users[int(image) if number else image].append(f"pool:{pool}")
    if bool(pools["image"].isna().any()):
        known.all_uses = False


def _pairs(frame: pd.DataFrame, key: str, value: str) -> Iterator[tuple[Any, Any]]:
    """Yield the pairs of two columns in which neither is missing."""
    for name, other in zip(frame[key].tolist(), frame[value].tolist(), strict=True):
        if not pd.isna(name) and (isinstance(other, list) or not pd.isna(other)):
            yield name, other


def sources_of_volume_snapshots(
    snapshots: pa.Table, volumes: pa.Table | None, listing: AccountCertificate | None
) -> tuple[list[str | None], list[str | None]]:
    """Return the name of each snapshot's volume, and whether that is here or gone.

    ``listing`` is the certificate of the volumes.
    """
    known: dict[str, str] = {}
    if volumes is not None:
        known = dict(
            zip(*(volumes.column(name).to_pylist() for name in ("id", "name")), strict=True)
        )
    proven = volumes is not None and listing is not None and listing.complete is True
    window = _Window.of(listing)
    names: list[str | None] = []
    sources: list[str | None] = []
    columns = (snapshots.column(name).to_pylist() for name in ("resource_id", "created_at"))
    for volume, created in zip(*columns, strict=True):
        here = volume is not None and volume in known
        gone = proven and volume is not None and not window.contains(created)
        names.append(known[volume] if here else None)
        sources.append(HERE if here else GONE if gone else None)
    return names, sources
