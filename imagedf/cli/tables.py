"""Tables on a terminal: numbers right-aligned with units, totals last, nothing cut off."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from imagedf.cli.manners import one_line

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

    ``total`` is one row with the columns that it has figures for. On a terminal too narrow
    for the numbers each row becomes a block of lines, since a number cut off is a wrong one.
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
        table = _table(frame, total)
        needed = Measurement.get(console, console.options.update_width(_WIDE), table).minimum
        if needed <= console.width:
            console.print(table)
        else:
            _print_blocks(console, frame, total)
    for note in notes:
        console.print(Text(one_line(note)), soft_wrap=True)
    written = console.file
    assert isinstance(written, io.StringIO)  # noqa: S101 # given above
    lines = (line.rstrip() for line in written.getvalue().strip("\n").splitlines())
    return "\n".join(lines) + "\n"


def _table(frame: pd.DataFrame, total: pd.DataFrame | None) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_footer=total is not None)
    keys_shown = False
    columns: list[list[str]] = []
    for name in frame.columns:
        number = _is_number(frame[name])
        cells = [_cell(value, str(name)) for value in frame[name].array]
        ending = _total_of(total, str(name), first=not number and not keys_shown)
        keys_shown = keys_shown or not number
        table.add_column(
            heading(str(name)),
            Text(ending),
            justify="right" if number else "left",
            no_wrap=number or _is_day(frame[name]),
            min_width=min(_LEAST, max(map(len, [*cells, heading(str(name))]), default=0)),
            overflow="fold",
        )
        columns.append(cells)
    for row in zip(*columns, strict=True):
        table.add_row(*(Text(cell) for cell in row))
    return table


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
        text = one_line(value)
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
        return f"{value * 100:.1f} %"
    if pd.api.types.is_integer(value):
        return f"{value:,}"
    return f"{value:,.1f}" if name == "age_days" else f"{value:,.2f}"
