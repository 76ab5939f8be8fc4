"""Strict conversion of one value; an Arrow type defines what it must be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

import pyarrow as pa

from imagedf.pages._strict_json import Object

_BEYOND_MICROSECONDS = re.compile(r"[.,][0-9]{6}([0-9])")
_MICROSECOND = timedelta(microseconds=1)


class Kind(NamedTuple):
    """How a value is converted (None means not valid), and what was expected."""

    convert: Callable[[Any], Any]
    expected: str
    plural: str


@cache
def kind_of(arrow: pa.DataType) -> Kind:
    """Return how values of an Arrow type are read."""
    if pa.types.is_struct(arrow):
        return Kind(_object_of(arrow), "an object of documented fields", "objects")
    if pa.types.is_list(arrow):
        inner = kind_of(arrow.value_type)
        return Kind(_list_of(inner.convert), f"a list of {inner.plural}", "lists")
    return next(kind for matches, kind in _KINDS if matches(arrow))


def whole_number(value: Any) -> int | None:
    """Return a 64-bit whole number; 20.0 is one, 20.5, "20" and true are not."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if -(2**63) <= value < 2**63 else None


def _number(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:  # an unpaired surrogate
        return None
    return value


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: Any) -> datetime | None:
    """Read an ISO 8601 time; one without an offset is UTC, as the API's always are.

    Fractions of a microsecond, which ``fromisoformat`` cuts off, are rounded.
    """
    if not isinstance(value, str):
        return None
    finer = _BEYOND_MICROSECONDS.search(value)
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return moment + _MICROSECOND if finer and finer[1] >= "5" else moment
    except (ValueError, OverflowError):
        return None


def _list_of(convert: Callable[[Any], Any]) -> Callable[[Any], list[Any] | None]:
    def convert_all(value: Any) -> list[Any] | None:
        if not isinstance(value, list):
            return None
        converted = [item for item in map(convert, value) if item is not None]
        return converted if len(converted) == len(value) else None

    return convert_all


def _object_of(struct: pa.StructType) -> Callable[[Any], dict[str, Any] | None]:
    kinds = {field.name: kind_of(field.type) for field in struct}

    def convert(value: Any) -> dict[str, Any] | None:
        if not isinstance(value, Object) or not kinds.keys().isdisjoint(value.twice):
            return None
        given = {name: part for name, part in value.items() if name in kinds and part is not None}
        read = {name: kinds[name].convert(part) for name, part in given.items()}
        return None if None in read.values() else read

    return convert


_KINDS: tuple[tuple[Callable[[pa.DataType], bool], Kind], ...] = (
    (pa.types.is_integer, Kind(whole_number, "a whole number of 64 bits", "whole numbers")),
    (pa.types.is_floating, Kind(_number, "a finite number", "finite numbers")),
    (pa.types.is_boolean, Kind(_boolean, "true or false", "true or false values")),
    (pa.types.is_timestamp, Kind(_moment, "an ISO 8601 time", "ISO 8601 times")),
    (lambda arrow: pa.types.is_string(arrow) or pa.types.is_large_string(arrow),
     Kind(_text, "text", "text values")),
)  # fmt: skip
