"""Amounts: exact sums, and cents that add up."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagedf._text import cents
from imagedf.cost import (
    cost_by_size,
    exact,
    exact_sum,
    known_sum,
    parts_in_cents,
    shown_parts,
    yearly,
)
from tests.money import rate

pytestmark = pytest.mark.fast

decimals = st.integers(-(10**12), 10**12).map(lambda whole: Decimal(whole).scaleb(-4))
lists = st.lists(decimals, max_size=30)


@given(amounts=lists, seed=st.integers(0, 9))
def test_sums_are_exact_in_every_order(amounts: list[Decimal], seed: int) -> None:
    floats = [float(one) for one in amounts]
    shuffled = random.Random(seed).sample(floats, len(floats))
    expected = sum(amounts, Decimal(0))
    assert exact_sum(floats) == exact_sum(np.array(shuffled)) == exact_sum(amounts) == expected


@given(amounts=st.lists(st.floats(-1e300, 1e300), max_size=9))
def test_amounts_of_any_size_are_added(amounts: list[float]) -> None:
    total = float(sum(map(exact, amounts)))
    assert float(exact_sum(amounts)) == pytest.approx(total, rel=1e-9, abs=1e-6)


def test_the_error_of_a_float_does_not_show() -> None:
    assert exact_sum([0.1 + 0.2, 1000.1 - 1000]) == Decimal("0.4")
    assert exact_sum([0.1] * 10) == 1


def test_a_sum_without_known_amounts_is_unknown() -> None:
    assert known_sum([]) == 0
    assert known_sum([float("nan")]) is None
    assert known_sum(pd.Series([float("nan"), 0.6])) == Decimal("0.6")


@given(amounts=st.lists(st.one_of(st.none(), decimals), max_size=30))
def test_parts_in_cents_add_up_and_are_less_than_a_cent_off(amounts: list[Decimal | None]) -> None:
    parts = parts_in_cents(amounts)
    assert [part is None for part in parts] == [amount is None for amount in amounts]
    known = [one for one in amounts if one is not None]
    assert sum(part for part in parts if part is not None) == cents(sum(known, Decimal(0)))
    for part, amount in zip(parts, amounts, strict=True):
        if part is not None and amount is not None:
            assert abs(part - amount) < Decimal("0.01")


@given(amounts=st.lists(st.integers(0, 10**6).map(lambda whole: Decimal(whole).scaleb(-2))))
def test_whole_cents_are_left_as_they_are(amounts: list[Decimal]) -> None:
    assert parts_in_cents(amounts) == amounts


def test_two_halves_of_three_cents_are_two_and_one() -> None:
    """Each is 1.5 cents: rounded separately, they would add up to four."""
    assert parts_in_cents([0.015, 0.015]) == [Decimal("0.02"), Decimal("0.01")]
    assert parts_in_cents([0.015, float("nan")]) == [Decimal("0.02"), None]


def test_a_year_is_twelve_exact_months() -> None:
    assert yearly(Decimal("0.015")) == Decimal("0.18")
    assert 12 * cents(Decimal("0.015")) == Decimal("0.24")


@given(
    sizes=st.lists(st.integers(0, 10**9), max_size=20),
    decimals=st.integers(0, 9),
    amount=st.integers(0, 9999),
)
def test_a_cost_is_the_float_nearest_to_the_exact_decimal(
    sizes: list[int], decimals: int, amount: int
) -> None:
    exact_sizes = [Decimal(size).scaleb(-decimals) for size in sizes]
    price = rate("volume_snapshot", str(Decimal(amount).scaleb(-4)))
    costs = cost_by_size(pd.Series([float(size) for size in exact_sizes], dtype="float64"), price)
    assert costs.tolist() == [float(size * price.amount) for size in exact_sizes]


def test_an_image_without_a_size_or_a_rate_has_no_cost() -> None:
    sizes = pd.Series([None, -1.0, float("inf"), 2e9, 0.0, 53.0], index=range(3, 9))
    costs = cost_by_size(sizes, rate("volume_snapshot", "0.06"))
    assert costs.isna().tolist() == [True] * 4 + [False] * 2
    assert costs.loc[7:8].tolist() == [0.0, 3.18]
    assert cost_by_size(sizes, None).isna().all()


def test_a_minimum_applies_to_what_has_a_size() -> None:
    sizes = pd.Series([0.0, 0.05, 1.0, float("nan")])
    costs = cost_by_size(sizes, rate("snapshot", "0.06"), Decimal("0.01"))
    assert costs[:3].tolist() == [0.0, 0.01, 0.06]
    assert costs.isna().tolist() == [False] * 3 + [True]


@pytest.mark.parametrize(
    ("parts", "total", "shown"),
    [
        ([0.015, 0.015], 0.03, ["0.02", "0.01"]),
        ([0.015], Decimal("0.01"), ["0.01"]),  # the total was rounded down before
        ([0.015], Decimal("0.02"), ["0.02"]),
        ([0.015, None, float("nan")], 0.015, ["0.02", "None", "nan"]),
        ([0.015, 0.015], 0.06, ["0.015", "0.015"]),
        ([0.015], float("nan"), ["0.015"]),
        ([], 0.0, []),
    ],
)
def test_shown_parts_add_up_to_the_printed_total(
    parts: list[Any], total: Any, shown: list[str]
) -> None:
    assert [str(part) for part in shown_parts(parts, total)] == shown
