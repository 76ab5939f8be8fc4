"""The recorded days of a history, for commands with ``--history``."""

from __future__ import annotations

from imagedf.cli._days import recorded_day
from imagedf.cli._options import reading, usage_errors


def days_of(history: str) -> list[str]:
    """Return the recorded days, in order."""
    from pathlib import Path

    from imagedf.history import recorded_days

    with reading():
        return [str(day) for day in recorded_days(Path(history))]


def recorded_day_in(history: str, text: str) -> str:
    """Return the recorded day that a text means: ``last``, ``90d`` or a date."""
    with usage_errors():
        return recorded_day(text, days_of(history))
