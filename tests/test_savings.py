"""Policies: keep rules always win, and an image with unknown values is never deletable."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from pandas.testing import assert_frame_equal

import imagedf
from imagedf import FrameError, Keep, Policy, PolicyError, Select, find_savings, savings_summary
from imagedf.cost import exact_sum
from tests.bills import typed_rows, volume_snapshot
from tests.conftest import DOCUMENTED_PAGE, examples
from tests.money import book, images, rate
from tests.strategies import shuffled

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OLD, NEW = "2026-01-01T00:00:00Z", "2026-11-20T00:00:00Z"
SAVED = "monthly_savings_usd"
COLUMNS = [
    *("account", "id", "name", "type", "size_gigabytes", "created_at", "age_days", "series"),
    *("source", "used_by", "selected_by", "kept_by", "deletable"),
    *("monthly_cost_usd", SAVED, "not_deletable"),
]


def inventory() -> pd.DataFrame:
    """Return two old series, a tagged image, and images with unknown values."""
    return images(
        {"name": "web-2026-01-01", "created_at": OLD},
        {"name": "web-2026-11-20", "created_at": NEW, "regions": ["nyc1", "ams3"]},
        {"name": "web-2025-12-31", "created_at": OLD, "tags": ["Keep:me"], "size_gigabytes": 20.0},
        {"name": "db", "created_at": OLD, "type": "backup", "size_gigabytes": 5.0},
        {"name": "cache", "created_at": None, "size_gigabytes": 2.0},
        {"name": "log", "created_at": OLD, "size_gigabytes": None},
        {"name": "base", "created_at": OLD, "public": True},
        {"name": "22.10 x64", "created_at": OLD, "type": "base", "public": False},
        {"name": "secret", "created_at": OLD, "public": None},
    )


def daily(day: int) -> dict[str, Any]:
    """Return a snapshot of one day in January."""
    return {"name": f"web-2026-01-{day:02}", "created_at": f"2026-01-{day:02}T00:00:00Z"}


def deletable(frame: pd.DataFrame, policy: Policy | None = None, **options: Any) -> set[str]:
    """Return the names of the images that can be deleted."""
    found = find_savings(frame, policy, now=NOW, **options)
    return set(found.loc[found["deletable"], "name"])


def keys(found: pd.DataFrame) -> list[str]:
    """Return id, name and account of each image."""
    columns = [found[name].astype("str") for name in ("id", "name", "account")]
    return [" ".join(one) for one in zip(*columns, strict=True)]


def test_a_table_worked_by_hand() -> None:
    policy = Policy([Select(older_than=90)], [Keep(last=1), Keep(tag="keep")])
    found = find_savings(inventory(), policy, now=NOW)
    assert list(found.columns) == COLUMNS
    old, newest = "older than 90 days", "newest of its series"
    expected = pd.DataFrame(
        {
            "name": [
                *("web-2026-01-01", "web-2025-12-31", "web-2026-11-20"),
                *("cache", "db", "secret", "log"),
            ],
            "series": ["web", "web", "web", "cache", None, "secret", "log"],
            "age_days": [326.0, 326.0, 3.0, None, 326.0, 326.0, 326.0],
            "selected_by": [old, old, None, None, old, old, old],
            "kept_by": [None, "tag keep", newest, "unknown date", None, newest, newest],
            "deletable": [True, *[False] * 6],
            "monthly_cost_usd": [0.6, 1.2, 0.6, 0.12, None, None, None],
            SAVED: [0.6, *[0.0] * 6],
            "not_deletable": [
                None,
                "kept: tag keep",
                "not selected",
                "unknown date",
                "only snapshots and custom images can be deleted",
                "unknown whether it is public",
                "to review: the last of its series",
            ],
        }
    )
    texts = ["name", "series", "selected_by", "kept_by", "not_deletable"]
    expected = expected.astype(dict.fromkeys(texts, "str"))
    found = found.sort_values("name", key=lambda names: names.map(list(expected["name"]).index))
    assert_frame_equal(found[list(expected.columns)].reset_index(drop=True), expected)


def test_the_totals_of_that_table() -> None:
    policy = Policy([Select(older_than=90)], [Keep(last=1), Keep(tag="keep")])
    summary = savings_summary(find_savings(inventory(), policy, now=NOW))
    assert (summary.total.images, summary.deletable.images, summary.remaining.images) == (7, 1, 6)
    assert summary.deletable.monthly_cost == Decimal("0.6")
    assert summary.deletable.yearly_cost == Decimal("7.2")
    assert (summary.remaining.monthly_cost, summary.remaining.unknown_cost) == (Decimal("1.92"), 3)
    assert (summary.deletable.size_gigabytes, summary.remaining.size_gigabytes) == (10.0, 47.0)
    assert (summary.review.images, summary.review.monthly_cost) == (1, None)
    assert (summary.unknown_date, summary.use_known) == (1, 0)
    assert "$0.60/month ($7.20/year)" in str(summary)
    assert len(repr(summary)) <= 200


def test_by_default_the_last_of_a_series_is_to_review() -> None:
    assert deletable(inventory()) == {"web-2026-01-01", "web-2025-12-31"}
    summary = savings_summary(find_savings(inventory(), now=NOW))
    assert (summary.deletable.images, summary.review.images) == (2, 1)


def test_keeping_only_ever_keeps() -> None:
    names = [
        {"name": f"web-2026-01-{day:02}", "created_at": f"2026-01-{day:02}T00:00:00Z"}
        for day in range(1, 9)
    ]
    frame = images(*names)
    select = [Select(older_than=90)]
    counts = [len(deletable(frame, Policy(select, keep))) for keep in ([], [Keep(last=3)])]
    assert counts == [8, 5]
    assert deletable(frame, Policy(select, [Keep(last=3), Keep(name="*-01")])) == {
        f"web-2026-01-{day:02}" for day in range(2, 6)
    }


def test_conditions_are_anded_and_rules_are_ored() -> None:
    frame = images(
        {"name": "a", "created_at": OLD, "size_gigabytes": 50.0},
        {"name": "b", "created_at": OLD},
        {"name": "c", "created_at": NEW, "size_gigabytes": 50.0},
        {"name": "d", "created_at": NEW, "status": "pending"},
    )
    assert deletable(frame, Policy([Select(older_than=90, larger_than=20)])) == {"a"}
    both = Policy([Select(older_than=90), Select(larger_than=20)])
    assert deletable(frame, both) == {"a", "b", "c"}
    assert deletable(frame, Policy([Select(status_not="Available")])) == {"d"}


CONDITIONS: dict[str, tuple[Select, set[str]]] = {
    "a glob": (Select(name="we*"), {"web"}),
    "several globs": (Select(name=["we?", "d*"]), {"web", "db"}),
    "a name that does not match itself as a glob": (Select(name="x [1]"), {"x [1]"}),
    "a tag": (Select(tag="env"), {"db", "x [1]"}),
    "a tag with a value": (Select(tag="env:prod"), {"db"}),
    "no tag": (Select(untagged=True), {"web", "WEB"}),
    "a type": (Select(type="custom"), {"WEB"}),
    "a size": (Select(larger_than=10), {"db"}),
    "the largest, of which one may be the unknown one": (Select(largest=2), {"db"}),
    "the largest of a name": (Select(largest=1, name="w*"), {"web"}),
    "an account": (Select(account="other"), set()),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_each_condition_selects_the_matching_images(case: str) -> None:
    frame = images(
        {"name": "web"},
        {"name": "WEB", "type": "custom", "size_gigabytes": 1.0},
        {"name": "db", "tags": ["ENV:prod"], "size_gigabytes": 10.5},
        {"name": "x [1]", "tags": ["env"], "size_gigabytes": None},
    )
    select, names = CONDITIONS[case]
    assert deletable(frame, Policy([select])) == names


@pytest.mark.parametrize("days", [1, 30, 90, 365])
def test_an_age_is_exact_to_the_second(days: int) -> None:
    edge = NOW - timedelta(days=days)
    moments = {str(seconds): edge + timedelta(seconds=seconds) for seconds in (-1, 0, 1)}
    frame = images(
        *({"name": name, "created_at": moment.isoformat()} for name, moment in moments.items())
    )
    assert deletable(frame, Policy([Select(older_than=days)])) == {"-1"}


@pytest.mark.parametrize("days", [1, 30, 90, 365])
def test_older_than_selects_the_images_of_the_older_age_bands(days: int) -> None:
    edges = [
        NOW - timedelta(days=edge, seconds=by) for edge in (1, 30, 90, 365) for by in (-1, 0, 1)
    ]
    frame = images(*({"name": str(at), "created_at": at.isoformat()} for at in edges))
    bands = ["1–30 d", "30–90 d", "90–365 d", ">365 d"]
    groups = imagedf.by_age(frame, now=NOW).set_index("age")["images"]
    older = groups[bands[[1, 30, 90, 365].index(days) :]].sum()
    assert len(deletable(frame, Policy([Select(older_than=days)]))) == older


def test_months_and_years_are_those_of_the_calendar() -> None:
    frame = images({"name": "a", "created_at": "2026-08-22T23:59:59Z"},
                   {"name": "b", "created_at": "2026-08-23T00:00:00Z"},
                   {"name": "c", "created_at": "2025-11-22T23:59:59Z"})  # fmt: skip
    assert deletable(frame, Policy([Select(older_than="3mo")])) == {"a", "c"}
    assert deletable(frame, Policy([Select(older_than="1y")])) == {"c"}


def test_what_an_image_is_counted_per() -> None:
    frame = images(
        {"name": "a-1", "created_at": "2026-01-01T00:00:00Z", "tags": ["app:x"]},
        {"name": "b-1", "created_at": "2026-01-02T00:00:00Z", "tags": ["App:x"]},
        {"name": "a-2", "created_at": "2026-01-03T00:00:00Z", "tags": ["app:y"]},
        {"name": "b-2", "created_at": "2026-01-04T00:00:00Z"},
    )
    select = [Select(older_than=1)]
    assert deletable(frame, Policy(select, [Keep(last=1, per="tag:app")])) == {"a-1", "b-2"}
    assert deletable(frame, Policy(select, [Keep(last=1, per="^(a|b)-")])) == {"a-1", "b-1"}
    assert deletable(frame, Policy(select, [Keep(last=1, per="series")])) == set()


def test_an_image_with_two_values_of_a_tag_counts_for_both() -> None:
    frame = images(
        {"name": "both", "created_at": "2026-01-01T00:00:00Z", "tags": ["app:x", "app:y", "App:y"]},
        {"name": "new x", "created_at": "2026-01-02T00:00:00Z", "tags": ["app:x"]},
        {"name": "old y", "created_at": "2025-01-02T00:00:00Z", "tags": ["app:y"]},
    )
    select = [Select(older_than=1)]
    assert deletable(frame, Policy(select, [Keep(last=1, per="tag:app")])) == {"old y"}
    assert deletable(frame, Policy(select, [Keep(last=2, per="tag:app")])) == set()


def test_series_are_those_of_one_account_type_and_source() -> None:
    frame = images(
        *[
            {"name": f"web-2026-01-0{day}", "created_at": f"2026-01-0{day}T00:00:00Z"}
            for day in (1, 2, 3)
        ]
    )
    assert len(deletable(frame)) == 2
    assert len(deletable(frame.assign(type=["snapshot", "custom", "snapshot"]))) == 1
    assert len(deletable(frame.assign(account=["a", "b", "b"]))) == 1
    two = frame.assign(source_id=pd.array([7, 8, 8], dtype="Int64"), source="here")
    assert len(deletable(two)) == 1
    assert set(find_savings(two, now=NOW)["series"]) == {"web (source 7)", "web (source 8)"}


TIES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "the highest id": ([{"id": 9}, {"id": 10}, {"id": 8}], "10 web default"),
    "an id rather than none": ([{"id": None}, {"id": 0}], "0 web default"),
    "then the first name": (
        [{"id": 7, "name": "web (2)"}, {"id": 7, "name": "web (1)"}, {"id": 7, "name": "web (3)"}],
        "7 web (1) default",
    ),
}


@pytest.mark.parametrize("case", TIES)
@pytest.mark.parametrize("step", [1, -1])
def test_of_images_as_old_or_as_large_the_same_one_counts_first(case: str, step: int) -> None:
    fields, first = TIES[case]
    frame = images(*({"name": "web", "created_at": OLD} | one for one in fields)).iloc[::step]
    largest = find_savings(frame, Policy([Select(largest=1)]), now=NOW)
    assert keys(largest[largest["deletable"]]) == [first]
    newest = find_savings(frame, Policy([Select(older_than=1)], [Keep(last=1)]), now=NOW)
    assert keys(newest[~newest["deletable"]]) == [first]


@pytest.mark.parametrize("step", [1, -1])
def test_of_images_as_large_the_account_counts_before_the_name(step: int) -> None:
    frame = images({}, {}, {}).assign(id=7, name=["b", "c", "a"], account=["x", "x", "y"])
    frame = frame.iloc[::step]
    for largest, expected in ((1, ["7 b x"]), (2, ["7 b x", "7 c x"])):
        found = find_savings(frame, Policy([Select(largest=largest)]), now=NOW)
        assert keys(found[found["deletable"]]) == expected


def test_labels_are_text_even_if_there_are_none() -> None:
    found = find_savings(images({"name": "a"}), Policy(), now=NOW)
    for name in ("selected_by", "kept_by", "not_deletable"):
        assert found[name].dtype == "str"


@pytest.mark.parametrize("step", [1, -1])
def test_the_order_of_the_images_found(step: int) -> None:
    frame = images(
        {"id": 3, "name": "b", "created_at": OLD, "size_gigabytes": 1.0},
        {"id": 3, "name": "a", "created_at": OLD, "size_gigabytes": 1.0},
        {"id": 2, "name": "c", "created_at": OLD, "size_gigabytes": 1.0},
        {"id": 5, "name": "d", "created_at": OLD, "size_gigabytes": 1.0},
        {"id": 6, "name": "backup", "created_at": OLD, "type": "backup", "size_gigabytes": 4.0},
        {"id": 7, "name": "unknown", "created_at": OLD, "size_gigabytes": None},
        {"id": 8, "name": "new", "size_gigabytes": 2.0, "created_at": NEW},
        {"id": 9, "name": "large", "size_gigabytes": 3.0, "created_at": OLD},
    )
    frame["account"] = ["y", "y", "y", "x", "y", "y", "y", "y"]
    found = find_savings(frame.iloc[::step], Policy([Select(older_than=90)]), now=NOW)
    assert keys(found) == [
        *("9 large y", "5 d x", "2 c y", "3 a y", "3 b y", "7 unknown y"),
        *("8 new y", "6 backup y"),
    ]


def test_images_in_use_are_kept_and_unknown_use_as_well() -> None:
    frame = images({"name": "used"}, {"name": "free"}, {"name": "unknown"})
    frame["used_by"] = pd.Series([["droplet:7"], [], None], dtype=object)
    found = find_savings(frame, Policy([Select(older_than=1)]), now=NOW).set_index("name")
    assert found["deletable"].to_dict() == {"used": False, "free": True, "unknown": False}
    assert (
        found["not_deletable"].to_dict()
        == {
            "used": "in use",
            "free": None,
            "unknown": "unknown use",
        }
        or found.loc["unknown", "not_deletable"] == "unknown use"
    )
    assert found.loc["used", "used_by"] == ["droplet:7"]
    summary = savings_summary(found.reset_index())
    assert (summary.in_use, summary.use_known) == (1, 2)


def test_orphans_need_a_known_source() -> None:
    frame = images({"name": "gone"}, {"name": "here"}, {"name": "unknown"})
    policy = Policy([Select(source="gone")])
    with pytest.raises(PolicyError, match="droplet:read"):
        find_savings(frame, policy, now=NOW)
    with pytest.raises(PolicyError, match="droplet:read"):
        find_savings(frame.assign(source=None), policy, now=NOW)
    known = frame.assign(source=pd.array(["gone", "here", None], dtype="str"))
    found = find_savings(known, policy, now=NOW).set_index("name")
    assert found.index[found["deletable"]].tolist() == ["gone"]
    assert found.loc["gone", "selected_by"] == "source not in this account"
    assert found.loc["unknown", "not_deletable"] == "unknown source"


def test_unreadable_tags_stop_a_policy_about_tags() -> None:
    frame = images({"name": "golden", "created_at": OLD}, {"name": "old", "created_at": OLD})
    frame["tags"] = pd.Series([None, None], dtype=object)
    for policy in (
        Policy([Select(older_than=90)], [Keep(tag="keep")]),
        Policy([Select(untagged=True)]),
        Policy([Select(tag="tmp")]),
        Policy([Select(older_than=90)], [Keep(last=1, per="tag:app")]),
    ):
        with pytest.raises(PolicyError, match="tag:read"):
            find_savings(frame, policy, now=NOW)
    assert deletable(frame, Policy([Select(older_than=90)])) == {"golden", "old"}
    frame["tags"] = pd.Series([[], None], dtype=object)
    found = find_savings(frame, Policy([Select(untagged=True)]), now=NOW).set_index("name")
    assert found["deletable"].to_dict() == {"golden": True, "old": False}
    assert found.loc["old", "not_deletable"] == "unknown tags"


@pytest.mark.parametrize(
    ("field", "policy"),
    [
        ("created_at", Policy([Select(older_than=1)])),
        ("size_gigabytes", Policy([Select(larger_than=1)])),
        ("size_gigabytes", Policy([Select(largest=1)])),
        ("name", Policy([Select(name="*")])),
        ("status", Policy([Select(status_not="available")])),
    ],
)
def test_a_field_that_no_image_has_is_a_policy_error(field: str, policy: Policy) -> None:
    frame = images({field: None}, {field: None, "name": "b"} if field != "name" else {field: None})
    with pytest.raises(PolicyError):
        find_savings(frame, policy, now=NOW)
    assert isinstance(PolicyError("x"), ValueError)


def test_no_images_are_not_an_error() -> None:
    tags = Policy([Select(tag="x")], [Keep(tag="keep")])
    assert find_savings(images(), tags, now=NOW).empty
    assert list(find_savings(images(), now=NOW).columns) == COLUMNS
    summary = savings_summary(find_savings(images(), now=NOW))
    assert (summary.total.images, summary.total.monthly_cost) == (0, Decimal(0))
    assert deletable(images({"type": "backup", "tags": None}), tags) == set()


def test_ids_to_keep_that_are_not_listed_are_a_note() -> None:
    policy = Policy([Select(older_than=1)], [Keep(id=[1, 999])])
    found = find_savings(images({"name": "a"}, {"name": "b"}), policy, now=NOW)
    assert found.loc[found["deletable"], "name"].tolist() == ["b"]
    assert "999" in str(savings_summary(found))


def test_keeps_that_match_nothing_are_a_note() -> None:
    keep = [Keep(tag=["keep", "kep"]), Keep(name=["WEB-*", "web-*"]), Keep(last=1, per="tag:owner")]
    found = find_savings(images({**daily(1), "tags": ["keep"]}), Policy(keep=keep))
    (note,) = found.attrs["imagedf_savings"]["notes"]
    assert note.endswith("tag kep, name WEB-*, per tag:owner.")


@pytest.mark.parametrize("status", ["pending", "deleted", "retired", None])
def test_an_unavailable_image_replaces_no_available_one(status: str | None) -> None:
    newest = {"name": "web-2026-02-01", "created_at": "2026-02-01T00:00:00Z", "status": status}
    frame = images(daily(1), daily(2), newest)
    assert deletable(frame) == {"web-2026-01-01"}
    keep = [Keep(monthly=1), Keep(last=1, per="web")]
    assert deletable(frame, Policy([Select(older_than=90)], keep)) == {"web-2026-01-01"}


def test_blank_names_form_no_series() -> None:
    frame = images(*({**daily(day), "name": " " * day} for day in (1, 2)), daily(3))
    assert deletable(frame) == set()


def test_each_rule_has_its_own_effect_whatever_the_order() -> None:
    rules = [Select(older_than=90), Select(older_than=200), Select(name="nothing")]
    keeps = [Keep(tag="keep"), Keep(last=1)]
    tables = []
    for select, keep in ((rules, keeps), (rules[::-1], keeps[::-1])):
        table = savings_summary(find_savings(inventory(), Policy(select, keep), now=NOW)).by_rule()
        tables.append(table.sort_values("rule").reset_index(drop=True))
    assert_frame_equal(tables[0], tables[1])
    effects = tables[0].set_index("rule")
    assert effects["images"].to_dict() == {
        "name nothing": 0,
        "newest of its series": 1,
        "older than 200 days": 1,
        "older than 90 days": 1,
        "tag keep": 1,
        "unknown date": 0,
    }
    assert effects.loc["tag keep", "monthly_cost_usd"] == 1.2
    assert effects.loc["older than 90 days", "matched"] == 5


def test_what_can_be_deleted_per_series() -> None:
    table = savings_summary(find_savings(inventory(), now=NOW)).by_series()
    web = table.iloc[0]
    assert (web["series"], web["images"], web["deletable"], web["review"]) == ("web", 3, 2, 0)
    assert (web[SAVED], web["remaining_monthly_cost_usd"]) == (1.8, 0.6)
    log = table.set_index("series").loc["log"]
    assert log["review"] == 1
    assert log[SAVED] == 0
    assert pd.isna(log["remaining_monthly_cost_usd"])


def test_cents_of_the_parts_add_up() -> None:
    frame = images(
        {"name": "a", "size_gigabytes": 0.25, "created_at": OLD},
        {"name": "b", "size_gigabytes": 0.25},
    )
    summary = savings_summary(find_savings(frame, Policy([Select(older_than=90)]), now=NOW))
    parts = [summary.in_cents(part) for part in (summary.deletable, summary.remaining)]
    assert sum(parts) == summary.in_cents(summary.total) == Decimal("0.03")
    assert summary.deletable.yearly_cost == Decimal("0.18")


def test_images_to_review_cost_at_most_what_remains() -> None:
    quarter = {"size_gigabytes": 0.25, "created_at": "2026-01-01T00:00:00Z"}
    newer = quarter | {"created_at": "2026-01-02T00:00:00Z"}
    listing = images(quarter | {"name": "db-2026-01-01"}, newer | {"name": "db-2026-01-02"})
    summary = savings_summary(find_savings(listing, now=NOW))
    assert (summary.remaining.images, summary.review.images) == (1, 1)
    parts = [summary.in_cents(part) for part in (summary.deletable, summary.remaining)]
    assert parts == [Decimal("0.02"), Decimal("0.01")]
    assert summary.in_cents(summary.review) == Decimal("0.01")


def test_images_to_review_are_rounded_as_in_the_table_of_rules() -> None:
    old = {"size_gigabytes": 0.1, "created_at": "2026-01-01T00:00:00Z"}
    listing = images(
        old | {"name": "db-2026-01-01"},
        old | {"name": "db-2026-01-02", "created_at": "2026-01-02T00:00:00Z"},
        {"name": "new", "size_gigabytes": 0.8, "created_at": "2026-10-31T00:00:00Z"},
    )
    summary = savings_summary(find_savings(listing, now=NOW))
    (kept,) = (
        summary.by_rule()
        .query("effect == 'keeps' and rule.str.contains('newest')")
        .to_dict("records")
    )
    assert kept["monthly_cost_usd"] == 0.006
    assert summary.in_cents(summary.review) == Decimal("0.01")


def test_the_documented_page_could_save_all_of_its_cost() -> None:
    found = find_savings(
        imagedf.read_images(DOCUMENTED_PAGE), Policy([Select(older_than=90)]), now=NOW
    )
    summary = savings_summary(found)
    assert (summary.deletable.images, summary.remaining.images) == (5, 0)
    assert summary.in_cents(summary.deletable) == Decimal("0.70")


def test_costs_that_the_frame_brings_are_used_unless_a_book_is_given() -> None:
    policy = Policy([Select(older_than=90)])
    low, high = (book(rate("snapshot", amount), rate("backup", "1")) for amount in ("1", "2"))
    costs = imagedf.estimate_cost(inventory(), prices=low)
    assert savings_summary(find_savings(costs, policy, now=NOW)).deletable.monthly_cost == 30
    found = find_savings(costs, policy, now=NOW, prices=high)
    assert savings_summary(found).deletable.monthly_cost == 60


def test_savings_use_the_currency_of_the_book() -> None:
    euros = book(rate("snapshot", "0.05", currency="EUR"), currency="EUR")
    found = find_savings(inventory(), now=NOW, prices=euros)
    assert {"monthly_cost_eur", "monthly_savings_eur"} <= set(found.columns)
    assert "1.50 EUR/month" in str(savings_summary(found))


def test_an_impossible_size_is_unknown_wherever_it_is_added_up() -> None:
    sizes = {"largest": 1e9, "impossible": 2e9, "negative": -1.0, "small": 5.0}
    frame = images(
        *({"name": name, "size_gigabytes": size, "created_at": OLD} for name, size in sizes.items())
    )
    found = find_savings(frame, Policy([Select(larger_than=6)]), now=NOW)
    assert set(found.loc[found["deletable"], "name"]) == {"largest"}
    summary = savings_summary(found)
    total = imagedf.totals(frame).iloc[0]
    parts = (summary.total, summary.deletable, summary.remaining)
    assert [part.size_gigabytes for part in parts] == [1_000_000_005.0, 1e9, 5.0]
    assert summary.total.size_gigabytes == total["size_gigabytes"]
    assert summary.total.unknown_size == total["unknown_size"] == 2
    series = summary.by_series().set_index("series")
    remaining = {"largest": 0.0, "impossible": -1.0, "negative": -1.0, "small": 5.0}
    assert series["remaining_gigabytes"].fillna(-1).to_dict() == remaining
    backups = imagedf.estimate_cost(frame.assign(type="backup"))
    assert imagedf.cost_summary(backups).unknown_gigabytes == 1_000_000_005.0


def test_volume_snapshots_without_an_account_are_priced() -> None:
    given: list[Any] = [("a", 20.0, "x", []), ("b", 10.0, None, []), ("c", 5.0, "y", [])]
    given += [("d", 5.0, "y", ["cold"]), ("e", None, "x", ["cold"]), ("f", 5.0, "x", None)]
    rows = [
        volume_snapshot(uuid, size, account=account, created_at=OLD, tags=tags)
        for uuid, size, account, tags in given
    ]
    prices = book(
        rate("volume_snapshot", "1"),
        rate("volume_snapshot", "3", account="y"),
        rate("volume_snapshot", "2", tag="cold"),
    )
    found = find_savings(typed_rows("volume_snapshots", rows), now=NOW, prices=prices)
    costs = found.set_index("id")["monthly_cost_usd"]
    assert costs.dropna().to_dict() == {"a": 20.0, "b": 10.0, "c": 15.0, "d": 10.0}
    assert set(costs.index[costs.isna()]) == {"e", "f"}  # unknown size, unknown tags


def test_rates_are_those_of_the_day_of_now() -> None:
    frame = images({"created_at": "2010-01-01T00:00:00Z"})
    policy = Policy([Select(older_than=90)])
    then = savings_summary(find_savings(frame, policy, now=datetime(2016, 9, 30, tzinfo=UTC)))
    assert (then.deletable.images, then.deletable.monthly_cost) == (1, Decimal(0))


def test_wrong_frames_are_named() -> None:
    with pytest.raises(FrameError, match="tags"):
        find_savings(images({}).drop(columns=["tags"]))
    with pytest.raises(FrameError, match="deletable"):
        savings_summary(images({}))
    frames = [images({}).assign(snapshot_date=pd.Timestamp(day)) for day in (NEW[:10], OLD[:10])]
    with pytest.raises(FrameError, match="days"):
        find_savings(pd.concat(frames, ignore_index=True))


POLICY = Policy(
    [Select(older_than=90), Select(larger_than=20, status_not="available"), Select(largest=2)],
    [Keep(last=1, weekly=2), Keep(tag="keep", name="db*", id=1)],
)


@given(frame=shuffled())
@examples(15)
def test_neither_layout_nor_order_of_rows_changes_what_is_found(frame: pd.DataFrame) -> None:
    before = frame.copy(deep=True)
    try:
        found = find_savings(frame, POLICY, now=NOW)
    except PolicyError:
        return
    for other in (imagedf.collapse_regions(frame), frame.iloc[::-1]):
        assert_frame_equal(find_savings(other, POLICY, now=NOW), found)
    assert_frame_equal(frame, before)


@given(frame=shuffled())
@examples(15)
def test_deletable_and_remaining_add_up_to_your_own_images(frame: pd.DataFrame) -> None:
    try:
        summary = savings_summary(find_savings(frame, POLICY, now=NOW))
    except PolicyError:
        return
    costs = imagedf.estimate_cost(frame, on=date(2026, 11, 23))
    own = costs[
        ~(costs["public"].fillna(value=False) | costs["type"].isin(["base", "application"]))
    ]
    amounts = [part.monthly_cost or 0 for part in (summary.deletable, summary.remaining)]
    assert sum(amounts) == exact_sum(own["monthly_cost_usd"].dropna())
    assert summary.deletable.images + summary.remaining.images == len(own)
    unknown = summary.deletable.unknown_cost + summary.remaining.unknown_cost
    assert unknown == own["monthly_cost_usd"].isna().sum()


def test_a_result_concatenated_with_another_is_refused() -> None:
    found = imagedf.find_savings(imagedf.example())
    other = imagedf.find_savings(imagedf.example(), imagedf.Policy([imagedf.Select(older_than=1)]))
    for again in (found, other, other.head(1)):
        with pytest.raises(imagedf.FrameError, match="twice"):
            imagedf.savings_summary(pd.concat([found, again], ignore_index=True))
    without_id = {
        "name": "a",
        "type": "custom",
        "public": False,
        "created_at": "2026-01-01T00:00:00Z",
    }
    listed = imagedf.find_savings(imagedf.read_images([without_id] * 2))
    assert imagedf.savings_summary(listed).total.images == 2
