"""The same numbers on pandas, Polars, PyArrow and DuckDB, and nothing computed early."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

import imagedf
from imagedf.frame import to_frame
from tests import strategies
from tests.conftest import DOCUMENTED_PAGE, examples, sample
from tests.engines import (
    BOOK,
    FIRST_DAY,
    KEYS,
    TAGGED,
    accounts,
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

ALL = ENGINES | {"pandas": to_frame}


def assert_same_on_every_engine(frame: pd.DataFrame, asked: Callable[[Any], Any]) -> None:
    expected = rows_of(asked(frame))
    table = arrow(frame)
    for name, engine in ENGINES.items():
        note(name)
        assert_same(rows_of(asked(engine(table))), expected)


@given(
    frame=st.one_of(shuffled(), accounts(), histories()),
    keys=st.sampled_from(KEYS),
    exploded=st.booleans(),
)
@examples(50)
def test_groups_are_the_same(frame: pd.DataFrame, keys: list[str], *, exploded: bool) -> None:
    if not exploded:
        frame = imagedf.collapse_regions(frame)
    if "snapshot_date" in frame.columns:
        keys = ["snapshot_date", *keys]
    assert_same_on_every_engine(frame, lambda held: imagedf.summarize(held, keys, now=NOW))


@given(frame=st.one_of(accounts(), shuffled()), exploded=st.booleans())
@examples(12)
def test_totals_are_the_same(frame: pd.DataFrame, *, exploded: bool) -> None:
    if not exploded:
        frame = imagedf.collapse_regions(frame)
    assert_same_on_every_engine(frame, imagedf.totals)
    total = imagedf.total_size(frame)
    for engine in ENGINES.values():
        assert imagedf.total_size(engine(arrow(frame))) == pytest.approx(total, nan_ok=True)


@pytest.mark.parametrize("engine", list(ENGINES))
def test_an_account_is_totalled_exactly_and_unknown_is_missing(engine: str) -> None:
    listing = [
        {"id": 1, "name": "a", "type": "snapshot", "size_gigabytes": 0.1, "tags": None},
        {"id": 2, "name": "b", "type": "backup", "size_gigabytes": None, "tags": ["x"]},
        {"id": 3, "name": "c", "type": "backup", "size_gigabytes": -3.0, "tags": []},
        {"id": 4, "name": "d", "type": "snapshot", "size_gigabytes": 0.2, "tags": ["x", "y"]},
    ]
    owned = [{**image, "public": False, "status": "available"} for image in listing]
    held = ENGINES[engine](arrow(imagedf.read_images({"images": owned})))
    costs = imagedf.estimate_cost(held, on=FIRST_DAY)
    wanted = ("images", "size_gigabytes", "unknown_size", "monthly_cost_usd", "unknown_cost")

    def figures(frame: Any) -> list[tuple[Any, ...]]:
        return [tuple(row[name] for name in wanted) for row in rows_of(frame)]

    assert figures(imagedf.by_type(costs)) == [(2, 0.3, 0, 0.018, 0), (2, None, 2, None, 2)]
    assert figures(imagedf.totals(costs)) == [(4, 0.3, 2, 0.018, 2)]
    assert [row["tag"] for row in rows_of(imagedf.by_tag(costs))] == ["x", "y", "(unknown)", None]
    allocated = [row["allocated_cost_usd"] for row in rows_of(imagedf.by_tag(costs))]
    assert allocated == [0.006, 0.006, 0.006, None]


@pytest.mark.parametrize("engine", list(ENGINES))
def test_costs_have_no_columns_of_regions(engine: str) -> None:
    frame = imagedf.explode_regions(imagedf.estimate_cost(imagedf.example(), on=FIRST_DAY))
    costs = imagedf.estimate_cost(ENGINES[engine](arrow(frame)), on=FIRST_DAY)
    names = set(rows_of(costs)[0])
    assert {"id", "monthly_cost_usd", "region_count"} <= names
    assert not {"region", "allocated_gigabytes", "allocated_cost_usd"} & names


@pytest.mark.parametrize("engine", list(ENGINES))
def test_a_known_cost_is_the_nearest_float(engine: str) -> None:
    sizes = [number / 100 for number in range(1, 3000, 7)]
    listing = [
        {"id": at, "name": "a", "type": "custom", "public": False, "size_gigabytes": size}
        for at, size in enumerate(sizes)
    ]
    held = ENGINES[engine](arrow(imagedf.read_images({"images": listing})))
    costs = imagedf.estimate_cost(held, on="2026-11-01")
    found = {row["id"]: row["monthly_cost_usd"] for row in rows_of(costs)}
    exact = [Decimal(str(size)) * Decimal("0.06") for size in sizes]
    assert found == {at: float(cost) for at, cost in enumerate(exact)}
    assert [row["monthly_cost_usd"] for row in rows_of(imagedf.totals(costs))] == [
        float(sum(exact))
    ]


PUBLIC = [("base", True), ("base", False), ("application", None), ("snapshot", True), (None, True)]


@pytest.mark.parametrize(("engine", "kind"), sample(product(ENGINES, PUBLIC), 3))
def test_a_public_image_of_two_accounts_counts_once(
    engine: str, kind: tuple[str | None, bool | None]
) -> None:
    type_, public = kind
    parts = [
        strategies.frame_of(
            [{"id": 1, "name": "ubuntu", "type": type_, "public": public, "size_gigabytes": size}],
            account,
        )
        for account, size in (("a", 2.0), ("b", 2.5))
    ]
    held = ENGINES[engine](arrow(pd.concat(parts, ignore_index=True)))
    assert [row["images"] for row in rows_of(imagedf.by_type(held))] == [1]
    assert imagedf.total_size(held) == 2.5
    assert [row["images"] for row in rows_of(imagedf.summarize(held, "account"))] == [1, 1]


def contradicting() -> pa.Table:
    frames = [
        imagedf.read_images(
            [{"id": 7, "name": "a", "type": "snapshot", "public": False, "status": "available"}]
        ).assign(size_gigabytes=size)
        for size in (1.0, 100.0, None)
    ]
    return pa.Table.from_pandas(pd.concat(frames, ignore_index=True), preserve_index=False)


@pytest.mark.parametrize("engine", ["pyarrow", "polars"])
def test_rows_of_an_image_that_contradict_each_other_are_an_error(engine: str) -> None:
    for call in (imagedf.totals, imagedf.by_type, imagedf.estimate_cost):
        with pytest.raises(imagedf.FrameError, match="image 7"):
            call(ENGINES[engine](contradicting()))


@pytest.mark.parametrize("engine", ["pyarrow", "polars"])
def test_a_contradiction_is_noticed_among_images_that_are_alike(engine: str) -> None:
    like = {"type": "snapshot", "public": False, "status": "available"}
    listing = [{"id": number, "name": "a", "size_gigabytes": 1.0, **like} for number in (7, 8, 9)]
    frame = imagedf.read_images({"images": listing})
    again = frame.head(1).assign(size_gigabytes=2.0)
    with pytest.raises(imagedf.FrameError, match="image 7"):
        imagedf.totals(ENGINES[engine](arrow(pd.concat([frame, again], ignore_index=True))))


@pytest.mark.parametrize("engine", ["polars lazy", "duckdb"])
def test_on_a_lazy_engine_the_largest_counts(engine: str) -> None:
    held = ENGINES[engine](contradicting())
    assert imagedf.total_size(held) == 100.0
    (costs,) = rows_of(imagedf.estimate_cost(held, on=FIRST_DAY))
    assert (costs["size_gigabytes"], costs["monthly_cost_usd"]) == (100.0, 6.0)


@pytest.mark.parametrize("engine", ["pyarrow", "polars"])
@pytest.mark.parametrize("layout", [imagedf.explode_regions, imagedf.collapse_regions])
def test_images_without_an_id_are_never_one(engine: str, layout: Any) -> None:
    listing = {"name": "a", "type": "snapshot", "public": False, "regions": ["nyc1", "ams3"]}
    images = [{**listing, "size_gigabytes": size} for size in (1.0, 2.0, 2.0)]
    held = ENGINES[engine](arrow(layout(imagedf.read_images({"images": images}))))
    assert imagedf.total_size(held) == 5.0
    assert sum(row["allocated_gigabytes"] for row in rows_of(imagedf.by_region(held))) == 5.0
    costs = rows_of(imagedf.estimate_cost(held, on=FIRST_DAY))
    assert sorted(row["size_gigabytes"] for row in costs) == [1.0, 2.0, 2.0]


@pytest.mark.parametrize("layout", [imagedf.explode_regions, imagedf.collapse_regions])
@pytest.mark.parametrize("engine", list(ALL))
def test_an_image_without_an_id_counts_once_under_each_of_its_tags(
    engine: str, layout: Any
) -> None:
    image = {"name": "a", "type": "snapshot", "public": False, "size_gigabytes": 6.0}
    frame = strategies.frame_of([image | {"regions": ["x", "y"], "tags": ["t", "u", "t"]}])
    found = rows_of(imagedf.by_tag(ALL[engine](arrow(layout(frame)))))
    wanted = ("tag", "images", "size_gigabytes", "allocated_gigabytes")
    assert [tuple(row[name] for name in wanted) for row in found] == [
        ("t", 1, 6.0, 3.0),
        ("u", 1, 6.0, 3.0),
    ]


@pytest.mark.parametrize("engine", list(ALL))
def test_public_images_without_an_id_are_one_per_account(engine: str) -> None:
    image = {"name": "a", "type": "base", "public": True, "size_gigabytes": 1.0}
    both = pd.concat([strategies.frame_of([image], account) for account in ("prod", "dev")])
    held = ALL[engine](arrow(both.reset_index(drop=True)))
    assert [row["images"] for row in rows_of(imagedf.totals(held))] == [2]


@pytest.mark.parametrize("engine", list(ALL))
def test_a_column_of_tags_that_lost_its_type_is_unknown(engine: str) -> None:
    table = arrow(strategies.frame_of([{"id": 1, "name": "a", "size_gigabytes": 1.0}]))
    place = table.column_names.index("tags")
    untyped = table.set_column(place, "tags", pa.nulls(len(table)))
    found = rows_of(imagedf.by_tag(ALL[engine](untyped)))
    assert [(row["tag"], row["images"]) for row in found] == [("(unknown)", 1)]


@pytest.mark.parametrize("engine", list(ENGINES))
def test_days_of_a_history_are_not_added_up(engine: str) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    days = pd.concat([on_day(frame, number) for number in range(2)], ignore_index=True)
    for call in (imagedf.totals, imagedf.total_size, imagedf.by_type):
        with pytest.raises(imagedf.FrameError, match="snapshot_date"):
            call(ENGINES[engine](arrow(days)))
    assert len(rows_of(imagedf.summarize(ENGINES[engine](arrow(days)), "snapshot_date"))) == 2


@pytest.mark.parametrize("engine", list(ENGINES))
def test_use_is_yes_no_or_unknown(engine: str) -> None:
    table = arrow(imagedf.collapse_regions(imagedf.read_images(DOCUMENTED_PAGE)).head(3))
    uses = pa.array([["droplet:1"], [], None], pa.list_(pa.string()))
    held = ENGINES[engine](table.append_column("used_by", uses))
    assert {row["used"]: row["images"] for row in rows_of(imagedf.summarize(held, "used"))} == {
        "yes": 1,
        "no": 1,
        "unknown": 1,
    }


@given(frame=shuffled(), dated=st.booleans(), tagged=st.booleans())
@examples(15)
def test_costs_add_up_to_the_same(frame: pd.DataFrame, *, dated: bool, tagged: bool) -> None:
    keys = ["account", "type", "billing_class", "cost_note"]
    if dated:
        days = [on_day(frame, number) for number in range(2)]
        frame, keys = pd.concat(days, ignore_index=True), ["snapshot_date", *keys]
    book = price_book(BOOK + (TAGGED if tagged else ""))
    assert_same_on_every_engine(
        frame,
        lambda held: imagedf.summarize(
            imagedf.estimate_cost(held, prices=book, on=FIRST_DAY), keys
        ),
    )


@given(frame=histories(), by=st.sampled_from([None, "account", ["type", "region"]]))
@examples(12)
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
    """Return one query of each kind: groups, groups by a part of the image, costs, totals."""
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
def test_the_result_is_a_frame_of_the_same_kind(engine: str) -> None:
    held = ENGINES[engine](arrow(imagedf.read_images(DOCUMENTED_PAGE)))
    assert {type(result) for result in asked(held)} == {type(held)}


def test_polars_computes_nothing_before_collect() -> None:
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


def test_duckdb_computes_nothing_before_a_fetch() -> None:
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
def test_an_image_that_repeats_in_one_layout_costs_once(engine: str) -> None:
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
    assert math.isnan(imagedf.total_size(frame))
    (total,) = rows_of(imagedf.totals(frame))
    assert (total["images"], total["unknown_size"], total["size_gigabytes"]) == (6, 6, None)


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
