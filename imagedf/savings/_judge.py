"""Apply a policy to images: which rules select and keep each image, and why it can't be deleted.

If something is unknown, in use or tagged, every step can only keep more images, never fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from imagedf.errors import PolicyError
from imagedf.savings._inventory import Inventory, Mask
from imagedf.savings._own import VOLUME_SNAPSHOT
from imagedf.savings._policy import Policy
from imagedf.savings._rules import COUNTS, Select, given

DELETABLE_TYPES = ("snapshot", "custom", VOLUME_SNAPSHOT)
NOT_OF_A_KIND = "only snapshots and custom images can be deleted"
NOT_KNOWN_AS_PRIVATE = "unknown whether it is public"
NOT_SELECTED = "not selected"
TO_REVIEW = "to review: the last of its series"
IN_USE = "in use"
_MISSING = {
    "created_at": "no image has a date (created_at); a policy without ages and counts needs none",
    "name": "no image has a name",
    "size_gigabytes": "no image has a size",
    "status": "no image has a status",
    "tags": "no image has known tags; the token needs the scope tag:read",
    "source": (
        "no image has a known source; pass an Account returned by fetch_account; its token needs "
        "the scopes droplet:read and snapshot:read (block_storage:read for volume snapshots)"
    ),
}
_UNKNOWN = {"created_at": "unknown date", "name": "unknown name", "tags": "unknown tags",
            "source": "unknown source"}  # fmt: skip


Test = Callable[[Inventory, Any], Mask]
_FIXED: dict[str, Test] = {
    "name": Inventory.has_name,
    "type": lambda inventory, values: inventory.is_one_of("type", values),
    "account": lambda inventory, values: inventory.is_one_of("account", values),
}
"""Conditions whose values are never unknown; ``largest`` counts among the images they match."""
_TESTS: dict[str, Test] = {
    "older_than": Inventory.is_older_than,
    "larger_than": lambda inventory, size: inventory.sizes > size,
    "tag": Inventory.has_tag,
    "untagged": lambda inventory, _: inventory.is_untagged,
    "status_not": Inventory.status_is_not,
    "source": lambda inventory, value: inventory.is_one_of("source", [value]),
}
_KEEPS: dict[str, Test] = {
    "tag": Inventory.has_tag,
    "name": Inventory.has_name,
    "id": Inventory.has_id,
}
_NEEDED_BY = {
    "older_than": "created_at",
    "larger_than": "size_gigabytes",
    "largest": "size_gigabytes",
    "name": "name",
    "tag": "tags",
    "untagged": "tags",
    "status_not": "status",
    "source": "source",
}


class Label(NamedTuple):
    """A rule as text, and the images it applies to."""

    text: str
    mask: Mask


class Verdict(NamedTuple):
    """The rules that select and keep each image, and why it can't be deleted."""

    selected_by: pd.Series[Any]
    kept_by: pd.Series[Any]
    not_deletable: pd.Series[Any]


def judge(inventory: Inventory, policy: Policy) -> Verdict:
    """Apply a policy.

    Raises
    ------
    PolicyError
        The policy needs a field that is unknown for all images that can be deleted at all.
    """
    of_a_kind = inventory.is_one_of("type", DELETABLE_TYPES)
    needed = _needed(policy)
    _check_known(inventory, needed, of_a_kind)
    selects = _sorted(Label(rule.label, _selected(inventory, rule)) for rule in policy.select)
    unknown = list(_unknown(inventory, needed))
    counts = _sorted(_kept(inventory, policy, counted=True))
    others = _sorted(_kept(inventory, policy, counted=False))
    used = Label(IN_USE, inventory.is_used)
    kept_by = joined(len(inventory), [used, *unknown, *others, *counts])
    selected_by = joined(len(inventory), selects)
    reasons = [
        Label(NOT_OF_A_KIND, ~of_a_kind),
        Label(NOT_KNOWN_AS_PRIVATE, ~inventory.known("public")),
        used,
        *unknown,
        Label(NOT_SELECTED, selected_by.isna().to_numpy()),
        *(Label(f"kept: {text}", mask) for text, mask in others),
        Label(TO_REVIEW, _any(inventory, counts) & inventory.newest("last", 1)),
        *(Label(f"kept: {text}", mask) for text, mask in counts),
    ]
    return Verdict(selected_by, kept_by, _first(len(inventory), reasons))


def _sorted(labels: Iterable[Label]) -> list[Label]:
    """Sort labels, so that the result doesn't depend on the order of the rules."""
    return sorted(labels, key=lambda label: label.text)


def _needed(policy: Policy) -> set[str]:
    """Return the columns that the policy requires."""
    needed = {
        _NEEDED_BY[name] for rule in policy.select for name in given(rule).keys() & _NEEDED_BY
    }
    for rule in policy.keep:
        needed |= {_NEEDED_BY[name] for name in given(rule).keys() & {"name", "tag"}}
        if given(rule).keys() & set(COUNTS):
            needed |= {"created_at", "tags" if rule.per.startswith("tag:") else "name"}
    return needed


def _check_known(inventory: Inventory, needed: set[str], of_a_kind: Mask) -> None:
    if not of_a_kind.any():
        return
    for column, problem in _MISSING.items():
        if column in needed and not inventory.known(column)[of_a_kind].any():
            raise PolicyError(f"the policy can't be applied: {problem}")


def _unknown(inventory: Inventory, needed: set[str]) -> Iterator[Label]:
    """Yield labels for images that are kept because a required value is unknown."""
    for column, text in _UNKNOWN.items():
        if column in needed:
            yield Label(text, ~inventory.known(column))
    readable = inventory.images["use_readable"].to_numpy(dtype=bool)
    yield Label("unknown use", readable & ~inventory.known("used_by"))


def _selected(inventory: Inventory, rule: Select) -> Mask:
    """Return for each image whether it meets all conditions of a rule."""
    values = given(rule)
    fixed = _all(
        inventory, (_FIXED[name](inventory, values[name]) for name in _FIXED.keys() & values)
    )
    conditions = [test(inventory, values[name]) for name, test in _TESTS.items() if name in values]
    if rule.largest is not None:
        of = fixed & inventory.is_one_of("type", DELETABLE_TYPES)
        conditions.append(inventory.is_among_largest(rule.largest, of))
    return _all(inventory, [fixed, *conditions])


def _kept(inventory: Inventory, policy: Policy, *, counted: bool) -> Iterator[Label]:
    """Yield labels for images that the rules keep, by count or else by tag, name and id."""
    for rule in policy.keep:
        for label, argument, value in rule.parts:
            if counted and argument in COUNTS:
                yield Label(label, inventory.newest(argument, value, rule.per))
            elif not counted and argument in _KEEPS:
                yield Label(label, _KEEPS[argument](inventory, value))


def _all(inventory: Inventory, masks: Iterable[Mask]) -> Mask:
    result = np.ones(len(inventory), dtype=bool)
    for mask in masks:
        result &= mask
    return result


def _any(inventory: Inventory, labels: Iterable[Label]) -> Mask:
    result = np.zeros(len(inventory), dtype=bool)
    for label in labels:
        result |= label.mask
    return result


def joined(count: int, labels: Iterable[Label]) -> pd.Series[Any]:
    """Join the labels of each image with "; "; the result is missing if there is none."""
    texts = np.full(count, None, dtype=object)
    seen: dict[str, Mask] = {}
    for text, mask in labels:
        seen[text] = seen[text] | mask if text in seen else mask
    for text, mask in seen.items():
        so_far = texts[mask].tolist()
        texts[mask] = [text if before is None else f"{before}; {text}" for before in so_far]
    return pd.Series(texts, dtype="str")


def _first(count: int, labels: Iterable[Label]) -> pd.Series[Any]:
    """Return the first label of each image; missing if there is none."""
    texts = np.full(count, None, dtype=object)
    for text, mask in reversed(list(labels)):
        texts[mask] = text
    return pd.Series(texts, dtype="str")
