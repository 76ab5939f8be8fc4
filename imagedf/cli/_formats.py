"""Data for programs: CSV, JSON, NDJSON, Parquet and Excel; values unchanged, unknown missing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import os

    import pandas as pd

    from imagedf.cli._output import Output


def deliver(
    frame: pd.DataFrame,
    output: Output,
    *,
    total: pd.DataFrame | None = None,
    notes: Sequence[str] = (),
) -> None:
    """Write a frame to the output's file, or to standard output; a workbook also has notes."""
    import tempfile
    from pathlib import Path

    if output.format == "xlsx" and output.path is not None:
        _write_workbook(frame, output.path, total, notes)
        return
    if output.path is not None:
        _write(frame, output.path, output)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "data")
        _write(frame, path, output)
        stdout = sys.stdout.buffer
        stdout.write(path.read_bytes())
        stdout.flush()


def _write(frame: pd.DataFrame, path: str | os.PathLike[str], output: Output) -> None:
    from imagedf.files import write_text

    if output.format == "csv":
        _write_csv(frame, path, header=output.header)
    elif output.format == "json":
        write_text(path, as_json(frame))
    elif output.format == "ndjson":
        write_text(path, "".join(f"{line}\n" for line in _json_rows(frame)))
    else:
        _write_parquet(frame, path)


def _write_workbook(
    frame: pd.DataFrame, path: str, total: pd.DataFrame | None, notes: Sequence[str]
) -> None:
    """Write a workbook whose sheet has the name of the command."""
    from imagedf.files import to_excel

    name = click.get_current_context().info_name or "images"
    sheet = "images" if name in ("fetch", "export") else name
    to_excel(frame, path, sheet=sheet, notes=notes, total=total)


def _write_csv(frame: pd.DataFrame, path: str | os.PathLike[str], *, header: bool) -> None:
    from pathlib import Path

    from imagedf.files import to_csv, write_text

    to_csv(frame, path)
    if not header:
        text = Path(path).read_text(encoding="utf-8")
        write_text(path, text.partition("\n")[2])


def _write_parquet(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write a frame of images with its certificate, and any other frame as is."""
    from imagedf.files import to_parquet, write_plain
    from imagedf.schema import EXPLODED, IMAGE

    present = set(frame.columns)
    layouts = ({column.name for column in layout} for layout in (EXPLODED, IMAGE))
    if any(layout <= present for layout in layouts):
        to_parquet(frame, path)
    else:
        write_plain(frame, path)


def as_json(frame: pd.DataFrame) -> str:
    """Return a frame as a JSON list of objects, one per row, values unchanged."""
    return "[" + ",\n ".join(_json_rows(frame)) + "]\n"


def _json_rows(frame: pd.DataFrame) -> Iterator[str]:
    import json

    import pandas as pd

    columns = {
        str(name): [
            _plain(value.date() if name == "snapshot_date" else value, pd.isna)
            for value in frame[name].array
        ]
        for name in frame.columns
    }
    for row in zip(*columns.values(), strict=True):
        fields = dict(zip(columns, row, strict=True))
        yield json.dumps(fields, ensure_ascii=False, allow_nan=False)


def _plain(value: Any, is_missing: Callable[[Any], bool]) -> Any:
    if isinstance(value, list | tuple):
        return list(value)
    if is_missing(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value
