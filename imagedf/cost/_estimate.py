"""What images cost a month: a run-rate by size and published rate, never "spent so far".

DigitalOcean charges an image once, however many regions hold it
(https://docs.digitalocean.com/products/images/snapshots/details/pricing/).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from imagedf._text import counted
from imagedf.cost._amounts import cents, exact_sum
from imagedf.cost._bookfile import NOT_CHARGED
from imagedf.cost._prices import PriceBook
from imagedf.cost._rates import VOLUME_SNAPSHOT, Rate, most_specific_first
from imagedf.errors import FrameError, missing_columns
from imagedf.frame import (
    collapse_regions,
    day_of,
    first_rows,
    identity_in,
    image_codes,
    list_array,
    require,
    require_one_day,
    typed,
)
from imagedf.schema import COST_PREFIX, IDENTITY, cost_column
from imagedf.summary import check_lists, image_rows_on, plain_kinds, rows_of

NOT_INCLUDED = "volume snapshots, taxes, credits"
"""What an image listing can't tell and no total here holds."""

_UNCHARGED = ("new", "pending", "deleted", "retired")
_NEEDED = (*IDENTITY, "type", "public", "size_gigabytes", "status")
_BACKUP = "a backup's price hangs on its Droplet or plan, which the listing does not hold"
_BY_SIZE = "a backup priced by size, taking size_gigabytes as its restorable size"
_PER_GIB = "priced per GiB, taking size_gigabytes as GiB"
_LARGEST = 1e9
_COLUMNS = ("billing_class", "cost_note")
_SIGNS = ("_free", "_sound", "_idle", "_rate", "_per_gib", "_undated")
Frame = TypeVar("Frame")


def estimate_cost(
    frame: Frame, prices: PriceBook | None = None, *, on: date | None = None
) -> Frame:
    """Price each image by the month, once however many regions hold it.

    Parameters
    ----------
    frame : pandas, Polars, PyArrow, DuckDB or PySpark frame
        Either grain, with ``account``, ``id``, ``name``, ``type``, ``public``, ``status``
        and ``size_gigabytes``.
    prices : PriceBook, optional
        Default the published rates that come with imagedf.
    on : date, optional
        The day whose rates hold; default the day of the fetch, or today. A frame with
        ``snapshot_date`` has each row priced on its own day.

    Returns
    -------
    frame of the same kind
        The image grain (without ``regions`` on other engines than pandas, where the exploded
        grain was given), and after its columns ``billing_class``, ``monthly_cost_usd`` [USD a
        month] and ``cost_note``. A book in another currency names that one in the column.
        Public images are ``free``; a private one's class is its type. The cost is missing,
        and the note says why, for backups and types without a rate in the book, and where
        type, public or size is missing or the size is negative or above an exabyte. It is 0,
        with a note, for an image of size 0 and for one that is new, pending, deleted or
        retired, since nothing published says that these are charged. An image whose status is
        missing counts as charged.

    Raises
    ------
    FrameError
        A needed column is missing, or one has a name that is none or is used here.
    TypeError
        ``prices`` is no price book, or ``on`` no date.

    See Also
    --------
    summarize : Adds the costs up by group.
    cost_summary : The total as a sentence.

    Notes
    -----
    Sizes are taken in the unit of the rate, as DigitalOcean prints them (GB).

    Examples
    --------
    >>> import imagedf
    >>> from datetime import date
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> costs = imagedf.estimate_cost(frame, on=date(2026, 11, 1))
    >>> costs[["billing_class", "monthly_cost_usd"]].head(2)
      billing_class  monthly_cost_usd
    0      snapshot            0.1404
    1      snapshot            0.1404
    """
    book = PriceBook.load() if prices is None else prices
    if not isinstance(book, PriceBook):
        raise TypeError(f"prices must be a PriceBook, not {book!r:.60}; PriceBook.load reads one")
    day = day_of(frame, on)
    rows = _image_grain(frame)
    present = rows.collect_schema().names()
    if odd := [name for name in present if not isinstance(name, str)]:
        raise FrameError(f"the names of columns must be text, not {odd[0]!r:.60}")
    if taken := sorted({"_cost", *_SIGNS}.intersection(present)):
        raise FrameError(f"rename the columns {', '.join(taken)}: costs are worked out under them")
    former = [name for name in present if name in _COLUMNS or cost_column([name])]
    kept = [name for name in present if name not in former]
    cost = f"{COST_PREFIX}{book.currency.lower()}"
    priced = _priced(rows.select(*kept), book, day).rename({"_cost": cost})
    result = priced.select(*kept, "billing_class", cost, "cost_note").to_native()
    if isinstance(result, pd.DataFrame):
        result["cost_note"] = result["cost_note"].astype("str")
        result.attrs = dict(getattr(frame, "attrs", {}))
    return result  # type: ignore[no-any-return] # the same kind as the argument


def with_costs(
    frame: pd.DataFrame, prices: PriceBook | None, on: date | None = None
) -> pd.DataFrame:
    """Return the image grain with costs; those the frame brings stand unless a book is given."""
    require(frame)
    if prices is None and cost_column(frame.columns) is not None:
        return _images_of(frame)
    return estimate_cost(frame, prices, on=on)


def cost_of(frame: pd.DataFrame) -> str:
    """Return the column with the monthly cost; raise when there is none."""
    column = cost_column(frame.columns)
    if column is None:
        raise missing_columns([f"{COST_PREFIX}usd"], frame.columns)
    return column


def _image_grain(frame: Any) -> Any:
    if isinstance(frame, pd.DataFrame):
        require(frame, _NEEDED)
        images = _images_of(frame)
        images.attrs = {}  # pandas would copy them deeply with every column
        return nw.from_native(images)
    rows = rows_of(frame)
    present = rows.collect_schema().names()
    if not set(_NEEDED) <= set(present):
        raise missing_columns(_NEEDED, present)
    gone = [name for name in ("region", "allocated_gigabytes") if name in present]
    return plain_kinds(rows).unique(subset=identity_in(present), keep="any").drop(*gone)


def _images_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row an image, also of a frame without any column of regions."""
    if "region" in frame.columns or "regions" in frame.columns:
        return collapse_regions(frame)
    return typed(frame.take(first_rows(image_codes(frame))).reset_index(drop=True))


def _priced(rows: Any, book: PriceBook, day: date) -> Any:
    """Add ``billing_class``, ``_cost`` and ``cost_note``."""
    public, kind, size = nw.col("public"), nw.col("type"), nw.col("size_gigabytes")
    private = nw.when(public.is_null() | kind.is_null()).then(nw.lit("unknown")).otherwise(kind)
    rows = rows.with_columns(billing_class=nw.when(public).then(nw.lit("free")).otherwise(private))
    rows = _with_rate(rows, book, day)
    sound = ~size.is_null() & (size >= 0) & (size <= _LARGEST)
    idle = nw.col("status").str.to_lowercase().is_in(_UNCHARGED).fill_null(value=False)
    rows = rows.with_columns(
        _free=public.fill_null(value=False), _sound=sound.fill_null(value=False), _idle=idle
    )
    charged = nw.col("_sound") & ~nw.col("_rate").is_null()
    cost: Any = nw.when(charged & nw.col("_idle")).then(nw.lit(0.0))
    cost = cost.otherwise(nw.when(charged).then(size * nw.col("_rate")))
    rows = rows.with_columns(_cost=nw.when(nw.col("_free")).then(nw.lit(0.0)).otherwise(cost))
    return _with_notes(rows)


def _with_notes(rows: Any) -> Any:
    """Add ``cost_note``; pandas would look at every image for every note, so it sees the few."""
    if not rows.implementation.is_pandas():
        return rows.with_columns(cost_note=_note())
    images = rows.to_native()
    usual = images["_sound"] & images["_rate"].notna() & ~(images["_idle"] | images["_per_gib"])
    usual &= (images["size_gigabytes"] != 0) & (images["type"] != "backup")
    looked_at = ["public", "type", "size_gigabytes", "status", *_SIGNS]
    few = images.loc[~(images["_free"] | usual).to_numpy(dtype=bool), looked_at]
    notes = nw.from_native(few).select(cost_note=_note()).to_native()["cost_note"]
    return nw.from_native(images.assign(cost_note=notes.astype("str").reindex(images.index)))


def _with_rate(rows: Any, book: PriceBook, day: date) -> Any:
    """Add to each row the rate that its class, account, tags and day give, and its unit."""
    dated = "snapshot_date" in rows.collect_schema().names()
    rates = [*_by_precision(book)] if dated else [*book.at(day)]
    rates = [rate for rate in rates if rate.billing_class not in (*NOT_CHARGED, VOLUME_SNAPSHOT)]
    rows = _with_tags(rows, rates)
    amount: Any = nw.lit(None, nw.Float64)
    per_gib: Any = nw.lit(value=False)
    for rate in reversed(rates):
        # By the type, since "unknown" may stand for a missing one.
        fits = (nw.col("type") == rate.billing_class) & ~nw.col("public").is_null()
        if rate.account is not None:
            fits &= (nw.col("account") == rate.account).fill_null(value=False)
        if rate.tag is not None:
            fits &= nw.col(_tag_flag(rate.tag))
        if dated:
            fits &= nw.col("snapshot_date").cast(nw.Date) >= nw.lit(rate.effective_from)
        amount = nw.when(fits).then(nw.lit(float(rate.amount))).otherwise(amount)
        per_gib = nw.when(fits).then(nw.lit(rate.unit == "GiB-month")).otherwise(per_gib)
    undated = nw.col("snapshot_date").is_null() if dated else nw.lit(value=False)
    return rows.with_columns(_rate=amount, _per_gib=per_gib, _undated=undated)


def _by_precision(book: PriceBook) -> list[Rate]:
    """Order all rates of all days: the narrowest first, of the same the latest."""
    latest = sorted(book.rates, key=lambda rate: rate.effective_from, reverse=True)
    return sorted(latest, key=most_specific_first)


def _tag_flag(tag: str) -> str:
    return f"_tagged {tag}"


def _with_tags(rows: Any, rates: Any) -> Any:
    tags = {rate.tag for rate in rates if rate.tag is not None}
    if not tags:
        return rows
    if "tags" not in rows.collect_schema().names():
        raise missing_columns(["tags"], rows.collect_schema().names())
    native = rows.to_native()
    if isinstance(native, pd.DataFrame):
        flags = {_tag_flag(tag): _worn(native["tags"], tag) for tag in tags}
        return nw.from_native(native.assign(**flags))
    check_lists(rows, "tags")
    worn = {
        _tag_flag(tag): nw.col("tags").list.contains(tag).fill_null(value=False) for tag in tags
    }
    return rows.with_columns(**worn)


def _worn(cells: pd.Series[Any], tag: str) -> pd.Series[Any]:
    """Tell of each list whether the tag is in it."""
    lists = list_array(cells).to_pylist()
    return pd.Series([tag in worn for worn in lists], index=cells.index, dtype=bool)


def _note() -> Any:
    """Say why a cost is missing, or 0 for an image that is not free."""
    size, kind = nw.col("size_gigabytes"), nw.col("type")
    priced = ~nw.col("_rate").is_null()
    cases = [
        (nw.col("_free"), nw.lit(None, nw.String)),
        (nw.col("public").is_null(), nw.lit("public is missing: free or charged is not known")),
        (kind.is_null(), nw.lit("type is missing")),
        (nw.col("_undated"), nw.lit("snapshot_date is missing")),
        (~priced & (kind == "backup"), nw.lit(_BACKUP)),
        (~priced, nw.concat_str(nw.lit("the price book has no rate for type "), kind)),
        (size.is_null() | size.is_nan(), nw.lit("size is missing")),
        (~nw.col("_sound"), nw.lit("size is negative or no possible one")),
        (
            nw.col("_idle"),
            nw.concat_str(
                nw.lit("status "), nw.col("status"), nw.lit(": not known to be charged, taken as 0")
            ),
        ),
        (size == 0, nw.lit("size is 0: nothing stored, nothing charged")),
        (kind == "backup", nw.lit(_BY_SIZE)),
        (nw.col("_per_gib"), nw.lit(_PER_GIB)),
    ]
    note: Any = nw.lit(None, nw.String)
    for case, text in reversed(cases):
        note = nw.when(case).then(text).otherwise(note)
    return note


@dataclass(frozen=True, slots=True)
class CostSummary:
    """What the images of a frame cost a month, to the cent, and how much is not known."""

    currency: str
    known: Decimal
    images: int
    unknown: int
    unknown_gigabytes: float

    def __str__(self) -> str:
        return (
            f"known cost {self.known:,.2f} {self.currency} a month; "
            f"{counted(self.unknown, 'image')} of unknown cost; not included: {NOT_INCLUDED}"
        )


def cost_summary(costs: pd.DataFrame) -> CostSummary:
    """Add the costs of a frame up, each image once and exactly to the cent.

    Parameters
    ----------
    costs : pandas.DataFrame
        What ``estimate_cost`` gave.

    Returns
    -------
    CostSummary
        Known cost [currency a month], images, and images and GB of unknown cost.

    Raises
    ------
    FrameError
        The frame has no costs, or holds several days of a history.

    See Also
    --------
    estimate_cost : Makes the cost columns.

    Examples
    --------
    >>> import imagedf
    >>> from datetime import date
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> costs = imagedf.estimate_cost(frame, on=date(2026, 11, 1))
    >>> print(str(imagedf.cost_summary(costs)).split("; not included")[0])
    known cost 0.70 USD a month; 0 images of unknown cost
    """
    require_one_day(costs)
    column = cost_of(costs)
    images = image_rows_on(costs, [column, "size_gigabytes"], []).to_native()
    amounts = images[column].to_numpy(dtype=np.float64)
    unknown = np.isnan(amounts)
    sizes = images["size_gigabytes"].to_numpy(dtype=np.float64, na_value=np.nan)
    return CostSummary(
        currency=column.removeprefix(COST_PREFIX).upper(),
        known=cents(exact_sum(amounts[~unknown])),
        images=len(images),
        unknown=int(unknown.sum()),
        unknown_gigabytes=round(float(np.nansum(sizes[unknown])), 9),
    )
