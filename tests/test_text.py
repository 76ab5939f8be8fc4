"""Numbers, money, shares and names as people read them."""

from __future__ import annotations

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagedf import _text
from imagedf._text import (
    amount,
    change,
    did_you_mean,
    gigabytes,
    in_cents,
    isolated,
    money,
    number,
    one_line,
    percent,
    plain,
    share,
    shorten,
)
from tests.test_imports import loaded_after

pytestmark = pytest.mark.fast


def test_the_examples_are_true() -> None:
    assert doctest.testmod(_text).failed == 0


def test_it_loads_neither_numpy_nor_pandas() -> None:
    code = "from imagedf import _text; _text.money(1.5); _text.did_you_mean('a', ['b'])"
    assert loaded_after(code, "numpy", "pandas", "pyarrow") == set()


@given(st.decimals(-(10**9), 10**9, places=2))
def test_cents_are_exact(value: Decimal) -> None:
    assert in_cents(value) == in_cents(float(value)) == f"{value + 0:,.2f}".replace("-0.00", "0.00")


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.00"), (0.001, "<0.01"), (0.005, "0.01"), (2.675, "2.68")]
)
def test_an_amount_that_is_not_zero_never_looks_like_it(value: float, text: str) -> None:
    assert amount(value) == text


def test_what_is_not_known_is_said() -> None:
    assert money(None) == gigabytes(None) == money(float("nan")) == "unknown"


def test_changes_have_a_sign_and_no_change_is_zero() -> None:
    assert [change(one) for one in (1.5, -2.0, 0.001, Decimal(0))] == [
        "+1.50", "-2.00", "0.00", "0.00",
    ]  # fmt: skip


def test_currencies() -> None:
    assert [money(12.5), money(-12.5), money(12.5, "eur")] == ["$12.50", "-$12.50", "12.50 EUR"]


def test_shares_are_0_or_100_percent_only_if_exact() -> None:
    assert [share(one, 1000) for one in (0, 1, 440, 999, 1000)] == [
        "0%", "<1%", "44%", ">99%", "100%",
    ]  # fmt: skip
    assert [percent(0), percent(0.0001), percent(0.445)] == ["0.0%", "<0.1%", "44.5%"]


def test_numbers_have_no_trailing_zeros() -> None:
    assert [number(one) for one in (3.0, 2.50, 0.001, 1234.5)] == ["3", "2.5", "<0.01", "1,234"]


UNSEEN = "\x1b\x07\u200e\u200f\u061c\u202e\u2066\u2069\U000e0041\x85\u2028\ud800"


@pytest.mark.parametrize("character", UNSEEN, ids=ascii)
def test_a_terminal_gets_no_control_characters(character: str) -> None:
    assert one_line(f"a{character}b") == "a b"


@pytest.mark.parametrize("character", "\x00\x1b\u202e\u061c\ud800\ufffe", ids=ascii)
def test_a_page_gets_a_mark_for_what_it_cannot_show(character: str) -> None:
    assert plain(f"a{character}b") == "a\ufffdb"
    assert plain("x" * 600).endswith("(600 characters)")


def test_isolated_text_cannot_end_its_isolation() -> None:
    assert isolated("a\u2069b\u202e") == "\u2068a\ufffdb\u202e\u2069"


def test_the_nearest_name_is_offered() -> None:
    known = ["id", "region", "size_gigabytes"]
    assert did_you_mean("Region", known) == "; did you mean region?"
    assert did_you_mean("size_gigabyte", known) == "; did you mean size_gigabytes?"
    assert did_you_mean("distro", [*known, "distribution"]) == "; did you mean distribution?"
    assert did_you_mean("owner", known) == did_you_mean("tags", [*known, "status"]) == ""


def test_long_text_is_shortened() -> None:
    assert (shorten("abcdef", 4), shorten("abc", 4)) == ("abc…", "abc")
