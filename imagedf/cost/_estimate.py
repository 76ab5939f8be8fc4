"""Price each image by the month: a run rate by size and published rate, never "spent so far".

DigitalOcean charges an image once, regardless of how many regions it is in
(https://docs.digitalocean.com/products/images/snapshots/details/pricing/).
"""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd
from narwhals.stable.v2.typing import IntoFrameT

from imagedf.cost._prices import PriceBook
from imagedf.cost._pricing import WORKING, priced
from imagedf.errors import FrameError, missing_columns
from imagedf.frame import collapse_regions, day_of, first_rows, image_codes, require, typed
from imagedf.schema import COST_PREFIX, IDENTITY, cost_column
from imagedf.summary import rows_of, whole_images

_NEEDED = (*IDENTITY, "type", "public", "size_gigabytes", "status")
_COLUMNS = ("billing_class", "cost_note")


def estimate_cost(
    frame: IntoFrameT, *, prices: PriceBook | None = None, on: date | str | None = None
) -> IntoFrameT:
    """Price each image by the month, once regardless of how many regions it is in.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either layout, with ``account``, ``id``, ``name``, ``type``, ``public``, ``status``
        and ``size_gigabytes``.
    prices : PriceBook, optional
        Default the published rates that come with imagedf.
    on : date, datetime or str, optional
        The day whose rates apply, in UTC; default the day of the fetch, or today. In a frame with
        ``snapshot_date``, each row is priced on its own day.

    Returns
    -------
    frame of the same kind
        One row per image (without ``regions`` if the exploded layout of another engine than
        pandas was passed), and after its columns ``billing_class``, ``monthly_cost_usd`` [USD
        per month] and ``cost_note``. A book in another currency has that in the column's name.
        Public images are ``free`` and cost 0; a private image's class is its type. A known cost
        is the float nearest to the exact product of size and rate.

        The cost is missing, and the note says why, where there is no rate (backups, ``admin`` and
        new types), then where type, public or size is missing, or the size is negative or above
        an exabyte. It is 0, with a note, for an image of size 0 and for one that is new, pending,
        deleted or retired, since nothing published says that these are charged; the rate is
        looked up first, so a deleted backup has no known cost either. An image whose status is
        missing counts as charged.

    Raises
    ------
    FrameError
        A needed column is missing, a column name is not text or is reserved, or rows of one image
        contradict each other.
    TypeError
        ``prices`` is not a price book, or ``on`` not a day.

    See Also
    --------
    summarize : Adds the costs up by group.
    cost_summary : The total as a sentence.

    Notes
    -----
    Sizes are taken in the unit of the rate, as DigitalOcean reports them (GB). Of several rates
    that match an image, one for its tag comes before one for its account, and one for both
    before either. If rates for several of its tags match, the first tag by name applies and the
    note says so. Lazy frames are not collected: of rows of one image that contradict each other,
    the one with the largest size counts there.

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
    book = PriceBook.load() if prices is None else prices
    if not isinstance(book, PriceBook):
        raise TypeError(f"prices must be a PriceBook, not {book!r:.60}; PriceBook.load reads one")
    day = day_of(frame, on)
    rows = _one_per_image(frame)
    present = _checked(rows.collect_schema().names())
    kept = [name for name in present if name not in _COLUMNS and not cost_column([name])]
    cost = f"{COST_PREFIX}{book.currency.lower()}"
    costs = priced(rows.select(*kept), book, day).rename({"_cost": cost})
    result = costs.select(*kept, "billing_class", cost, "cost_note").to_native()
    if isinstance(result, pd.DataFrame):
        result["cost_note"] = result["cost_note"].astype("str")
        result.attrs = dict(getattr(frame, "attrs", {}))
    return result  # type: ignore[no-any-return] # the same kind as the argument


def with_costs(
    frame: pd.DataFrame, prices: PriceBook | None, on: date | str | None = None
) -> pd.DataFrame:
    """Return one row per image with costs: the frame's own unless a price book is given."""
    require(frame)
    if prices is None and cost_column(frame.columns) is not None:
        return _images_of(frame)
    return estimate_cost(frame, prices=prices, on=on)


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
        images.attrs = {}  # pandas would copy them deeply with every column
        return nw.from_native(images)
    rows = rows_of(frame)
    present = rows.collect_schema().names()
    if not set(_NEEDED) <= set(present):
        raise missing_columns(_NEEDED, present)
    of_regions = [name for name in present if name in ("region", "allocated_gigabytes")]
    of_regions += [name for name in present if name.startswith("allocated_cost_")]
    return whole_images(rows).drop(*of_regions)


def _images_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row per image, also of a frame without any column of regions."""
    if "region" in frame.columns or "regions" in frame.columns:
        return collapse_regions(frame)
    return typed(frame.take(first_rows(image_codes(frame))).reset_index(drop=True))
