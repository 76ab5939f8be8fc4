"""Estimate the monthly cost of images from size and published rate: a run rate, not actual spend.

DigitalOcean charges an image once, regardless of how many regions it is in
(https://docs.digitalocean.com/products/images/snapshots/details/pricing/).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd
from narwhals.stable.v2.typing import IntoFrameT

from imagedf._text import received
from imagedf.cost._prices import PriceBook
from imagedf.cost._pricing import WORKING, priced, with_notes
from imagedf.errors import FrameError, missing_columns
from imagedf.frame import collapse_regions, day_of, first_rows, image_codes, require, typed
from imagedf.schema import COST_PREFIX, IDENTITY, cost_column
from imagedf.summary import one_row_per_image, rows_of

_NEEDED = (*IDENTITY, "type", "public", "size_gigabytes", "status")
_COLUMNS = ("billing_class", "cost_note")


def estimate_cost(
    frame: IntoFrameT, *, prices: PriceBook | None = None, on: date | str | None = None
) -> IntoFrameT:
    """Estimate the monthly cost of each image, once regardless of how many regions it is in.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either layout, with ``account``, ``id``, ``name``, ``type``, ``public``, ``status``
        and ``size_gigabytes``.
    prices : PriceBook, optional
        Default: the published rates that come with imagedf.
    on : date, datetime or str, optional
        The day whose rates apply, in UTC. Default: the day of the fetch, or else today. In a
        frame with ``snapshot_date``, each row is priced at the rates of its own day.

    Returns
    -------
    frame of the same kind
        One row per image (without ``regions`` for an exploded frame of an engine other than
        pandas), with the additional columns ``billing_class``, ``monthly_cost_usd`` [USD per
        month] and ``cost_note``. With a price book in another currency, the column is named after
        that. Public images are ``free`` and cost 0; the class of a private image is its type. A
        known cost is the float nearest to the exact product of size and rate.

        The cost is missing, and the note says why, if there is no rate (backups, ``admin`` and
        new types), if type, public or size is missing, or if the size is negative or above an
        exabyte. It is 0, with a note, for an image of size 0 and for one that is new, pending,
        deleted or retired, since no published price says that these are charged; the rate is
        looked up first, so the cost of a deleted backup is unknown too. An image whose status is
        missing counts as charged.

    Raises
    ------
    FrameError
        A required column is missing, a column name is not text or is reserved, or rows of one
        image contradict each other.
    TypeError
        ``prices`` is not a price book, or ``on`` is not a day.

    See Also
    --------
    summarize : Total the costs by group.
    cost_summary : Return the total, also as a sentence.

    Notes
    -----
    Sizes are used as reported by DigitalOcean, in the unit of the rate (GB). If several rates
    match an image, a rate for its tag takes precedence over one for its account, and a rate for
    both over either. If rates for several of its tags match, the first tag by name applies and
    the note says so. Lazy frames are not collected: if rows of one image contradict each other,
    the row with the largest size counts.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> costs = imagedf.estimate_cost(frame, on="2026-11-01")
    >>> costs[["billing_class", "monthly_cost_usd"]].head(2)
      billing_class  monthly_cost_usd
    0      snapshot            0.1404
    1      snapshot            0.1404
    """
    return _estimated(frame, prices, on, notes=True)


def _estimated(
    frame: IntoFrameT, prices: PriceBook | None, on: date | str | None, *, notes: bool
) -> IntoFrameT:
    book = book_of(prices)
    day = day_of(frame, on)
    rows = _one_per_image(frame)
    present = _checked(rows.collect_schema().names())
    kept = [name for name in present if name not in _COLUMNS and not cost_column([name])]
    cost = f"{COST_PREFIX}{book.currency.lower()}"
    costs = priced(rows.select(*kept), book, day)
    costs = with_notes(costs, book) if notes else costs
    added = ["billing_class", cost, *(["cost_note"] if notes else [])]
    result = costs.rename({"_cost": cost}).select(*kept, *added).to_native()
    if isinstance(result, pd.DataFrame):
        result.attrs = dict(getattr(frame, "attrs", {}))
    return result  # type: ignore[no-any-return] # the same kind as the argument


def book_of(prices: PriceBook | None) -> PriceBook:
    """Return the price book given, or the published one."""
    book = PriceBook.load() if prices is None else prices
    if not isinstance(book, PriceBook):
        raise TypeError(
            f"prices must be a PriceBook, not {received(book)}; read one with PriceBook.load(path)"
        )
    return book


def with_costs(
    frame: pd.DataFrame,
    prices: PriceBook | None,
    on: date | str | None = None,
    *,
    notes: bool = True,
) -> pd.DataFrame:
    """Return one row per image with costs: the frame's own, unless a price book is given.

    Without ``notes``, which take the longest, there is no column ``cost_note``.
    """
    require(frame)
    if prices is None and cost_column(frame.columns) is not None:
        return _images_of(frame)
    return _estimated(frame, prices, on, notes=notes)


def cost_of(frame: pd.DataFrame) -> str:
    """Return the name of the column with the monthly cost; raise if there is none."""
    column = cost_column(frame.columns)
    if column is None:
        raise missing_columns([f"{COST_PREFIX}usd"], frame.columns)
    return column


def _checked(names: list[Any]) -> list[str]:
    if wrong := [name for name in names if not isinstance(name, str)]:
        raise FrameError(f"the names of columns must be text, not {wrong[0]!r:.60}")
    if reserved := sorted(WORKING.intersection(names)):
        raise FrameError(f"rename the reserved columns {', '.join(reserved)}")
    return names


def _one_per_image(frame: Any) -> Any:
    if isinstance(frame, pd.DataFrame):
        require(frame, _NEEDED)
        images = _images_of(frame)
        images.attrs = {}  # pandas would make a deep copy for every column
        return nw.from_native(images)
    rows = rows_of(frame)
    present = rows.collect_schema().names()
    if not set(_NEEDED) <= set(present):
        raise missing_columns(_NEEDED, present)
    of_regions = [name for name in present if name in ("region", "allocated_gigabytes")]
    of_regions += [name for name in present if name.startswith("allocated_cost_")]
    return one_row_per_image(rows).drop(*of_regions)


def _images_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per image, also for a frame without a column of regions."""
    if "region" in frame.columns or "regions" in frame.columns:
        return collapse_regions(frame)
    return typed(frame.take(first_rows(image_codes(frame))).reset_index(drop=True))
