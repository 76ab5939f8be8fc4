"""A generated history of 40 million rows, summarized by Spark in a process with limited memory.

``python -m tests.benchmarks.spark_history DIR [--accounts N --days N --images N --memory 1g]``;
the history is created in ``DIR`` unless it exists. Needs the group ``spark`` and Java.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import imagedf
from tests.benchmarks import data
from tests.benchmarks.history import LAST, recorded, write_on

_STATUS = "/proc/{}/status"


def make(root: Path, accounts: int, days: int, images: int) -> None:
    """Write a history in which each account has the same images on each day."""
    listed = imagedf.own_images(imagedf.read_images(list(data.bodies(images))))
    for number in range(accounts):
        account = f"account-{number:02}"
        folder = root / account
        folder.mkdir(parents=True, exist_ok=True)
        table = recorded(_of(listed, account), LAST)
        for back in range(days):
            day = LAST - timedelta(days=back)
            write_on(table, day, folder / f"{day}.parquet")


def _of(listed: Any, account: str) -> Any:
    """Return the images as a listing of another account."""
    attrs = listed.attrs["imagedf"]
    entries = [{**entry, "account": account} for entry in attrs["accounts"]]
    frame = listed.assign(account=account).astype({"account": "str"})
    frame.attrs["imagedf"] = {**attrs, "accounts": entries}
    return frame


def summarised(root: Path, memory: str) -> tuple[int, list[Any], float]:
    """Return the rows of the history, its groups by Spark, and the peak memory of Java [MB]."""
    from pyspark.sql import SparkSession
    from pyspark.sql.pandas.types import from_arrow_schema

    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", memory)
    spark = builder.config("spark.ui.enabled", "false").getOrCreate()
    try:
        schema = from_arrow_schema(imagedf.schema.HISTORY_SCHEMA)
        rows = spark.read.schema(schema).parquet(f"{root}/*")
        count = rows.count()
        groups = imagedf.summarize(rows, ["snapshot_date", "type"]).toPandas()
        jvm: Any = spark.sparkContext._jvm
        java = jvm.java.lang.ProcessHandle.current().pid()
        return count, groups.to_dict("records"), _peak(int(java))
    finally:
        spark.stop()


def _peak(process: int) -> float:
    lines = Path(_STATUS.format(process)).read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def expected(root: Path) -> Iterator[tuple[str, int, float]]:
    """Yield type, images and GB of one day, from only the files of that day."""
    paths = sorted(root.glob(f"*/{LAST}.parquet"))
    frames = [pq.ParquetFile(path).read(["type", "size_gigabytes"]).to_pandas() for path in paths]
    import pandas as pd

    sums = pd.concat(frames).groupby("type")["size_gigabytes"].agg(["size", "sum"])
    yield from ((str(kind), int(n), float(gb)) for kind, n, gb in sums.itertuples())


def main() -> None:
    """Create the history if needed, summarize it, and compare the last day."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--accounts", type=int, default=20)
    parser.add_argument("--days", type=int, default=1_096)
    parser.add_argument("--images", type=int, default=1_900)
    parser.add_argument("--memory", default="1g", help="the heap that Spark gets")
    options = parser.parse_args()
    if not options.root.exists():
        make(options.root, options.accounts, options.days, options.images)
    start = time.perf_counter()
    count, groups, peak = summarised(options.root, options.memory)
    seconds = time.perf_counter() - start
    found = {
        (str(row["type"]), int(row["images"]), round(float(row["size_gigabytes"]), 3))
        for row in groups
        if row["snapshot_date"] == LAST
    }
    assert found == {(kind, n, round(gb, 3)) for kind, n, gb in expected(options.root)}
    print(f"{count:,} rows, {len(groups):,} groups: {seconds:.0f} s, heap {options.memory}, "
          f"peak of Java {peak:,.0f} MB")  # fmt: skip


if __name__ == "__main__":
    main()
