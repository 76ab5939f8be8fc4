"""Collect the images of a listing, table by table, into the exploded frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.frame._columns import Numbers, Positions, is_number, list_cells, text_series
from imagedf.pages import Spread, repeated
from imagedf.schema import ROWS_SCHEMA


class GrowingFrame:
    """Images that arrive table by table, and become a frame with one row per region.

    Text is exploded as it arrives, and stays in these chunks. Numbers and lists wait, once per
    image, and are exploded straight into the memory of the frame. As after pandas' ``explode``,
    the rows of an image share its list of tags.
    """

    def __init__(self) -> None:
        self._numbers = {
            field.name: Numbers(field.type) for field in ROWS_SCHEMA if is_number(field.type)
        }
        self._chunks: dict[str, list[pa.Array]] = {
            name: [] for name in ROWS_SCHEMA.names if name not in self._numbers
        }
        self._parents: list[Positions] = []
        self._images: list[int] = []
        self._texts: dict[str, pa.Array] = {}

    def add(self, images: pa.Table, account: str) -> None:
        """Add parsed images, one row per image."""
        spread = Spread(images)
        self._parents.append(spread.parents)
        self._images.append(len(images))
        for name, numbers in self._numbers.items():
            numbers.add(spread.images[name])
        for name, chunks in self._chunks.items():
            if name == "account":
                chunks.append(self._repeated(account, len(spread.parents)))
            elif name == "tags":
                chunks.append(spread.images[name])
            elif _is_blank(spread.images.get(name)):
                chunks.append(self._repeated("", len(spread.parents)))
            else:
                chunks.append(spread.exploded(name))

    def _repeated(self, text: str, rows: int) -> pa.Array:
        """Return a text for each row; all tables share the memory."""
        known = self._texts.get(text)
        if known is None or len(known) < rows:
            known = self._texts[text] = repeated(text, 2 * rows)
        return known.slice(0, rows)

    def extend(self, other: GrowingFrame) -> None:
        """Add the rows of another growing frame, which must not be used afterwards."""
        for name, numbers in other._numbers.items():
            self._numbers[name].extend(numbers)
        for name, chunks in other._chunks.items():
            self._chunks[name] += chunks
        self._parents += other._parents
        self._images += other._images
        other._numbers.clear()

    def frame(self, certificate: Certificate | None = None) -> pd.DataFrame:
        """Return all rows as the typed frame; call this once."""
        frame = pd.DataFrame(dict(self._columns()), copy=False)
        if certificate is not None:
            frame.attrs[ATTRS_KEY] = certificate.to_dict()
        return frame

    def _columns(self) -> Iterator[tuple[str, pd.Series[Any]]]:
        """Release the columns one by one, so that only one at a time is in memory twice."""
        before = np.cumsum([0, *self._images])
        parts = zip(self._parents, before, strict=False)
        rows = np.concatenate([before[:0], *(parents + start for parents, start in parts)])
        for field in ROWS_SCHEMA:
            if field.name in self._numbers:
                yield field.name, self._numbers.pop(field.name).series(rows)
                continue
            chunks = self._chunks.pop(field.name)
            if field.name == "tags":
                yield field.name, pd.Series(list_cells(chunks)[rows], dtype=object, copy=False)
            else:
                yield field.name, text_series(pa.chunked_array(chunks, type=field.type))


def _is_blank(column: pa.Array | None) -> bool:
    """Check whether all values are "", as those of ``error_message`` usually are."""
    if column is None or column.null_count:
        return False
    data = column.buffers()[-1]
    return data is None or not data.size
