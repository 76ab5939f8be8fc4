"""Every rule with its edges, what protects from it, and rules read from a file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import imagedf
from imagedf import ImagedfError
from imagedf.savings import (
    BeyondNewest,
    GrandfatherFatherSon,
    Largest,
    OlderThan,
    Protect,
    Rule,
    StatusNot,
    Untagged,
    family_of,
)
from tests.money import images

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def going(frame: pd.DataFrame, *rules: Rule | Protect) -> list[int]:
    """Give the numbers of the images that rules let go."""
    found = imagedf.find_savings(frame, rules, now=NOW)
    return sorted(found.loc[found["would_go"], "id"])


def made(*ages: float | None, **fields: Any) -> pd.DataFrame:
    """Give images of one family, so many days old."""
    moments = [None if age is None else NOW - timedelta(days=age) for age in ages]
    texts = [None if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments]
    return images(*({"name": "web", "created_at": text} | fields for text in texts))


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("web-prod", "web-prod"),
        ("web-prod-2026-11-01", "web-prod"),
        ("web-prod-20261101", "web-prod"),
        ("web_prod_2026.11.01_03-00", "web-prod"),
        ("web-prod-2026-11-01T03:00:00Z", "web-prod"),
        ("web-prod 2026-11-01 at 0300", "web-prod-at"),
        ("web-prod (12)", "web-prod"),
        ("web-prod-v7", "web-prod"),
        ("web-prod-3f9ac1d", "web-prod"),
        ("packer-1698765432", "packer"),
        ("web 01.11.2026", "web"),
        ("web-01-Nov-2026", "web"),
        ("web_3 march 2026_nightly", "web-nightly"),
        ("backup 3F9AC1D", "backup"),
        ("disk-550e8400-e29b-41d4-a716-446655440000", "disk"),
        ("disk-550e8400-e29b-41d4-a716-44665544000f-old", "disk-old"),
        ("9 marketing may-be", "marketing-may-be"),
        ("ubuntu-22.04", "ubuntu-22.04"),
        ("ubuntu-22.04-3f9ac1d8", "ubuntu-22.04"),
        ("web1", "web1"),
        ("facade-defaced", "facade-defaced"),
        ("Größe 3", "Größe"),
        ("日本-2026-01-02", "日本"),
        ("2026-11-01", "(serial)"),
        ("", "(serial)"),
    ],
)
def test_a_family_is_the_name_without_dates_counters_and_hashes(name: str, family: str) -> None:
    assert family_of(name) == family


@given(st.text(max_size=30))
def test_every_name_has_a_family_and_the_family_is_its_own(name: str) -> None:
    family = family_of(name)
    assert family
    assert family_of(f"{family}-2026-11-01") == family_of(family)


def test_older_than_is_strict_and_a_missing_date_is_never_old() -> None:
    frame = made(89.9, 90, 90.1, None, -3)
    assert going(frame, OlderThan()) == [3]
    assert going(frame, OlderThan(0)) == [1, 2, 3]


def test_beyond_the_newest_of_each_family() -> None:
    frame = made(1, 2, 3, 4, None)
    assert going(frame, BeyondNewest(3)) == [4]
    assert going(frame, BeyondNewest(0)) == [1, 2, 3, 4]
    frame["type"] = ["snapshot", "backup", "snapshot", "backup", "snapshot"]
    assert going(frame, BeyondNewest(1)) == [3, 4]


def test_a_family_by_pattern_or_by_tag() -> None:
    frame = images(
        {"name": "a-web-x", "tags": ["app:one", "app:two"]},
        {"name": "b-web-y", "tags": ["app:two"]},
        {"name": "c-db-z", "tags": ["app:one"]},
        {"name": None, "tags": ["application:one"]},
    )
    frame["created_at"] = pd.Timestamp(NOW) - pd.to_timedelta([1, 2, 3, 4], unit="D")
    assert going(frame, BeyondNewest(1)) == []
    assert going(frame, BeyondNewest(1, pattern="web|db")) == [2]
    assert going(frame, BeyondNewest(1, pattern="-(?:web|db)(-)")) == [2, 3]
    assert going(frame, BeyondNewest(1, tag_key="app")) == [3]


def test_thinning_keeps_the_newest_of_days_weeks_and_months() -> None:
    # Monday 2026-11-23: two that day, then one each day, and older ones by month.
    ages = [0, 0.1, 1, 2, 3, 9, 30, 31, 61, 400]
    frame = made(*ages)
    kept = {
        (2, 0, 0): [0, 1],  # days 23 and 22
        (0, 3, 0): [0, 1, 9],  # weeks from the 23rd, the 16th and the 9th
        (0, 0, 2): [0, 30],  # November and October
        (2, 3, 3): [0, 1, 9, 30, 61],
        (0, 0, 0): [],
        (99, 0, 0): [0, 1, 2, 3, 9, 30, 31, 61, 400],
    }
    for (daily, weekly, monthly), stays in kept.items():
        gone = going(frame, GrandfatherFatherSon(daily, weekly, monthly))
        assert [age for row, age in enumerate(ages, start=1) if row not in gone] == stays


def test_labels_tell_rules_apart() -> None:
    rules: list[Rule] = [
        OlderThan(30),
        BeyondNewest(2),
        BeyondNewest(2, pattern="^web"),
        GrandfatherFatherSon(1, 2, 3),
        GrandfatherFatherSon(1, 2, 3, tag_key="app"),
        StatusNot(),
        Untagged(),
        Untagged("env"),
        Largest(),
    ]
    assert [rule.label for rule in rules] == [
        "older than 30 days",
        "beyond the newest 2 of its family",
        "beyond the newest 2 of its family by ^web",
        "thinned to 1 daily, 2 weekly, 3 monthly",
        "thinned to 1 daily, 2 weekly, 3 monthly of its family by tag app",
        "status is not available",
        "untagged",
        "without a tag env",
        "among the 10 most expensive",
    ]


def test_thinning_leaves_images_without_a_date_and_other_families_alone() -> None:
    frame = made(0, 1, None)
    frame.loc[1, "name"] = "db"
    assert going(frame, GrandfatherFatherSon(1, 0, 0)) == []


def test_status_not_spares_what_has_none() -> None:
    frame = images({}, {"status": "NEW"}, {"status": "retired"}, {"status": None})
    assert going(frame, StatusNot()) == [2, 3]
    assert going(frame, StatusNot("retired")) == [1, 2]


def test_untagged_or_without_a_key() -> None:
    frame = images({}, {"tags": ["env:prod"]}, {"tags": ["env"]}, {"tags": ["environment"]})
    assert going(frame, Untagged()) == [1]
    assert going(frame, Untagged("env")) == [1, 4]


def test_the_largest_by_cost_never_hold_an_unknown_one() -> None:
    sizes = [1.0, 5.0, None, 3.0, 0.0, 3.0]
    frame = images(*({"size_gigabytes": size} for size in sizes), {"type": "backup"})
    assert going(frame, Largest(1)) == [2]
    assert going(frame, Largest(2)) == [2, 4]
    assert going(frame, Largest(99)) == [1, 2, 4, 6]


def test_protection_wins_over_every_rule_and_is_shown() -> None:
    frame = images(
        {"tags": ["keep"]},
        {"tags": ["keep:legal"]},
        {"tags": ["keeper"]},
        {"name": "golden-1"},
        {"name": "Golden-2"},
        {},
        {"tags": ["keep"], "name": "golden-7"},
    )
    shield = Protect(tags=("keep",), names=("golden-*",), ids=(6,))
    rules: list[Rule | Protect] = [OlderThan(0), Untagged(), Largest(9)]
    assert going(frame, shield, *rules) == going(frame, *rules, shield) == [3, 5]
    found = imagedf.find_savings(frame, [*rules, shield], now=NOW).set_index("id")
    assert found["protected_by"].dropna().to_dict() == {
        1: "tag keep",
        2: "tag keep",
        4: "name golden-*",
        6: "id 6",
        7: "tag keep; name golden-*",
    }


def test_public_images_are_never_found() -> None:
    frame = images({"public": True}, {"public": None}, {})
    assert imagedf.find_savings(frame, [OlderThan(0)], now=NOW)["id"].tolist() == [3]


@pytest.mark.parametrize(
    ("rule", "parameters"),
    [
        (OlderThan, {"days": -1}),
        (OlderThan, {"days": float("nan")}),
        (BeyondNewest, {"count": -1}),
        (BeyondNewest, {"count": 10**9}),
        (BeyondNewest, {"pattern": "("}),
        (GrandfatherFatherSon, {"weekly": -1}),
        (GrandfatherFatherSon, {"pattern": "*"}),
        (Largest, {"count": -1}),
    ],
)
def test_impossible_parameters_are_refused(rule: Any, parameters: dict[str, Any]) -> None:
    (name,) = parameters
    with pytest.raises(ValueError, match=rf"^{name} .*(number of 0 or more|regular expression)"):
        rule(**parameters)


RULES = """
[[rule]]
kind = "older_than"
days = 30.5

[[rule]]
kind = "beyond_newest"
count = 2
pattern = "^[a-z]+"

[[rule]]
kind = "grandfather_father_son"
daily = 3
tag_key = "app"

[[rule]]
kind = "status_not"

[[rule]]
kind = "untagged"
key = "env"

[[rule]]
kind = "largest"
count = 5

[[rule]]
kind = "protect"
tags = ["keep"]
names = ["golden-*"]
ids = [7, 8]
"""


def test_rules_are_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(RULES)
    assert imagedf.load_rules(path) == [
        OlderThan(30.5),
        BeyondNewest(2, pattern="^[a-z]+"),
        GrandfatherFatherSon(3, 4, 12, tag_key="app"),
        StatusNot("available"),
        Untagged("env"),
        Largest(5),
        Protect(tags=("keep",), names=("golden-*",), ids=(7, 8)),
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "older_than"', "", "line 2: rule 1: kind is missing"),
        ('kind = "older_than"', 'kind = "elder"', "line 3: rule 1: kind is 'elder'; known are"),
        ('kind = "older_than"', 'kind = ["elder"]', "line 3: rule 1: kind is ['elder']; known are"),
        ("days = 30.5", "weeks = 3", "line 4: rule 1: weeks is not known here"),
        ("days = 30.5", "days = -1", "line 4: rule 1: days must be a number of 0 or more"),
        ("days = 30.5", "days = nan", "line 4: rule 1: days must be a number of 0 or more"),
        ("days = 30.5", 'days = "90d"', "line 4: rule 1: days must be a number of 0 or more"),
        ("count = 2", "count = 2.5", "line 8: rule 2: count must be a whole number of 0 or more"),
        ("count = 2", "count = true", "line 8: rule 2: count must be a whole number of 0 or more"),
        ('"^[a-z]+"', '"("', "line 9: rule 2: pattern is no regular expression"),
        ('key = "env"', 'key = ""', "line 21: rule 5: key must be a text"),
        ('["keep"]', '"keep"', "line 29: rule 7: tags must be a list of texts"),
        ("[7, 8]", '["7"]', "line 31: rule 7: ids must be a list of whole numbers"),
        (RULES, "days = 3", "line 1: days is not known here; known are only the lists"),
        (RULES, "", "line 1: rule is missing: a rules file needs at least one"),
    ],
)
def test_a_wrong_rules_file_is_told_by_line_and_key(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(RULES.replace(old, new, 1))
    with pytest.raises(ImagedfError, match=r"rules\.toml") as caught:
        imagedf.load_rules(path)
    assert said in str(caught.value)


def test_a_status_is_the_same_in_any_case() -> None:
    assert going(made(1, status="AVAILABLE"), StatusNot()) == []
    assert going(made(1, status="Retired"), StatusNot("available")) == [1]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Protect(tags="keep"), "tags must be a tuple of str, not 'keep'"),  # type: ignore[arg-type] # on purpose
        (lambda: Protect(names="golden-*"), "names must be a tuple of str"),  # type: ignore[arg-type] # on purpose
        (lambda: Protect(ids=("1",)), "ids must be a tuple of Integral"),  # type: ignore[arg-type] # on purpose
        (lambda: Largest(2.5), "count must be a whole number, not 2.5"),  # type: ignore[arg-type] # on purpose
        (lambda: BeyondNewest(1.5), "count must be a whole number"),  # type: ignore[arg-type] # on purpose
    ],
)
def test_a_parameter_of_a_wrong_kind_is_no_rule(make: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        make()
