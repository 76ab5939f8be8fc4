"""The output of a command: a table for people, or data for programs."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from imagedf._text import counted
from imagedf.cli import _complete
from imagedf.cli._cells import LESS, Sheet
from imagedf.cli._console import say
from imagedf.cli._names import nearest
from imagedf.cli._options import OUTPUT_GROUP, Decorator, Function, count, shared

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("table", "csv", "json", "ndjson", "md", "parquet")
PEOPLE = ("table", "md")
_OF_SUFFIX = {
    ".csv": "csv",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".md": "md",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".txt": "table",
    ".xlsx": "xlsx",
}
_TEXT = (".txt", ".prom")
_PLAIN = {"─": "-", "→": "->", "…": "...", "–": "-", "−": "-"}
_output_option = functools.partial(shared, OUTPUT_GROUP)


class Output(NamedTuple):
    """The destination and format of a command's data, and the rows and columns to write."""

    format: str
    path: str | None
    columns: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    limit: int | None = None
    header: bool = True

    @property
    def for_people(self) -> bool:
        """Whether the output is for people: rounded numbers, and words as headings."""
        return self.format in PEOPLE


def gives_data(*more: str, directory: str | None = None) -> Decorator:
    """Add ``--format``, ``-o``, ``--columns`` and similar options; the command gets ``output``.

    With the flag that ``directory`` names, ``-o`` is a directory.
    """

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def packed(*, format: str | None, path: str | None, **options: Any) -> Any:  # noqa: A002 # the option's name
            chosen = {name: options.pop(name) for name in ("columns", "sort", "limit", "header")}
            to_directory = directory is not None and options[directory]
            kind = "parquet" if to_directory else _format(format, path, more)
            output = Output(kind, None if path == "-" else path, **chosen)
            return function(output=output, **options)

        command: Function = packed
        for option in reversed(_options([*FORMATS, *more])):
            command = option(command)
        return command

    return decorate


def _options(formats: Sequence[str]) -> list[Decorator]:
    return [
        _output_option("--format", type=click.Choice(formats), help="Default table."),
        _output_option(
            "-o",
            "--output",
            "path",
            metavar="FILE",
            type=click.Path(allow_dash=True),
            help="Write to this file; the suffix sets the format (also .xlsx).",
        ),
        _output_option(
            "--columns",
            metavar="NAME[,NAME]",
            callback=_split,
            shell_complete=_complete.columns,
            help="Show only these columns, in this order.",
        ),
        _output_option(
            "--sort",
            metavar="[-]NAME[,NAME]",
            callback=_split,
            shell_complete=_complete.columns,
            help="Sort by these columns; a leading - means largest first.",
        ),
        _output_option("--limit", metavar="N", type=count(), help="Show only N rows."),
        _output_option(
            "--no-header", "header", flag_value=False, default=True, help="Omit the header."
        ),
    ]


def _split(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",")) if value else ()


def _format(chosen: str | None, path: str | None, more: Sequence[str]) -> str:
    """Return the format, which the suffix of a file determines."""
    if path is None or path == "-":
        if chosen == "parquet" and sys.stdout.isatty():
            raise click.UsageError("can't write Parquet to a terminal; use -o FILE or a pipe")
        return chosen or "table"
    from pathlib import Path

    from imagedf.files import check_target

    suffix = "" if path.endswith("/") else Path(path).suffix.lower()
    implied = _OF_SUFFIX.get(suffix)
    if suffix in _TEXT and chosen in more:
        implied = chosen
    if implied is None:
        known = ", ".join(_OF_SUFFIX)
        raise click.UsageError(f"-o {path:.200}: the suffix must be one of {known}")
    if chosen not in (None, implied):
        raise click.UsageError(f"-o {path:.200} and --format {chosen} contradict each other")
    if implied == "xlsx" and find_spec("xlsxwriter") is None:
        raise click.UsageError("Excel files need xlsxwriter: pip install 'imagedf[excel]'")
    check_target(path)
    return implied


def emit(
    frame: pd.DataFrame,
    output: Output,
    *,
    total: pd.DataFrame | None = None,
    total_label: str = "total",
    notes: Sequence[str] = (),
    columns: Sequence[str] | None = None,
    less: tuple[str, ...] = LESS,
    newest: bool = False,
) -> None:
    """Print a frame, or write it to a file.

    People get a table of ``columns`` (default all) with ``total`` as its last row and ``notes``
    below; a narrow terminal omits ``less``. Programs get all columns, and the notes go to
    standard error. ``newest`` means that rows are in order of time, and the limit keeps the last.
    """
    newest = newest and not output.sort
    rows = _chosen_rows(frame, output, newest=newest)
    notes = [*_rows_left_out(len(rows), len(frame), newest=newest), *notes]
    if output.for_people:
        names = output.columns or columns
        shown = rows if names is None else rows[list(names)]
        sheet = Sheet(shown, total, total_label, output.header, less)
        _deliver_text(_text_of(sheet, output, notes), output)
    else:
        from imagedf.cli._formats import deliver

        for note in notes:
            say(note)
        chosen = rows[list(output.columns)] if output.columns else rows
        deliver(chosen, output, total=total, notes=notes)
    if output.path is not None:
        say(f"wrote {output.path}: {counted(len(rows), 'row')}")


def check_columns(output: Output, known: Iterable[str]) -> None:
    """Raise if ``--columns`` or ``--sort`` has a name that is not among the known columns."""
    if len(set(output.columns)) != len(output.columns):
        raise click.UsageError("--columns names a column twice")
    keys = [name.removeprefix("-") for name in output.sort]
    names = list(known)
    for option, chosen in (("--columns", output.columns), ("--sort", keys)):
        for name in chosen:
            if name not in names:
                raise click.UsageError(f"{option}: {nearest(name, names, 'a column')}")


def _chosen_rows(frame: pd.DataFrame, output: Output, *, newest: bool) -> pd.DataFrame:
    check_columns(output, map(str, frame.columns))
    keys = [name.removeprefix("-") for name in output.sort]
    if output.sort:
        ascending = [not name.startswith("-") for name in output.sort]
        try:
            frame = frame.sort_values(keys, ascending=ascending, kind="stable", ignore_index=True)
        except TypeError as error:
            raise click.UsageError(f"--sort: {', '.join(keys)} can't be sorted") from error
    if output.limit is None:
        return frame
    return frame.tail(output.limit) if newest else frame.head(output.limit)


def _rows_left_out(shown: int, rows: int, *, newest: bool) -> list[str]:
    which = "the newest " if newest else ""
    return [f"{which}{shown:,} of {counted(rows, 'row')} shown"] if shown < rows else []


def _text_of(sheet: Sheet, output: Output, notes: Sequence[str]) -> str:
    from imagedf.cli._tables import render, render_markdown

    if output.format == "md":
        return render_markdown(sheet, notes)
    return render(sheet, notes, file=output.path is not None)


def emit_lines(lines: Sequence[str], path: str | None) -> None:
    """Print plain lines, such as ids, or write them to a file."""
    _deliver_text("".join(f"{line}\n" for line in lines), Output("ids", path))
    if path is not None:
        say(f"wrote {path}: {counted(len(lines), 'line')}")


def _deliver_text(text: str, output: Output) -> None:
    if output.path is not None:
        from imagedf.files import write_text

        write_text(output.path, text)
    elif output.format == "table" and _is_long(text):
        _page(_for_console(text))
    else:
        click.echo(_for_console(text), nl=False)


def _is_long(text: str) -> bool:
    """Return whether a text is too long for the terminal on which it is shown."""
    import shutil

    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        return False
    return text.count("\n") >= shutil.get_terminal_size().lines


def _page(text: str) -> None:
    """Show long text in the user's pager; like git, let less keep colors and quit if all fits."""
    import os

    os.environ.setdefault("LESS", "FRX")
    click.echo_via_pager(text, color="\x1b" in text)


def _for_console(text: str) -> str:
    """Replace lines and arrows by plain characters if the console's encoding lacks them."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return text.translate({ord(special): plain for special, plain in _PLAIN.items()})
    return text
