"""Summaries: every number of the documented page written out, counting each image once."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import imagedf
from tests import strategies
from tests.conftest import DOCUMENTED_PAGE, examples

OLD = pd.Timestamp("2014-11-04T22:23:02Z")
NEW = pd.Timestamp("2020-05-15T05:47:50Z")
NOW = datetime(2020, 6, 1, tzinfo=UTC)
TIME = "datetime64[us, UTC]"
TOTAL = 14.06


def exploded() -> pd.DataFrame:
    return imagedf.read_images(DOCUMENTED_PAGE)


def _round_trip(frame: pd.DataFrame, folder: Path) -> pd.DataFrame:
    return imagedf.read_parquet(imagedf.to_parquet(frame, folder / "images.parquet"))


def _merged(frame: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Join two owners to each type: every row comes twice."""
    owners = pd.DataFrame({"type": ["snapshot", "custom"] * 2, "owner": ["a", "a", "b", "b"]})
    return frame.merge(owners, on="type")


VARIANTS: dict[str, Callable[[pd.DataFrame, Path], pd.DataFrame]] = {
    "exploded": lambda frame, folder: frame,
    "one row per image": lambda frame, folder: imagedf.collapse_regions(frame),
    "with itself": lambda frame, folder: pd.concat([frame, frame]),
    "images with themselves": lambda frame, folder: pd.concat(
        [imagedf.collapse_regions(frame)] * 2
    ),
    "merged": _merged,
    "from Parquet": _round_trip,
    "images by pandas from Parquet": lambda frame, folder: pd.read_parquet(
        imagedf.to_parquet(imagedf.collapse_regions(frame), folder / "images.parquet")
    ),
    "shuffled": lambda frame, folder: frame.sample(frac=1, random_state=3),
    "all of it": lambda frame, folder: _round_trip(
        pd.concat([_merged(frame, folder), frame]).sample(frac=1, random_state=1), folder
    ),
}


@pytest.fixture(params=VARIANTS)
def frame(request: pytest.FixtureRequest, tmp_path: Path) -> pd.DataFrame:
    """The documented page in every form that a user may pass."""
    return VARIANTS[request.param](exploded(), tmp_path)


def groups(key: str, *rows: tuple[Any, int, float, Any, Any]) -> pd.DataFrame:
    """Return the expected summary: key, images, GB, oldest and newest."""
    table = pd.DataFrame(
        [(name, images, size, size / TOTAL, 0, old, new) for name, images, size, old, new in rows],
        columns=[key, "images", "size_gigabytes", "share", "unknown_size", "oldest", "newest"],
    )
    return table.astype({key: "str", "oldest": TIME, "newest": TIME})


def shares(key: str, *rows: tuple[Any, int, float, float, Any, Any]) -> pd.DataFrame:
    """Return the expected summary by region or tag, with the allocated GB last."""
    table = groups(key, *((*row[:3], *row[4:]) for row in rows))
    return table.assign(allocated_gigabytes=[row[3] for row in rows])


def test_totals_are_6_images_and_14_06_gigabytes(frame: pd.DataFrame) -> None:
    expected = groups("all", ("all", 6, 14.06, OLD, NEW)).drop(columns="all")
    assert_frame_equal(imagedf.totals(frame), expected)
    assert imagedf.total_size(frame) == 14.06


def test_by_distribution(frame: pd.DataFrame) -> None:
    expected = groups(
        "distribution",
        ("Ubuntu", 3, 7.04, OLD, NEW),
        ("Arch Linux", 1, 2.34, OLD, OLD),
        ("CentOS", 1, 2.34, OLD, OLD),
        ("Fedora", 1, 2.34, OLD, OLD),
    )
    assert_frame_equal(imagedf.by_distribution(frame), expected)
    assert_frame_equal(imagedf.summarize(frame, "distribution"), expected)


def test_by_type_and_status(frame: pd.DataFrame) -> None:
    assert_frame_equal(
        imagedf.by_type(frame),
        groups("type", ("snapshot", 5, 11.72, OLD, NEW), ("custom", 1, 2.34, OLD, OLD)),
    )
    assert_frame_equal(
        imagedf.by_status(frame), groups("status", ("available", 6, 14.06, OLD, NEW))
    )


def test_by_region_shows_present_and_allocated_sizes(frame: pd.DataFrame) -> None:
    expected = shares(
        "region", ("nyc2", 5, 11.72, 7.03, OLD, NEW), ("nyc3", 5, 11.72, 7.03, OLD, NEW)
    )
    assert_frame_equal(imagedf.by_region(frame), expected)


def test_by_tag_keeps_the_images_without_one_last(frame: pd.DataFrame) -> None:
    expected = shares(
        "tag", ("simple-image", 1, 2.34, 2.34, OLD, OLD), (None, 5, 11.72, 11.72, OLD, NEW)
    )
    assert_frame_equal(imagedf.by_tag(frame), expected)


def test_by_age_and_month(frame: pd.DataFrame) -> None:
    assert_frame_equal(
        imagedf.by_age(frame, now=NOW),
        groups("age", (">365 d", 5, 11.7, OLD, OLD), ("1–30 d", 1, 2.36, NEW, NEW)),
    )
    assert_frame_equal(
        imagedf.summarize(frame, "month"),
        groups("month", ("2014-11", 5, 11.7, OLD, OLD), ("2020-05", 1, 2.36, NEW, NEW)),
    )


def test_by_several_columns(frame: pd.DataFrame) -> None:
    expected = groups(
        "type",
        ("snapshot", 3, 7.04, OLD, NEW),
        ("custom", 1, 2.34, OLD, OLD),
        ("snapshot", 1, 2.34, OLD, OLD),
        ("snapshot", 1, 2.34, OLD, OLD),
    )
    distributions = pd.Series(["Ubuntu", "Arch Linux", "CentOS", "Fedora"], dtype="str")
    expected.insert(0, "distribution", distributions)
    assert_frame_equal(imagedf.summarize(frame, ["distribution", "type"]), expected)


def test_by_region_and_tag_together(frame: pd.DataFrame) -> None:
    expected = shares(
        "tag",
        ("simple-image", 1, 2.34, 1.17, OLD, OLD),
        ("simple-image", 1, 2.34, 1.17, OLD, OLD),
        (None, 4, 9.38, 5.86, OLD, NEW),
        (None, 4, 9.38, 5.86, OLD, NEW),
    )
    expected.insert(0, "region", pd.Series(["nyc2", "nyc3"] * 2, dtype="str"))
    assert_frame_equal(imagedf.summarize(frame, ["region", "tag"]), expected)


def test_several_regions_and_tags_share_an_image_evenly() -> None:
    frame = imagedf.read_images(
        [{"id": 1, "name": "a", "regions": ["x", "y"], "tags": ["s", "t"], "size_gigabytes": 8}]
    )
    summary = imagedf.summarize(frame, ["region", "tag", "account"])
    assert summary["size_gigabytes"].tolist() == [8.0] * 4
    assert summary["allocated_gigabytes"].tolist() == [2.0] * 4
    assert summary["share"].tolist() == [1.0] * 4


AGES = {
    "≤1 d": [timedelta(hours=-1), timedelta(), timedelta(days=1)],
    "1–30 d": [timedelta(days=1, seconds=1), timedelta(days=30)],
    "30–90 d": [timedelta(days=30, seconds=1), timedelta(days=90)],
    "90–365 d": [timedelta(days=90, seconds=1), timedelta(days=365)],
    ">365 d": [timedelta(days=365, seconds=1), timedelta(days=4000)],
}


@pytest.mark.parametrize("band", AGES)
def test_every_age_is_in_one_band(band: str) -> None:
    images = [
        {"id": number, "name": "a", "created_at": f"{NOW - age:%Y-%m-%dT%H:%M:%SZ}"}
        for number, age in enumerate(AGES[band])
    ]
    summary = imagedf.by_age(strategies.frame_of(images), now=NOW)
    assert summary[["age", "images"]].to_numpy().tolist() == [[band, len(images)]]


def test_an_image_without_a_date_has_no_age_and_no_month() -> None:
    frame = imagedf.read_images([{"id": 1, "name": "a", "size_gigabytes": 2}])
    for key in ("age", "month"):
        summary = imagedf.summarize(frame, key, now=NOW)
        assert summary[key].isna().tolist() == [True]
        assert summary[["images", "size_gigabytes"]].to_numpy().tolist() == [[1, 2.0]]


@pytest.mark.parametrize(
    "now",
    [
        datetime(2020, 5, 15, 5, 47, 51, tzinfo=UTC),
        datetime(2020, 5, 15, 5, 47, 51),  # noqa: DTZ001 # UTC where no zone is given
        "2020-05-15T05:47:51Z",
        "2020-05-16",
    ],
)
def test_now_may_be_a_moment_with_or_without_a_zone_or_text(now: Any) -> None:
    assert imagedf.by_age(exploded(), now=now)["age"].tolist() == [">365 d", "≤1 d"]


def test_ages_refer_to_the_fetch_by_default() -> None:
    frame = exploded()
    frame.attrs["imagedf"]["accounts"][0]["finished"] = "2020-05-20T00:00:00+00:00"
    assert imagedf.by_age(frame)["age"].tolist() == [">365 d", "1–30 d"]
    assert imagedf.by_age(exploded())["age"].tolist() == [">365 d"]


def test_groups_with_a_missing_key_stay_last_however_large() -> None:
    images = [
        {"id": 1, "name": "a", "slug": None, "size_gigabytes": 9},
        {"id": 2, "name": "b", "slug": "s", "size_gigabytes": None},
        {"id": 3, "name": "c", "slug": "t", "size_gigabytes": 1},
        {"id": 4, "name": "d", "slug": "a", "size_gigabytes": None},
    ]
    summary = imagedf.summarize(imagedf.read_images(images), "slug")
    known = summary["slug"].astype(object).where(summary["slug"].notna(), None).tolist()
    assert known == ["t", "a", "s", None]
    assert summary["size_gigabytes"].fillna(-1).tolist() == [1.0, -1, -1, 9.0]
    assert summary["unknown_size"].tolist() == [0, 1, 1, 0]
    assert summary["share"].fillna(-1).tolist() == [0.1, -1, -1, 0.9]


def _sizes(*sizes: float | None, **fields: Any) -> pd.DataFrame:
    frame = strategies.frame_of([{"id": at, "name": "a", **fields} for at in range(len(sizes))])
    return frame.assign(size_gigabytes=pd.Series(sizes, dtype="float64"))


def test_a_sum_without_known_values_is_missing_and_an_empty_sum_is_0() -> None:
    unknown = _sizes(None, None)
    totals = imagedf.totals(unknown).iloc[0]
    assert (totals["images"], totals["unknown_size"]) == (2, 2)
    assert totals[["size_gigabytes", "share"]].isna().all()
    assert math.isnan(imagedf.total_size(unknown))
    regions = imagedf.by_region(unknown.assign(region=pd.Series(["nyc1", None], dtype="str")))
    assert regions[["size_gigabytes", "share", "allocated_gigabytes"]].isna().all(axis=None)
    assert regions["size_gigabytes"].dtype == "float64"
    assert imagedf.total_size(unknown.iloc[:0]) == 0


@pytest.mark.parametrize("size", [-40.0, float("inf"), float("-inf"), float("nan"), 1.1e9])
def test_a_size_that_is_negative_or_impossible_is_unknown(size: float) -> None:
    frame = _sizes(100.0, size, type="snapshot")
    for sums in (imagedf.totals(frame), imagedf.by_type(frame)):
        assert sums[["images", "size_gigabytes", "unknown_size"]].to_numpy().tolist() == [
            [2, 100.0, 1]
        ]
    assert imagedf.total_size(frame) == 100.0


def test_sums_are_exact() -> None:
    tenths = _sizes(*[0.1] * 1000)
    assert imagedf.total_size(tenths) == 100.0
    cents = _sizes(*[0.07, 1e6, 0.01] * 99)
    assert imagedf.total_size(cents) == 99000007.92


def test_tags_that_could_not_be_read_are_a_group_of_their_own() -> None:
    listing = [
        {"id": 1, "name": "a", "size_gigabytes": 1, "tags": ["x", "y"], "regions": ["r", "s"]},
        {"id": 2, "name": "b", "size_gigabytes": 2, "tags": []},
        {"id": 3, "name": "c", "size_gigabytes": 4, "tags": None, "regions": ["r", "s"]},
        {"id": 4, "name": "d", "size_gigabytes": 8, "regions": ["r"]},
    ]
    summary = imagedf.by_tag(imagedf.read_images({"images": listing}))
    keys = summary["tag"].astype(object).where(summary["tag"].notna(), None).tolist()
    assert keys == ["(unknown)", "x", "y", None]
    assert summary["images"].tolist() == [2, 1, 1, 1]
    assert summary["size_gigabytes"].tolist() == [12.0, 1.0, 1.0, 2.0]
    assert summary["allocated_gigabytes"].tolist() == [12.0, 0.5, 0.5, 2.0]


def _accounts() -> pd.DataFrame:
    """Two accounts, each with one own image and the same two of DigitalOcean's."""
    shared = {"name": "ubuntu", "type": "base", "regions": ["nyc1", "ams3"]}
    parts = [
        strategies.frame_of(
            [
                {"id": 1, **shared, "public": True, "size_gigabytes": size},
                {"id": 2, **shared, "public": False, "size_gigabytes": 1.0, "regions": []},
                {"id": 3, "name": "own", "type": "snapshot", "public": False, "size_gigabytes": 8},
            ],
            account,
        )
        for account, size in (("a", 2.0), ("b", 2.5))
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("layout", [imagedf.explode_regions, imagedf.collapse_regions])
def test_a_public_image_that_several_accounts_list_counts_once(layout: Any) -> None:
    frame = layout(_accounts())
    assert imagedf.totals(frame)[["images", "size_gigabytes"]].to_numpy().tolist() == [[4, 19.5]]
    assert imagedf.total_size(frame) == 19.5
    types = imagedf.by_type(frame)
    assert types[["type", "images", "size_gigabytes"]].to_numpy().tolist() == [
        ["snapshot", 2, 16.0],
        ["base", 2, 3.5],
    ]
    regions = imagedf.by_region(frame)
    assert regions["allocated_gigabytes"].sum() == 19.5
    accounts = imagedf.summarize(frame, "account")
    assert accounts[["account", "images", "size_gigabytes"]].to_numpy().tolist() == [
        ["b", 3, 11.5],
        ["a", 3, 11.0],
    ]


def test_public_images_without_an_id_are_never_one() -> None:
    frame = _accounts()
    frame["id"] = frame["id"].where(frame["id"] != 2)
    assert imagedf.totals(frame)["images"].item() == 5


def test_by_source_and_use() -> None:
    frame = _sizes(1.0, 2.0, 4.0, 8.0).assign(
        source=pd.Series(["here", "gone", None, "here"], dtype="str"),
        used_by=pd.Series([["droplet:1"], [], None, ["pool:x", "droplet:2"]], dtype=object),
    )
    used = imagedf.summarize(frame, "used")
    assert used[["used", "images", "size_gigabytes"]].to_numpy().tolist() == [
        ["yes", 2, 9.0],
        ["unknown", 1, 4.0],
        ["no", 1, 2.0],
    ]
    both = imagedf.summarize(frame, ["source", "used"])
    assert both[["source", "used", "images"]].fillna("").to_numpy().tolist() == [
        ["here", "yes", 2],
        ["gone", "no", 1],
        ["", "unknown", 1],
    ]
    for key in ("source", "used"):
        with pytest.raises(imagedf.FrameError, match="link_images"):
            imagedf.summarize(exploded(), key)


def _days() -> list[pd.DataFrame]:
    days = ("2026-01-01", "2026-01-02")
    return [exploded().assign(snapshot_date=pd.Timestamp(day)) for day in days]


@pytest.mark.parametrize(
    "call",
    [
        imagedf.totals,
        imagedf.total_size,
        imagedf.by_type,
        imagedf.by_region,
        imagedf.by_age,
        lambda frame: imagedf.plot_sizes(frame, "type"),
        imagedf.plot_regions,
        imagedf.plot_ages,
    ],
)
def test_days_of_a_history_are_not_added_up(call: Any) -> None:
    first, second = _days()
    with pytest.raises(imagedf.FrameError, match="several days"):
        call(pd.concat([first, second]))
    call(first)


def test_a_history_counts_an_image_once_per_day() -> None:
    days = _days()
    summary = imagedf.summarize(pd.concat(days + days), ["snapshot_date", "type"])
    assert summary["images"].tolist() == [5, 5, 1, 1]
    assert summary["size_gigabytes"].tolist() == [11.72, 11.72, 2.34, 2.34]


@pytest.mark.parametrize("by", ["type", "region", "tag", "age", "month", ["region", "tag", "type"]])
def test_a_frame_without_rows_gives_a_summary_without_rows(by: Any) -> None:
    empty = imagedf.read_images({"images": []})
    for one in (empty, imagedf.collapse_regions(empty)):
        summary = imagedf.summarize(one, by, now=NOW)
        assert len(summary) == 0
        assert_frame_equal(summary, imagedf.summarize(exploded(), by, now=NOW).head(0))


def test_totals_of_no_images_are_zero_and_have_no_share() -> None:
    totals = imagedf.totals(imagedf.read_images({"images": []}))
    never = pd.Series([None], dtype=TIME)
    expected = pd.DataFrame(
        {
            "images": [0],
            "size_gigabytes": [0.0],
            "share": [float("nan")],
            "unknown_size": [0],
            "oldest": never,
            "newest": never,
        }
    )
    assert_frame_equal(totals, expected)
    assert imagedf.total_size(imagedf.read_images({"images": []})) == 0.0


@pytest.mark.parametrize(
    ("by", "error", "says"),
    [
        ([], ValueError, "one or more different columns"),
        (["type", "type"], ValueError, "one or more different columns"),
        ("tags", ValueError, "'tag'"),
        ("used_by", ValueError, "'used'"),
        ("images", ValueError, "images is a column of the summary"),
        (["type", "size_gigabytes"], ValueError, "size_gigabytes is a column of the summary"),
        (5, TypeError, "not 5"),
        ("color", imagedf.FrameError, "'color' .* distribution.* tag, age, month, source, used"),
        (["type", "Region"], imagedf.FrameError, "did you mean region"),
        ("Tag", imagedf.FrameError, "did you mean tag"),
        ("distro", imagedf.FrameError, "did you mean distribution"),
    ],
)
def test_a_wrong_key_is_one_clear_error(by: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        imagedf.summarize(exploded(), by)


def test_no_column_of_the_summary_is_a_key() -> None:
    costs = imagedf.estimate_cost(exploded())
    figures = [name for name in imagedf.by_region(costs).columns if name != "region"]
    assert {"images", "unknown_cost", "allocated_cost_usd"} <= set(figures)
    for name in figures:
        with pytest.raises(ValueError, match=f"{name} is"):
            imagedf.summarize(costs.assign(**{name: "x"}), name)


@pytest.mark.parametrize("call", [imagedf.totals, imagedf.total_size, imagedf.by_type])
def test_a_frame_without_the_needed_columns_is_one_clear_error(call: Any) -> None:
    with pytest.raises(imagedf.FrameError, match=r"name.* It has id, size"):
        call(pd.DataFrame({"id": [1], "size": [2.0], "type": ["snapshot"]}))


@pytest.mark.parametrize("call", [imagedf.by_region, imagedf.by_tag])
def test_a_frame_without_lists_has_no_groups_by_them(call: Any) -> None:
    few = exploded()[["account", "id", "name", "size_gigabytes", "created_at"]]
    with pytest.raises(imagedf.FrameError, match=r"(region|tag)' is not a column"):
        call(few)


@pytest.mark.parametrize("name", ["size_gigabytes", "created_at"])
def test_sizes_and_times_that_are_text_are_refused(name: str) -> None:
    """Check sizes from a CSV file: text would be concatenated instead of summed."""
    frame = exploded().astype({name: "str"})
    for call in (imagedf.totals, imagedf.by_age, imagedf.by_region):
        with pytest.raises(imagedf.FrameError, match=rf"{name} must contain"):
            call(frame)


def test_times_without_a_zone_are_utc() -> None:
    frame = exploded()
    frame["created_at"] = frame["created_at"].dt.tz_localize(None)
    assert imagedf.by_age(frame, now=NOW)["age"].tolist() == [">365 d", "1–30 d"]
    assert imagedf.summarize(frame, "month")["month"].tolist() == ["2014-11", "2020-05"]


def test_categories_group_as_their_values_do() -> None:
    frame = exploded()
    columns = ["type", "region", "distribution"]
    categories = frame.astype(dict.fromkeys(columns, "category"))
    owners = pd.DataFrame({"region": ["nyc2", "nyc3"], "owner": pd.Categorical(["b", "a"])})
    for key in columns:
        expected = imagedf.summarize(frame, key)
        assert_frame_equal(imagedf.summarize(categories, key).astype({key: "str"}), expected)
    merged = imagedf.summarize(frame.merge(owners, on="region"), "owner")
    assert merged[["owner", "images"]].to_numpy().tolist() == [["b", 5], ["a", 1]]


BY: tuple[Any, ...] = ("type", "status", "account", "month", "age", ["distribution", "public"])
SHARED: tuple[Any, ...] = ("region", "tag", ["region", "tag"], ["tag", "type"])


@examples(20)
@given(frame=strategies.frames, seed=st.integers(0, 99), by=st.sampled_from([*BY, *SHARED]))
def test_grain_order_and_repeats_of_the_rows_do_not_show(
    frame: pd.DataFrame, seed: int, by: Any
) -> None:
    mixed = pd.concat([frame, frame.head(3)]).sample(frac=1, random_state=seed)
    expected = imagedf.summarize(frame, by, now=NOW)
    for other in (mixed, imagedf.collapse_regions(frame), imagedf.collapse_regions(mixed)):
        assert_frame_equal(imagedf.summarize(other, by, now=NOW), expected, check_exact=True)
        assert_frame_equal(imagedf.totals(other), imagedf.totals(frame), check_exact=True)
        assert imagedf.total_size(other) == pytest.approx(
            imagedf.total_size(frame), rel=0, abs=0, nan_ok=True
        )


@examples(30)
@given(listing=strategies.listings, by=st.sampled_from(BY))
def test_groups_add_up_to_the_totals(listing: list[dict[str, Any]], by: Any) -> None:
    frame = strategies.frame_of(listing)
    summary, totals = imagedf.summarize(frame, by, now=NOW), imagedf.totals(frame).iloc[0]
    sizes = [image["size_gigabytes"] for image in listing]
    assert totals["images"] == summary["images"].sum() == len(listing)
    assert totals["unknown_size"] == summary["unknown_size"].sum() == sizes.count(None)
    known = [size for size in sizes if size is not None]
    if sizes and not known:
        assert math.isnan(totals["size_gigabytes"])
    else:
        assert totals["size_gigabytes"] == float(sum(Decimal(str(size)) for size in known))
        assert summary["size_gigabytes"].sum() == pytest.approx(totals["size_gigabytes"])
    if totals["size_gigabytes"] > 0:
        assert summary["share"].sum() == pytest.approx(1)


@examples(30)
@given(frame=strategies.frames, by=st.sampled_from(SHARED))
def test_allocated_adds_up_to_the_total_and_never_exceeds_what_is_present(
    frame: pd.DataFrame, by: Any
) -> None:
    summary = imagedf.summarize(frame, by, now=NOW)
    if summary["allocated_gigabytes"].notna().any():
        assert summary["allocated_gigabytes"].sum() == pytest.approx(imagedf.total_size(frame))
    known = summary.dropna(subset="size_gigabytes")
    assert (known["allocated_gigabytes"] <= known["size_gigabytes"] + 1e-6).all()
    assert (summary["size_gigabytes"].isna() == summary["allocated_gigabytes"].isna()).all()


@examples(12)
@given(frame=strategies.shuffled(), by=st.sampled_from([*BY, *SHARED]))
def test_the_argument_is_left_alone(frame: pd.DataFrame, by: Any) -> None:
    before = frame.copy(deep=True)
    imagedf.summarize(frame, by, now=NOW)
    imagedf.totals(frame)
    assert_frame_equal(frame, before)


def test_an_index_may_be_named_like_a_column() -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    for name in ("id", "account", "region"):
        assert_frame_equal(
            imagedf.by_region(frame.set_index(name, drop=False)), imagedf.by_region(frame)
        )


def test_bare_objects_are_the_numbers_and_times_that_they_are() -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    bare = frame.astype({"size_gigabytes": object, "created_at": object})
    assert_frame_equal(imagedf.summarize(bare, "month"), imagedf.summarize(frame, "month"))
    unknown = imagedf.by_type(frame.assign(size_gigabytes=None, created_at=None))
    assert unknown["unknown_size"].tolist() == [1, 5]
    assert unknown[["size_gigabytes", "share"]].isna().all(axis=None)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "UTC"])
def test_a_month_is_that_of_utc_whatever_the_zone(zone: str) -> None:
    moments = ["2026-11-01T02:00:00Z", "2026-10-31T23:30:00Z"]
    frame = strategies.frame_of([{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
    frame["created_at"] = pd.Series(pd.to_datetime(moments)).dt.tz_convert(zone)
    months = imagedf.summarize(frame, "month")
    assert months[["month", "images"]].to_numpy().tolist() == [["2026-10", 1], ["2026-11", 1]]
    assert str(imagedf.totals(frame.iloc[:0])["oldest"].dtype).endswith("UTC]")
