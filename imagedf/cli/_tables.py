"""Tables on a terminal and in Markdown: numbers right-aligned, totals last, no number cut off."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from imagedf._text import MISSING, UNKNOWN, one_line
from imagedf.cli._cells import Sheet, is_number

__all__ = ["Sheet", "render", "render_markdown"]

_ONLY_IF_ANY = ("unknown_size", "unknown_cost")
_LESS = ("oldest", "newest", "accounts", "share", "status", "distribution", "id", "created_at")
"""Columns that a narrow terminal omits, in this order, before it shows blocks of lines."""
_LEAST = 12
_LEAST_OF = {"name": 26, "meaning": 30}
_WIDE = 4000
_STYLES = {
    UNKNOWN: "yellow",
    MISSING: "dim",
    "0.00": "dim",
    "removed": "red",
    "added": "green",
}


def render(sheet: Sheet, notes: Sequence[str] = (), *, file: bool = False) -> str:
    """Render a table as text for a terminal, or without any escapes for a file.

    On a narrow terminal the columns move together, then some are left out, which is said;
    where even that is too wide each row becomes a block of lines, so that no number is cut.
    """
    sheet = _without_zeros(sheet)
    terminal = not file and sys.stdout.isatty()
    styled = terminal and not os.environ.get("NO_COLOR")
    console = Console(
        file=io.StringIO(),
        force_terminal=styled,
        color_system="standard" if styled else None,
        width=None if terminal else _WIDE,
        highlight=False,
        markup=False,
        emoji=False,
    )
    if len(sheet.frame) or sheet.total is not None:
        _print(console, sheet)
        if notes:
            console.print()
    for note in notes:
        _print_note(console, note, wrapped=terminal)
    written = console.file
    assert isinstance(written, io.StringIO)  # noqa: S101 # given above
    lines = [line.rstrip() for line in written.getvalue().splitlines()]
    # rich draws a blank line above and below a table, and one is enough between two things.
    kept = [line for line, above in zip(lines, ["", *lines], strict=False) if line or above]
    return "\n".join(kept).rstrip("\n") + "\n"


def _print_note(console: Console, note: str, *, wrapped: bool) -> None:
    for line in wrap(one_line(note), console.width, break_long_words=False) if wrapped else [note]:
        console.print(Text(one_line(line)), soft_wrap=True)


def _without_zeros(sheet: Sheet) -> Sheet:
    """Leave out the counts of unknown values where there are none."""
    frame = sheet.frame
    return sheet.without([name for name in _ONLY_IF_ANY if name in frame and not frame[name].any()])


def _print(console: Console, sheet: Sheet) -> None:
    less = [name for name in _LESS if name in sheet.frame.columns[1:]]
    fewer = [less[: end + 1] for end in range(len(less))]
    narrower: list[tuple[int, list[str], bool]] = [(blanks, [], True) for blanks in (3, 2, 1)]
    narrower += [(1, names, True) for names in fewer] + [(1, less, False)]
    for blanks, left_out, roomy in narrower:
        table, width = _table(sheet.without(left_out), blanks, roomy=roomy)
        if width <= console.width:
            console.print(table)
            if left_out:
                names = ", ".join(name.replace("_", " ") for name in left_out)
                console.print(Text(f"Hidden (terminal too narrow): {names}"))
            return
    _print_blocks(console, sheet)


def _table(sheet: Sheet, blanks: int, *, roomy: bool) -> tuple[Table, int]:
    """Build a table with so many blanks between its columns; return the width that it needs.

    With one blank, headings break into lines where they are wider than the column; a roomy
    table has names on one line where possible.
    """
    table = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, blanks // 2, 0, (blanks - 1) // 2),
        show_footer=sheet.total is not None,
        show_header=sheet.header,
    )
    width = 2 + (len(sheet.frame.columns) - 1) * blanks
    columns = sheet.columns()
    described = zip(sheet.frame.columns, sheet.headings(), columns, sheet.totals(), strict=True)
    for name, head, cells, ending in described:
        column = sheet.frame[name]
        least = _LEAST_OF.get(str(name), _LEAST) if roomy else _LEAST
        width += _add_column(table, column, head, [*cells, ending], least, tight=blanks == 1)
    for row in zip(*columns, strict=True):
        table.add_row(*(Text(text, _style_of(text)) for text in row))
    return table, width


def _add_column(
    table: Table, column: pd.Series[Any], head: str, cells: list[str], least: int, *, tight: bool
) -> int:
    """Add a column and return the width that it needs at least."""
    number = is_number(column)
    whole = number or pd.api.types.is_datetime64_any_dtype(column.dtype)
    widest = max(map(cell_len, cells))
    if tight:
        head = "\n".join(wrap(head, max(widest, *map(len, head.split()))))
    widest = max(widest, *map(cell_len, head.splitlines()))
    if not tight:  # the label of the totals on one line
        least = max(least, cell_len(cells[-1]))
    least = widest if whole else min(least, widest)
    table.add_column(
        head,
        Text(cells[-1]),
        justify="right" if number else "left",
        no_wrap=whole,
        min_width=least,
        overflow="fold",
    )
    return least


def _style_of(text: str) -> str:
    return _STYLES.get(text, "")


def _print_blocks(console: Console, sheet: Sheet) -> None:
    heads = sheet.headings()
    for row in zip(*sheet.columns(), strict=True):
        for head, text in zip(heads, row, strict=True):
            console.print(Text(f"{head}: {text}"), soft_wrap=True)
        console.print()
    if sheet.total is not None:
        console.print(Text(sheet.label))
        for name, head, text in zip(sheet.frame.columns, heads, sheet.totals(), strict=True):
            if name in sheet.total.columns:
                console.print(Text(f"{head}: {text}"), soft_wrap=True)


def render_markdown(sheet: Sheet, notes: Sequence[str] = ()) -> str:
    """Render a table as GitHub's Markdown, for pull requests and chats."""
    sheet = _without_zeros(sheet)
    marks = ["---:" if is_number(sheet.frame[name]) else "---" for name in sheet.frame.columns]
    rows = [sheet.headings(), marks] if sheet.header else []
    rows += [[_escaped(text) for text in row] for row in zip(*sheet.columns(), strict=True)]
    if sheet.total is not None:
        rows.append([f"**{_escaped(text)}**" if text else "" for text in sheet.totals()])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines += ["", *(f"{_escaped(one_line(note), '<>*|')}  " for note in notes)] if notes else []
    return "\n".join(lines) + "\n"


def _escaped(text: str, marks: str = "\\`*_[]<>|~#") -> str:
    """Escape what Markdown or HTML would interpret."""
    for mark in marks:
        text = text.replace(mark, f"\\{mark}")
    return text
