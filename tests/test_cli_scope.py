"""Which images a command counts: the scope, and the same filters for live and saved input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import imagedf
from imagedf.cli import main
from imagedf.sandbox import Sandbox
from tests.conftest import sample


def image(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"web-{number}",
        "type": "snapshot",
        "distribution": "Ubuntu",
        "public": False,
        "regions": ["nyc3"],
        "size_gigabytes": 10.0,
        "created_at": "2026-01-01T00:00:00Z",
        "status": "available",
        "tags": [],
    } | fields


IMAGES = [
    image(1, tags=["keep"], regions=["nyc3", "ams3"]),
    image(2, type="backup", size_gigabytes=5.0),
    image(3, name="db-3", type="custom", created_at="2025-01-01T00:00:00Z"),
    image(4, public=True, type="base", slug="ubuntu-24-04-x64"),
    image(5, public=True, type="application", slug="wordpress"),
    image(6, type="base", name="retired"),
    image(7, public=None, tags=None, status=None),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox({"default": IMAGES}) as running:
        yield running


SOURCES = ["live", "json", "parquet"]


@pytest.fixture(params=SOURCES)
def source(
    request: pytest.FixtureRequest,
    server: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> list[str]:
    """The same listing from the API, from saved responses and from Parquet."""
    monkeypatch.setenv("DIGITALOCEAN_API_URL", server.url)
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", server.token)
    if request.param == "live":
        return []
    saved = tmp_path / "listing.json"
    saved.write_text(json.dumps({"images": IMAGES, "meta": {"total": len(IMAGES)}}))
    if request.param == "json":
        return ["--from", str(saved)]
    path = str(tmp_path / "listing.parquet")
    assert run("fetch", "--from", str(saved), "-o", path).exit_code == 0
    return ["--from", path]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def ids(*arguments: str) -> list[int]:
    result = run("fetch", *arguments, "--grain", "image", "--format", "json")
    assert result.exit_code == 0, result.stderr
    return [row["id"] for row in json.loads(result.stdout)]


TOTALS: list[tuple[list[str], int, str]] = [
    ([], 4, "own images"),
    (["--scope", "own"], 4, "own images"),
    (["--scope", "public"], 3, "public images"),
    (["--scope", "all"], 7, "all images"),
    (["--type", "application"], 1, "public images, filtered"),
    (["--tag", "keep"], 1, "own images, filtered"),
    (["--where", "type=backup"], 1, "own images, filtered"),
]


@pytest.mark.parametrize(
    ("source", "total"), sample(product(SOURCES, TOTALS), 3), indirect=["source"]
)
def test_a_total_counts_the_scope_and_states_it(
    source: list[str], total: tuple[list[str], int, str]
) -> None:
    options, images, counted = total
    rows = json.loads(run("summary", *source, *options, "--format", "json").stdout)
    assert sum(row["images"] for row in rows) == images
    assert f"total, {counted} " in run("summary", *source, *options).stdout


FILTERS: list[tuple[list[str], list[int]]] = [
    ([], [1, 2, 3, 4, 5, 6, 7]),
    (["--private"], [1, 2, 3, 7]),
    (["--type", "application"], [5]),
    (["--tag", "keep"], [1]),
    (["--where", "type=snapshot"], [1, 7]),
    (["--where", "type!=snapshot", "--where", "public=no"], [2, 3, 6]),
    (["--where", "name=web-*", "--where", "size_gigabytes<10"], [2]),
    (["--where", "size_gigabytes>=10", "--private"], [1, 3, 7]),
    (["--where", "created_at<2026-01-01"], [3]),
    (["--where", "region=ams3"], [1]),
    (["--where", "tag=keep"], [1]),
    (["--where", "tag!=keep"], [2, 3, 4, 5, 6]),
    (["--where", "tag="], [2, 3, 4, 5, 6]),
    (["--where", "status="], [7]),
    (["--where", "status!="], [1, 2, 3, 4, 5, 6]),
    (["--where", "public=yes"], [4, 5]),
]


@pytest.mark.parametrize(
    ("source", "filtered"), sample(product(SOURCES, FILTERS), 3), indirect=["source"]
)
def test_filters_are_the_same_on_live_and_saved_input(
    source: list[str], filtered: tuple[list[str], list[int]]
) -> None:
    options, expected = filtered
    assert ids(*source, *options) == expected


def test_an_image_that_is_kept_keeps_all_its_regions(source: list[str]) -> None:
    text = run("fetch", *source, "--where", "region=ams3", "--format", "json").stdout
    rows = [(row["region"], row["allocated_gigabytes"]) for row in json.loads(text)]
    assert rows == [("nyc3", 5.0), ("ams3", 5.0)]


def test_a_listing_with_rows_removed_does_not_look_complete(source: list[str]) -> None:
    text = run("summary", *source, "--where", "type=backup").stdout
    assert "1 of " in text
    assert "listed images" in text


def test_own_asks_the_api_for_private_images_and_all_does_not(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITALOCEAN_API_URL", server.url)
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", server.token)
    for options, private in (([], True), (["--scope", "all"], False)):
        before = len(server.requests)
        assert run("summary", *options).exit_code == 0
        asked = server.requests[before:]
        assert all(("private" in request.query) == private for request in asked)


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("tpye=snapshot", "did you mean type?"),
        ("size_gigabytes=large", "not a valid value"),
        ("created_at<soon", "not a valid value"),
        ("public=maybe", "not a valid value"),
        ("tag<5", "= and !="),
        ("type", "COLUMN=VALUE"),
    ],
)
def test_a_wrong_condition_is_wrong_usage(source: list[str], condition: str, says: str) -> None:
    result = run("summary", *source, "--where", condition)
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_a_list_without_a_total_is_a_note_and_exit_code_0(tmp_path: Path) -> None:
    saved = tmp_path / "list.json"
    saved.write_text(json.dumps(IMAGES))
    assert run("summary", "--from", str(saved)).exit_code == 0


def test_a_private_fetch_is_the_same_images_in_every_format(
    server: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITALOCEAN_API_URL", server.url)
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", server.token)
    parquet, csv = str(tmp_path / "x.parquet"), str(tmp_path / "x.csv")
    said = [run("fetch", "--private", "-o", path).stderr for path in (parquet, csv)]
    streamed = imagedf.read_parquet(parquet)
    assert set(streamed["id"]) == set(pd.read_csv(csv)["id"]) == {1, 2, 3, 7}
    assert all("complete: 5 of 5 images, 4 of them your own" in text for text in said)
    assert imagedf.certificate(streamed).complete
    assert "4 of them your own" in run("summary", "--from", parquet).stdout


@pytest.mark.parametrize(("kind", "ids"), [("application", [1, 2]), ("distribution", [3])])
def test_the_type_that_the_api_filters_by_is_not_the_column(
    kind: str, ids: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = [
        image(1, public=True, type="snapshot", slug="docker-20-04"),  # as most 1-click images
        image(2, public=True, type="application", slug="wordpress"),
        image(3, public=True, type="base", slug="ubuntu-24-04-x64"),
        image(4),
        image(5, type="base", name="retired"),
    ]
    saved = tmp_path / "images.json"
    saved.write_text(json.dumps({"images": images, "meta": {"total": len(images)}}))
    with Sandbox({"default": images}) as server:
        monkeypatch.setenv("DIGITALOCEAN_API_URL", server.url)
        monkeypatch.setenv("DIGITALOCEAN_TOKEN", server.token)
        for source in ([], ["--from", str(saved)]):
            shown = run("fetch", *source, "--type", kind, "--grain", "image", "--format", "json")
            assert [row["id"] for row in json.loads(shown.stdout)] == ids
            total = run("summary", *source, "--type", kind, "--format", "json")
            assert sum(row["images"] for row in json.loads(total.stdout)) == len(ids)


def test_a_tag_selects_what_the_api_lists_for_it_also_where_tags_are_not_readable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    images = [image(1, tags=["keep"]), image(2, tags=["keep"]), image(3)]
    with Sandbox({"default": images}) as server:
        monkeypatch.setenv("DIGITALOCEAN_API_URL", server.url)
        monkeypatch.setenv("DIGITALOCEAN_TOKEN", server.token_with(["image:read"]))
        live = run("summary", "--tag", "keep", "--format", "json")
        assert [row["images"] for row in json.loads(live.stdout)] == [2]
        by_column = run("summary", "--where", "tag=keep", "--format", "json")
        assert json.loads(by_column.stdout) == []
        assert "unknown for 3 images" in by_column.stderr
        assert run("fetch", "-o", str(tmp_path / "x.parquet")).exit_code == 0
    saved = run("summary", "--from", str(tmp_path / "x.parquet"), "--tag", "keep")
    assert "unknown for 3 images" in saved.stderr
