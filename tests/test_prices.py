"""The price book: its history, users' own price books, and invalid files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from imagedf import ImagedfError, PriceBook
from imagedf.cost import BackupPlan, Rate, rates_note
from tests.money import book, rate

pytestmark = pytest.mark.fast

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


PLAN = """
[[backup_plan]]
plan = "weekly"
effective_from = 2026-01-01
source = "contract 17"
read_on = 2026-01-02
"""


@pytest.mark.parametrize(
    ("day", "snapshot", "custom", "volume_snapshot"),
    [
        (date(2016, 9, 30), "0.00", None, None),
        (date(2016, 10, 1), "0.05", None, "0.05"),
        (date(2018, 9, 1), "0.05", "0.05", "0.05"),
        (date(2022, 6, 30), "0.05", "0.05", "0.05"),
        (date(2022, 7, 1), "0.06", "0.06", "0.06"),
        ("2026-11-23", "0.06", "0.06", "0.06"),
    ],
)
def test_the_published_history(
    day: date | str, snapshot: str, custom: str | None, volume_snapshot: str | None
) -> None:
    shipped = PriceBook.load()
    rates = {rate.billing_class: str(rate.amount) for rate in shipped.at(day)}
    expected = {"snapshot": snapshot, "custom": custom, "volume_snapshot": volume_snapshot}
    assert rates == {name: amount for name, amount in expected.items() if amount}
    found = shipped.volume_snapshot_rate(day)
    assert (found and str(found.amount)) == volume_snapshot


@pytest.mark.parametrize(
    ("plan", "day", "share", "usage"),
    [
        ("weekly", "2015-01-31", None, None),
        ("weekly", "2015-02-01", "0.20", None),
        ("weekly", "2025-10-01", "0.20", "0.04"),
        ("daily", "2024-09-16", None, None),
        ("daily", "2024-09-17", "0.30", None),
        ("daily", date(2026, 11, 1), "0.30", "0.03"),
        ("6 hours", "2026-11-01", None, "0.015"),
        ("4 hours", "2026-03-08", None, None),
        ("4 hours", "2026-03-09", None, "0.01"),
        ("hourly", "2026-11-01", None, None),
    ],
)
def test_the_history_of_backup_plans(
    plan: str, day: date | str, share: str | None, usage: str | None
) -> None:
    shipped = PriceBook.load()
    by_share, by_usage = shipped.backup_share(plan, day), shipped.backup_usage(plan, day)
    assert (by_share and str(by_share.share)) == share
    assert (by_usage and str(by_usage.amount)) == usage
    assert by_usage is None or by_usage.unit == "GiB-month"


def test_the_shipped_book_marks_sources_that_are_not_official() -> None:
    shipped = PriceBook.load()
    entries: list[Rate | BackupPlan] = [*shipped.rates, *shipped.backup_plans]
    assert all(entry.source.startswith("http") for entry in entries)
    for entry in entries:
        assert entry.official == ("digitalocean.com/" in entry.source)
        assert ("unofficial" in str(entry)) != entry.official
    assert {entry.official for entry in entries} == {True, False}


def test_prices_are_described_with_date_and_source() -> None:
    docs = "https://docs.digitalocean.com/products"
    terms = "0.06 USD per GB-month from 2022-07-01"
    *rates, minimum, unit = PriceBook.load().describe("2026-11-01")
    assert rates == [
        f"rate custom: {terms}; {docs}/custom-images/details/pricing/, read 2026-11-26",
        f"rate snapshot: {terms}; {docs}/images/snapshots/details/pricing/, read 2026-11-26",
    ]
    assert "0.01 USD" in minimum
    assert "GiB" in unit
    every = PriceBook.load().describe("2026-11-01", everything=True)
    assert len(every) == 3 + 7 + 2
    assert any("backups daily: 30% of the Droplet's monthly price" in line for line in every)


def test_the_note_below_a_table_names_each_price_and_its_day_once() -> None:
    day = date(2026, 11, 1)
    note = rates_note(PriceBook.load(), day)
    assert "custom and snapshot 0.06 USD per GB-month since 2022-07-01" in note
    assert "volume_snapshot" not in note
    assert "0.01 USD" in note
    assert "GiB" in note
    account = rates_note(PriceBook.load(), day, account=True)
    assert "volume_snapshot 0.06 USD per GiB-month" in account
    assert "weekly backups 20% of the Droplet's monthly price since 2015-02-01" in account


def test_the_note_marks_unofficial_and_limited_rates_and_says_if_there_is_none() -> None:
    note = rates_note(
        book(rate("snapshot", "1"), rate("snapshot", "2", tag="cold", official=False)),
        date(2026, 11, 1),
    )
    assert "snapshot (tag cold) 2 USD per GB-month since 1970-01-01 (unofficial)" in note
    assert note.count("unofficial") == 1
    assert "No rate for 1969-01-01" in rates_note(book(rate("snapshot", "1")), date(1969, 1, 1))


def test_a_book_and_its_entries_are_one_line_each() -> None:
    shipped = PriceBook.load()
    for shown in (shipped, *shipped.rates, *shipped.backup_plans):
        assert len(repr(shown)) <= 200
        assert "\n" not in repr(shown)
    page = shipped._repr_html_()
    assert page.startswith("<table>")
    assert page.count("<tr>") == len(shipped.rates) + len(shipped.backup_plans)
    assert "&lt;b&gt;" in book(rate("<b>", "1"))._repr_html_()


def test_the_most_specific_rate_that_matches_is_found() -> None:
    prices = book(
        rate("snapshot", "1"),
        rate("snapshot", "2", account="prod"),
        rate("snapshot", "3", tag="cold"),
        rate("snapshot", "4", tag="archive"),
    )

    def amount(**matching: Any) -> Decimal | None:
        found = prices.rate_of("snapshot", "2026-11-01", **matching)
        return None if found is None else found.amount

    assert amount() == amount(account="dev", tags=["other"]) == 1
    assert amount(account="prod") == 2
    assert amount(account="prod", tags=["cold"]) == 3
    assert amount(tags=["cold", "archive"]) == 4
    assert prices.rate_of("custom", "2026-11-01") is None


def test_a_day_before_all_rates_has_none() -> None:
    young = book(rate("snapshot", "0.06", effective_from=date(2022, 7, 1)))
    assert young.describe(date(2022, 6, 30))[0] == "the price book has no rate for 2022-06-30"
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


def test_a_rate_by_tag_precedes_one_by_account() -> None:
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
        ('currency = "EUR"', 'currency = "EUR"\nvat = 0.2', "line 3: vat is not a known key"),
        ('unit = "GB-month"\n\n', 'unit = "TB"\n\n', "line 3: unit must be GB-month or GiB-month"),
        ("rate = 0.05", "rate = -0.05", "line 8: rate 1: rate must be an amount from 0 to"),
        ("rate = 0.05", 'rate = "1e9"', "line 8: rate 1: rate must be an amount from 0 to"),
        ("rate = 0.05", "rate = nan", "line 8: rate 1: rate must be an amount from 0 to"),
        ("rate = 0.05", 'rate = "six cents"', "line 8: rate 1: rate must be an amount from 0 to"),
        ("rate = 0.05", "rate = true", "line 8: rate 1: rate must be an amount from 0 to"),
        ("rate = 0.05", "", "line 5: rate 1: rate is missing"),
        ("read_on = 2026-01-02\n\n", "\n", "line 5: rate 1: read_on is missing"),
        ('unit = "GiB-month"', 'unit = "GiB"', "line 16: rate 2: unit must be GB-month or"),
        ('tag = "weekly"', "tag = 7", "line 18: rate 2: tag must be text, not 7"),
        ('tag = "weekly"', 'region = "nyc1"', "line 18: rate 2: region is not a known key"),
        ("2026-01-01\nrate = 0.05", '"2026-01-01"\nrate = 0.05', "line 7: rate 1: effective_from"),
        ("[[rate]]", "[[price]]", "price is not a known key"),
        (OWN, 'currency = "EUR"', "rate is missing"),
        (OWN, 'currency = "EUR"\nrate = 0.06', "line 2: rate must be tables: begin each with"),
        (OWN, "currency = EUR", "can't be read as TOML: Invalid value"),
        (
            "rate = 0.05",
            "rate = 0.05\nofficial = 1",
            "line 9: rate 1: official must be true or false",
        ),
        ('"snapshot"', '"free"', "line 6: rate 1: billing_class must not be free"),
        ('unit = "GB-month"\n\n', "minimum = -1\n\n", "line 3: minimum must be an amount"),
        (
            '[[rate]]\nbilling_class = "backup"',
            '[[backup_plan]]\nplan = "weekly"',
            "account is not",
        ),
        (
            OWN,
            OWN + PLAN + "share = 2\n",
            "line 27: backup_plan 1: share must be an amount from 0 to 1",
        ),
        (OWN, OWN + PLAN + "share = 0.2\nrate = 0.1\n", "line 27: backup_plan 1: share or rate"),
        (OWN, OWN + PLAN, "backup_plan 1: share or rate"),
    ],
)
def test_an_error_in_a_price_book_names_line_and_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN.replace(old, new))
    with pytest.raises(ImagedfError, match=r"mine\.toml") as caught:
        PriceBook.load(path)
    assert said in str(caught.value)


def test_a_book_may_have_backup_plans_and_a_minimum(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    plans = PLAN + "share = 0.25\n" + PLAN + 'rate = "0.02"\n'
    path.write_text('minimum = "0.01"\n' + OWN + plans)
    own = PriceBook.load(path)
    assert own.minimum == Decimal("0.01")
    weekly = own.backup_share("weekly", "2026-02-01")
    assert weekly is not None
    assert (weekly.share, weekly.amount, weekly.currency) == (Decimal("0.25"), None, "EUR")
    usage = own.backup_usage("weekly", "2026-02-01")
    assert usage is not None
    assert (usage.share, usage.amount) == (None, Decimal("0.02"))


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
