"""Multiply each size by its rate, and note why a cost is missing or 0."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from itertools import combinations
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from imagedf.cost._bookfile import NOT_CHARGED
from imagedf.cost._by_size import charged, scale_of, scaled
from imagedf.cost._prices import PriceBook
from imagedf.cost._rates import VOLUME_SNAPSHOT, Rate, most_specific_first
from imagedf.errors import missing_columns
from imagedf.frame import first_rows, list_array
from imagedf.summary import LARGEST_SIZE, check_lists, known_size

_KIND = ("account", "public", "type", "status")
WORKING = frozenset(
    {"_cost", "_size", "_kind", "_measure", "_free", "_idle", "_rate", "_per_gib", "_tie", "_least",
     "_undated"}
)  # fmt: skip
"""Temporary columns."""

_NO_TYPE = (*NOT_CHARGED, VOLUME_SNAPSHOT)
"""Billing classes that do not come from an image's type."""

_UNCHARGED = ("new", "pending", "deleted", "retired")
_BACKUP = "a backup's price depends on its Droplet or plan, which an image listing does not include"
_NO_PUBLIC = "public is missing: free or charged is not known"
_BY_SIZE = "a backup priced by size, with size_gigabytes as its restorable size"
_PER_GIB = "priced per GiB, with size_gigabytes as GiB"
_TOO_LARGE = f"size is above {LARGEST_SIZE:,.0f} GB, which is not possible"


def priced(rows: Any, book: PriceBook, day: date) -> Any:
    """Add ``billing_class`` and ``_cost`` to narwhals rows, one per image."""
    rates = _rates_of_images(rows, book, day)
    scale = scale_of([rate.amount for rate in rates])
    rows = _with_tags(rows, rates)
    dated = [name for name in ("snapshot_date",) if name in rows.collect_schema().names()]
    keys = [*_KIND, *dated, *map(_tag_flag, _tags_of(rates))]
    rows = _by_kind(rows, keys, lambda kinds: _with_rate(_classified(kinds), rates, scale))
    # A column, as pandas would recompute it for each use in an expression.
    rows = rows.with_columns(_size=known_size())
    return rows.with_columns(_cost=_cost(book, scale), _least=_is_least(book, scale))


def _by_kind(rows: Any, keys: Sequence[str], add: Callable[[Any], Any]) -> Any:
    """Add columns that depend only on the keys.

    With pandas, whose expressions are slow, compute them once per combination of keys, and add
    the number of the combination as ``_kind``.
    """
    if not rows.implementation.is_pandas():
        return add(rows)
    images = rows.to_native()
    codes = images.groupby([*keys], dropna=False, sort=False).ngroup().to_numpy()
    kinds = add(nw.from_native(images.take(first_rows(codes)))).to_native()
    added = {name: kinds[name].array.take(codes) for name in kinds if name not in images}
    return nw.from_native(images.assign(**added, _kind=codes))


def _classified(rows: Any) -> Any:
    """Add the billing class, and whether an image is free or not charged."""
    public, kind = nw.col("public"), nw.col("type")
    unclear = public.is_null() | kind.is_null() | kind.is_in(_NO_TYPE)
    own = nw.when(unclear).then(nw.lit("unknown")).otherwise(kind)
    return rows.with_columns(
        billing_class=nw.when(public).then(nw.lit("free")).otherwise(own),
        _free=public.fill_null(value=False),
        _idle=nw.col("status").str.to_lowercase().is_in(_UNCHARGED).fill_null(value=False),
    )


def _cost(book: PriceBook, scale: int) -> nw.Expr:
    size, rate = nw.col("_size"), nw.col("_rate")
    known = ~size.is_null() & ~rate.is_null()
    cost: Any = nw.when(known & nw.col("_idle")).then(nw.lit(0.0))
    cost = cost.otherwise(nw.when(known).then(charged(size, rate, scale, book.minimum)))
    return nw.when(nw.col("_free")).then(nw.lit(0.0)).otherwise(cost)


def _is_least(book: PriceBook, scale: int) -> nw.Expr:
    """Return whether the book's minimum applies."""
    if not book.minimum:
        return nw.lit(value=False)
    size = nw.col("_size")
    below = size * nw.col("_rate") / 10.0**scale < float(book.minimum)
    return (below & (size > 0)).fill_null(value=False)


def _rates_of_images(rows: Any, book: PriceBook, day: date) -> list[Rate]:
    """Return the rates that can match, the most specific first, then the latest first."""
    if "snapshot_date" in rows.collect_schema().names():
        latest = sorted(book.rates, key=lambda rate: rate.effective_from, reverse=True)
        rates = sorted(latest, key=most_specific_first)
    else:
        rates = [*book.at(day)]
    return [rate for rate in rates if rate.billing_class not in _NO_TYPE]


def _with_rate(rows: Any, rates: Sequence[Rate], scale: int) -> Any:
    """Add the rate of each row (scaled), its unit, and whether several tags match."""
    dated = "snapshot_date" in rows.collect_schema().names()
    amount: Any = nw.lit(None, nw.Float64)
    per_gib: Any = nw.lit(value=False)
    units = {rate.unit for rate in rates}
    tie: Any = nw.lit(None, nw.String)
    ties = any(_rival(rate, other) for rate, other in combinations(rates, 2))
    for at, rate in reversed([*enumerate(rates)]):
        matches = _matches(rate, dated=dated)
        rivals = [_matches(other, dated=dated) for other in rates[at + 1 :] if _rival(rate, other)]
        amount = nw.when(matches).then(nw.lit(scaled(rate.amount, scale))).otherwise(amount)
        if "GiB-month" in units:
            per_gib = nw.when(matches).then(nw.lit(rate.unit == "GiB-month")).otherwise(per_gib)
        if rivals:
            note = nw.lit(f"rate for tag {rate.tag}: the first by name of several tags that match")
            tied = nw.when(nw.any_horizontal(*rivals, ignore_nulls=True)).then(note)
            tie = nw.when(matches).then(tied).otherwise(tie)
        elif ties:
            tie = nw.when(~matches).then(tie)
    undated = nw.col("snapshot_date").is_null() if dated else nw.lit(value=False)
    return rows.with_columns(_rate=amount, _per_gib=per_gib, _tie=tie, _undated=undated)


def _rival(rate: Rate, other: Rate) -> bool:
    """Return whether a rate precedes another only by the name of its tag."""
    same = (rate.billing_class, rate.precision) == (other.billing_class, other.precision)
    return same and rate.tag != other.tag


def _matches(rate: Rate, *, dated: bool) -> nw.Expr:
    matches = nw.col("billing_class") == rate.billing_class
    if rate.account is not None:
        matches &= (nw.col("account") == rate.account).fill_null(value=False)
    if rate.tag is not None:
        matches &= nw.col(_tag_flag(rate.tag))
    if dated:
        later = nw.col("snapshot_date").cast(nw.Date) >= nw.lit(rate.effective_from)
        matches &= later.fill_null(value=False)
    return matches


def _tag_flag(tag: str) -> str:
    return f"_tagged {tag}"


def _tags_of(rates: Sequence[Rate]) -> set[str]:
    return {rate.tag for rate in rates if rate.tag is not None}


def _with_tags(rows: Any, rates: Sequence[Rate]) -> Any:
    """Add a column per tag that a rate names: whether the row has the tag."""
    tags = _tags_of(rates)
    if not tags:
        return rows
    if "tags" not in rows.collect_schema().names():
        raise missing_columns(["tags"], rows.collect_schema().names())
    native = rows.to_native()
    if isinstance(native, pd.DataFrame):
        flags = {_tag_flag(tag): _has_tag(native["tags"], tag) for tag in tags}
        return nw.from_native(native.assign(**flags))
    check_lists(rows, "tags")
    contained = {tag: nw.col("tags").list.contains(tag).fill_null(value=False) for tag in tags}
    return rows.with_columns(**{_tag_flag(tag): found for tag, found in contained.items()})


def _has_tag(cells: pd.Series[Any], tag: str) -> pd.Series[Any]:
    lists = list_array(cells).to_pylist()
    return pd.Series([tag in (tags or ()) for tags in lists], index=cells.index, dtype=bool)


def with_notes(rows: Any, book: PriceBook) -> Any:
    """Add ``cost_note`` to rows that are ``priced``."""
    if rows.implementation.is_pandas():
        images = rows.to_native()
        rows = nw.from_native(images.assign(_measure=_kind_of_size(images["size_gigabytes"])))
    return _by_kind(rows, ["_kind", "_measure", "_least"], lambda kinds: _noted(kinds, book))


def _noted(rows: Any, book: PriceBook) -> Any:
    never = _never(rows.to_native()) if rows.implementation.is_pandas() else ()
    return rows.with_columns(cost_note=_note(book, never).cast(nw.String))


def _never(kinds: pd.DataFrame) -> list[str]:
    """Return the cases of ``_note`` that none of these rows can be."""
    unpriced, size = kinds["_rate"].isna(), kinds["_measure"]
    possible = {
        "public": kinds["public"].isna(),
        "type": kinds["type"].isna(),
        "backup": unpriced,
        "rate": unpriced,
        "size": size.isna(),
        "negative": size < 0,
        "large": size > 1,
        "zero": size == 0,
        "by size": kinds["type"] == "backup",
        "_tie": kinds["_tie"].notna(),
        **{name: kinds[name] for name in ("_free", "_idle", "_per_gib", "_least", "_undated")},
    }
    return [name for name, rows in possible.items() if not rows.any()]


def _kind_of_size(sizes: pd.Series[Any]) -> pd.Series[float]:
    """Return one number for all sizes with the same note: missing, -1, 0, 1, or too large."""
    values = sizes.to_numpy(dtype=np.float64, na_value=np.nan)
    kinds = np.where(values > LARGEST_SIZE, LARGEST_SIZE * 2, np.sign(values))
    return pd.Series(kinds, index=sizes.index)


def _note(book: PriceBook, never: Collection[str] = ()) -> Any:
    """Return why a cost is missing, or 0 for an image that is not free, or not size times rate.

    ``never`` are cases that no image is, which need not be computed.
    """
    size, kind, status = nw.col("size_gigabytes"), nw.col("type"), nw.col("status")
    no_rate = nw.col("_rate").is_null()
    cases = {
        "_free": (nw.col("_free"), nw.lit(None, nw.String)),
        "public": (nw.col("public").is_null(), nw.lit(_NO_PUBLIC)),
        "type": (kind.is_null(), nw.lit("type is missing")),
        "_undated": (nw.col("_undated"), nw.lit("snapshot_date is missing")),
        "backup": (no_rate & (kind == "backup"), nw.lit(_BACKUP)),
        "rate": (no_rate, nw.concat_str(nw.lit("the price book has no rate for type "), kind)),
        "size": (size.is_null() | size.is_nan(), nw.lit("size is missing")),
        "negative": (size < 0, nw.lit("size is negative")),
        "large": (size > LARGEST_SIZE, nw.lit(_TOO_LARGE)),
        "_idle": (nw.col("_idle"), nw.concat_str(nw.lit("status "), status, nw.lit(_NOT_CHARGED))),
        "zero": (size == 0, nw.lit("size is 0: nothing is stored, nothing is charged")),
        "_least": (nw.col("_least"), nw.lit(f"minimum of {book.minimum} {book.currency}")),
        "_tie": (~nw.col("_tie").is_null(), nw.col("_tie")),
        "by size": (kind == "backup", nw.lit(_BY_SIZE)),
        "_per_gib": (nw.col("_per_gib"), nw.lit(_PER_GIB)),
    }
    note: Any = nw.lit(None, nw.String)
    for name, (case, text) in reversed(cases.items()):
        note = note if name in never else nw.when(case).then(text).otherwise(note)
    return note


_NOT_CHARGED = ": not known to be charged, counted as 0"
