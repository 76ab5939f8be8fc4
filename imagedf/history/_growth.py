"""The growth of a history: totals per day, never summed across days."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, overload

import narwhals.stable.v2 as nw

from imagedf._text import received
from imagedf.errors import missing_columns
from imagedf.frame import Day
from imagedf.history._daily import FIGURES, daily_sums
from imagedf.history._dayfile import DAY
from imagedf.history._open import check_files
from imagedf.history._read import chosen_files
from imagedf.summary import rows_of, summarize

if TYPE_CHECKING:
    import pandas as pd
    from narwhals.typing import IntoFrameT

_LEFT_OUT = ("share", "oldest", "newest")


@overload
def growth(
    history: str | os.PathLike[str],
    by: str | Sequence[str] | None = None,
    *,
    since: Day | None = None,
    until: Day | None = None,
    accounts: Collection[str] | None = None,
    verify: bool = False,
) -> pd.DataFrame: ...
@overload
def growth(history: IntoFrameT, by: str | Sequence[str] | None = None) -> IntoFrameT: ...
def growth(
    history: Any,
    by: str | Sequence[str] | None = None,
    *,
    since: Day | None = None,
    until: Day | None = None,
    accounts: Collection[str] | None = None,
    verify: bool = False,
) -> Any:
    """Return the totals of a history by day, counting each image once per day.

    Parameters
    ----------
    history : path-like, or pandas, Polars, PyArrow, DuckDB or PySpark frame
        The directory or ``s3://bucket/prefix`` that ``record`` writes, or its rows: the frame
        returned by ``read_history``, the relation returned by ``open_history``, or an engine's
        own frame of the files.
    by : str or list of str, optional
        Group each day by these keys, like ``summarize``: ``account``, ``type``,
        ``distribution``, ``region`` and so on.
    since, until : date, datetime or str, optional
        First and last day, both included; only with a directory.
    accounts : collection of str, optional
        Include only these accounts; only with a directory.
    verify : bool, default False
        First read every file and verify its checksums; only with a directory.

    Returns
    -------
    frame of the same kind, pandas for a directory
        One row per recorded day and group, sorted by day and key: ``snapshot_date``, the keys,
        ``accounts`` (number recorded on the day, unless ``account`` is a key), ``images``,
        ``size_gigabytes`` [GB, known sizes], ``unknown_size`` (images), ``monthly_cost_usd``
        [USD per month, known costs] and ``unknown_cost`` (images). By region or tag also the
        allocated amounts, which add up to the day's total. An amount that is unknown for all
        images of a group is missing. A day that was not recorded has no row. If ``accounts``
        drops, an account was not recorded on that day; its images still exist. For a directory,
        a recorded day without images is a row of zeros if ``by`` is omitted or ``account``.

    Raises
    ------
    FrameError
        The frame lacks ``snapshot_date`` or another required column.
    HistoryError
        The directory is not a history, or contains a file that can't be used.
    ValueError, TypeError
        ``by`` names a key twice, or ``age``; or a range is given with a frame.

    See Also
    --------
    fit_trend : Fit a straight line to a measure, and find when it reaches a limit.
    plot_growth : Plot the result.
    summarize : Total the images of one day.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> frame = imagedf.example()
    >>> with tempfile.TemporaryDirectory() as history:
    ...     for day in ("2026-11-21", "2026-11-23"):
    ...         _ = imagedf.record(frame, history, on=day)
    ...     imagedf.growth(history)[["snapshot_date", "images", "size_gigabytes"]]
      snapshot_date  images  size_gigabytes
    0    2026-11-21       5            11.7
    1    2026-11-23       5            11.7
    """
    keys = _keys_of(by)
    if isinstance(history, str | os.PathLike):
        files = chosen_files(history, since, until, accounts)
        if verify:
            check_files(files)
        return daily_sums(files, keys)
    if (since, until, accounts, verify) != (None, None, None, False):
        raise TypeError(
            "since, until, accounts and verify need a directory; filter the frame instead"
        )
    return _by_day(history, keys)


def _keys_of(by: str | Sequence[str] | None) -> list[str]:
    keys = [by] if isinstance(by, str) else list(by or ())
    if len(set(keys)) != len(keys) or {DAY, *FIGURES} & set(keys):
        raise ValueError(
            f"by must be distinct columns other than {DAY} and the measures, not {received(by)}"
        )
    if "age" in keys:
        raise ValueError("can't group a history by age: it changes every day; use month or type")
    return keys


def _by_day(frame: Any, keys: Sequence[str]) -> Any:
    present = rows_of(frame).collect_schema().names()
    if DAY not in present:
        raise missing_columns([DAY], present)
    groups = nw.from_native(summarize(frame, [DAY, *keys]))
    names = [name for name in groups.collect_schema().names() if name not in _LEFT_OUT]
    if "account" not in keys:
        seen = nw.from_native(frame).group_by(DAY, "account").agg(nw.len())
        counts = seen.group_by(DAY).agg(nw.len().alias("accounts"))
        groups = groups.join(counts.with_columns(nw.col("accounts").cast(nw.Int64)), on=DAY)
        names.insert(len(keys) + 1, "accounts")
    ordered = groups.select(*names).sort(DAY, *keys, nulls_last=True)
    return nw.maybe_reset_index(ordered).to_native()
