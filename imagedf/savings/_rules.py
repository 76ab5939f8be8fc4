"""Rules that say which images could go, and what protects an image from all of them.

A rule is a small frozen object: it looks at the private images and answers with one truth
value each. What is not known (a missing date, a missing size) never makes a rule hit.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from numbers import Integral
from typing import Protocol

import numpy as np

from imagedf.savings._inventory import Inventory, Truths, in_order

MOST = 10**9
"""What the numbers of a rule stay below."""


def _is(tag: str, key: str) -> bool:
    return tag == key or tag.startswith(f"{key}:")


def _check_numbers(**numbers: float) -> None:
    """Raise ``ValueError`` unless each parameter is a number that a rule can count to."""
    for name, number in numbers.items():
        if not 0 <= number < MOST:
            raise ValueError(f"{name} must be a number of 0 or more, below {MOST:,}, not {number}")


def _check_counts(**counts: int) -> None:
    """Raise unless each parameter is a whole number that a rule can count to."""
    for name, count in counts.items():
        if not isinstance(count, int) or isinstance(count, bool):
            raise TypeError(f"{name} must be a whole number, not {count!r:.60}")
    _check_numbers(**counts)


def _check_listed(kind: type, **lists: Iterable[object]) -> None:
    """Raise ``TypeError`` for what is no tuple of one kind: of a text, each letter would count."""
    for name, values in lists.items():
        if not isinstance(values, tuple | list) or not all(isinstance(v, kind) for v in values):
            raise TypeError(f"{name} must be a tuple of {kind.__name__}, not {values!r:.60}")


def _check_pattern(pattern: str | None) -> None:
    """Raise ``ValueError`` unless a pattern is a regular expression."""
    try:
        re.compile(pattern or "")
    except re.error as error:
        problem = f"pattern {pattern!r} is no regular expression: {error}"
    else:
        return
    raise ValueError(problem)


def _family(pattern: str | None, tag_key: str | None) -> str:
    """Say what makes a family."""
    if tag_key is not None:
        return f"family by tag {tag_key}"
    return "family" if pattern is None else f"family by {pattern}"


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

    def __post_init__(self) -> None:
        _check_numbers(days=self.days)

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

    def __post_init__(self) -> None:
        _check_counts(count=self.count)
        _check_pattern(self.pattern)

    @property
    def label(self) -> str:
        """The rule in a few words."""
        return f"beyond the newest {self.count} of its {_family(self.pattern, self.tag_key)}"

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

    def __post_init__(self) -> None:
        _check_counts(daily=self.daily, weekly=self.weekly, monthly=self.monthly)
        _check_pattern(self.pattern)

    @property
    def label(self) -> str:
        """The rule in a few words."""
        kept = f"thinned to {self.daily} daily, {self.weekly} weekly, {self.monthly} monthly"
        named = self.pattern is not None or self.tag_key is not None
        return f"{kept} of its {_family(self.pattern, self.tag_key)}" if named else kept

    def hits(self, inventory: Inventory) -> Truths:
        """Tell for each image whether it could go."""
        series = inventory.series(self.pattern, self.tag_key)
        moments = series["created_at"].dt.tz_localize(None)
        kept = np.zeros(len(series), dtype=bool)
        for count, unit in ((self.daily, "D"), (self.weekly, "W"), (self.monthly, "M")):
            periods = series[["group"]].assign(period=moments.dt.to_period(unit))
            newest = ~periods.duplicated().to_numpy()
            rank = periods[newest].groupby("group").cumcount().to_numpy()
            kept[np.flatnonzero(newest)[rank < count]] = True
        return inventory.truths(series.index[~kept])


@dataclass(frozen=True, slots=True)
class StatusNot:
    """In a known status other than ``status``, in whatever case that is written."""

    status: str = "available"

    @property
    def label(self) -> str:
        """The rule in a few words."""
        return f"status is not {self.status}"

    def hits(self, inventory: Inventory) -> Truths:
        """Tell for each image whether it could go."""
        status = inventory.images["status"]
        # DigitalOcean has changed the case of statuses before.
        other = status.str.lower() != self.status.lower()
        return (other & status.notna()).to_numpy(dtype=bool)


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
        key = self.key
        return ~inventory.tagged(lambda tag: key is None or _is(tag, key))


@dataclass(frozen=True, slots=True)
class Largest:
    """Among the ``count`` that cost most a month; a cost that is not known is never large."""

    count: int = 10

    def __post_init__(self) -> None:
        _check_counts(count=self.count)

    @property
    def label(self) -> str:
        """The rule in a few words."""
        return f"among the {self.count} most expensive"

    def hits(self, inventory: Inventory) -> Truths:
        """Tell for each image whether it could go."""
        images = inventory.images[["id", "account", "name"]].assign(cost=inventory.cost)
        ranked = in_order(
            images[images["cost"] > 0], ["cost", "id"], ["account", "name"], down=[True, False]
        )
        return inventory.truths(ranked.index[: self.count])


@dataclass(frozen=True, slots=True)
class Protect:
    """Keep images by tag (``keep`` also fits ``keep:…``), name pattern (``golden-*``) or id."""

    tags: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check_listed(str, tags=self.tags, names=self.names)
        _check_listed(Integral, ids=self.ids)

    def reasons(self, inventory: Inventory) -> Iterator[tuple[str, Truths]]:
        """Give each thing that protects, in a few words, and the images it protects."""
        for key in self.tags:
            yield f"tag {key}", inventory.tagged(partial(_is, key=key))
        names, numbers = inventory.images["name"], inventory.images["id"]
        for pattern in self.names:
            different = names.dropna().unique()
            fitting = [name for name in different if fnmatch.fnmatchcase(name, pattern)]
            yield f"name {pattern}", names.isin(fitting).to_numpy(dtype=bool)
        for number in self.ids:
            yield f"id {number}", numbers.eq(number).fillna(value=False).to_numpy(dtype=bool)


DEFAULT: tuple[Rule, ...] = (OlderThan(),)
"""The policy where none is given."""
