"""Collect the images of a listing, table by table, into the exploded frame."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.frame._columns import Positions, is_copied, series_of
from imagedf.pages import Spread, repeated
from imagedf.schema import ROWS_SCHEMA

_WAITING = frozenset(field.name for field in ROWS_SCHEMA if is_copied(field.type))


class GrowingFrame:
    """Images that arrive table by table, and become a frame with one row per region.

    Text is exploded as it arrives, and stays in these chunks. Numbers and lists wait, once per
    image, and are exploded straight into the memory of the frame.
    """

    def __init__(self) -> None:
        self._columns: dict[str, list[pa.Array]] = {name: [] for name in ROWS_SCHEMA.names}
        self._parents: list[Positions] = []
        self._names: dict[str, pa.Array] = {}

    def add(self, images: pa.Table, account: str) -> None:
        """Add parsed images, one row per image."""
        spread = Spread(images)
        self._parents.append(spread.parents)
        for name, chunks in self._columns.items():
            if name == "account":
                chunks.append(self._named(account, len(spread.parents)))
            else:
                chunks.append(spread.images[name] if name in _WAITING else spread.exploded(name))

    def _named(self, account: str, rows: int) -> pa.Array:
        """Return the account's name for each row; all tables of an account share the memory."""
        known = self._names.get(account)
        if known is None or len(known) < rows:
            known = self._names[account] = repeated(account, 2 * rows)
        return known.slice(0, rows)

    def extend(self, other: GrowingFrame) -> None:
        """Add the rows of another growing frame, which must not be used afterwards."""
        for name, chunks in other._columns.items():
            self._columns[name] += chunks
        self._parents += other._parents
        other._columns.clear()

    def frame(self, certificate: Certificate | None = None) -> pd.DataFrame:
        """Return all rows as the typed frame; call this once."""
        # Columns are released one by one, so that only one at a time is in memory twice.
        columns = {
            name: series_of(
                ROWS_SCHEMA.field(name).type,
                self._columns.pop(name),
                self._parents if name in _WAITING else None,
            )
            for name in ROWS_SCHEMA.names
        }
        frame = pd.DataFrame(columns, copy=False)
        if certificate is not None:
            frame.attrs[ATTRS_KEY] = certificate.to_dict()
        return frame
