"""Read a TOML file of tables and say, key and line, what is wrong with it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from imagedf.errors import ImagedfError


class Entry(NamedTuple):
    """One ``[[table]]`` of the file, or its top level, with what locates its keys."""

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
        """Raise unless all required keys are there and no unknown ones."""
        known = [*known]
        for key in self.table:
            if key not in known:
                names = ", ".join(known) or "only the lists"
                raise self.wrong(key, f"is not known here; known are {names}")
        for key in required:
            if key not in self.table:
                raise self.wrong(key, "is missing")


class TomlFile(NamedTuple):
    """The top level of a file and its tables of one name."""

    top: Entry
    entries: list[Entry]


def read_toml(path: str | os.PathLike[str], table: str) -> TomlFile:
    """Read a file that holds ``[[table]]`` entries.

    Raises
    ------
    ImagedfError
        The file can't be read, is no TOML, or ``table`` is no array of tables.
    """
    name = os.fspath(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except OSError as error:
        problem = f"can't read {name}: {error.strerror or error}"
    except (RecursionError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = f"{name} can't be read as TOML: {error}"
    else:
        return _located(content, text, table, name)
    raise ImagedfError(problem)


def _located(content: dict[str, Any], text: str, table: str, name: str) -> TomlFile:
    lines = tuple(enumerate(text.splitlines(), start=1))
    header = re.compile(rf"\s*\[\[\s*{re.escape(table)}\s*\]\]")
    starts = [at for at, (_, line) in enumerate(lines) if header.match(line)]
    top = Entry(
        {key: value for key, value in content.items() if key != table},
        "",
        lines[: starts[0]] if starts else lines,
        name,
    )
    tables = content.get(table, [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise top.wrong(table, f"must be tables: begin each with [[{table}]]")
    ends = [*starts[1:], len(lines)] if len(starts) == len(tables) else []
    spans = [lines[start:end] for start, end in zip(starts, ends, strict=False)]
    spans += [lines] * (len(tables) - len(spans))
    numbered = zip(tables, spans, strict=True)
    entries = [
        Entry(one, f"{table} {at}: ", span, name) for at, (one, span) in enumerate(numbered, 1)
    ]
    return TomlFile(top, entries)
