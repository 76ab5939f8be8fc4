"""Faults that need more than a changed response, declared where they are tested."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TypeVar

_MODULES = (
    "accounts_fail",
    "any_order",
    "files",
    "hosts",
    "interrupt",
    "limits",
    "secrets",
    "wire",
)
_proven: dict[str, str] = {}
_Test = TypeVar("_Test", bound=Callable[..., None])


def proves(gives: str, *names: str) -> Callable[[_Test], _Test]:
    """Mark a test with the faults that it causes, and their results."""

    def noted(test: _Test) -> _Test:
        _proven.update(dict.fromkeys(names, gives))
        return test

    return noted


def elsewhere() -> Mapping[str, str]:
    """Return the result of each of these faults by name, as declared by the tests."""
    for module in _MODULES:
        import_module(f"tests.test_{module}")
    return _proven
