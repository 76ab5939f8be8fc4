"""Images that came on an earlier page: dropped, and counted.

The same image again is one of the same id and name. Repeats within one page stay: the
documented page itself has one id on four images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from imagedf.pages._parse import Batch, int64_array

if TYPE_CHECKING:
    import pyarrow as pa

_LONGEST_RUN = 1 << 19
"""Longer runs are not merged, for a merge holds its keys twice; they are packed."""
_REST = 48
"""The bits of a key behind the first 16."""
_Keys = np.ndarray[tuple[int], np.dtype[np.uint64]]
_Truths = np.ndarray[tuple[int], np.dtype[np.bool_]]


class Repeats:
    """The images of one listing so far, in 6 to 8 bytes each."""

    def __init__(self, longest_run: int = _LONGEST_RUN) -> None:
        self.dropped = 0
        self._seen = _SortedRuns(longest_run)

    def without(self, batch: Batch) -> pa.Table:
        """Return the images of a batch of pages that came on no earlier page."""
        images = batch.images
        keys = _keys(images)
        uniques, firsts, places = np.unique(keys, return_index=True, return_inverse=True)
        page_of = np.repeat(np.arange(len(batch.pages)), [page.rows for page in batch.pages])
        repeated = self._seen.holds(uniques)[places] | (page_of > page_of[firsts][places])
        self._seen.add(uniques)
        if not repeated.any():
            return images
        self.dropped += int(repeated.sum())
        return images.take(int64_array(np.flatnonzero(~repeated)))


class _SortedRuns:
    """A growing set of numbers: sorted runs, merged by doubling, and packed when they are long."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._runs: list[_Keys] = []
        self._packed: list[_PackedRun] = []

    def holds(self, keys: _Keys) -> _Truths:
        """Tell for each key whether it was added before; sorted keys are found quickest."""
        found = np.zeros(len(keys), dtype=bool)
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, keys), len(run) - 1)
            found |= run[places] == keys
        for packed in self._packed:
            found |= packed.holds(keys)
        return found

    def add(self, keys: _Keys) -> None:
        """Add sorted keys."""
        if not len(keys):
            return
        while self._runs and len(self._runs[-1]) <= 2 * len(keys):
            keys = np.concatenate([self._runs.pop(), keys])
            keys.sort(kind="stable")  # merges what is sorted already
        if len(keys) > self._longest:
            self._packed.append(_PackedRun(keys))
        else:
            self._runs.append(keys)


class _PackedRun:
    """Sorted keys in 6 bytes each: where a key stands tells its first 16 bits."""

    def __init__(self, keys: _Keys) -> None:
        firsts = np.arange((1 << 16) + 1, dtype=np.uint64)
        self._starts = np.searchsorted(keys >> _REST, firsts)
        self._middle = (keys >> 32).astype(np.uint16)
        self._last = keys.astype(np.uint32)

    def holds(self, keys: _Keys) -> _Truths:
        """Tell for each key whether it is here: a binary search for all at a time."""
        firsts, rests = keys >> _REST, keys & ((1 << _REST) - 1)
        low, high = self._starts[firsts], self._starts[firsts + 1]
        ends = high
        while (low < high).any():
            half = (low + high) // 2
            below = (low < high) & (self._rest(half) < rests)
            low, high = np.where(below, half + 1, low), np.where(below, high, half)
        found: _Truths = (low < ends) & (self._rest(low) == rests)
        return found

    def _rest(self, places: np.ndarray[Any, np.dtype[np.intp]]) -> _Keys:
        places = np.minimum(places, len(self._last) - 1)
        rests: _Keys = self._middle[places].astype(np.uint64) << 32 | self._last[places]
        return rests


def _keys(images: pa.Table) -> _Keys:
    """Hash each image's id and name to 64 bits; a listing is of one account."""
    # As texts: Python's hash of a number takes it modulo 2**61 - 1.
    ids = map(str, images.column("id").to_pylist())
    pairs = zip(ids, images.column("name").to_pylist(), strict=True)
    return np.fromiter(map(hash, pairs), dtype=np.int64, count=len(images)).view(np.uint64)
