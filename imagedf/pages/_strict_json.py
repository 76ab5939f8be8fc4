"""Read the JSON of a response body strictly, and describe what is wrong with it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, NoReturn

from imagedf.errors import PageError

_QUOTE = 60


class Object(dict[str, Any]):
    """A JSON object that remembers which keys were given more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice: frozenset[str] = frozenset()
        if len(pairs) > len(self):
            counts = Counter(key for key, _ in pairs)
            self.twice = frozenset(key for key, count in counts.items() if count > 1)


class Oddity:
    """A number that Python can't represent or JSON doesn't allow; it fits no field."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def load(
    body: bytes,
    number: int,
    problems: list[str],
    hook: Callable[[list[tuple[str, Any]]], Any] | None = None,
    key: str = "images",
) -> Any:
    """Read JSON, and add invalid content (bad UTF-8, NaN, Infinity) to ``problems``.

    Such content doesn't end the reading, so that the field that contains it can be named.

    Raises
    ------
    PageError
        It can't be read at all.
    """

    def constant(text: str) -> Oddity:
        problems.append(f"it is not JSON ({text} is not a JSON number)")
        return Oddity(text)

    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        problems.append(f"it is not UTF-8 (byte {error.start})")
        text = body.decode("utf-8", "surrogateescape")
    try:
        return _loads(text, hook, constant)
    except RecursionError:
        problems.append("it is nested too deeply")
    except ValueError as error:
        problems.append(f"it is not JSON ({error})")
    return refuse(problems[0], body, number, key)


def _loads(text: str, hook: Any, constant: Callable[[str], Any]) -> Any:
    try:
        return json.loads(text, object_pairs_hook=hook, parse_constant=constant)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a whole number of more digits than Python converts
        return json.loads(
            text, object_pairs_hook=hook, parse_constant=constant, parse_int=_whole_number
        )


def _whole_number(text: str) -> int | Oddity:
    return int(text) if len(text) < _QUOTE else Oddity(text)


def refuse(problem: str, body: bytes, number: int, key: str) -> NoReturn:
    """Raise for a body that is not JSON, quoting its beginning."""
    start = _quote(body[:_QUOTE].decode("utf-8", "replace"))
    raise PageError(
        f"page {number} is not a page of {key}: {problem}; it begins {start}",
        page=number,
    )


def describe(value: Any) -> str:
    """Return a JSON value's type and a short, escaped piece of it."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return f"an object with the keys {_quote(', '.join(value))}" if value else "an empty object"
    kinds = ((list, "a list "), (str, "the text "), (bool, ""), (object, "the number "))
    return next(name for kind, name in kinds if isinstance(value, kind)) + _quote(value)


def _quote(value: Any) -> str:
    """Quote at most a short piece, with everything but printable ASCII escaped."""
    try:
        text = ascii(value)
    except RecursionError:
        text = "nested too deeply"
    return text if len(text) <= _QUOTE else f"{text[:_QUOTE]}…"
