"""``imagedf diff``: the changes between two files or days."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from imagedf._text import UNKNOWN, cents, in_cents
from imagedf.cli import _complete
from imagedf.cli._console import CHANGED
from imagedf.cli._days import is_day
from imagedf.cli._history import recorded_day_in
from imagedf.cli._options import command, of_accounts, reading, usage_errors, with_history
from imagedf.cli._output import Output, emit, gives_data

if TYPE_CHECKING:
    import pandas as pd

_CENT = Decimal("0.01")


@command(epilog="Example: imagedf diff 2026-11-01 last --history history/ --exit-code")
@click.argument("old", type=click.Path(), shell_complete=_complete.days)
@click.argument("new", type=click.Path(), shell_complete=_complete.days)
@with_history("History directory.")
@of_accounts
@click.option(
    "--totals", is_flag=True, help="Show totals by account and type instead of single images."
)
@click.option("--exit-code", is_flag=True, help="Exit with code 8 if something changed.")
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
    """Show what changed between two files or recorded days.

    OLD and NEW are files (written by `imagedf fetch`, or saved responses) or days of --history:
    2026-11-23, yesterday, 90d, 2026-11, last or previous.
    """
    from imagedf.diff import diff_images, diff_totals

    with reading(), usage_errors():
        sides, chosen = _sides_of((old, new), history, accounts)
        changes = diff_images(*sides, **chosen)
        sums = diff_totals(*sides, **chosen)
    moved = _change_notes(sums, "own images" if any(_are_days((old, new))) else "all images")
    if totals:
        shown = _sides(sums) if output.for_people else sums
        emit(shown, output, notes=moved)
    else:
        nothing = [] if len(changes) else ["nothing changed"]
        shown, columns = _for_people(changes) if output.for_people else (changes, None)
        emit(shown, output, columns=columns, notes=[*nothing, *moved])
    if exit_code and len(changes):
        context.exit(CHANGED)


def _sides_of(
    texts: tuple[str, str], history: str | None, accounts: tuple[str, ...]
) -> tuple[list[Any], dict[str, Any]]:
    """Return both sides, and the arguments for comparing them."""
    days = _are_days(texts)
    chosen: dict[str, Any] = {"accounts": list(accounts) or None}
    if not any(days):
        return [_file(text) for text in texts], chosen
    if history is None:
        raise click.UsageError("comparing days needs --history DIR")
    if all(days):
        named = [recorded_day_in(history, text) for text in texts]
        return named, chosen | {"history": history}
    sides = zip(texts, days, strict=True)
    return [_recorded(history, text) if day else _own(text) for text, day in sides], chosen


def _are_days(texts: tuple[str, str]) -> list[bool]:
    from pathlib import Path

    return [is_day(text) and not Path(text).exists() for text in texts]


def _recorded(history: str, text: str) -> pd.DataFrame:
    from imagedf.history import read_history

    day = recorded_day_in(history, text)
    return read_history(history, since=day, until=day).drop(columns="snapshot_date")


def _own(path: str) -> pd.DataFrame:
    """Return the own images of a file with costs, as in a history."""
    from imagedf.cost import estimate_cost
    from imagedf.frame import own_images

    return estimate_cost(own_images(_file(path)))


def _file(path: str) -> pd.DataFrame:
    from imagedf.cli._saved import read_one

    return read_one(path, ())


def _for_people(changes: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the changes with a name and a type, and the columns that fit in a table."""
    shown = changes.assign(
        **{
            name: changes[f"{name}_after"].fillna(changes[f"{name}_before"])
            for name in ("name", "type")
        }
    )
    deltas = [str(name) for name in changes.columns if str(name).endswith("_delta")]
    return shown, ["account", "change", "name", "type", *deltas]


def _sides(sums: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that fit in a table: the later values and the differences."""
    names = [str(name) for name in sums]
    hidden = [name for name in names if name.endswith("_before") or name.startswith("unknown_")]
    return sums.drop(columns=hidden)


def _change_notes(sums: pd.DataFrame, scope: str) -> list[str]:
    """Return a line per measure: before, after and the difference; ``scope`` names the images."""
    from imagedf.cli._cells import heading

    measures = [
        str(name).removesuffix("_delta") for name in sums.columns if str(name).endswith("_delta")
    ]
    lines = []
    for name in measures:
        before, after, delta = (sums[f"{name}_{part}"] for part in ("before", "after", "delta"))
        counts = delta.dtype != "float64"
        if counts and name.startswith("unknown_") and not (before.any() or after.any()):
            continue
        moved = _moved_counts if counts else _moved_amounts
        what = scope if name == "images" else heading(name)
        lines.append(f"{what}: {moved(before, after, delta)}")
    return lines


def _moved_counts(before: pd.Series[Any], after: pd.Series[Any], delta: pd.Series[Any]) -> str:
    return f"{before.sum():,} → {after.sum():,} ({delta.sum():+,})"


def _moved_amounts(before: pd.Series[Any], after: pd.Series[Any], delta: pd.Series[Any]) -> str:
    """Return known sums; the printed change is the difference of the printed sums, if it can be."""
    from imagedf.cost import known_sum

    first, last, moved = (known_sum(part) for part in (before, after, delta))
    ends = [UNKNOWN if one is None else in_cents(one) for one in (first, last)]
    if moved is not None and first is not None and last is not None:
        printed = cents(last) - cents(first)
        moved = printed if abs(printed - moved) < _CENT else cents(moved)
    difference = UNKNOWN if moved is None else f"{cents(moved):+,.2f}"
    return f"{ends[0]} → {ends[1]} ({difference})"
