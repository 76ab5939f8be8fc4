"""Write charts to files: the same frame gives the same bytes."""

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

from imagedf._text import received
from imagedf.account import Account
from imagedf.charts._ages import ages_chart
from imagedf.charts._cost import cost_chart
from imagedf.charts._savings import plot_default_savings
from imagedf.charts._sizes import regions_chart, sizes_chart
from imagedf.charts._sums import Sums
from imagedf.cost import PriceBook, with_costs
from imagedf.files import make_directory, replace
from imagedf.frame import as_of

Charts = Literal["png", "svg", "pdf"]


def save_charts(
    frame: pd.DataFrame | Account,
    directory: str | os.PathLike[str],
    *,
    format: Charts = "png",  # noqa: A002 # matplotlib and pandas use this name
    now: datetime | str | None = None,
    prices: PriceBook | None = None,
) -> list[Path]:
    """Write the charts of a frame to files; the same frame gives the same bytes.

    Parameters
    ----------
    frame : pandas.DataFrame or Account
        Either layout. With an Account, the chart of savings keeps images in use, like
        ``find_savings``.
    directory : path-like
        Created if missing.
    format : {"png", "svg", "pdf"}, default "png"
        The file format.
    now : datetime or str, optional
        The moment that ages refer to. Default: when the frame was fetched, or else now.
    prices : PriceBook, optional
        Default: the published rates.

    Returns
    -------
    list of pathlib.Path
        The paths: sizes by distribution, type and status, regions, ages, cost, savings. Savings
        are drawn as unknown if no image has a date.

    Raises
    ------
    FrameError
        A required column is missing.
    ImagedfError
        A file can't be written.

    See Also
    --------
    write_report : Write charts and tables on one page.

    Examples
    --------
    >>> import imagedf, tempfile
    >>> frame = imagedf.example()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(imagedf.save_charts(frame, folder))
    7
    """
    if format not in ("png", "svg", "pdf"):
        raise ValueError(f"format must be png, svg or pdf, not {received(format)}")
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
    """Return the charts that ``save_charts`` writes, by file name."""
    images = frame.images if isinstance(frame, Account) else frame
    costs = with_costs(images, prices, as_of(images, now).date())
    # Savings in an account are priced separately, so the prices are passed on.
    savings = (
        plot_default_savings(frame, now=now, prices=prices)
        if isinstance(frame, Account)
        else plot_default_savings(costs, now=now, prices=None)
    )
    sums = Sums(costs, now)
    return {
        "sizes-by-distribution": sizes_chart(sums, "distribution"),
        "sizes-by-type": sizes_chart(sums, "type"),
        "sizes-by-status": sizes_chart(sums, "status"),
        "regions": regions_chart(sums),
        "ages": ages_chart(sums),
        "cost-by-type": cost_chart(sums, "type"),
        "savings": savings,
    }


def image_of(axes: Axes, kind: Charts, *, transparent: bool = False) -> bytes:
    """Render the figure of Axes, without anything that depends on the time or the machine."""
    figure: Any = axes.get_figure(root=True)
    buffer = io.BytesIO()
    metadata: dict[str, Any] = {
        "png": {"Software": None},
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }[kind]
    settings: Any = {"svg.hashsalt": "imagedf", "svg.fonttype": "none"}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes; the tables show it in full.
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        figure.savefig(buffer, format=kind, metadata=metadata, transparent=transparent, dpi=150)
    return buffer.getvalue()
