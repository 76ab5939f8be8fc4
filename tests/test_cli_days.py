"""Days as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagedf.cli._days import is_day, parse_day, recorded_day

pytestmark = pytest.mark.fast

TODAY = datetime.now(UTC).date()
DAYS = ["2026-09-01", "2026-10-05", "2026-10-20"]


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("today", 0),
        ("Yesterday", 1),
        ("90d", 90),
        ("1 day", 1),
        ("12 weeks ago", 84),
        ("2w", 14),
    ],
)
def test_relative_days_count_back_from_today(text: str, before: int) -> None:
    assert parse_day(text) == TODAY - timedelta(days=before)


@pytest.mark.parametrize(("text", "months"), [("3mo", 3), ("1 month", 1), ("2y", 24), ("0mo", 0)])
def test_months_and_years_keep_the_day_of_the_month_where_there_is_one(
    text: str, months: int
) -> None:
    day = parse_day(text)
    assert (TODAY.year - day.year) * 12 + TODAY.month - day.month == months
    assert day.day == TODAY.day or (day + timedelta(days=1)).day == 1


@given(st.dates(min_value=date(1000, 1, 1)))
def test_an_iso_date_is_itself_and_a_month_has_two_edges(day: date) -> None:
    assert parse_day(day.isoformat()) == day
    month = day.isoformat()[:7]
    assert parse_day(month, "first") == day.replace(day=1)
    assert parse_day(month, "first") <= day <= parse_day(month, "last")
    assert (parse_day(month, "last") + timedelta(days=1)).day == 1 or day.month == 12


@pytest.mark.parametrize(
    "text", ["2026-11-31", "2026-13-01", "11/26/2026", "soon", "", "99999y", "2026-11"]
)
def test_what_is_not_a_day_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|day|year"):
        parse_day(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("last", "2026-10-20"),
        ("previous", "2026-10-05"),
        ("2026-09-01", "2026-09-01"),
        ("2026-09-02", "2026-09-02"),
    ],
)
def test_names_of_recorded_days(text: str, expected: str) -> None:
    assert recorded_day(text, DAYS) == expected


@pytest.mark.parametrize("text", ["last", "previous", "90d", "2026-10", "2026-10-01", "today"])
def test_days_are_distinguished_from_files(text: str) -> None:
    assert is_day(text)
    assert not is_day(f"{text}.parquet")


def test_a_day_that_is_not_there_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="previous"):
        recorded_day("previous", DAYS[:1])
