"""The two layouts: their rows, the identity of an image, and conversion in both directions."""

from __future__ import annotations

import gc
import weakref
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import imagedf
from imagedf import frame as frames
from tests import columns, strategies
from tests.conftest import DOCUMENTED_PAGE, examples

pytestmark = pytest.mark.fast


@pytest.fixture
def exploded() -> pd.DataFrame:
    return imagedf.read_images(DOCUMENTED_PAGE)


@pytest.fixture
def images(exploded: pd.DataFrame) -> pd.DataFrame:
    return imagedf.collapse_regions(exploded)


def frame_of(*images: dict[str, Any]) -> pd.DataFrame:
    return strategies.frame_of(list(images))


def image_of(number: int, name: str, regions: list[str] | None, **more: Any) -> dict[str, Any]:
    return {"id": number, "name": name, "regions": regions, "size_gigabytes": 6.0, **more}


def rows_of(frame: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    known = frame[list(names)].astype(object).where(frame[list(names)].notna(), None)
    return [tuple(row) for row in known.to_numpy().tolist()]


def with_cell(images: pd.DataFrame, column: str, cell: Any) -> pd.DataFrame:
    """Replace the second cell of a list column."""
    cells = [cell if place == 1 else kept for place, kept in enumerate(images[column])]
    return images.assign(**{column: pd.Series(cells, dtype="object")})


def dtypes_of(frame: pd.DataFrame) -> dict[str, str]:
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def test_the_documented_page_is_10_rows_of_6_images(
    exploded: pd.DataFrame, images: pd.DataFrame
) -> None:
    size = [2.34, 2.34, 2.34, 2.36, 2.36, 2.34, 2.34, 2.34, 2.34, 2.34]
    expected = pd.DataFrame(
        {
            "id": [7555620, 7555620, 7555621, 63663980, 63663980, *[7555621] * 5],
            "name": [
                *["Nifty New Snapshot"] * 2, "Another Snapshot", *["20.04 (LTS) x64"] * 2,
                "A custom image", *["An APP image"] * 2, *["A simple tagged image"] * 2,
            ],
            "region": [
                "nyc2", "nyc3", "nyc2", "nyc2", "nyc3", "nyc3", "nyc2", "nyc3", "nyc2", "nyc3",
            ],
            "region_count": [2, 2, 1, 2, 2, 1, 2, 2, 2, 2],
            "size_gigabytes": size,
            "allocated_gigabytes": [1.17, 1.17, 2.34, 1.18, 1.18, 2.34, 1.17, 1.17, 1.17, 1.17],
        }
    ).astype({"id": "Int64", "region_count": "Int64"})  # fmt: skip
    assert_frame_equal(exploded[expected.columns], expected)
    assert rows_of(images, "name", "regions", "region_count", "size_gigabytes") == [
        ("Nifty New Snapshot", ["nyc2", "nyc3"], 2, 2.34),
        ("Another Snapshot", ["nyc2"], 1, 2.34),
        ("20.04 (LTS) x64", ["nyc2", "nyc3"], 2, 2.36),
        ("A custom image", ["nyc3"], 1, 2.34),
        ("An APP image", ["nyc2", "nyc3"], 2, 2.34),
        ("A simple tagged image", ["nyc2", "nyc3"], 2, 2.34),
    ]
    assert exploded["allocated_gigabytes"].sum() == pytest.approx(14.06)


def test_both_grains_have_the_documented_columns_and_dtypes(
    exploded: pd.DataFrame, images: pd.DataFrame
) -> None:
    assert list(dtypes_of(exploded).items()) == list(columns.EXPLODED.items())
    assert list(dtypes_of(images).items()) == list(columns.IMAGE.items())


def test_there_and_back_is_the_same(exploded: pd.DataFrame, images: pd.DataFrame) -> None:
    assert_frame_equal(imagedf.explode_regions(images), exploded)
    assert_frame_equal(imagedf.collapse_regions(imagedf.explode_regions(images)), images)


@examples(30)
@given(frame=strategies.frames)
def test_there_and_back_is_the_same_for_any_listing(frame: pd.DataFrame) -> None:
    images = imagedf.collapse_regions(frame)
    assert_frame_equal(imagedf.explode_regions(images), frame)
    assert_frame_equal(imagedf.collapse_regions(imagedf.explode_regions(images)), images)
    assert dtypes_of(images) == columns.IMAGE
    assert imagedf.certificate(images) == imagedf.certificate(frame)


@examples(40)
@given(listing=strategies.listings)
def test_every_image_stays_and_allocated_adds_up(listing: list[dict[str, Any]]) -> None:
    frame = strategies.frame_of(listing)
    assert len(imagedf.collapse_regions(frame)) == len(listing)
    assert len(frame) == sum(max(1, len(set(image["regions"] or []))) for image in listing)
    sizes = sum(image["size_gigabytes"] or 0 for image in listing)
    assert frame["allocated_gigabytes"].sum() == pytest.approx(sizes)


@examples(40)
@given(frame=strategies.shuffled())
def test_rows_in_any_order_and_twice_make_each_image_once(frame: pd.DataFrame) -> None:
    images = imagedf.collapse_regions(frame)
    keys = images[["account", "id", "name"]]
    assert not keys.duplicated().any()
    assert len(keys) == len(frame[["account", "id", "name"]].drop_duplicates())
    assert list(images["region_count"]) == [len(cell) for cell in images["regions"]]
    assert all(len(set(cell)) == len(cell) for cell in images["regions"])


def test_a_region_named_twice_in_one_image_counts_once() -> None:
    frame = frame_of(image_of(1, "a", ["nyc3", "ams3", "nyc3"]))
    assert rows_of(frame, "region", "region_count", "allocated_gigabytes") == [
        ("nyc3", 2, 3.0),
        ("ams3", 2, 3.0),
    ]
    images = imagedf.collapse_regions(pd.concat([frame, frame]))
    assert rows_of(images, "regions", "region_count") == [(["nyc3", "ams3"], 2)]


def test_a_region_named_twice_in_a_list_counts_once_with_one_row_per_image() -> None:
    images = imagedf.collapse_regions(frame_of(image_of(1, "a", ["nyc3", "ams3"])))
    images["regions"] = pd.Series([["nyc3", "nyc3", "ams3"]])
    for frame in (images, images.drop(columns="region_count")):
        again = imagedf.collapse_regions(frame)
        assert rows_of(again, "regions", "region_count") == [(["nyc3", "ams3"], 2)]


def test_ids_at_the_end_of_the_numbers_stay_apart() -> None:
    last = 2**63 - 1
    frame = pd.concat(
        [
            imagedf.read_images([image_of(number, "x", ["nyc3"])], account=account)
            for number, account in ((last, "a"), (9, "b"), ((last - 4) // 3, "c"))
        ]
    )
    assert len(imagedf.collapse_regions(frame)) == 3


@pytest.mark.parametrize("dtype", ["string", "string[pyarrow]", "str", "object", "category"])
def test_a_missing_name_is_another_image_whatever_the_dtype(dtype: str) -> None:
    frame = frame_of(image_of(1, "a", ["nyc3"]), image_of(1, "b", ["nyc3"]))
    frame["name"] = pd.Series([None, "b"], dtype=dtype)
    assert int(imagedf.totals(frame)["images"].iloc[0]) == 2


@pytest.mark.parametrize("dtype", [object, pd.ArrowDtype(pa.list_(pa.string()))])
@pytest.mark.parametrize("column", ["account", "id", "name"])
def test_lists_cannot_identify_an_image(exploded: pd.DataFrame, column: str, dtype: Any) -> None:
    exploded[column] = pd.Series([["a"]] * len(exploded), dtype=dtype)
    with pytest.raises(imagedf.FrameError, match="identify an image"):
        imagedf.totals(exploded)


@pytest.mark.parametrize("held", ["nothing", {"accounts": [{"a later field": 1}]}])
def test_an_invalid_certificate_is_one_clear_error(exploded: pd.DataFrame, held: Any) -> None:
    exploded.attrs["imagedf"] = held
    for call in (imagedf.certificate, imagedf.by_age):
        with pytest.raises(imagedf.FrameError, match="certificate"):
            call(exploded)


def test_an_image_in_no_region_keeps_one_row() -> None:
    frame = frame_of(image_of(1, "a", []), image_of(2, "b", None), image_of(3, "c", ["nyc3"]))
    assert rows_of(frame, "id", "region", "region_count", "allocated_gigabytes") == [
        (1, None, 0, 6.0),
        (2, None, 0, 6.0),
        (3, "nyc3", 1, 6.0),
    ]
    images = imagedf.collapse_regions(frame)
    assert rows_of(images, "id", "regions", "region_count") == [
        (1, [], 0),
        (2, [], 0),
        (3, ["nyc3"], 1),
    ]


def test_an_image_is_account_id_and_name() -> None:
    one, other = image_of(1, "a", ["nyc3"]), image_of(1, "b", ["nyc3"])
    frame = pd.concat(
        [
            strategies.frame_of([one, other, image_of(1, "", []), {"id": 1}], account="prod"),
            strategies.frame_of([one], account="dev"),
        ]
    )
    images = imagedf.collapse_regions(frame)
    assert rows_of(images, "account", "id", "name") == [
        ("prod", 1, "a"),
        ("prod", 1, "b"),
        ("prod", 1, ""),
        ("prod", 1, None),
        ("dev", 1, "a"),
    ]


def test_in_a_history_an_image_is_one_a_day(exploded: pd.DataFrame) -> None:
    days = [
        exploded.assign(snapshot_date=pd.Timestamp(day)) for day in ("2026-01-01", "2026-01-02")
    ]
    images = imagedf.collapse_regions(pd.concat(days))
    assert len(images) == 12
    assert images["snapshot_date"].value_counts().tolist() == [6, 6]


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_missing_regions_are_none_and_missing_tags_stay_missing(
    images: pd.DataFrame, missing: Any
) -> None:
    changed = with_cell(with_cell(images, "regions", missing), "tags", missing)
    exploded = imagedf.explode_regions(changed)
    assert rows_of(exploded[exploded["name"] == "Another Snapshot"], "region", "tags") == [
        (None, None)
    ]


@pytest.mark.parametrize("kind", [tuple, np.array], ids=["tuples", "arrays"])
def test_list_cells_may_be_tuples_or_arrays(images: pd.DataFrame, kind: Any) -> None:
    changed = images.assign(regions=[kind(cell) for cell in images["regions"]])
    assert_frame_equal(imagedf.explode_regions(changed), imagedf.explode_regions(images))


@pytest.mark.parametrize("cell", ["nyc1", 5, {"nyc1": 1}, ["nyc1", None], ["nyc1", 3], [["nyc1"]]])
def test_a_cell_that_is_not_a_list_of_text_is_an_error(images: pd.DataFrame, cell: Any) -> None:
    with pytest.raises(imagedf.FrameError, match="column regions"):
        imagedf.explode_regions(with_cell(images, "regions", cell))


def test_either_grain_may_be_given_to_either_function(
    exploded: pd.DataFrame, images: pd.DataFrame
) -> None:
    assert_frame_equal(imagedf.explode_regions(exploded), exploded)
    assert_frame_equal(imagedf.collapse_regions(images), images)
    assert_frame_equal(imagedf.collapse_regions(pd.concat([images, images])), images)


def test_other_columns_and_the_certificate_come_along(exploded: pd.DataFrame) -> None:
    marked = exploded.assign(owner=[f"team-{number}" for number in exploded["id"]])
    images = imagedf.collapse_regions(marked)
    back = imagedf.explode_regions(images)
    assert list(images["owner"]) == [f"team-{number}" for number in images["id"]]
    assert_frame_equal(back, marked)
    for frame in (images, back):
        assert imagedf.certificate(frame) == imagedf.certificate(exploded)


@examples(25)
@given(frame=strategies.shuffled())
def test_no_argument_is_changed(frame: pd.DataFrame) -> None:
    images = imagedf.collapse_regions(frame)
    for argument in (frame, images):
        before = argument.copy(deep=True)
        tags = [cell and list(cell) for cell in argument["tags"]]
        results = [imagedf.explode_regions(argument), imagedf.collapse_regions(argument)]
        for result in results:
            result["name"] = "changed"
            for cell in result["tags"].dropna():
                cell.append("changed")
        assert [cell and list(cell) for cell in argument["tags"]] == tags
        assert_frame_equal(argument, before)


def test_a_list_that_is_changed_changes_only_its_image() -> None:
    pair = [image_of(number, "x", ["nyc1", "ams3"], tags=[]) for number in (1, 2)]
    frame = frame_of(*pair)
    frame["tags"].iloc[0].append("keep")
    assert imagedf.collapse_regions(frame)["tags"].tolist() == [["keep"], []]
    images = imagedf.collapse_regions(frame)
    images["regions"].iloc[0].append("lon1")
    images["tags"].iloc[1].append("new")
    assert rows_of(images, "tags", "regions") == [
        (["keep"], ["nyc1", "ams3", "lon1"]),
        (["new"], ["nyc1", "ams3"]),
    ]
    assert imagedf.collapse_regions(frame)["tags"].tolist() == [["keep"], []]


def test_a_chosen_part_of_the_columns_is_enough(exploded: pd.DataFrame) -> None:
    few = exploded[["account", "id", "name", "region"]]
    images = imagedf.collapse_regions(few)
    assert list(images.columns) == ["account", "id", "name", "regions", "region_count"]
    assert len(imagedf.explode_regions(images)) == 10


@pytest.mark.parametrize("call", [imagedf.collapse_regions, imagedf.explode_regions])
def test_a_frame_without_the_needed_columns_is_one_clear_error(call: Any) -> None:
    frame = pd.DataFrame({"id": [1], "size": [2.0]})
    with pytest.raises(imagedf.FrameError, match=r"lacks the column regions"):
        call(frame)
    with pytest.raises(ValueError, match="lacks the columns account, name"):
        imagedf.collapse_regions(pd.DataFrame({"id": [1], "region": ["nyc1"]}))


def test_a_column_of_another_kind_is_one_clear_error(images: pd.DataFrame) -> None:
    images["min_disk_size"] = "much"
    with pytest.raises(imagedf.FrameError, match="column min_disk_size can't be read as Int64"):
        imagedf.explode_regions(images)


def test_a_frame_without_a_certificate_says_so() -> None:
    with pytest.raises(imagedf.FrameError, match="no certificate"):
        imagedf.certificate(pd.DataFrame())


def test_a_certificate_goes_through_json_and_cannot_be_changed(exploded: pd.DataFrame) -> None:
    certificate = imagedf.certificate(exploded)
    assert imagedf.Certificate.from_dict(certificate.to_dict()) == certificate
    with pytest.raises(AttributeError):
        certificate.source = "elsewhere"  # type: ignore[misc] # that is the test


@examples(40)
@given(frame=strategies.frames, seed=st.integers(0, 10))
def test_a_frame_whose_columns_are_shuffled_gets_the_documented_order(
    frame: pd.DataFrame, seed: int
) -> None:
    mixed = frame.sample(frac=1, axis="columns", random_state=seed)
    assert_frame_equal(imagedf.explode_regions(mixed), frame)


def test_frames_of_other_engines_are_named_with_the_way_to_convert_them() -> None:
    polars = pytest.importorskip("polars")
    with pytest.raises(TypeError, match=r"polars\.DataFrame.*to_pandas"):
        imagedf.collapse_regions(polars.DataFrame({"id": [1]}))
    with pytest.raises(TypeError, match=r"polars\.LazyFrame.*collect"):
        imagedf.collapse_regions(polars.LazyFrame({"id": [1]}))
    with pytest.raises(TypeError, match=r"pyarrow\.Table.*to_pandas"):
        imagedf.explode_regions(pa.table({"id": [1]}))


def test_one_missing_column_is_named_with_the_nearest(exploded: pd.DataFrame) -> None:
    with pytest.raises(imagedf.FrameError, match="lacks the column name; did you mean Name"):
        imagedf.collapse_regions(exploded.rename(columns={"name": "Name"}))
    with pytest.raises(imagedf.FrameError, match="estimate_cost"):
        imagedf.cost_summary(exploded)


@pytest.mark.parametrize("convert", [imagedf.explode_regions, imagedf.collapse_regions])
def test_costs_survive_both_conversions_and_allocated_costs_add_up(
    convert: Any, exploded: pd.DataFrame
) -> None:
    costs = convert(imagedf.estimate_cost(exploded, on="2026-11-01"))
    rows = imagedf.explode_regions(costs)
    images = imagedf.collapse_regions(rows)
    assert rows["allocated_cost_usd"].sum() == pytest.approx(images["monthly_cost_usd"].sum())
    place = list(rows.columns).index("monthly_cost_usd")
    assert rows.columns[place + 1] == "allocated_cost_usd"
    assert_frame_equal(imagedf.explode_regions(images), rows)
    part = rows[rows["region"] == "nyc2"]["allocated_cost_usd"].sum()
    assert 0 < part < rows["allocated_cost_usd"].sum()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-26", datetime(2026, 11, 26, tzinfo=UTC)),
        ("2026-11-26T12:30:00+02:00", datetime(2026, 11, 26, 10, 30, tzinfo=UTC)),
        ("2026-11-26T12:30:00Z", datetime(2026, 11, 26, 12, 30, tzinfo=UTC)),
        (date(2026, 11, 26), datetime(2026, 11, 26, tzinfo=UTC)),
        (datetime(2026, 11, 26, 5), datetime(2026, 11, 26, 5, tzinfo=UTC)),  # noqa: DTZ001 # as UTC
        (pd.Timestamp("2026-11-26T05:00", tz="Asia/Tokyo"), datetime(2026, 11, 25, 20, tzinfo=UTC)),
    ],
)
def test_days_and_moments_are_read_from_text_dates_and_datetimes(
    text: Any, moment: datetime
) -> None:
    assert frames.read_moment(text) == moment
    expected = text if type(text) is date else moment.date()
    assert frames.read_day(text) == expected
    assert frames.as_of(None, text) == moment
    assert frames.day_of(None, text) == expected


@pytest.mark.parametrize("wrong", ["26.11.2026", "2026-13-01", "", "yesterday"])
def test_text_that_is_not_a_day_is_a_value_error(wrong: str) -> None:
    for read in (frames.read_day, frames.read_moment):
        with pytest.raises(ValueError, match="2026-11-26"):
            read(wrong)


@pytest.mark.parametrize("wrong", [5, None, pd.NaT, 2026.5, ["2026-11-26"]])
def test_what_is_not_a_time_at_all_is_a_type_error(wrong: Any) -> None:
    for read in (frames.read_day, frames.read_moment):
        with pytest.raises(TypeError, match="date"):
            read(wrong)


class _Cycle:
    def __init__(self) -> None:
        self.itself = self


def test_the_callers_garbage_is_still_collected(images: pd.DataFrame) -> None:
    cycle = _Cycle()
    alive = weakref.ref(cycle)
    del cycle
    imagedf.explode_regions(images)
    gc.collect(0)
    assert alive() is None
