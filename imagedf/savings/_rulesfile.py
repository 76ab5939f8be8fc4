"""Rules for savings, read from TOML."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any, get_args, get_type_hints

from imagedf._tomlfile import Entry, read_toml
from imagedf.savings._rules import (
    MOST,
    BeyondNewest,
    GrandfatherFatherSon,
    Largest,
    OlderThan,
    Protect,
    Rule,
    StatusNot,
    Untagged,
)

KINDS: dict[str, Callable[..., Rule | Protect]] = {
    "older_than": OlderThan,
    "beyond_newest": BeyondNewest,
    "grandfather_father_son": GrandfatherFatherSon,
    "status_not": StatusNot,
    "untagged": Untagged,
    "largest": Largest,
    "protect": Protect,
}
"""What a rules file calls each rule."""


def load_rules(path: str | os.PathLike[str]) -> list[Rule | Protect]:
    r"""Read rules from TOML.

    Parameters
    ----------
    path : path-like
        A file of ``[[rule]]`` tables, each with ``kind`` (``older_than``,
        ``beyond_newest``, ``grandfather_father_son``, ``status_not``, ``untagged``,
        ``largest`` or ``protect``) and the parameters of that rule.

    Returns
    -------
    list
        What ``find_savings`` takes as ``rules``.

    Raises
    ------
    ImagedfError
        The file holds no such rules; the message names line and key.

    See Also
    --------
    find_savings : Apply the rules.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "rules.toml")
    ...     _ = path.write_text('[[rule]]\nkind = "older_than"\ndays = 30\n')
    ...     imagedf.load_rules(path)
    [OlderThan(days=30)]
    """
    book = read_toml(path, "rule")
    book.top.check_keys(())
    if not book.entries["rule"]:
        raise book.top.wrong("rule", "is missing: a rules file needs at least one [[rule]]")
    return [_rule(entry) for entry in book.entries["rule"]]


def _rule(entry: Entry) -> Rule | Protect:
    if "kind" not in entry.table:
        raise entry.wrong("kind", "is missing")
    kind = entry.table["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise entry.wrong("kind", f"is {kind!r}; known are {', '.join(KINDS)}")
    made: Any = KINDS[kind]
    hints = get_type_hints(made)
    known = [field.name for field in fields(made)]
    entry.check_keys(["kind", *known])
    given = {key: value for key, value in entry.table.items() if key != "kind"}
    return made(**{key: _checked(entry, key, value, hints[key]) for key, value in given.items()})  # type: ignore[no-any-return] # by kind


def _checked(entry: Entry, key: str, value: Any, hint: Any) -> Any:
    """Return a parameter in the type that the rule declares for it."""
    if key in ("tags", "names", "ids"):
        inner = get_args(hint)[0]
        if isinstance(value, list) and all(type(one) is inner for one in value):
            return tuple(value)
        raise entry.wrong(key, f"must be a list of {'whole numbers' if inner is int else 'texts'}")
    if hint in (int, float):
        whole = hint is int
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not 0 <= value < MOST:
            raise entry.wrong(
                key, f"must be a {'whole ' * whole}number of 0 or more, below {MOST:,}"
            )
        return value
    if not isinstance(value, str) or not value:
        raise entry.wrong(key, f"must be a text, not {value!r}")
    if key == "pattern":
        try:
            re.compile(value)
        except re.error as error:
            raise entry.wrong(key, f"is no regular expression: {error}") from None
    return value
