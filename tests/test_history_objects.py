"""A history and its star in object storage: one listing, one read or put per file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import imagedf
from imagedf import files
from tests.histories import image, listing, together
from tests.object_storage import Proxy, moto
from tests.test_objects import use

pytest.importorskip("moto")
BUCKET = "inventory"
DAYS = ("2026-10-30", "2026-11-01", "2026-11-02")


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with moto(BUCKET) as port:
        yield port


@pytest.fixture
def proxy(server: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    proxy = Proxy(server)
    use(monkeypatch, proxy.port)
    yield proxy
    proxy.close()


def record_days(root: str) -> None:
    for number, day in enumerate(DAYS):
        prod = listing(image(1, regions=["a", "b"]), image(2, size_gigabytes=number + 0.5))
        imagedf.record(together(prod, listing(account="A=b")), root, on=day)


def requests_of(proxy: Proxy, method: str) -> list[str]:
    return [request for request in proxy.requests if request.startswith(method)]


def test_a_history_in_a_bucket_is_that_of_a_folder(proxy: Proxy, tmp_path: Path) -> None:
    uri = f"s3://{BUCKET}/history"
    for root in (uri, str(tmp_path / "history")):
        record_days(root)
    assert files.list_objects(uri)[0] == f"{uri}/%41%3Db/2026-10-30.parquet"
    local = str(tmp_path / "history")
    pd.testing.assert_frame_equal(imagedf.read_history(uri), imagedf.read_history(local))
    for by in (None, "account", "region", "type"):
        pd.testing.assert_frame_equal(imagedf.growth(uri, by), imagedf.growth(local, by))
    opened = imagedf.open_history(uri).aggregate("count(*), sum(size_gigabytes)").fetchall()
    assert opened == [(6, 34.5)]
    changes = imagedf.diff_images(DAYS[0], DAYS[2], history=uri)
    assert changes["change"].tolist() == ["resized"]


def test_recording_and_reading_cost_one_request_per_file_and_few_listings(proxy: Proxy) -> None:
    uri = f"s3://{BUCKET}/counted"
    record_days(uri)
    puts = requests_of(proxy, "PUT")
    assert len(puts) == 2 * len(DAYS)
    for read in (imagedf.read_history, imagedf.growth):
        proxy.requests.clear()
        read(uri, since=DAYS[1])
        objects = [one for one in requests_of(proxy, "GET") if ".parquet" in one]
        assert len(objects) == 4
        assert len(requests_of(proxy, "GET")) - len(objects) == 1


def test_recording_costs_the_same_requests_however_long_the_history_is(proxy: Proxy) -> None:
    uri = f"s3://{BUCKET}/longer"
    counts = []
    for day in range(1, 10):
        proxy.requests.clear()
        imagedf.record(listing(image(1), image(2)), uri, on=f"2026-10-{day:02}")
        counts.append(len(proxy.requests))
    assert len(set(counts[1:])) == 1


def test_a_star_is_written_with_one_put_per_table(proxy: Proxy, tmp_path: Path) -> None:
    frame = listing(image(1, tags=["a"]), image(2))
    proxy.requests.clear()
    uri = f"s3://{BUCKET}/star"
    assert imagedf.export_star(frame, uri, on="2026-11-01") == uri
    assert len(requests_of(proxy, "PUT")) == 3
    local = imagedf.export_star(frame, tmp_path / "star", on="2026-11-01")
    for name in ("images", "image_regions", "image_tags"):
        table = files.read_table(f"{uri}/{name}.parquet")
        assert table.equals(files.read_table(local / f"{name}.parquet"))


def test_what_does_not_belong_or_exist_is_named(proxy: Proxy) -> None:
    with pytest.raises(imagedf.HistoryError, match="does not exist"):
        imagedf.read_history(f"s3://{BUCKET}/nowhere")
    uri = f"s3://{BUCKET}/stray"
    record_days(uri)
    imagedf.to_parquet(listing(image(1)), f"{uri}/prod/copy.parquet")
    for read in (imagedf.read_history, imagedf.growth):
        with pytest.raises(imagedf.HistoryError, match="copy"):
            read(uri)
    with pytest.raises(imagedf.HistoryError, match="copy"):
        imagedf.record(listing(image(1)), uri, on="2026-11-09")
