"""Read a TOML file of tables; errors name the file, line and key."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from imagedf._text import file_kind
from imagedf.errors import ImagedfError


class Entry(NamedTuple):
    """One ``[[table]]`` of the file, or its top level, with the lines of its keys."""

    table: dict[str, Any]
    label: str
    lines: tuple[tuple[int, str], ...]
    file: str

    def wrong(self, key: str, problem: str) -> ImagedfError:
        """Build the error that names file, line and key."""
        pattern = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[.=]")
        first = self.lines[0][0] if self.lines else 1
        line = next((number for number, text in self.lines if pattern.match(text)), first)
        return ImagedfError(f"{self.file}, line {line}: {self.label}{key} {problem}")

    def check_keys(self, known: Iterable[str], required: Iterable[str] = ()) -> None:
        """Raise if a required key is missing, or a key is unknown."""
        known = [*known]
        for key in self.table:
            if key not in known:
                names = ", ".join(known) or "only the lists"
                raise self.wrong(key, f"is not a known key; known keys: {names}")
        for key in required:
            if key not in self.table:
                raise self.wrong(key, "is missing")


class TomlFile(NamedTuple):
    """The top level of a file, and its tables by name."""

    top: Entry
    entries: dict[str, list[Entry]]


def read_toml(path: str | os.PathLike[str], *tables: str) -> TomlFile:
    """Read a file that contains ``[[table]]`` entries of these names.

    Raises
    ------
    ImagedfError
        The file can't be read, is not TOML, or one of ``tables`` is not an array of tables.
    """
    name = os.fspath(path)
    text = _text_of(path, name)
    return _located(_parsed(text, name), text, tables, name)


def _text_of(path: str | os.PathLike[str], name: str) -> str:
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ImagedfError(f"can't read {name}: {getattr(error, 'strerror', error)}") from error
    kind = "JSON" if content.lstrip().startswith(b"{") else file_kind(content)
    if kind:
        raise ImagedfError(f"{name} is {kind}, not TOML")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ImagedfError(f"{name} can't be read as TOML: it is not UTF-8 text") from error


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ImagedfError(f"{name} can't be read as TOML: {error!s:.200}") from error
    except RecursionError as error:
        raise ImagedfError(f"{name} can't be read as TOML: it is nested too deeply") from error
    except ValueError as error:  # Python converts integers of up to 4,300 digits
        raise ImagedfError(f"{name} can't be read as TOML: a number is too long") from error


def _located(content: dict[str, Any], text: str, tables: tuple[str, ...], name: str) -> TomlFile:
    lines = tuple(enumerate(text.splitlines(), start=1))
    # A table ends where the next one begins.
    header = re.compile(r"\s*\[")
    starts = [at for at, (_, line) in enumerate(lines) if header.match(line)]
    plain = {key: value for key, value in content.items() if key not in tables}
    top = Entry(plain, "", lines[: starts[0]] if starts else lines, name)
    ends = [*starts[1:], len(lines)]
    spans = [lines[start:end] for start, end in zip(starts, ends, strict=False)]
    entries = {table: _entries(content.get(table, []), table, spans, top) for table in tables}
    return TomlFile(top, entries)


def _entries(
    found: Any, table: str, spans: list[tuple[tuple[int, str], ...]], top: Entry
) -> list[Entry]:
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise top.wrong(table, f"must be tables: begin each with [[{table}]]")
    header = re.compile(rf"\s*\[\[\s*{re.escape(table)}\s*\]\]")
    own = [span for span in spans if header.match(span[0][1])]
    if len(own) != len(found):  # written inline: any line may have it
        own = [top.lines] * len(found)
    numbered = zip(found, own, strict=True)
    return [
        Entry(item, f"{table} {at}: ", span, top.file)
        for at, (item, span) in enumerate(numbered, 1)
    ]
