"""Rules that say which images could go, and what protects an image from all of them.

A rule is a small frozen object: it looks at the private images and answers with one truth
value each. What is not known (a missing date, a missing size) never makes a rule hit.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd

Truths = np.ndarray[Any, np.dtype[np.bool_]]

_DATE = r"(?:19|20)\d{2}[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[T_ -]?(?:[01]\d|2[0-3])[:.h-]?[0-5]\d(?:[:.m-]?[0-5]\d)?Z?)?"
_ALONE = r"(?<![0-9A-Za-z.])(?:{})(?![0-9A-Za-z]|\.\d)"
_SERIAL = re.compile(
    "|".join(
        _ALONE.format(part)
        for part in (
            _DATE + _TIME,
            r"(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}",
            r"v?\d+",
        )
    )
)
_SEPARATORS = re.compile(r"[\s\-_:/@#()\[\]]+")


def family_of(name: str) -> str:
    """Return what a series of images has in common: the name without its serial parts.

    Dates with or without a time, hashes and counters are taken out; a version with a
    point, such as 22.04, stays.

    Examples
    --------
    >>> family_of("web-prod-2026-11-01-0300"), family_of("web-prod (12)")
    ('web-prod', 'web-prod')
    >>> family_of("ubuntu-22.04-3f9ac1d")
    'ubuntu-22.04'
    """
    words = [word.strip(".") for word in _SEPARATORS.split(_SERIAL.sub(" ", name))]
    return "-".join(word for word in words if word) or "(serial)"


class Inventory:
    """The private images that rules look at, and what is known about each.

    ``images`` has one row an image, with costs; ``now`` is what ages refer to [UTC].
    """

    def __init__(self, images: pd.DataFrame, now: datetime, cost: str) -> None:
        self.images = images
        self.now = now
        self.cost = images[cost].to_numpy(dtype=np.float64)

    @cached_property
    def created(self) -> pd.Series[Any]:
        """When each image was made; missing where that is not known."""
        return self.images["created_at"]

    @cached_property
    def age_days(self) -> pd.Series[Any]:
        """Age of each image in days; missing where its date is."""
        age: pd.Series[Any] = pd.Timestamp(self.now) - self.created
        return pd.Series(age.dt.total_seconds() / 86_400)

    def family(self, pattern: str | None = None, tag_key: str | None = None) -> pd.Series[Any]:
        """Name the family of each image by name, by regular expression or by tag."""
        if tag_key is not None:
            cells = [_tag_value(tags, tag_key) for tags in self.images["tags"]]
            return pd.Series(cells, index=self.images.index, dtype="str")
        names = self.images["name"]
        families = {name: _family(name, pattern) for name in names.dropna().unique()}
        return names.map(families, na_action="ignore").astype("str")

    def series(self, pattern: str | None, tag_key: str | None) -> pd.DataFrame:
        """List the images whose date and family are known, newest first, by family.

        Columns ``group`` (one number per account, type and family) and ``created_at``; the
        index holds the row of each image.
        """
        keys = self.images[["account", "type"]].assign(
            family=self.family(pattern, tag_key),
            created_at=self.created,
            id=self.images["id"],
            row=np.arange(len(self.images)),
        )
        keys = keys.dropna(subset=["family", "created_at"])
        keys["group"] = keys.groupby(["account", "type", "family"], dropna=False).ngroup()
        ordered = keys.sort_values(["created_at", "id", "row"], ascending=False, kind="stable")
        return ordered.set_index("row")[["group", "created_at"]]

    def truths(self, rows: Any) -> Truths:
        """Turn row numbers into one truth value an image."""
        result = np.zeros(len(self.images), dtype=bool)
        result[np.asarray(rows, dtype=np.intp)] = True
        return result


def _family(name: str, pattern: str | None) -> str | None:
    if pattern is None:
        return family_of(name)
    match = re.search(pattern, name)
    if match is None:
        return None
    return match.group(1) if match.re.groups else match.group(0)


def _tag_value(tags: Sequence[str], key: str) -> str | None:
    values = (tag.partition(":")[2] for tag in tags if tag.startswith(f"{key}:"))
    return next(values, None)


def _wears(tags: Sequence[str], key: str) -> bool:
    return any(tag == key or tag.startswith(f"{key}:") for tag in tags)


class Rule(Protocol):
    """What every rule offers: its name, and one truth value an image."""

    @property
    def label(self) -> str:
        """The rule in a few words, as results name it."""
        ...

    def hits(self, inventory: Inventory) -> Truths:
        """Tell for each image whether it could go."""
        ...


@dataclass(frozen=True, slots=True)
class OlderThan:
    """Made more than ``days`` ago; 90 is the rule of Powerpipe's DigitalOcean Thrifty mod.

    Source: https://hub.powerpipe.io/mods/turbot/digitalocean_thrifty
    """

    days: float = 90

    @property
    def label(self) -> str:
        """The rule in a few words."""
        return f"older than {self.days:g} days"

    def hits(self, inventory: Inventory) -> Truths:
        """Tell for each image whether it could go."""
        return (inventory.age_days > self.days).to_numpy(dtype=bool)


@dataclass(frozen=True, slots=True)
class BeyondNewest:
    """Not among the newest ``count`` of its family within account and type.

    The family is the name without serial parts, or what the first group of ``pattern``
    finds in the name, or the value of the tag ``tag_key:value``.
    """

    count: int = 3
    pattern: str | None = None
    tag_key: str | None = None

    @property
    def label(self) -> str:
        """The rule in a few words."""
        return f"beyond the newest {self.count} of its family"

    def hits(self, inventory: Inventory) -> Truths:
        """Tell for each image whether it could go."""
        series = inventory.series(self.pattern, self.tag_key)
        return inventory.truths(series.index[series.groupby("group").cumcount() >= self.count])


@dataclass(frozen=True, slots=True)
class GrandfatherFatherSon:
    """Not the newest of one of the last days, ISO weeks or months that its family has."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12
    pattern: str | None = None
    tag_key: str | None = None

    @property
    def label(self) -> str:
        """The rule in a few words."""
        return f"thinned to {self.daily} daily, {self.weekly} weekly, {self.monthly} monthly"

    def hits(self, inventory: Inventory) -> Truths:
        """Tell for each image whether it could go."""
        series = inventory.series(self.pattern, self.tag_key)
        moments = series["created_at"].dt.tz_localize(None)
        kept = np.zeros(len(series), dtype=bool)
        for count, unit in ((self.daily, "D"), (self.weekly, "W"), (self.monthly, "M")):
            periods = series[["group"]].assign(period=moments.dt.to_period(unit).to_numpy())
            newest = ~periods.duplicated().to_numpy()
            rank = periods[newest].groupby("group").cumcount().to_numpy()
            kept[np.flatnonzero(newest)[rank < count]] = True
        return inventory.truths(series.index[~kept])


@dataclass(frozen=True, slots=True)
class StatusNot:
    """In a known status other than ``status``."""

    status: str = "available"

    @property
    def label(self) -> str:
        """The rule in a few words."""
        return f"status is not {self.status}"

    def hits(self, inventory: Inventory) -> Truths:
        """Tell for each image whether it could go."""
        status = inventory.images["status"]
        return ((status != self.status) & status.notna()).to_numpy(dtype=bool)


@dataclass(frozen=True, slots=True)
class Untagged:
    """Without any tag, or without the tag ``key`` or ``key:value`` when a key is given."""

    key: str | None = None

    @property
    def label(self) -> str:
        """The rule in a few words."""
        return "untagged" if self.key is None else f"without a tag {self.key}"

    def hits(self, inventory: Inventory) -> Truths:
        """Tell for each image whether it could go."""
        cells = inventory.images["tags"]
        if self.key is None:
            return np.fromiter((not tags for tags in cells), dtype=bool, count=len(cells))
        return np.fromiter((not _wears(tags, self.key) for tags in cells), bool, len(cells))


@dataclass(frozen=True, slots=True)
class Largest:
    """Among the ``count`` that cost most a month; a cost that is not known is never large."""

    count: int = 10

    @property
    def label(self) -> str:
        """The rule in a few words."""
        return f"among the {self.count} most expensive"

    def hits(self, inventory: Inventory) -> Truths:
        """Tell for each image whether it could go."""
        cost = pd.Series(inventory.cost)
        ranked = pd.DataFrame({"cost": cost, "id": inventory.images["id"].to_numpy()})
        ranked = ranked[ranked["cost"] > 0].sort_values(
            ["cost", "id"], ascending=[False, True], kind="stable"
        )
        return inventory.truths(ranked.index[: self.count])


@dataclass(frozen=True, slots=True)
class Protect:
    """Keep images by tag (``keep`` also fits ``keep:…``), name pattern (``golden-*``) or id."""

    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()

    def reasons(self, images: pd.DataFrame) -> list[str | None]:
        """Say for each image what protects it, if anything does."""
        columns = (images[name] for name in ("tags", "name", "id"))
        return [self._reason(*row) for row in zip(*columns, strict=True)]

    def _reason(self, tags: Sequence[str], name: Any, number: Any) -> str | None:
        reasons = [f"tag {tag}" for tag in self.tags if _wears(tags, tag)]
        if isinstance(name, str):
            reasons += [f"name {one}" for one in self.names if fnmatch.fnmatchcase(name, one)]
        if not pd.isna(number) and number in self.ids:
            reasons.append(f"id {number}")
        return ", ".join(reasons) or None
