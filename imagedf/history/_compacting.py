"""Merge days into months: fewer files, the same numbers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from imagedf.files import certificates_of, merge
from imagedf.history._commit import change, settled
from imagedf.history._layout import (
    TABLES,
    Day,
    as_day,
    check_root,
    days_of_month,
    list_parts,
    month_end,
    place,
)
from imagedf.history._open import glances
from imagedf.history._read import read_tables


@dataclass(frozen=True, slots=True)
class Compaction:
    """What was merged: account-months, and the account-days that went into them."""

    months: int
    days: int

    def __str__(self) -> str:
        return f"merged {self.days:,} days into {self.months:,} months (per account)"


def compact(history: str | os.PathLike[str], *, before: Day) -> Compaction:
    """Merge the days of past months into one file a month, account and table.

    Parameters
    ----------
    history : path-like
        The directory that ``record`` writes.
    before : date or str
        Months that ended before this day are merged.

    Returns
    -------
    Compaction
        How many days went into how many months, counted for each account.

    Raises
    ------
    HistoryError
        The directory is no history, or a file can't be used; names it. Every file's footer
        is looked at before anything is changed.
    ValueError, TypeError
        ``before`` is no day.
    ImagedfError
        A file can't be written.

    See Also
    --------
    record : Also takes days of a month that is merged already.

    Notes
    -----
    ``snapshot_date`` stays as it was in each row and is the day; ``dt`` is only the name of
    the folder, ``dt=2026-10`` for a month. Each account's month is merged in one step, so
    the work can be cut off at any moment and begun again. Other tools that read the folder
    while files are being exchanged may see a day twice; imagedf does not.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> with tempfile.TemporaryDirectory() as history:
    ...     for day in ("2026-10-30", "2026-10-31", "2026-11-01"):
    ...         _ = imagedf.record(frame, history, on=day)
    ...     print(imagedf.compact(history, before="2026-11-01"))
    merged 2 days into 1 months (per account)
    """
    end = as_day(before, "before")
    root = Path(history)
    check_root(root)
    with settled(root):
        parts = list_parts(root)
        due = [part for part in parts if not part.merged and month_end(part.first) < end]
        for table in TABLES:
            glances(due, table)
    months = sorted({(part.account, part.month) for part in due})
    merged = [_merge_month(root, account, month) for account, month in months]
    return Compaction(sum(days > 0 for days in merged), sum(merged))


def _merge_month(root: Path, account: str, month: str) -> int:
    """Merge the days of one account's month in one step; return how many there were."""
    with change(root) as stage:
        parts = days_of_month(root, account, month)
        read = [read_tables(part)[0] for part in parts]
        for name in TABLES if parts else ():
            days = [tables[name] for tables in read]
            footers = zip(parts, days, strict=True)
            notes = [certificates_of(day.schema.metadata, p.path(name))[""] for p, day in footers]
            proofs = dict(zip((part.period for part in parts), notes, strict=True))
            stage.write(place(name, month, account), merge(name, days, proofs))
        for part in parts:
            for name in TABLES:
                stage.remove(part.place(name))
    return len(parts)
