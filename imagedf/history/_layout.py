"""The layout of a history on disk, and the only function that lists its files.

``ROOT/<account>/<YYYY-MM-DD>.parquet``, one file per account and day. The folder is the
percent-encoded account. Names that begin with a dot or an underscore are ignored, as users of
Spark and DuckDB expect; anything else that does not belong is an error, because other tools
would count it.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from imagedf.errors import FrameError, HistoryError
from imagedf.files import is_object, list_objects

_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})\.parquet")
# "=" would make a folder a Hive partition; the others are path separators and glob patterns.
_ENCODED = frozenset("=/\\%*?[]{}")
_OLD = ("images", "image_regions", "image_tags")


class DayFile(NamedTuple):
    """One day of one account. The path is a str: a history can have tens of thousands of files."""

    day: date
    account: str
    path: str


def folder_of(account: str) -> str:
    """Return the name of an account's folder.

    Upper-case letters are also encoded: some file systems don't distinguish ``Prod`` from
    ``prod``. For the same reason, non-ASCII text is encoded unless it is in Unicode's composed
    form (NFC).

    Raises
    ------
    FrameError
        The name is empty, or contains an unpaired surrogate.

    Examples
    --------
    >>> folder_of("prod"), folder_of("Prod"), folder_of("a=b/c")
    ('prod', '%50rod', 'a%3Db%2Fc')
    """
    if not account:
        raise FrameError("an account without a name can't be recorded; name it in accounts=")
    composed = unicodedata.is_normalized("NFC", account)
    try:
        return "".join(
            letter
            if _is_kept(letter, composed=composed) and (at or letter not in "._")
            else _encoded(letter)
            for at, letter in enumerate(account)
        )
    except UnicodeEncodeError as error:
        raise FrameError(f"the account name {account!r:.60} is not valid text") from error


def _is_kept(letter: str, *, composed: bool) -> bool:
    if letter in _ENCODED or unicodedata.category(letter) == "Cc":
        return False
    return letter.casefold() == letter and (composed or letter.isascii())


def _encoded(letter: str) -> str:
    """Percent-encode one letter, even if ``quote`` would not encode it."""
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8"))


def place_of(root: str, account: str, day: date) -> str:
    """Return the path of an account's file for a day."""
    return os.path.join(root, folder_of(account), f"{day}.parquet")  # noqa: PTH118 # may be s3://


def month_of(file: DayFile) -> tuple[int, int]:
    """Return the year and the month of a file."""
    return file.day.year, file.day.month


def list_files(root: str) -> list[DayFile]:
    """List the files of a history by day, then account.

    Raises
    ------
    HistoryError
        The history does not exist, or contains something that does not belong, which is named.
    """
    if is_object(root):
        objects = _objects(root)
        if not objects:
            raise HistoryError(f"the history {root} does not exist; record creates one")
        return objects
    check_exists(root)
    found: list[DayFile] = []
    for folder in _entries(root):
        account = _account_of(folder)
        found += [_day_file(entry, account) for entry in _entries(folder.path)]
    return sorted(found)


def select(
    files: Iterable[DayFile],
    since: date | None,
    until: date | None,
    accounts: Collection[str] | None,
) -> list[DayFile]:
    """Return the files of these accounts for the days from ``since`` to ``until``.

    Raises
    ------
    HistoryError
        The history has no files of one of the accounts.
    """
    files = list(files)
    if accounts is not None:
        known = {file.account for file in files}
        for account in accounts:
            if account not in known:
                has = ", ".join(sorted(known)) or "none"
                raise HistoryError(f"the history has no account {account!r}; its accounts: {has}")
    return [
        file
        for file in files
        if (accounts is None or file.account in accounts)
        and (since is None or file.day >= since)
        and (until is None or file.day <= until)
    ]


def files_of(root: str, account: str) -> list[DayFile]:
    """List the days of one account, oldest first; none if it was never recorded."""
    if is_object(root):
        return [file for file in _objects(root, account) if file.account == account]
    folder = Path(root, folder_of(account))
    if not os.path.lexists(folder):
        return []
    if folder.is_symlink() or not folder.is_dir():
        raise _foreign(str(folder), "an account has a folder there, not a link or a file")
    return sorted(_day_file(entry, account) for entry in _entries(str(folder)))


def check_exists(root: str) -> None:
    """Raise unless the directory exists."""
    exists = _exists(root)
    if not exists or not Path(root).is_dir():
        what = "is not a directory" if exists else "does not exist"
        raise HistoryError(f"the history {root} {what}; record creates one")


def _exists(root: str) -> bool:
    try:
        return Path(root).exists()
    except OSError as error:  # a name that is too long, or no permission
        raise HistoryError(f"can't read the history {root}: {error.strerror or error}") from error


def check_free(root: str) -> None:
    """Raise unless this directory is empty, missing, or a history.

    Only the first entry of each account is checked, so that recording a day takes as long in a
    long history as in a short one. For object storage, listing an account checks it.
    """
    if is_object(root) or not _exists(root):
        return
    check_exists(root)
    for folder in _entries(root):
        account = _account_of(folder)
        first = _first_entry(folder.path)
        if first is not None:
            _day_file(first, account)


def _objects(root: str, account: str = "") -> list[DayFile]:
    """List the objects of a history, or of one account, with one request per thousand."""
    root = root.rstrip("/")
    found = []
    for path in list_objects(f"{root}/{folder_of(account)}" if account else root):
        place = path.removeprefix(f"{root}/")
        if any(part[:1] in "._" for part in place.split("/")):
            continue
        folder, _, name = place.partition("/")
        match = _FILE.fullmatch(name)
        day = _day(match[1]) if match else None
        if day is None or not _is_folder(folder):
            raise _foreign(path, "a history contains only <account>/<YYYY-MM-DD>.parquet")
        found.append(DayFile(day, unquote(folder), path))
    return sorted(found)


def _is_folder(name: str) -> bool:
    try:
        return folder_of(unquote(name)) == name
    except FrameError:
        return False


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _entries(folder: str) -> list[os.DirEntry[str]]:
    return list(_listed(folder))


def _first_entry(folder: str) -> os.DirEntry[str] | None:
    return next(_listed(folder), None)


def _listed(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from (entry for entry in entries if entry.name[0] not in "._")
    except OSError as error:
        raise HistoryError(f"can't list {folder}: {error.strerror or error}") from error


def _account_of(folder: os.DirEntry[str]) -> str:
    """Return the account that a folder belongs to.

    Links are rejected: their targets are outside the history.
    """
    if not folder.is_dir(follow_symlinks=False):
        raise _foreign(folder.path, "a history contains only folders, one per account")
    if folder.name in _OLD and any(entry.name.startswith("dt=") for entry in _entries(folder.path)):
        raise HistoryError(
            f"{folder.path} is in the layout of an earlier version, which is no longer read; "
            "record into a new directory"
        )
    if not _is_folder(folder.name):
        raise _foreign(folder.path, "its name is not that of an account's folder")
    return unquote(folder.name)


def _day_file(entry: os.DirEntry[str], account: str) -> DayFile:
    match = _FILE.fullmatch(entry.name)
    day = _day(match[1]) if match else None
    if day is None or not entry.is_file(follow_symlinks=False):
        raise _foreign(entry.path, "an account's folder has only files such as 2026-11-23.parquet")
    return DayFile(day, account, entry.path)


def _foreign(path: str, rule: str) -> HistoryError:
    return HistoryError(f"{path} does not belong to the history ({rule}); move it away")
