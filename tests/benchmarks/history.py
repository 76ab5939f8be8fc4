"""Three years of days on DuckDB: the trend beside DuckDB's own SQL, and recording a day.

``python -m tests.benchmarks.history [--quick] [-o results.json]``
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import imagedf
from imagedf._certificates import ATTRS_KEY, Certificate
from tests.benchmarks.common import (
    Candidate,
    Case,
    Cost,
    Goal,
    Section,
    as_json,
    compare,
    in_child,
    machine,
    shown,
)

ACCOUNTS = 20
IMAGES = 200
LAST = date(2026, 11, 23)
_HERE = "tests.benchmarks.history"
_SYSTEMS = ("Ubuntu", "Debian", "Fedora", "CentOS", "Rocky Linux", "AlmaLinux", None)

SQL = """
with sums as (
    select snapshot_date, account, distribution, count(*) as images,
           sum(size_gigabytes) as size_gigabytes, count(size_gigabytes) as known,
    from read_parquet('{root}/*/*.parquet') group by all
), days as (select snapshot_date, count(distinct account) as accounts from sums group by all)
select snapshot_date, distribution, any_value(accounts) as accounts,
       sum(images)::bigint as images,
       round(coalesce(sum(size_gigabytes), 0), 9) as size_gigabytes,
       (sum(images) - sum(known))::bigint as unknown_size
from sums join days using (snapshot_date)
group by all order by all
"""
"""A query for the columns of ``growth``, as someone who knows DuckDB would write it by hand."""

SHORT_SQL = """
select snapshot_date, distribution, count(*) as images,
       round(coalesce(sum(size_gigabytes), 0), 9) as size_gigabytes,
       count(*) - count(size_gigabytes) as unknown_size
from read_parquet('{root}/*/*.parquet')
group by all order by all
"""
"""Without the number of accounts per day, so that a missing account looks like a decline."""


def listing(account: int, count: int = IMAGES) -> pd.DataFrame:
    """Return the first images of one account, by default all that it has on the last day."""
    chance = random.Random(account)
    images = [
        {
            "id": 1_000_000 * account + number,
            "name": f"web-{account}-{number}",
            "type": chance.choice(("snapshot", "snapshot", "backup", "custom")),
            "distribution": chance.choice(_SYSTEMS),
            "public": False,
            "regions": chance.sample(("nyc3", "ams3", "sgp1"), chance.randint(1, 3)),
            "created_at": f"202{chance.randint(0, 5)}-0{chance.randint(1, 9)}-11T10:00:00Z",
            "min_disk_size": 25,
            "size_gigabytes": chance.choice((None, *(chance.randint(1, 9000) / 100,) * 20)),
            "tags": chance.sample(("env:prod", "team:web", "keep"), chance.randint(0, 2)),
            "status": "available",
        }
        for number in range(IMAGES)
    ]
    page = {"images": images[:count], "meta": {"total": count}}
    return imagedf.read_images(page, account=f"account-{account:02}")


def whole_day() -> pd.DataFrame:
    """Return the frame of one fetch of all accounts."""
    frames = [listing(account) for account in range(ACCOUNTS)]
    entries = [entry for frame in frames for entry in imagedf.certificate(frame).accounts]
    day = pd.concat(frames, ignore_index=True)
    day.attrs[ATTRS_KEY] = Certificate(tuple(entries)).to_dict()
    return day


def make_history(root: Path, days: int) -> int:
    """Write a history; return its image rows.

    A day is recorded once for each number of images that an account ever had, and its file
    given the other days: recording every day by itself would take an hour.
    """
    rows = 0
    for number in range(ACCOUNTS):
        for count, dates in _spans(days):
            table = recorded(listing(number, count), dates[0])
            folder = root / f"account-{number:02}"
            folder.mkdir(parents=True, exist_ok=True)
            for day in dates:
                write_on(table, day, folder / f"{day}.parquet")
            rows += count * len(dates)
    return rows


def recorded(frame: pd.DataFrame, day: date) -> pa.Table:
    """Record a listing, and return what was written."""
    with tempfile.TemporaryDirectory() as folder:
        imagedf.record(frame, folder, on=day)
        (path,) = Path(folder).glob("*/*.parquet")
        return pq.ParquetFile(path).read()


def write_on(table: pa.Table, day: date, path: Path) -> None:
    """Write a recorded table as that of another day."""
    place = table.column_names.index("snapshot_date")
    days = pa.repeat(pa.scalar(day, pa.date32()), len(table))
    moved = table.set_column(place, table.schema.field(place), days)
    pq.write_table(moved, path, write_page_checksum=True)


def _spans(days: int) -> Iterator[tuple[int, list[date]]]:
    """Return the days and the number of images on each: from 156 to 200."""
    first = LAST - timedelta(days=days - 1)
    by_count: dict[int, list[date]] = {}
    for number in range(days):
        count = IMAGES - 44 + 44 * number // max(days - 1, 1)
        by_count.setdefault(count, []).append(first + timedelta(days=number))
    yield from by_count.items()


def part_of(whole: Path, root: Path, days: int) -> Path:
    """Create a history of the last days of another one, with links to its files."""
    first = str(LAST - timedelta(days=days - 1))
    for folder in whole.iterdir():
        (root / folder.name).mkdir(parents=True)
        for file in folder.iterdir():
            if file.name >= first:
                os.link(file, root / folder.name / file.name)
    return root


def in_sql(root: str, query: str) -> Case:
    """DuckDB's own SQL."""
    import duckdb

    connection = duckdb.connect()
    return Case(lambda: connection.from_query(query.format(root=root)).to_arrow_table(), _figures)


def in_growth(root: str) -> Case:
    """The trend of the directory, totaled by DuckDB."""
    _warm()
    return Case(lambda: imagedf.growth(root, "distribution"), _figures)


def in_regions(root: str) -> Case:
    """The trend by region, which unnests the lists on DuckDB."""
    _warm()
    return Case(lambda: imagedf.growth(root, "region"), lambda _: None)


def in_star(root: str) -> Case:
    """The same query on the star tables that ``export_star`` writes from the history."""
    import duckdb

    query = SQL.replace("{root}/*/*.parquet", "{root}/images.parquet").format(root=root)
    connection = duckdb.connect()
    return Case(lambda: connection.from_query(query).to_arrow_table(), _figures)


def record_day(root: str, account: int | None) -> Case:
    """Record the day after the last one, once before measuring."""
    frame = whole_day() if account is None else listing(account)
    day = LAST + timedelta(days=1)
    imagedf.record(frame, root, on=day)
    return Case(lambda: imagedf.record(frame, root, on=day))


def peak_of_growth(root: str) -> Case:
    """The trend again, for the peak memory of its process [MB]."""
    case = in_growth(root)
    return Case(case.run, lambda _: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _warm() -> None:
    """Import what a first call imports."""
    import duckdb

    duckdb.connect().execute("select 1").fetchall()
    with tempfile.TemporaryDirectory() as folder:
        imagedf.record(listing(0), folder, on=LAST)
        imagedf.growth(folder, "distribution")


def _figures(result: Any) -> list[list[Any]]:
    """Return the values on which all candidates must agree, for any kind of frame."""
    table = pa.Table.from_pandas(result) if isinstance(result, pd.DataFrame) else result
    names = ["snapshot_date", "distribution", "images", "size_gigabytes", "unknown_size"]
    rows = [list(row.values()) for row in table.select(names).to_pylist()]
    plain = [[str(r[0])[:10], r[1] or "", int(r[2]), round(r[3], 6), int(r[4])] for r in rows]
    return sorted(plain)


def run(*, quick: bool = False, kept: Path | None = None) -> list[Section]:
    """Measure the trend, its memory, its growth with the days, recording and the star."""
    days, rounds = (120, 3) if quick else (1096, 5)
    with tempfile.TemporaryDirectory(dir=kept) as folder:
        work = Path(folder)
        whole = (kept or work) / f"{days} days"
        if not whole.exists():
            make_history(whole, days)
        rows = sum(ACCOUNTS * count * len(dates) for count, dates in _spans(days))
        parts = {n: part_of(whole, work / str(n), n) for n in (days // 4, days // 2, days)}
        trend = _trend(f"{rows:,} rows of {days:,} days", whole, work / "star", rounds)
        return [trend, _linear(parts, rounds), _recording(parts, work, rounds)]


def _trend(title: str, root: Path, star: Path, rounds: int) -> Section:
    start = time.perf_counter()
    imagedf.export_star(root, star)
    seconds = time.perf_counter() - start
    places = {"DuckDB's SQL": ("in_sql", root, SQL)}
    places |= {"the SQL without accounts": ("in_sql", root, SHORT_SQL)}
    places |= {
        "growth(directory)": ("in_growth", root, ""),
        "the SQL on the star": ("in_star", star, ""),
    }
    order = [
        Candidate(name, f"{_HERE}:{function}", (str(place), *([sql] if sql else [])))
        for name, (function, place, sql) in places.items()
    ]
    costs = compare(order, rounds)
    regions = Candidate("growth(directory, 'region')", f"{_HERE}:in_regions", (str(root),))
    costs |= compare([regions], max(rounds - 2, 1), checked=False)
    floor = costs["DuckDB's SQL"].wall
    memory = in_child(Candidate("peak", f"{_HERE}:peak_of_growth", (str(root),)), checked=True)[1]
    files = sum(len(list(folder.iterdir())) for folder in root.iterdir())
    return Section(
        f"Trend by distribution: {title}, {files:,} files",
        [_row(name, cost, floor) for name, cost in costs.items()],
        [
            Goal("trend, times DuckDB's SQL", 1.3, costs["growth(directory)"].wall / floor),
            Goal("memory of the whole process [MB]", 600, memory),
        ],
        [f"export_star of the history: {seconds:.0f} s."],
    )


def _row(name: str, cost: Cost, floor: float) -> dict[str, Any]:
    return {
        "": name,
        "wall s": cost.wall,
        "cpu s": cost.cpu,
        "times SQL": cost.wall / floor,
        "peak MB": cost.peak,
    }


def _linear(parts: dict[int, Path], rounds: int) -> Section:
    costs = compare(
        [Candidate(str(n), f"{_HERE}:in_growth", (str(root),)) for n, root in parts.items()],
        rounds,
        checked=False,
    )
    rows = [
        {"days": n, "wall s": costs[str(n)].wall, "ms a day": 1000 * costs[str(n)].wall / n}
        for n in parts
    ]
    slowest = rows[-1]["ms a day"] / rows[0]["ms a day"]
    return Section(
        "The trend by the length of the history",
        rows,
        [Goal("time a day, whole history against a quarter of it", 1.25, slowest)],
    )


def _recording(parts: dict[int, Path], work: Path, rounds: int) -> Section:
    roots = {0: work / "new", **parts}
    order = [
        Candidate(f"{n} {who}", f"{_HERE}:record_day", (str(root), account))
        for n, root in roots.items()
        for who, account in (("all", None), ("one", 0))
    ]
    costs = compare(order, rounds, checked=False)
    rows = [
        {
            "days recorded": n,
            f"{ACCOUNTS} accounts s": costs[f"{n} all"].wall,
            "one account s": costs[f"{n} one"].wall,
        }
        for n in roots
    ]
    longest, shortest = costs[f"{max(parts)} all"].wall, costs[f"{min(parts)} all"].wall
    return Section(
        f"Recording a day, {IMAGES} images per account",
        rows,
        [
            Goal(f"recording {ACCOUNTS} accounts [s]", 1.0, longest),
            Goal("recording, whole history against a quarter of it", 1.25, longest / shortest),
        ],
    )


def main() -> None:
    """Run this benchmark; ``--keep DIR`` keeps the generated history for the next run."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.history", description=main.__doc__
    )
    parser.add_argument("--quick", action="store_true", help="120 days, fewer rounds")
    parser.add_argument("--keep", type=Path, help="a directory for the histories")
    parser.add_argument("-o", "--output", type=Path, help="where the JSON goes; a temporary file")
    options = parser.parse_args()
    known = machine()
    print(f"{known['cores']} cores, {known['memory_gib']} GiB, Python {known['python']}")
    sections = run(quick=options.quick, kept=options.keep)
    for section in sections:
        print(f"\n{shown(section)}", flush=True)
    output = options.output or Path(tempfile.mkdtemp()) / "history.json"
    output.write_text(json.dumps(as_json({"history": sections}), indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten to {output}")


if __name__ == "__main__":
    main()
