"""Summaries by the most common keys, each a call of ``summarize`` with one key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from inspect import cleandoc
from textwrap import fill
from typing import Protocol, TypeVar

from narwhals.stable.v2.typing import IntoFrameT

from imagedf.summary._summarize import summarize

_DOCSTRING = """
Total images by {key}, counting each image once.

Parameters
----------
frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
    Either layout; see ``summarize``.{now}

Returns
-------
frame of the same kind
{returned}

Raises
------
FrameError
    As for ``summarize``.

See Also
--------
summarize : Group by any column, or by several.

Examples
--------
>>> import imagedf
>>> frame = imagedf.example()
{example}
"""
_NOW = """
now : datetime or str, optional
    The moment that ages refer to. Default: when the frame was fetched, or else now."""


class ByKey(Protocol):
    """A summary by one key."""

    def __call__(self, frame: IntoFrameT) -> IntoFrameT:
        """Total images by the key."""


class ByAge(Protocol):
    """A summary by age band."""

    def __call__(self, frame: IntoFrameT, *, now: date | str | None = None) -> IntoFrameT:
        """Total images by age."""


def _by(key: str, example: str, meaning: str = "") -> ByKey:
    """Return the function that totals images by a key."""

    def by_key(frame: IntoFrameT) -> IntoFrameT:
        return summarize(frame, key)

    by_key.__doc__ = _docstring(key, key, example, meaning)
    return _named(by_key, key)


def _by_age(example: str, meaning: str) -> ByAge:
    """Return the function that totals images by age, which depends on the current time."""

    def by_key(frame: IntoFrameT, *, now: date | str | None = None) -> IntoFrameT:
        return summarize(frame, "age", now=now)

    by_key.__doc__ = _docstring("age", "age band", example, meaning, now=_NOW)
    return _named(by_key, "age")


_Function = TypeVar("_Function", bound=Callable[..., object])


def _named(function: _Function, key: str) -> _Function:
    function.__name__ = function.__qualname__ = f"by_{key}"
    return function


def _docstring(key: str, group: str, example: str, meaning: str, *, now: str = "") -> str:
    returned = f"One row per {group}, with the columns of ``summarize``. {meaning}".rstrip()
    indent = " " * 4
    return _DOCSTRING.lstrip().format(
        key=key,
        now=now,
        returned=fill(returned, 92, initial_indent=indent, subsequent_indent=indent),
        example=cleandoc(example),
    )


by_distribution: ByKey = _by(
    "distribution",
    """
    >>> imagedf.by_distribution(frame)[["distribution", "images", "size_gigabytes"]]
      distribution  images  size_gigabytes
    0       Ubuntu       3            7.04
    1   Arch Linux       1            2.34
    2       CentOS       1            2.34
    3       Fedora       1            2.34
    """,
)
by_type: ByKey = _by(
    "type",
    """
    >>> imagedf.by_type(frame)[["type", "images"]]
           type  images
    0  snapshot       5
    1    custom       1
    """,
)
by_status: ByKey = _by(
    "status",
    """
    >>> imagedf.by_status(frame)[["status", "images"]]
          status  images
    0  available       6
    """,
)
by_region: ByKey = _by(
    "region",
    """
    >>> imagedf.by_region(frame)[["region", "images", "size_gigabytes", "allocated_gigabytes"]]
      region  images  size_gigabytes  allocated_gigabytes
    0   nyc2       5           11.72                 7.03
    1   nyc3       5           11.72                 7.03
    """,
    "An image counts under each of its regions; the allocated columns add up to the total.",
)
by_tag: ByKey = _by(
    "tag",
    """
    >>> imagedf.by_tag(frame)[["tag", "images", "size_gigabytes", "allocated_gigabytes"]]
                tag  images  size_gigabytes  allocated_gigabytes
    0  simple-image       1            2.34                 2.34
    1           NaN       5           11.72                11.72
    """,
    "An image counts under each of its tags; the allocated columns add up to the total. Images "
    "without a tag have a missing key; those whose tags could not be read are ``(unknown)``.",
)
by_age: ByAge = _by_age(
    """
    >>> imagedf.by_age(frame, now="2020-06-01")[["age", "images"]]
          age  images
    0  >365 d       5
    1  1–30 d       1
    """,
    "An image that is exactly 90 days old is in ``30–90 d``: it is not older than 90 days.",
)
