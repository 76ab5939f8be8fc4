"""Record a day: one file per account, each written atomically."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imagedf._certificates import AccountCertificate, Certificate
from imagedf._text import ShownAsText, counted
from imagedf.account import Account, link_images
from imagedf.cost import with_costs
from imagedf.errors import FrameError, HistoryError, ImagedfError
from imagedf.files import is_object, make_directory, write_table
from imagedf.frame import (
    Day,
    as_of,
    first_rows,
    image_codes,
    own_images,
    read_day,
    require_complete,
)
from imagedf.history._dayfile import COST, DAY, day_table, read_day_file
from imagedf.history._layout import DayFile, check_free, files_of, place_of
from imagedf.schema import COST_PREFIX

if TYPE_CHECKING:
    import pandas as pd

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Recording(ShownAsText):
    """The result of recording: the day, the number of own images, and the accounts.

    ``replaced`` are the accounts whose record of that day was replaced. ``left_out`` counts the
    images that are not the accounts' own, which a history does not include.
    """

    day: date
    images: int
    accounts: tuple[str, ...]
    replaced: tuple[str, ...] = ()
    left_out: int = 0

    def __str__(self) -> str:
        text = f"{self.day}: recorded {counted(self.images, 'image')} of {_names(self.accounts)}"
        if self.replaced:
            text += f"; replaced: {_names(self.replaced)}"
        if self.left_out:
            text += f"; left out: {counted(self.left_out, 'public image')}"
        return text

    def __repr__(self) -> str:
        return f"<Recording {self}>"


def _names(accounts: Sequence[str]) -> str:
    """Return the names of accounts, shortened to fit on a line."""
    shown = [name if len(name) <= 20 else f"{name[:19]}…" for name in accounts[:_NAMED]]
    more = len(accounts) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def record(
    frame_or_account: pd.DataFrame | Account,
    history: str | os.PathLike[str],
    *,
    on: Day | None = None,
    allow_unverified: bool = False,
) -> Recording:
    """Record the own images of a listing as one day of a history.

    Parameters
    ----------
    frame_or_account : pandas.DataFrame or Account
        A frame as fetched, in either layout: all images, or all own images, of each account in
        its certificate. It is priced at the published rates of the day unless it has the columns
        of ``estimate_cost``. An ``Account`` is recorded with the columns of ``link_images``.
    history : path-like
        A separate directory, created if missing, or ``s3://bucket/prefix``.
    on : date, datetime or str, optional
        The day. Default: the day (UTC) of the fetch. Saved responses have no date, so they
        require it.
    allow_unverified : bool, default False
        Also record a listing that states no total, so its completeness is unproven.

    Returns
    -------
    Recording
        The day, the accounts, those of them that had that day already, and how many of
        DigitalOcean's images were left out. ``str`` is one line.

    Raises
    ------
    IncompleteListingError
        The listing is incomplete, or unverified: missing images would look deleted.
    FrameError
        The frame has no certificate, lacks images or columns, has a ``snapshot_date``, or has
        costs in a currency other than USD.
    HistoryError
        The directory is not a history, a file at the same path was not written by ``record``, or
        the account was recorded with different filters before. With several accounts, those
        before the failing one stay recorded; the message names them.
    ImagedfError
        A file can't be written.
    ValueError, TypeError
        ``on`` is not a day, is missing for saved responses, or is later than tomorrow (UTC).

    See Also
    --------
    read_history : Read the recorded days.
    growth : Total images, GB and costs by day.
    export_star : Write all days as tables for BI tools.

    Notes
    -----
    Each account's day is one Parquet file, ``<account>/<YYYY-MM-DD>.parquet``, which is renamed
    into place: a process killed at any moment leaves either the old file or the new one.
    Recording a day again replaces only that account's day, and several processes may record
    into one history at the same time. An account without images also gets a file, to
    distinguish "no images" from "not recorded".

    Examples
    --------
    >>> import imagedf, tempfile
    >>> frame = imagedf.example()
    >>> with tempfile.TemporaryDirectory() as history:
    ...     print(imagedf.record(frame, history, on="2026-11-23"))
    2026-11-23: recorded 5 images of default; left out: 1 public image
    """
    images = _images_of(frame_or_account)
    proof = require_complete(images, allow_unverified=allow_unverified)
    _check_columns(list(images.columns))
    day = _day_of(images, proof, on)
    own = own_images(images)
    days = _days(own, proof, day)
    root = os.fspath(history)
    check_free(root)
    places = {account: files_of(root, account) for account in days}
    for account, (entry, _) in days.items():
        _check_filters(entry, places[account], day)
    known = {account for account in days if _is_recorded(places[account], day)}
    _write(root, day, {account: table for account, (_, table) in days.items()})
    return Recording(
        day=day,
        images=sum(len(table) for _, table in days.values()),
        accounts=tuple(days),
        replaced=tuple(account for account in days if account in known),
        left_out=_image_count(images) - _image_count(own),
    )


def _images_of(frame: pd.DataFrame | Account) -> pd.DataFrame:
    return link_images(frame) if isinstance(frame, Account) else frame


def _image_count(frame: pd.DataFrame) -> int:
    return len(first_rows(image_codes(frame)))


def _check_columns(columns: list[str]) -> None:
    if DAY in columns:
        raise FrameError(f"the frame already has a {DAY}; pass a frame as fetched")
    costs = [name for name in columns if str(name).startswith(COST_PREFIX)]
    if costs not in ([], [COST]):
        raise FrameError(
            f"a history contains only {COST}, but the frame has {', '.join(costs)}; drop the cost "
            "columns, and price the frame that read_history returns"
        )


def _day_of(frame: pd.DataFrame, proof: Certificate, on: Day | None) -> date:
    if on is None and proof.finished is None:
        raise ValueError(
            "saved responses have no date: pass their day as on= (--on on the command line)"
        )
    day = as_of(frame).date() if on is None else read_day(on)
    # Clocks in different time zones can be one day apart.
    tomorrow = as_of(None).date() + timedelta(days=1)
    if day > tomorrow:
        raise ValueError(f"on={day} is later than tomorrow ({tomorrow}, UTC)")
    return day


def _days(
    own: pd.DataFrame, proof: Certificate, day: date
) -> dict[str, tuple[AccountCertificate, Any]]:
    """Return each account's part of the certificate and its table, by name."""
    listed = [entry for entry in proof.accounts if entry.endpoint == "images"]
    if not listed:
        raise FrameError("the certificate names no accounts, so there is nothing to record")
    own.attrs = {}
    images = with_costs(own, None, day).assign(**{DAY: day})
    days = {}
    for entry in sorted(listed, key=lambda entry: entry.account):
        rows = images[images["account"] == entry.account]
        counted_own = replace(entry, own_images=len(rows))
        others = [
            other
            for other in proof.accounts
            if other.account == entry.account and other is not entry
        ]
        certificate = replace(proof, accounts=(counted_own, *others))
        days[entry.account] = counted_own, day_table(rows, certificate)
    return days


def _check_filters(entry: AccountCertificate, files: Sequence[DayFile], day: date) -> None:
    """Raise if the account's most recent other day was listed with different filters."""
    for file in reversed(files):
        if file.day == day:
            continue
        try:
            known = read_day_file(file)[1].accounts[0].filters
        except HistoryError:
            continue  # a damaged file of yesterday must not prevent recording today
        if _without_private(known) != _without_private(entry.filters):
            raise HistoryError(
                f"{file.path} was listed with the filters {dict(known)}, but now account "
                f"{entry.account} has {dict(entry.filters)}: the days could not be compared; "
                "record into another directory"
            )
        return


def _without_private(filters: Mapping[str, str]) -> dict[str, str]:
    """Return the filters without ``private``: only own images are recorded in any case."""
    return {name: value for name, value in filters.items() if name != "private"}


def _is_recorded(files: Sequence[DayFile], day: date) -> bool:
    """Return whether the day has a file; raise if ``record`` did not write it."""
    recorded = [file for file in files if file.day == day]
    for file in recorded:
        read_day_file(file)
    return bool(recorded)


def _write(root: str, day: date, tables: Mapping[str, Any]) -> None:
    written: list[str] = []
    for account, table in tables.items():
        target = place_of(root, account, day)
        try:
            if not is_object(root):
                make_directory(Path(target).parent)
            write_table(table, target)
        except ImagedfError as error:
            if not written:
                raise
            rest = [name for name in tables if name not in written]
            raise HistoryError(
                f"{error}; recorded: {_names(written)}; not recorded: {_names(rest)}"
            ) from error
        written.append(account)
