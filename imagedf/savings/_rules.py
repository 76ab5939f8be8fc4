"""The rules of a policy: what to select for deletion, and what to keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, NamedTuple

from imagedf._text import ShownAsText, masked, received
from imagedf.savings import _checks as checks
from imagedf.savings._ages import canonical, in_words

Texts = str | Sequence[str] | None
COUNTS = ("last", "daily", "weekly", "monthly", "yearly")
_SHOWN = 3
_PATTERNS = {
    "larger_than": "larger than {:g} GB",
    "largest": "one of the {:,} largest",
    "untagged": "untagged",
}
_SOURCES = {"here": "source exists", "gone": "source not in this account"}


def set_fields(rule: Any, **values: object) -> None:
    """Set checked fields of a frozen dataclass."""
    for name, value in values.items():
        object.__setattr__(rule, name, value)


def given(rule: Select | Keep) -> dict[str, Any]:
    """Return the arguments that differ from their defaults, as TOML and JSON write them."""
    values = {field.name: getattr(rule, field.name) for field in fields(rule)}
    defaults = {field.name: field.default for field in fields(rule)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value != defaults[name]
    }


def _repr(rule: Select | Keep) -> str:
    parts = []
    for name, value in given(rule).items():
        shown = value[0] if isinstance(value, list) and len(value) == 1 else value
        parts.append(masked(f"{name}={shown!r}"))
    text = f"{type(rule).__name__}({', '.join(parts)})"
    return text if len(text) <= 200 else f"{text[:198]}…)"


def in_few_words(values: Sequence[object]) -> str:
    """Return the first values of a list for a label."""
    # Labels are joined with "; " in a cell, so a label must not contain it.
    shown = [masked(str(value)).replace(";", ",") for value in values[:_SHOWN]]
    more = [f"{len(values) - _SHOWN:,} more"] if len(values) > _SHOWN else []
    return " or ".join([*shown, *more])


@dataclass(frozen=True, slots=True, repr=False)
class Select(ShownAsText):
    """Selects images to delete unless a rule keeps them; all conditions must be met.

    An unknown value (a missing date, size, tag list, …) never selects an image.

    Parameters
    ----------
    older_than : int, float, str or timedelta, optional
        Age in days, or "90d", "12w", "3mo", "1y"; months and years are calendar months and years.
    larger_than : float, optional
        Size [GB].
    largest : int, optional
        Match this many of the largest of your snapshots and custom images, among those that
        match ``name``, ``type`` and ``account``. An unknown size counts as the largest, but is
        not selected.
    name : str or list of str, optional
        Names, or patterns with ``*``, ``?`` and ``[…]``.
    type : str or list of str, optional
        Types; an image must have one of these.
    tag : str or list of str, optional
        The image must have one of the tags, or one followed by ``:`` and a value, ignoring case.
    untagged : bool, default False
        The image must have no tags.
    status_not : str or list of str, optional
        The status must not be one of these, ignoring case.
    source : {"gone", "here"}, optional
        Whether the Droplet or volume it was taken from is in this account; needs an ``Account``.
    account : str or list of str, optional
        Accounts; an image must be in one of these.

    Raises
    ------
    TypeError, ValueError
        An argument is not valid, or none is given.

    Examples
    --------
    >>> from imagedf import Select
    >>> Select(older_than=90, name=["tmp-*", "test-*"])
    Select(older_than='90d', name=['tmp-*', 'test-*'])
    """

    older_than: float | str | timedelta | None = None
    larger_than: float | None = None
    largest: int | None = None
    name: Texts = None
    type: Texts = None
    tag: Texts = None
    untagged: bool = False
    status_not: Texts = None
    source: str | None = None
    account: Texts = None

    def __post_init__(self) -> None:
        if not isinstance(self.untagged, bool):
            raise TypeError(f"untagged must be True or False, not {received(self.untagged)}")
        older_than = None if self.older_than is None else canonical(self.older_than)
        set_fields(
            self,
            older_than=older_than,
            larger_than=checks.gigabytes(self.larger_than, "larger_than"),
            largest=checks.count(self.largest, "largest"),
            source=checks.one_of(self.source, "source", ("gone", "here")),
        )
        set_fields(self, tag=checks.tags(self.tag))
        listed = ("name", "type", "status_not", "account")
        set_fields(self, **{name: checks.texts(getattr(self, name), name) for name in listed})
        if not given(self):
            raise ValueError("Select needs at least one condition, or it would match every image")
        if self.untagged and self.tag:
            raise ValueError("Select(tag=, untagged=True) can't match any image")

    def __repr__(self) -> str:
        return _repr(self)

    @property
    def label(self) -> str:
        """The conditions as a short text."""
        return " and ".join(_in_words(name, value) for name, value in given(self).items())


def _in_words(condition: str, value: Any) -> str:
    """Return one condition of a ``Select`` as text."""
    if condition == "older_than":
        return f"older than {in_words(value)}"
    if condition in _PATTERNS:
        return _PATTERNS[condition].format(value)
    if condition == "source":
        return _SOURCES[value]
    return f"{condition.replace('_', ' ')} {in_few_words(value)}"


@dataclass(frozen=True, slots=True, repr=False)
class Keep(ShownAsText):
    """Keeps images from being deleted; each argument keeps images independently.

    Counts include all images of a series, selected or not.

    Parameters
    ----------
    last : int, optional
        Keep this many of the newest images.
    daily, weekly, monthly, yearly : int, optional
        Keep the newest image of each of the last N days, ISO weeks, months or years (UTC) that
        have one.
    per : str, default "series"
        The groups that are counted: "series", "tag:KEY" (the value of the tag ``KEY:value``), or
        a regular expression (its first group, or the text it finds in the name). An image
        without that tag, or whose name does not match, is not kept by the counts.
    tag : str or list of str, optional
        Keep images with one of the tags, or one followed by ``:`` and a value, ignoring case.
    name : str or list of str, optional
        Names, or patterns with ``*``, ``?`` and ``[…]``.
    id : int, str or list, optional
        Image ids, or UUIDs of volume snapshots.

    Raises
    ------
    TypeError, ValueError
        An argument is not valid, or nothing would be kept.

    Examples
    --------
    >>> from imagedf import Keep
    >>> Keep(last=3, tag="keep")
    Keep(last=3, tag='keep')
    """

    last: int | None = None
    daily: int | None = None
    weekly: int | None = None
    monthly: int | None = None
    yearly: int | None = None
    per: str = "series"
    tag: Texts = None
    name: Texts = None
    id: int | str | Sequence[int | str] | None = None

    def __post_init__(self) -> None:
        counts = {name: checks.count(getattr(self, name), name) for name in COUNTS}
        set_fields(
            self,
            **counts,
            per=checks.grouping(self.per),
            tag=checks.tags(self.tag),
            name=checks.texts(self.name, "name"),
            id=checks.ids(self.id),
        )
        if not given(self).keys() - {"per"}:
            raise ValueError("Keep needs at least one of last, daily, …, tag, name and id")
        if self.per != "series" and all(number is None for number in counts.values()):
            raise ValueError("Keep(per=) needs a count: last, daily, weekly, monthly or yearly")

    def __repr__(self) -> str:
        return _repr(self)

    @property
    def parts(self) -> tuple[KeepPart, ...]:
        """Each argument that keeps images, with its text."""
        values = given(self)
        counts = [
            KeepPart(_count_label(name, values[name], self.per), name, values[name])
            for name in COUNTS
            if name in values
        ]
        others = [
            KeepPart(f"{name} {in_few_words(values[name])}", name, values[name])
            for name in ("tag", "name", "id")
            if name in values
        ]
        return (*counts, *others)


class KeepPart(NamedTuple):
    """One argument of a ``Keep``: its text, its name, and its value."""

    label: str
    argument: str
    value: Any


def _count_label(count: str, number: int, per: str) -> str:
    whose = "of its series"
    if per != "series":
        whose = f"per {per.replace(':', ' ', 1) if per.startswith('tag:') else per}"
    newest = "newest" if number == 1 else f"newest {number:,}"
    text = f"{newest} {whose}" if count == "last" else f"{count} {number:,} {whose}"
    return text.replace(";", ",")
