"""Parquet: the exact round trip, other readers, and files that are not Parquet."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from pandas.testing import assert_frame_equal

import imagedf
from imagedf.account import Account
from imagedf.client import check_settings, fetch_parquet
from imagedf.files import write_plain
from imagedf.sandbox import Answer, Request, Sandbox, many_images
from tests import columns, strategies
from tests.conftest import DOCUMENTED_PAGE, examples

ARROW = {
    "str": pa.string(),
    "Int64": pa.int64(),
    "boolean": pa.bool_(),
    "float64": pa.float64(),
    "datetime64[us, UTC]": pa.timestamp("us", tz="UTC"),
    "object": pa.list_(pa.string()),
}


@pytest.fixture
def exploded() -> pd.DataFrame:
    return imagedf.read_images(DOCUMENTED_PAGE)


@pytest.fixture(params=["exploded", "image"])
def frame(request: pytest.FixtureRequest, exploded: pd.DataFrame) -> pd.DataFrame:
    """The documented page in each layout."""
    return exploded if request.param == "exploded" else imagedf.collapse_regions(exploded)


def round_trip(frame: pd.DataFrame, folder: Path) -> pd.DataFrame:
    return imagedf.read_parquet(imagedf.to_parquet(frame, folder / "images.parquet"))


def test_a_file_that_pandas_wrote_with_an_index_keeps_every_value_in_its_row(
    exploded: pd.DataFrame, tmp_path: Path
) -> None:
    costs = imagedf.estimate_cost(exploded, on=date(2026, 11, 1))
    path = tmp_path / "pandas.parquet"
    for part in (
        costs.iloc[2:],
        costs[costs["region_count"] == 2],
        costs.set_index("billing_class"),
    ):
        part.to_parquet(path)
        again = imagedf.read_parquet(path)
        kept = part.reset_index().drop(columns="index", errors="ignore")
        assert_frame_equal(again, kept[again.columns], check_dtype=False)
        assert "monthly_cost_usd" in again


def test_a_file_with_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table([pa.array([1])] * 2, names=["id", "id"]), tmp_path / "twice.parquet")
    with pytest.raises(imagedf.FrameError, match="same name"):
        imagedf.read_parquet(tmp_path / "twice.parquet")


def cells(values: list[Any]) -> pd.Series[Any]:
    return pd.Series(values, dtype="object")


def test_either_grain_comes_back_exactly(frame: pd.DataFrame, tmp_path: Path) -> None:
    back = round_trip(frame, tmp_path)
    assert_frame_equal(back, frame)
    assert back.attrs == frame.attrs
    assert imagedf.certificate(back) == imagedf.certificate(frame)


@examples(20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=strategies.shuffled())
def test_any_frame_comes_back_exactly(tmp_path: Path, frame: pd.DataFrame) -> None:
    for one in (frame, imagedf.collapse_regions(frame)):
        back = round_trip(one, tmp_path)
        assert_frame_equal(back, one)
        assert back.attrs == one.attrs


def test_the_sample_account_comes_back_exactly(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        frame = imagedf.fetch_images(accounts=sandbox.tokens, base_url=sandbox.url)
    for one in (frame, imagedf.collapse_regions(frame)):
        back = round_trip(one, tmp_path)
        assert_frame_equal(back, one)
        assert imagedf.certificate(back) == imagedf.certificate(frame)


def test_pandas_own_reader_returns_the_same_with_arrays_in_list_cells(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    back = pd.read_parquet(imagedf.to_parquet(frame, tmp_path / "images.parquet"))
    lists = [name for name, dtype in columns.IMAGE.items() if dtype == "object" and name in frame]
    assert all(isinstance(cell, np.ndarray) for name in lists for cell in back[name])
    assert back.attrs == frame.attrs
    for name in lists:
        back[name] = [cell.tolist() for cell in back[name]]
    assert_frame_equal(back, frame)


def test_what_pandas_reads_can_be_used_like_the_frame(frame: pd.DataFrame, tmp_path: Path) -> None:
    back = pd.read_parquet(imagedf.to_parquet(frame, tmp_path / "images.parquet"))
    assert_frame_equal(imagedf.by_region(back), imagedf.by_region(frame))
    assert_frame_equal(imagedf.by_tag(back), imagedf.by_tag(frame))
    assert_frame_equal(round_trip(back, tmp_path), frame)


@pytest.mark.parametrize("grain", ["EXPLODED", "IMAGE"])
def test_the_arrow_schema_is_fixed_also_without_rows(grain: str, tmp_path: Path) -> None:
    frame = imagedf.read_images({"images": []})
    expected = columns.EXPLODED
    if grain == "IMAGE":
        frame, expected = imagedf.collapse_regions(frame), columns.IMAGE
    schema = pq.read_schema(imagedf.to_parquet(frame, tmp_path / "empty.parquet"))
    assert {field.name: field.type for field in schema} == {
        name: ARROW[dtype] for name, dtype in expected.items()
    }
    assert_frame_equal(round_trip(frame, tmp_path), frame)


def test_the_footer_has_certificate_and_version_but_no_index(
    exploded: pd.DataFrame, tmp_path: Path
) -> None:
    metadata = pq.read_schema(imagedf.to_parquet(exploded, tmp_path / "x.parquet")).metadata
    assert json.loads(metadata[b"imagedf.certificate"]) == exploded.attrs["imagedf"]
    assert metadata[b"imagedf.schema_version"] == b"1"
    assert json.loads(metadata[b"pandas"])["index_columns"] == []


def test_the_same_frame_gives_the_same_bytes(frame: pd.DataFrame, tmp_path: Path) -> None:
    files = [imagedf.to_parquet(frame, tmp_path / name) for name in ("a.parquet", "b.parquet")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_further_columns_are_kept_with_their_types(exploded: pd.DataFrame, tmp_path: Path) -> None:
    costs = imagedf.estimate_cost(exploded)
    more = exploded.assign(
        owner="storage",
        day=date(2026, 11, 1),
        price=cells([Decimal("0.06")] * 10),
        kept=True,
        band=pd.Categorical(["old"] * 10),
    )
    assert_frame_equal(round_trip(costs, tmp_path), costs)
    assert_frame_equal(round_trip(more, tmp_path), more)


def test_a_filtered_frame_needs_no_reset_index(exploded: pd.DataFrame, tmp_path: Path) -> None:
    part = exploded[exploded["region"] == "nyc3"]
    assert_frame_equal(round_trip(part, tmp_path), part.reset_index(drop=True))


def test_the_argument_is_left_alone(frame: pd.DataFrame, tmp_path: Path) -> None:
    before = frame.copy(deep=True)
    imagedf.to_parquet(frame, tmp_path / "images.parquet")
    assert_frame_equal(frame, before)


def test_a_frame_without_the_documented_columns_is_refused(
    exploded: pd.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(imagedf.FrameError, match="lacks the column slug"):
        imagedf.to_parquet(exploded.drop(columns="slug"), tmp_path / "x.parquet")
    mixed = exploded.astype({"id": object}).assign(id=["a"] * 10)
    with pytest.raises(imagedf.FrameError, match="column id can't be read as Int64"):
        imagedf.to_parquet(mixed, tmp_path / "x.parquet")
    with pytest.raises(imagedf.FrameError, match="additional column"):
        imagedf.to_parquet(exploded.assign(owner=cells([{1}, "a"] * 5)), tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []


def test_an_old_file_stays_unchanged_if_writing_fails(
    exploded: pd.DataFrame, tmp_path: Path
) -> None:
    path = imagedf.to_parquet(exploded, tmp_path / "images.parquet")
    before = path.read_bytes()
    with pytest.raises(imagedf.FrameError):
        imagedf.to_parquet(exploded.drop(columns="name"), path)
    assert path.read_bytes() == before
    with pytest.raises(imagedf.ImagedfError, match=r"can't write .*: the directory"):
        imagedf.to_parquet(exploded, tmp_path / "nowhere" / "images.parquet")
    with pytest.raises(imagedf.ImagedfError, match=r"can't write .*: it is a directory"):
        imagedf.to_parquet(exploded, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["images.parquet"]


def _other_parquet(path: Path) -> None:
    pd.DataFrame({"a": [1]}).to_parquet(path)


def _other_types(path: Path) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    frame.assign(id=frame["name"]).to_parquet(path)


def _later_layout(path: Path) -> None:
    table = pq.read_table(imagedf.to_parquet(imagedf.read_images(DOCUMENTED_PAGE), path))
    pq.write_table(table.replace_schema_metadata({b"imagedf.schema_version": b"9"}), path)


def _cut(path: Path) -> None:
    whole = imagedf.to_parquet(imagedf.read_images(DOCUMENTED_PAGE), path).read_bytes()
    path.write_bytes(whole[:-20])


def _broken_certificate(path: Path) -> None:
    table = pq.read_table(imagedf.to_parquet(imagedf.read_images(DOCUMENTED_PAGE), path))
    pq.write_table(table.replace_schema_metadata({b"imagedf.certificate": b"{"}), path)


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda path: None, imagedf.ImagedfError, r"can't read .*x\.parquet: No such file"),
        (lambda path: path.mkdir(), imagedf.ImagedfError, r"can't read .*x\.parquet: Is a direct"),
        (lambda path: path.write_text("id,name"), imagedf.ImagedfError, "not a Parquet file"),
        (lambda path: path.touch(), imagedf.ImagedfError, r"x\.parquet is not a Parquet file"),
        (_cut, imagedf.ImagedfError, "not a Parquet file"),
        (_later_layout, imagedf.ImagedfError, "layout version 9"),
        (_broken_certificate, imagedf.ImagedfError, r"x\.parquet is damaged"),
        (_other_parquet, imagedf.FrameError, "lacks the columns account, id, name"),
        (_other_types, imagedf.FrameError, r"x\.parquet .*other types"),
    ],
)
def test_a_file_without_images_is_one_clear_error(
    tmp_path: Path, make: Any, error: type[Exception], says: str
) -> None:
    path = tmp_path / "x.parquet"
    make(path)
    with pytest.raises(error, match=says) as caught:
        imagedf.read_parquet(path)
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)


def stream(sandbox: Sandbox, path: Path, **more: Any) -> imagedf.Certificate:
    given: dict[str, Any] = dict.fromkeys(
        ("accounts", "type", "private", "tag_name", "limits"), None
    )
    given |= {"token": sandbox.token, "base_url": sandbox.url, "per_page": 200, "max_workers": 8}
    return fetch_parquet(check_settings(**given, timeout=5, max_retries=0, **more), path)


def test_the_streamed_file_is_the_file_of_the_frame(tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        certificate = stream(sandbox, tmp_path / "streamed.parquet")
        frame = imagedf.fetch_images(sandbox.token, base_url=sandbox.url)
    back = imagedf.read_parquet(tmp_path / "streamed.parquet")
    assert_frame_equal(back, frame)
    assert imagedf.certificate(back) == certificate
    other = pd.read_parquet(tmp_path / "streamed.parquet")
    assert dict(other.dtypes) == dict(frame.dtypes)
    assert imagedf.certificate(other) == certificate


def test_a_broken_stream_leaves_the_old_file_unchanged(tmp_path: Path) -> None:
    def gone(request: Request, answer: Answer) -> Answer:
        return Answer(404, b"{}") if request.page == 3 else answer

    path = tmp_path / "images.parquet"
    path.write_bytes(b"the old one")
    with (
        Sandbox({"default": list(many_images(900))}, faults=[gone]) as sandbox,
        pytest.raises(imagedf.RequestError, match="page 3: the API returned 404"),
    ):
        stream(sandbox, path)
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("dtype", ["Int64", "Int8", "UInt64"])
def test_additional_integers_stay_exact_if_some_are_missing(dtype: Any, tmp_path: Path) -> None:
    frame = imagedf.read_images({"images": [{"id": 1}, {"id": 2}]})
    frame["droplet"] = pd.array([pd.NA, 2**60 + 1 if "64" in dtype else 7], dtype=dtype)
    assert_frame_equal(
        imagedf.read_parquet(imagedf.to_parquet(frame, tmp_path / "x.parquet")), frame
    )


def test_costs_and_summaries_have_plain_texts_too(exploded: pd.DataFrame, tmp_path: Path) -> None:
    costs = imagedf.estimate_cost(exploded, on=date(2026, 11, 1))
    schema = pq.read_schema(imagedf.to_parquet(costs, tmp_path / "costs.parquet"))
    assert {str(schema.field(name).type) for name in ("billing_class", "cost_note")} == {"string"}


@pytest.mark.parametrize("used_by", [None, []])
def test_columns_of_lists_have_one_type_whatever_they_contain(
    used_by: list[str] | None, tmp_path: Path
) -> None:
    account = Account(imagedf.example(), imagedf.certificate(imagedf.example()))
    linked = imagedf.link_images(account)
    linked["used_by"] = pd.Series([used_by] * len(linked), dtype=object)
    path = imagedf.to_parquet(linked, tmp_path / "linked.parquet")
    assert pq.read_schema(path).field("used_by").type == pa.list_(pa.string())
    assert_frame_equal(imagedf.read_parquet(path), linked)


def test_plain_tables_of_an_account_have_the_types_of_the_schema(tmp_path: Path) -> None:
    full = imagedf.example_account().droplets
    assert full is not None
    lists = ["backup_ids", "snapshot_ids", "volume_ids", "features", "tags"]
    for cells in (list[str](), None):
        droplets = full.head(3).copy()
        for name in lists:
            droplets[name] = pd.Series([cells] * 3, dtype=object)
        schema = pq.read_schema(write_plain(droplets, tmp_path / "droplets.parquet"))
        types = {name: schema.field(name).type for name in lists}
        expected = {column.name: column.arrow for column in imagedf.schema.DROPLETS}
        assert types == {name: expected[name] for name in lists}
