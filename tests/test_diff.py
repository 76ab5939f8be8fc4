"""The changes between two listings, computed by hand, and their totals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from hypothesis import given

import imagedf
from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.errors import FrameError, HistoryError, ImagedfError, IncompleteListingError
from tests import money
from tests.conftest import DOCUMENTED_PAGE, examples
from tests.histories import image, in_memory, listing, together
from tests.strategies import frame_of, listings


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


OLD = listing(
    image(1, name="kept"),
    image(2, name="grown", size_gigabytes=10.0),
    image(3, name="gone", size_gigabytes=5.0, type="custom"),
    image(4, name="before", tags=["a", "b"]),
    image(5, name="moved", regions=["nyc3", "ams3"], status="pending"),
    image(6, name="20.04 x64", slug="ubuntu-20-04-x64", public=True, size_gigabytes=2.0),
    image(7, name="unknown", size_gigabytes=None),
)
NEW = listing(
    image(7, name="unknown", size_gigabytes=3.0),
    image(1, name="kept", regions=["nyc3"], tags=[]),
    image(66, name="20.04 x64", slug="ubuntu-20-04-x64", public=True, size_gigabytes=2.5),
    image(2, name="grown", size_gigabytes=12.5),
    image(4, name="after", tags=["b", "c", "a"]),
    image(5, name="moved", regions=["ams3", "sfo3"]),
    image(8, name="fresh", size_gigabytes=1.0, type="backup"),
)


def brief(changes: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return the name, the change and its GB for each row."""
    name = changes["name_after"].fillna(changes["name_before"])
    return list(zip(name, changes["change"], changes["size_gigabytes_delta"], strict=True))


def test_each_kind_of_change_is_named_with_its_gigabytes() -> None:
    changes = imagedf.diff_images(OLD, NEW)
    found = [
        (name, change, None if pd.isna(delta) else delta) for name, change, delta in brief(changes)
    ]
    assert found == [
        ("gone", "removed", -5.0),
        ("grown", "resized", 2.5),
        ("fresh", "added", 1.0),
        ("20.04 x64", "resized", 0.5),
        ("after", "renamed, tags changed", 0.0),
        ("moved", "status changed, regions changed", 0.0),
        ("unknown", "resized", None),
    ]


def test_a_changed_image_shows_both_sides() -> None:
    old = listing(image(2, tags=["b"]), image(3))
    new = listing(image(2, name="new", tags=[], size_gigabytes=12.5, regions=[]))
    changes = imagedf.diff_images(old, new, prices=None)
    expected = pd.DataFrame(
        {
            "account": ["prod", "prod"],
            "change": ["removed", "renamed, resized, regions changed, tags changed"],
            "slug": [None, None],
            "id_before": [3, 2],
            "id_after": [None, 2],
            "name_before": ["image 3", "image 2"],
            "name_after": [None, "new"],
            "type_before": ["snapshot", "snapshot"],
            "type_after": [None, "snapshot"],
            "status_before": ["available", "available"],
            "status_after": [None, "available"],
            "regions_before": [["nyc3"], ["nyc3"]],
            "regions_after": [None, []],
            "tags_before": [[], ["b"]],
            "tags_after": [None, []],
            "size_gigabytes_before": [10.0, 10.0],
            "size_gigabytes_after": [None, 12.5],
            "size_gigabytes_delta": [-10.0, 2.5],
            "monthly_cost_usd_before": [0.6, 0.6],
            "monthly_cost_usd_after": [None, 0.75],
            "monthly_cost_usd_delta": [-0.6, 0.15],
        }
    )
    texts = [
        name
        for name in map(str, expected)
        if name.split("_")[0] in ("account", "change", "slug", "name", "type", "status")
    ]
    expected = expected.astype(dict.fromkeys(texts, "str"))
    expected = expected.astype({"id_before": "Int64", "id_after": "Int64"})
    pd.testing.assert_frame_equal(changes, expected)


@pytest.mark.parametrize("later", ["old", "new"])
def test_rates_are_those_of_the_later_day(later: str) -> None:
    book = money.book(
        money.rate("snapshot", "1"),
        money.rate("snapshot", "2", effective_from=date(2026, 5, 2)),
        money.rate("snapshot", "3", effective_from=date(2026, 5, 3)),
    )
    days = {"old": 1, "new": 1} | {later: 2}
    frames = []
    for side, day in days.items():
        frame = listing(image(1, size_gigabytes=10.0 if side == "old" else 11.0))
        entry = imagedf.AccountCertificate(
            "prod", images=1, own_images=1, complete=True, finished=f"2026-05-0{day}T00:00:00Z"
        )
        frame.attrs[ATTRS_KEY] = Certificate((entry,)).to_dict()
        frames.append(frame)
    (change,) = imagedf.diff_images(*frames, prices=book).to_dict("records")
    assert (change["monthly_cost_usd_before"], change["monthly_cost_usd_after"]) == (20.0, 22.0)


def test_totals_by_account_and_type_worked_by_hand() -> None:
    dev = listing(image(9, size_gigabytes=4.0), account="dev")
    old, new = together(OLD, dev), together(NEW, dev)
    found = imagedf.diff_totals(old, new)
    names = ["images", "size_gigabytes", "unknown_size", "monthly_cost_usd", "unknown_cost"]
    expected = pd.DataFrame(
        [
            ("dev", "snapshot", 1, 1, 0, 4.0, 4.0, 0.0, 0, 0, 0, 0.24, 0.24, 0.0, 0, 0, 0),
            ("prod", "backup", 0, 1, 1, 0.0, 1.0, 1.0, 0, 0, 0, 0.0, None, None, 0, 1, 1),
            ("prod", "custom", 1, 0, -1, 5.0, 0.0, -5.0, 0, 0, 0, 0.3, 0.0, -0.3, 0, 0, 0),
            # The size that became known is not growth.
            ("prod", "snapshot", 6, 6, 0, 42.0, 48.0, 3.0, 1, 0, -1, 1.8, 2.73, 0.75, 1, 0, -1),
        ],
        columns=["account", "type"]
        + [f"{name}_{side}" for name in names for side in ("before", "after", "delta")],
    ).astype({"account": "str", "type": "str"})
    pd.testing.assert_frame_equal(found, expected)


def test_ids_that_repeat_are_paired_by_their_names() -> None:
    page = imagedf.read_images(DOCUMENTED_PAGE)
    assert imagedf.diff_images(page, page).empty
    renamed = page.assign(name=page["name"].replace({"Another Snapshot": "Renamed"}))
    assert brief(imagedf.diff_images(page, renamed)) == [("Renamed", "renamed", 0.0)]
    assert brief(imagedf.diff_images(renamed, page)) == [("Another Snapshot", "renamed", 0.0)]


def test_an_ambiguous_id_pairs_nothing() -> None:
    old = listing(image(1, name="a"), image(1, name="b"))
    new = listing(image(1, name="c"), image(1, name="d"))
    changes = imagedf.diff_images(old, new)["change"]
    assert sorted(changes) == ["added", "added", "removed", "removed"]


def test_public_images_are_paired_by_slug_and_private_ones_are_not() -> None:
    def of(number: int, *, public: bool) -> pd.DataFrame:
        return listing(image(number, name=f"v{number}", slug="debian-12", public=public))

    assert imagedf.diff_images(of(1, public=True), of(2, public=True))["change"].tolist() == [
        "renamed"
    ]
    private = imagedf.diff_images(of(1, public=False), of(2, public=False))
    assert sorted(private["change"]) == ["added", "removed"]


def test_images_of_different_accounts_are_different() -> None:
    old = together(listing(image(1)), listing(account="dev"))
    new = together(listing(), listing(image(1), account="dev"))
    changes = imagedf.diff_images(old, new)
    assert list(zip(changes["account"], changes["change"], strict=True)) == [
        ("dev", "added"),
        ("prod", "removed"),
    ]


def test_the_order_of_rows_regions_and_tags_is_not_a_change() -> None:
    old = listing(image(1, regions=["a", "b"], tags=["x", "y"]), image(2))
    new = listing(image(2), image(1, regions=["b", "a"], tags=["y", "x"]))
    assert imagedf.diff_images(old, new).empty
    assert imagedf.diff_images(imagedf.collapse_regions(old), new).empty


def test_a_price_alone_is_a_change_of_its_own() -> None:
    frame = listing(image(1))
    old = imagedf.estimate_cost(frame, on=date(2026, 11, 1))
    new = old.assign(monthly_cost_usd=[0.7])
    changes = imagedf.diff_images(old, new)
    assert changes[["change", "monthly_cost_usd_delta"]].to_numpy().tolist() == [["repriced", 0.1]]
    assert imagedf.diff_images(old, new, prices=imagedf.PriceBook.load()).empty


@examples(6)
@given(old=listings, new=listings)
def test_deltas_of_images_and_of_totals_agree(
    old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> None:
    before, after = (imagedf.estimate_cost(frame_of(side)) for side in (old, new))
    changes = imagedf.diff_images(before, after)
    sums = imagedf.diff_totals(before, after)
    totals = [imagedf.totals(frame).iloc[0] for frame in (before, after)]
    for name in ("images", "unknown_size", "unknown_cost"):
        assert sums[f"{name}_delta"].sum() == totals[1][name] - totals[0][name]
    for name in ("size_gigabytes", "monthly_cost_usd"):
        assert billionths(sums[f"{name}_delta"]) == billionths(changes[f"{name}_delta"])
        for side, total in zip(("before", "after"), totals, strict=True):
            assert billionths(sums[f"{name}_{side}"]) == billionths(pd.Series([total[name]]))
    counts = changes["change"].value_counts()
    assert counts.get("added", 0) - counts.get("removed", 0) == sums["images_delta"].sum()
    turned = imagedf.diff_images(after, before)["change"]
    swapped = turned.replace({"added": "removed", "removed": "added"})
    assert sorted(swapped) == sorted(changes["change"])


def billionths(amounts: pd.Series[float]) -> int:
    """Return the exact sum of known amounts."""
    return sum(round(Decimal(amount) * 10**9) for amount in amounts.dropna())


@examples(6)
@given(old=listings, new=listings)
def test_where_everything_is_known_the_deltas_are_the_difference(
    old: list[dict[str, Any]], new: list[dict[str, Any]]
) -> None:
    known = [
        [one | {"size_gigabytes": one["size_gigabytes"] or 0} for one in side]
        for side in (old, new)
    ]
    sums = imagedf.diff_totals(*(frame_of(side) for side in known))
    moved = sums["size_gigabytes_after"] - sums["size_gigabytes_before"]
    assert moved.tolist() == pytest.approx(sums["size_gigabytes_delta"].tolist())


@pytest.mark.parametrize(("before", "after"), [(None, 500.0), (500.0, None), (None, None)])
def test_a_size_that_becomes_known_is_not_growth(before: float | None, after: float | None) -> None:
    old, new = (listing(image(1, size_gigabytes=size), image(2)) for size in (before, after))
    sums = imagedf.diff_totals(old, new).iloc[0]
    assert sums[["size_gigabytes_delta", "monthly_cost_usd_delta"]].tolist() == [0.0, 0.0]
    alone = [listing(image(1, size_gigabytes=size)) for size in (before, after)]
    only = imagedf.diff_totals(*alone).iloc[0]
    assert only[["size_gigabytes_delta", "monthly_cost_usd_delta"]].isna().all()
    # It is not growth either where the image changes its type in the same moment.
    retyped = listing(image(1, size_gigabytes=after, type="custom"), image(2))
    assert imagedf.diff_totals(old, retyped)["size_gigabytes_delta"].dropna().tolist() == [0.0]


def test_an_image_that_changes_its_type_leaves_one_group_for_another() -> None:
    old, new = listing(image(1)), listing(image(1, type="custom", size_gigabytes=12.0))
    sums = imagedf.diff_totals(old, new)
    assert sums[["type", "images_delta", "size_gigabytes_delta"]].to_numpy().tolist() == [
        ["custom", 1, 12.0],
        ["snapshot", -1, -10.0],
    ]


def _own(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a listing as if only own images had been requested."""
    kept = frame[~frame["public"]].copy()
    kept.attrs["imagedf"]["accounts"][0]["images"] -= 1
    return kept


def test_files_and_recorded_days_are_compared_like_frames(tmp_path: Path) -> None:
    expected = imagedf.diff_images(OLD, NEW)
    files = [imagedf.to_parquet(f, tmp_path / f"{n}.parquet") for n, f in enumerate((OLD, NEW))]
    pd.testing.assert_frame_equal(imagedf.diff_images(str(files[0]), files[1]), expected)
    for frame, day in ((OLD, "2026-10-31"), (NEW, "2026-11-23")):
        imagedf.record(frame, tmp_path / "history", on=day)
    days = imagedf.diff_images("2026-10-31", date(2026, 11, 23), history=tmp_path / "history")
    own = expected[expected["slug"].isna()].reset_index(drop=True)
    pd.testing.assert_frame_equal(days, own)
    totals = imagedf.diff_totals("2026-10-31", "2026-11-23", history=tmp_path / "history")
    pd.testing.assert_frame_equal(totals, imagedf.diff_totals(_own(OLD), _own(NEW)))
    with pytest.raises(HistoryError, match=r"2026-11-01.*2026-10-31.*2026-11-23"):
        imagedf.diff_images("2026-11-01", "2026-11-23", history=tmp_path / "history")
    imagedf.record(OLD, tmp_path / "young", on="2026-10-31")
    with pytest.raises(HistoryError, match="2026-10-31"):
        imagedf.diff_images("2026-11-01", "2026-11-23", history=tmp_path / "young")


def marked(**certificate: Any) -> pd.DataFrame:
    frame = listing(image(1))
    frame.attrs["imagedf"]["accounts"][0] |= certificate
    return frame


REFUSED: dict[str, tuple[Callable[[], dict[str, Any]], type[Exception], str]] = {
    "incomplete": (
        lambda: {"new": marked(complete=False)},
        IncompleteListingError,
        "prod",
    ),
    "rows taken out": (lambda: {"new": NEW.head(2)}, FrameError, "images"),
    "columns taken out": (
        lambda: {"new": NEW.drop(columns=["slug", "tags"])},
        FrameError,
        "slug, tags",
    ),
    "other filters": (lambda: {"new": marked(filters={"private": "true"})}, FrameError, "filters"),
    "a day without a history": (lambda: {"new": "2026-11-23"}, ValueError, "history="),
    "other accounts": (
        lambda: {"new": listing(image(1), account="dev")},
        FrameError,
        "accounts",
    ),
    "an account that one lacks": (
        lambda: {"new": NEW, "accounts": ["dev"]},
        FrameError,
        "dev",
    ),
    "costs on one side": (
        lambda: {"new": imagedf.estimate_cost(NEW)},
        FrameError,
        "monthly_cost_usd",
    ),
    "no listing": (lambda: {"new": 5}, TypeError, "new"),
    "a frame of another engine": (
        lambda: {"new": pl.from_pandas(imagedf.collapse_regions(NEW))},
        TypeError,
        r"polars\.DataFrame",
    ),
    "a frame with history": (
        lambda: {"new": NEW, "history": "somewhere"},
        TypeError,
        "old",
    ),
    "no file": (lambda: {"new": "nowhere.parquet"}, ImagedfError, "nowhere.parquet"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_compared_is_refused(case: str) -> None:
    make, error, message = REFUSED[case]
    for diff in (imagedf.diff_images, imagedf.diff_totals):
        with pytest.raises(error, match=message):
            diff(OLD, **make())


def test_accounts_that_both_have_can_be_picked() -> None:
    both = together(OLD, listing(image(1), account="dev"))
    with pytest.raises(FrameError, match="accounts="):
        imagedf.diff_images(both, NEW)
    picked = imagedf.diff_images(both, NEW, accounts=["prod"])
    pd.testing.assert_frame_equal(picked, imagedf.diff_images(OLD, NEW))


def test_several_days_in_one_frame_are_refused(tmp_path: Path) -> None:
    for day in ("2026-10-31", "2026-11-23"):
        imagedf.record(OLD, tmp_path, on=day)
    with pytest.raises(FrameError, match="several days"):
        imagedf.diff_images(imagedf.read_history(tmp_path), NEW)
