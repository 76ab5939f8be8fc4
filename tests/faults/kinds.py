"""The kinds of results of a named fault, and helpers that build faults from changed responses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from imagedf.errors import ImagedfError
from imagedf.sandbox import Fault, Sandbox, on_page
from tests.hostile import LISTING


@dataclass(frozen=True)
class Whole:
    """The exact frame of a listing, and attributes of the certificate."""

    says: Mapping[str, Any] = field(default_factory=dict)
    listing: Sequence[Mapping[str, Any]] = tuple(LISTING)

    def __str__(self) -> str:
        frame = (
            "the exact frame"
            if self.listing == tuple(LISTING)
            else "the exact frame of the changed listing"
        )
        return ", ".join([frame, *(f"`{name}` {value}" for name, value in self.says.items())])


@dataclass(frozen=True)
class Holds:
    """The frame, with this value in this column of image 3."""

    column: str
    value: Any

    def __str__(self) -> str:
        return f"the exact frame: `{self.column}` {self.value}"


@dataclass(frozen=True)
class Fails:
    """One error, whose message matches, with these attributes."""

    error: type[ImagedfError]
    match: str
    has: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        has = ", ".join(f"`{name}` {value}" for name, value in self.has.items())
        return f"`{self.error.__name__}`" + (f": {has}" if has else "")


Faults = Callable[[Sandbox], Sequence[Fault]]


@dataclass(frozen=True)
class Named:
    """A fault with its name; ``arguments`` go to the fetch."""

    name: str
    make: Faults
    gives: Whole | Holds | Fails
    arguments: Mapping[str, Any] = field(default_factory=dict)


Change = Callable[[dict[str, Any]], Any]


def every(fault: Fault) -> Faults:
    return lambda _sandbox: [fault]


def on(page: int, fault: Fault, times: int | None = None) -> Faults:
    return lambda _sandbox: [on_page(page, fault, times=times)]


def json_of(change: Change) -> Fault:
    return lambda _request, answer: answer.with_json(change)


def on_each(change: Change) -> Faults:
    return every(json_of(change))


def answer_of(**changes: Any) -> Fault:
    return lambda _request, answer: replace(answer, **changes)


def body_of(change: Callable[[bytes], bytes], **headers: str) -> Fault:
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda _request, answer: replace(
        answer, body=change(answer.body), headers={**answer.headers, **sent}
    )
