"""Name the nearest known name for one that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], what: str) -> str:
    """Return a message about an unknown name, with the one that was probably meant.

    Examples
    --------
    >>> nearest("regoin", ["region", "tag"], "a column")
    "'regoin' is not a column; did you mean region?"
    """
    import difflib

    names = list(known)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"choose from {', '.join(names)}"
    return f"{name!r:.40} is not {what}; {hint}"
