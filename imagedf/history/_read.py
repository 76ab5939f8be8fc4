"""Read a history back into pandas."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.errors import HistoryError
from imagedf.files import (
    between,
    certificates_of,
    check_days,
    join_lists,
    read_footer,
    read_star,
    safe_name,
    to_history_frame,
)
from imagedf.history._commit import unchanging
from imagedf.history._layout import TABLES, Day, Part, as_day, list_parts, select_parts

if TYPE_CHECKING:
    import pandas as pd

DAY = "snapshot_date"
"""The column with the day of a row."""


def read_history(
    history: str | os.PathLike[str],
    *,
    since: Day | None = None,
    until: Day | None = None,
    accounts: Collection[str] | None = None,
) -> pd.DataFrame:
    """Read the recorded days of a history, one row per image and day.

    Parameters
    ----------
    history : path-like
        The directory that ``record`` writes.
    since, until : date or str, optional
        First and last day, both included; default all.
    accounts : collection of str, optional
        Default all that were recorded.

    Returns
    -------
    pandas.DataFrame
        The image grain with its documented columns, then ``snapshot_date``
        (datetime64[us]), then ``billing_class``, ``monthly_cost_usd`` and ``cost_note`` if
        any day was recorded with costs. Sorted by day, then account, then as recorded. When
        the rows are of one day, ``certificate`` gives what its listings vouch for. Sums over
        several days mean nothing: name ``snapshot_date`` in ``by``, or use ``growth``.

    Raises
    ------
    HistoryError
        The directory is no history, has nothing of an account, or a file is cut short,
        foreign, of a later version, or contradicts another; names the file.
    ValueError, TypeError
        A day is none, or ``since`` is after ``until``.

    See Also
    --------
    record : Writes a history.
    open_history : The same lazily, for histories beyond memory.
    growth : Images, GB and costs day by day.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> with tempfile.TemporaryDirectory() as history:
    ...     for day in ("2026-11-22", "2026-11-23"):
    ...         _ = imagedf.record(frame, history, on=day)
    ...     len(imagedf.read_history(history)), len(imagedf.read_history(history, since=day))
    (12, 6)
    """
    first, last = days_between(since, until)
    root = Path(history)
    with unchanging(root):
        parts = select_parts(list_parts(root), first, last, account_names(accounts))
        frame, days = _read_parts(parts, first, last)
    if len(days) == 1:
        frame.attrs[ATTRS_KEY] = _together(*days.values()).to_dict()
    return frame


def read_frame(parts: Sequence[Part], since: date | None, until: date | None) -> pd.DataFrame:
    """Read some parts as ``read_history`` does, without their certificate."""
    return _read_parts(parts, since, until)[0]


def _read_parts(
    parts: Sequence[Part], since: date | None, until: date | None
) -> tuple[pd.DataFrame, dict[str, list[Certificate]]]:
    """Read parts into one frame, and the certificates of each day."""
    tables = []
    days: dict[str, list[Certificate]] = {}
    for part in parts:
        table, certificates = read_part(part, since, until)
        tables.append(table)
        for day, proof in certificates.items():
            days.setdefault(day, []).append(proof)
    frame = to_history_frame(tables)
    # Months stand before the days in them, so the parts alone are in no order.
    return frame.sort_values([DAY, "account"], kind="stable", ignore_index=True), days


def days_between(since: Day | None, until: Day | None) -> tuple[date | None, date | None]:
    """Read both ends of a range of days."""
    first = None if since is None else as_day(since, "since")
    last = None if until is None else as_day(until, "until")
    if first is not None and last is not None and first > last:
        raise ValueError(f"since ({first}) is after until ({last})")
    return first, last


def account_names(accounts: Collection[str] | None) -> list[str] | None:
    """Take a list of accounts, but not the text of one."""
    if isinstance(accounts, str):
        raise TypeError(f"accounts must be a list of names, not the text {accounts!r}")
    return None if accounts is None else list(accounts)


def read_tables(part: Part) -> tuple[dict[str, Any], Any]:
    """Read the three tables of a part, and join them to see that they belong together."""
    tables = {name: read_star(part.path(name), part.place(name)) for name in TABLES}
    for name, table in tables.items():
        check_days(table, part.path(name), part.first, part.last)
    _check_account(part, tables["images"])
    images, regions, tags = (tables[name] for name in TABLES)
    return tables, join_lists(images, regions, tags, part.path("images"))


def read_part(
    part: Part, since: date | None, until: date | None
) -> tuple[Any, dict[str, Certificate]]:
    """Read one part: its joined rows, and the certificate of each day."""
    tables, joined = read_tables(part)
    notes = certificates_of(tables["images"].schema.metadata, part.path("images"))
    days = {day or part.period: Certificate.from_dict(proof) for day, proof in notes.items()}
    kept = {day: proof for day, proof in days.items() if within(day, since, until)}
    return between(joined, since, until), kept


def recorded_days(root: Path) -> list[str]:
    """List the days on which any account was recorded."""
    with unchanging(root):
        days = set()
        for part in list_parts(root):
            path = part.path("images")
            held = certificates_of(read_footer(path, part.place("images")), path)
            days |= {day or part.period for day in held}
    return sorted(days)


def within(day: str, since: date | None, until: date | None) -> bool:
    """Tell whether a day is in a range."""
    return (since is None or day >= str(since)) and (until is None or day <= str(until))


def _check_account(part: Part, images: Any) -> None:
    """Raise when a file holds the rows of another account than its name says."""
    for account in images.column("account").unique().to_pylist():
        if account is None or safe_name(account) != part.account:
            raise HistoryError(
                f"{part.path('images')} holds images of {account!r}, which belong into a file of "
                "another name; move it away"
            )


def _together(proofs: Sequence[Certificate]) -> Certificate:
    entries = sorted(
        (entry for proof in proofs for entry in proof.accounts), key=lambda e: e.account
    )
    sources = {proof.source for proof in proofs}
    return Certificate(tuple(entries), sources.pop() if len(sources) == 1 else "history")
