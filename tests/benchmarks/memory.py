"""Peak memory of a fetch to a frame, and of the command that streams to Parquet."""

from __future__ import annotations

import atexit
import importlib
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import data
from tests.benchmarks.common import (
    Candidate,
    Case,
    Cost,
    Goal,
    Section,
    compare,
    in_child,
    median,
)

if TYPE_CHECKING:
    import pandas as pd

_HERE = "tests.benchmarks.memory"
_STREAM = "imagedf fetch -o big.parquet"
_COLLECT = "all collected, then one write"
_NAIVE = "requests, json_normalize, to_parquet"


def run(*, quick: bool) -> list[Section]:
    """Measure peaks at growing sizes."""
    sizes = (10_000, 100_000, 300_000) if quick else (100_000, 1_000_000, 3_000_000)
    rounds = 1 if quick else 3
    return [_frames(sizes[:2], rounds), _streams(sizes, rounds)]


def _frames(sizes: Sequence[int], rounds: int) -> Section:
    rows = []
    for images in sizes:
        with data.server(images) as url:
            candidate = Candidate("fetch_images", f"{_HERE}:frame", (url,))
            runs = [in_child(candidate, checked=True) for _ in range(rounds)]
        peak, held = median([cost for cost, _ in runs]).peak, runs[0][1]
        rows.append({"images": images, "peak MB": peak, "frame holds MB": held,
                     "peak / held": peak / held})  # fmt: skip
    goal = Goal(f"{images:,} images: peak against what the frame holds", 1.3, peak / held)
    note = "Above the imports; what the frame holds is memory_usage(deep=True), shared lists once."
    return Section(f"Memory of fetch_images, medians of {rounds}", rows, [goal], [note])


def _streams(sizes: Sequence[int], rounds: int) -> Section:
    small, middle, large = sizes
    rows: list[dict[str, Any]] = []
    peaks: dict[int, Cost] = {}
    for images in sizes:
        names = {_STREAM: "streamed"}
        if images <= middle:
            names |= {_COLLECT: "collected"}
        if images == small:
            names |= {_NAIVE: "naive"}
        with data.server(images) as url:
            candidates = [Candidate(n, f"{_HERE}:{f}", (url,)) for n, f in names.items()]
            costs = compare(candidates, 1 if images == large else rounds)
        peaks[images] = costs[_STREAM]
        rows += [{"candidate": n, "images": images, "peak MB": c.peak, "CPU s": c.cpu,
                  "wall s": c.wall} for n, c in costs.items()]  # fmt: skip
        if images == middle:
            cpu = costs[_STREAM].cpu / costs[_COLLECT].cpu
    goals = [
        Goal(f"{middle:,} images: peak in MB", 150, peaks[middle].peak),
        Goal(f"{large:,} images: peak against {middle:,}", 1.2,
             peaks[large].peak / peaks[middle].peak),
        Goal(f"{middle:,} images: CPU against collecting first", 1.25, cpu),
    ]  # fmt: skip
    note = "Above the imports."
    return Section(f"Memory on the way to Parquet, medians of {rounds}", rows, goals, [note])


def frame(url: str) -> Case:
    """Fetch into the typed frame; return its size according to pandas [MB]."""
    import imagedf
    import imagedf.frame

    fetch = imagedf.fetch_images
    limits = imagedf.Limits(max_pages=10**6)
    return Case(
        lambda: fetch(data.TOKEN, base_url=url, limits=limits),
        lambda made: _held(made) / 2**20,
    )


def _held(frame: pd.DataFrame) -> float:
    """Return the size according to pandas, with the lists that rows share counted once."""
    cells = frame["tags"].tolist()
    lists = {id(cell): cell for cell in cells}
    repeated = sum(map(sys.getsizeof, cells)) - sum(map(sys.getsizeof, lists.values()))
    return float(frame.memory_usage(deep=True).sum()) - repeated


def streamed(url: str) -> Case:
    """Run the command that streams, in this process."""
    from imagedf.cli import main

    # The command imports these when it first needs them.
    for module in ("imagedf.client", "imagedf.client._transport", "imagedf.files._parquet"):
        importlib.import_module(module)
    path = _target()
    os.environ |= {"DIGITALOCEAN_TOKEN": data.TOKEN, "DIGITALOCEAN_API_URL": url}
    order = ["--quiet", "fetch", "-o", path]

    def fetch() -> None:
        if main(order, standalone_mode=False):
            raise SystemExit("the command failed")

    return Case(fetch, lambda _: _signed(path))


def collected(url: str) -> Case:
    """Fetch everything into one Arrow table, then write it; no pandas either."""
    import pyarrow.parquet as pq

    from imagedf.client import IMAGES, Limits, Restart, check_settings, open_fetch
    from imagedf.pages import explode_images, stacked
    from imagedf.schema import EXPLODED_SCHEMA

    path = _target()
    settings = check_settings(
        token=data.TOKEN, accounts=None, type=None, private=None, tag_name=None, base_url=url,
        per_page=200, max_workers=8, timeout=60, max_retries=5, limits=Limits(),
    )  # fmt: skip

    def fetch() -> None:
        with open_fetch(settings) as opened:
            listing = opened.listing("default", IMAGES)
            with opened.workers(settings.max_workers) as executor:
                given = listing.tables(executor)
                tables = [
                    explode_images(table, "default")
                    for table in given
                    if not isinstance(table, Restart)
                ]
        table = stacked(tables).cast(EXPLODED_SCHEMA)
        pq.write_table(table, path, compression="zstd", row_group_size=128 * 1024)

    return Case(fetch, lambda _: _signed(path))


def naive(url: str) -> Case:
    """Do what most people would: a loop, json_normalize, explode, to_parquet."""
    import pandas as pd

    from tests.benchmarks.fetch import chain
    from tests.benchmarks.parse import finished

    importlib.import_module("pyarrow.parquet")
    path, loop = _target(), chain(url)

    def fetch() -> None:
        finished(pd.json_normalize(loop.run())).to_parquet(path, compression="zstd")

    return Case(fetch, lambda _: _signed(path))


def _target() -> str:
    """Return the name of a temporary file of this process."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return str(Path(folder.name) / "big.parquet")


def _signed(path: str) -> list[Any]:
    """Return a signature of a file by its columns: rows, nulls, order and values."""
    import duckdb

    query = """
        select count(*), sum(id * place), sum(size_gigabytes), count(size_gigabytes),
            sum(hash(name) % 1000003 * (place % 1009)), count(region),
            sum(hash(region, type, distribution, slug, public, status, account) % 1000003),
            sum(epoch_us(created_at)), count(slug), sum(len(tags)), sum(region_count),
            sum(min_disk_size), count(description), sum(round(allocated_gigabytes, 9))
        from (select *, row_number() over () as place from read_parquet(?))
    """
    row = duckdb.connect().execute(query, [path]).fetchone()
    assert row is not None
    return [round(value, 3) if isinstance(value, float) else int(value) for value in row]
