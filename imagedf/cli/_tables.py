"""Tables on a terminal: numbers right-aligned with units, totals last, nothing cut off."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from datetime import date
from textwrap import wrap
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from imagedf.cli._console import one_line
from imagedf.cost import change_in_cents, in_cents

_HEADINGS = {
    "size_gigabytes": "GB",
    "allocated_gigabytes": "GB allocated",
    "unknown_size": "size unknown",
    "unknown_cost": "cost unknown",
    "created_at": "created",
    "snapshot_date": "day",
    "would_go": "could go",
    "age_days": "days old",
    "protected_by": "protected by",
    "cost_note": "note",
}
_EMPTY = ("protected_by", "cost_note")
_ONLY_IF_ANY = ("unknown_size", "unknown_cost")
_LESS = ("oldest", "newest", "accounts", "share", "distribution", "status")
"""Columns that a narrow terminal goes without, before it gets no table at all."""
_LONGEST = 80
_LEAST = 12
_WIDE = 4000


def render(
    frame: pd.DataFrame,
    *,
    total: pd.DataFrame | None = None,
    notes: Sequence[str] = (),
    file: bool = False,
) -> str:
    """Render a frame as text for a terminal, or without any escapes for a file.

    ``total`` is one row with the columns that it has figures for. On a narrow terminal the
    columns move together, then some are left out, which is said; where even that is too wide
    each row becomes a block of lines, since a number cut off is a wrong one.
    """
    frame = frame.drop(
        columns=[name for name in _ONLY_IF_ANY if name in frame and not frame[name].any()]
    )
    styled = not file and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    terminal = not file and sys.stdout.isatty()
    console = Console(
        file=io.StringIO(),
        force_terminal=styled,
        color_system="standard" if styled else None,
        width=None if terminal else _WIDE,
        highlight=False,
        markup=False,
        emoji=False,
    )
    if len(frame) or total is not None:
        _print(console, frame, total)
        if notes:
            console.print()
    for note in notes:
        console.print(Text(one_line(note)), soft_wrap=True)
    written = console.file
    assert isinstance(written, io.StringIO)  # noqa: S101 # given above
    lines = [line.rstrip() for line in written.getvalue().splitlines()]
    # A blank line above and below a table is drawn by it, and one is enough between two things.
    kept = [line for line, above in zip(lines, ["", *lines], strict=False) if line or above]
    return "\n".join(kept).rstrip("\n") + "\n"


def _print(console: Console, frame: pd.DataFrame, total: pd.DataFrame | None) -> None:
    less = [name for name in _LESS if name in frame.columns[1:]]
    narrower: list[tuple[int, list[str]]] = [(3, []), (2, []), (1, [])]
    narrower += [(1, less[: end + 1]) for end in range(len(less))]
    for blanks, left_out in narrower:
        table, width = _table(frame.drop(columns=left_out), total, blanks)
        if width <= console.width:
            console.print(table)
            if left_out:
                names = ", ".join(map(heading, left_out))
                console.print(Text(f"not shown, for want of width: {names}"))
            return
    _print_blocks(console, frame, total)


def _table(frame: pd.DataFrame, total: pd.DataFrame | None, blanks: int) -> tuple[Table, int]:
    """Lay a table out with so many blanks between its columns; tell the width that it needs.

    With but one blank, headings break into lines where they are wider than what is below.
    """
    left, right = (blanks - 1) // 2, blanks // 2
    table = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, right, 0, left),
        show_footer=total is not None,
    )
    keys_shown = False
    columns: list[list[str]] = []
    width = 2 + (len(frame.columns) - 1) * blanks
    for name in frame.columns:
        number = _is_number(frame[name])
        whole = number or _is_day(frame[name])
        cells = [_cell(value, str(name)) for value in frame[name].array]
        ending = _total_of(total, str(name), first=not number and not keys_shown)
        keys_shown = keys_shown or not number
        head = heading(str(name))
        widest = max(map(cell_len, [*cells, ending]))
        if blanks == 1:
            head = "\n".join(wrap(head, max(widest, *map(len, head.split()))))
        widest = max(widest, *map(cell_len, head.splitlines()))
        least = widest if whole else min(_LEAST, widest)
        width += least
        table.add_column(
            head,
            Text(ending),
            justify="right" if number else "left",
            no_wrap=whole,
            min_width=least,
            overflow="fold",
        )
        columns.append(cells)
    for row in zip(*columns, strict=True):
        table.add_row(*(Text(cell) for cell in row))
    return table, width


def _print_blocks(console: Console, frame: pd.DataFrame, total: pd.DataFrame | None) -> None:
    for row in frame.itertuples(index=False):
        for name, value in zip(frame.columns, row, strict=True):
            line = f"{heading(str(name))}: {_cell(value, str(name))}"
            console.print(Text(line), soft_wrap=True)
        console.print()
    if total is not None:
        console.print(Text("total"))
        for name in [name for name in frame.columns if name in total.columns]:
            console.print(Text(f"{heading(name)}: {_total_of(total, name)}"), soft_wrap=True)


def heading(name: str) -> str:
    """Name a column with its unit, as people say it."""
    for suffix, words in (("_before", " before"), ("_after", " after"), ("_delta", ", change")):
        if name.endswith(suffix):
            return f"{heading(name.removesuffix(suffix))}{words}"
    if name in _HEADINGS:
        return _HEADINGS[name]
    for prefix, words in (
        ("allocated_monthly_cost_", "allocated"),
        ("monthly_cost_", ""),
        ("monthly_savings_", "saved,"),
    ):
        if name.startswith(prefix):
            return f"{words} {name.removeprefix(prefix).upper()}/month".strip()
    return name.replace("_", " ")


def _total_of(total: pd.DataFrame | None, name: str, *, first: bool = False) -> str:
    if total is None:
        return ""
    if name in total.columns:
        return _cell(total[name].iloc[0], name)
    return "total" if first else ""


def _is_number(column: pd.Series[Any]) -> bool:
    dtype = column.dtype
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)


def _is_day(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_datetime64_any_dtype(column.dtype)


def _cell(value: Any, name: str) -> str:
    """Write one value for people; what is missing says so."""
    if isinstance(value, list):
        return one_line(", ".join(value))
    if pd.isna(value):
        return _missing(name)
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, str):
        text = one_line(value) or "(empty)"
        return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return _number(value, name)


def _missing(name: str) -> str:
    if name in _EMPTY:
        return ""
    return "unknown" if "monthly_" in name or "gigabytes" in name else "(missing)"


def _number(value: Any, name: str) -> str:
    if name == "id":
        return str(value)
    if pd.api.types.is_bool(value):
        return "yes" if value else "no"
    if name == "share":
        return "<0.1 %" if 0 < value < 0.0005 else f"{value * 100:.1f} %"
    if pd.api.types.is_integer(value):
        return f"{value:+,}" if name.endswith("_delta") and value else f"{value:,}"
    if name == "age_days":
        return f"{value:,.1f}"
    return change_in_cents(value) if name.endswith("_delta") else in_cents(value)
