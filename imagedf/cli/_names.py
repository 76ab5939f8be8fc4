"""Suggest the nearest known name for an unknown one."""

from __future__ import annotations

from collections.abc import Iterable

from imagedf._text import did_you_mean


def nearest(name: str, known: Iterable[str], what: str) -> str:
    """Return a message about an unknown name, with the one that was probably meant.

    Examples
    --------
    >>> nearest("regoin", ["region", "tag"], "a column")
    "'regoin' is not a column; did you mean region?"
    """
    names = list(known)
    hint = did_you_mean(name, names) or f"; choose from {', '.join(names)}"
    return f"{name!r:.40} is not {what}{hint}"
