"""One image, one value: contradicting rows are an error, and no id means no duplicate."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import imagedf
from tests import strategies
from tests.conftest import examples, sample

LAYOUTS = (imagedf.explode_regions, imagedf.collapse_regions)
CALLS: dict[str, Callable[[pd.DataFrame], object]] = {
    "explode_regions": imagedf.explode_regions,
    "collapse_regions": imagedf.collapse_regions,
    "totals": imagedf.totals,
    "by_region": imagedf.by_region,
    "estimate_cost": imagedf.estimate_cost,
    "find_savings": imagedf.find_savings,
}


def image(**more: Any) -> dict[str, Any]:
    kept = {"id": 7, "name": "web", "type": "snapshot", "public": False, "size_gigabytes": 1.0}
    return {**kept, "regions": ["nyc3", "ams3"], "tags": ["a"], **more}


CHANGES: list[tuple[str, Any]] = [
    ("size_gigabytes", 100.0),
    ("size_gigabytes", None),
    ("tags", ["b"]),
    ("tags", None),
    ("status", "retired"),
    ("created_at", "2026-01-01T00:00:00Z"),
    ("public", None),
]


@pytest.mark.parametrize(("name", "layout", "change"), sample(product(CALLS, LAYOUTS, CHANGES), 3))
def test_two_listings_in_which_an_image_changed_are_an_error_that_names_it(
    name: str, layout: Any, change: tuple[str, Any]
) -> None:
    field, value = change
    one = layout(strategies.frame_of([image()]))
    other = layout(strategies.frame_of([image(**{field: value})]))
    for both in (pd.concat([one, other]), pd.concat([other, one], ignore_index=True)):
        with pytest.raises(imagedf.FrameError, match=rf"image 7 .*'web'.* {field} "):
            CALLS[name](both)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_same_listing_twice_and_different_regions_do_not_contradict(layout: Any) -> None:
    one = layout(strategies.frame_of([image()]))
    moved = layout(strategies.frame_of([image(regions=["sgp1"])]))
    images = imagedf.collapse_regions(pd.concat([one, one, moved]))
    assert images[["regions", "region_count"]].to_numpy().tolist() == [
        [["nyc3", "ams3", "sgp1"], 3]
    ]


WRITERS: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    "x.parquet": imagedf.to_parquet,
    "x.csv": imagedf.to_csv,
    "x.xlsx": imagedf.to_excel,
    "star": imagedf.export_star,
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_file_never_has_two_values_of_one_image(name: str, layout: Any, tmp_path: Path) -> None:
    one, other = (layout(strategies.frame_of([image(size_gigabytes=gb)])) for gb in (1.0, 2.0))
    with pytest.raises(imagedf.FrameError, match=r"image 7 .*'web'.* size_gigabytes "):
        WRITERS[name](pd.concat([one, other], ignore_index=True), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_different_costs_of_one_image_are_a_contradiction() -> None:
    cost = imagedf.estimate_cost(strategies.frame_of([image()]))
    dearer = cost.assign(monthly_cost_usd=cost["monthly_cost_usd"] * 2)
    with pytest.raises(imagedf.FrameError, match="monthly_cost_usd"):
        imagedf.collapse_regions(pd.concat([cost, dearer]))


def test_columns_of_other_tools_may_differ_between_the_rows_of_an_image() -> None:
    frame = strategies.frame_of([image()]).assign(city=["New York", "Amsterdam"])
    assert imagedf.collapse_regions(frame)["city"].tolist() == ["New York"]


def test_a_public_image_of_two_accounts_may_differ_between_them() -> None:
    frame = pd.concat(
        [
            strategies.frame_of([image(size_gigabytes=size)], account=account)
            for account, size in (("a", 1.0), ("b", 2.0))
        ]
    )
    assert len(imagedf.collapse_regions(frame)) == 2


def test_images_without_an_id_are_not_duplicates_of_each_other() -> None:
    listing = [{"size_gigabytes": 1.0, "regions": ["a", "b"]}] * 2 + [{"size_gigabytes": 2.0}]
    frame = strategies.frame_of(listing)
    images = imagedf.collapse_regions(frame)
    assert images["size_gigabytes"].tolist() == [1.0, 1.0, 2.0]
    assert images["regions"].tolist() == [["a", "b"], ["a", "b"], []]
    assert len(imagedf.collapse_regions(images)) == 3
    assert_frame_equal(imagedf.explode_regions(images), frame)


nameless = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from([None, "x"]),
            "regions": st.lists(st.sampled_from("abc"), max_size=3, unique=True),
            "size_gigabytes": st.sampled_from([None, 1.0, 2.0]),
            "tags": st.sampled_from([None, []]),
        }
    ),
    max_size=8,
)


@examples(40)
@given(listing=nameless)
def test_each_image_without_an_id_stays_itself_in_both_layouts(
    listing: list[dict[str, Any]],
) -> None:
    frame = strategies.frame_of(listing)
    images = imagedf.collapse_regions(frame)
    assert images["regions"].tolist() == [image["regions"] for image in listing]
    assert_frame_equal(imagedf.explode_regions(images), frame)
