"""What a page of one endpoint looks like: the key of its list, the fields, the total."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pyarrow as pa

from imagedf.schema import IMAGE_STRUCT


class Shape(NamedTuple):
    """A page of one endpoint.

    Attributes
    ----------
    key : str
        Name of the list in the response body, such as ``images``.
    noun : str
        What one object of the list is called in messages.
    struct : pyarrow.StructType
        The fields that are read; every one is optional and may be null.
    identity : tuple of str
        The fields that identify an object within a listing. Objects without a value in the
        first one are never duplicates of each other.
    ignored : frozenset of str
        Documented fields that are not read, and not reported as unknown.
    keyed_by : str, optional
        For a list that is an object keyed by id: the field with that id.
    total : tuple of str
        Where the response body states the number of objects over all pages.
    """

    key: str
    noun: str
    struct: pa.StructType
    identity: tuple[str, ...] = ("id",)
    ignored: frozenset[str] = frozenset()
    keyed_by: str | None = None
    total: tuple[str, ...] = ("meta", "total")

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that are read."""
        return tuple(field.name for field in self.struct)

    @property
    def schema(self) -> pa.Schema:
        """The schema of a table with one row per object."""
        return pa.schema(list(self.struct))


IMAGES = Shape("images", "image", IMAGE_STRUCT, identity=("id", "name"))
"""``GET /v2/images``: four images of the documented page share an id, so names count."""

_LINKS = pa.struct([(name, pa.string()) for name in ("first", "prev", "next", "last")])


@cache
def page_schema(shape: Shape) -> pa.Schema:
    """Return the schema of a response body."""
    total = pa.int64()
    for name in reversed(shape.total[1:]):
        total = pa.struct([(name, total)])
    return pa.schema(
        [
            (shape.key, pa.list_(shape.struct)),
            ("links", pa.struct([("pages", _LINKS)])),
            (shape.total[0], total),
        ]
    )
