"""``imagedf savings``: keep rules only keep more, and output for scripts is live and verified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from imagedf.cli import main
from imagedf.sandbox import Sandbox
from tests.conftest import DOCUMENTED_PAGE
from tests.worlds import world

PAGE = str(DOCUMENTED_PAGE)
ON = ("--on", "2026-11-20")


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A small account that the environment points to."""
    with Sandbox({"prod": world()}) as served:
        monkeypatch.setenv("DIGITALOCEAN_API_URL", served.url)
        monkeypatch.setenv("DIGITALOCEAN_TOKEN", served.token)
        yield served


def savings(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["savings", *arguments], catch_exceptions=False)


def ids(*arguments: str) -> list[int]:
    result = savings("--format", "ids", *ON, *arguments)
    assert result.exit_code == 0, result.output
    return [int(line) for line in result.stdout.split()]


def test_the_default_keeps_what_is_in_use_and_the_newest_of_each_series(sandbox: Sandbox) -> None:
    assert sorted(ids()) == [12, 13, 21]
    assert sorted(ids("--no-default-keeps")) == [12, 13, 21, 22]


def test_selecting_options_replace_the_default_and_keeps_are_added(sandbox: Sandbox) -> None:
    assert sorted(ids("--older-than", "285d")) == [12, 21]
    assert sorted(ids("--older-than", "285d", "--no-default-keeps")) == [12, 21, 22]
    assert ids("--gone") == [21]
    assert sorted(ids("--gone", "--no-default-keeps")) == [21, 22]
    assert ids("--name", "lost*", "--keep-name", "*-1") == []
    assert ids("--larger-than", "10") == []
    assert sorted(ids("--untagged", "--keep-last", "3")) == []


@pytest.mark.parametrize(
    "keep", ["--keep-last=1", "--keep-daily=9", "--keep-weekly=9", "--keep-monthly=9",
             "--keep-yearly=1", "--keep-tag=x", "--keep-name=web*"]
)  # fmt: skip
def test_a_keep_only_ever_keeps(keep: str, sandbox: Sandbox) -> None:
    assert set(ids(keep)) <= {12, 13, 21}
    assert set(ids("--no-default-keeps", keep)) <= {12, 13, 21, 22}


def test_a_policy_file_is_taken_as_it_is_and_keeps_are_added(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "policy.toml"
    path.write_text('[[select]]\nname = "lost*"\n')
    assert sorted(ids("--policy", str(path))) == [21, 22]
    assert ids("--policy", str(path), "--keep-last", "1") == [21]
    for options in (("--older-than", "1d"), ("--gone",), ("--no-default-keeps",)):
        assert savings("--policy", str(path), *options).exit_code == 2
    path.write_text("[[select]]\nolder = 1\n")
    assert savings("--policy", str(path)).exit_code == 6


def test_the_table_shows_series_first_and_images_on_demand(sandbox: Sandbox) -> None:
    table = savings(*ON).stdout
    assert "web" in table
    assert "2026-02-01" not in table
    assert "3 of 6 own images can be deleted" in table
    listed = savings(*ON, "--list").stdout
    assert "web-2026-02-01" in listed
    assert "Droplet 99, not in this account" in listed
    every = savings(*ON, "--by", "series", "--older-than", "10y")
    assert "web" in every.stdout
    rules = savings(*ON, "--by", "rule", "--format", "json")
    effects = {row["rule"]: row["images"] for row in json.loads(rules.stdout)}
    assert effects == {"older than 90 days": 3, "newest of its series": 1, "in use": 1}


def test_data_has_all_of_your_images_with_the_reasons(sandbox: Sandbox) -> None:
    rows = json.loads(savings(*ON, "--format", "json").stdout)
    reasons = {row["id"]: row["not_deletable"] for row in rows}
    assert reasons == {
        11: "in use",
        12: None,
        13: None,
        14: "not selected",
        21: None,
        22: "to review: the last of its series",
    }


def test_doctl_lines_are_commented_out_and_one_per_image(sandbox: Sandbox) -> None:
    images = sandbox.worlds["prod"].images
    images[4:5] = [{**images[4], "name": "lost-1\nrm -rf / #"}]
    lines = savings("--format", "doctl", *ON, "--no-default-keeps").stdout.splitlines()
    assert len(lines) == 4
    assert all(line.startswith("# doctl compute image delete ") for line in lines)


def test_an_id_that_a_kept_image_has_as_well_is_not_printed(sandbox: Sandbox) -> None:
    images = sandbox.worlds["prod"].images
    images[5:6] = [{**images[5], "id": images[4]["id"]}]
    result = savings("--format", "ids", "--images-only", *ON)
    assert "21" not in result.stdout.split()
    assert "12" in result.stdout.split()


def test_volume_snapshots_are_judged_on_request(sandbox: Sandbox) -> None:
    lines = savings("--volume-snapshots", "--format", "doctl", *ON).stdout.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("# doctl compute snapshot delete 0000") for line in lines)
    assert savings("--volume-snapshots", "--from", PAGE).exit_code == 6


def test_a_plan_is_written_verified_and_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    plan = str(tmp_path / "plan.json")
    assert savings(*ON, "--plan", plan).exit_code == 0
    assert sorted(ids("--verify", plan)) == [12, 13, 21]
    images = sandbox.worlds["prod"].images
    images[1:2] = [{**images[1], "tags": ["keep"], "size_gigabytes": 11.0}]
    checked = savings(*ON, "--verify", plan)
    assert checked.exit_code == 8
    assert "resized" in checked.stdout
    assert "2 of 3 candidates verified" in checked.stderr
    only = savings(*ON, "--verify", plan, "--format", "ids")
    assert sorted(only.stdout.split()) == ["13", "21"]
    assert only.exit_code == 8


def test_a_plan_of_volume_snapshots_is_verified_as_one(sandbox: Sandbox, tmp_path: Path) -> None:
    plan = str(tmp_path / "plan.json")
    assert savings(*ON, "--volume-snapshots", "--plan", plan).exit_code == 0
    assert len(savings(*ON, "--verify", plan, "--format", "doctl").stdout.splitlines()) == 2


def test_two_policies_are_compared(sandbox: Sandbox, tmp_path: Path) -> None:
    one, other = str(tmp_path / "one.toml"), str(tmp_path / "other.toml")
    Path(one).write_text('[[select]]\nname = "web*"\n[[keep]]\nlast = 1\n')
    Path(other).write_text("[[select]]\nolder_than = 270\n")
    result = savings(*ON, "--compare", one, other, "--format", "json")
    rows = {
        row["policy"]: (row["images"], row["size_gigabytes"]) for row in json.loads(result.stdout)
    }
    assert rows == {
        one: (2, 20.0),
        other: (3, 30.0),
        f"only {one}": (1, 10.0),
        f"only {other}": (2, 20.0),
    }


REFUSED = {
    "ids of a saved file": ("--format", "ids", "--from", PAGE),
    "doctl of a saved file": ("--format", "doctl", "--from", PAGE),
    "a part of the images by tag": ("--tag", "x"),
    "a part of the images by column": ("--where", "type=snapshot"),
    "an age in words": ("--older-than", "three moons"),
    "keeping none": ("--keep-last", "0"),
    "a plan and its verification": ("--plan", "p.json", "--verify", "p.json"),
    "a policy for a plan": ("--verify", "p.json", "--older-than", "1d"),
    "verifying with a saved file": ("--verify", "p.json", "--from", PAGE),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_be_unsafe_is_a_usage_error(case: str) -> None:
    result = savings(*REFUSED[case])
    assert result.exit_code == 2
    assert result.stdout == ""


def test_unreadable_tags_and_sources_are_errors(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", sandbox.token_with(["image:read"]))
    for options, scope in ((("--keep-tag", "keep"), "tag:read"), (("--gone",), "droplet:read")):
        result = savings(*ON, *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert scope in result.stderr
    assert "droplet:read" in savings(*ON).stdout


def test_ids_need_to_know_what_is_in_use_unless_asked_without(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", sandbox.token_with(["image:read", "tag:read"]))
    refused = savings(*ON, "--no-default-keeps", "--format", "ids")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "droplet:read" in refused.stderr
    asked = savings(*ON, "--no-default-keeps", "--format", "ids", "--images-only")
    assert asked.exit_code == 0
    assert asked.stdout


def test_a_partial_listing_gives_no_ids_and_no_plan(sandbox: Sandbox, tmp_path: Path) -> None:
    saved = tmp_path / "images.json"
    saved.write_text(json.dumps({"images": sandbox.worlds["prod"].images, "meta": {"total": 9}}))
    plan = tmp_path / "plan.json"
    result = savings("--from", str(saved), "--on-incomplete", "warn", "--plan", str(plan))
    assert result.exit_code != 0
    assert not plan.exists()
