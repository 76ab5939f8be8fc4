"""An account in a history and in star tables: sources, uses, volume snapshots, Droplets."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

import imagedf
from imagedf.sandbox import Sandbox
from imagedf.schema import LINKS, STAR, STAR_OF_ACCOUNT

DAY = "2026-11-20"
TABLES = sorted({**STAR, **STAR_OF_ACCOUNT})


@cache
def account() -> imagedf.Account:
    return imagedf.example_account()


@cache
def images_only() -> imagedf.Account:
    """Return what a token without the scopes for Droplets, volumes and snapshots can read."""
    with Sandbox() as sandbox:
        token = sandbox.token_with({"image:read", "tag:read"}, "prod")
        return imagedf.fetch_account(token, base_url=sandbox.url)


@pytest.fixture(scope="module")
def star(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return imagedf.export_star(account(), tmp_path_factory.mktemp("star"), on=DAY)


def test_an_account_has_three_more_tables_with_the_public_schemas(star: Path) -> None:
    assert sorted(path.stem for path in star.iterdir()) == TABLES
    ids = set()
    for name, schema in {**STAR, **STAR_OF_ACCOUNT}.items():
        written = pq.ParquetFile(star / f"{name}.parquet").schema_arrow
        assert written.equals(schema)
        ids.add(written.metadata[b"imagedf.export_id"])
    assert len(ids) == 1


READERS: dict[str, Callable[[Path], Any]] = {
    "pandas": lambda path: pd.read_parquet(path).to_dict("records"),
    "polars": lambda path: pl.read_parquet(path).to_dicts(),
    "duckdb": lambda path: duckdb.connect().execute(f"from '{path}'").df().to_dict("records"),
}


@pytest.mark.parametrize("engine", READERS)
def test_the_totals_are_those_of_the_bill_in_every_engine(star: Path, engine: str) -> None:
    rows = {name: READERS[engine](star / f"{name}.parquet") for name in TABLES}
    bill = imagedf.account_bill(account(), on=DAY).set_index("kind")
    cost = bill["monthly_cost_usd"].astype("float64")
    volumes = sum(row["monthly_cost_usd"] for row in rows["volume_snapshots"])
    assert volumes == pytest.approx(cost["volume snapshots"])
    known = [row["monthly_cost_usd"] for row in rows["images"]]
    images = sum(one for one in known if one is not None and one == one)  # noqa: PLR0124 # not NaN
    expected = cost["Droplet snapshots"] + cost["custom images"]
    assert images == pytest.approx(expected, abs=0.01)
    assert len(rows["droplets"]) == len(account().droplets)  # type: ignore[arg-type] # readable


def test_uses_join_images_with_droplets_and_pools(star: Path) -> None:
    images, uses = (pd.read_parquet(star / f"{name}.parquet") for name in ("images", "image_uses"))
    linked = imagedf.link_images(account())
    listed = sum(len(cell) for cell in linked["used_by"])
    assert len(uses) == listed == images["use_count"].sum() > 0
    assert set(uses["image_key"]) <= set(images["image_key"])
    droplets = pd.read_parquet(star / "droplets.parquet")
    assert set(uses["droplet_id"].dropna()) <= set(droplets["id"])
    assert (uses["droplet_id"].notna() ^ uses["pool_id"].notna()).all()


def test_unreadable_frames_have_no_table_and_no_count(tmp_path: Path) -> None:
    star = imagedf.export_star(images_only(), tmp_path / "star", on=DAY)
    assert {path.stem for path in star.iterdir()} == set(STAR)
    images = pd.read_parquet(star / "images.parquet")
    assert images["use_count"].isna().all()
    assert images["source"].isna().all()


def test_a_volume_snapshot_without_a_rate_has_a_missing_cost_and_a_note(tmp_path: Path) -> None:
    book = tmp_path / "prices.toml"
    book.write_text(
        'currency = "EUR"\nunit = "GB-month"\n[[rate]]\nbilling_class = "snapshot"\n'
        'effective_from = 2022-07-01\nrate = "0.06"\nsource = "https://example.com"\n'
        "read_on = 2026-11-23\n"
    )
    prices = imagedf.PriceBook.load(book)
    star = imagedf.export_star(account(), tmp_path / "star", on=DAY, prices=prices)
    snapshots = pd.read_parquet(star / "volume_snapshots.parquet")
    assert snapshots["monthly_cost_eur"].isna().all()
    assert snapshots["cost_note"].notna().all()


def test_a_history_keeps_the_links_of_its_images(tmp_path: Path) -> None:
    imagedf.record(account(), tmp_path, on=DAY)
    read = imagedf.read_history(tmp_path)
    linked = imagedf.own_images(imagedf.link_images(account()))
    names = ["account", "id", "name", *(column.name for column in LINKS)]
    order = ["account", "id", "name"]
    pd.testing.assert_frame_equal(
        read[names].sort_values(order, ignore_index=True),
        linked[names].sort_values(order, ignore_index=True),
    )
    by_source = imagedf.growth(tmp_path, "source").set_index("source")["images"]
    assert by_source["gone"] == (linked["source"] == "gone").sum()
    star = imagedf.export_star(tmp_path, tmp_path.parent / "star of history")
    images = pd.read_parquet(star / "images.parquet")
    assert images["use_count"].sum() == sum(map(len, linked["used_by"]))


def test_links_that_are_unknown_stay_unknown_in_a_history(tmp_path: Path) -> None:
    imagedf.record(images_only(), tmp_path, on="2026-11-19")
    imagedf.record(account(), tmp_path, on=DAY)
    days = imagedf.read_history(tmp_path).groupby("snapshot_date")["used_by"]
    assert [int(cells.isna().sum()) > 0 for _, cells in days] == [True, False]
