"""A dated history: one file per account and day, recorded atomically, and never counted twice."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

import imagedf
from imagedf.errors import FrameError, HistoryError, ImagedfError, IncompleteListingError
from imagedf.history import recorded_days
from tests.conftest import DOCUMENTED_PAGE, ROOT, THOROUGH, examples
from tests.histories import contents, image, in_memory, listing, path_of, rewritten, together, write
from tests.strategies import frames

COSTS = ["billing_class", "monthly_cost_usd", "cost_note"]


@pytest.fixture
def frame() -> pd.DataFrame:
    return imagedf.read_images(DOCUMENTED_PAGE)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


def two_months(root: Path) -> Path:
    """Write a history of four days in two months, of two accounts, one of them empty at first."""
    write(root, _two_months())
    return root


@cache
def _two_months() -> dict[str, bytes]:
    with in_memory() as root:
        for number, day in enumerate(["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"]):
            prod = listing(
                image(1), image(2, size_gigabytes=number + 0.25, regions=[], tags=["a", "b"])
            )
            dev = listing(*[image(9, type="backup")] * (number > 0), account="dev")
            imagedf.record(together(prod, dev), root, on=day)
        return contents(root)


def test_a_recorded_frame_reads_back_with_its_day_and_costs(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    imagedf.record(frame, tmp_path, on=date(2026, 11, 23))
    costs = imagedf.estimate_cost(own(frame), on=date(2026, 11, 23))
    expected = costs.drop(columns=COSTS)
    expected["snapshot_date"] = pd.Series([datetime(2026, 11, 23)] * 5, dtype="datetime64[us]")  # noqa: DTZ001 # a day
    expected[COSTS] = costs[COSTS]
    read = imagedf.read_history(tmp_path)
    pd.testing.assert_frame_equal(read, expected)
    assert imagedf.certificate(read).images == 6


def own(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of own images, written out from the contract."""
    public = frame["public"].fillna(value=False) | frame["type"].isin(["base", "application"])
    return frame[~public]


@examples(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frame=frames)
def test_any_listing_reads_back_as_its_own_images(frame: pd.DataFrame) -> None:
    with in_memory() as root:
        imagedf.record(frame, root, on="2026-11-23", allow_unverified=True)
        read = imagedf.read_history(root).drop(columns=["snapshot_date", *COSTS])
    pd.testing.assert_frame_equal(read, imagedf.collapse_regions(own(frame)))


def test_the_costs_of_the_frame_are_kept(frame: pd.DataFrame, tmp_path: Path) -> None:
    costs = imagedf.estimate_cost(frame, on=date(2020, 1, 1))
    imagedf.record(costs, tmp_path, on="2026-11-23")
    read = imagedf.read_history(tmp_path)
    pd.testing.assert_frame_equal(read[COSTS], own(costs)[COSTS].reset_index(drop=True))


def test_only_own_images_are_recorded_and_the_others_counted(tmp_path: Path) -> None:
    images = [
        image(1),
        image(2, public=True, regions=["nyc1", "nyc3"]),
        image(3, type="base"),
        image(4, type="application"),
    ]
    done = imagedf.record(listing(*images), tmp_path, on="2026-11-23")
    assert (done.images, done.left_out) == (1, 3)
    assert imagedf.read_history(tmp_path)["id"].tolist() == [1]
    again = imagedf.read_history(tmp_path)
    assert imagedf.certificate(again).complete
    imagedf.diff_images("2026-11-23", "2026-11-23", history=tmp_path)


def test_there_is_one_file_per_account_and_day(tmp_path: Path) -> None:
    root = tmp_path / "new" / "history"
    both = together(listing(image(1)), listing(account="../Größe"))
    imagedf.record(both, root, on="2026-11-23")
    assert list(contents(root)) == [
        "%2E.%2F%47röße/2026-11-23.parquet".replace("ß", "%C3%9F"),
        "prod/2026-11-23.parquet",
    ]
    assert imagedf.certificate(imagedf.read_history(root)).accounts[0].account == "../Größe"
    assert imagedf.read_history(root, accounts=["../Größe"]).empty


ACCOUNTS = ["a=b", "a/b", "a\\b", "a%b", "a*b", "a?b", "a[b]", "a{b}", "a\nb", ".a", "_a", "a.b_c"]


def test_any_account_name_is_one_folder(tmp_path: Path) -> None:
    accounts = [*ACCOUNTS, "..", "日本", "a b", "%61", "images"]
    listings = [listing(image(number), account=name) for number, name in enumerate(accounts)]
    imagedf.record(together(*listings), tmp_path / "h", on="2026-11-23")
    folders = [path.name for path in (tmp_path / "h").iterdir()]
    assert len(folders) == len(accounts)
    for folder in folders:
        assert not set(folder) & set('=/\\*?[]{}\n"'), folder
        assert folder[0] not in "._", folder
    assert [path.name for path in tmp_path.iterdir()] == ["h"]
    read = imagedf.read_history(tmp_path / "h")
    assert dict(zip(read["account"], read["id"], strict=True)) == dict(
        zip(accounts, range(len(accounts)), strict=True)
    )
    assert sorted(imagedf.growth(tmp_path / "h", "account")["account"]) == sorted(accounts)


def folder_of(root: Path, account: str) -> str:
    before = {path.name for path in root.iterdir()}
    imagedf.record(listing(account=account), root, on="2026-11-23")
    (folder,) = {path.name for path in root.iterdir()} - before
    return folder


@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).map(
            lambda name: name.replace("\0", "")
        ),
        min_size=2,
        max_size=2,
        unique=True,
    ).filter(all)
)
@examples(15)
def test_two_accounts_never_share_a_folder_also_where_case_does_not_count(names: list[str]) -> None:
    with in_memory() as root:
        folders = [folder_of(root, name) for name in names]
        seen = {unicodedata.normalize("NFD", folder).casefold() for folder in folders}
        assert len(seen) == 2
        assert set(imagedf.growth(root, "account")["account"]) == set(names)


@pytest.mark.parametrize("name", ["Prod", "PROD", "prod"])
def test_case_is_kept_apart(tmp_path: Path, name: str) -> None:
    imagedf.record(listing(image(1), account="prod"), tmp_path, on="2026-11-23")
    imagedf.record(listing(image(2), account=name), tmp_path, on="2026-11-23")
    assert len({path.name.lower() for path in tmp_path.iterdir()}) == len({"prod", name})


def test_an_account_without_a_name_is_refused(tmp_path: Path) -> None:
    frame = listing(image(1)).assign(account="")
    frame.attrs["imagedf"]["accounts"][0]["account"] = ""
    with pytest.raises(FrameError, match="name"):
        imagedf.record(frame, tmp_path / "h", on="2026-11-23")
    assert not (tmp_path / "h").exists()


def test_the_day_is_that_of_the_fetch_and_the_report_is_one_line(tmp_path: Path) -> None:
    frame = listing(image(1))
    frame.attrs["imagedf"]["accounts"][0]["finished"] = "2026-11-22T23:30:00-02:00"
    line = "2026-11-23: recorded 1 image of prod"
    assert str(imagedf.record(frame, tmp_path)) == line
    assert repr(imagedf.record(frame, tmp_path)) == f"<Recording {line}; replaced: prod>"
    assert imagedf.record(frame, tmp_path, on=datetime(2026, 11, 24, 5, tzinfo=UTC)).day == date(
        2026, 11, 24
    )
    many = together(*(listing(account=f"{number} {'x' * 90}") for number in range(9)))
    assert len(repr(imagedf.record(many, tmp_path, on="2026-11-23"))) <= 200


@pytest.mark.parametrize(
    ("on", "error"),
    [
        (None, ValueError),
        ("2099-01-01", ValueError),
        ("23.11.2026", ValueError),
        ("2026-02-30", ValueError),
        (20261123, TypeError),
    ],
)
def test_a_day_that_can_not_be_is_refused(tmp_path: Path, on: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"on\b"):
        imagedf.record(listing(image(1)), tmp_path / "history", on=on)
    assert not (tmp_path / "history").exists()


def test_tomorrow_is_accepted_because_it_has_begun_elsewhere(tmp_path: Path) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    assert imagedf.record(listing(), tmp_path, on=tomorrow).day == tomorrow
    with pytest.raises(ValueError, match="tomorrow"):
        imagedf.record(listing(), tmp_path, on=tomorrow + timedelta(days=2))


def test_a_day_is_a_date_a_datetime_or_text(tmp_path: Path) -> None:
    imagedf.record(listing(image(1)), tmp_path, on="2026-11-23T23:30:00-02:00")
    for day in ("2026-11-24", date(2026, 11, 24), datetime(2026, 11, 24, 9, tzinfo=UTC)):
        assert len(imagedf.read_history(tmp_path, since=day, until=day)) == 1
        assert len(imagedf.growth(tmp_path, since=day, until=day)) == 1
    assert recorded_days(tmp_path) == [date(2026, 11, 24)]


def test_the_first_days_of_the_calendar_are_days(tmp_path: Path) -> None:
    imagedf.record(listing(image(1)), tmp_path, on="0001-01-01")
    assert imagedf.growth(tmp_path)["images"].tolist() == [1]
    assert imagedf.read_history(tmp_path)["snapshot_date"].dt.year.tolist() == [1]


def test_recording_again_replaces_only_that_account_and_day(tmp_path: Path) -> None:
    root = two_months(tmp_path)
    before = contents(root)
    imagedf.record(listing(image(7, size_gigabytes=1.5)), root, on="2026-11-01")
    after = contents(root)
    changed = {name for name in after if after[name] != before.get(name)}
    assert after.keys() == before.keys()
    assert changed == {"prod/2026-11-01.parquet"}
    read = imagedf.read_history(root, since="2026-11-01", until="2026-11-01")
    assert list(zip(read["account"], read["id"], strict=True)) == [("dev", 9), ("prod", 7)]


def test_days_and_accounts_can_be_chosen(tmp_path: Path) -> None:
    root = two_months(tmp_path)
    read = imagedf.read_history(root, since="2026-10-31", until=date(2026, 11, 1))
    assert sorted(set(read["snapshot_date"].dt.strftime("%m-%d"))) == ["10-31", "11-01"]
    assert set(imagedf.read_history(root, accounts=["dev"])["account"]) == {"dev"}
    assert imagedf.read_history(root, since="2027-01-01").empty


@pytest.mark.parametrize(
    ("options", "error", "word"),
    [
        ({"accounts": ["prdo"]}, HistoryError, "prdo"),
        ({"accounts": "prod"}, TypeError, "accounts"),
        ({"since": "23.11.2026"}, ValueError, "since"),
        ({"until": 5}, TypeError, "until"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, ValueError, "since"),
    ],
)
def test_a_wrong_choice_is_named(
    tmp_path: Path, options: dict[str, Any], error: type[Exception], word: str
) -> None:
    two_months(tmp_path)
    for read in (imagedf.read_history, imagedf.growth):
        with pytest.raises(error, match=word):
            read(tmp_path, **options)


def incomplete() -> pd.DataFrame:
    frame = listing(image(1))
    frame.attrs["imagedf"]["accounts"][0]["complete"] = False
    return frame


def uncertain() -> pd.DataFrame:
    frame = listing(image(1))
    frame.attrs = {}
    return frame


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception]]] = {
    "incomplete": (incomplete, IncompleteListingError),
    "no total": (lambda: imagedf.read_images([image(1)], account="prod"), IncompleteListingError),
    "no certificate": (uncertain, FrameError),
    "rows taken out": (lambda: listing(image(1), image(2)).query("id == 1"), FrameError),
    "rows of another account": (lambda: listing(image(1)).assign(account="dev"), FrameError),
    "columns taken out": (lambda: listing(image(1)).drop(columns=["id", "slug"]), FrameError),
    "no frame": (lambda: "images.json", TypeError),
    "a day of its own": (lambda: listing(image(1)).assign(snapshot_date="2026-11-23"), FrameError),
    "another currency": (
        lambda: imagedf.collapse_regions(listing(image(1))).assign(monthly_cost_eur=1.0),
        FrameError,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_proven_is_not_recorded(tmp_path: Path, case: str) -> None:
    make, error = REFUSED[case]
    with pytest.raises(error):
        imagedf.record(make(), tmp_path / "history", on="2026-11-23")
    assert not (tmp_path / "history").exists()


def test_an_unverified_listing_is_recorded_when_that_is_asked_for(tmp_path: Path) -> None:
    frame = imagedf.read_images([image(1)], account="prod")
    done = imagedf.record(frame, tmp_path, on="2026-11-23", allow_unverified=True)
    assert done.images == 1
    assert imagedf.certificate(imagedf.read_history(tmp_path)).complete is None


def filtered(**filters: str) -> pd.DataFrame:
    frame = listing(image(1))
    frame.attrs["imagedf"]["accounts"][0]["filters"] = filters
    return frame


def test_a_day_with_other_filters_is_refused(tmp_path: Path) -> None:
    imagedf.record(filtered(), tmp_path, on="2026-11-22")
    imagedf.record(filtered(tag_name="a"), tmp_path, on="2026-11-22")
    with pytest.raises(HistoryError, match="filters"):
        imagedf.record(filtered(), tmp_path, on="2026-11-23")


def test_own_images_are_the_same_whether_or_not_the_api_was_asked_for_them(tmp_path: Path) -> None:
    imagedf.record(filtered(), tmp_path, on="2026-11-22")
    imagedf.record(filtered(private="true"), tmp_path, on="2026-11-23")
    assert imagedf.diff_images("2026-11-22", "2026-11-23", history=tmp_path).empty


ODD_DAYS: dict[str, Callable[[pa.Table], pa.Table]] = {
    "more": lambda table: table.append_column("extra", pa.array(["x"] * len(table))),
    "less": lambda table: table.drop_columns(["description", "error_message"]),
    "order": lambda table: table.select(table.column_names[::-1]),
}


@pytest.mark.parametrize("odd", ODD_DAYS)
@pytest.mark.parametrize("day", ["2026-10-30", "2026-11-01"])
def test_a_day_of_another_version_reads_with_the_others(tmp_path: Path, odd: str, day: str) -> None:
    root = two_months(tmp_path)
    pandas, grown = imagedf.read_history(root), imagedf.growth(root, "type")
    rows = imagedf.open_history(root).order("all").fetchall()
    rewritten(path_of(root, day), ODD_DAYS[odd])
    pd.testing.assert_frame_equal(imagedf.read_history(root), pandas)
    pd.testing.assert_frame_equal(imagedf.growth(root, "type"), grown)
    assert imagedf.open_history(root).order("all").fetchall() == rows


def test_a_column_that_is_missing_everywhere_is_null(tmp_path: Path) -> None:
    imagedf.record(listing(image(1)), tmp_path, on="2026-11-01")
    rewritten(path_of(tmp_path), lambda table: table.drop_columns(["size_gigabytes"]))
    assert imagedf.read_history(tmp_path)["size_gigabytes"].isna().all()
    assert imagedf.open_history(tmp_path).project("size_gigabytes").fetchall() == [(None,)]
    assert imagedf.growth(tmp_path)["unknown_size"].tolist() == [1]


def test_every_engine_reads_the_folder(tmp_path: Path) -> None:
    root = two_months(tmp_path / "a history")
    expected = [11, 77.0]
    pattern = f"{root}/*/*.parquet"
    by_others = [
        pl.read_parquet(pattern)["size_gigabytes"],
        duckdb.read_parquet(pattern).df()["size_gigabytes"],
        pd.concat(pd.read_parquet(path) for path in root.glob("*/*.parquet"))["size_gigabytes"],
    ]
    assert [[len(sizes), sizes.sum()] for sizes in by_others] == [expected] * 3


UNNEST = """
    select region, count(*) as images, sum(size_gigabytes / greatest(len(regions), 1)) as gigabytes
    from (select *, unnest(case when len(regions) > 0 then regions else [null] end) as region
          from read_parquet('{root}/*/*.parquet'))
    where snapshot_date = date '2026-11-01' group by all order by all
"""


def test_the_unnest_of_the_docs_keeps_images_without_a_region(tmp_path: Path) -> None:
    root = two_months(tmp_path)
    rows = duckdb.connect().execute(UNNEST.format(root=root)).fetchall()
    assert rows == [("nyc3", 2, 20.0), (None, 1, 2.25)]
    grown = imagedf.growth(root, "region", since="2026-11-01", until="2026-11-01")
    assert grown["allocated_gigabytes"].tolist() == [20.0, 2.25]


def test_a_path_is_never_a_pattern(tmp_path: Path) -> None:
    root = two_months(tmp_path / "a [b]*? 'c'")
    opened = imagedf.open_history(root).aggregate("count(*), sum(size_gigabytes)")
    assert opened.fetchall() == [(11, 77.0)]
    assert imagedf.growth(root)["images"].sum() == 11


def test_an_empty_history_has_the_declared_columns(tmp_path: Path) -> None:
    columns = list(imagedf.read_history(two_months(tmp_path / "full")).columns)
    imagedf.record(listing(), tmp_path / "empty", on="2026-11-23")
    empty = imagedf.read_history(tmp_path / "empty")
    assert (len(empty), list(empty.columns)) == (0, columns)
    opened = imagedf.open_history(tmp_path / "empty")
    assert (opened.fetchall(), opened.columns[: len(columns)]) == ([], columns)


def test_without_duckdb_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = two_months(tmp_path)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(ImagedfError, match=r"imagedf\[scale\]"):
        imagedf.open_history(root)


def foreign(root: Path) -> Path:
    pd.DataFrame({"x": [1]}).to_parquet(path_of(root))
    return path_of(root)


def cut_short(root: Path) -> Path:
    path_of(root).write_bytes(path_of(root).read_bytes()[:-100])
    return path_of(root)


def emptied(root: Path) -> Path:
    path_of(root).write_bytes(b"")
    return path_of(root)


def later_version(root: Path) -> Path:
    def change(table: pa.Table) -> pa.Table:
        metadata = table.schema.metadata | {b"imagedf.schema_version": b"99"}
        return table.replace_schema_metadata(metadata)

    rewritten(path_of(root), change)
    return path_of(root)


def another_day(root: Path) -> Path:
    return Path(shutil.copy(path_of(root), path_of(root, "2026-11-09")))


def another_account(root: Path) -> Path:
    (root / "copy").mkdir()
    return Path(shutil.copy(path_of(root), path_of(root, account="copy")))


def an_empty_day_elsewhere(root: Path) -> Path:
    return Path(shutil.copy(path_of(root, "2026-10-30", "dev"), path_of(root, "2026-11-09")))


def flipped(root: Path) -> Path:
    """Change one bit of a size, which only the page's checksum can detect."""
    path = path_of(root)
    content = bytearray(path.read_bytes())
    column = pq.ParquetFile(path).metadata.row_group(0).column(11)
    assert column.path_in_schema == "size_gigabytes"
    start = column.dictionary_page_offset or column.data_page_offset
    content[start + column.total_compressed_size - 2] ^= 1
    path.write_bytes(content)
    return path


DAMAGED = [foreign, cut_short, emptied, later_version, another_day, another_account, flipped]
DAMAGED.append(an_empty_day_elsewhere)


@pytest.mark.parametrize("spoil", DAMAGED, ids=lambda spoil: spoil.__name__)
def test_a_damaged_file_is_an_error_that_names_it(
    tmp_path: Path, spoil: Callable[[Path], Path]
) -> None:
    root = two_months(tmp_path / "history")
    path = spoil(root)
    before = contents(root)
    reads: list[Callable[[], Any]] = [
        lambda: imagedf.read_history(root),
        lambda: imagedf.open_history(root, verify=True),
        lambda: imagedf.growth(root, verify=True),
        lambda: imagedf.export_star(root, tmp_path / "star"),
        lambda: imagedf.diff_images("2026-11-01", "2026-11-09", history=root),
    ]
    if spoil not in (flipped, later_version):  # DuckDB sees neither
        reads += [lambda: imagedf.growth(root), lambda: imagedf.growth(root, "region")]
    for read in reads:
        with pytest.raises(HistoryError) as caught:
            read()
        assert str(path) in str(caught.value) or read is reads[4]
        assert "\n" not in str(caught.value)
    assert contents(root) == before
    assert not list((tmp_path / "star").glob("*"))


def stray_file(root: Path) -> Path:
    (root / "notes.txt").write_text("years of work")
    return root / "notes.txt"


def stray_parquet(root: Path) -> Path:
    (root / "prod" / "part-0.parquet").write_bytes(b"")
    return root / "prod" / "part-0.parquet"


def not_a_day(root: Path) -> Path:
    (root / "prod" / "2026-13-01.parquet").write_bytes(b"")
    return root / "prod" / "2026-13-01.parquet"


def folder_as_file(root: Path) -> Path:
    (root / "prod" / "2026-11-05.parquet").mkdir()
    return root / "prod" / "2026-11-05.parquet"


def another_encoding(root: Path) -> Path:
    (root / "Prod").mkdir()
    return root / "Prod"


def partition(root: Path) -> Path:
    (root / "account=prod").mkdir()
    return root / "account=prod"


def linked_account(root: Path) -> Path:
    (root / "other").symlink_to(root.parent / "outside")
    return root / "other"


def linked_day(root: Path) -> Path:
    (root / "prod" / "2026-11-07.parquet").symlink_to(root.parent / "outside" / "a.parquet")
    return root / "prod" / "2026-11-07.parquet"


def old_layout(root: Path) -> Path:
    (root / "images" / "dt=2026-11-01").mkdir(parents=True)
    return root / "images"


STRAY = [
    stray_file,
    stray_parquet,
    not_a_day,
    folder_as_file,
    another_encoding,
    partition,
    linked_account,
    linked_day,
    old_layout,
]


@pytest.mark.parametrize("spoil", STRAY, ids=lambda spoil: spoil.__name__)
def test_what_does_not_belong_is_an_error_that_names_it_and_is_left_alone(
    tmp_path: Path, spoil: Callable[[Path], Path]
) -> None:
    root = two_months(tmp_path / "history")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.parquet").write_bytes(b"not ours")
    path = spoil(root)
    before = contents(tmp_path)
    changes: list[Callable[[], Any]] = [
        lambda: imagedf.read_history(root),
        lambda: imagedf.open_history(root),
        lambda: imagedf.growth(root),
        lambda: imagedf.export_star(root, tmp_path / "star"),
        lambda: imagedf.record(listing(image(1)), root, on="2026-11-07"),
    ]
    for change in changes:
        with pytest.raises(HistoryError) as caught:
            change()
        assert str(path) in str(caught.value)
    assert contents(tmp_path) == before


def test_a_linked_account_folder_is_never_written_to(tmp_path: Path) -> None:
    root = two_months(tmp_path / "history")
    (tmp_path / "outside").mkdir()
    (root / "prod2").symlink_to(tmp_path / "outside")
    with pytest.raises(HistoryError, match="prod2"):
        imagedf.record(listing(image(1), account="prod2"), root, on="2026-11-07")
    assert not list((tmp_path / "outside").iterdir())


def test_an_old_history_is_called_that(tmp_path: Path) -> None:
    for table in ("images", "image_regions", "image_tags"):
        (tmp_path / table / "dt=2026-11-01").mkdir(parents=True)
        (tmp_path / table / "dt=2026-11-01" / f"{table}_prod.parquet").write_bytes(b"PAR1")
    before = contents(tmp_path)
    calls: list[Callable[[], Any]] = [
        lambda: imagedf.growth(tmp_path),
        lambda: imagedf.record(listing(image(1)), tmp_path, on="2026-11-02"),
    ]
    for call in calls:
        with pytest.raises(HistoryError, match="earlier version"):
            call()
    assert contents(tmp_path) == before


@pytest.mark.parametrize("spoil", [foreign, cut_short, emptied, later_version])
def test_recording_does_not_overwrite_what_is_not_ours(
    tmp_path: Path, spoil: Callable[[Path], Path]
) -> None:
    root = two_months(tmp_path)
    path = spoil(root)
    before = contents(root)
    with pytest.raises(HistoryError) as caught:
        imagedf.record(listing(image(1)), root, on="2026-11-01")
    assert str(path) in str(caught.value)
    assert contents(root) == before
    # No other day is lost.
    imagedf.record(listing(image(1)), root, on="2026-11-03")


def test_a_directory_that_is_not_a_history_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter-1.txt").write_text("years of work")
    for call in (imagedf.read_history, imagedf.open_history, imagedf.growth, recorded_days):
        with pytest.raises(HistoryError, match="chapter-1"):
            call(tmp_path)
    with pytest.raises(HistoryError, match="chapter-1"):
        imagedf.record(listing(image(1)), tmp_path, on="2026-11-23")
    file = tmp_path / "thesis" / "chapter-1.txt"
    with pytest.raises(HistoryError, match="not a directory"):
        imagedf.record(listing(image(1)), file, on="2026-11-23")
    with pytest.raises(HistoryError, match="does not exist"):
        imagedf.read_history(tmp_path / "nowhere")
    assert list(contents(tmp_path)) == ["thesis/chapter-1.txt"]


def test_names_that_other_tools_leave_behind_are_ignored(tmp_path: Path) -> None:
    root = two_months(tmp_path)
    (root / "_SUCCESS").write_bytes(b"")
    (root / "prod" / ".2026-11-01.parquet.crc").write_bytes(b"")
    (root / "prod" / ".2026-11-01.parquet.0123.tmp").write_bytes(b"half")
    (root / ".git").mkdir()
    assert len(imagedf.read_history(root)) == 11
    imagedf.record(listing(image(1)), root, on="2026-11-03")


def test_a_failure_at_the_second_account_leaves_the_first_recorded(tmp_path: Path) -> None:
    root = tmp_path / "history"
    both = together(listing(image(1), account="a"), listing(image(2), account="x" * 300))
    with pytest.raises(HistoryError) as caught:
        imagedf.record(both, root, on="2026-11-23")
    assert "recorded: a" in str(caught.value)
    assert set(imagedf.read_history(root)["account"]) == {"a"}


def test_a_history_with_a_name_that_is_too_long_is_an_error_of_imagedf() -> None:
    root = "x" * 300
    attempts: list[Callable[[], object]] = [
        lambda: imagedf.record(listing(image(1)), root, on="2026-11-23"),
        lambda: imagedf.read_history(root),
        lambda: imagedf.growth(root),
        lambda: imagedf.open_history(root),
    ]
    for attempt in attempts:
        with pytest.raises(HistoryError, match="history"):
            attempt()


def test_temporaries_are_named_after_their_day(tmp_path: Path) -> None:
    script = """
import os, sys, imagedf
from tests.histories import image, listing
seen = []
def hook(event, args):
    if event == "os.rename":
        seen.append(os.path.basename(args[0]))
sys.addaudithook(hook)
imagedf.record(listing(image(1)), sys.argv[1], on="2026-11-23")
print(*seen)
"""
    command = [sys.executable, "-c", script, str(tmp_path / "history")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (name,) = done.stdout.split()
    assert re.fullmatch(r"\.2026-11-23\.parquet\.[0-9a-f]+\.tmp", name)


def test_the_footer_proves_the_listing(tmp_path: Path) -> None:
    imagedf.record(listing(image(1), image(2, public=True)), tmp_path, on="2026-11-01")
    schema = pq.ParquetFile(path_of(tmp_path)).schema_arrow
    assert schema.field("snapshot_date").type == pa.date32()
    (entry,) = json.loads(schema.metadata[b"imagedf.certificate"])["accounts"]
    assert (entry["account"], entry["images"], entry["own_images"]) == ("prod", 2, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_moment_a_recording_is_done_or_not() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.killed_history",
            "--moments",
            "8" if THOROUGH else "3",
            "--seed",
            "3",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= 4


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
    """Start a process that records one account's day repeatedly, each time with other images."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), account, str(first)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_processes_that_record_at_once_and_are_killed_leave_complete_days(tmp_path: Path) -> None:
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
