"""Growth over the days of a history, on each engine, and its linear trend."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import imagedf
from imagedf.errors import FrameError
from tests.conftest import examples
from tests.histories import contents, image, in_memory, listing, path_of, together, write
from tests.strategies import frame_of, listings

DAYS = ["2026-10-30", "2026-10-31", "2026-11-02", "2026-11-03"]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return four days in two months: dev is empty on the first, and not recorded on the last."""
    write(tmp_path, recorded())
    return tmp_path


@cache
def recorded() -> dict[str, bytes]:
    with in_memory() as root:
        record_days(root)
        return contents(root)


def record_days(root: Path) -> None:
    for number, day in enumerate(DAYS):
        prod = listing(
            image(1, regions=["nyc3", "ams3"]),
            image(2, size_gigabytes=number + 0.5, distribution="Debian"),
            image(3, type="backup", size_gigabytes=None, distribution=None, regions=[]),
        )
        dev = listing(*[image(9, type="backup", size_gigabytes=5.0)] * (number > 0), account="dev")
        imagedf.record(together(prod, dev) if number < 3 else prod, root, on=day)


def table(columns: list[str], rows: list[tuple[Any, ...]], *texts: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    days = pd.to_datetime(frame["snapshot_date"]).astype("datetime64[us]")
    return frame.assign(snapshot_date=days).astype(dict.fromkeys(texts, "str"))


def test_growth_worked_by_hand(root: Path) -> None:
    columns = ["snapshot_date", "accounts", "images", "size_gigabytes", "unknown_size"]
    expected = table(
        [*columns, "monthly_cost_usd", "unknown_cost"],
        [
            (DAYS[0], 2, 3, 10.5, 1, 0.63, 1),
            (DAYS[1], 2, 4, 16.5, 1, 0.69, 2),
            (DAYS[2], 2, 4, 17.5, 1, 0.75, 2),
            (DAYS[3], 1, 3, 13.5, 1, 0.81, 1),
        ],
    )
    pd.testing.assert_frame_equal(imagedf.growth(root), expected)
    pd.testing.assert_frame_equal(imagedf.growth(root, verify=True), expected)


def test_a_day_without_an_image_is_zero_and_one_without_a_record_is_missing(root: Path) -> None:
    expected = table(
        [
            *("snapshot_date", "account", "images", "size_gigabytes", "unknown_size"),
            *("monthly_cost_usd", "unknown_cost"),
        ],
        [
            (DAYS[0], "dev", 0, 0.0, 0, 0.0, 0),
            (DAYS[1], "dev", 1, 5.0, 0, None, 1),
            (DAYS[2], "dev", 1, 5.0, 0, None, 1),
        ],
        "account",
    )
    grown = imagedf.growth(root, "account", accounts=["dev"])
    pd.testing.assert_frame_equal(grown, expected)


def test_growth_by_region_shows_what_is_there_and_what_adds_up(root: Path) -> None:
    grown = imagedf.growth(root, "region", since="2026-11-03")
    expected = table(
        [
            *("snapshot_date", "region", "accounts", "images", "size_gigabytes"),
            *("allocated_gigabytes", "unknown_size", "monthly_cost_usd"),
            *("allocated_cost_usd", "unknown_cost"),
        ],
        [
            (DAYS[3], "ams3", 1, 1, 10.0, 5.0, 0, 0.6, 0.3, 0),
            (DAYS[3], "nyc3", 1, 2, 13.5, 8.5, 0, 0.81, 0.51, 0),
            (DAYS[3], None, 1, 1, None, None, 1, None, None, 1),
        ],
        "region",
    )
    pd.testing.assert_frame_equal(grown, expected)


def test_days_accounts_and_several_keys_can_be_chosen(root: Path) -> None:
    grown = imagedf.growth(
        root, ["distribution", "account"], since="2026-10-31", until="2026-11-01", accounts=["prod"]
    )
    found = grown[["snapshot_date", "distribution", "account", "size_gigabytes"]]
    expected = table(
        ["snapshot_date", "distribution", "account", "size_gigabytes"],
        [
            (DAYS[1], "Debian", "prod", 1.5),
            (DAYS[1], "Ubuntu", "prod", 10.0),
            (DAYS[1], None, "prod", None),
        ],
        "distribution",
        "account",
    )
    pd.testing.assert_frame_equal(found, expected)


ENGINES: dict[str, Callable[[Path], Any]] = {
    "pandas": imagedf.read_history,
    "duckdb": imagedf.open_history,
    "polars": lambda root: imagedf.open_history(root).pl(),
    "polars, lazy": lambda root: imagedf.open_history(root).pl().lazy(),
    "pyarrow": lambda root: imagedf.open_history(root).to_arrow_table(),
}


def collected(frame: Any) -> list[tuple[Any, ...]]:
    """Return the rows of any engine's frame as plain values."""
    if isinstance(frame, pd.DataFrame):
        frame = frame.assign(snapshot_date=frame["snapshot_date"].dt.date)
        return [tuple(None if pd.isna(v) else v for v in row) for row in frame.to_numpy().tolist()]
    if hasattr(frame, "fetchall"):
        return list(frame.fetchall())
    frame = frame.collect() if hasattr(frame, "collect") else frame
    return (
        list(zip(*frame.to_dict(as_series=False).values(), strict=True))
        if hasattr(frame, "iter_rows")
        else list(zip(*frame.to_pydict().values(), strict=True))
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by", [None, "distribution", ["account", "type"]])
def test_each_engine_returns_the_same_numbers_and_its_own_kind(
    root: Path, engine: str, by: str | list[str] | None
) -> None:
    expected = imagedf.growth(root, by, since="2026-10-31")
    frame = ENGINES[engine](root)
    grown = imagedf.growth(frame, by)
    assert type(grown).__name__ == type(frame).__name__
    rows = [row for row in collected(grown) if str(row[0]) > "2026-10-30"]
    assert len(rows) == len(expected)
    for found, row in zip(rows, collected(expected), strict=True):
        assert found == pytest.approx(row)


@examples(8)
@given(days=st.lists(listings, min_size=1, max_size=3))
@pytest.mark.parametrize("by", [["type", "public", "status"], ["region"], ["tag", "account"]])
def test_a_directory_its_rows_and_the_path_without_duckdb_agree(
    by: list[str], days: list[Any]
) -> None:
    with in_memory() as root, pytest.MonkeyPatch.context() as patch:
        for number, images in enumerate(days):
            day = date(2026, 10, 30) + timedelta(number)
            imagedf.record(frame_of(images), root, on=day, allow_unverified=True)
        on_duckdb = imagedf.growth(root, by)
        of_rows = imagedf.growth(imagedf.read_history(root), by)
        patch.setitem(sys.modules, "duckdb", None)
        pd.testing.assert_frame_equal(imagedf.growth(root, by), on_duckdb)
        pd.testing.assert_frame_equal(of_rows[on_duckdb.columns], on_duckdb)


def test_unknown_is_missing_and_never_zero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, size in (("2026-09-29", 10.0), ("2026-09-30", None)):
        backup = image(1, type="backup", size_gigabytes=size)
        odd = image(2, size_gigabytes=-5.0)
        for account, images in (("a", [backup]), ("b", [odd]), ("c", [])):
            imagedf.record(listing(*images, account=account), tmp_path, on=day)
    expected = table(
        [
            *("snapshot_date", "accounts", "images", "size_gigabytes", "unknown_size"),
            *("monthly_cost_usd", "unknown_cost"),
        ],
        [("2026-09-29", 3, 2, 10.0, 1, None, 2), ("2026-09-30", 3, 2, None, 2, None, 2)],
    ).astype({"monthly_cost_usd": "float64"})
    pd.testing.assert_frame_equal(imagedf.growth(tmp_path), expected)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    pd.testing.assert_frame_equal(imagedf.growth(tmp_path), expected)


def test_an_account_counts_once_per_day_regardless_of_its_name(tmp_path: Path) -> None:
    full = [listing(image(1), account=name) for name in ("Prod A", "prod-a", "Größe|%")]
    for day in DAYS:
        imagedf.record(together(*full, listing(account="Empty One")), tmp_path, on=day)
    for by in (None, "type", "region"):
        assert set(imagedf.growth(tmp_path, by)["accounts"]) == {4}


def test_a_range_without_records_has_no_rows(root: Path) -> None:
    whole = imagedf.growth(root, "type").dtypes
    none = imagedf.growth(root, "type", since="2030-01-01")
    assert none.empty
    assert list(whole.index) == list(none.columns)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda root: imagedf.growth(listing(image(1))),
            FrameError,
            "snapshot_date",
        ),
        (lambda root: imagedf.growth(5), TypeError, "frame"),  # type: ignore[call-overload] # wrong on purpose
        (lambda root: imagedf.growth(root, ["type", "type"]), ValueError, "by"),
        (
            lambda root: imagedf.growth(root, "snapshot_date"),
            ValueError,
            "snapshot_date",
        ),
        (lambda root: imagedf.growth(root, "age"), ValueError, "age"),
        (lambda root: imagedf.growth(root, "tag_count"), FrameError, "tag_count"),
        (lambda root: imagedf.growth(root, "color"), FrameError, "color"),
        (
            lambda root: imagedf.growth(imagedf.read_history(root), since="2026-11-01"),  # type: ignore[call-overload] # wrong on purpose
            TypeError,
            "directory",
        ),
    ],
)
def test_what_can_not_be_added_up_is_named(
    root: Path, call: Callable[[Path], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(root)


def test_the_chart_counts_an_image_in_several_regions_once(root: Path) -> None:
    whole = "Grew from 10.50 to 17.50 GB in 3 days"
    for by in (None, "region", "tag", "status"):
        axes = imagedf.plot_growth(imagedf.growth(root, by))
        assert axes.get_title(loc="left") == whole
    by_region = imagedf.plot_growth(imagedf.growth(root, "region"))
    assert [text.get_text().split()[0] for text in by_region.texts] == ["ams3", "nyc3"]
    counted = imagedf.plot_growth(imagedf.growth(root, "region"), "images")
    assert counted.get_title(loc="left") == "Images by region"


def grown(*values: float | None, **more: list[int]) -> pd.DataFrame:
    days = pd.date_range("2026-11-01", periods=len(values), freq="D")
    return pd.DataFrame({"snapshot_date": days, "size_gigabytes": list(values), **more})


def test_the_trend_worked_by_hand() -> None:
    # Days 0, 1, 2 and 4: mean 1.75; slope (-1.75 * -6 - 0.75 * -2 + 0.25 * 0 + 2.25 * 8) / 8.75.
    frame = grown(10.0, 14.0, 16.0, None, 24.0)
    trend = imagedf.fit_trend(frame, limit=50)
    assert trend.per_day == pytest.approx(30 / 8.75)
    assert (trend.days, trend.first, trend.last) == (4, date(2026, 11, 1), date(2026, 11, 5))
    # (50 - 24) / 3.43 is 7.58 days.
    assert trend.reached == date(2026, 11, 13)
    assert repr(trend) == (
        "<Trend size 24.00 GB, +3.43 GB per day over 4 recorded days "
        "from 2026-11-01 to 2026-11-05; 50.00 GB is reached on 2026-11-13 at that rate>"
    )
    assert "24.00 GB" in trend._repr_html_()


@pytest.mark.parametrize(
    ("values", "limit", "reached", "text"),
    [
        ([1.0, 2.0, 3.0], 5.0, date(2026, 11, 5), "5.00 GB is reached on 2026-11-05"),
        ([1.0, 2.0, 3.0], 3.0, date(2026, 11, 3), "3.00 GB was reached on 2026-11-03"),
        ([9.0, 4.0, 9.0, 9.0], 8.0, date(2026, 11, 3), "was reached on 2026-11-03"),
        ([9.0, 9.0], 8.0, date(2026, 11, 1), "was already reached on 2026-11-01"),
        ([3.0, 2.0], 5.0, None, "5.00 GB is not reached"),
        ([3.0, 3.0], 5.0, None, "is not reached"),
        ([3.0, 3.0000001], 1e9, None, "is not reached"),
        ([0.06, 0.015], None, None, "size 0.02 GB"),  # half a cent is rounded up, as in tables
        ([0.0, 0.015], None, None, "+0.02 GB per day"),
        ([3.0, 2.0], 1e300, None, "is not reached"),
        ([3.0, 2.0], None, None, "-1.00 GB per day over 2 recorded days"),
    ],
)
def test_the_day_of_a_limit(
    values: list[float], limit: float | None, reached: date | None, text: str
) -> None:
    trend = imagedf.fit_trend(grown(*values), limit=limit)
    assert trend.reached == reached
    assert text in str(trend)


@given(
    start=st.integers(0, 10**6),
    step=st.integers(-100, 100),
    days=st.sets(st.integers(0, 900), min_size=2),
)
def test_the_trend_of_a_straight_line_is_its_step(start: int, step: int, days: set[int]) -> None:
    frame = pd.DataFrame(
        {
            "snapshot_date": pd.Timestamp("2026-01-01") + pd.to_timedelta(sorted(days), unit="D"),
            "images": [start + step * day for day in sorted(days)],
        }
    )
    assert imagedf.fit_trend(frame, "images").per_day == pytest.approx(step)


def test_days_that_would_bend_the_line_are_left_out(root: Path) -> None:
    partial = grown(10.0, 5.0, 12.0, accounts=[2, 1, 2])
    assert imagedf.fit_trend(partial).per_day == 1.0
    unknown = grown(10.0, 0.0, 12.0, images=[3, 3, 3], unknown_size=[1, 3, 0])
    assert imagedf.fit_trend(unknown).per_day == 1.0
    assert imagedf.fit_trend(unknown).uneven == 1
    assert "1 image more unknown" in str(imagedf.fit_trend(unknown))
    assert imagedf.fit_trend(partial).uneven == 0
    # On the last day of the history dev was not recorded.
    costs = imagedf.fit_trend(imagedf.growth(root), "monthly_cost_usd", limit=1)
    assert (costs.days, costs.last, costs.left_out) == (3, date(2026, 11, 2), 1)
    assert "fewer accounts" in str(costs)


@pytest.mark.parametrize(
    ("frame", "measure", "message"),
    [
        (grown(1.0), "size_gigabytes", "size_gigabytes"),
        (grown(1.0, None), "size_gigabytes", "1"),
        (grown(1.0, 2.0), "images", "images"),
        (pd.concat([grown(1.0, 2.0)] * 2), "size_gigabytes", "one row"),
    ],
)
def test_no_trend_without_its_days(frame: pd.DataFrame, measure: str, message: str) -> None:
    with pytest.raises(FrameError, match=message):
        imagedf.fit_trend(frame, measure)


def test_a_limit_is_a_finite_number() -> None:
    with pytest.raises(ValueError, match="limit"):
        imagedf.fit_trend(grown(1.0, 2.0), limit=float("nan"))


def test_a_damaged_file_is_named(root: Path) -> None:
    path = path_of(root, DAYS[1])
    content = bytearray(path.read_bytes())
    content[20:400] = bytes(380)
    path.write_bytes(content)
    with pytest.raises(imagedf.HistoryError, match=re.escape(str(path))):
        imagedf.growth(root)


@pytest.mark.parametrize("measure", ["allocated_gigabytes", "unknown_cost", "accounts"])
def test_only_what_a_measure_rests_on_leaves_days_out(measure: str) -> None:
    days = pd.date_range("2026-11-01", periods=4)
    grown = pd.DataFrame(
        {
            "snapshot_date": days,
            "accounts": 1,
            "images": 2,
            "size_gigabytes": [1.0, 2.0, 3.0, 4.0],
            "allocated_gigabytes": [1.0, 2.0, 3.0, 4.0],
            "unknown_size": 0,
            "monthly_cost_usd": [0.0, 0.0, 1.0, 2.0],
            "unknown_cost": [2, 2, 0, 0],
        }
    )
    assert imagedf.fit_trend(grown, measure).days == 4
    assert imagedf.fit_trend(grown, "monthly_cost_usd").days == 2


def test_days_of_fewer_accounts_are_named_where_they_leave_too_few() -> None:
    days = pd.date_range("2026-11-01", periods=3)
    grown = pd.DataFrame({"snapshot_date": days, "accounts": [2, 1, 1], "size_gigabytes": 1.0})
    with pytest.raises(FrameError, match="2 days with fewer accounts"):
        imagedf.fit_trend(grown)


@pytest.mark.parametrize("first", ["2026-09-30", "2026-10-01"])
def test_use_is_unknown_on_a_day_recorded_without_an_account(tmp_path: Path, first: str) -> None:
    """Days are read month by month, and a month may have no day with links."""
    account = imagedf.example_account()
    imagedf.record(account.images, tmp_path, on=first)
    imagedf.record(account, tmp_path, on="2026-10-02")
    grown = imagedf.growth(tmp_path, "used")
    by_day = {day: dict(zip(rows["used"], rows["images"], strict=True))
              for day, rows in grown.groupby(grown["snapshot_date"].dt.date.map(str))}  # fmt: skip
    images = len(imagedf.collapse_regions(imagedf.own_images(account.images)))
    assert by_day[first] == {"unknown": images}
    assert by_day["2026-10-02"].keys() >= {"yes", "no"}
    assert sum(by_day["2026-10-02"].values()) == images
