"""A dated history: recorded in one step, read as one, compacted, and never counted twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

import imagedf
from imagedf.errors import FrameError, HistoryError, ImagedfError, IncompleteListingError
from tests.conftest import DOCUMENTED_PAGE, ROOT
from tests.histories import contents, image, in_memory, listing, together, write
from tests.strategies import frames

TABLES = ("images", "image_regions", "image_tags")


@pytest.fixture
def frame() -> pd.DataFrame:
    return imagedf.read_images(DOCUMENTED_PAGE)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


def two_months(root: Path) -> Path:
    """Give a history of four days in two months, of two accounts, one of them empty at first."""
    write(root, _two_months())
    return root


@cache
def _two_months() -> dict[str, bytes]:
    with in_memory() as root:
        _record_two_months(root)
        return contents(root)


def _record_two_months(root: Path) -> None:
    for number, day in enumerate(["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"]):
        prod = listing(
            image(1), image(2, size_gigabytes=number + 0.25, regions=[], tags=["a", "b"])
        )
        dev = listing(*[image(9, type="backup")] * (number > 0), account="dev")
        imagedf.record(
            imagedf.estimate_cost(together(prod, dev), on=date(2026, 10, 1)), root, on=day
        )


def path_of(root: Path, table: str, period: str = "2026-11-01", account: str = "prod") -> Path:
    return root / table / f"dt={period}" / f"{table}_{account}.parquet"


def test_a_recorded_frame_reads_back_as_its_image_grain(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    imagedf.record(frame, tmp_path, on=date(2026, 11, 23))
    expected = imagedf.collapse_regions(frame)
    expected["snapshot_date"] = pd.Series([datetime(2026, 11, 23)] * 6, dtype="datetime64[us]")  # noqa: DTZ001 # a day
    read = imagedf.read_history(tmp_path)
    pd.testing.assert_frame_equal(read, expected)
    assert imagedf.certificate(read) == imagedf.certificate(frame)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=frames)
def test_any_listing_reads_back_as_it_was(frame: pd.DataFrame) -> None:
    with in_memory() as root:
        imagedf.record(frame, root, on="2026-11-23")
        read = imagedf.read_history(root).drop(columns="snapshot_date")
        expected = imagedf.collapse_regions(frame)
        expected["tags"] = [cell or [] for cell in expected["tags"]]  # a tag table has no null
        pd.testing.assert_frame_equal(read, expected)


def test_costs_are_read_as_they_were_recorded(frame: pd.DataFrame, tmp_path: Path) -> None:
    costs = imagedf.estimate_cost(frame, on=date(2026, 11, 1))
    imagedf.record(costs, tmp_path, on="2026-11-23")
    read = imagedf.read_history(tmp_path)
    assert list(read.columns[-4:]) == [
        "snapshot_date",
        "billing_class",
        "monthly_cost_usd",
        "cost_note",
    ]
    pd.testing.assert_frame_equal(read.drop(columns="snapshot_date"), costs)


def test_the_files_are_one_an_account_day_and_table(tmp_path: Path) -> None:
    root = tmp_path / "new" / "history"
    both = together(listing(image(1)), listing(account="../Größe"))
    imagedf.record(both, root, on="2026-11-23")
    assert list(contents(root)) == [
        "image_regions/dt=2026-11-23/image_regions_gr-e_f6d077af06.parquet",
        "image_regions/dt=2026-11-23/image_regions_prod.parquet",
        "image_tags/dt=2026-11-23/image_tags_gr-e_f6d077af06.parquet",
        "image_tags/dt=2026-11-23/image_tags_prod.parquet",
        "images/dt=2026-11-23/images_gr-e_f6d077af06.parquet",
        "images/dt=2026-11-23/images_prod.parquet",
    ]
    assert imagedf.certificate(imagedf.read_history(root)).accounts[0].account == "../Größe"
    assert imagedf.read_history(root, accounts=["../Größe"]).empty


def test_the_day_is_that_of_the_fetch_and_the_report_is_one_line(tmp_path: Path) -> None:
    frame = listing(image(1))
    frame.attrs["imagedf"]["accounts"][0]["finished"] = "2026-11-22T23:30:00-02:00"
    line = "2026-11-23: recorded 1 image of prod"
    assert str(imagedf.record(frame, tmp_path)) == line
    assert str(imagedf.record(frame, tmp_path)) == f"{line}; replaced: prod"
    assert imagedf.record(frame, tmp_path, on=datetime(2026, 11, 24, 5, tzinfo=UTC)).day == date(
        2026, 11, 24
    )


def test_recording_again_replaces_just_that_account_and_day(tmp_path: Path) -> None:
    root = two_months(tmp_path)
    before = contents(root)
    imagedf.record(listing(image(7, size_gigabytes=1.5)), root, on="2026-11-01")
    after = contents(root)
    changed = {name for name in after if after[name] != before.get(name)}
    assert after.keys() == before.keys()
    assert changed == {path_of(root, table).relative_to(root).as_posix() for table in TABLES}
    read = imagedf.read_history(root, since="2026-11-01", until="2026-11-01")
    assert list(zip(read["account"], read["id"], strict=True)) == [("dev", 9), ("prod", 7)]


def test_days_and_accounts_can_be_chosen(tmp_path: Path) -> None:
    root = two_months(tmp_path)
    read = imagedf.read_history(root, since="2026-10-31", until=date(2026, 11, 1))
    assert sorted(set(read["snapshot_date"].dt.strftime("%m-%d"))) == ["10-31", "11-01"]
    assert set(imagedf.read_history(root, accounts=["dev"])["account"]) == {"dev"}
    assert imagedf.read_history(root, since="2027-01-01").empty
    imagedf.compact(root, before="2026-11-01")
    pd.testing.assert_frame_equal(
        imagedf.read_history(root, since="2026-10-31", until="2026-11-01"), read
    )


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"accounts": ["prdo"]}, HistoryError, "no account 'prdo'; it has dev, prod"),
        ({"accounts": "prod"}, TypeError, "list of names"),
        ({"since": "23.11.2026"}, ValueError, "since must be a date such as 2026-11-23"),
        ({"until": 5}, TypeError, "until must be a date"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, ValueError, "is after until"),
    ],
)
def test_a_wrong_choice_is_named(
    tmp_path: Path, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    two_months(tmp_path)
    for read in (imagedf.read_history, imagedf.growth):
        with pytest.raises(error, match=message):
            read(tmp_path, **options)


def incomplete() -> pd.DataFrame:
    frame = listing(image(1))
    frame.attrs["imagedf"]["accounts"][0]["complete"] = False
    return frame


def uncertain() -> pd.DataFrame:
    frame = listing(image(1))
    frame.attrs = {}
    return frame


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "incomplete": (incomplete, IncompleteListingError, "the listing of prod"),
    "no certificate": (uncertain, FrameError, "carries no certificate"),
    "rows taken out": (
        lambda: listing(image(1), image(2)).query("id == 1"),
        FrameError,
        "1 of 2 listed images",
    ),
    "rows of another account": (
        lambda: listing(image(1)).assign(account="dev"),
        FrameError,
        "does not name",
    ),
    "columns taken out": (
        lambda: listing(image(1)).drop(columns=["id", "slug"]),
        FrameError,
        "lacks the column id",
    ),
    "no frame": (lambda: "images.json", TypeError, "pandas frame"),
    "a day of its own": (
        lambda: listing(image(1)).assign(snapshot_date="2026-11-23"),
        FrameError,
        "has a snapshot_date already",
    ),
    "another currency": (
        lambda: imagedf.collapse_regions(listing(image(1))).assign(monthly_cost_eur=1.0),
        FrameError,
        "holds monthly_cost_usd only, the frame has monthly_cost_eur",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_vouched_for_is_not_recorded(tmp_path: Path, case: str) -> None:
    make, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        imagedf.record(make(), tmp_path / "history", on="2026-11-23")
    assert not (tmp_path / "history").exists()


def test_a_day_with_other_filters_is_refused(tmp_path: Path) -> None:
    def filtered(**filters: str) -> pd.DataFrame:
        frame = listing(image(1))
        frame.attrs["imagedf"]["accounts"][0]["filters"] = filters
        return frame

    imagedf.record(filtered(), tmp_path, on="2026-11-22")
    imagedf.record(filtered(private="true"), tmp_path, on="2026-11-22")
    with pytest.raises(HistoryError, match=r"2026-11-22.*'private': 'true'.*now they are {}"):
        imagedf.record(filtered(), tmp_path, on="2026-11-23")
    imagedf.compact(tmp_path, before="2026-12-01")
    with pytest.raises(HistoryError, match="another directory"):
        imagedf.record(filtered(), tmp_path, on="2026-11-23")


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Write a file anew, as another version of the program might have written it."""
    with path.open("rb") as file:
        table = pq.ParquetFile(file).read()
    pq.write_table(change(table).replace_schema_metadata(table.schema.metadata), path)


ODD_DAYS: dict[str, Callable[[pa.Table], pa.Table]] = {
    "more": lambda table: table.append_column("extra", pa.array(["x"] * len(table))),
    "less": lambda table: table.drop_columns(["description", "error_message", "tag_count"]),
    "nulls": lambda table: table.set_column(
        table.column_names.index("description"), "description", pa.nulls(len(table))
    ),
    "order": lambda table: table.select(table.column_names[::-1]),
}


@pytest.mark.parametrize("odd", ODD_DAYS)
def test_a_day_with_other_columns_reads_with_the_others(tmp_path: Path, odd: str) -> None:
    root = two_months(tmp_path)
    pandas, grown = imagedf.read_history(root), imagedf.growth(root, "type")
    relation = imagedf.open_history(root).order("image_key").fetchall()
    rewrite(path_of(root, "images"), ODD_DAYS[odd])
    pd.testing.assert_frame_equal(imagedf.read_history(root), pandas)
    pd.testing.assert_frame_equal(imagedf.growth(root, "type"), grown)
    opened = imagedf.open_history(root).order("image_key")
    assert opened.columns == imagedf.schema.STAR_IMAGES.names
    known = [column != "tag_count" for column in opened.columns]
    for found, expected in zip(opened.fetchall(), relation, strict=True):
        assert [v for v, keep in zip(found, known, strict=True) if keep] == [
            v for v, keep in zip(expected, known, strict=True) if keep
        ]


def test_a_column_that_is_missing_everywhere_is_null(tmp_path: Path) -> None:
    imagedf.record(listing(image(1)), tmp_path, on="2026-11-01")
    rewrite(path_of(tmp_path, "images"), lambda table: table.drop_columns(["size_gigabytes"]))
    assert imagedf.read_history(tmp_path)["size_gigabytes"].isna().all()
    assert imagedf.open_history(tmp_path).project("size_gigabytes").fetchall() == [(None,)]
    assert imagedf.growth(tmp_path)["unknown_size"].tolist() == [1]


def test_the_tables_of_duckdb_join(tmp_path: Path) -> None:
    root = two_months(tmp_path / "a [b]*? 'c'")
    opened = {table: imagedf.open_history(root, table=table) for table in TABLES}
    for table, relation in opened.items():
        assert relation.columns == imagedf.schema.STAR[table].names
    images, regions, tags = (opened[table].set_alias(table) for table in TABLES)
    assert images.aggregate("count(*), sum(size_gigabytes)").fetchall() == [(11, 77.0)]
    assert regions.aggregate("sum(allocated_gigabytes)").fetchall() == [(77.0,)]
    assert images.join(tags, "image_key").aggregate("count(*)").fetchall() == [(8,)]
    with pytest.raises(ValueError, match="table must be one of images, image_regions, image_tags"):
        imagedf.open_history(root, table="regions")


def test_an_empty_history_has_the_declared_columns(tmp_path: Path) -> None:
    imagedf.record(listing(), tmp_path, on="2026-11-23")
    assert imagedf.read_history(tmp_path).empty
    opened = imagedf.open_history(tmp_path)
    assert opened.columns == imagedf.schema.STAR_IMAGES.names
    assert opened.fetchall() == []


def test_without_duckdb_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = two_months(tmp_path)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ImagedfError, match=r"pip install 'imagedf\[scale\]'"):
        imagedf.open_history(root)


def test_compacting_changes_no_number_in_any_reader(tmp_path: Path) -> None:
    root = two_months(tmp_path)
    read, grown = imagedf.read_history(root), imagedf.growth(root, ["account", "type"])
    rows = imagedf.open_history(root).order("image_key").fetchall()
    assert str(imagedf.compact(root, before="2026-11-02")) == (
        "merged 4 days into 2 months (per account)"
    )
    assert sorted(path.name for path in (root / "images").iterdir()) == [
        "dt=2026-10",
        "dt=2026-11-01",
        "dt=2026-11-02",
    ]
    pd.testing.assert_frame_equal(imagedf.read_history(root), read)
    pd.testing.assert_frame_equal(imagedf.growth(root, ["account", "type"]), grown)
    assert imagedf.open_history(root).order("image_key").fetchall() == rows
    total = read["size_gigabytes"].sum()
    by_others = [
        pd.read_parquet(root / "images")["size_gigabytes"].sum(),
        pl.read_parquet(root / "images")["size_gigabytes"].sum(),
        duckdb.read_parquet(f"{root}/images/*/*.parquet").sum("size_gigabytes").fetchall()[0][0],
    ]
    assert by_others == [total] * 3
    assert imagedf.compact(root, before="2026-11-02").days == 0


def test_the_certificate_of_a_day_outlives_compacting(tmp_path: Path) -> None:
    root = two_months(tmp_path)
    before = imagedf.certificate(imagedf.read_history(root, until="2026-10-30"))
    imagedf.compact(root, before="2027-01-01")
    assert imagedf.certificate(imagedf.read_history(root, until="2026-10-30")) == before
    assert [entry.images for entry in before.accounts] == [0, 2]


def test_a_day_can_be_recorded_into_a_compacted_month(tmp_path: Path) -> None:
    root = two_months(tmp_path)
    imagedf.compact(root, before="2026-11-01")
    again = imagedf.record(listing(image(5)), root, on="2026-10-31")
    fresh = imagedf.record(listing(image(6)), root, on="2026-10-02")
    assert (again.replaced, fresh.replaced) == (("prod",), ())
    read = imagedf.read_history(root, until="2026-10-31", accounts=["prod"])
    found = list(zip(read["snapshot_date"].dt.day, read["id"], strict=True))
    assert found == [(2, 6), (30, 1), (30, 2), (31, 5)]
    assert list((root / "images" / "dt=2026-10").iterdir()) != []
    assert not (root / "images" / "dt=2026-10-31").exists()


def foreign(root: Path) -> str:
    pd.DataFrame({"x": [1]}).to_parquet(path_of(root, "images"))
    return "images_prod.parquet"


def stray(root: Path) -> str:
    (root / "image_tags" / "dt=2026-11-01" / "part-0.parquet").write_bytes(b"")
    return "part-0.parquet"


def stray_folder(root: Path) -> str:
    (root / "images" / "dt=2026-13-01").mkdir()
    return "dt=2026-13-01"


def cut_short(root: Path) -> str:
    path = path_of(root, "images")
    path.write_bytes(path.read_bytes()[:-100])
    return "images_prod.parquet"


def emptied(root: Path) -> str:
    path_of(root, "images").write_bytes(b"")
    return "images_prod.parquet"


def later_version(root: Path) -> str:
    path = path_of(root, "images")
    with path.open("rb") as file:
        table = pq.ParquetFile(file).read()
    metadata = table.schema.metadata | {b"imagedf.schema_version": b"99"}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    return "images_prod.parquet has the layout version '99'"


def another_day(root: Path) -> str:
    for table in TABLES:
        target = path_of(root, table, "2026-11-09")
        target.parent.mkdir()
        shutil.copy(path_of(root, table), target)
    return "dt=2026-11-09"


def another_account(root: Path) -> str:
    for table in TABLES:
        shutil.copy(path_of(root, table), path_of(root, table, account="copy"))
    return "images_copy.parquet"


def month_and_day(root: Path) -> str:
    copies = {table: path_of(root, table, "2026-10-31").read_bytes() for table in TABLES}
    imagedf.compact(root, before="2026-11-01")
    for table, content in copies.items():
        target = path_of(root, table, "2026-10-31")
        target.parent.mkdir()
        target.write_bytes(content)
    return "overlap"


def one_missing(root: Path) -> str:
    path_of(root, "image_regions").unlink()
    return "image_regions_prod.parquet is missing"


BAD: list[Callable[[Path], str]] = [
    foreign,
    stray,
    stray_folder,
    cut_short,
    emptied,
    later_version,
    another_day,
    another_account,
    month_and_day,
    one_missing,
]


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_a_spoiled_history_is_an_error_that_names_the_file(
    tmp_path: Path, spoil: Callable[[Path], str]
) -> None:
    root = two_months(tmp_path)
    message = spoil(root)
    before = contents(root)
    for read in (imagedf.read_history, imagedf.open_history, imagedf.growth):
        with pytest.raises(HistoryError, match=message):
            read(root)
    with pytest.raises(HistoryError, match=message):
        imagedf.growth(root, "region")
    with pytest.raises(HistoryError, match=message):
        imagedf.compact(root, before="2027-01-01")
    assert contents(root) == before


@pytest.mark.parametrize("spoil", [foreign, cut_short, emptied, later_version])
def test_recording_does_not_overwrite_what_is_not_ours(
    tmp_path: Path, spoil: Callable[[Path], str]
) -> None:
    root = two_months(tmp_path)
    message = spoil(root)
    before = contents(root)
    with pytest.raises(HistoryError, match=message):
        imagedf.record(listing(image(1)), root, on="2026-11-01")
    assert contents(root) == before


def test_files_of_two_recordings_do_not_mix(tmp_path: Path) -> None:
    imagedf.record(listing(image(1), image(2)), tmp_path, on="2026-11-01")
    old = path_of(tmp_path, "image_regions").read_bytes()
    imagedf.record(listing(image(1), image(3)), tmp_path, on="2026-11-01")
    path_of(tmp_path, "image_regions").write_bytes(old)
    before = contents(tmp_path)
    with pytest.raises(HistoryError, match=r"images_prod.parquet and its image_regions"):
        imagedf.read_history(tmp_path)
    with pytest.raises(HistoryError, match=r"images_prod.parquet and its image_regions"):
        imagedf.compact(tmp_path, before="2027-01-01")
    assert contents(tmp_path) == before


def test_a_directory_that_is_no_history_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    for call in (imagedf.read_history, imagedf.open_history, imagedf.growth):
        with pytest.raises(HistoryError, match="is no history of imagedf"):
            call(tmp_path)
    with pytest.raises(HistoryError, match="is no history of imagedf"):
        imagedf.compact(tmp_path, before="2026-11-01")
    with pytest.raises(HistoryError, match=r"holds thesis\.txt"):
        imagedf.record(listing(image(1)), tmp_path, on="2026-11-23")
    with pytest.raises(HistoryError, match="is a file"):
        imagedf.record(listing(image(1)), tmp_path / "thesis.txt", on="2026-11-23")
    with pytest.raises(HistoryError, match="there is no such directory"):
        imagedf.read_history(tmp_path / "nowhere")
    assert list(contents(tmp_path)) == ["thesis.txt"]


def test_names_that_other_tools_leave_behind_are_passed_over(tmp_path: Path) -> None:
    root = two_months(tmp_path)
    (root / "images" / "_SUCCESS").write_bytes(b"")
    (root / "images" / "dt=2026-11-01" / ".images_prod.parquet.crc").write_bytes(b"")
    (root / "README.md").write_text("our history")
    assert len(imagedf.read_history(root)) == 11
    imagedf.record(listing(image(1)), root, on="2026-11-03")


def test_killed_at_any_step_a_change_is_done_or_not(tmp_path: Path) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    done = subprocess.run(
        [sys.executable, "-m", "tests.killed_history", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(int(steps) > 30 for steps in done.stdout.split())


WRITER = """
import sys
import imagedf
from tests.histories import image, listing
root, account, first = sys.argv[1:]
print("ready", flush=True)
for number in range(int(first), int(first) + 1000):
    images = [image(number, regions=["nyc3"] * (k % 2), tags=["t"] * k) for k in range(3)]
    for k, one in enumerate(images):
        one["name"] = f"{number} {k}"
    imagedf.record(listing(*images, account=account), root, on="2026-11-23")
"""


def writer(root: Path, account: str, first: int) -> subprocess.Popen[str]:
    """Start a process that records one account's day over and over, each time with other images."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), account, str(first)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_processes_that_record_at_once_and_are_killed_leave_a_whole_history(tmp_path: Path) -> None:
    root = tmp_path / "history"
    imagedf.record(together(listing(account="one"), listing(account="two")), root, on="2026-11-22")
    writers = [writer(root, "one", 0), writer(root, "one", 5000), writer(root, "two", 10_000)]
    seen: set[int] = set()
    try:
        end = time.monotonic() + 60
        while len({number // 5000 for number in seen}) < 3 and time.monotonic() < end:
            read = imagedf.read_history(root)
            # Images of one recording share their id, and all three of them are there.
            found = read.groupby("account")["id"].agg(["nunique", "size"])
            assert found.to_numpy().tolist() in ([], [[1, 3]], [[1, 3], [1, 3]])
            seen |= set(read["id"])
        chance = random.Random(5)  # any moment will do
        for process in writers:
            time.sleep(chance.random() / 20)
            process.send_signal(signal.SIGKILL)
    finally:
        for process in writers:
            process.kill()
            process.communicate()
    assert {int(number) // 5000 for number in seen} == {0, 1, 2}
    last = imagedf.read_history(root)
    assert last.groupby("account")["id"].agg(["nunique", "size"]).to_numpy().tolist() == [
        [1, 3],
        [1, 3],
    ]
    imagedf.record(listing(image(1), account="one"), root, on="2026-11-23")
    assert not list((root / ".tmp").glob("*/*"))
