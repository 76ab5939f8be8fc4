"""Count objects that contradict the filters sent, to detect a server that ignores a filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


class Mismatches:
    """Counts objects outside the filters, as far as their own fields show it."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self._query = query
        self._wrong = self._tagged = self._untagged = 0

    def add(self, table: pa.Table) -> None:
        """Check a table with one row per object."""
        columns = table.column_names
        if self._query.get("private") and "public" in columns:
            self._wrong += table.column("public").to_pylist().count(True)
        if self._query.get("tag_name") and "tags" in columns:
            self._add_tags(table.column("tags").to_pylist(), self._query["tag_name"].lower())
        wanted = self._query.get("resource_type")
        if wanted and "resource_type" in columns:
            kinds = table.column("resource_type").to_pylist()
            self._wrong += sum(kind not in (None, wanted) for kind in kinds)

    def _add_tags(self, cells: list[list[str] | None], wanted: str) -> None:
        self._untagged += cells.count([])
        tagged = [{tag.lower() for tag in cell} for cell in cells if cell]
        self._tagged += len(tagged)
        self._wrong += sum(wanted not in tags for tags in tagged)

    @property
    def count(self) -> int:
        """Objects outside the filters; if none has a tag, the token may be unable to read tags."""
        return self._wrong + (self._untagged if self._tagged else 0)
