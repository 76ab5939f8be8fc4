"""Where a history keeps its files, and the one function that lists those that count.

``ROOT/<table>/dt=<period>/<table>_<account>.parquet`` for each of the three star tables. A
period is a day, or a month once its days are merged. Names that begin with a dot or an
underscore are passed over, as Spark and Hive do; everything else in a table's folder that
does not fit is an error, because other tools would count it.
"""

from __future__ import annotations

import calendar
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from imagedf.errors import HistoryError
from imagedf.files import safe_name
from imagedf.history._commit import pending
from imagedf.schema import STAR

TABLES = tuple(STAR)
"""The tables of a history; a part has one file in each."""

Day = date | str
_PERIOD = re.compile(r"dt=(\d{4}-\d{2}(?:-\d{2})?)")


@dataclass(frozen=True, slots=True)
class Part:
    """One account's day, or its month: a file in each table."""

    account: str
    period: str
    root: Path
    moved: Mapping[str, Path]

    def place(self, table: str) -> str:
        """Return where below the root the part's file of a table belongs."""
        return place(table, self.period, self.account)

    def path(self, table: str) -> Path:
        """Return where that file is now."""
        where = self.place(table)
        return self.moved.get(where) or self.root / where

    @property
    def month(self) -> str:
        """The month that the period is or lies in, such as ``2026-10``."""
        return self.period[:7]

    @property
    def merged(self) -> bool:
        """Whether the period is a month."""
        return self.period == self.month

    @property
    def first(self) -> date:
        """The first day that the part may hold."""
        return date.fromisoformat(f"{self.month}-01" if self.merged else self.period)

    @property
    def last(self) -> date:
        """The last day that the part may hold."""
        return month_end(self.first) if self.merged else self.first


def month_end(day: date) -> date:
    """Return the last day of the month of a day."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def as_day(value: Day, name: str) -> date:
    """Read a day given as a date, a datetime (its UTC day) or ISO text.

    Raises
    ------
    ValueError, TypeError
        It is none of these.
    """
    if value != value:  # noqa: PLR0124 # NaT is no day, though a datetime
        raise ValueError(f"{name} must be a date, not {value!r}")
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a date, or text such as 2026-11-23, not {value!r:.60}")
    try:
        return date.fromisoformat(value)
    except ValueError:
        problem = f"{name} must be a date such as 2026-11-23, not {value!r:.60}"
    raise ValueError(problem)


def place(table: str, period: str, account: str) -> str:
    """Return the place of a file below the root; ``account`` is its safe name."""
    return f"{table}/dt={period}/{table}_{account}.parquet"


def list_parts(root: Path) -> list[Part]:
    """List what counts in a history: each account's day once, by period and account.

    Raises
    ------
    HistoryError
        There is no history, or a file that does not belong, or files that contradict
        each other; names it.
    """
    check_root(root)
    held = {table: set(_keys(root, table)) for table in TABLES}
    moved, removed = pending(root)
    for where in moved:
        held[where.split("/")[0]].add(_key(where))
    for where in removed:
        held[where.split("/")[0]].discard(_key(where))
    _check_whole(root, held)
    _check_apart(root, held["images"])
    return [Part(account, period, root, moved) for period, account in sorted(held["images"])]


def days_of_month(root: Path, account: str, month: str) -> list[Part]:
    """List the days of one account's month that have a file of their own."""
    parts = []
    for number in range(1, 32):
        period = f"{month}-{number:02}"
        part = Part(account, period, root, {})
        if any(part.path(table).exists() for table in TABLES):
            parts.append(part)
    return parts


def select_parts(
    parts: Iterable[Part],
    since: date | None,
    until: date | None,
    accounts: Collection[str] | None,
) -> list[Part]:
    """Keep the parts that may hold days from ``since`` to ``until`` of some accounts.

    Raises
    ------
    HistoryError
        The history has nothing of one of the accounts.
    """
    parts = list(parts)
    if accounts is not None:
        known = {part.account for part in parts}
        for account in accounts:
            if safe_name(account) not in known:
                has = ", ".join(sorted(known)) or "none"
                raise HistoryError(f"the history has no account {account!r}; it has {has}")
        wanted = {safe_name(account) for account in accounts}
        parts = [part for part in parts if part.account in wanted]
    return [
        part
        for part in parts
        if (since is None or part.last >= since) and (until is None or part.first <= until)
    ]


def check_root(root: Path) -> None:
    """Raise unless the tables' folders are there."""
    lacking = [table for table in TABLES if not (root / table).is_dir()]
    if lacking:
        what = f"it lacks {', '.join(lacking)}" if root.is_dir() else "there is no such directory"
        raise HistoryError(f"{root} is no history of imagedf: {what}; `record` makes one")


def check_free(root: Path) -> None:
    """Raise when a history can't begin or go on here, because other things are here."""
    if not root.exists() or all((root / table).is_dir() for table in TABLES):
        return
    if not root.is_dir():
        raise HistoryError(f"{root} is a file; a history is a directory")
    foreign = sorted(p.name for p in root.iterdir() if p.name[0] != "." and p.name not in TABLES)
    if foreign:
        raise HistoryError(
            f"{root} is no history of imagedf: it holds {', '.join(foreign[:3])}; "
            "name a new or an empty directory"
        )


def periods(root: Path) -> list[str]:
    """List the periods that have a folder, latest first."""
    names = (entry.name for entry in _entries(root / "images"))
    return sorted((match[1] for name in names if (match := _PERIOD.fullmatch(name))), reverse=True)


def _keys(root: Path, table: str) -> Iterator[tuple[str, str]]:
    """Give the period and the account of a table's files; raise for what does not belong."""
    for folder in _entries(root / table):
        period = _period(folder.name)
        if not folder.is_dir() or not period:
            raise _foreign(folder, f"{table} holds only folders such as dt=2026-11-23")
        for entry in _entries(Path(folder.path)):
            account = _account(entry.name, table)
            if not entry.is_file() or not account:
                raise _foreign(entry, f"files are called {table}_<account>.parquet")
            yield period, account


def _key(where: str) -> tuple[str, str]:
    table, period, file = where.split("/")
    return _period(period), _account(file, table)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.name[0] not in "._"]
    except OSError as error:
        problem = f"can't list {folder}: {error.strerror or error}"
    raise HistoryError(problem)


def _period(name: str) -> str:
    """Return the day or the month that a folder's name says, or nothing."""
    match = _PERIOD.fullmatch(name)
    if not match:
        return ""
    try:
        date.fromisoformat(match[1] if len(match[1]) == 10 else f"{match[1]}-01")
    except ValueError:
        return ""
    return match[1]


@lru_cache(maxsize=4096)
def _account(file: str, table: str) -> str:
    """Return the account's part of a file name, or nothing when the name does not fit."""
    match = re.fullmatch(rf"{table}_([a-z0-9][a-z0-9-]*(?:_[0-9a-f]{{10}})?)\.parquet", file)
    return match[1] if match else ""


def _foreign(entry: os.DirEntry[str], rule: str) -> HistoryError:
    return HistoryError(f"{entry.path} does not belong to the history ({rule}); move it away")


def _check_whole(root: Path, held: Mapping[str, set[tuple[str, str]]]) -> None:
    """Raise for a part that has not a file in each table."""
    for period, account in sorted(set.union(*held.values())):
        lacking = [table for table, keys in held.items() if (period, account) not in keys]
        if lacking:
            raise HistoryError(
                f"{root / place(lacking[0], period, account)} is missing, while another table has "
                "its file: the copy of the history is not whole; restore the file, or move the "
                "others away"
            )


def _check_apart(root: Path, keys: Collection[tuple[str, str]]) -> None:
    """Raise for a day that stands in a file of its own and in that of its month."""
    for period, account in sorted(keys):
        month = period[:7]
        if period != month and (month, account) in keys:
            raise HistoryError(
                f"{root / place('images', period, account)} and "
                f"{root / place('images', month, account)} overlap: the month holds its days "
                "already; move one of them away, with its regions and tags"
            )
