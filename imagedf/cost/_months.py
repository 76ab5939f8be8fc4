"""The first and the last moment of a month, as invoices name it."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)


def bounds(month: str) -> tuple[datetime, datetime]:
    """Return the start of a month such as ``2026-10``, and the start of the next month."""
    first = datetime.fromisoformat(f"{month}-01").replace(tzinfo=UTC)
    return first, first + timedelta(days=monthrange(first.year, first.month)[1])
