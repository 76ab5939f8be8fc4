"""Mask the token in text, in whatever form the server echoes it."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from imagedf._text import MASK, masked

_SHORT = 16
"""A shorter token is only masked as a separate word: its letters may be part of any word."""
_BEGINNING = 10
"""The shortest beginning of a token that is masked: quoted text may end inside the token."""
_PREFIX = re.compile("do[opr]_v1_", re.IGNORECASE)
_UNIT = re.compile("%[0-9a-fA-F]{2}|.", re.DOTALL)


def redactor(token: str) -> Callable[[str], str]:
    """Return a function that masks a token, and any other of DigitalOcean's form.

    It also finds echoes that are base64- or percent-encoded, lack the prefix or differ in case.
    """
    if len(token) < _SHORT:
        word = re.compile(rf"(?<![\w-]){re.escape(token)}(?![\w-])")
        return lambda text: masked(word.sub(MASK, text))
    secrets = [token, _PREFIX.sub("", token), base64.b64encode(token.encode()).decode()]

    def redact(text: str) -> str:
        for secret in secrets:
            text = _without(text, secret.lower())
        return masked(text)

    return redact


def _without(text: str, secret: str) -> str:
    """Mask a secret, and the beginning of one, in a text; ``%5F`` counts as ``_``."""
    units = _UNIT.findall(text) if "%" in text else list(text)
    letters = "".join(_letter(unit) for unit in units)
    parts: list[str] = []
    position = 0
    while (start := letters.find(secret[:_BEGINNING], position)) >= 0:
        end = start + _common(letters[start : start + len(secret)], secret)
        parts += [*units[position:start], MASK]
        position = end
    return "".join([*parts, *units[position:]])


def _letter(unit: str) -> str:
    """Return one lower-case character for a unit of the text."""
    letter = (chr(int(unit[1:], 16)) if len(unit) == 3 else unit).lower()
    return letter if len(letter) == 1 else unit[:1]


def _common(one: str, other: str) -> int:
    """Return the length of the common prefix of two texts."""
    pairs = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
