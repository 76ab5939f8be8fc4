"""What the commands print and write: formats, columns, order, limits, suffixes."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from imagedf.cli import main
from tests.conftest import DOCUMENTED_PAGE

ALL = ("--from", str(DOCUMENTED_PAGE), "--scope", "all")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def test_columns_sort_and_limit_choose_the_same_part_in_every_format(tmp_path: Path) -> None:
    options = ("--by", "type", "--columns", "type,images", "--sort", "images", "--limit", "1")
    expected = [{"type": "custom", "images": 1}]
    as_json = run("summary", *ALL, *options, "--format", "json")
    assert json.loads(as_json.stdout) == expected
    assert "1 of 2 rows shown" in as_json.stderr
    lines = run("summary", *ALL, *options, "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line) for line in lines] == expected
    assert run("summary", *ALL, *options, "--format", "csv").stdout == "type,images\ncustom,1\n"
    table = run("summary", *ALL, *options).stdout.splitlines()
    assert table[0].split() == ["type", "images"]
    assert table[2].split() == ["custom", "1"]
    assert "1 of 2 rows shown" in table
    path = tmp_path / "x.parquet"
    assert run("summary", *ALL, *options, "-o", str(path)).exit_code == 0
    assert pd.read_parquet(path).to_dict("records") == expected


def test_a_minus_sorts_the_largest_first() -> None:
    options = ("--by", "name", "--sort", "-size_gigabytes,name", "--format", "csv")
    frame = pd.read_csv(StringIO(run("summary", *ALL, *options).stdout))
    assert frame["size_gigabytes"].tolist() == sorted(frame["size_gigabytes"], reverse=True)
    assert frame["name"].tolist()[1:] == sorted(frame["name"].tolist()[1:])


def test_no_header_leaves_the_rows_only() -> None:
    assert run("summary", *ALL, "--format", "csv", "--no-header", "--columns", "type").stdout == (
        "snapshot\ncustom\n"
    )
    text = run("summary", *ALL, "--no-header").stdout
    assert "images " not in text.splitlines()[0]
    assert text.split()[0] == "snapshot"


def test_markdown_is_a_table_with_its_total_and_notes() -> None:
    lines = run("summary", *ALL, "--format", "md", "--columns", "type,images,share").stdout
    assert lines.splitlines()[:5] == [
        "| type | images | share |",
        "| --- | ---: | ---: |",
        "| snapshot | 5 | 83.4% |",
        "| custom | 1 | 16.6% |",
        "| **total, all images** | **6** | **100.0%** |",
    ]
    assert "complete: 6 of 6 images" in lines


def test_markdown_shows_a_hostile_name_as_text(tmp_path: Path) -> None:
    saved = tmp_path / "list.json"
    name = "a|b <img src=x> *c* [d](javascript:e)"
    saved.write_text(json.dumps([{"id": 1, "name": name, "type": "snapshot", "public": False}]))
    text = run("fetch", "--from", str(saved), "--format", "md", "--columns", "name").stdout
    assert text.splitlines()[2] == r"| a\|b \<img src=x\> \*c\* \[d\](javascript:e) |"


@pytest.mark.parametrize(
    "suffix", ["csv", "json", "ndjson", "jsonl", "md", "parquet", "txt", "xlsx"]
)
def test_the_suffix_decides_the_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    assert run("summary", *ALL, "-o", str(path)).exit_code == 0
    content = path.read_bytes()
    starts = {"csv": b"type,", "json": b"[{", "md": b"| type", "parquet": b"PAR1", "xlsx": b"PK"}
    assert content.startswith(starts.get(suffix, b"{" if "json" in suffix else b" type"))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["summary", *ALL, "-o", "x.docx"], 2),
        (["summary", *ALL, "-o", "x.docx", "--format", "csv"], 2),
        (["summary", *ALL, "-o", "x"], 2),
        (["export", *ALL, "-o", "x.docx"], 2),
        (["export", *ALL, "-o", "x.csv", "--layout", "star"], 2),
        (["summary", *ALL, "-o", "x.csv/"], 2),
        (["summary", *ALL, "--columns", "imagse"], 2),
        (["summary", *ALL, "--columns", "type,type"], 2),
        (["summary", "--from", "a" * 5000], 6),
        (["summary", *ALL, "--sort", "imagse"], 2),
    ],
)
def test_options_that_do_not_fit_are_rejected_and_nothing_is_written(
    arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert not list(tmp_path.iterdir())


def test_export_to_a_csv_file_is_one_flat_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert run("export", *ALL, "-o", str(path)).exit_code == 0
    assert pd.read_csv(path)["monthly_cost_usd"].notna().all()


def test_printed_amounts_add_up_to_the_printed_total(tmp_path: Path) -> None:
    saved = tmp_path / "list.json"
    rows = [
        {"id": n, "name": f"n{n}", "type": "snapshot", "public": False, "size_gigabytes": 0.25}
        for n in range(3)
    ]
    saved.write_text(json.dumps(rows))
    text = run("cost", "--from", str(saved), "--by", "name", "--columns", "monthly_cost_usd").stdout
    amounts = [line.split()[-1] for line in text.splitlines()[2:7] if line.strip()]
    assert amounts == ["0.02", "0.02", "0.01", "0.05"]


@pytest.mark.parametrize("options", [[], ["--list"], ["--by", "series"]])
def test_printed_savings_add_up_to_the_printed_total(tmp_path: Path, options: list[str]) -> None:
    saved = tmp_path / "list.json"
    rows = [
        {"id": n, "name": f"n{n}", "type": "snapshot", "public": False, "size_gigabytes": 0.25}
        for n in range(3)
    ]
    saved.write_text(json.dumps([row | {"created_at": "2025-01-01T00:00:00Z"} for row in rows]))
    text = run("savings", "--from", str(saved), "--no-default-keeps", *options).stdout
    amounts = [line.split()[-1] for line in text.splitlines()[2:7] if line.strip()]
    assert amounts == ["0.02", "0.02", "0.01", "0.05"]


@pytest.mark.parametrize("command", ["cost", "bill", "savings", "export", "report"])
def test_the_day_of_reading_is_named_where_no_other_is_known(command: str, tmp_path: Path) -> None:
    path = tmp_path / {"report": "page.html", "export": "flat.csv"}.get(command, "rows.csv")
    given = [command, "--from", str(DOCUMENTED_PAGE), "-o", str(path)]
    said = [run(*given).stderr, path.read_text(encoding="utf-8")]
    dated = [run(*given, "--on", "2026-11-01").stderr, path.read_text(encoding="utf-8")]
    assert any("no fetch date is known" in text.lower() for text in said)
    assert not any("no fetch date is known" in text.lower() for text in dated)


def test_the_budget_names_what_it_could_not_count(tmp_path: Path) -> None:
    saved = tmp_path / "list.json"
    rows = [
        {"id": n, "name": f"n{n}", "type": "backup", "public": False, "size_gigabytes": 1.0}
        for n in range(3)
    ]
    saved.write_text(json.dumps(rows))
    result = run("cost", "--from", str(saved), "--budget", "1", "--format", "csv")
    assert result.exit_code == 0
    assert "cost unknown for 3 images" in result.stderr


def test_a_region_table_says_which_column_adds_up() -> None:
    text = run("cost", *ALL, "--by", "region").stdout
    head = " ".join(text.splitlines()[0].split())
    assert "USD/month present USD/month allocated" in head
    assert "GB present" in head


def test_a_fetch_shows_one_row_per_image_to_people_and_exploded_data() -> None:
    source = ("--from", str(DOCUMENTED_PAGE))
    assert run("fetch", *source).stdout.count("Nifty New Snapshot") == 1
    assert run("fetch", *source, "--format", "csv").stdout.count("Nifty New Snapshot") == 2


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("savings", "--older-than", "90x"), "--older-than must be"),
        (("savings", "--older-than", ""), "--older-than must be"),
        (("savings", "--keep-tag", ""), "--keep-tag must"),
        (("savings", "--keep-last", "none"), "--keep-last"),
        (("savings", "--larger-than", "big"), "--larger-than"),
        (("summary", "--limit", "0"), "--limit"),
        (("summary", "--per-page", "201"), "--per-page"),
        (("cost", "--on", "tomorrow"), "--on"),
        (("reconcile", "--invoice", "2026-13"), "--invoice must be"),
    ],
)
def test_a_message_names_the_option_as_it_was_typed(
    arguments: tuple[str, ...], option: str
) -> None:
    result = run(*arguments, "--from", str(DOCUMENTED_PAGE))
    assert (result.exit_code, result.stdout) == (2, "")
    assert option in result.stderr


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        (("report",), "-o FILE"),
        (("growth",), "--history DIR"),
        (("diff", "old.json"), "NEW"),
    ],
)
def test_a_missing_option_is_named_with_an_example(arguments: tuple[str, ...], needed: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"needs {needed}" in result.stderr
    assert f"imagedf {arguments[0]} " in result.stderr


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "page.json").write_text("\n")
    result = run("summary", "--from", str(tmp_path / "page.json"))
    assert (result.exit_code, result.stdout) == (6, "")
    assert "page.json is empty" in result.stderr


@pytest.mark.parametrize("command", ["savings", "bill", "reconcile"])
def test_the_help_does_not_offer_filters_that_are_refused(command: str) -> None:
    assert "--where" not in run(command, "--help").stdout
    required = ("--invoice", "preview") if command == "reconcile" else ()
    result = run(command, *required, "--where", "type=custom", "--from", str(DOCUMENTED_PAGE))
    assert result.exit_code == 2
    assert "--where" in result.stderr
