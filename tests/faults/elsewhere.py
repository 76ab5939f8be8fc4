"""Faults that need more than a changed answer, by name, and what each gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

ELSEWHERE: dict[str, str] = {}

PROVEN: set[str] = set()
"""The names that tests have said to prove."""

_Test = TypeVar("_Test", bound=Callable[..., None])


def proves(*names: str) -> Callable[[_Test], _Test]:
    """Say which faults a test proves."""

    def noted(test: _Test) -> _Test:
        PROVEN.update(names)
        return test

    return noted
