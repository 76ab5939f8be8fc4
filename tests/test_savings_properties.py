"""An image never becomes deletable by being used, tagged, kept, or less known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from imagedf import Keep, Policy, PolicyError, Select, find_savings
from tests.conftest import examples
from tests.money import images

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SELECTS = (
    Select(older_than=90),
    Select(older_than="3mo", larger_than=5),
    Select(larger_than=10),
    Select(largest=2),
    Select(largest=1, name="web*"),
    Select(name=["web-*", "db-*"]),
    Select(tag="tmp"),
    Select(untagged=True),
    Select(status_not="available"),
    Select(source="gone"),
    Select(type="custom", account="default"),
)
KEEPS = (
    Keep(last=1),
    Keep(last=2, tag="keep"),
    Keep(daily=2),
    Keep(weekly=1, monthly=1),
    Keep(yearly=1, per="^(web|db)"),
    Keep(last=1, per="tag:app"),
    Keep(name="db-1*"),
    Keep(id=[1, 3]),
)
TAGS = ("tmp", "app:x", "app:y", "env")
CHANGES: dict[str, dict[str, Any]] = {
    "in use": {"used_by": ["droplet:1"]},
    "use unknown": {"used_by": None},
    "date unknown": {"created_at": pd.NaT},
    "tags unknown": {"tags": None},
    "size unknown": {"size_gigabytes": float("nan")},
    "publicity unknown": {"public": pd.NA},
    "public": {"public": True},
}

policies = st.builds(
    Policy,
    st.lists(st.sampled_from(SELECTS), min_size=1, max_size=3),
    st.lists(st.sampled_from(KEEPS), max_size=3),
)
rows = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["web", "web-1-2026-01-01", "web-1-2026-01-02", "db-1", "db-2"]),
        "type": st.sampled_from(["snapshot", "snapshot", "custom", "backup"]),
        "public": st.sampled_from([False, False, False, None]),
        "created_at": st.sampled_from(
            [
                None,
                *(
                    f"2026-{month:02}-1{day}T0{day}:00:00Z"
                    for month in (1, 6, 11)
                    for day in (0, 1)
                ),
            ]
        ),
        "size_gigabytes": st.sampled_from([None, 0.0, 8.0, 12.0]),
        "tags": st.lists(st.sampled_from(TAGS), max_size=2, unique=True),
        "status": st.sampled_from(["available", "available", "pending", None]),
    }
)
links = st.tuples(
    st.sampled_from([[], [], None, ["droplet:7"], ["pool:p"]]),
    st.sampled_from(["here", "gone", None]),
    st.sampled_from([7, 8, None]),
)


@st.composite
def listings(draw: st.DrawFn) -> pd.DataFrame:
    """Draw images with their users and sources."""
    drawn = draw(st.lists(st.tuples(rows, links), min_size=1, max_size=6))
    frame = images(*(row for row, _ in drawn))
    frame["tags"] = pd.Series([row["tags"] for row, _ in drawn], dtype=object)
    frame["used_by"] = pd.Series([used for _, (used, _, _) in drawn], dtype=object)
    frame["source"] = pd.array([source for _, (_, source, _) in drawn], dtype="str")
    frame["monthly_cost_usd"] = 1.0  # pricing is not what these tests are about, and slow
    frame["source_id"] = pd.array([number for _, (_, _, number) in drawn], dtype="Int64")
    return frame


def deletable(frame: pd.DataFrame, policy: Policy | None) -> set[int]:
    """Return the ids of the images that can be deleted; none if the policy can't be applied."""
    try:
        found = find_savings(frame, policy, now=NOW)
    except PolicyError:
        return set()
    return set(found.loc[found["deletable"], "id"])


def changed(frame: pd.DataFrame, place: int, values: dict[str, Any]) -> pd.DataFrame:
    """Return the frame with other values for one image."""
    frame = frame.copy(deep=True)
    for name, value in values.items():
        cells = frame[name].tolist()
        cells[place] = value
        frame[name] = pd.Series(cells, index=frame.index, dtype=frame[name].dtype)
    return frame


@given(listings(), policies, st.integers(0, 5), st.sampled_from(sorted(CHANGES)))
@examples(100)
def test_no_change_for_the_unknown_makes_an_image_deletable(
    frame: pd.DataFrame, policy: Policy, place: int, change: str
) -> None:
    other = changed(frame, place % len(frame), CHANGES[change])
    assert deletable(other, policy) <= deletable(frame, policy)


@given(listings(), policies, st.integers(0, 5))
@examples(25)
def test_a_kept_tag_makes_no_image_deletable(
    frame: pd.DataFrame, policy: Policy, place: int
) -> None:
    place %= len(frame)
    policy = Policy(policy.select, [*policy.keep, Keep(tag="keep")])
    tagged = changed(frame, place, {"tags": [*frame["tags"].iloc[place], "Keep:until-2027"]})
    assert deletable(tagged, policy) <= deletable(frame, policy) - {frame["id"].iloc[place]}


@given(listings(), policies, st.sampled_from(KEEPS))
@examples(25)
def test_one_more_keep_makes_no_image_deletable(
    frame: pd.DataFrame, policy: Policy, keep: Keep
) -> None:
    more = Policy(policy.select, [*policy.keep, keep])
    assert deletable(frame, more) <= deletable(frame, policy)


@given(listings())
@examples(25)
def test_a_series_never_loses_its_newest_by_default(frame: pd.DataFrame) -> None:
    gone = deletable(frame, None)
    found = find_savings(frame, Policy(), now=NOW)
    for _, series in found.dropna(subset=["series", "created_at"]).groupby(["type", "series"]):
        newest = series.sort_values(["created_at", "id"])["id"].iloc[-1]
        assert newest not in gone


@given(listings(), policies, st.randoms(use_true_random=False))
@examples(25)
def test_no_order_changes_what_is_deletable(
    frame: pd.DataFrame, policy: Policy, random: Any
) -> None:
    places = list(range(len(frame)))
    random.shuffle(places)
    select, keep = list(policy.select), list(policy.keep)
    random.shuffle(select)
    random.shuffle(keep)
    try:
        found = find_savings(frame, policy, now=NOW)
    except PolicyError:
        return
    again = find_savings(frame.take(places), Policy(select, keep), now=NOW)
    assert_frame_equal(again, found)


@given(listings(), policies)
@examples(25)
def test_only_private_snapshots_and_custom_images_out_of_use_are_deletable(
    frame: pd.DataFrame, policy: Policy
) -> None:
    ids = deletable(frame, policy)
    candidates = frame[frame["id"].isin(ids)]
    assert set(candidates["type"]) <= {"snapshot", "custom"}
    assert candidates["public"].eq(other=False).all()
    assert all(used == [] for used in candidates["used_by"])
