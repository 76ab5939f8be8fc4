"""The monthly cost of images: by hand, by property, and why a cost is unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import imagedf
from imagedf import FrameError, PriceBook
from imagedf.cost import exact_sum
from tests.conftest import DOCUMENTED_PAGE, examples
from tests.money import DAY, book, image, images, rate
from tests.strategies import frame_of, frames, listings, shuffled

COST = "monthly_cost_usd"


def costs_of(*fields: dict[str, Any], prices: PriceBook | None = None) -> pd.DataFrame:
    return imagedf.estimate_cost(images(*fields), prices=prices, on=DAY)


def test_the_documented_page_costs_seventy_cents() -> None:
    costs = imagedf.estimate_cost(imagedf.read_images(DOCUMENTED_PAGE), on=DAY)
    private = costs[~costs["public"]]
    assert (len(private), round(private["size_gigabytes"].sum(), 2)) == (5, 11.70)
    assert sorted(costs["billing_class"]) == ["custom", "free", *["snapshot"] * 4]
    assert costs.loc[costs["public"], COST].tolist() == [0.0]
    summary = imagedf.cost_summary(costs)
    assert (summary.known, summary.images, summary.unknown) == (Decimal("0.70"), 6, 0)
    assert str(summary).startswith("Known cost: $0.70/month. Excludes volume snapshots, backups")
    assert "unknown" not in str(summary)


TREATMENTS: list[tuple[dict[str, Any], str, float | None, str | None]] = [
    ({}, "snapshot", 0.6, None),
    ({"type": "custom"}, "custom", 0.6, None),
    ({"public": True}, "free", 0.0, None),
    ({"public": True, "type": "base", "size_gigabytes": None}, "free", 0.0, None),
    ({"public": True, "type": None}, "free", 0.0, None),
    ({"type": "backup"}, "backup", None, "depends on its Droplet or plan"),
    ({"type": "backup", "status": "deleted"}, "backup", None, "depends on its Droplet"),
    ({"type": "backup", "size_gigabytes": 0}, "backup", None, "depends on its Droplet"),
    ({"type": "admin"}, "admin", None, "no rate for type admin"),
    ({"type": "quantum"}, "quantum", None, "no rate for type quantum"),
    ({"type": "free"}, "unknown", None, "no rate for type free"),
    ({"type": "volume_snapshot"}, "unknown", None, "no rate for type volume_snapshot"),
    ({"type": None}, "unknown", None, "type is missing"),
    ({"public": None}, "unknown", None, "public is missing"),
    ({"size_gigabytes": None}, "snapshot", None, "size is missing"),
    ({"size_gigabytes": -1.0}, "snapshot", None, "size is negative"),
    ({"size_gigabytes": 1e300}, "snapshot", None, "not possible"),
    ({"size_gigabytes": 0}, "snapshot", 0.0, "size is 0"),
    ({"status": "NEW"}, "snapshot", 0.0, "status NEW"),
    ({"status": "new"}, "snapshot", 0.0, "status new"),
    ({"status": "pending"}, "snapshot", 0.0, "status pending"),
    ({"status": "deleted"}, "snapshot", 0.0, "status deleted"),
    ({"status": "retired"}, "snapshot", 0.0, "status retired"),
    ({"status": "NEW", "size_gigabytes": None}, "snapshot", None, "size is missing"),
    ({"status": "queued"}, "snapshot", 0.6, None),
    ({"status": None}, "snapshot", 0.6, None),
    ({"regions": []}, "snapshot", 0.6, None),
    ({"regions": ["nyc1", "ams3", "sgp1"]}, "snapshot", 0.6, None),
]


@pytest.fixture(scope="module")
def treated() -> pd.DataFrame:
    """The costs of an image of each kind."""
    return costs_of(*(fields for fields, *_ in TREATMENTS))


@pytest.mark.parametrize(
    "place", range(len(TREATMENTS)), ids=lambda place: str(TREATMENTS[place][0])
)
def test_each_kind_of_image_has_its_treatment(treated: pd.DataFrame, place: int) -> None:
    fields, billing_class, cost, note = TREATMENTS[place]
    row = treated.iloc[place]
    assert all(row[name] == value for name, value in fields.items() if value is not None)
    assert row["billing_class"] == billing_class
    assert row[COST] == pytest.approx(cost) if cost is not None else pd.isna(row[COST])
    assert note in row["cost_note"] if note else pd.isna(row["cost_note"])


def test_the_columns_stand_behind_those_of_the_image_grain() -> None:
    frame = images({"regions": ["nyc1", "ams3"]}, {"type": "backup"})
    costs = imagedf.estimate_cost(frame, on=DAY)
    image_grain = imagedf.collapse_regions(frame)
    assert list(costs.columns) == [*image_grain.columns, "billing_class", COST, "cost_note"]
    assert [str(costs[name].dtype) for name in costs.columns[-3:]] == ["str", "float64", "str"]
    assert_frame_equal(costs[list(image_grain.columns)], image_grain)


def test_a_frame_without_regions_is_priced_once_per_image() -> None:
    frame = imagedf.collapse_regions(images({}, {})).drop(columns=["regions", "tags"])
    costs = imagedf.estimate_cost(pd.concat([frame, frame]), on=DAY)
    assert costs[COST].tolist() == pytest.approx([0.6, 0.6])
    assert list(costs.columns) == [*frame.columns, "billing_class", COST, "cost_note"]


def test_an_empty_frame_costs_nothing() -> None:
    costs = imagedf.estimate_cost(frame_of([]), on=DAY)
    assert len(costs) == 0
    assert [str(costs[name].dtype) for name in costs.columns[-3:]] == ["str", "float64", "str"]
    assert imagedf.cost_summary(costs).known == Decimal("0.00")


def test_the_day_decides_the_rate() -> None:
    frame = images({})
    days = (date(2016, 9, 30), date(2016, 10, 1), date(2022, 6, 30), date(2022, 7, 1))
    found = [imagedf.estimate_cost(frame, on=day)[COST].item() for day in days]
    assert found == pytest.approx([0.0, 0.5, 0.5, 0.6])


def test_a_history_is_priced_day_by_day() -> None:
    days = [images({}).assign(snapshot_date=day) for day in (date(2022, 6, 30), date(2022, 7, 1))]
    costs = imagedf.estimate_cost(pd.concat(days, ignore_index=True), on=DAY)
    assert costs[COST].tolist() == pytest.approx([0.5, 0.6])


def test_costs_in_another_currency_replace_those_in_dollars() -> None:
    euros = book(rate("snapshot", "0.05", currency="EUR"), currency="EUR")
    costs = imagedf.estimate_cost(costs_of({}), prices=euros, on=DAY)
    assert [name for name in costs.columns if name.startswith("monthly")] == ["monthly_cost_eur"]
    assert costs["monthly_cost_eur"].tolist() == pytest.approx([0.5])
    assert str(imagedf.cost_summary(costs)).startswith("Known cost: 0.50 EUR per month.")


def test_a_book_prices_by_type_account_and_tag() -> None:
    prices = book(
        rate("snapshot", "0.10"),
        rate("snapshot", "0.20", account="prod"),
        rate("snapshot", "0.30", tag="cold"),
        rate("custom", "0.40"),
    )
    listing: list[dict[str, Any]] = [
        {},
        {"tags": ["cold"]},
        {"tags": ["colder"]},
        {"type": "custom"},
    ]
    for account, expected in (("prod", [2, 3, 2, 4]), ("dev", [1, 3, 1, 4])):
        costs = imagedf.estimate_cost(
            images(*listing).assign(account=account), prices=prices, on=DAY
        )
        assert costs[COST].tolist() == pytest.approx(expected)


def test_usage_based_backups_are_priced_per_gib_with_a_note() -> None:
    prices = book(
        rate("backup", "0.04", unit="GiB-month"), rate("custom", "0.06", unit="GiB-month")
    )
    costs = costs_of({"type": "backup"}, {"type": "custom"}, prices=prices)
    assert costs[COST].tolist() == pytest.approx([0.4, 0.6])
    assert costs["cost_note"].tolist() == [
        "a backup priced by size, with size_gigabytes as its restorable size",
        "priced per GiB, with size_gigabytes as GiB",
    ]


def test_a_rate_for_an_unknown_class_prices_nothing() -> None:
    prices = book(*(rate(name, "1") for name in ("unknown", "free", "volume_snapshot")))
    types = [{"type": name} for name in (None, "free", "unknown", "volume_snapshot")]
    costs = costs_of(*types, {"public": None}, {"public": True}, prices=prices)
    assert costs[COST].fillna(-1).tolist() == [-1] * 5 + [0]


def test_unknown_costs_are_counted_with_their_gigabytes() -> None:
    costs = costs_of({}, {"type": "backup", "size_gigabytes": 7.5}, {"size_gigabytes": None})
    summary = imagedf.cost_summary(costs)
    assert (summary.unknown, summary.unknown_gigabytes) == (2, 7.5)
    assert "$0.60/month. Cost unknown for 2 images." in str(summary)
    totals = imagedf.totals(costs).iloc[0]
    assert (totals[COST], totals["unknown_cost"]) == (0.6, 2)
    negative = costs_of({"size_gigabytes": -7.5}, {"type": "backup", "size_gigabytes": 7.5})
    assert imagedf.cost_summary(negative).unknown_gigabytes == 7.5


def test_a_total_without_known_costs_is_missing() -> None:
    costs = costs_of({"type": "backup"}, {"type": "admin"})
    summary = imagedf.cost_summary(costs)
    assert (summary.known, summary.yearly, summary.unknown) == (None, None, 2)
    assert str(summary).startswith("Cost unknown for 2 images.")
    assert "0.00" not in str(summary)
    for sums in (imagedf.totals(costs), imagedf.by_type(costs), imagedf.by_region(costs)):
        assert sums[COST].isna().all()
        assert sums[COST].dtype == "float64"
    assert imagedf.by_region(costs)["allocated_cost_usd"].isna().all()
    mixed = imagedf.by_type(costs_of({"type": "backup"}, {}))
    assert mixed[COST].fillna(-1).tolist() == [-1, 0.6]
    nothing = imagedf.cost_summary(costs.iloc[:0])
    assert (nothing.known, nothing.images) == (Decimal("0.00"), 0)


@pytest.mark.parametrize("amount", ["1000", "10", "7", "2.5", "0.06"])
def test_sizes_of_any_precision_are_multiplied_by_the_rate(amount: str) -> None:
    sizes = [1 / 3, 0.12345678901, 1e-12, 2.0, 123_456_789.123]
    frame = images(*({"size_gigabytes": size} for size in sizes))
    costs = imagedf.estimate_cost(frame, prices=book(rate("snapshot", amount)))
    expected = [float(Decimal(size) * Decimal(amount)) for size in sizes]
    assert costs["monthly_cost_usd"].tolist() == pytest.approx(expected, rel=1e-14)


def test_a_known_cost_is_the_nearest_float() -> None:
    sizes = [53, 1.15, 2.34, 0.1, 1000.7, 16271.0, 24.123456789]
    costs = costs_of(*({"size_gigabytes": size} for size in sizes))
    expected = [float(Decimal(str(size)) * Decimal("0.06")) for size in sizes]
    assert costs[COST].tolist() == expected
    assert costs[COST][0] == 3.18  # and not 3.1799999999999997


def test_a_year_is_not_twelve_rounded_months() -> None:
    summary = imagedf.cost_summary(costs_of({"size_gigabytes": 0.25}))
    assert (summary.known, summary.yearly) == (Decimal("0.02"), Decimal("0.18"))


def test_a_public_image_of_two_accounts_counts_once_in_the_total() -> None:
    public = {"public": True, "type": "base"}
    both = pd.concat([frame_of([image(1, **public)], account) for account in ("a", "b")])
    costs = imagedf.estimate_cost(pd.concat([both, images({"id": 9})]), on=DAY)
    assert len(costs) == 3
    assert imagedf.cost_summary(costs).images == imagedf.totals(costs)["images"].item() == 2


def test_a_minimum_applies_where_the_book_has_one() -> None:
    prices = replace(book(rate("snapshot", "0.06")), minimum=Decimal("0.01"))
    sizes = [{"size_gigabytes": size} for size in (0.05, 0, 1, None)]
    costs = costs_of(*sizes, {"public": True}, {"type": "backup"}, prices=prices)
    assert costs[COST].fillna(-1).tolist() == [0.01, 0, 0.06, -1, 0, -1]
    assert costs["cost_note"][0] == "minimum of 0.01 USD"
    assert pd.isna(costs["cost_note"][2])


def test_the_note_says_which_of_several_tags_decides() -> None:
    prices = book(
        rate("snapshot", "0.10"),
        rate("snapshot", "0.20", tag="b"),
        rate("snapshot", "0.30", tag="a"),
    )
    tags: list[dict[str, Any]] = [{"tags": ["a", "b"]}, {"tags": ["b"]}, {"tags": []}]
    costs = costs_of(*tags, prices=prices)
    assert costs[COST].tolist() == [3.0, 2.0, 1.0]
    assert "tag a" in costs["cost_note"][0]
    assert costs["cost_note"][1:].isna().all()


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@pytest.mark.parametrize("dated", [False, True])
def test_without_its_tags_an_image_has_no_cost_if_a_rate_for_a_tag_could_apply(
    kind: Callable[..., Any], dated: bool
) -> None:
    prices = book(
        rate("snapshot", "0.06"),
        rate("custom", "0.06"),
        rate("snapshot", "0.03", tag="cold"),
        rate("custom", "0.03", tag="cold", account="other"),
    )
    rows: list[dict[str, Any]] = [
        {"tags": None},
        {"tags": []},
        {"tags": ["cold"]},
        {"tags": None, "type": "custom"},  # the rate for a tag is another account's
        {"tags": None, "public": True},
    ]
    frame = imagedf.collapse_regions(images(*rows)).drop(columns="regions")
    frame = frame.assign(snapshot_date=pd.Timestamp(DAY)) if dated else frame
    given = frame if kind is pd.DataFrame else pl.from_pandas(frame)
    costs = imagedf.estimate_cost(given, prices=prices, **({} if dated else {"on": DAY}))
    known = [None if pd.isna(cost) else cost for cost in costs[COST].to_list()]
    ids = costs["id"].to_list()
    assert dict(zip(ids, known, strict=True)) == {1: None, 2: 0.6, 3: 0.3, 4: 0.6, 5: 0.0}
    assert "tags" in dict(zip(ids, costs["cost_note"].to_list(), strict=True))[1]


def test_cents_are_summed_exactly_and_halves_are_rounded_up() -> None:
    for size, cents in ((0.25, "0.02"), (0.75, "0.05")):  # 1.5 and 4.5 cents
        assert imagedf.cost_summary(costs_of({"size_gigabytes": size})).known == Decimal(cents)
    tenths = [{"size_gigabytes": 0.1, "name": str(one)} for one in range(1000)]
    assert imagedf.cost_summary(costs_of(*tenths)).known == Decimal("6.00")


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="on must be"):
        imagedf.estimate_cost(images({}), on="November")
    with pytest.raises(FrameError, match="public, status"):
        imagedf.estimate_cost(images({}).drop(columns=["public", "status"]))
    with pytest.raises(FrameError, match="estimate_cost"):
        imagedf.cost_summary(images({}))
    assert imagedf.estimate_cost(images({}), on="2022-06-30")[COST].tolist() == [0.5]


def exact_cost(listing: list[dict[str, Any]]) -> tuple[Decimal, int]:
    """Return the cost of a listing as defined in the contract, image by image, in decimals."""
    known, unknown = Decimal(0), 0
    for one in listing:
        size, status = one["size_gigabytes"], (one["status"] or "").lower()
        if one["public"]:
            continue
        if one["public"] is None or one["type"] not in ("snapshot", "custom") or size is None:
            unknown += 1
        elif status not in ("new", "pending", "deleted", "retired"):
            known += Decimal(str(size)) * Decimal("0.06")
    return known, unknown


@given(listing=listings)
@examples(25)
def test_every_listing_costs_what_exact_decimals_say(listing: list[dict[str, Any]]) -> None:
    costs = imagedf.estimate_cost(frame_of(listing), on=DAY)
    known, unknown = exact_cost(listing)
    summary = imagedf.cost_summary(costs)
    assert summary.unknown == unknown
    if unknown == len(listing) > 0:
        assert summary.known is None
    else:
        assert summary.exact == known
        assert summary.known == known.quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert imagedf.totals(costs)[COST].item() == float(known)
    assert costs.loc[costs[COST].isna(), "cost_note"].notna().all()


@given(
    listing=listings,
    amounts=st.tuples(*[st.integers(0, 99)] * 3),
    changed=st.sampled_from(["snapshot", "custom", "backup"]),
)
@examples(15)
def test_a_total_is_linear_in_each_rate(
    listing: list[dict[str, Any]], amounts: tuple[int, ...], changed: str
) -> None:
    """Check that raising a rate by a cent raises the total by a cent per GB charged at it."""
    frame = frame_of(listing)
    cents = dict(zip(("snapshot", "custom", "backup"), amounts, strict=True))

    def total(**raised: int) -> Decimal:
        rates = [rate(name, f"{(cents | raised)[name] / 100}") for name in cents]
        costs = imagedf.estimate_cost(frame, prices=book(*rates), on=DAY)
        return imagedf.cost_summary(costs).exact or Decimal(0)

    idle = ("new", "pending", "deleted", "retired")
    charged = [
        Decimal(str(one["size_gigabytes"] or 0))
        for one in listing
        if one["type"] == changed and one["public"] is False
        if (one["status"] or "").lower() not in idle
    ]
    step = total(**{changed: cents[changed] + 1}) - total()
    assert step == sum(charged, Decimal(0)) / 100


@given(own=listings, other=listings, by=st.sampled_from(["account", "type", "region", "tag"]))
@examples(15)
def test_costs_are_additive_over_accounts(
    own: list[dict[str, Any]], other: list[dict[str, Any]], by: str
) -> None:
    private = [[image | {"public": False} for image in side] for side in (own, other)]
    mine = [[one for one in side if one["type"] not in ("base", "application")] for side in private]
    parts = [frame_of(side, account) for side, account in zip(mine, ("a", "b"), strict=True)]
    costs = [imagedf.estimate_cost(part, on=DAY) for part in parts]
    both = imagedf.estimate_cost(pd.concat(parts, ignore_index=True), on=DAY)
    exact = [imagedf.cost_summary(one).exact or Decimal(0) for one in costs]
    assert (imagedf.cost_summary(both).exact or Decimal(0)) == sum(exact)
    groups = imagedf.summarize(both, by)
    column = "allocated_cost_usd" if by in ("region", "tag") else COST
    assert groups[column].sum() == pytest.approx(float(sum(exact)), abs=1e-6)


@given(frame=frames, factor=st.integers(0, 50))
@examples(15)
def test_costs_are_linear_in_the_rate(frame: pd.DataFrame, factor: int) -> None:
    once, scaled = (
        imagedf.estimate_cost(frame, prices=book(rate("snapshot", str(amount))), on=DAY)[COST]
        for amount in (Decimal("0.06"), Decimal("0.06") * factor)
    )
    pd.testing.assert_series_equal(scaled, once * factor)


@given(listing=listings, cut=st.integers(0, 12))
@examples(15)
def test_costs_add_up_over_any_split(listing: list[dict[str, Any]], cut: int) -> None:
    whole, *parts = (
        imagedf.estimate_cost(frame_of(one), on=DAY)
        for one in (listing, listing[:cut], listing[cut:])
    )
    known = [exact_sum(costs[COST].dropna()) for costs in parts]
    assert sum(known) == exact_sum(whole[COST].dropna())
    unknown = [imagedf.cost_summary(costs).unknown for costs in parts]
    assert sum(unknown) == imagedf.cost_summary(whole).unknown


@given(frame=shuffled(), by=st.sampled_from(["region", "tag", "type", "account", "age", "month"]))
@examples(15)
def test_group_shares_add_up_to_the_total(frame: pd.DataFrame, by: str) -> None:
    costs = imagedf.estimate_cost(frame, on=DAY)
    groups = imagedf.summarize(costs, by)
    total = imagedf.totals(costs).iloc[0]
    column = "allocated_cost_usd" if by in ("region", "tag") else COST
    if pd.isna(total[COST]):
        assert groups[column].isna().all()
    else:
        assert groups[column].sum() == pytest.approx(total[COST], abs=1e-6)
    if by not in ("region", "tag"):
        assert groups["unknown_cost"].sum() == total["unknown_cost"]


@given(frame=frames, data=st.data())
@examples(15)
def test_neither_grain_nor_order_changes_a_cost(frame: pd.DataFrame, data: st.DataObject) -> None:
    before = frame.copy(deep=True)
    keys = ["account", "id", "name"]
    expected = imagedf.estimate_cost(frame, on=DAY).sort_values(keys, ignore_index=True)
    shown = [*keys, "billing_class", COST, "cost_note"]
    order = data.draw(st.permutations(range(len(frame))))
    for other in (imagedf.collapse_regions(frame), frame.iloc[order]):
        costs = imagedf.estimate_cost(other, on=DAY).sort_values(keys, ignore_index=True)
        assert_frame_equal(costs[shown], expected[shown])
        assert imagedf.cost_summary(costs) == imagedf.cost_summary(expected)
    assert_frame_equal(frame, before)


def test_a_history_has_the_rate_that_a_single_day_has_where_several_tags_fit() -> None:
    prices = book(
        rate("snapshot", "0.10", tag="a", effective_from=date(2020, 1, 1)),
        rate("snapshot", "0.20", tag="b", effective_from=date(2021, 1, 1)),
    )
    frame = images({"tags": ["a", "b"]})
    alone = imagedf.estimate_cost(frame, prices=prices, on=DAY)
    dated = imagedf.estimate_cost(frame.assign(snapshot_date=DAY), prices=prices)
    assert alone[COST].tolist() == dated[COST].tolist() == [1.0]


def test_a_missing_day_of_a_history_is_the_reason() -> None:
    costs = imagedf.estimate_cost(images({}).assign(snapshot_date=pd.Series([pd.NaT])))
    assert costs[COST].isna().all()
    assert costs["cost_note"].tolist() == ["snapshot_date is missing"]


@pytest.mark.parametrize(
    "kind", [pd.DataFrame, pl.DataFrame, pa.Table.from_pandas], ids=["pandas", "polars", "arrow"]
)
@pytest.mark.parametrize("dtype", ["datetime64[us, America/New_York]", object])
def test_the_days_of_a_history_are_in_utc(kind: Callable[..., Any], dtype: Any) -> None:
    hours = [datetime(2022, 6, 30, hour, tzinfo=ZoneInfo("America/New_York")) for hour in (19, 20)]
    frame = imagedf.collapse_regions(images({}, {})).drop(columns=["regions", "tags"])
    frame["snapshot_date"] = pd.Series(hours).astype(dtype)
    costs = pa.table(imagedf.estimate_cost(kind(frame)))
    assert sorted(costs[COST].to_pylist()) == pytest.approx([0.5, 0.6])


@pytest.mark.parametrize(
    "days",
    [["2022-06-3x"] * 2, [DAY, "2022-07-01"], [20220701, 20220702], [np.datetime64("2022-07-01")]],
)
def test_what_is_not_a_day_is_one_clear_error(days: list[Any]) -> None:
    frame = images({}, {}).assign(snapshot_date=pd.Series(days, dtype=object))
    with pytest.raises(FrameError, match="snapshot_date"):
        imagedf.estimate_cost(frame)


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_a_rate_for_a_tag_needs_tags(kind: Callable[..., Any]) -> None:
    frame = imagedf.collapse_regions(images({})).drop(columns=["regions", "tags"])
    frame = frame.assign(snapshot_date=DAY)
    with pytest.raises(FrameError, match="tags") as caught:
        imagedf.estimate_cost(kind(frame), prices=book(rate("snapshot", "0.30", tag="cold")))
    assert " _" not in str(caught.value)


def test_text_that_arrow_cannot_encode_is_one_clear_error() -> None:
    with pd.option_context("mode.string_storage", "python"):
        frame = images({}).assign(status=pd.Series(["\ud800"], dtype="str"))
        with pytest.raises(FrameError, match="status"):
            imagedf.estimate_cost(frame, on=DAY)


def test_a_column_that_only_begins_like_a_cost_is_not_one() -> None:
    frame = images({}).assign(monthly_cost_center="x")
    assert imagedf.estimate_cost(frame, on=DAY)["monthly_cost_center"].tolist() == ["x"]
    assert "monthly_cost_center" not in imagedf.by_type(frame)


def test_a_moment_is_priced_on_its_day_in_utc() -> None:
    moment = datetime(2022, 7, 1, 3, tzinfo=timezone(timedelta(hours=9)))
    costs = imagedf.estimate_cost(images({}), on=moment)
    assert (
        costs[COST].tolist()
        == imagedf.estimate_cost(images({}), on=date(2022, 6, 30))[COST].tolist()
    )


@pytest.mark.parametrize("name", ["_cost", "_rate", "_free"])
def test_a_column_under_which_costs_are_worked_out_is_refused(name: str) -> None:
    with pytest.raises(FrameError, match=name):
        imagedf.estimate_cost(images({}).assign(**{name: 1}))
