"""The same numbers from Spark: from a cluster of two workers if thorough, else one process."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import imagedf
from tests.conftest import DOCUMENTED_PAGE, ROOT, THOROUGH
from tests.engines import BOOK, FIRST_DAY, TAGGED, assert_same, odd_history, price_book, rows_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SMALL = ["account", "snapshot_date"]
"""The columns that identify one of the small frames in ``odd_history``."""

Asked = Callable[[Any], Any]

# A few queries, since each takes seconds on Spark: all kinds of keys, costs, days.
QUERIES: dict[str, tuple[str, Asked]] = {
    "plain keys": (
        "exploded",
        lambda rows: imagedf.summarize(rows, [*SMALL, "age", "distribution"], now=NOW),
    ),
    "parts of an image": (
        "image",
        lambda rows: imagedf.summarize(rows, [*SMALL, "region", "tag"], now=NOW),
    ),
    "costs and months": (
        "exploded",
        lambda rows: imagedf.summarize(
            imagedf.estimate_cost(rows, prices=price_book(BOOK + TAGGED)),
            [*SMALL, "month", "type", "cost_note"],
        ),
    ),
    "public images of several accounts": (
        "image",
        lambda rows: imagedf.summarize(rows, ["snapshot_date", "type"]),
    ),
    "growth": ("exploded", lambda rows: imagedf.growth(rows, "region")),
}
each_query = pytest.mark.parametrize("query", list(QUERIES))


@pytest.fixture(scope="module")
def grains(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The odd history as one file in each layout."""
    folder = tmp_path_factory.mktemp("grains")
    exploded = odd_history()
    images = imagedf.collapse_regions(exploded)
    return {
        "exploded": imagedf.to_parquet(exploded, folder / "exploded.parquet"),
        "image": imagedf.to_parquet(images, folder / "image.parquet"),
    }


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three days of two accounts."""
    root = tmp_path_factory.mktemp("history")
    for day in (21, 22, 23):
        for account in ("a", "b"):
            frame = imagedf.read_images(DOCUMENTED_PAGE, account=account)
            imagedf.record(frame.iloc[: 3 * day], root, on=date(2026, 11, day))
    return root


def spark_home(folder: Path, package: Path) -> Path:
    """Link what pip installed into a separate home, since workers write to theirs."""
    folder.mkdir()
    for part in package.iterdir():
        (folder / part.name).symlink_to(part)
    return folder


# Workers are processes of their own, and compiling the small queries takes longer than they do.
MASTER = "local-cluster[2,1,1024]" if THOROUGH else "local[2]"
COMPILED = {"spark.sql.codegen.factoryMode": "FALLBACK" if THOROUGH else "NO_CODEGEN"}


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A Spark session with two workers or threads, in a zone that is not UTC."""
    if shutil.which("java") is None:
        pytest.skip("needs Java 17 for Spark")
    pyspark = pytest.importorskip("pyspark")
    sql = pytest.importorskip("pyspark.sql")
    work = tmp_path_factory.mktemp("spark")
    quick_start = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    settings = {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.extraJavaOptions": quick_start,
        "spark.executor.extraJavaOptions": quick_start,
        "spark.log.level": "ERROR",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.session.timeZone": "Pacific/Auckland",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(work / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_HOME", str(spark_home(work / "home", Path(pyspark.__file__).parent)))
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        builder = sql.SparkSession.builder.master(MASTER)
        session = builder.config(map=settings | COMPILED).getOrCreate()
        yield session
        session.stop()


def jobs(spark: Any) -> int:
    """Return the number of jobs that the cluster ran."""
    return len(spark.sparkContext.statusTracker().getJobIdsForGroup())


@pytest.mark.spark
@each_query
def test_spark_returns_the_same_when_computed(
    spark: Any, grains: dict[str, Path], query: str
) -> None:
    grain, ask = QUERIES[query]
    rows = spark.read.parquet(str(grains[grain]))
    before = jobs(spark)
    answer = ask(rows)
    assert jobs(spark) == before
    assert type(answer) is type(rows)
    assert_same(rows_of(answer), rows_of(ask(imagedf.read_parquet(grains[grain]))))
    assert jobs(spark) > before


@pytest.mark.spark
def test_spark_reads_the_star_without_an_option(spark: Any, tmp_path: Path) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    star = imagedf.export_star(frame, tmp_path, on=FIRST_DAY)
    tables = {
        name: spark.read.parquet(str(star / f"{name}.parquet")) for name in imagedf.schema.STAR
    }
    names = {
        "string": "string",
        "int64": "bigint",
        "double": "double",
        "bool": "boolean",
        "date32[day]": "date",
        "timestamp[us, tz=UTC]": "timestamp",
    }
    for name, declared in imagedf.schema.STAR.items():
        kinds = [(field.name, names[str(field.type)]) for field in declared]
        assert tables[name].dtypes == kinds
    joined = tables["images"].join(tables["image_regions"], "image_key")
    (row,) = joined.groupBy().agg({"allocated_gigabytes": "sum", "*": "count"}).collect()
    assert row["sum(allocated_gigabytes)"] == pytest.approx(imagedf.total_size(frame))
    assert row["count(1)"] == 10
    assert [tables[name].count() for name in tables] == [6, 10, 1]


@pytest.mark.spark
def test_the_recipe_for_a_spark_cluster_runs(spark: Any, history: Path, tmp_path: Path) -> None:
    recipe = runpy.run_path(str(ROOT / "notebooks" / "spark_history.py"))
    recipe["main"](str(history), "distribution", str(tmp_path / "growth"))
    written = pq.read_table(tmp_path / "growth").to_pylist()
    expected = imagedf.growth(history, "distribution")
    in_order = sorted(written, key=lambda row: (row["snapshot_date"], row["distribution"]))
    days = expected.assign(snapshot_date=expected["snapshot_date"].dt.date)
    assert_same(in_order, rows_of(days))
