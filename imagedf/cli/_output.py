"""What a command gives out: a table for people, or CSV, JSON and Parquet for programs."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from imagedf._text import counted
from imagedf.cli._console import say
from imagedf.cli._options import OUTPUT_GROUP, Decorator, shared

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_PLAIN = {"─": "-", "→": "->", "…": "...", "–": "-", "−": "-"}
FORMATS = ("table", "csv", "json", "parquet")
_OF_SUFFIX = {
    ".csv": "csv",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".txt": "table",
    ".xlsx": "xlsx",
}


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's data go, and as what."""

    format: str
    path: str | None


def gives_data(*more: str) -> Decorator:
    """Give a command ``--format`` and ``-o``; it gets them as ``output``."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def packed(*, format: str | None, path: str | None, **options: Any) -> Any:  # noqa: A002 # the option's name
            return command(output=_output(format, path), **options)

        chosen = shared(
            OUTPUT_GROUP,
            "--format",
            type=click.Choice([*FORMATS, *more]),
            help="Default table.",
        )
        written = shared(
            OUTPUT_GROUP,
            "-o",
            "--output",
            "path",
            metavar="FILE",
            type=click.Path(allow_dash=True),
            help="Write to this file; the suffix sets the format (also .xlsx).",
        )
        return chosen(written(packed))

    return decorate


def _output(chosen: str | None, path: str | None) -> Output:
    if path is None or path == "-":
        if chosen == "parquet" and sys.stdout.isatty():
            raise click.UsageError("Parquet is nothing for a terminal: give -o FILE, or a pipe")
        return Output(chosen or "table", None)
    from pathlib import Path

    from imagedf.files import check_target

    told = _OF_SUFFIX.get(Path(path).suffix.lower())
    if told is None and chosen is None:
        known = ", ".join(_OF_SUFFIX)
        raise click.UsageError(f"-o {path}: the suffix must be one of {known}, or give --format")
    fitting = (None, "table", "ids") if told == "table" else (None, told)
    if told is not None and chosen not in fitting:
        raise click.UsageError(f"-o {path} and --format {chosen} contradict each other")
    if told == "xlsx" and find_spec("xlsxwriter") is None:
        raise click.UsageError("Excel files need xlsxwriter: pip install 'imagedf[excel]'")
    check_target(path)
    return Output(chosen or str(told), path)


def emit(
    frame: pd.DataFrame,
    output: Output,
    *,
    total: pd.DataFrame | None = None,
    notes: Sequence[str] = (),
    columns: Sequence[str] | None = None,
) -> None:
    """Give a frame out.

    A table shows ``columns`` alone (default all), ``total`` as its last row and ``notes``
    below; for programs the whole frame goes out and the notes are said on standard error.
    """
    if output.format == "table":
        from imagedf.cli._tables import render
        from imagedf.summary import with_gaps

        shown = with_gaps(frame)
        shown = shown if columns is None else shown[list(columns)]
        last = None if total is None else with_gaps(total)
        text = render(shown, total=last, notes=notes, file=output.path is not None)
        _deliver_text(text, output.path)
    else:
        for note in notes:
            say(note)
        _deliver_data(frame, output)
    if output.path is not None:
        say(f"wrote {output.path}: {counted(len(frame), 'row')}")


def emit_lines(lines: Sequence[str], path: str | None) -> None:
    """Give plain lines out, such as ids."""
    _deliver_text("".join(f"{line}\n" for line in lines), path)
    if path is not None:
        say(f"wrote {path}: {counted(len(lines), 'line')}")


def _deliver_text(text: str, path: str | None) -> None:
    if path is None:
        click.echo(_for_console(text), nl=False)
        return
    from imagedf.files import write_text

    write_text(path, text)


def _for_console(text: str) -> str:
    """Draw lines and arrows with plain characters where the console has no others."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return text.translate({ord(odd): plain for odd, plain in _PLAIN.items()})
    return text


def _deliver_data(frame: pd.DataFrame, output: Output) -> None:
    import tempfile
    from pathlib import Path

    if output.path is not None:
        _write(frame, Path(output.path), output.format)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data")
        _write(frame, path, output.format)
        stdout = sys.stdout.buffer
        stdout.write(path.read_bytes())
        stdout.flush()


def _write(frame: pd.DataFrame, path: Path, kind: str) -> None:
    from imagedf.files import to_csv, to_excel, to_parquet, write_plain, write_text

    if kind == "csv":
        to_csv(frame, path)
    elif kind == "xlsx":
        to_excel(frame, path)
    elif kind == "json":
        write_text(path, as_json(frame))
    elif {"account", "id", "name", "min_disk_size"} <= set(frame.columns):
        to_parquet(frame, path)
    else:
        write_plain(frame, path)


def as_json(frame: pd.DataFrame) -> str:
    """Write a frame as a JSON list of objects, one a row, values unchanged."""
    import json

    import pandas as pd

    columns = {
        str(name): [
            _plain(value.date() if name == "snapshot_date" else value, pd.isna)
            for value in frame[name].array
        ]
        for name in frame.columns
    }
    rows = zip(*columns.values(), strict=True)
    lines = (
        json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False, allow_nan=False)
        for row in rows
    )
    return "[" + ",\n ".join(lines) + "]\n"


def _plain(value: Any, is_missing: Callable[[Any], bool]) -> Any:
    if isinstance(value, list | tuple):
        return list(value)
    if is_missing(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
