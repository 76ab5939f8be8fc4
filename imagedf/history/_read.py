"""Read a history back into pandas."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf._text import received
from imagedf.frame import Day, read_day
from imagedf.history._dayfile import read_day_file, to_frame
from imagedf.history._layout import DayFile, list_files, select

if TYPE_CHECKING:
    import pandas as pd


def read_history(
    history: str | os.PathLike[str],
    *,
    since: Day | None = None,
    until: Day | None = None,
    accounts: Collection[str] | None = None,
) -> pd.DataFrame:
    """Read the recorded days of a history as one row per image and day.

    Parameters
    ----------
    history : path-like
        The directory, or ``s3://bucket/prefix``, that ``record`` writes.
    since, until : date, datetime or str, optional
        First and last day, both included. Default: all days.
    accounts : collection of str, optional
        Default: all recorded accounts.

    Returns
    -------
    pandas.DataFrame
        One row per own image and day: the documented columns, then ``snapshot_date``
        (datetime64[us]), ``billing_class``, ``monthly_cost_usd`` and ``cost_note``, and the
        columns of ``link_images`` if any of the days was recorded from an ``Account``. Sorted by
        day, then account, then as recorded. If all rows are of one day, the frame has its
        certificate. Don't sum across days: add ``snapshot_date`` to ``by``, or use ``growth``.

    Raises
    ------
    HistoryError
        The directory is not a history or lacks an account, or a file is damaged (its checksums
        are verified), misplaced or of a later version; the message names the file.
    ValueError, TypeError
        A day is not valid, or ``since`` is after ``until``.

    See Also
    --------
    record : Record a day in a history.
    open_history : Return the same rows lazily, for histories larger than memory.
    growth : Total images, GB and costs by day.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> frame = imagedf.example()
    >>> with tempfile.TemporaryDirectory() as history:
    ...     for day in ("2026-11-22", "2026-11-23"):
    ...         _ = imagedf.record(frame, history, on=day)
    ...     len(imagedf.read_history(history)), len(imagedf.read_history(history, since=day))
    (10, 5)
    """
    files = chosen_files(history, since, until, accounts)
    read = [read_day_file(file) for file in files]
    frame = to_frame(table for table, _ in read)
    if len({file.day for file in files}) == 1:
        frame.attrs[ATTRS_KEY] = _combined([certificate for _, certificate in read]).to_dict()
    return frame


def chosen_files(
    history: str | os.PathLike[str],
    since: Day | None,
    until: Day | None,
    accounts: Collection[str] | None,
) -> list[DayFile]:
    """Return the files of a range of days and of these accounts.

    Raises
    ------
    HistoryError
        As for ``list_files`` and ``select``.
    ValueError, TypeError
        The range of days or the accounts are not valid.
    """
    first = None if since is None else read_day(since, "since")
    last = None if until is None else read_day(until, "until")
    if first is not None and last is not None and first > last:
        raise ValueError(f"since ({first}) is after until ({last})")
    if isinstance(accounts, str):
        raise TypeError(f"accounts must be a list of names, not the text {received(accounts)}")
    return select(list_files(os.fspath(history)), first, last, accounts)


def recorded_days(history: str | os.PathLike[str]) -> list[date]:
    """Return the days on which any account was recorded, oldest first."""
    return sorted({file.day for file in list_files(os.fspath(history))})


def _combined(proofs: Sequence[Certificate]) -> Certificate:
    entries = tuple(entry for proof in proofs for entry in proof.accounts)
    sources = {proof.source for proof in proofs}
    return Certificate(entries, sources.pop() if len(sources) == 1 else "history")
