"""Objects that were already on an earlier page: dropped, and counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from imagedf.pages._arrow import int64_array
from imagedf.pages._parse import Batch
from imagedf.pages._shape import IMAGES, Shape

if TYPE_CHECKING:
    import pyarrow as pa

_Keys = np.ndarray[tuple[int], np.dtype[np.uint64]]
_Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Duplicates:
    """The identities of one listing so far, in 8 bytes each."""

    def __init__(self, shape: Shape = IMAGES) -> None:
        self.dropped = 0
        self._shape = shape
        self._runs: list[_Keys] = []

    def without(self, batch: Batch) -> pa.Table:
        """Return the objects of a batch of pages that were on no earlier page."""
        keys, identified = _keys(batch.table, self._shape)
        uniques, firsts, positions = np.unique(keys, return_index=True, return_inverse=True)
        page_of = np.repeat(np.arange(len(batch.pages)), [page.rows for page in batch.pages])
        repeated = self._seen(uniques)[positions] | (page_of > page_of[firsts][positions])
        repeated &= identified
        self._add(uniques)
        if not repeated.any():
            return batch.table
        self.dropped += int(repeated.sum())
        return batch.table.take(int64_array(np.flatnonzero(~repeated)))

    def _seen(self, keys: _Keys) -> _Mask:
        found = np.zeros(len(keys), dtype=bool)
        for run in self._runs:
            positions = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            found |= run[positions] == keys
        return found

    def _add(self, keys: _Keys) -> None:
        """Add sorted keys to sorted runs that merge by doubling."""
        if not len(keys):
            return
        while self._runs and len(self._runs[-1]) <= 2 * len(keys):
            keys = np.concatenate([self._runs.pop(), keys])
            keys.sort(kind="stable")  # merges two sorted runs
        self._runs.append(keys)


def _keys(table: pa.Table, shape: Shape) -> tuple[_Keys, _Mask]:
    """Return each object's identity as 64 bits, and whether it has an id at all."""
    columns = [table.column(name).to_pylist() for name in shape.identity]
    identified = np.fromiter((one is not None for one in columns[0]), dtype=bool, count=len(table))
    # As texts: Python's hash of a number is the number modulo 2**61 - 1.
    identities = zip(map(str, columns[0]), *columns[1:], strict=True)
    hashes = np.fromiter(map(hash, identities), dtype=np.int64, count=len(table))
    return hashes.view(np.uint64), identified
