"""Duplicates within one listing: dropped, counted, and compared with the first occurrence."""

from __future__ import annotations

import hashlib
from typing import NamedTuple, NoReturn

import numpy as np
import pyarrow as pa

from imagedf.errors import PageError
from imagedf.pages._arrow import Int64s, int64_array, numbers
from imagedf.pages._explode import stacked
from imagedf.pages._parse import Batch
from imagedf.pages._shape import IMAGES, Shape
from imagedf.schema import TEXT

_COMPARED = 10_000
"""Objects kept for comparison, about 3 MB: all objects of a listing that is read twice."""
_LONGEST = 1 << 20
"""Keys of the longest sorted run: merging longer ones would take as much memory again."""
_Keys = np.ndarray[tuple[int], np.dtype[np.uint64]]
_Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Members(NamedTuple):
    """The objects of a listing as two numbers: as a multiset, and as a sequence."""

    multiset: int
    sequence: bytes


class Duplicates:
    """The identities of one listing so far, in 8 bytes each.

    ``changed`` is whether an object was on two pages with different values: then the
    listing changed while it was read. Objects without an id are never duplicates.
    """

    def __init__(self, shape: Shape = IMAGES) -> None:
        self.dropped: int = 0
        self.changed: bool = False
        self._shape = shape
        self._runs: list[_Keys] = []
        self._kept: list[pa.Table] = []
        self._kept_keys = np.empty(0, dtype=np.uint64)
        self._multiset = 0
        self._sequence = hashlib.blake2b(digest_size=16)

    @property
    def members(self) -> Members:
        """The objects that were not dropped."""
        return Members(self._multiset, self._sequence.digest())

    def without(self, batch: Batch) -> pa.Table:
        """Return the objects of a batch of pages that were not listed before.

        Raises
        ------
        PageError
            A page lists one object twice, with different values.
        """
        keys, identified = _keys(batch.table, self._shape)
        table, ordered = batch.table, np.sort(keys)
        if (ordered[1:] == ordered[:-1]).any() or self._seen(ordered).any():
            repeated = self._repeated(batch, keys, identified)
            self.dropped += int(repeated.sum())
            table = table.take(int64_array(np.flatnonzero(~repeated)))
            keys = keys[~repeated]
        self._add(keys, table, np.sort(keys))
        return table

    def _repeated(self, batch: Batch, keys: _Keys, identified: _Mask) -> _Mask:
        """Find the objects listed before, and compare them with the first occurrence."""
        uniques, firsts, positions = np.unique(keys, return_index=True, return_inverse=True)
        first = firsts[positions]
        seen = self._seen(uniques)[positions] & identified
        repeated: _Mask = (seen | (first != np.arange(len(keys)))) & identified
        self._compare(batch, keys, np.flatnonzero(seen))
        self._compare_within(batch, np.flatnonzero(repeated & ~seen), first)
        return repeated

    def _compare(self, batch: Batch, keys: _Keys, rows: Int64s) -> None:
        """Compare objects with those of earlier batches; one no longer kept counts as changed."""
        if not len(rows) or self.changed:
            return
        order = np.argsort(self._kept_keys, kind="stable")
        places = np.searchsorted(self._kept_keys, keys[rows], sorter=order)
        places = order[np.minimum(places, len(order) - 1)]
        if not np.array_equal(self._kept_keys[places], keys[rows]):
            self.changed = True
            return
        before = stacked(self._kept).take(int64_array(places))
        self.changed = not before.equals(batch.table.take(int64_array(rows)))

    def _compare_within(self, batch: Batch, rows: Int64s, first: Int64s) -> None:
        """Compare objects with the first ones of the same identity in the same batch."""
        again, before = (batch.table.take(int64_array(at)) for at in (rows, first[rows]))
        if again.equals(before):
            return
        page_of = np.repeat(np.arange(len(batch.pages)), [page.rows for page in batch.pages])
        pairs = zip(rows.tolist(), again.to_pylist(), before.to_pylist(), strict=True)
        for row, this, that in pairs:
            if this != that and page_of[row] == page_of[first[row]]:
                field = next(name for name in this if this[name] != that[name])
                _contradicts(batch.pages[page_of[row]].number, this, field, self._shape)
        self.changed = True

    def _seen(self, keys: _Keys) -> _Mask:
        found = np.zeros(len(keys), dtype=bool)
        for run in self._runs:
            positions = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            found |= run[positions] == keys
        return found

    def _add(self, keys: _Keys, table: pa.Table, ordered: _Keys) -> None:
        """Add the objects of a batch; sorted runs of their keys merge by doubling, up to a size."""
        if not len(keys):
            return
        self._multiset = (self._multiset + int(keys.sum(dtype=np.uint64))) % 2**64
        self._sequence.update(keys.tobytes())
        if len(self._kept_keys) + len(keys) <= _COMPARED:
            self._kept.append(table)
            self._kept_keys = np.concatenate([self._kept_keys, keys])
        while self._runs and len(self._runs[-1]) <= min(2 * len(ordered), _LONGEST - len(ordered)):
            ordered = np.concatenate([self._runs.pop(), ordered])
            ordered.sort(kind="stable")  # merges two sorted runs
        self._runs.append(ordered)


def _contradicts(number: int, row: dict[str, object], field: str, shape: Shape) -> NoReturn:
    identifier = row[shape.identity[0]]
    raise PageError(
        f"page {number} lists {shape.noun} {identifier!s:.60} twice, with different values of "
        f"{field}",
        page=number,
        image_id=identifier if isinstance(identifier, int | str) else None,
        field=field,
    )


def _keys(table: pa.Table, shape: Shape) -> tuple[_Keys, _Mask]:
    """Return each object's identity as 64 bits, and whether it has an id at all."""
    keys = np.zeros(len(table), dtype=np.uint64)
    for name in shape.identity:
        parts = [_hashes(chunk) for chunk in table.column(name).chunks]
        keys = _mixed(keys + np.concatenate([keys[:0], *parts]))
    ids = table.column(shape.identity[0])
    if not ids.null_count:
        return keys, np.ones(len(table), dtype=bool)
    return keys, np.array([value is not None for value in ids.to_pylist()], dtype=bool)


def _hashes(chunk: pa.Array) -> _Keys:
    """Hash values; Python's own hash of a number is the number modulo 2**61 - 1."""
    if chunk.type == pa.int64() and not chunk.null_count:
        return _mixed(numbers(chunk).view(np.uint64))
    values = chunk.to_pylist()
    hashes = map(hash, values if chunk.type == TEXT else map(str, values))
    return np.fromiter(hashes, dtype=np.int64, count=len(chunk)).view(np.uint64)


def _mixed(values: _Keys) -> _Keys:
    """Scramble 64-bit numbers without collisions (splitmix64)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: _Keys = values ^ (values >> np.uint64(31))
    return mixed
