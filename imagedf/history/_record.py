"""Record a day: each account's whole listing, in one step."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagedf._certificates import AccountCertificate, Certificate
from imagedf._text import counted
from imagedf.errors import FrameError, HistoryError
from imagedf.files import (
    certificates_of,
    make_directory,
    merge,
    of_account,
    read_footer,
    read_star,
    safe_name,
    without_day,
)
from imagedf.frame import as_of, require_complete
from imagedf.history._commit import Stage, change
from imagedf.history._layout import TABLES, Day, as_day, check_free, periods, place
from imagedf.history._star import star_tables
from imagedf.schema import COST_PREFIX

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded: the day, the accounts, and those whose day was there before."""

    day: date
    images: int
    accounts: tuple[str, ...]
    replaced: tuple[str, ...]

    def __str__(self) -> str:
        again = f"; replaced: {', '.join(self.replaced)}" if self.replaced else ""
        images = counted(self.images, "image")
        return f"{self.day}: recorded {images} of {', '.join(self.accounts)}{again}"


def record(
    frame: pd.DataFrame, history: str | os.PathLike[str], *, on: Day | None = None
) -> Recording:
    """Record a listing as one day of a history.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either grain, as it was fetched: all images of each account that its certificate
        names. The columns of ``estimate_cost`` are recorded with it, if it has them.
    history : path-like
        The history's directory; made when missing.
    on : date or str, optional
        The day; default the day (UTC) of the fetch, or today.

    Returns
    -------
    Recording
        The day, the number of images, the accounts and those of them that had the day
        already; as text one line.

    Raises
    ------
    IncompleteListingError
        The listing is not complete: a missing image would look deleted.
    FrameError
        The frame has no certificate, or other rows than that vouches for, or a
        ``snapshot_date``, or costs in another currency than USD.
    HistoryError
        The directory is no history; a file in the way is not ours; or the account was
        recorded with other filters so far. Nothing has changed then.
    ImagedfError
        A file can't be written.

    See Also
    --------
    read_history : Read the days back.
    compact : Merge days into months.
    export_star : The same three tables of one frame.

    Notes
    -----
    All accounts of the frame are recorded in one step: a process killed at any moment
    leaves all of them or none. Recording a day again replaces just these accounts' day. An
    account without images gets its files too, so that "none" differs from "not recorded".
    Processes that record into one history at once wait for each other.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> with tempfile.TemporaryDirectory() as history:
    ...     print(imagedf.record(frame, history, on="2026-11-23"))
    2026-11-23: recorded 6 images of default
    """
    proof = require_complete(frame, allow_unverified=True)
    day = as_of(frame).date() if on is None else as_day(on, "on")
    _check_columns(list(frame.columns))
    if not proof.accounts:
        raise FrameError("the certificate names no account, so there is nothing to record")
    tables = _tables(frame, proof, day)
    root = Path(history)
    check_free(root)
    with change(root) as stage:
        for table in TABLES:
            make_directory(root / table)
        replaced = [
            entry.account
            for entry in proof.accounts
            if _record_account(stage, root, day, entry, tables[entry.account])
        ]
    return Recording(day, proof.images, tuple(sorted(tables)), tuple(sorted(replaced)))


def _check_columns(columns: list[str]) -> None:
    if "snapshot_date" in columns:
        raise FrameError("the frame has a snapshot_date already; record takes a frame as fetched")
    costs = [name for name in columns if str(name).startswith(COST_PREFIX)]
    if costs not in ([], [f"{COST_PREFIX}usd"]):
        raise FrameError(
            f"a history holds {COST_PREFIX}usd only, the frame has {', '.join(costs)}; drop the "
            "cost columns and price what read_history gives"
        )


def _tables(frame: pd.DataFrame, proof: Certificate, day: date) -> dict[str, dict[str, Any]]:
    """Build the star tables of each account, with its own certificate."""
    plain = frame.copy(deep=False)
    plain.attrs = {}
    whole_tables = star_tables(plain, on=day)
    certificates = {
        entry.account: Certificate((entry,), proof.source, proof.version).to_dict()
        for entry in proof.accounts
    }
    return {
        account: {name: of_account(table, account, note) for name, table in whole_tables.items()}
        for account, note in certificates.items()
    }


def _record_account(
    stage: Stage, root: Path, day: date, entry: AccountCertificate, tables: Mapping[str, Any]
) -> bool:
    """Stage one account's day; tell whether the day was there before."""
    account = safe_name(entry.account)
    _check_filters(root, str(day), account, entry)
    month = f"{day:%Y-%m}"
    if (root / place("images", month, account)).exists():
        return _into_month(stage, root, day, account, tables)
    before = _check_ours(root, str(day), account)
    for name in TABLES:
        stage.write(place(name, str(day), account), tables[name])
    return before


def _check_ours(root: Path, period: str, account: str) -> bool:
    """Tell whether files stand in the place; raise when they are not ours to replace."""
    places = [place(name, period, account) for name in TABLES]
    standing = [where for where in places if (root / where).exists()]
    for where in standing:
        read_footer(root / where, where)
    return bool(standing)


def _into_month(
    stage: Stage, root: Path, day: date, account: str, tables: Mapping[str, Any]
) -> bool:
    """Stage the month's files anew, with this day in place of what it was."""
    before = False
    for name in TABLES:
        where = place(name, f"{day:%Y-%m}", account)
        held = read_star(root / where, where)
        days = certificates_of(held.schema.metadata, root / where)
        before = str(day) in days
        days[str(day)] = certificates_of(tables[name].schema.metadata, root / where)[""]
        stage.write(where, merge(name, [without_day(held, day), tables[name]], days))
    return before


def _check_filters(root: Path, day: str, account: str, entry: AccountCertificate) -> None:
    """Raise when the account's last other day was listed with other filters."""
    for period in periods(root):
        where = place("images", period, account)
        if period == day or not (root / where).exists():
            continue
        days = certificates_of(read_footer(root / where, where), root / where)
        others = [days[key] for key in sorted(days) if key != day]
        if others:
            known = Certificate.from_dict(others[-1]).accounts[0].filters
            if dict(known) != dict(entry.filters):
                raise HistoryError(
                    f"{root / where} holds {entry.account} listed with the filters {dict(known)}, "
                    f"now they are {dict(entry.filters)}: the days could not be compared; record "
                    "into another directory"
                )
            return
