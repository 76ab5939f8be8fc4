"""Policies: valid and invalid arguments, and TOML files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import imagedf
from imagedf import ImagedfError, Keep, Policy, Select, load_policy

pytestmark = pytest.mark.fast

AGES: dict[str, tuple[Any, ...]] = {
    "90d": (90, 90.0, "90", "90d", "90 days", " 90D ", timedelta(days=90)),
    "84d": ("12w", "12 weeks"),
    "36h": (1.5, "36h", timedelta(hours=36)),
    "1s": (timedelta(seconds=1), "1 second"),
    "3mo": ("3mo", "3 months"),
    "1y": ("1y", "1 year"),
    "0d": (0, "0d"),
}


@pytest.mark.parametrize("age", AGES)
def test_an_age_in_any_form_is_the_same(age: str) -> None:
    for form in AGES[age]:
        assert Select(older_than=form) == Select(older_than=age)
        assert Select(older_than=form).older_than == age


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=36_500)))
def test_an_age_is_exact(age: timedelta) -> None:
    text = Select(older_than=age).older_than
    assert Select(older_than=text) == Select(older_than=age)
    number, unit = float(str(text)[:-1]), str(text)[-1]
    assert abs(number * {"d": 86_400, "h": 3_600, "s": 1}[unit] - age.total_seconds()) < 1e-5


WRONG: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "words": (lambda: Select(older_than="three months"), ValueError, "older_than"),
    "minutes or months": (lambda: Select(older_than="3m"), ValueError, "mo"),
    "a negative age": (lambda: Select(older_than=-1), ValueError, "older_than"),
    "an age of centuries": (lambda: Select(older_than="999y"), ValueError, "100 years"),
    "half a month": (lambda: Select(older_than="1.5mo"), ValueError, "whole"),
    "an age of NaN": (lambda: Select(older_than=float("nan")), ValueError, "older_than"),
    "a truth value": (lambda: Select(older_than=True), TypeError, "older_than"),
    "a list of ages": (lambda: Select(older_than=[90]), TypeError, "older_than"),  # type: ignore[arg-type] # on purpose
    "no condition": (Select, ValueError, "condition"),
    "an empty list": (lambda: Select(name=[]), ValueError, "name"),
    "empty text": (lambda: Select(tag=""), ValueError, "tag"),
    "numbers for names": (lambda: Select(name=[1]), TypeError, "name"),  # type: ignore[list-item] # on purpose
    "a negative size": (lambda: Select(larger_than=-1), ValueError, "larger_than"),
    "a size in words": (lambda: Select(larger_than="1 TB"), TypeError, "larger_than"),  # type: ignore[arg-type] # on purpose
    "none of the largest": (lambda: Select(largest=0), ValueError, "largest"),
    "an unknown source": (lambda: Select(source="lost"), ValueError, "gone"),
    "untagged with words": (lambda: Select(untagged="yes"), TypeError, "untagged"),  # type: ignore[arg-type] # on purpose
    "untagged with a tag": (lambda: Select(untagged=True, tag="x"), ValueError, "untagged"),
    "nothing to keep": (Keep, ValueError, "Keep"),
    "only what to count per": (lambda: Keep(per="tag:app"), ValueError, "Keep"),
    "a grouping without count": (lambda: Keep(per="tag:app", name="x"), ValueError, "count"),
    "keeping none": (lambda: Keep(last=0), ValueError, "last"),
    "keeping a half": (lambda: Keep(daily=1.5), TypeError, "daily"),  # type: ignore[arg-type] # on purpose
    "a tag without key": (lambda: Keep(last=1, per="tag:"), ValueError, "per"),
    "series misspelt": (lambda: Keep(last=1, per="serie"), ValueError, "per"),
    "tag: misspelt": (lambda: Keep(last=1, per="tags:owner"), ValueError, "per"),
    "a space before a key": (lambda: Keep(last=1, per="tag: owner"), ValueError, "per"),
    "a pattern for a tag": (lambda: Keep(tag="keep:*"), ValueError, "tag"),
    "a tag with a space": (lambda: Select(tag="keep "), ValueError, "tag"),
    "a broken expression": (lambda: Keep(last=1, per="("), ValueError, "regular expression"),
    "an id of half": (lambda: Keep(id=1.5), TypeError, "id"),  # type: ignore[arg-type] # on purpose
    "a rule of another kind": (lambda: Policy([Keep(last=1)]), TypeError, "Select"),  # type: ignore[list-item] # on purpose
    "text for rules": (lambda: Policy("older_than"), TypeError, "Select"),  # type: ignore[arg-type] # on purpose
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_refused_at_construction(case: str) -> None:
    make, error, names = WRONG[case]
    with pytest.raises(error, match=names) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_lists_may_be_given_as_one_value() -> None:
    assert Select(name="a") == Select(name=["a"]) == Select(name=("a", "a"))
    assert Keep(id=7) == Keep(id=[7, "7"]) == Keep(id="007")
    assert Keep(id="7").id == (7,)
    assert Policy([Select(name="a"), Select(name="a")]) == Policy(select=(Select(name="a"),))
    assert len({Select(name="a"), Select(name=["a"])}) == 1


def test_representations_are_short_and_can_be_read_back() -> None:
    policy = Policy([Select(older_than="90d", untagged=True)], [Keep(last=3, tag=["a", "b"])])
    assert repr(policy) == (
        "Policy(select=[Select(older_than='90d', untagged=True)], "
        "keep=[Keep(last=3, tag=['a', 'b'])])"
    )
    assert eval(repr(policy), {"Policy": Policy, "Select": Select, "Keep": Keep}) == policy
    assert len(repr(Policy([Select(name=[f"name {n}" for n in range(99)])]))) <= 200


TOML = """
[[select]]
older_than = "90d"
name = ["tmp-*", "test-*"]

[[select]]
larger_than = 50
untagged = true

[[keep]]
last = 3
monthly = 12
per = "tag:app"

[[keep]]
tag = "keep"
id = [1, "a-uuid"]
"""


def test_a_policy_file_means_the_same_as_python(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(TOML)
    assert load_policy(path) == Policy(
        select=[
            Select(older_than=90, name=["tmp-*", "test-*"]),
            Select(larger_than=50, untagged=True),
        ],
        keep=[Keep(last=3, monthly=12, per="tag:app"), Keep(tag="keep", id=[1, "a-uuid"])],
    )


FILES = {
    "[[select]]\nolder = 90\n": "line 2.*older_than",
    "[[select]]\nolder_than = -1\n": "line 2.*older_than",
    "[[keep]]\nlast = 1\n": "select",
    '[[rule]]\nkind = "older_than"\n': "rule",
    "[select]\nolder_than = 90\n": "begin each",
    "[[select]]\nolder_than = 90\n[[keep]]\nlast = 0\n": "line 4.*last",
    "[[select]]\n": "condition",
    "not TOML": "TOML",
    "": "select",
}


@pytest.mark.parametrize("text", FILES)
def test_a_wrong_file_names_the_line_and_the_key(text: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(text)
    with pytest.raises(ImagedfError, match=FILES[text]) as caught:
        load_policy(path)
    assert "policy.toml" in str(caught.value)


def test_only_a_policy_is_a_policy() -> None:
    frame = imagedf.read_images({"images": []})
    for wrong in ("older_than", [Select(older_than=1)], Select(older_than=1)):
        with pytest.raises(TypeError, match="Policy"):
            imagedf.find_savings(frame, wrong)  # type: ignore[arg-type] # on purpose
