"""``imagedf record``, ``diff`` and ``growth``, with a history that the commands create."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from imagedf.cli import main
from tests.conftest import DOCUMENTED_PAGE

PAGE = json.loads(DOCUMENTED_PAGE.read_bytes())


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """The documented page, and the same page a day later: one image deleted, one larger."""
    folder = tmp_path_factory.mktemp("saved")
    later = [dict(image) for image in PAGE["images"] if image["name"] != "A custom image"]
    later[0]["size_gigabytes"] = 10.0
    for name, images in (("old", PAGE["images"]), ("new", later)):
        (folder / f"{name}.json").write_text(
            json.dumps({"images": images, "meta": {"total": len(images)}})
        )
    return str(folder / "old.json"), str(folder / "new.json")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, saved: tuple[str, str]) -> str:
    """Two recorded days, which no test changes."""
    root = str(tmp_path_factory.mktemp("recorded") / "history")
    for path, day in zip(saved, ("2026-11-01", "2026-11-03"), strict=True):
        assert run("record", "--from", path, "--history", root, "--on", day).exit_code == 0
    return root


def test_recording_is_one_line_on_stdout(tmp_path: Path, saved: tuple[str, str]) -> None:
    options = ("--from", saved[0], "--history", str(tmp_path / "h"), "--on", "2026-11-01")
    first, again = run("record", *options), run("record", *options)
    line = "2026-11-01: recorded 5 images of default"
    assert first.stdout == f"{line}; left out: 1 public image\n"
    assert again.stdout == f"{line}; replaced: default; left out: 1 public image\n"
    assert first.stderr == again.stderr == ""
    assert run("record", *options, "--quiet").output == ""


def test_an_incomplete_listing_is_not_recorded(tmp_path: Path) -> None:
    short = tmp_path / "short.json"
    short.write_text('{"images": [], "meta": {"total": 1}}')
    options = ("--from", str(short), "--history", str(tmp_path / "h"), "--on-incomplete", "warn")
    assert run("record", *options).exit_code == 5
    assert not (tmp_path / "h").exists()


def test_two_days_are_compared_image_by_image(history: str) -> None:
    options = ("2026-11-01", "2026-11-03", "--history", history)
    rows = json.loads(run("diff", *options, "--format", "json").stdout)
    found = {(row["name_after"] or row["name_before"]): row for row in rows}
    assert found["A custom image"]["change"] == "removed"
    assert found["A custom image"]["size_gigabytes_delta"] == -2.34
    assert found["Nifty New Snapshot"]["change"] == "resized"
    assert found["Nifty New Snapshot"]["size_gigabytes_delta"] == pytest.approx(7.66)
    text = run("diff", *options).stdout
    assert "images: 5 → 4 (-1)" in text
    assert "GB: 11.70 → 17.02 (+5.32)" in text
    assert "USD/month: 0.70 → 1.02 (+0.32)" in text


def test_totals_of_a_diff_add_up_by_account_and_type(history: str) -> None:
    options = ("2026-11-01", "2026-11-03", "--history", history, "--totals", "--format", "json")
    rows = {row["type"]: row for row in json.loads(run("diff", *options).stdout)}
    assert rows["custom"]["images_delta"] == -1
    assert rows["snapshot"]["size_gigabytes_delta"] == pytest.approx(7.66)


def test_diff_exits_with_8_only_when_asked_and_something_changed(history: str) -> None:
    days = ("2026-11-01", "2026-11-03", "--history", history)
    assert run("diff", *days).exit_code == 0
    assert run("diff", *days, "--exit-code").exit_code == 8
    same = run("diff", "2026-11-01", "2026-11-01", "--history", history, "--exit-code")
    assert same.exit_code == 0
    assert "nothing changed" in same.stdout


def test_days_are_named_as_people_do(history: str) -> None:
    expected = run("diff", "2026-11-01", "2026-11-03", "--history", history).stdout
    assert "removed" in expected
    assert run("diff", "previous", "last", "--history", history).stdout == expected
    month = run("diff", "2026-11-01", "2026-11", "--history", history)
    assert month.stdout == expected
    assert "using 2026-11-03" in month.stderr


def test_a_day_is_compared_with_a_file(history: str, saved: tuple[str, str]) -> None:
    options = ("--history", history, "--format", "json")
    changes = json.loads(run("diff", "2026-11-01", saved[1], *options).stdout)
    assert {row["change"] for row in changes} == {"removed", "resized"}
    assert json.loads(run("diff", "last", saved[1], *options).stdout) == []


def test_the_history_can_be_named_by_the_environment(
    history: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGEDF_HISTORY", history)
    assert run("growth").exit_code == 0
    assert len(json.loads(run("growth", "--since", "2026-11-02", "--format", "json").stdout)) == 1


def test_totals_over_time_state_their_scope(history: str, saved: tuple[str, str]) -> None:
    dated = ("--history", history)
    for sides in (("previous", "last", *dated), ("previous", saved[1], *dated)):
        for options in ([], ["--totals"], ["--format", "csv"]):
            result = run("diff", *sides, *options)
            assert "own images: 5 → 4" in result.output  # without the public image of the file
    assert "all images: 6 → 5" in run("diff", *saved).stdout
    for options in ([], ["--by", "type"], ["--format", "csv"]):
        assert "own images" in run("growth", *dated, *options).output


def test_cost_says_that_a_history_is_not_recorded_yet(
    saved: tuple[str, str], tmp_path: Path
) -> None:
    result = run("cost", "--from", saved[0], "--history", str(tmp_path / "later"))
    assert result.exit_code == 0
    assert "no day is recorded" in " ".join(result.stdout.split())


def test_cost_shows_the_change_since_the_last_recorded_day(
    history: str, saved: tuple[str, str]
) -> None:
    options = ("--from", saved[1], "--history", history)
    assert "0.00 USD per month since 2026-11-03" in run("cost", *options).stdout
    changed = run("cost", *options, "--where", "type=custom").stdout
    assert "per month since" not in changed  # a part is not compared with the whole


def test_charts_draw_the_growth_of_a_history(
    history: str, saved: tuple[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "charts"
    options = ("--from", saved[1], "--history", history, "--format", "svg", "-o", str(target))
    assert run("charts", *options).exit_code == 0
    assert {"growth-size.svg", "growth-cost.svg"} <= {path.name for path in target.iterdir()}


def test_two_files_are_compared(tmp_path: Path, saved: tuple[str, str]) -> None:
    files = []
    for path in saved:
        files.append(str(tmp_path / Path(path).with_suffix(".parquet").name))
        assert run("fetch", "-q", "--from", path, "-o", files[-1]).exit_code == 0
    assert "removed" in run("diff", *files).stdout
    assert run("diff", *saved).stdout == run("diff", *files).stdout


def test_growth_shows_only_recorded_days_and_when_a_limit_is_reached(history: str) -> None:
    result = run("growth", "--history", history, "--limit-gb", "30", "--format", "json")
    rows = json.loads(result.stdout)
    assert [(row["snapshot_date"][:10], row["images"]) for row in rows] == [
        ("2026-11-01", 5),
        ("2026-11-03", 4),
    ]
    assert "2026-11-08" in result.stderr
    by_type = json.loads(
        run("growth", "--history", history, "--by", "type", "--format", "json").stdout
    )
    assert {row["type"] for row in by_type} == {"snapshot", "custom"}


def test_growth_limits_rows_to_the_newest_days_unless_they_are_sorted(history: str) -> None:
    def days(*options: str) -> list[str]:
        result = run("growth", "--history", history, "--limit", "1", "--format", "json", *options)
        return [row["snapshot_date"][:10] for row in json.loads(result.stdout)]

    assert days() == ["2026-11-03"]
    assert days("--sort", "snapshot_date") == ["2026-11-01"]
    shown = run("growth", "--history", history, "--limit", "1").stdout
    assert "newest 1 of 2 rows" in shown
    assert "2 recorded days" in shown  # the trend is that of all


def test_the_report_says_what_changed_since_a_day(
    tmp_path: Path, saved: tuple[str, str], history: str
) -> None:
    page = tmp_path / "report.html"
    options = ("--from", saved[1], "--history", history, "--since", "2026-11-01", "-o", str(page))
    assert run("report", *options, "--scope", "all", "--title", "Ours").exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "<title>Ours</title>" in text
    assert "A custom image" in text  # it is gone from the listing, and named as removed


WRONG = {
    "a day of no history": (["report", "--since", "2026-11-01", "-o", "r.html"], 2),
    "no history there": (["growth", "--history", "nowhere"], 6),
    "a day that is not recorded": (["diff", "2026-11-01", "2026-11-02", "--history", "H"], 6),
    "days without a history": (["diff", "2026-11-01", "2026-11-02"], 2),
    "a file that is not there": (["diff", "a.parquet", "b.parquet"], 6),
    "a key that growth does not know": (["growth", "--history", "H", "--by", "slug"], 2),
    "no history named": (["record"], 2),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_line_and_the_exit_code(history: str, name: str) -> None:
    arguments, code = WRONG[name]
    result = run(*(history if argument == "H" else argument for argument in arguments))
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.count("\n") == 1


def test_the_star_of_a_history_has_every_recorded_day(history: str, tmp_path: Path) -> None:
    done = run("export", "--history", history, "-o", str(tmp_path / "star"))
    assert done.exit_code == 0
    images = pd.read_parquet(tmp_path / "star" / "images.parquet")
    days = images.groupby(images["snapshot_date"].astype(str)).size()
    assert days.to_dict() == {"2026-11-01": 5, "2026-11-03": 4}
    refused = run("export", "--history", history, "-o", str(tmp_path / "images.csv"))
    assert refused.exit_code == 2


def test_a_diff_of_unknown_sizes_says_unknown_and_rounds_half_a_cent_up(tmp_path: Path) -> None:
    sizes = {"unknown": None, "small": 0.25, "large": 0.5}
    for name, size in sizes.items():
        image = {"type": "snapshot", "public": False, "size_gigabytes": size}
        page = {"images": [image | {"id": n} for n in range(3)], "meta": {"total": 3}}
        (tmp_path / name).with_suffix(".json").write_text(json.dumps(page), encoding="utf-8")
    paths = {name: str(tmp_path / f"{name}.json") for name in sizes}
    unknown = run("diff", paths["unknown"], paths["small"], "--totals").stdout
    assert "GB: unknown → 0.75 (unknown)" in unknown
    assert "USD/month: unknown → 0.05 (unknown)" in unknown
    assert "USD/month: 0.05 → 0.09 (+0.04)" in run("diff", paths["small"], paths["large"]).stdout
