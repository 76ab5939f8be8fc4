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
from imagedf.cost._pricing import (
    WORKING,
    may_have_note,
    priced,
    rates_of_images,
    tags_of,
    with_notes,
)
from imagedf.errors import FrameError, missing_columns
from imagedf.frame import (
    PANDAS_TYPES,
    collapse_regions,
    day_of,
    first_rows,
    image_codes,
    list_array,
    require,
    to_arrow,
    typed,
)
from imagedf.schema import COST_PREFIX, IDENTITY, cost_column
from imagedf.summary import one_row_per_image, rows_of

_NEEDED = (*IDENTITY, "type", "public", "size_gigabytes", "status")
_PRICED_BY = ("account", "type", "public", "size_gigabytes", "status")
_COLUMNS = ("billing_class", "cost_note")
_TYPES = PANDAS_TYPES.get


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
    if isinstance(frame, pd.DataFrame):
        return _of_pandas(frame, book, day, notes=notes)  # type: ignore[return-value] # the same
    rows = _one_per_image(frame)
    kept = _kept(rows.collect_schema().names())
    rows = priced(rows.select(*kept), book, day)
    rows = with_notes(rows, book) if notes else rows
    rows = rows.rename({"_cost": _cost_of(book)})
    rows = rows.select(*kept, *_added(book, notes=notes))
    return rows.to_native()  # type: ignore[no-any-return] # the same kind as the argument


def _of_pandas(frame: pd.DataFrame, book: PriceBook, day: date, *, notes: bool) -> pd.DataFrame:
    """Compute the costs in Arrow: expressions on pandas columns take several times as long."""
    require(frame, _NEEDED)
    images = _images_of(frame)
    images.attrs = {}  # pandas would make a deep copy for every column
    images = images[_kept([*images.columns])]
    rows = priced(_in_arrow(images, book, day), book, day)
    added = rows.select("billing_class", "_cost").to_native().to_pandas(types_mapper=_TYPES)
    if notes:
        some = rows.with_row_index("_row").filter(may_have_note())
        noted = with_notes(some, book).select("_row", "cost_note").to_native()
        added["cost_note"] = noted.to_pandas(types_mapper=_TYPES).set_index("_row")["cost_note"]
    added = added.rename(columns={"_cost": _cost_of(book)}).set_axis(images.index)
    result = images.assign(**{name: added[name] for name in _added(book, notes=notes)})
    result.attrs = dict(frame.attrs)
    return result


def _in_arrow(images: pd.DataFrame, book: PriceBook, day: date) -> Any:
    """Return the columns that costs depend on as narwhals rows."""
    dated = "snapshot_date" in images
    names = [*_PRICED_BY, *(["snapshot_date"] if dated else [])]
    columns: dict[str, Any] = {name: images[name] for name in names}
    if tags_of(rates_of_images(book, day, dated=dated)):
        require(images, ["tags"])
        columns["tags"] = list_array(images["tags"])
    return nw.from_native(to_arrow(columns))


def _cost_of(book: PriceBook) -> str:
    return f"{COST_PREFIX}{book.currency.lower()}"


def _added(book: PriceBook, *, notes: bool) -> list[str]:
    return ["billing_class", _cost_of(book), *(["cost_note"] if notes else [])]


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


def _kept(names: list[Any]) -> list[str]:
    """Return the names of the columns that are kept; new costs replace older ones."""
    if wrong := [name for name in names if not isinstance(name, str)]:
        raise FrameError(f"the names of columns must be text, not {wrong[0]!r:.60}")
    if reserved := sorted(WORKING.intersection(names)):
        raise FrameError(f"rename the reserved columns {', '.join(reserved)}")
    return [name for name in names if name not in _COLUMNS and not cost_column([name])]


def _one_per_image(frame: Any) -> Any:
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
