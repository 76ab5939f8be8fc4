"""Tables on a terminal and in Markdown: numbers right-aligned, totals last, no number cut off."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

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
_LEAST = 12
_LEAST_OF = {"name": 26, "column": 26, "meaning": 30}
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
    texts = [[*cells, end] for cells, end in zip(sheet.columns(), sheet.totals(), strict=True)]
    needed = dict(
        zip(sheet.frame.columns, (max(map(cell_len, text)) for text in texts), strict=True)
    )
    for blanks, left_out, least in _layouts(sheet):
        shown = sheet.without(left_out)
        columns = [
            _column(shown.frame[name], head, needed[name], least, blanks)
            for name, head in zip(shown.frame.columns, shown.headings(), strict=True)
        ]
        room = console.width - 2 - (len(columns) - 1) * blanks
        widths = _widths([one.least for one in columns], [one.widest for one in columns], room)
        if widths:
            console.print(_table(shown, columns, widths, blanks))
            if left_out:
                names = ", ".join(name.replace("_", " ") for name in left_out)
                console.print(Text(f"Hidden (terminal too narrow): {names}"))
            return
    _print_blocks(console, sheet)


def _layouts(sheet: Sheet) -> Iterator[tuple[int, list[str], dict[str, int] | None]]:
    """Yield blanks between columns, columns left out, and the least widths of wrapped text.

    First without a wrapped cell (None), then narrower, then with fewer columns.
    """
    for blanks in (3, 2, 1):
        yield blanks, [], None
    less = [name for name in sheet.less if name in sheet.frame.columns[1:]]
    for end in range(len(less) + 1):
        yield 1, less[:end], _LEAST_OF
    yield 1, less, {}


class _Column(NamedTuple):
    head: str
    number: bool
    whole: bool
    least: int
    widest: int


def _column(
    values: pd.Series[Any], head: str, needed: int, least_of: dict[str, int] | None, blanks: int
) -> _Column:
    """Return how a column is laid out; with one blank, its heading may break into lines."""
    number = is_number(values)
    whole = number or least_of is None or pd.api.types.is_datetime64_any_dtype(values.dtype)
    if blanks == 1:
        head = "\n".join(wrap(head, max(needed, *map(len, head.split()))))
    widest = max(needed, *map(cell_len, head.splitlines()))
    least = _LEAST if least_of is None else least_of.get(str(values.name), _LEAST)
    return _Column(head, number, whole, widest if whole else min(least, widest), widest)


def _widths(least: list[int], widest: list[int], room: int) -> list[int]:
    """Share the room among columns, those that lack the least first; empty if it is too narrow."""
    spare = room - sum(least)
    if spare < 0:
        return []
    widths = list(least)
    lacking = sorted(range(len(least)), key=lambda place: widest[place] - least[place])
    for columns, place in zip(range(len(least), 0, -1), lacking, strict=True):
        more = min(widest[place] - least[place], spare // columns)
        widths[place] += more
        spare -= more
    return widths


def _table(sheet: Sheet, columns: list[_Column], widths: list[int], blanks: int) -> Table:
    """Build a table of columns with set widths: rich would cut off what it can't shrink."""
    table = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, blanks // 2, 0, (blanks - 1) // 2),
        show_footer=sheet.total is not None,
        show_header=sheet.header,
    )
    for column, width, ending in zip(columns, widths, sheet.totals(), strict=True):
        table.add_column(
            column.head,
            Text(ending),
            justify="right" if column.number else "left",
            no_wrap=column.whole,
            width=width,
            overflow="fold",
        )
    for row in zip(*sheet.columns(), strict=True):
        table.add_row(*(Text(text, _style_of(text)) for text in row))
    return table


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
