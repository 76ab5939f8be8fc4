"""Multiply each size by its rate, and note why a cost is missing or 0."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from typing import Any

import narwhals.stable.v2 as nw

from imagedf.cost._bookfile import NOT_CHARGED
from imagedf.cost._by_size import charged, scale_of, scaled
from imagedf.cost._prices import PriceBook
from imagedf.cost._rates import VOLUME_SNAPSHOT, Rate, most_specific_first
from imagedf.errors import missing_columns
from imagedf.frame import utc_days
from imagedf.summary import LARGEST_SIZE, check_lists, known_size

WORKING = frozenset(
    {
        *("_cost", "_size", "_free", "_idle", "_rate", "_per_gib", "_tie", "_least", "_day"),
        *("_unread", "_unclear"),
    }
)
"""Temporary columns."""

_NO_TYPE = (*NOT_CHARGED, VOLUME_SNAPSHOT)
"""Billing classes that do not come from an image's type."""

_UNCHARGED = ("new", "pending", "deleted", "retired")
_BACKUP = "a backup's price depends on its Droplet or plan, which an image listing does not include"
_NO_PUBLIC = "public is missing: free or charged is not known"
_BY_SIZE = "a backup priced by size, with size_gigabytes as its restorable size"
_PER_GIB = "priced per GiB, with size_gigabytes as GiB"
_UNREAD_TAGS = "tags are missing, and the price book has a rate for a tag"
_TOO_LARGE = f"size is above {LARGEST_SIZE:,.0f} GB, which is not possible"


def priced(rows: Any, book: PriceBook, day: date) -> Any:
    """Add ``billing_class`` and ``_cost`` to narwhals rows, one per image."""
    rates = rates_of_images(book, day, dated=_is_dated(rows))
    scale = scale_of([rate.amount for rate in rates])
    rows = _with_days(_with_tags(rows, rates), day)
    rows = _with_rate(_classified(rows), rates, scale)
    # A column, as an eager engine would compute it again for each use in an expression.
    rows = rows.with_columns(_size=known_size())
    return rows.with_columns(_cost=_cost(book, scale), _least=_is_least(book, scale))


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
    # Without a size or rate, the product is missing too.
    not_charged = nw.col("_idle") & ~size.is_null() & ~rate.is_null()
    cost = charged(size, rate, scale, book.minimum)
    return nw.when(nw.col("_free") | not_charged).then(nw.lit(0.0)).otherwise(cost)


def _is_least(book: PriceBook, scale: int) -> nw.Expr:
    """Return whether the book's minimum applies."""
    if not book.minimum:
        return nw.lit(value=False)
    size = nw.col("_size")
    below = size * nw.col("_rate") / 10.0**scale < float(book.minimum)
    return (below & (size > 0)).fill_null(value=False)


def rates_of_images(book: PriceBook, day: date, *, dated: bool) -> list[Rate]:
    """Return the rates that can match, the most specific first, then the latest first."""
    if dated:
        latest = sorted(book.rates, key=lambda rate: rate.effective_from, reverse=True)
        rates = sorted(latest, key=most_specific_first)
    else:
        rates = [*book.at(day)]
    return [rate for rate in rates if rate.billing_class not in _NO_TYPE]


def _is_dated(rows: Any) -> bool:
    return "snapshot_date" in rows.collect_schema().names()


def _with_days(rows: Any, day: date) -> Any:
    """Add the day whose rates apply to each row, in UTC; in a history, it may be missing."""
    days: Any = nw.lit(day)
    if _is_dated(rows):
        days = nw.col("snapshot_date").cast(nw.Date)
        if rows.implementation.is_pyarrow():
            days = nw.from_native(utc_days(rows.to_native()["snapshot_date"]), series_only=True)
    return rows.with_columns(_day=days)


def _with_rate(rows: Any, rates: Sequence[Rate], scale: int) -> Any:
    """Add the rate of each row (scaled), its unit, and whether several tags match."""
    dated = _is_dated(rows)
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
    unclear = _is_unclear(rates, dated=dated)
    if tags_of(rates):
        amount = nw.when(~unclear).then(amount)
    return rows.with_columns(_rate=amount, _per_gib=per_gib, _tie=tie, _unclear=unclear)


def _is_unclear(rates: Sequence[Rate], *, dated: bool) -> Any:
    """Return whether a rate for a tag may apply to a row, as its tags could not be read."""
    tagged = [_covers(rate, dated=dated) for rate in rates if rate.tag is not None]
    if not tagged:
        return nw.lit(value=False)
    covered = nw.any_horizontal(*tagged, ignore_nulls=True)
    return (covered & nw.col("_unread")).fill_null(value=False)


def _rival(rate: Rate, other: Rate) -> bool:
    """Return whether a rate precedes another only by the name of its tag."""
    same = (rate.billing_class, rate.precision) == (other.billing_class, other.precision)
    return same and rate.tag != other.tag


def _matches(rate: Rate, *, dated: bool) -> nw.Expr:
    covers = _covers(rate, dated=dated)
    return covers if rate.tag is None else covers & nw.col(_tag_flag(rate.tag))


def _covers(rate: Rate, *, dated: bool) -> nw.Expr:
    """Return whether a rate is for the class, the account and the day of a row."""
    matches = nw.col("billing_class") == rate.billing_class
    if rate.account is not None:
        matches &= (nw.col("account") == rate.account).fill_null(value=False)
    if dated:
        later = nw.col("_day") >= nw.lit(rate.effective_from)
        matches &= later.fill_null(value=False)
    return matches


def _tag_flag(tag: str) -> str:
    return f"_tagged {tag}"


def tags_of(rates: Sequence[Rate]) -> set[str]:
    """Return the tags that rates name."""
    return {rate.tag for rate in rates if rate.tag is not None}


def _with_tags(rows: Any, rates: Sequence[Rate]) -> Any:
    """Add a column per tag of a rate, whether a row has it, and one for rows of unknown tags."""
    tags = tags_of(rates)
    if not tags:
        return rows
    if "tags" not in rows.collect_schema().names():
        raise missing_columns(["tags"], rows.collect_schema().names())
    check_lists(rows, "tags")
    contained = {tag: nw.col("tags").list.contains(tag).fill_null(value=False) for tag in tags}
    flags = {_tag_flag(tag): found for tag, found in contained.items()}
    return rows.with_columns(**flags, _unread=nw.col("tags").is_null())


def with_notes(rows: Any, book: PriceBook) -> Any:
    """Add ``cost_note`` to rows that are ``priced``: why a cost is missing, 0, or special."""
    return rows.with_columns(cost_note=_note(book).cast(nw.String))


def may_have_note() -> nw.Expr:
    """Return which priced rows can have a note; most have none."""
    has_cost = nw.col("_cost") > 0
    plain = nw.col("_free") | has_cost.fill_null(value=False)
    special = nw.col("_least") | nw.col("_per_gib") | ~nw.col("_tie").is_null()
    return ~plain | special | (nw.col("type") == "backup").fill_null(value=False)


def _note(book: PriceBook) -> Any:
    """Return why a cost is missing, or 0 for an image that is not free, or not size times rate."""
    size, kind, status = nw.col("size_gigabytes"), nw.col("type"), nw.col("status")
    no_rate = nw.col("_rate").is_null()
    cases = [
        (nw.col("_free"), nw.lit(None, nw.String)),
        (nw.col("public").is_null(), nw.lit(_NO_PUBLIC)),
        (kind.is_null(), nw.lit("type is missing")),
        (nw.col("_day").is_null(), nw.lit("snapshot_date is missing")),
        (nw.col("_unclear"), nw.lit(_UNREAD_TAGS)),
        (no_rate & (kind == "backup"), nw.lit(_BACKUP)),
        (no_rate, nw.concat_str(nw.lit("the price book has no rate for type "), kind)),
        (size.is_null() | size.is_nan(), nw.lit("size is missing")),
        (size < 0, nw.lit("size is negative")),
        (size > LARGEST_SIZE, nw.lit(_TOO_LARGE)),
        (nw.col("_idle"), nw.concat_str(nw.lit("status "), status, nw.lit(_NOT_CHARGED))),
        (size == 0, nw.lit("size is 0: nothing is stored, nothing is charged")),
        (nw.col("_least"), nw.lit(f"minimum of {book.minimum} {book.currency}")),
        (~nw.col("_tie").is_null(), nw.col("_tie")),
        (kind == "backup", nw.lit(_BY_SIZE)),
        (nw.col("_per_gib"), nw.lit(_PER_GIB)),
    ]
    note: Any = nw.lit(None, nw.String)
    for case, text in reversed(cases):
        note = nw.when(case).then(text).otherwise(note)
    return note


_NOT_CHARGED = ": not known to be charged, counted as 0"
