"""The names that form a series: dates are removed, a possible host number stays."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagedf.savings import _series, series_of
from imagedf.savings._series import series_of_names
from tests.series_names import ALONE, SERIES

pytestmark = pytest.mark.fast

FORMATS = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%Y%m%d%H%M%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d-%H%M",
    "%Y_%m_%d_%H_%M_%S",
    "%Y.%m.%d.%H.%M",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%a %b %e %H:%M:%S UTC %Y",
    "%a, %d %b %Y %H:%M:%S +0000",
    "%G-W%V",
    "%A",
    "%s",
)
moments = st.datetimes(
    min_value=datetime.fromisoformat("2011-06-01"), max_value=datetime.fromisoformat("2033-05-01")
)


@pytest.mark.parametrize(
    ("name", "series"), [(name, series) for series, names in SERIES.items() for name in names]
)
def test_a_name_belongs_to_its_series(name: str, series: str) -> None:
    assert series_of(name) == series


def test_numbers_that_may_be_those_of_hosts_stay_in_the_name() -> None:
    assert {name: series_of(name) for name in ALONE} == {name: name for name in ALONE}


def test_the_table_is_as_large_as_it_should_be() -> None:
    names = [*chain.from_iterable(SERIES.values()), *ALONE]
    assert len(set(names)) == len(names) >= 60


PIECES = [
    "20", "2026", "2011", "-", "_", ".", "/", " ", ":", "T", "Z", "h", "1", "01", "12", "31", "(",
    "(1", ")", "3f9ac1d", "af", "W4", "Q4", "1764000000", "13", "web", "UTC", "v", "[]",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join))
def test_many_names_have_the_series_that_each_has(name: str) -> None:
    names = [name, *ALONE, "", "-", "a\nb 2026-11-01", "frİday", "ſun", "K Jan 2026", name.upper()]
    series = series_of_names(pd.Series(names, dtype="str"))
    assert series.tolist() == [series_of(name) for name in names]
    assert series_of_names(pd.Series([], dtype="str")).empty


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join))
def test_no_serial_number_is_overlooked_for_speed(name: str) -> None:
    found = [_series._serial(words=False).search(name), _series._EMPTY_BRACKETS.search(name)]
    assert not any(found) or _series._MAYBE_A_NUMBER.search(name)


@given(moment=moments, form=st.sampled_from(FORMATS), head=st.sampled_from(ALONE))
def test_a_date_in_any_common_form_does_not_change_the_series(
    moment: datetime, form: str, head: str
) -> None:
    assert series_of(f"{head} {moment.strftime(form)}") == head


@given(moment=moments, host=st.integers(0, 999), form=st.sampled_from(FORMATS[:-1]))
def test_two_hosts_never_share_a_series(moment: datetime, host: int, form: str) -> None:
    date = moment.strftime(form)
    for name in ("web-{0} {1}", "{1} web-{0}", "web {1}-{0:03}", "web{0}_{1}"):
        assert series_of(name.format(host, date)) != series_of(name.format(host + 1, date))


@given(moment=moments, form=st.sampled_from(FORMATS), sign=st.sampled_from("- _"))
def test_hosts_named_after_months_and_weekdays_stay_apart(
    moment: datetime, form: str, sign: str
) -> None:
    date = sign + moment.strftime(form)
    for hosts in (("dec-1", "may-2"), ("Dec-1", "May-2"), ("may", "june"), ("Mon-1", "Tue-2")):
        first, second = (series_of(host + date) for host in hosts)
        assert first != second


def test_a_number_behind_a_date_is_not_the_host_of_that_number() -> None:
    assert series_of("web-2026-10-01-1") != series_of("web-1-2026-10-01")


def test_a_number_behind_a_time_is_not_part_of_it() -> None:
    assert series_of("web 2026-10-01-0300-01") != series_of("web 2026-10-01-0300-02")


@given(st.text(max_size=60))
def test_any_name_has_a_series_that_is_its_own(name: str) -> None:
    series = series_of(name)
    assert series
    assert series_of(series) == series or "…" in series


def test_a_long_name_is_read_in_linear_time() -> None:
    assert series_of("-" * 200_000 + "x") == "x"
    assert series_of("1 " * 50_000 + "x").endswith("x")
