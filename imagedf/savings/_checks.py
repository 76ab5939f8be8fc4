"""Check the arguments of rules; each message says what was expected and what was given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from imagedf._text import received

MOST = 10**9
"""The upper bound of counts and sizes in a policy."""


_TAG_KEY = re.compile(r"tag:\S(.*\S)?")


def texts(value: object, name: str) -> tuple[str, ...] | None:
    """Return one or several strings as a tuple without duplicates; None stays None."""
    if value is None:
        return None
    listed = _listed(value, name, "text, or a list of texts")
    for item in listed:
        if not isinstance(item, str):
            raise TypeError(f"{name} must be text, or a list of texts, not {received(item)}")
        if not item.strip():
            raise ValueError(f"{name} must not be empty text")
    return tuple(dict.fromkeys(map(str, listed)))


def tags(value: object) -> tuple[str, ...] | None:
    """Return one or several tags as a tuple; a pattern is an error, as it would match nothing."""
    found = texts(value, "tag")
    for tag in found or ():
        if tag != tag.strip() or tag.endswith(":") or set("*?") & set(tag):
            raise ValueError(
                f"tag must be a tag, not {received(tag)}; 'keep' also matches 'keep:…'"
            )
    return found


def ids(value: object) -> tuple[int | str, ...] | None:
    """Return one or several ids as a tuple: image ids, or UUIDs of volume snapshots."""
    if value is None:
        return None
    listed = [value] if isinstance(value, int) else _listed(value, "id", "an id, or a list of ids")
    found: dict[int | str, None] = {}
    for item in listed:
        if isinstance(item, bool) or not (isinstance(item, int | str) or _is_whole(item)):
            raise TypeError(
                f"id must be an image id or the UUID of a volume snapshot, not {received(item)}"
            )
        text = str(item).strip()
        if not text:
            raise ValueError("id must not be empty text")
        found[int(text) if text.isdecimal() else text] = None
    return tuple(found)


def _is_whole(value: object) -> bool:
    return hasattr(value, "__index__")


def _listed(value: object, name: str, expected: str) -> list[object]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, bytes | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"{name} must be {expected}, not {received(value)}")
    listed = list(value)
    if not listed:
        raise ValueError(f"{name} must not be an empty list; leave it out instead")
    return listed


def count(value: object, name: str) -> int | None:
    """Return a whole number of 1 or more; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool) or not _is_whole(value):
        raise TypeError(f"{name} must be a whole number, not {received(value)}")
    number = int(value)  # type: ignore[call-overload] # it has __index__
    if not 1 <= number < MOST:
        raise ValueError(f"{name} must be 1 or more, below {MOST:,}, not {number}")
    return int(number)


def gigabytes(value: object, name: str) -> float | None:
    """Return a size in GB of 0 or more; None stays None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number of GB, not {received(value)}")
    if not 0 <= value < MOST:
        raise ValueError(f"{name} must be a number of GB from 0 to {MOST:,}, not {value}")
    return value


def one_of(value: object, name: str, choices: tuple[str, ...]) -> str | None:
    """Return the value if it is one of the choices; None stays None."""
    if value is not None and value not in choices:
        raise ValueError(f"{name} must be {' or '.join(map(repr, choices))}, not {received(value)}")
    return None if value is None else str(value)


def grouping(value: object) -> str:
    """Return the grouping for counts: "series", "tag:KEY" or a regular expression."""
    if not isinstance(value, str):
        raise TypeError(
            f"per must be 'series', 'tag:KEY' or a regular expression, not {received(value)}"
        )
    mistyped = re.fullmatch(r"(?i)series?|tags?(\s*:.*)?", value.strip())
    if value != "series" and (not value or (mistyped and not _TAG_KEY.fullmatch(value))):
        raise ValueError(
            f"per must be 'series', 'tag:KEY' or a regular expression, not {received(value)}"
        )
    if value != "series" and not value.startswith("tag:"):
        try:
            re.compile(value)
        except (re.error, RecursionError, OverflowError) as error:
            raise ValueError(
                f"per {received(value)} is not a valid regular expression: {error}"
            ) from error
    return value
