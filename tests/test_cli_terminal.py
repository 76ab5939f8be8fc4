"""On a terminal: a pager, wrapped sentences, colors, progress, early Ctrl-C, completion."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from imagedf.cli import main
from imagedf.sandbox import Sandbox
from imagedf.schema import EXPLODED
from tests.conftest import DOCUMENTED_PAGE, ROOT
from tests.terminal import COMMAND, on_terminal, process_on_terminal

PAGE = str(DOCUMENTED_PAGE)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox) -> dict[str, str]:
    return {"DIGITALOCEAN_API_URL": sandbox.url, "DIGITALOCEAN_TOKEN": sandbox.token}


def test_a_long_list_goes_through_the_pager_and_a_short_one_does_not() -> None:
    pager = {"PAGER": "sed s/^/paged:/", "NO_COLOR": "1"}
    long = process_on_terminal("schema", lines=20, variables=pager)
    assert long.count("paged:") > 20
    short = process_on_terminal("fetch", "--from", PAGE, lines=30, variables=pager)
    assert "paged:" not in short
    assert "\n" in short


def test_sentences_on_stderr_break_at_words(account: dict[str, str], tmp_path: Path) -> None:
    path = str(tmp_path / "x.csv")
    shown = on_terminal("fetch", "-o", path, columns=60, NO_COLOR="1", variables=account)
    lines = shown.replace("\r", "\n").splitlines()
    said = [line for line in lines if line.startswith(("complete:", "wrote"))]
    assert said
    assert max(map(len, said)) <= 60


def test_a_table_that_fills_the_terminal_loses_no_text(account: dict[str, str]) -> None:
    shown = on_terminal("bill", columns=70, NO_COLOR="1", variables=account)
    words = shown.split()
    assert words.count("GB-month") >= 2
    assert {"GiB-month", "assumed"} <= set(words)
    rows = [line for line in shown.splitlines() if line.startswith(" ")]
    assert 0 < max(map(len, rows)) <= 70


def test_unknown_is_colored_and_over_budget_is_red(tmp_path: Path) -> None:
    saved = tmp_path / "list.json"
    images = [
        {"id": 1, "name": "a", "type": "backup", "public": False, "size_gigabytes": 2.0},
        {"id": 2, "name": "b", "type": "snapshot", "public": False, "size_gigabytes": 2.0},
    ]
    saved.write_text(json.dumps(images))
    arguments = ("cost", "--from", str(saved), "--budget", "0.1")
    shown = on_terminal(*arguments, NO_COLOR="")
    assert re.search(r"\x1b\[33m *unknown", shown)
    assert "\x1b[31mimagedf: over budget" in shown
    assert "\x1b" not in on_terminal(*arguments, NO_COLOR="1")


def test_verbose_clears_the_progress_bar_first(account: dict[str, str], tmp_path: Path) -> None:
    path = str(tmp_path / "x.csv")
    variables = account | {"NO_COLOR": "1"}
    shown = process_on_terminal("fetch", "-v", "-o", path, variables=variables)
    logged = [line for line in shown.replace("\r", "\n").splitlines() if "imagedf: default" in line]
    assert len(logged) >= 2
    assert all(line.startswith("imagedf: default") for line in logged)


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_no_text_is_cut_off_where_a_table_has_to_wrap(columns: int) -> None:
    shown = on_terminal("schema", "images", columns=columns, NO_COLOR="1")
    assert max(map(len, shown.splitlines())) <= columns
    words = {word for column in EXPLODED for word in column.meaning.split()}
    assert words <= set(shown.split())
    if columns >= 80:
        assert {column.name for column in EXPLODED} <= set(shown.split())


def test_ctrl_c_during_the_imports_prints_no_traceback(account: dict[str, str]) -> None:
    # Python raises KeyboardInterrupt while the module of the commands is imported.
    script = (
        "import os, signal, sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'imagedf.cli':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupt())\n"
        "from imagedf.__main__ import run\n"
        "run()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (130, "imagedf: stopped\n")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def complete(*words: str, **more: str) -> list[str]:
    """Return the completions that a shell offers for the last word."""
    settings = os.environ | {
        "_IMAGEDF_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["imagedf", *words]),
        "COMP_CWORD": str(len(words)),
        **more,
    }
    done = subprocess.run(COMMAND, env=settings, capture_output=True, text=True, check=True)
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("summ",), ["summary"]),
        (("help", "gro"), ["growth"]),
        (("summary", "--by", "ty"), ["type"]),
        (("summary", "--by", "type,reg"), ["type,region"]),
        (("fetch", "--sort", "name,-size"), ["name,-size_gigabytes"]),
        (("fetch", "--columns", "id,na"), ["id,name"]),
        (("cost", "--where", "stat"), ["status="]),
        (("cost", "--scope", "p"), ["public"]),
        (("summary", "--columns", "type,im"), ["type,images"]),
        (("bill", "--columns", "mon"), ["monthly_cost_usd"]),
        (("savings", "--sort", "name,-rev"), ["name,-review"]),
        (("growth", "--columns", "sn"), ["snapshot_date"]),
        (("schema", "star/image_"), ["star/image_regions", "star/image_tags", "star/image_uses"]),
        (("schema", "dro"), ["droplets", "droplet_snapshots"]),
        (
            ("diff", "--columns", "change,na"),
            ["change,name", "change,name_before", "change,name_after"],
        ),
        (("diff", "--sort", "change,-size_gigabytes_d"), ["change,-size_gigabytes_delta"]),
        (("reconcile", "--columns", "bil"), ["billing_class", "billed_usd"]),
        (("prices", "--columns", "eff"), ["effective_from"]),
    ],
)
def test_completion_offers_names(words: tuple[str, ...], expected: list[str]) -> None:
    assert complete(*words) == expected


def test_completion_offers_what_is_on_this_machine(tmp_path: Path) -> None:
    history = tmp_path / "history"
    for account in ("prod", "dev%2F1"):
        (history / account).mkdir(parents=True)
        for day in ("2026-11-01", "2026-11-23"):
            (history / account / f"{day}.parquet").touch()
    (tmp_path / "doctl").mkdir()
    (tmp_path / "doctl" / "config.yaml").write_text("access-token: a\nauth-contexts: {prod: b}\n")
    assert complete("diff", "--history", str(history), "2026-11-2") == ["2026-11-23"]
    assert complete("growth", "--history", str(history), "--account", "") == ["dev/1", "prod"]
    days = ["2026-11-01", "2026-11-23"]
    assert complete("growth", "--history", str(history), "--since", "2026") == days
    config = tmp_path / "other.toml"
    config.write_text(f"history = '{history}'\n")
    assert complete("diff", "2026", IMAGEDF_CONFIG=str(config)) == days
    config.write_text("history = ")
    assert not set(days) & set(complete("growth", "--since", "", IMAGEDF_CONFIG=str(config)))
    assert complete("cost", "--context", "", XDG_CONFIG_HOME=str(tmp_path)) == ["default", "prod"]
    assert "a=MY_TOKEN" in complete("cost", "--account", "a=MY", MY_TOKEN="x")


def output_of(*arguments: str) -> str:
    """Run a command, and return its standard output."""
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False).stdout


def test_completion_knows_the_tables_and_columns_of_results(tmp_path: Path) -> None:
    tables = json.loads(output_of("schema", "--format", "json"))
    assert set(complete("schema", "")) == {row["table"] for row in tables}
    page = str(DOCUMENTED_PAGE)
    for options in ([], ["--totals"]):
        header = output_of("diff", page, page, "--format", "csv", *options).splitlines()[0]
        assert set(header.split(",")) <= set(complete("diff", "--columns", ""))
    invoice = tmp_path / "invoice.json"
    invoice.write_text('{"invoice_items": [{"product": "Spaces", "amount": "5.00"}]}')
    saved = ("reconcile", "--from", page, "--invoice", str(invoice), "--format", "csv")
    header = output_of(*saved).splitlines()[0]
    assert {*header.split(","), "kind"} == set(complete("reconcile", "--columns", ""))
    header = output_of("prices", "--format", "csv").splitlines()[0]
    assert set(header.split(",")) <= set(complete("prices", "--columns", ""))


def test_completion_knows_the_columns_of_a_listing() -> None:
    offered = complete("fetch", "--columns", "")
    assert offered == [column.name for column in EXPLODED]
