"""Columns of text with fixed widths, aligned, and folded at words if needed.

A thousand rows take milliseconds, where rich's tables take a third of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

# Only this part of rich, which is fast to import: it knows the width of each character.
from rich.cells import cell_len

Style = Callable[[str], str]
"""Returns text with the escapes of its color, or as is."""


def width_of(text: str) -> int:
    """Return the number of terminal columns that a text takes."""
    return cell_len(text)


class Grid:
    """Columns of fixed widths, with blanks between them, drawn row by row."""

    def __init__(self, widths: Sequence[int], numbers: Sequence[bool], blanks: int) -> None:
        self._widths, self._numbers, self._gap = widths, numbers, " " * blanks

    def head(self, heads: Sequence[str], style: Style) -> list[str]:
        """Return the headings, aligned at the bottom, and the rule below them."""
        parts = [
            [line for part in head.splitlines() for line in fold(part, width)]
            for head, width in zip(heads, self._widths, strict=True)
        ]
        tall = max(map(len, parts), default=0)
        lines = self._lines([[""] * (tall - len(part)) + part for part in parts], style)
        rule = sum(self._widths) + len(self._gap) * (len(self._widths) - 1)
        return [*lines, f" {'─' * rule}"]

    def row(self, cells: Sequence[str], style: Style) -> list[str]:
        """Return the lines of one row."""
        parts = [fold(cell, width) for cell, width in zip(cells, self._widths, strict=True)]
        return list(self._lines(parts, style))

    def _lines(self, parts: Sequence[list[str]], style: Style) -> Iterator[str]:
        for place in range(max(map(len, parts), default=0)):
            places = zip(parts, self._numbers, self._widths, strict=True)
            cells = (
                _aligned(part[place] if place < len(part) else "", number, width, style)
                for part, number, width in places
            )
            yield f" {self._gap.join(cells)}".rstrip()


def _aligned(text: str, number: bool, width: int, style: Style) -> str:  # noqa: FBT001 # a column's
    blanks = " " * (width - cell_len(text))
    return f"{blanks}{style(text)}" if number else f"{style(text)}{blanks}"


def fold(text: str, width: int) -> list[str]:
    """Return text broken into lines at words; a word that is too long is cut."""
    if cell_len(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(longer) <= width:
            lines[-1] = longer
            continue
        first, *rest = _cut(word, width)
        lines[-1:] = [*filter(None, lines[-1:]), first, *rest]
    return lines


def _cut(word: str, width: int) -> list[str]:
    """Return the parts of a word that fit, each of at least one character."""
    parts = [""]
    for character in word:
        if parts[-1] and cell_len(parts[-1] + character) > width:
            parts.append("")
        parts[-1] += character
    return parts
