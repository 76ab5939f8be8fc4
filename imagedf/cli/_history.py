"""The recorded days of a history, for commands with ``--history``."""

from __future__ import annotations

import click

from imagedf.cli._days import recorded_day
from imagedf.cli._options import reading, usage_errors


def days_of(history: str) -> list[str]:
    """Return the recorded days, in order."""
    from pathlib import Path

    from imagedf.history import recorded_days

    with reading():
        return [str(day) for day in recorded_days(Path(history))]


def day_of_history(history: str, text: str | None) -> str | None:
    """Return the recorded day that a text means; raise if the history lacks it."""
    days = days_of(history)
    if text is None:
        return None
    with usage_errors():
        day = recorded_day(text, days)
    if day not in days:
        raise click.UsageError(f"{history} has no record of {day}")
    return day


def recorded_day_in(history: str, text: str) -> str:
    """Return the recorded day that a text means: ``last``, ``90d`` or a date."""
    with usage_errors():
        return recorded_day(text, days_of(history))
