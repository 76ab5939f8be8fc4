"""The content of a report as typed values, without frames and HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from imagedf.charts import Inline

Cell = str | int | float | bool | Decimal | datetime | date | None
Kind = Literal[
    "text",
    "id",
    "count",
    "gigabytes",
    "share",
    "change",
    "money",
    "rate",
    "days",
    "seconds",
    "day",
    "moment",
    "truth",
    "link",
]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its heading with unit, and the format of its cells."""

    title: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the visible rows, the folded rows, and the totals.

    A missing cell is None. ``rows`` and ``folded`` are the first of all ``count`` rows.
    ``download`` is a ``data:`` URL with all rows, for a long table. ``notes`` name the unknown
    values that the figures leave out.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    count: int
    total: tuple[Cell, ...] | None = None
    folded: tuple[tuple[Cell, ...], ...] = ()
    download: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether all rows are on the page."""
        return self.count == len(self.rows) + len(self.folded)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report: sentences, at most one chart, and tables.

    ``since`` has the changes in images and size that the figures at the top mention.
    """

    key: str
    title: str
    sentences: tuple[str, ...] = ()
    chart: Inline | None = None
    tables: tuple[Table, ...] = ()
    since: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the figures at the top: its name, value as text, unit and notes."""

    name: str
    value: str
    unit: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The content of a report."""

    title: str
    moment: datetime
    proof: str
    complete: bool | None
    figures: tuple[Figure, ...]
    unknown: tuple[str, ...]
    sections: tuple[Section, ...] = field(default_factory=tuple)

    @property
    def tables(self) -> tuple[Table, ...]:
        """All tables, in order."""
        return tuple(table for section in self.sections for table in section.tables)
