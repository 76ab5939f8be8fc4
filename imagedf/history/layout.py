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
from pathlib import Path

from imagedf.errors import HistoryError
from imagedf.files.names import safe_name
from imagedf.history.commit import pending
from imagedf.schema import STAR

TABLES = tuple(STAR)
"""The tables of a history; a part has one file in each."""

Day = date | str
_PERIOD = re.compile(r"dt=(\d{4}-\d{2}(?:-\d{2})?)")


@dataclass(frozen=True, slots=True)
class Part:
    """The three files of one account and period."""

    account: str
    period: str
    files: Mapping[str, Path]

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
    found = {where: root / where for table in TABLES for where in _files(root, table)}
    moves, removed = pending(root)
    found = {where: path for where, path in (found | moves).items() if where not in removed}
    parts: dict[tuple[str, str], dict[str, Path]] = {}
    for where, path in found.items():
        table, period, file = where.split("/")
        key = (period.removeprefix("dt="), _account(file, table))
        parts.setdefault(key, {})[table] = path
    listed = [Part(account, period, files) for (period, account), files in sorted(parts.items())]
    _check_parts(root, listed)
    return listed


def days_of_month(root: Path, account: str, month: str) -> list[Part]:
    """List the days of one account's month that have a file of their own."""
    parts = []
    for number in range(1, 32):
        period = f"{month}-{number:02}"
        files = {name: root / place(name, period, account) for name in TABLES}
        if any(path.exists() for path in files.values()):
            parts.append(Part(account, period, files))
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


def _files(root: Path, table: str) -> Iterator[str]:
    """Give the places of a table's files; raise for whatever does not belong."""
    for folder in _entries(root / table):
        if not folder.is_dir() or not _is_period(folder.name):
            raise _foreign(Path(folder.path), f"{table} holds only folders such as dt=2026-11-23")
        for entry in _entries(Path(folder.path)):
            if not entry.is_file() or not _account(entry.name, table):
                raise _foreign(Path(entry.path), f"files are called {table}_<account>.parquet")
            yield f"{table}/{folder.name}/{entry.name}"


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.name[0] not in "._"]
    except OSError as error:
        problem = f"can't list {folder}: {error.strerror or error}"
    raise HistoryError(problem)


def _is_period(name: str) -> bool:
    match = _PERIOD.fullmatch(name)
    if not match:
        return False
    try:
        date.fromisoformat(match[1] if len(match[1]) == 10 else f"{match[1]}-01")
    except ValueError:
        return False
    return True


def _account(file: str, table: str) -> str:
    """Return the account's part of a file name, or nothing when the name does not fit."""
    match = re.fullmatch(rf"{table}_([a-z0-9][a-z0-9-]*(?:_[0-9a-f]{{10}})?)\.parquet", file)
    return match[1] if match else ""


def _foreign(path: Path, rule: str) -> HistoryError:
    return HistoryError(f"{path} does not belong to the history ({rule}); move it away")


def _check_parts(root: Path, parts: Iterable[Part]) -> None:
    """Raise for a part without all its files, and for a day that stands in two."""
    days: dict[tuple[str, str], Part] = {}
    for part in parts:
        for table in TABLES:
            if table not in part.files:
                missing = root / place(table, part.period, part.account)
                has = " and ".join(str(path) for path in part.files.values())
                raise HistoryError(
                    f"{missing} is missing, while {has} is there: the copy of the history is not "
                    "whole; restore the file, or move the others away"
                )
        other = days.setdefault((part.account, part.month), part)
        if other is not part and (other.merged or part.merged):
            raise HistoryError(
                f"{part.files['images']} and {other.files['images']} overlap: the month holds "
                "its days already; move one of them away, with its regions and tags"
            )
