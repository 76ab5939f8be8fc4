"""The price book: its history, the user's own, and what is wrong with a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from imagedf import ImagedfError, PriceBook
from tests.money import book, rate

OWN = """
currency = "EUR"
unit = "GB-month"

[[rate]]
billing_class = "snapshot"
effective_from = 2026-01-01
rate = 0.05
source = "contract 17"
read_on = 2026-01-02

[[rate]]
billing_class = "backup"
effective_from = 2026-01-01
rate = "0.04"
unit = "GiB-month"
account = "prod"
tag = "weekly"
source = "contract 17"
read_on = 2026-01-02
"""


@pytest.mark.parametrize("billing_class", ["snapshot", "custom"])
@pytest.mark.parametrize(
    ("day", "amount"),
    [
        (date(2016, 9, 30), "0.00"),
        (date(2016, 10, 1), "0.05"),
        (date(2022, 6, 30), "0.05"),
        (date(2022, 7, 1), "0.06"),
        (date(2026, 11, 23), "0.06"),
    ],
)
def test_the_published_history(billing_class: str, day: date, amount: str) -> None:
    rates = {rate.billing_class: rate for rate in PriceBook.load().at(day)}
    assert rates[billing_class].amount == Decimal(amount)
    assert set(rates) == {"snapshot", "custom"}


def test_the_shipped_book_names_its_sources() -> None:
    shipped = PriceBook.load()
    assert (shipped.currency, {rate.unit for rate in shipped.rates}) == ("USD", {"GB-month"})
    assert all(rate.source.startswith("http") for rate in shipped.rates)


def test_rates_are_put_into_words_with_date_and_source() -> None:
    docs = "https://docs.digitalocean.com/products"
    terms = "0.06 USD per GB-month from 2022-07-01"
    assert PriceBook.load().describe(date(2026, 11, 1)) == [
        f"rate custom: {terms}; {docs}/custom-images/details/pricing/, read 2026-11-23",
        f"rate snapshot: {terms}; {docs}/images/snapshots/details/pricing/, read 2026-11-23",
    ]


def test_a_day_before_all_rates_says_that_there_is_none() -> None:
    young = book(rate("snapshot", "0.06", effective_from=date(2022, 7, 1)))
    assert young.describe(date(2022, 6, 30)) == ["the price book has no rate for 2022-06-30"]
    assert young.at(datetime(2022, 7, 1, 23, tzinfo=UTC)) == young.rates


def test_the_users_own_book(tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(OWN)
    own = PriceBook.load(path)
    assert own.currency == "EUR"
    ends = "from 2026-01-01; contract 17, read 2026-01-02"
    assert [str(one) for one in own.at(date(2026, 2, 1))] == [
        f"backup (account prod, tag weekly): 0.04 EUR per GiB-month {ends}",
        f"snapshot: 0.05 EUR per GB-month {ends}",
    ]


def test_a_rate_by_tag_stands_before_one_by_account() -> None:
    mixed = book(
        rate("snapshot", "1"),
        rate("snapshot", "2", account="prod"),
        rate("snapshot", "3", tag="cold"),
        rate("snapshot", "4", tag="cold", account="prod"),
    )
    assert [one.amount for one in mixed.at(date(2026, 1, 1))] == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('currency = "EUR"', 'currency = "euro"', "line 2: currency must be three capital letters"),
        ('currency = "EUR"', "", "currency is missing"),
        ('currency = "EUR"', 'currency = "EUR"\nvat = 0.2', "line 3: vat is not known here"),
        ('unit = "GB-month"\n\n', 'unit = "TB"\n\n', "line 3: unit must be GB-month or GiB-month"),
        ("rate = 0.05", "rate = -0.05", "line 8: rate 1: rate must be an amount from 0 to"),
        ("rate = 0.05", 'rate = "1e9"', "line 8: rate 1: rate must be an amount from 0 to"),
        ("rate = 0.05", "rate = nan", "line 8: rate 1: rate must be an amount from 0 to"),
        ("rate = 0.05", 'rate = "six cents"', "line 8: rate 1: rate must be an amount from 0 to"),
        ("rate = 0.05", "rate = true", "line 8: rate 1: rate must be an amount from 0 to"),
        ("rate = 0.05", "", "line 5: rate 1: rate is missing"),
        ("read_on = 2026-01-02\n\n", "\n", "line 5: rate 1: read_on is missing"),
        ('unit = "GiB-month"', 'unit = "GiB"', "line 16: rate 2: unit must be GB-month or"),
        ('tag = "weekly"', "tag = 7", "line 18: rate 2: tag must be a text, not 7"),
        ('tag = "weekly"', 'region = "nyc1"', "line 18: rate 2: region is not known here"),
        ("2026-01-01\nrate = 0.05", '"2026-01-01"\nrate = 0.05', "line 7: rate 1: effective_from"),
        ("[[rate]]", "[[price]]", "price is not known here"),
        (OWN, 'currency = "EUR"', "rate is missing: a book needs at least one"),
        (OWN, 'currency = "EUR"\nrate = 0.06', "line 2: rate must be tables: begin each with"),
        (OWN, "currency = EUR", "can't be read as TOML: Invalid value"),
    ],
)
def test_a_wrong_book_is_told_by_line_and_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN.replace(old, new))
    with pytest.raises(ImagedfError, match=r"mine\.toml") as caught:
        PriceBook.load(path)
    assert said in str(caught.value)


def test_two_rates_for_the_same_day_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    again = OWN[OWN.index("[[rate]]") : OWN.rindex("[[rate]]")]
    path.write_text(OWN + again)
    with pytest.raises(ImagedfError, match=r"line 23: rate 3: effective_from repeats"):
        PriceBook.load(path)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"a = " + b"[" * 100_000, b"a = " + b"9" * 5000, b"a = = 1"]
)
def test_an_unreadable_book_is_an_error_that_names_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(content)
    with pytest.raises(ImagedfError, match=r"mine\.toml can't be read as TOML"):
        PriceBook.load(path)


def test_a_book_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(ImagedfError, match=r"can't read .*mine\.toml: No such file"):
        PriceBook.load(tmp_path / "mine.toml")


def test_a_moment_is_priced_on_its_day_in_utc() -> None:
    before = datetime(2022, 7, 1, 3, tzinfo=timezone(timedelta(hours=9)))
    assert {rate.amount for rate in PriceBook.load().at(before)} == {Decimal("0.05")}
