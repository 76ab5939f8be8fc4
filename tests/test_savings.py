"""What rules would save together: each image once, unknown apart, nothing deleted."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import imagedf
from imagedf import FrameError
from imagedf.cost import exact_sum
from imagedf.savings import (
    BeyondNewest,
    GrandfatherFatherSon,
    Largest,
    OlderThan,
    Protect,
    Rule,
    StatusNot,
    Untagged,
)
from tests.conftest import DOCUMENTED_PAGE
from tests.money import book, images, rate
from tests.strategies import shuffled

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SAVED = "monthly_savings_usd"
POLICY: list[Rule | Protect] = [
    OlderThan(),
    BeyondNewest(1),
    GrandfatherFatherSon(1, 1, 1),
    StatusNot(),
    Untagged("env"),
    Largest(2),
    Protect(tags=("keep",), names=("db*",), ids=(1,)),
]


def inventory() -> pd.DataFrame:
    """Give an old series, its protected member, and images of which something is unknown."""
    old = "2026-01-01T00:00:00Z"
    return images(
        {"name": "web-1", "created_at": old},
        {"name": "web-2", "created_at": "2026-11-20T00:00:00Z", "regions": ["nyc1", "ams3"]},
        {"name": "web-3", "created_at": old, "tags": ["keep"], "size_gigabytes": 20.0},
        {"name": "db", "created_at": old, "type": "backup", "size_gigabytes": 5.0},
        {"name": "cache", "created_at": None, "size_gigabytes": 2.0},
        {"name": "log", "created_at": old, "size_gigabytes": None},
        {"name": "base", "created_at": old, "public": True},
    )


def test_a_table_worked_by_hand() -> None:
    rules: list[Rule | Protect] = [OlderThan(90), BeyondNewest(1), Protect(tags=("keep",))]
    found = imagedf.find_savings(inventory(), rules, now=NOW)
    both = "older than 90 days; beyond the newest 1 of its family"
    expected = pd.DataFrame(
        {
            "name": pd.array(["web-3", "web-1", "db", "log"], dtype="str"),
            "size_gigabytes": [20.0, 10.0, 5.0, None],
            "age_days": [326.0] * 4,
            "family": pd.array(["web", "web", "db", "log"], dtype="str"),
            "monthly_cost_usd": [1.2, 0.6, None, None],
            SAVED: [0.0, 0.6, None, None],
            "rules": pd.array([both, both, *["older than 90 days"] * 2], dtype="str"),
            "protected_by": pd.array(["tag keep", None, None, None], dtype="str"),
            "would_go": [False, True, True, True],
        }
    )
    assert_frame_equal(found[list(expected.columns)], expected)


def test_the_totals_of_that_table() -> None:
    rules: list[Rule | Protect] = [OlderThan(90), BeyondNewest(1), Protect(tags=("keep",))]
    savings = imagedf.simulate_savings(inventory(), rules, now=NOW)
    assert (savings.going, savings.remaining, savings.protected) == (3, 3, 1)
    assert (savings.going_gigabytes, savings.remaining_gigabytes) == (15.0, 32.0)
    assert (savings.saved_a_month, savings.saved_a_year) == (Decimal("0.60"), Decimal("7.20"))
    assert savings.remaining_a_month == Decimal("1.92")
    assert (savings.unknown_cost, savings.remaining_unknown_cost) == (2, 0)
    assert savings.unknown_age == 1
    assert str(savings) == (
        "3 of 6 private images could go: 15.00 GB, 0.60 USD a month, 7.20 a year; "
        "2 of them of unknown cost; 3 would remain: 32.00 GB, 1.92 USD a month, "
        "0 of unknown cost; 1 protected; 1 of unknown age"
    )


def test_overlapping_rules_save_an_image_once() -> None:
    alone = imagedf.simulate_savings(inventory(), [OlderThan(90)], now=NOW)
    again: list[Rule | Protect] = [OlderThan(90), OlderThan(90), OlderThan(30), BeyondNewest(1)]
    together = imagedf.simulate_savings(inventory(), again, now=NOW)
    assert together.saved_a_month == alone.saved_a_month == Decimal("1.80")
    first = together.found["rules"].iloc[0]
    assert first == "older than 90 days; older than 30 days; beyond the newest 1 of its family"
    by_rule = together.by_rule()
    assert by_rule["rule"].tolist() == ["older than 90 days"]
    assert by_rule[SAVED].tolist() == [1.8]


def test_without_rules_all_older_than_ninety_days_is_found() -> None:
    found = imagedf.find_savings(inventory(), now=NOW)
    assert sorted(found["name"]) == ["db", "log", "web-1", "web-3"]
    assert imagedf.find_savings(inventory(), [], now=NOW).empty


def test_the_documented_page_could_save_all_of_its_cost() -> None:
    savings = imagedf.simulate_savings(imagedf.read_images(DOCUMENTED_PAGE), now=NOW)
    assert (savings.going, savings.remaining) == (5, 0)
    assert (savings.saved_a_month, savings.saved_a_year) == (Decimal("0.70"), Decimal("8.40"))


def test_costs_that_the_frame_brings_stand_unless_a_book_is_given() -> None:
    dear, dearer = (book(rate("snapshot", amount), rate("backup", "1")) for amount in ("1", "2"))
    costs = imagedf.estimate_cost(inventory(), dear)
    brought = imagedf.simulate_savings(costs, now=NOW)
    assert (brought.saved_a_month, brought.unknown_cost) == (Decimal("35.00"), 1)
    given_ = imagedf.simulate_savings(costs, now=NOW, prices=dearer)
    assert given_.saved_a_month == Decimal("65.00")


def test_savings_speak_the_currency_of_the_book() -> None:
    euros = book(rate("snapshot", "0.05", currency="EUR"), currency="EUR")
    savings = imagedf.simulate_savings(inventory(), now=NOW, prices=euros)
    assert savings.currency == "EUR"
    assert {"monthly_cost_eur", "monthly_savings_eur"} <= set(savings.found.columns)
    assert savings.saved_a_month == Decimal("1.50")


def test_rates_are_those_of_the_day_of_now() -> None:
    then = imagedf.simulate_savings(
        images({"created_at": "2010-01-01T00:00:00Z"}), now=datetime(2016, 9, 30, tzinfo=UTC)
    )
    assert (then.going, then.saved_a_month) == (1, Decimal("0.00"))


def test_a_frame_without_rows_has_nothing_to_save() -> None:
    savings = imagedf.simulate_savings(images(), POLICY, now=NOW)
    assert (savings.going, savings.remaining, savings.saved_a_month) == (0, 0, Decimal("0.00"))
    assert savings.by_rule().empty


def test_bad_arguments_are_named() -> None:
    with pytest.raises(TypeError, match=r"rules must hold rules of .*, not 'older_than'"):
        imagedf.find_savings(images({}), ["older_than"])  # type: ignore[list-item] # on purpose
    with pytest.raises(FrameError, match="lacks the columns tags"):
        imagedf.find_savings(images({}).drop(columns=["tags"]))


@given(frame=shuffled(), chosen=st.sets(st.sampled_from(range(len(POLICY)))))
@settings(max_examples=15)
def test_neither_grain_nor_order_of_rows_changes_what_is_found(
    frame: pd.DataFrame, chosen: set[int]
) -> None:
    policy = [POLICY[one] for one in sorted(chosen)]
    before = frame.copy(deep=True)
    savings = imagedf.simulate_savings(frame, policy, now=NOW)
    for other in (imagedf.collapse_regions(frame), frame.iloc[::-1]):
        again = imagedf.simulate_savings(other, policy, now=NOW)
        assert_frame_equal(again.found, savings.found)
        assert str(again) == str(savings)
    assert_frame_equal(frame, before)


@given(frame=shuffled(), chosen=st.sets(st.sampled_from(range(len(POLICY)))))
@settings(max_examples=15)
def test_what_goes_and_what_remains_make_up_the_whole(
    frame: pd.DataFrame, chosen: set[int]
) -> None:
    policy = [POLICY[one] for one in sorted(chosen)]
    savings = imagedf.simulate_savings(frame, policy, now=NOW)
    costs: Any = imagedf.estimate_cost(frame, on=date(2026, 11, 23))
    private = costs[~costs["public"].fillna(value=True)]
    whole = exact_sum(private["monthly_cost_usd"].dropna())
    assert abs(savings.saved_a_month + savings.remaining_a_month - whole) <= Decimal("0.01")
    assert savings.going + savings.remaining == len(private)
    unknown = savings.unknown_cost + savings.remaining_unknown_cost
    assert unknown == private["monthly_cost_usd"].isna().sum()
    assert not savings.found.duplicated(["account", "id", "name"]).any()
    assert savings.found["protected_by"].isna().eq(savings.found["would_go"]).all()
    if not chosen - {6}:
        assert savings.found.empty


def days_of(*fields: dict[str, Any]) -> pd.DataFrame:
    """Give the same images on two days of a history."""
    frame = images(*fields)
    days = [frame.assign(snapshot_date=pd.Timestamp(day)) for day in ("2026-11-01", "2026-11-02")]
    return pd.concat(days, ignore_index=True)


@pytest.mark.parametrize(
    "call",
    [
        imagedf.find_savings,
        imagedf.simulate_savings,
        imagedf.plot_savings,
        imagedf.plot_cost,
        lambda frame: imagedf.cost_summary(imagedf.estimate_cost(frame)),
    ],
)
def test_a_history_of_several_days_is_not_added_up_over_them(call: Any) -> None:
    with pytest.raises(FrameError, match="holds several days of a history; pass one"):
        call(days_of({}))


def test_a_rule_is_told_by_its_whole_label() -> None:
    first, second = BeyondNewest(1, pattern="^(?:a; b|image)"), OlderThan(1)
    steps = imagedf.simulate_savings(images({}, {}, {}), [first, second], now=NOW).by_rule()
    assert steps["rule"].tolist() == [first.label, "older than 1 days"]
    assert steps["images"].tolist() == [2, 1]


def test_costs_that_a_frame_brings_stand_also_without_regions() -> None:
    bare = imagedf.collapse_regions(images({}, {"type": "custom"})).drop(columns="regions")
    priced = imagedf.estimate_cost(bare, book(rate("snapshot", "1"), rate("custom", "1")))
    assert imagedf.simulate_savings(priced, now=NOW).found[SAVED].tolist() == []
    found = imagedf.find_savings(priced, [OlderThan(1)], now=NOW)
    assert found[SAVED].tolist() == [10.0, 10.0]


def test_rules_may_come_one_by_one() -> None:
    found = imagedf.find_savings(images({}), (rule for rule in [OlderThan(1)]), now=NOW)  # type: ignore[arg-type] # that is the test
    assert len(found) == 1
