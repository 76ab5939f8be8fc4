"""Format values for people: rounded, with units in the heading, and missing values as words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from imagedf._text import EMPTY, MISSING, UNKNOWN, change, in_cents, one_line, percent, shorten

if TYPE_CHECKING:
    import pandas as pd

_HEADINGS = {
    "size_gigabytes": "GB",
    "allocated_gigabytes": "GB allocated",
    "unknown_size": "unknown size",
    "unknown_cost": "unknown cost",
    "created_at": "created",
    "snapshot_date": "day",
    "age_days": "days old",
    "selected_by": "selected by",
    "kept_by": "kept by",
    "not_deletable": "not deletable",
    "deletable_gigabytes": "GB deletable",
    "remaining_gigabytes": "GB remaining",
    "review": "to review",
    "cost_note": "note",
    "estimated_usd": "USD estimated",
    "billed_usd": "USD billed",
    "difference_usd": "USD difference",
    "stated_cost_usd": "USD stated",
    "estimated_cost_usd": "USD estimated",
    "allowed_days": "days allowed",
}
_MONEY = (
    ("allocated_cost_", "{0}/month allocated"),
    ("monthly_cost_", "{0}/month"),
    ("monthly_savings_", "{0}/month saved"),
    ("yearly_savings_", "{0}/year saved"),
    ("remaining_monthly_cost_", "{0}/month remaining"),
)
_EMPTY = (
    *("refused", "selected_by", "kept_by", "cost_note", "not_deletable", "unit", "basis", "note"),
    *("estimated_usd", "billed_usd", "difference_usd", "hours", "plan", "newest"),
)
_LONGEST = 80
LESS = ("oldest", "newest", "accounts", "share", "status", "distribution", "id", "created_at")


class Sheet(NamedTuple):
    """A frame to show, with an optional row of totals: a frame with one row.

    A narrow terminal omits the columns in ``less``, in this order, before it switches to blocks.
    """

    frame: pd.DataFrame
    total: pd.DataFrame | None = None
    label: str = "total"
    header: bool = True
    less: tuple[str, ...] = LESS

    def without(self, names: list[str]) -> Sheet:
        """Return the sheet with fewer columns."""
        return self._replace(frame=self.frame.drop(columns=names))

    def headings(self) -> list[str]:
        """Return the heading of each column."""
        names = [str(name) for name in self.frame.columns]
        return [heading(name, names) for name in names]

    def columns(self) -> list[list[str]]:
        """Return the cells of each column."""
        return [self._cells(str(name)) for name in self.frame.columns]

    def totals(self) -> list[str]:
        """Return the cells of the row of totals; its label is in the first column of text."""
        label, cells = self.label, []
        for name in self.frame.columns:
            known = self.total is not None and name in self.total.columns
            if known and self.total is not None:
                cells.append(cell(self.total[name].iloc[0], str(name)))
            elif not is_number(self.frame[name]):
                cells.append(label)
                label = ""
            else:
                cells.append("")
        return cells

    def _cells(self, name: str) -> list[str]:
        values = list(self.frame[name].array)
        if self.total is not None and name in self.total.columns and _is_amount(name):
            from imagedf.cost import shown_parts

            values = shown_parts(values, self.total[name].iloc[0])
        return [cell(value, name) for value in values]


def _is_amount(name: str) -> bool:
    measure = "gigabytes" in name or "cost_" in name or "savings_" in name
    return measure or name.endswith("_usd")


def is_number(column: pd.Series[Any]) -> bool:
    """Return whether a column is right-aligned."""
    import pandas as pd

    dtype = column.dtype
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)


def heading(name: str, among: list[str] | None = None) -> str:
    """Return a column's heading with its unit.

    Next to amounts allocated to a region or tag, the plain amounts are called present.
    """
    for suffix, words in (("_before", " before"), ("_after", " after"), ("_delta", ", change")):
        if name.endswith(suffix):
            return f"{heading(name.removesuffix(suffix))}{words}"
    present = " present" if among and _allocated_beside(name, among) else ""
    for prefix, words in _MONEY:
        if name.startswith(prefix):
            return words.format(name.removeprefix(prefix).upper()) + present
    return _HEADINGS.get(name, name.replace("_", " ")) + present


def _allocated_beside(name: str, among: list[str]) -> bool:
    measure = name.startswith(("size_gigabytes", "monthly_cost_"))
    return measure and any(other.startswith("allocated_") for other in among)


def cell(value: Any, name: str) -> str:
    """Return one value formatted for people; a missing value is a word."""
    import pandas as pd

    if isinstance(value, list):
        return one_line(", ".join(map(str, value)))
    if pd.isna(value):
        return _missing(name)
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, str):
        return shorten(one_line(value), _LONGEST) or ("" if name in _EMPTY else EMPTY)
    return _number(value, name)


def _missing(name: str) -> str:
    if name in _EMPTY:
        return ""
    unknown = ("share", "source", "used", "items", "unknown_cost")
    return UNKNOWN if _is_amount(name) or name in unknown else MISSING


def _number(value: Any, name: str) -> str:
    import pandas as pd

    if name == "id" or name.endswith("_id"):
        return str(value)
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    if name == "share":
        return percent(value)
    if pd.api.types.is_integer(value):
        return f"{value:+,}" if name.endswith("_delta") and value else f"{value:,}"
    if name == "age_days":
        return f"{value:,.1f}"
    return change(value) if name.endswith("_delta") else in_cents(value)
