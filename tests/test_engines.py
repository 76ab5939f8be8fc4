"""The same numbers on pandas, Polars, PyArrow and DuckDB, and nothing computed early."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

import imagedf
from tests.conftest import DOCUMENTED_PAGE
from tests.engines import (
    BOOK,
    FIRST_DAY,
    KEYS,
    TAGGED,
    arrow,
    assert_same,
    histories,
    on_day,
    price_book,
    rows_of,
)
from tests.strategies import shuffled

NOW = datetime(2026, 11, 23, tzinfo=UTC)


CONNECTION = duckdb.connect()

ENGINES: dict[str, Callable[[pa.Table], Any]] = {
    "pyarrow": lambda table: table,
    "polars": pl.DataFrame,
    "polars lazy": lambda table: pl.DataFrame(table).lazy(),
    "duckdb": CONNECTION.from_arrow,
}


def assert_same_on_every_engine(frame: pd.DataFrame, asked: Callable[[Any], Any]) -> None:
    expected = rows_of(asked(frame))
    table = arrow(frame)
    for name, engine in ENGINES.items():
        note(name)
        assert_same(rows_of(asked(engine(table))), expected)


@given(frame=st.one_of(shuffled(), histories()), keys=st.sampled_from(KEYS), exploded=st.booleans())
@settings(max_examples=35)
def test_groups_are_the_same(frame: pd.DataFrame, keys: list[str], *, exploded: bool) -> None:
    if not exploded:
        frame = imagedf.collapse_regions(frame)
    if "snapshot_date" in frame.columns:
        keys = ["snapshot_date", *keys]
    assert_same_on_every_engine(frame, lambda held: imagedf.summarize(held, keys, now=NOW))


@given(frame=histories(), exploded=st.booleans())
@settings(max_examples=8)
def test_totals_are_the_same(frame: pd.DataFrame, *, exploded: bool) -> None:
    if not exploded:
        frame = imagedf.collapse_regions(frame)
    assert_same_on_every_engine(frame, imagedf.totals)
    total = imagedf.total_size(frame)
    for engine in ENGINES.values():
        assert imagedf.total_size(engine(arrow(frame))) == pytest.approx(total)


@given(frame=shuffled(), dated=st.booleans(), tagged=st.booleans())
@settings(max_examples=15)
def test_costs_add_up_to_the_same(frame: pd.DataFrame, *, dated: bool, tagged: bool) -> None:
    keys = ["account", "type", "billing_class", "cost_note"]
    if dated:
        days = [on_day(frame, number) for number in range(2)]
        frame, keys = pd.concat(days, ignore_index=True), ["snapshot_date", *keys]
    book = price_book(BOOK + (TAGGED if tagged else ""))
    assert_same_on_every_engine(
        frame,
        lambda held: imagedf.summarize(imagedf.estimate_cost(held, book, on=FIRST_DAY), keys),
    )


@given(frame=histories(), by=st.sampled_from([None, "account", ["type", "region"]]))
@settings(max_examples=12)
def test_growth_is_the_same(frame: pd.DataFrame, by: str | list[str] | None) -> None:
    assert_same_on_every_engine(frame, lambda held: imagedf.growth(held, by))


def test_a_month_is_the_month_in_utc_whatever_the_zone_of_the_session() -> None:
    listing = [{"id": 1, "name": "a", "created_at": "2026-01-31T23:30:00Z", "size_gigabytes": 1.0}]
    frame = imagedf.read_images({"images": listing})
    there = frame.assign(created_at=frame["created_at"].dt.tz_convert("Pacific/Auckland"))
    session = duckdb.connect()
    session.execute("set TimeZone = 'Pacific/Auckland'")
    for held in (
        there,
        pa.Table.from_pandas(there),
        pl.DataFrame(pa.Table.from_pandas(there)),
        session.from_arrow(arrow(frame)),
    ):
        assert rows_of(imagedf.summarize(held, "month"))[0]["month"] == "2026-01"


def asked(frame: Any) -> list[Any]:
    """Ask for one of each: groups, groups by a part of the image, costs, totals."""
    return [
        imagedf.by_distribution(frame),
        imagedf.by_region(frame),
        imagedf.by_type(imagedf.estimate_cost(frame, on=FIRST_DAY)),
        imagedf.totals(frame),
    ]


@pytest.mark.parametrize("engine", list(ENGINES))
def test_a_list_that_became_text_is_refused(engine: str) -> None:
    table = arrow(imagedf.read_images(DOCUMENTED_PAGE))
    column = pa.array([str(cell) for cell in table["tags"].to_pylist()])
    text = table.drop_columns("tags").append_column("tags", column)
    with pytest.raises(imagedf.FrameError, match="tags must contain lists"):
        imagedf.by_tag(ENGINES[engine](text))


@pytest.mark.parametrize("engine", list(ENGINES))
def test_the_kind_of_frame_that_goes_in_comes_out(engine: str) -> None:
    held = ENGINES[engine](arrow(imagedf.read_images(DOCUMENTED_PAGE)))
    assert {type(result) for result in asked(held)} == {type(held)}


def test_polars_computes_nothing_before_it_is_asked() -> None:
    seen: list[int] = []

    def counted(rows: pl.DataFrame) -> pl.DataFrame:
        seen.append(len(rows))
        return rows

    table = pl.DataFrame(arrow(imagedf.read_images(DOCUMENTED_PAGE)))
    scan = table.lazy().map_batches(counted, schema=table.schema)
    lazy = asked(scan)
    assert seen == []
    assert [len(rows_of(frame)) for frame in lazy] == [4, 2, 2, 1]
    assert seen == [10] * 4


def test_duckdb_computes_nothing_before_it_is_asked() -> None:
    seen: list[int] = []

    def counted(number: int) -> int:
        seen.append(number)
        return number

    connection = duckdb.connect()
    connection.create_function("counted", counted, ["BIGINT"], "BIGINT", side_effects=True)
    table = arrow(imagedf.read_images(DOCUMENTED_PAGE))
    connection.register("images", table)
    lazy = asked(connection.sql("select * replace (counted(id) as id) from images"))
    assert seen == []
    assert [len(rows_of(frame)) for frame in lazy] == [4, 2, 2, 1]
    assert len(seen) >= 40


@pytest.mark.parametrize("engine", ENGINES)
def test_an_image_that_repeats_on_its_grain_costs_once(engine: str) -> None:
    images = imagedf.collapse_regions(imagedf.read_images(DOCUMENTED_PAGE))
    twice = ENGINES[engine](arrow(pd.concat([images, images], ignore_index=True)))
    costs = imagedf.estimate_cost(twice, on=FIRST_DAY)
    amounts = [row["monthly_cost_usd"] for row in rows_of(costs)]
    assert (len(amounts), round(sum(amounts), 4)) == (6, 0.702)


@pytest.mark.parametrize("engine", ENGINES)
def test_nan_is_an_unknown_size(engine: str) -> None:
    table = arrow(imagedf.read_images(DOCUMENTED_PAGE))
    sizes = pa.array([float("nan")] * table.num_rows)
    table = table.set_column(table.column_names.index("size_gigabytes"), "size_gigabytes", sizes)
    frame = ENGINES[engine](table)
    assert imagedf.total_size(frame) == 0.0
    (total,) = rows_of(imagedf.totals(frame))
    assert (total["images"], total["unknown_size"]) == (6, 6)


@pytest.mark.parametrize("engine", ENGINES)
def test_categories_are_texts(engine: str) -> None:
    table = arrow(imagedf.read_images(DOCUMENTED_PAGE))
    for name in ("type", "status"):
        place = table.column_names.index(name)
        table = table.set_column(place, name, table.column(name).dictionary_encode())
    frame = ENGINES[engine](table)
    kinds = {row["type"]: row["images"] for row in rows_of(imagedf.by_type(frame))}
    assert kinds == {"snapshot": 5, "custom": 1}
    assert len(rows_of(imagedf.estimate_cost(frame, on=FIRST_DAY))) == 6
