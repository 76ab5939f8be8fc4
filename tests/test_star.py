"""The star export: fixed schemas, a unique key, and the same result in every engine."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import imagedf
from imagedf.schema import SCHEMA_VERSION
from tests.conftest import DOCUMENTED_PAGE, examples
from tests.engines import BOOK, price_book
from tests.histories import image, listing, together
from tests.strategies import frame_of, frames, listings, shuffled

DAY = date(2026, 11, 23)
TABLES = ("images", "image_regions", "image_tags")
FILES = ["image_regions.parquet", "image_tags.parquet", "images.parquet"]
Answer = tuple[dict[str, dict[str, str]], dict[str, int], float]

GIGABYTES = (
    "select sum(allocated_gigabytes) from {images} as i join {image_regions} as r "
    "on i.image_key = r.image_key"
)


def odd_frame() -> pd.DataFrame:
    """Two accounts; nulls, an id beyond a float, a bar in a name, no region, several tags."""
    listing = [
        {"id": 9007199254740993, "name": "größe", "regions": ["nyc1", "ams3", "nyc1"]},
        {"id": 5, "name": None, "size_gigabytes": 1.5, "public": True, "tags": ["b", "a"]},
        {"id": 6, "name": "日本", "size_gigabytes": 0.1, "created_at": "2026-01-02T03:04:05Z"},
    ]
    other = imagedf.read_images({"images": listing}, account="own|100%")
    return pd.concat([imagedf.read_images(DOCUMENTED_PAGE), other], ignore_index=True)


@pytest.fixture
def star(tmp_path: Path) -> Path:
    return imagedf.export_star(odd_frame(), tmp_path / "star", on=DAY)


def exported(frame: pd.DataFrame) -> dict[str, pa.Table]:
    on = None if "snapshot_date" in frame.columns else DAY
    with tempfile.TemporaryDirectory() as folder:
        directory = imagedf.export_star(frame, Path(folder), on=on)
        # A file object: pyarrow would keep the file open after the folder is deleted.
        return {name: pq.ParquetFile(directory / f"{name}.parquet").read() for name in TABLES}


def contents(frame: pd.DataFrame) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        directory = imagedf.export_star(frame, Path(folder), on=DAY)
        return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_the_documented_page_becomes_these_rows() -> None:
    tables = exported(imagedf.read_images(DOCUMENTED_PAGE))
    # In order of name: A custom image, A simple tagged image, An APP image, Another Snapshot.
    ids = ["7555620", "7555621|4", "63663980", "7555621", "7555621|3", "7555621|2"]
    keys = [f"default|2026-11-23|{key}" for key in ids]
    images = {
        "image_key": keys,
        "account": ["default"] * 6,
        "snapshot_date": [DAY] * 6,
        "id": [7555620, 7555621, 63663980, 7555621, 7555621, 7555621],
        "region_count": [2, 1, 2, 1, 2, 2],
        "tag_count": [0, 0, 0, 0, 0, 1],
        "size_gigabytes": [2.34, 2.34, 2.36, 2.34, 2.34, 2.34],
        "monthly_cost_usd": [0.1404, 0.1404, 0.0, 0.1404, 0.1404, 0.1404],
        "use_count": [None] * 6,
    }
    held = [(0, "nyc2"), (0, "nyc3"), (1, "nyc2"), (2, "nyc2"), (2, "nyc3")]
    held += [(3, "nyc3"), (4, "nyc2"), (4, "nyc3"), (5, "nyc2"), (5, "nyc3")]
    regions = {
        "image_key": [keys[image] for image, _ in held],
        "account": ["default"] * 10,
        "snapshot_date": [DAY] * 10,
        "region": [region for _, region in held],
        "allocated_gigabytes": [1.17, 1.17, 2.34, 1.18, 1.18, 2.34, 1.17, 1.17, 1.17, 1.17],
        "allocated_cost_usd": [
            *(0.0702, 0.0702, 0.1404, 0.0, 0.0, 0.1404, 0.0702, 0.0702, 0.0702, 0.0702),
        ],
    }
    tags = {
        "image_key": [keys[5]],
        "account": ["default"],
        "snapshot_date": [DAY],
        "tag": ["simple-image"],
        "allocated_gigabytes": [2.34],
        "allocated_cost_usd": [0.1404],
    }
    assert tables["images"].select(list(images)).to_pydict() == images
    assert tables["image_regions"].to_pydict() == regions
    assert tables["image_tags"].to_pydict() == tags


@pytest.mark.parametrize("rows", [0, None])
def test_all_three_files_have_the_public_schemas(tmp_path: Path, rows: int | None) -> None:
    frame = odd_frame().iloc[:rows]
    directory = imagedf.export_star(frame, tmp_path / "a" / "b", on=DAY)
    assert sorted(path.name for path in directory.iterdir()) == FILES
    for name in TABLES:
        file = pq.ParquetFile(directory / f"{name}.parquet")
        assert file.schema_arrow.equals(imagedf.schema.STAR[name])
        assert (file.metadata.num_rows == 0) == (rows == 0)


def test_no_type_is_declared_that_some_engine_cannot_read(star: Path) -> None:
    allowed = {"string", "int64", "double", "bool", "date32[day]", "timestamp[us, tz=UTC]"}
    for name in TABLES:
        file = pq.ParquetFile(star / f"{name}.parquet")
        assert {str(field.type) for field in file.schema_arrow} <= allowed
        columns = [file.schema.column(i) for i in range(len(file.schema))]
        assert {column.max_repetition_level for column in columns} == {0}
        assert {column.physical_type for column in columns} <= {
            "BYTE_ARRAY",
            "INT64",
            "INT32",  # date32
            "DOUBLE",
            "BOOLEAN",
        }


def test_pages_are_snappy_of_version_1(star: Path) -> None:
    for name in TABLES:
        path = star / f"{name}.parquet"
        data = path.read_bytes()
        group = pq.ParquetFile(path).metadata.row_group(0)
        for column in (group.column(i) for i in range(group.num_columns)):
            assert column.compression == "SNAPPY"
            # A page header begins with its kind in Thrift: 0 is a data page, 6 one of version 2.
            start = column.data_page_offset
            assert data[start : start + 2] == b"\x15\x00"


def test_every_footer_has_the_version_and_the_certificate(tmp_path: Path) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    directory = imagedf.export_star(frame, tmp_path)
    for name in TABLES:
        footer = pq.ParquetFile(directory / f"{name}.parquet").schema_arrow.metadata
        assert footer[b"imagedf.schema_version"] == str(SCHEMA_VERSION).encode()
        assert json.loads(footer[b"imagedf.certificate"]) == imagedf.certificate(frame).to_dict()


def ids_of(directory: Path) -> set[bytes]:
    """Return the export ids of all tables."""
    return {
        pq.ParquetFile(path).schema_arrow.metadata[b"imagedf.export_id"]
        for path in directory.glob("*.parquet")
    }


def test_the_export_id_is_the_same_in_all_tables_and_a_digest_of_the_content(
    tmp_path: Path,
) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    changed = frame.assign(name=frame["name"] + " changed")
    found = [
        ids_of(imagedf.export_star(one, tmp_path / str(number), on=DAY))
        for number, one in enumerate((frame, frame.copy(), changed))
    ]
    assert [len(ids) for ids in found] == [1, 1, 1]
    assert found[0] == found[1] != found[2]


def test_allocated_costs_add_up_to_the_total() -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    tables = exported(frame)
    total = imagedf.estimate_cost(frame, on=DAY)["monthly_cost_usd"].sum()
    assert pc.sum(tables["images"]["monthly_cost_usd"]).as_py() == pytest.approx(total)
    assert pc.sum(tables["image_regions"]["allocated_cost_usd"]).as_py() == pytest.approx(total)


def test_unreadable_tags_have_no_count_and_no_tags_have_the_count_0() -> None:
    # As returned by doctl and by a token without the scope tag:read.
    images = [{"id": 1, "name": "a", "tags": None}, {"id": 2, "name": "b", "tags": []}]
    images.append({"id": 3, "name": "c", "tags": ["x", "y", "x"]})
    tables = exported(imagedf.read_images({"images": images}))
    assert tables["images"]["tag_count"].to_pylist() == [None, 0, 2]
    assert tables["image_tags"]["tag"].to_pylist() == ["x", "y"]


def test_images_without_an_id_have_keys_in_order_of_name() -> None:
    names = ["b", None, "a"]
    images = [{"name": name, "regions": ["nyc1"]} for name in names]
    keys = exported(imagedf.read_images({"images": images}))["images"]["image_key"].to_pylist()
    assert keys == ["default|2026-11-23||2", "default|2026-11-23||3", "default|2026-11-23|"]


@given(shuffled())
@examples(12)
def test_the_key_is_unique_and_the_sizes_add_up(frame: pd.DataFrame) -> None:
    tables = exported(frame)
    keys = tables["images"]["image_key"].to_pylist()
    assert len(set(keys)) == len(keys) == len(imagedf.collapse_regions(frame))
    assert set(tables["image_regions"]["image_key"].to_pylist()) == set(keys)
    assert set(tables["image_tags"]["image_key"].to_pylist()) <= set(keys)
    total = imagedf.total_size(frame)
    for table, measure in (("images", "size_gigabytes"), ("image_regions", "allocated_gigabytes")):
        known = tables[table][measure].drop_null().to_pylist()
        added = sum(known) if known or frame.empty else float("nan")
        assert added == pytest.approx(total, nan_ok=True)


@given(frames)
@examples(12)
def test_both_layouts_give_the_same_bytes_each_time(frame: pd.DataFrame) -> None:
    images = imagedf.collapse_regions(frame)
    before = frame.copy(deep=True)
    assert contents(frame) == contents(frame.copy()) == contents(images)
    pd.testing.assert_frame_equal(frame, before)


@given(listings, st.sampled_from(["a|b", "a%7Cb", "%", "a"]))
@examples(8)
def test_no_account_name_makes_two_keys_one(listing: list[dict[str, Any]], account: str) -> None:
    other = frame_of(listing, account)
    both = pd.concat([frame_of(listing, "a|b|c"), other], ignore_index=True)
    both.loc[both["account"] == "a|b|c", "account"] = None
    keys = exported(both)["images"]["image_key"].to_pylist()
    assert len(set(keys)) == len(keys) == 2 * len(listing)


def test_costs_are_those_of_the_frame_or_of_the_book(tmp_path: Path) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    names = ["billing_class", "monthly_cost_usd", "cost_note"]
    old = imagedf.estimate_cost(frame, on=date(2019, 1, 1))
    new = imagedf.estimate_cost(frame, on=DAY)
    for number, (given_frame, prices, costs) in enumerate(
        [(frame, None, new), (old, None, old), (old, imagedf.PriceBook.load(), new)]
    ):
        star = imagedf.export_star(given_frame, tmp_path / str(number), on=DAY, prices=prices)
        images = pd.read_parquet(star / "images.parquet")
        pd.testing.assert_frame_equal(images[names], costs[names])


def test_another_currency_names_its_columns(tmp_path: Path) -> None:
    book = price_book(BOOK.replace("USD", "EUR"))
    star = imagedf.export_star(imagedf.read_images(DOCUMENTED_PAGE), tmp_path, on=DAY, prices=book)
    images = pq.ParquetFile(star / "images.parquet").read()
    regions = pq.ParquetFile(star / "image_regions.parquet").read()
    assert "monthly_cost_usd" not in images.column_names
    total = pc.sum(images["monthly_cost_eur"]).as_py()
    assert pc.sum(regions["allocated_cost_eur"]).as_py() == pytest.approx(total)


def test_a_day_is_a_date_or_text(tmp_path: Path) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    for day in ("2026-11-23", DAY, datetime(2026, 11, 23, 5, tzinfo=UTC)):
        images = pd.read_parquet(imagedf.export_star(frame, tmp_path, on=day) / "images.parquet")
        assert set(images["snapshot_date"]) == {DAY}


@pytest.fixture
def history(tmp_path: Path) -> Path:
    root = tmp_path / "history"
    for day in ("2026-10-30", "2026-11-01", "2026-11-02"):
        prod = listing(image(1, regions=["a", "b"]), image(2, regions=[], tags=["x"]))
        imagedf.record(together(prod, listing(account="dev")), root, on=day)
    return root


def test_a_history_is_exported_with_all_its_days(history: Path, tmp_path: Path) -> None:
    star = imagedf.export_star(history, tmp_path / "star")
    tables = {name: pq.ParquetFile(star / f"{name}.parquet").read() for name in TABLES}
    assert {name: len(table) for name, table in tables.items()} == {
        "images": 6,
        "image_regions": 9,
        "image_tags": 3,
    }
    grown = imagedf.growth(history)
    sizes = tables["images"].group_by("snapshot_date").aggregate([("size_gigabytes", "sum")])
    assert sorted(sizes["size_gigabytes_sum"].to_pylist()) == grown["size_gigabytes"].tolist()
    known = json.loads(tables["images"].schema.metadata[b"imagedf.certificate"])
    assert [entry["account"] for entry in known["accounts"]] == ["dev", "prod"]
    again = imagedf.export_star(history, tmp_path / "again")
    for path in star.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()
    assert len(ids_of(star)) == 1
    frame = imagedf.export_star(imagedf.read_history(history), tmp_path / "frame")
    assert ids_of(frame) != set()


def test_an_empty_history_is_exported_with_its_columns(tmp_path: Path) -> None:
    imagedf.record(listing(), tmp_path / "history", on=DAY)
    star = imagedf.export_star(tmp_path / "history", tmp_path / "star")
    for name in TABLES:
        table = pq.ParquetFile(star / f"{name}.parquet").read()
        assert len(table) == 0
        assert table.schema.equals(imagedf.schema.STAR[name])


def test_a_history_has_its_own_days(history: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="on="):
        imagedf.export_star(history, tmp_path / "star", on=DAY)
    with pytest.raises(imagedf.HistoryError, match="nowhere"):
        imagedf.export_star(tmp_path / "nowhere", tmp_path / "star")


def test_tables_of_an_earlier_export_are_not_left_beside_another(tmp_path: Path) -> None:
    (tmp_path / "droplets.parquet").write_bytes(b"of yesterday")
    with pytest.raises(imagedf.ImagedfError, match="droplets"):
        imagedf.export_star(imagedf.read_images(DOCUMENTED_PAGE), tmp_path, on=DAY)
    assert [path.name for path in tmp_path.iterdir()] == ["droplets.parquet"]


def test_a_frame_of_several_days_keeps_its_own() -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    days = [frame.assign(snapshot_date=day) for day in ("2026-11-22", "2026-11-23")]
    images = exported(pd.concat(days, ignore_index=True))["images"]
    assert images["snapshot_date"].to_pylist() == [date(2026, 11, 22)] * 6 + [DAY] * 6
    assert len(set(images["image_key"].to_pylist())) == 12


def test_a_second_day_beside_the_frame_s_own_is_refused(tmp_path: Path) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE).assign(snapshot_date="2026-11-22")
    with pytest.raises(imagedf.FrameError, match="snapshot_date"):
        imagedf.export_star(frame, tmp_path, on=DAY)
    frame.loc[3, "snapshot_date"] = None
    with pytest.raises(imagedf.FrameError, match="missing"):
        imagedf.export_star(frame, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("day", ["soon", "01/02/2026", 20261123, True])
def test_a_day_is_not_guessed(tmp_path: Path, day: str | int) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE).assign(snapshot_date=day)
    with pytest.raises(imagedf.FrameError, match="snapshot_date"):
        imagedf.export_star(frame, tmp_path)


def test_a_frame_without_a_documented_column_is_refused(tmp_path: Path) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE).drop(columns=["tags", "status"])
    with pytest.raises(imagedf.FrameError, match="status, tags"):
        imagedf.export_star(frame, tmp_path)


def test_all_three_files_are_replaced_or_none(tmp_path: Path) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    imagedf.export_star(frame, tmp_path, on=DAY)
    before = (tmp_path / "images.parquet").read_bytes()
    (tmp_path / "image_tags.parquet").unlink()
    (tmp_path / "image_tags.parquet").mkdir()
    with pytest.raises(imagedf.ImagedfError, match=r"image_tags\.parquet"):
        imagedf.export_star(frame.iloc[:2], tmp_path, on=DAY)
    assert (tmp_path / "images.parquet").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == FILES


KINDS = {
    "text": ("str", "string", "String", "VARCHAR", "TEXT"),
    "whole": ("Int64", "int64", "BIGINT", "BIG_INT"),
    "real": ("float64", "double", "Float64", "DOUBLE"),
    "truth": ("boolean", "bool", "Boolean", "BOOLEAN", "BOOL"),
    "day": ("object", "date32[day]", "Date", "DATE"),
    "moment": (
        "datetime64[us, UTC]",
        "timestamp[us, tz=UTC]",
        "Datetime(time_unit='us', time_zone='UTC')",
        "TIMESTAMP WITH TIME ZONE",
        "TIMESTAMP_TZ",
    ),
}
"""What each engine calls a type; pandas has no dtype for a day, but its cells are dates."""

KIND_OF = {own: kind for kind, names in KINDS.items() for own in names}


def kinds(types: Mapping[Any, Any]) -> dict[str, str]:
    return {name: KIND_OF[str(kind)] for name, kind in types.items()}


def with_pandas(star: Path) -> Answer:
    tables = {name: pd.read_parquet(star / f"{name}.parquet") for name in TABLES}
    joined = tables["images"].merge(tables["image_regions"], on="image_key")
    assert {type(cell) for cell in tables["images"]["snapshot_date"]} == {date}
    types = {name: kinds(table.dtypes.to_dict()) for name, table in tables.items()}
    rows = {name: len(table) for name, table in tables.items()}
    return types, rows, joined["allocated_gigabytes"].sum()


def with_pyarrow(star: Path) -> Answer:
    tables = {name: pq.read_table(star / f"{name}.parquet") for name in TABLES}
    regions = tables["image_regions"].select(["image_key", "allocated_gigabytes"])
    joined = tables["images"].join(regions, "image_key", join_type="inner")
    types = {
        name: kinds(dict(zip(table.column_names, table.schema.types, strict=True)))
        for name, table in tables.items()
    }
    rows = {name: len(table) for name, table in tables.items()}
    return types, rows, pc.sum(joined["allocated_gigabytes"]).as_py()


def with_polars(star: Path) -> Answer:
    tables = {name: pl.read_parquet(star / f"{name}.parquet") for name in TABLES}
    joined = tables["images"].join(tables["image_regions"], on="image_key")
    types = {name: kinds(dict(table.schema)) for name, table in tables.items()}
    rows = {name: len(table) for name, table in tables.items()}
    return types, rows, float(joined["allocated_gigabytes"].sum())


def with_duckdb(star: Path) -> Answer:
    connection = duckdb.connect()
    places = {name: f"'{star / name}.parquet'" for name in TABLES}
    tables = {name: connection.sql(f"from {place}") for name, place in places.items()}
    types = {
        name: kinds(dict(zip(table.columns, table.types, strict=True)))
        for name, table in tables.items()
    }
    rows = {name: len(table) for name, table in tables.items()}
    ((total,),) = connection.sql(GIGABYTES.format(**places)).fetchall()
    return types, rows, total


def with_tableau(star: Path) -> Answer:
    hyper = pytest.importorskip("tableauhyperapi")
    places = {name: f"external('{star / name}.parquet')" for name in TABLES}
    types, rows = {}, {}
    telemetry = hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU
    with (
        hyper.HyperProcess(telemetry, parameters={"log_config": ""}) as process,
        hyper.Connection(process.endpoint) as connection,
    ):
        for name, place in places.items():
            with connection.execute_query(f"select * from {place}") as result:
                columns = result.schema.columns
                types[name] = kinds({column.name.unescaped: column.type for column in columns})
                rows[name] = sum(1 for _ in result)
        total = connection.execute_scalar_query(GIGABYTES.format(**places))
    return types, rows, total


@pytest.mark.parametrize(
    "read",
    [
        with_pandas,
        with_pyarrow,
        with_polars,
        with_duckdb,
        pytest.param(with_tableau, marks=pytest.mark.tableau),
    ],
)
def test_every_engine_reads_the_same(star: Path, read: Callable[[Path], Answer]) -> None:
    types, rows, gigabytes = read(star)
    declared = imagedf.schema.STAR
    assert types == {
        name: kinds(dict(zip(declared[name].names, declared[name].types, strict=True)))
        for name in TABLES
    }
    assert rows == {"images": 9, "image_regions": 14, "image_tags": 3}
    assert gigabytes == pytest.approx(imagedf.total_size(odd_frame()))
    assert gigabytes == pytest.approx(14.06 + 1.6)


def rechunked(frame: pd.DataFrame) -> pd.DataFrame:
    """Return an equal frame whose text is chunked differently in memory."""
    pieces = [frame.iloc[at : at + 701] for at in range(0, len(frame), 701)]
    again = pd.concat(pieces, ignore_index=True)
    again.attrs = frame.attrs
    pd.testing.assert_frame_equal(again, frame)
    return again


def test_equal_frames_give_equal_bytes_however_they_are_chunked(tmp_path: Path) -> None:
    images = [{"id": n, "name": f"image {n * 7919}", "regions": ["nyc3"]} for n in range(30_000)]
    frame = imagedf.read_images(images)
    files = []
    for number, one in enumerate((frame, rechunked(frame))):
        star = imagedf.export_star(one, tmp_path / str(number), on=DAY)
        flat = imagedf.to_parquet(one, tmp_path / f"{number}.parquet")
        files.append([path.read_bytes() for path in (flat, *sorted(star.iterdir()))])
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", 1.5),
        ("id", 2**63),
        ("size_gigabytes", "a"),
        ("size_gigabytes", 1 + 2j),
        ("name", "\ud800"),
    ],
)
def test_what_does_not_fit_a_column_is_one_clear_error(
    column: str, value: Any, tmp_path: Path
) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    frame[column] = pd.Series([value] * len(frame), dtype=object)
    for write in (
        lambda: imagedf.export_star(frame, tmp_path / "star"),
        lambda: imagedf.record(frame, tmp_path / "history", on=DAY),
        lambda: imagedf.to_parquet(frame, tmp_path / "x.parquet"),
    ):
        with pytest.raises(imagedf.FrameError):
            write()


def test_a_directory_without_a_name_is_not_the_one_where_one_is() -> None:
    with pytest.raises(imagedf.ImagedfError, match="empty"):
        imagedf.export_star(imagedf.read_images(DOCUMENTED_PAGE), "")
