"""``render_report`` and ``write_report``: one self-contained HTML page."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Literal

import pandas as pd

from imagedf.account import Account
from imagedf.charts import plain_style
from imagedf.cost import PriceBook
from imagedf.files import check_suffix, write_text
from imagedf.frame import Moment
from imagedf.report._collect import collect
from imagedf.report._page import ReportPage
from imagedf.report._render import render
from imagedf.savings import Policy

__all__ = ["render_report", "write_report"]


def render_report(
    frame: pd.DataFrame | Account,
    *,
    title: str = "DigitalOcean images",
    now: Moment | None = None,
    prices: PriceBook | None = None,
    policy: Policy | None = None,
    history: str | os.PathLike[str] | None = None,
    since: date | str | None = None,
    scope: Literal["own", "all"] = "own",
) -> ReportPage:
    """Return a report on one self-contained HTML page, without scripts or network access.

    Parameters
    ----------
    frame : pandas.DataFrame or Account
        Images in either layout, or an ``Account``, which adds the bill and the use of images.
        Your own images are counted, and public images are mentioned; a frame with only public
        images is described as is. If the frame has the columns of ``estimate_cost`` and
        ``prices`` is not given, its own costs are used.
    title : str, default "DigitalOcean images"
        The heading of the page.
    now : datetime or str, optional
        The moment that ages and rates refer to. Default: when the frame was fetched, or else now.
    prices : PriceBook, optional
        Default: the published rates.
    policy : Policy, optional
        The policy for deletion candidates, as for ``find_savings``. If the default can't be
        applied, because no image has a date, the report says that savings are unknown.
    history : path-like, optional
        The directory that ``record`` writes; adds sections on changes and growth.
    since : date or str, optional
        The recorded day to compare with. Default: the last one before the frame's own day.
    scope : {"own", "all"}, default "own"
        ``all`` also counts DigitalOcean's public images.

    Returns
    -------
    ReportPage
        The page: a ``str`` that notebooks display as a page. The same frame returns the same
        text; a frame read from saved responses has no time of its own, so pass ``now``.

    Raises
    ------
    FrameError
        A required column is missing, or the frame contains several days.
    PolicyError
        ``policy`` needs a field that is unknown for all images.
    HistoryError
        The history can't be read, or has no record of ``since``.

    See Also
    --------
    write_report : Write the report to a file.

    Examples
    --------
    >>> import imagedf
    >>> from datetime import datetime
    >>> frame = imagedf.example()
    >>> page = imagedf.render_report(frame, now=datetime(2026, 11, 24))
    >>> "11.70" in page
    True
    """
    with plain_style():
        report = collect(
            frame,
            title=title,
            now=now,
            prices=prices,
            policy=policy,
            history=history,
            since=since,
            scope=scope,
        )
    return render(report)


def write_report(
    frame: pd.DataFrame | Account,
    path: str | os.PathLike[str],
    *,
    title: str = "DigitalOcean images",
    now: Moment | None = None,
    prices: PriceBook | None = None,
    policy: Policy | None = None,
    history: str | os.PathLike[str] | None = None,
    since: date | str | None = None,
    scope: Literal["own", "all"] = "own",
) -> Path:
    """Write the page of ``render_report`` to one file that can be mailed.

    Parameters
    ----------
    frame
        As for ``render_report``.
    path : path-like
        The HTML file, replaced atomically.
    title, now, prices, policy, history, since, scope
        As for ``render_report``.

    Returns
    -------
    pathlib.Path
        The path of the HTML file.

    Raises
    ------
    ValueError
        ``path`` is not the name of a file, or has the suffix of another format.
    FrameError, PolicyError, HistoryError
        As for ``render_report``.
    ImagedfError
        The file can't be written.

    See Also
    --------
    render_report : Return the page, which notebooks display.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> frame = imagedf.example()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     imagedf.write_report(frame, pathlib.Path(folder) / "report.html").name
    'report.html'
    """
    check_suffix(path, ".html", ".htm")
    target = Path(path)
    with plain_style():
        report = collect(
            frame,
            title=title,
            now=now,
            prices=prices,
            policy=policy,
            history=history,
            since=since,
            scope=scope,
        )
    return write_text(target, render(report))
