"""``imagedf diff``: what changed between two files or days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from imagedf.cli._console import CHANGED
from imagedf.cli._options import command, reading, usage_errors, with_history
from imagedf.cli._output import Output, emit, gives_data

if TYPE_CHECKING:
    import pandas as pd

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@command(epilog="Example: imagedf diff 2026-11-01 2026-11-23 --history history/ --exit-code")
@click.argument("old", type=click.Path())
@click.argument("new", type=click.Path())
@with_history("History directory.")
@click.option("--account", "accounts", multiple=True, metavar="NAME", help="Of the history.")
@click.option("--totals", is_flag=True, help="By account and type, not image by image.")
@click.option("--exit-code", is_flag=True, help="Exit with 8 when something changed.")
@gives_data()
@click.pass_context
def diff(
    context: click.Context,
    /,
    *,
    old: str,
    new: str,
    history: str | None,
    accounts: tuple[str, ...],
    totals: bool,
    exit_code: bool,
    output: Output,
) -> None:
    """Tell what changed between two files or days.

    OLD and NEW are files of `imagedf fetch -o x.parquet`, or days such as 2026-11-23 with
    --history.
    """
    from imagedf.diff import diff_images, diff_totals

    if history is None and (_DAY.fullmatch(old) or _DAY.fullmatch(new)):
        raise click.UsageError("days are of a history: give --history DIR")
    chosen: dict[str, Any] = {"history": history, "accounts": list(accounts) or None}
    with reading(), usage_errors():
        changes = diff_images(old, new, **chosen)
        sums = diff_totals(old, new, **chosen)
    if totals:
        shown = _sides(sums) if output.for_people else sums
        emit(shown, output, notes=_moves(sums))
    else:
        nothing = [] if len(changes) else ["nothing changed"]
        shown = _for_people(changes) if output.for_people else changes
        emit(shown, output, notes=[*nothing, *_moves(sums)])
    if exit_code and len(changes):
        context.exit(CHANGED)


def _for_people(changes: pd.DataFrame) -> pd.DataFrame:
    """Keep what a table has room for: which image, what happened, and by how much."""
    shown = changes[["account", "change"]].copy()
    for name in ("name", "type"):
        shown[name] = changes[f"{name}_after"].fillna(changes[f"{name}_before"])
    deltas = [str(name) for name in changes.columns if str(name).endswith("_delta")]
    return shown.assign(**{name: changes[name] for name in deltas})


def _sides(sums: pd.DataFrame) -> pd.DataFrame:
    """Keep what a table has room for: what is now, and by how much that changed."""
    from imagedf.summary import with_gaps

    known = with_gaps(sums)
    names = [str(name) for name in known]
    gone = [name for name in names if name.endswith("_before") or name.startswith("unknown_")]
    return known.drop(columns=gone)


def _moves(sums: pd.DataFrame) -> list[str]:
    """Say of each measure what it was, what it is, and the difference."""
    from imagedf.cli._cells import heading

    measures = [
        str(name).removesuffix("_delta") for name in sums.columns if str(name).endswith("_delta")
    ]
    lines = []
    for name in measures:
        digits = 2 if sums[f"{name}_delta"].dtype == "float64" else 0
        parts = [sums[f"{name}_{part}"].sum() for part in ("before", "after", "delta")]
        # Adding 0 makes a negative zero a plain one.
        before, after, delta = (round(float(part), digits) + 0.0 for part in parts)
        if before or after or not name.startswith("unknown_"):
            moved = f"{before:,.{digits}f} → {after:,.{digits}f} ({delta:+,.{digits}f})"
            lines.append(f"{heading(name)}: {moved}")
    return lines
