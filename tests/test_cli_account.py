"""The whole account on the command line: saved, read again, and what the images are used for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from pandas.testing import assert_frame_equal

import imagedf
from imagedf.cli import main
from imagedf.cli._account_data import load_account, write_account
from imagedf.cli._source import takes_images
from imagedf.sandbox import Api, Sandbox, sample_worlds
from tests.conftest import DOCUMENTED_PAGE, sample
from tests.worlds import world


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def account(server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setenv("DIGITALOCEAN_API_URL", server.url)
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", server.token)
    return server


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A small account with an image in use, for commands that draw charts."""
    with Sandbox({"prod": world()}) as running:
        monkeypatch.setenv("DIGITALOCEAN_API_URL", running.url)
        monkeypatch.setenv("DIGITALOCEAN_TOKEN", running.token)
        yield running


def summary(*arguments: str) -> list[dict[str, object]]:
    result = run("summary", *arguments, "--format", "json")
    assert result.exit_code == 0, result.stderr
    rows: list[dict[str, object]] = json.loads(result.stdout)
    return rows


def test_account_data_is_read_back_as_it_was_fetched(account: Sandbox, tmp_path: Path) -> None:
    path = str(tmp_path / "account")
    assert run("fetch", "--account-data", "-o", path).exit_code == 0
    for options in (["--by", "source"], ["--by", "type"], ["--where", "type=backup"]):
        assert summary("--from", path, *options) == summary(*options)


def test_every_frame_survives_the_files(tmp_path: Path) -> None:
    written = imagedf.example_account()
    write_account(written, str(tmp_path))
    found = []

    @takes_images("own", account=True)
    def command(source: object) -> None:
        found.append(load_account(source))  # type: ignore[arg-type] # what the decorator made

    CliRunner().invoke(click.command()(command), ["--from", str(tmp_path)], catch_exceptions=False)
    (read,) = found
    assert read.certificate == written.certificate
    for name in imagedf.schema.ACCOUNT_FRAMES:
        expected = getattr(written, name)
        if name == "images":
            expected = imagedf.own_images(expected)
        assert_frame_equal(getattr(read, name), expected)
    assert_frame_equal(
        imagedf.link_images(read)[["source", "used_by"]],
        imagedf.link_images(written)
        .loc[lambda links: links["id"].isin(read.images["id"])][["source", "used_by"]]
        .reset_index(drop=True),
    )


def test_without_scopes_sources_are_unknown_and_the_output_says_so(
    account: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", account.token_with({"image:read"}, "prod"))
    (row,) = summary("--by", "source")
    assert row["source"] is None
    result = run("summary", "--by", "source")
    assert "droplet:read" in result.stderr
    assert "unknown" in result.stdout


def test_an_older_certificate_does_not_cover_a_missing_frame(
    account: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "account"
    assert run("fetch", "--account-data", "-o", str(path)).exit_code == 0
    assert (path / "droplets.parquet").exists()
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", account.token_with({"image:read"}, "prod"))
    assert run("fetch", "--account-data", "-o", str(path)).exit_code == 0
    assert not (path / "droplets.parquet").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["fetch", "--account-data"], 2),
        (["summary", "--by", "source", "--scope", "all", "--from", str(DOCUMENTED_PAGE)], 2),
        (["summary", "--by", "source", "--from", "DAMAGED"], 6),
    ],
)
def test_wrong_account_data_is_one_line(tmp_path: Path, arguments: list[str], code: int) -> None:
    write_account(imagedf.example_account(), str(tmp_path))
    (tmp_path / "certificate.json").write_text("[]")
    result = run(*(str(tmp_path) if one == "DAMAGED" else one for one in arguments))
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.count("\n") == 1


def test_a_saved_listing_has_unknown_sources(account: Sandbox, tmp_path: Path) -> None:
    path = str(tmp_path / "x.parquet")
    assert run("fetch", "-o", path).exit_code == 0
    frame = imagedf.read_parquet(path)
    (row,) = summary("--from", path, "--by", "source")
    assert row["source"] is None
    assert row["images"] == len(imagedf.collapse_regions(imagedf.own_images(frame)))


def test_charts_request_only_images_and_use_a_saved_account(small: Sandbox, tmp_path: Path) -> None:
    whole = imagedf.fetch_account(small.token, base_url=small.url)
    write_account(whole, str(tmp_path / "saved"))
    before = len(small.requests)
    saved = ["--from", str(tmp_path / "saved")]
    images = imagedf.own_images(whole.images)
    cases: list[tuple[list[str], imagedf.Account | pd.DataFrame]]
    cases = [([], images), ([*saved, "--images-only"], images), (saved, whole)]
    for options, source in sample(cases, 2):
        path = tmp_path / str(len(options))
        assert run("charts", "-o", str(path), "--format", "svg", *options).exit_code == 0
        expected = imagedf.plot_savings(source).get_title(loc="left")
        assert expected in (path / "savings.svg").read_text("utf-8")
    assert {request.path for request in small.requests[before:]} == {"/v2/images"}
    assert "unknown use" in (tmp_path / "0/savings.svg").read_text("utf-8")
    assert "unknown use" not in (tmp_path / "2/savings.svg").read_text("utf-8")


LISTS = {
    "images": "/v2/images?private=true",
    "droplets": "/v2/droplets",
    "gpu_droplets": "/v2/droplets?type=gpus",
    "droplet_snapshots": "/v2/snapshots?resource_type=droplet",
    "volume_snapshots": "/v2/snapshots?resource_type=volume",
    "backup_policies": "/v2/droplets/backups/policies",
    "autoscale_pools": "/v2/droplets/autoscale",
    "volumes": "/v2/volumes",
}


@pytest.fixture(scope="module")
def responses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, api = tmp_path_factory.mktemp("responses"), Api({"dev": sample_worlds()["dev"]})
    for name, path in LISTS.items():
        mark = "&" if "?" in path else "?"
        headers = {"authorization": f"Bearer {api.token}"}
        pages = [
            json.loads(api.answer(f"{path}{mark}per_page=200&page={page}", headers).body)
            for page in (1, 2)
        ]
        (folder / f"{name}.json").write_text(json.dumps(pages), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "command", [["bill"], ["savings", "--on", "2026-11-01"], ["summary", "--by", "source,used"]]
)
def test_saved_responses_of_all_endpoints_are_an_account(
    command: list[str], responses: Path
) -> None:
    files = [option for path in responses.iterdir() for option in ("--from", str(path))]
    expected = run(*command, "--from", str(responses), "--format", "json")
    assert expected.exit_code == 0, expected.stderr
    assert "unknown without" not in expected.stderr
    assert run(*command, *files, "--format", "json").stdout == expected.stdout


@pytest.mark.parametrize("command", [["cost"], ["summary", "--by", "type"], ["fetch"]])
def test_images_are_found_among_saved_responses_of_other_endpoints(
    command: list[str], responses: Path, tmp_path: Path
) -> None:
    only = run(*command, "--from", str(responses / "images.json"), "--format", "json")
    assert only.exit_code == 0, only.stderr
    files = [option for path in responses.iterdir() for option in ("--from", str(path))]
    for paths in (["--from", str(responses)], files):
        among = run(*command, *paths, "--format", "json")
        assert (among.exit_code, among.stdout) == (0, only.stdout)
        assert "droplets" in among.stderr
    folder = shutil.copytree(responses, tmp_path / "odd")
    (folder / "notes.json").write_text('{"notes": []}', encoding="utf-8")
    refused = run(*command, "--from", str(folder))
    assert refused.exit_code == 6
    assert "notes.json" in refused.stderr
    assert run(*command, "--from", str(responses / "droplets.json")).exit_code == 6


def test_saved_responses_that_lack_an_image_are_not_complete(
    responses: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(responses, tmp_path / "short")
    pages = json.loads((folder / "images.json").read_text("utf-8"))
    del pages[0]["images"][5]
    (folder / "images.json").write_text(json.dumps(pages), encoding="utf-8")
    assert run("bill", "--from", str(folder)).exit_code == 5
    warned = run("bill", "--from", str(folder), "--on-incomplete", "warn")
    assert warned.exit_code == 5
    assert "INCOMPLETE" in warned.stderr
    assert "Droplet backups" in warned.stdout


def test_a_report_has_the_bill_where_the_account_can_be_read(
    small: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    cases: list[tuple[list[str], bool]]
    cases = [([], True), (["--images-only"], False), (["--tag", "web"], False)]
    for options, has_bill in sample(cases, 2):
        assert run("report", "-o", str(path), *options).exit_code == 0
        assert ("basic plan assumed" in path.read_text("utf-8")) is has_bill


@pytest.mark.parametrize(
    "command", ["bill", "cost", "export", "prices", "report", "savings", "summary"]
)
def test_help_names_the_least_scopes(command: str) -> None:
    assert "image:read" in run(command, "--help").stdout


def test_rates_are_checked_with_the_scopes_that_help_names(
    server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITALOCEAN_API_URL", server.url)
    scopes = {"image:read", "droplet:read", "block_storage:read", "block_storage_snapshot:read"}
    few = server.token_with(scopes, "prod")
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", few)
    assert "the size is in GB" in run("prices", "--check").stdout
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", server.token_with({"image:read", "droplet:read"}))
    refused = run("prices", "--check")
    assert refused.exit_code == 3
    assert "block_storage_snapshot:read" in refused.stderr
