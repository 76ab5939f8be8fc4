"""Tables on a terminal and in Markdown: numbers right-aligned, totals last, no number cut off."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any, NamedTuple

import click
import pandas as pd

from imagedf._text import MISSING, UNKNOWN, one_line
from imagedf.cli._cells import Sheet, is_number
from imagedf.cli._grid import Grid, Style, width_of

__all__ = ["Sheet", "render", "render_markdown"]

_ONLY_IF_ANY = ("unknown_size", "unknown_cost")
_LEAST = 12
_LEAST_OF = {"name": 26, "column": 26, "meaning": 30}
_WIDE = 4000
_STYLES: dict[str, dict[str, Any]] = {
    UNKNOWN: {"fg": "yellow"},
    MISSING: {"dim": True},
    "0.00": {"dim": True},
    "removed": {"fg": "red"},
    "added": {"fg": "green"},
}


def render(sheet: Sheet, notes: Sequence[str] = (), *, file: bool = False) -> str:
    """Render a table as text for a terminal, or without any escapes for a file.

    On a narrow terminal, columns move together, then some are left out, with a note; if even
    that is too wide, each row becomes a block of lines, so that no number is cut off.
    """
    sheet = _without_zeros(sheet)
    terminal = not file and sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else _WIDE
    lines: list[str] = []
    if len(sheet.frame) or sheet.total is not None:
        styled = terminal and not os.environ.get("NO_COLOR")
        lines = [*_lines(sheet, width, _colored if styled else str, _bold if styled else str), ""]
    for note in map(one_line, notes):
        lines += wrap(note, width, break_long_words=False) if terminal else [note]
    # One blank line between two parts is enough.
    kept = [line for line, above in zip(lines, ["", *lines], strict=False) if line or above]
    return "\n".join(kept).rstrip("\n") + "\n"


def _colored(text: str) -> str:
    return click.style(text, **_STYLES[text]) if text in _STYLES else text


def _bold(text: str) -> str:
    return click.style(text, bold=True) if text else text


def _without_zeros(sheet: Sheet) -> Sheet:
    """Leave out the counts of unknown values if there are none."""
    frame = sheet.frame
    return sheet.without([name for name in _ONLY_IF_ANY if name in frame and not frame[name].any()])


def _lines(sheet: Sheet, width: int, style: Style, bold: Style) -> list[str]:
    endings = sheet.totals() if sheet.total is not None else [""] * len(sheet.frame.columns)
    texts = [[*cells, end] for cells, end in zip(sheet.columns(), endings, strict=True)]
    needed = dict(
        zip(sheet.frame.columns, (max(map(width_of, text)) for text in texts), strict=True)
    )
    for blanks, left_out, least in _layouts(sheet):
        shown = sheet.without(left_out)
        columns = [
            _column(shown.frame[name], head, needed[name], least, blanks)
            for name, head in zip(shown.frame.columns, shown.headings(), strict=True)
        ]
        room = width - 2 - (len(columns) - 1) * blanks
        widths = _widths(
            [column.least for column in columns], [column.widest for column in columns], room
        )
        if widths:
            names = ", ".join(name.replace("_", " ") for name in left_out)
            hidden = wrap(f"Hidden (terminal too narrow): {names}", width) if left_out else []
            grid = Grid(widths, [column.number for column in columns], blanks)
            heads = [column.head for column in columns]
            return [*_drawn(shown, grid, heads, style, bold), "", *hidden]
    return list(_blocks(sheet))


def _drawn(
    sheet: Sheet, grid: Grid, heads: Sequence[str], style: Style, bold: Style
) -> Iterator[str]:
    if sheet.header:
        yield from grid.head(heads, bold)
    for row in zip(*sheet.columns(), strict=True):
        yield from grid.row(row, style)
    if sheet.total is not None:
        yield from ["", *grid.row(sheet.totals(), bold)]


def _layouts(sheet: Sheet) -> Iterator[tuple[int, list[str], dict[str, int] | None]]:
    """Yield the blanks between columns, the columns left out, and minimum widths of wrapped text.

    First without wrapped cells (None), then narrower, then with fewer columns.
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
    """Return the layout of a column; with one blank between columns, headings may wrap."""
    number = is_number(values)
    whole = number or least_of is None or pd.api.types.is_datetime64_any_dtype(values.dtype)
    if blanks == 1:
        head = "\n".join(wrap(head, max(needed, *map(len, head.split()))))
    widest = max(needed, *map(width_of, head.splitlines()))
    least = _LEAST if least_of is None else least_of.get(str(values.name), _LEAST)
    return _Column(head, number, whole, widest if whole else min(least, widest), widest)


def _widths(least: list[int], widest: list[int], room: int) -> list[int]:
    """Return widths that fit, serving columns that lack the least first; empty if too narrow."""
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


def _blocks(sheet: Sheet) -> Iterator[str]:
    heads = sheet.headings()
    for row in zip(*sheet.columns(), strict=True):
        yield from (f"{head}: {text}".rstrip() for head, text in zip(heads, row, strict=True))
        yield ""
    if sheet.total is not None:
        yield sheet.label
        for name, head, text in zip(sheet.frame.columns, heads, sheet.totals(), strict=True):
            if name in sheet.total.columns:
                yield f"{head}: {text}".rstrip()


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
