"""Charts as files, the same bytes for the same frame."""

from __future__ import annotations

import io
import os
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes

from imagedf.account import Account
from imagedf.charts._cost import plot_cost
from imagedf.charts._savings import plot_savings
from imagedf.charts._sizes import plot_ages, plot_regions, plot_sizes
from imagedf.cost import PriceBook, with_costs
from imagedf.files import make_directory, replace
from imagedf.frame import as_of

Charts = Literal["png", "svg", "pdf"]


def save_charts(
    frame: pd.DataFrame | Account,
    directory: str | os.PathLike[str],
    *,
    format: Charts = "png",  # noqa: A002 # matplotlib's and pandas' own word for it
    now: datetime | str | None = None,
    prices: PriceBook | None = None,
) -> list[Path]:
    """Write the charts of a frame as files; the same frame gives the same bytes.

    Parameters
    ----------
    frame : pandas.DataFrame or Account
        Either grain. With an Account, the chart of savings keeps what is in use, as
        ``find_savings`` does.
    directory : path-like
        Made when missing.
    format : {"png", "svg", "pdf"}, default "png"
        Kind of file.
    now : datetime or str, optional
        What ages refer to; default when the frame was fetched, or now.
    prices : PriceBook, optional
        Default the published rates.

    Returns
    -------
    list of pathlib.Path
        The files: sizes by distribution, type and status, regions, ages, cost, savings.

    Raises
    ------
    FrameError
        A needed column is missing.
    ImagedfError
        A file can't be written.

    See Also
    --------
    write_report : The charts with the tables, on one page.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> frame = imagedf.example()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(imagedf.save_charts(frame, folder))
    7
    """
    if format not in ("png", "svg", "pdf"):
        raise ValueError(f"format must be png, svg or pdf, not {format!r}")
    charts = standard_charts(frame, now=now, prices=prices)
    target = make_directory(directory)
    paths = []
    for name, axes in charts.items():
        path = target / f"{name}.{format}"
        with replace(path) as temporary:
            temporary.write_bytes(image_of(axes, format))
        paths.append(path)
    return paths


def standard_charts(
    frame: pd.DataFrame | Account,
    *,
    now: datetime | str | None = None,
    prices: PriceBook | None = None,
) -> dict[str, Axes]:
    """Draw the charts that ``save_charts`` writes, by file name."""
    images = frame.images if isinstance(frame, Account) else frame
    costs = with_costs(images, prices, as_of(images, now).date())
    # An account is judged with its own prices, so these are passed on.
    savings = (
        plot_savings(frame, now=now, prices=prices)
        if isinstance(frame, Account)
        else plot_savings(costs, now=now)
    )
    return {
        "sizes-by-distribution": plot_sizes(costs, "distribution"),
        "sizes-by-type": plot_sizes(costs, "type"),
        "sizes-by-status": plot_sizes(costs, "status"),
        "regions": plot_regions(costs),
        "ages": plot_ages(costs, now=now),
        "cost-by-type": plot_cost(costs, "type"),
        "savings": savings,
    }


def image_of(axes: Axes, kind: Charts, *, transparent: bool = False) -> bytes:
    """Render the figure of some Axes; nothing of the time or the machine goes in."""
    figure: Any = axes.get_figure(root=True)
    buffer = io.BytesIO()
    metadata: dict[str, Any] = {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }[kind]
    settings: Any = {"svg.hashsalt": "imagedf", "svg.fonttype": "none"}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # A name in a script that the font lacks is shown as boxes, and whole in the table.
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        figure.savefig(buffer, format=kind, metadata=metadata, transparent=transparent, dpi=150)
    return buffer.getvalue()
