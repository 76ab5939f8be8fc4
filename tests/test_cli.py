"""The command line: data on stdout, one line on stderr, and the documented exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path

import click
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from pandas.testing import assert_frame_equal

import imagedf
from imagedf.cli import main
from imagedf.cli._commands import COMMANDS
from imagedf.sandbox import Answer, Request, Sandbox, on_page, status
from imagedf.schema import STAR
from tests.conftest import DOCUMENTED_PAGE, sample
from tests.terminal import COMMAND, on_terminal

PAGE = str(DOCUMENTED_PAGE)
ALL = ("--from", PAGE, "--scope", "all")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def account(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A sandbox that the environment points to, like a user's."""
    monkeypatch.setenv("DIGITALOCEAN_API_URL", sandbox.url)
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", sandbox.token)
    return sandbox


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=stdin, catch_exceptions=False)


def environment(sandbox: Sandbox, **more: str) -> dict[str, str]:
    return os.environ | {
        "DIGITALOCEAN_API_URL": sandbox.url,
        "DIGITALOCEAN_TOKEN": sandbox.token,
        **more,
    }


def test_alone_it_shows_what_to_do_next() -> None:
    result = run()
    assert result.exit_code == 0
    assert "imagedf demo" in result.stdout
    assert "image:read" in result.stdout


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_has_help_with_an_example_that_names_it(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert f"Example: imagedf {name}" in " ".join(result.stdout.split())
    assert main.commands[name].get_short_help_str(200).rstrip(".") == COMMANDS[
        name
    ].short_help.rstrip(".")


def test_the_commands_are_those_that_are_documented() -> None:
    assert set(main.commands) == {
        *("fetch", "summary", "cost", "bill", "savings", "export", "charts", "report", "record"),
        *("diff", "growth", "reconcile", "prices", "schema", "demo", "help"),
    }


def test_a_fetch_gives_the_same_images_in_every_format(account: Sandbox, tmp_path: Path) -> None:
    expected = imagedf.fetch_images()
    assert run("fetch", "-o", str(tmp_path / "x.parquet")).exit_code == 0
    assert_frame_equal(imagedf.read_parquet(tmp_path / "x.parquet"), expected)
    as_csv = pd.read_csv(StringIO(run("fetch", "--format", "csv").stdout), dtype_backend="pyarrow")
    assert as_csv["id"].tolist() == expected["id"].tolist()
    as_json = json.loads(run("fetch", "--format", "json").stdout)
    assert [row["id"] for row in as_json] == expected["id"].tolist()
    assert [row["tags"] for row in as_json] == expected["tags"].tolist()
    sizes = [None if pd.isna(size) else size for size in expected["size_gigabytes"]]
    assert [row["size_gigabytes"] for row in as_json] == sizes


def test_a_fetch_reports_on_stderr_what_it_wrote(account: Sandbox, tmp_path: Path) -> None:
    images = len(account.accounts[next(iter(account.tokens))])
    result = run("fetch", "-o", str(tmp_path / "x.parquet"))
    assert result.stdout == ""
    assert re.search(rf"wrote .*x\.parquet; complete: {images} of", result.stderr)


def test_quiet_prints_nothing_and_works_before_and_after_the_command(
    account: Sandbox, tmp_path: Path
) -> None:
    for arguments in (["-q", "fetch"], ["fetch", "--quiet"]):
        result = run(*arguments, "-o", str(tmp_path / "x.csv"))
        assert (result.exit_code, result.output) == (0, "")


def test_several_accounts_are_named_by_environment_variables(
    account: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = []
    for name, token in account.tokens.items():
        monkeypatch.setenv(f"TOKEN_OF_{name}", token)
        options += ["--account", f"{name}=TOKEN_OF_{name}"]
    options += ["--scope", "all"]
    result = run("summary", "--by", "account", "--format", "json", *options)
    images = {row["account"]: row["images"] for row in json.loads(result.stdout)}
    assert images == {name: len(listing) for name, listing in account.accounts.items()}


def test_a_token_file_is_read(
    account: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DIGITALOCEAN_TOKEN")
    file = tmp_path / "token"
    file.write_text(f"  {account.token}\n")
    assert run("fetch", "-q", "--token-file", str(file), "--format", "csv").exit_code == 0
    assert run("fetch", "-q", "--token-file", "-", "--format", "csv", stdin=account.token).output


def test_a_summary_shows_units_and_the_total_last() -> None:
    lines = [line.split() for line in run("summary", *ALL).stdout.splitlines() if line]
    assert lines[0][:4] == ["type", "images", "GB", "share"]
    assert lines[2][:4] == ["snapshot", "5", "11.72", "83.4%"]
    assert lines[3][:4] == ["custom", "1", "2.34", "16.6%"]
    assert lines[4][:6] == ["total,", "all", "images", "6", "14.06", "100.0%"]
    assert "complete: 6 of 6 images" in run("summary", *ALL).stdout


def test_a_summary_takes_several_columns() -> None:
    expected = imagedf.summarize(imagedf.read_images(PAGE), ["type", "region"])
    result = run("summary", *ALL, "--by", "type,region", "--format", "json")
    rows = json.loads(result.stdout)
    assert [(row["type"], row["region"]) for row in rows] == list(
        expected[["type", "region"]].itertuples(index=False, name=None)
    )


def test_cost_prints_the_sum_with_the_rate_and_its_date() -> None:
    text = run("cost", *ALL, "--by", "region", "--on", "2026-11-01").stdout
    assert "$0.70" in text
    assert "volume snapshots" in text
    assert "0.06 USD per GB-month since 2022-07-01" in text
    assert "0.01 USD" in text
    assert "GiB" in text
    assert "https://docs.digitalocean.com" in run("prices").stdout
    assert re.search(r"(?m)^ total, all images +14\.06 +6 +0\.70 +0\.70$", text)


def test_a_group_without_any_price_costs_an_unknown_amount(tmp_path: Path) -> None:
    file = tmp_path / "page.json"
    backup = {"id": 1, "name": "b", "type": "backup", "public": False, "size_gigabytes": 2.0}
    file.write_text(json.dumps([backup, {**backup, "id": 2, "type": "snapshot"}]))
    text = run("cost", "--from", str(file)).stdout
    assert re.search(r"(?m)^ backup +2\.00 +1 +1 +unknown$", text)
    assert re.search(r"(?m)^ total, own images +4\.00 +2 +1 +0\.12$", text)


def test_cost_above_the_budget_exits_with_7_and_still_prints() -> None:
    result = run("cost", *ALL, "--budget", "0.69", "--format", "csv")
    assert result.exit_code == 7
    assert "0.70, budget 0.69 USD" in result.stderr
    assert result.stdout.startswith("type,images")
    assert run("cost", *ALL, "--budget", "0.70").exit_code == 0


@pytest.mark.parametrize("command", ["cost", "bill"])
@pytest.mark.parametrize(
    ("gigabytes", "budget", "code"),
    [
        (0.25, "0.02", 0),  # 0.015 is 0.02
        (0.25, "0.015", 7),
        (0.25, "0.01", 7),
        (0.24, "0.01", 0),  # 0.0144 is 0.01
        (0.75, "0.04", 7),  # 0.045 is 0.05
        (0.75, "0.05", 0),
    ],
)
def test_the_budget_is_compared_with_the_printed_cents(
    tmp_path: Path, command: str, gigabytes: float, budget: str, code: int
) -> None:
    image = {"id": 1, "name": "s", "type": "snapshot", "public": False}
    page = {"images": [image | {"size_gigabytes": gigabytes}], "meta": {"total": 1}}
    (tmp_path / "page.json").write_text(json.dumps(page))
    result = run(command, "--from", str(tmp_path), "--on", "2026-11-01", "--budget", budget)
    assert result.exit_code == code
    assert budget in result.stderr.splitlines()[-1]  # 0.015 is not shown as 0.02


def test_cost_accepts_the_users_own_price_book(tmp_path: Path) -> None:
    book = tmp_path / "book.toml"
    book.write_text(
        'currency = "EUR"\n[[rate]]\nbilling_class = "snapshot"\neffective_from = 2020-01-01\n'
        'rate = "0.10"\nsource = "contract"\nread_on = 2026-01-01\n'
    )
    text = run("cost", *ALL, "--prices", str(book)).stdout
    assert "0.94 EUR" in text
    assert "1 image" in text


def test_export_writes_the_star_and_the_flat_file(tmp_path: Path) -> None:
    assert run("export", "--from", PAGE, "-o", str(tmp_path / "star")).exit_code == 0
    names = sorted(file.name for file in (tmp_path / "star").iterdir())
    assert names == ["image_regions.parquet", "image_tags.parquet", "images.parquet"]
    flat = str(tmp_path / "flat.parquet")
    assert run("export", "--from", PAGE, "--layout", "flat", "-o", flat).exit_code == 0
    assert pd.read_parquet(flat)["monthly_cost_usd"].sum() == pytest.approx(0.702)


def test_charts_and_report_write_their_files(tmp_path: Path) -> None:
    assert run("charts", "--from", PAGE, "-o", str(tmp_path), "--format", "svg").exit_code == 0
    assert len(list(tmp_path.glob("*.svg"))) == 7
    page = tmp_path / "report.html"
    assert run("report", *ALL, "-o", str(page)).exit_code == 0
    assert "14.06" in page.read_text(encoding="utf-8")


def test_schema_lists_every_column() -> None:
    rows = json.loads(run("schema", "--format", "json").stdout)
    columns = {
        **imagedf.schema.ACCOUNT_FRAMES,
        "images": (*imagedf.schema.EXPLODED, *imagedf.schema.IMAGE, *imagedf.schema.LINKS),
    }
    expected = {(table, one.name) for table, known in columns.items() for one in known}
    star = {**STAR, **imagedf.schema.STAR_OF_ACCOUNT}
    expected |= {(f"star/{table}", name) for table, known in star.items() for name in known.names}
    assert {(row["table"], row["column"]) for row in rows} == expected
    assert not [row for row in rows if not row["meaning"]]
    one = json.loads(run("schema", "droplets", "--format", "json").stdout)
    assert {row["table"] for row in one} == {"droplets"}
    assert "did you mean droplets?" in run("schema", "dropets").stderr


USAGE = {
    "an unknown command": (["smmary"], "did you mean summary"),
    "an unknown option": (["summary", "--bye", "type"], "--by"),
    "an unknown column": (["summary", "--from", PAGE, "--by", "regoin"], "did you mean region"),
    "a list column": (["summary", "--from", PAGE, "--by", "tags"], "did you mean tag"),
    "a column twice": (["summary", "--from", PAGE, "--by", "type,type"], "twice"),
    "a budget of words": (["cost", "--budget", "much"], "not an amount"),
    "a budget below 0": (["cost", "--budget", "-1"], "not an amount"),
    "a budget beyond all cents": (["cost", "--budget", "1e40"], "not an amount"),
    "a limit beyond all floats": (["growth", "--history", "h", "--limit-gb", "1e400"], "amount"),
    "an unknown suffix": (["cost", "--from", PAGE, "-o", "x.abc"], "suffix"),
    "a contradiction": (["cost", "--from", PAGE, "-o", "x.csv", "--format", "json"], "contradict"),
    "two kinds of token": (["fetch", "--account", "a=B", "--token-file", "x"], "only one of"),
    "an account without variable": (["fetch", "--account", "prod"], "NAME=ENVVAR"),
    "a variable that is not there": (["fetch", "--account", "prod=NOT_SET"], "no environment"),
    "a filter without a value": (["fetch", "--from", PAGE, "--where", "type"], "COLUMN=VALUE"),
    "public images that are own": (["cost", "--type", "application", "--scope", "own"], "public"),
    "files with a token": (["fetch", "--from", PAGE, "--token-file", "x"], "either --from or"),
    "an impossible page size": (["fetch", "--per-page", "201"], "from 1 to 200"),
    "a refresh token": (["fetch", "--token-file", "-"], "refresh token"),
    "a column that is added up": (
        ["summary", "--from", PAGE, "--by", "size_gigabytes"],
        "choose from",
    ),
    "a report to a stream": (["report", "--from", PAGE, "-o", "-"], "name a file"),
    "charts to nowhere": (["charts", "--from", PAGE, "-o", ""], "name a file"),
    "an empty path": (["summary", "--from", ""], "the path is empty"),
    "an unpaired surrogate": (["summary", "--from", PAGE, "--account", "a\udcff"], "surrogate"),
    "a report that is not HTML": (["report", "--from", PAGE, "-o", "x.pdf"], "suffix"),
    "a flat file without suffix": (["export", "--layout", "flat", "-o", "x"], "suffix"),
}


@pytest.mark.parametrize("name", USAGE)
def test_wrong_usage_is_one_line_and_exit_code_2(name: str) -> None:
    arguments, expected = USAGE[name]
    result = run(*arguments, stdin="dor_v1_0123")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert expected in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_token_in_place_of_a_variable_is_not_shown() -> None:
    result = run("fetch", "--account", "prod=dop_v1_secret")
    assert result.exit_code == 2
    assert "secret" not in result.output


def test_without_a_token_the_error_says_where_to_create_one() -> None:
    result = run("fetch")
    assert result.exit_code == 3
    for hint in ("cloud.digitalocean.com/account/api/tokens", "image:read", "imagedf demo"):
        assert hint in result.stderr


def test_a_wrong_token_is_exit_code_3(account: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", "dop_v1_wrong")
    result = run("summary")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.count("\n") == 1
    assert "dop_v1_wrong" not in result.stderr


def test_responses_that_are_not_pages_exit_with_4(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(faults=[status(404)]) as hostile:
        monkeypatch.setenv("DIGITALOCEAN_API_URL", hostile.url)
        monkeypatch.setenv("DIGITALOCEAN_TOKEN", hostile.token)
        result = run("summary")
    assert (result.exit_code, result.stdout) == (4, "")
    assert "404" in result.stderr


def test_an_incomplete_listing_is_exit_code_5(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with Sandbox(faults=[on_page(2, lambda _, answer: answer.with_json(_without_images))]) as short:
        monkeypatch.setenv("DIGITALOCEAN_API_URL", short.url)
        monkeypatch.setenv("DIGITALOCEAN_TOKEN", short.token)
        refused = run("fetch", "-o", str(tmp_path / "x.parquet"))
        partial = run("fetch", "--format", "csv", "--on-incomplete", "warn")
    assert (refused.exit_code, refused.stdout) == (5, "")
    assert not list(tmp_path.iterdir())
    assert partial.exit_code == 5
    assert partial.stdout.startswith("account,id")
    assert "INCOMPLETE" in partial.stderr


def _without_images(page: dict[str, object]) -> None:
    page["images"] = []


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"images": 3}', b"PAR1", b'[{"id": "x"}]'])
def test_unreadable_input_is_exit_code_6(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "input.json"
    file.write_bytes(content)
    result = run("summary", "--from", str(file))
    assert (result.exit_code, result.stdout) == (6, "")
    assert result.stderr.count("\n") == 1


def test_a_frame_without_the_needed_columns_is_exit_code_6(tmp_path: Path) -> None:
    file = tmp_path / "other.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(file)
    result = run("summary", "--from", str(file))
    assert result.exit_code == 6
    assert "lacks the columns" in result.stderr


def test_saved_pages_that_lack_images_are_exit_code_5(tmp_path: Path) -> None:
    file = tmp_path / "page.json"
    file.write_text('{"images": [], "meta": {"total": 3}}')
    result = run("summary", "--from", str(file))
    assert (result.exit_code, result.stdout) == (5, "")
    assert "0 of 3 images" in result.stderr
    partial = run("summary", "--from", str(file), "--on-incomplete", "warn")
    assert partial.exit_code == 5
    assert "INCOMPLETE: 0 of 3 images" in partial.stdout


def test_input_comes_from_a_pipe_as_json_and_as_parquet(tmp_path: Path) -> None:
    from_json = run("summary", "--from", "-", stdin=DOCUMENTED_PAGE.read_bytes())
    run("fetch", "--from", PAGE, "-o", str(tmp_path / "x.parquet"))
    from_parquet = run("summary", "--from", "-", stdin=(tmp_path / "x.parquet").read_bytes())
    assert from_json.stdout == from_parquet.stdout
    assert " 11.70 " in from_json.stdout


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = run("cost", "--from", PAGE, "-o", str(tmp_path / "file" / "x.csv"))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("imagedf: can't write")


def test_a_hostile_name_does_not_affect_a_terminal(tmp_path: Path) -> None:
    file = tmp_path / "page.json"
    name = "\x1b[31mred\x1b]0;title\x07\u202e[bold]x[/bold]\n"
    file.write_text(json.dumps([{"id": 1, "name": name, "type": "snapshot"}]))
    shown = on_terminal("fetch", "--from", str(file), NO_COLOR="1")
    assert "[bold]x[/bold]" in shown
    assert not set("\x1b\x07\u202e") & set(shown)


def test_a_terminal_gets_bold_headings_but_none_with_no_color() -> None:
    assert "\x1b[1m" in on_terminal("summary", "--from", PAGE, NO_COLOR="")
    assert "\x1b" not in on_terminal("summary", "--from", PAGE, NO_COLOR="1")


def test_no_number_is_cut_off_on_a_narrow_terminal() -> None:
    shown = on_terminal("summary", "--from", PAGE, "--by", "region", columns=30, NO_COLOR="1")
    assert shown.count("GB present: 9.36") == 2
    assert "GB present: 11.70" in shown


def test_progress_shows_on_a_terminal_alone(
    sandbox: Sandbox, account: Sandbox, tmp_path: Path
) -> None:
    assert "page" in on_terminal("fetch", "-o", str(tmp_path / "x.csv"), NO_COLOR="1")
    assert "%" not in run("fetch", "--format", "csv").stderr


def test_an_empty_token_file_name_does_not_mean_another_token(account: Sandbox) -> None:
    before = len(account.requests)
    result = run("fetch", "--token-file", "")
    assert (result.exit_code, result.stdout) == (6, "")
    assert "can't read the token file" in result.stderr
    assert len(account.requests) == before


def test_closed_streams_are_not_an_unexpected_error() -> None:
    for closed, code, says in (("<&-", 6, "it is not JSON"), (">&-", 0, "")):
        source = "-" if closed == "<&-" else PAGE
        done = subprocess.run(
            ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, "summary", "--from", source],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (code, "")
        assert says in done.stderr


def test_a_closed_pipe_ends_quietly(sandbox: Sandbox) -> None:
    process = subprocess.Popen(
        [*COMMAND, "fetch", "-q", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(sandbox),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=30) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        arguments = [*COMMAND, "schema", "--format", "csv"]
        done = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        b"imagedf: can't write to standard output: No space left on device"
    ]


def test_ctrl_c_is_exit_code_130_and_leaves_no_file(tmp_path: Path) -> None:
    with Sandbox(latency=1) as slow:
        process = subprocess.Popen(
            [*COMMAND, "fetch", "-o", str(tmp_path / "x.parquet")],
            stderr=subprocess.PIPE,
            env=environment(slow),
        )
        while not slow.requests:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=15)
    assert process.returncode == 130
    assert stderr.strip().endswith(b"imagedf: stopped")
    assert not list(tmp_path.iterdir())


def test_a_console_without_unicode_works(tmp_path: Path) -> None:
    file = tmp_path / "page.json"
    file.write_text(json.dumps([{"id": 1, "name": "日本 ü", "type": "snapshot"}]))
    environ = os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    arguments = [*COMMAND, "fetch", "--from", str(file)]
    done = subprocess.run(arguments, env=environ, capture_output=True, check=True)
    assert "?? ü".encode("cp1252") in done.stdout
    data = subprocess.run(
        [*arguments, "--format", "csv"], env=environ, capture_output=True, check=True
    )
    assert "日本 ü".encode() in data.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["fetch", "--help"], ["nonsense"]])
def test_help_and_completion_import_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import sys\nfrom imagedf.cli import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n"
        "    heavy = {'pandas', 'numpy', 'pyarrow', 'matplotlib', 'requests', 'rich', 'jinja2'}\n"
        "    print(sorted(heavy & set(sys.modules)), file=sys.stderr)\n"
    )
    for more in ({}, {"_IMAGEDF_COMPLETE": "bash_complete", "COMP_WORDS": "imagedf s"}):
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            check=False,
            env=os.environ | {"COMP_CWORD": "1", **more},
            capture_output=True,
            text=True,
        )
        assert done.stderr.splitlines()[-1] == "[]"


def test_a_fetch_to_parquet_does_not_import_pandas(sandbox: Sandbox, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom imagedf.cli import main\n"
        "try:\n    main(sys.argv[1:])\nfinally:\n    print('pandas' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "fetch", "-q", "-o", str(tmp_path / "x.parquet")],
        env=environment(sandbox),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
    assert (tmp_path / "x.parquet").stat().st_size


def test_the_demo_leaves_parquet_charts_and_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("demo")
    assert result.exit_code == 0
    made = {str(file.relative_to(tmp_path / "imagedf-demo")) for file in tmp_path.rglob("*.*")}
    assert {"images.parquet", "report.html", "charts/regions.png", "star/images.parquet"} <= made
    frame = imagedf.read_parquet("imagedf-demo/images.parquet")
    assert imagedf.certificate(frame).complete
    public = frame["public"].fillna(value=False) | frame["type"].isin(["base", "application"])
    own = imagedf.estimate_cost(frame[~public.astype(bool)], on=date(2026, 11, 1))
    assert str(imagedf.cost_summary(own)) in result.stdout
    assert f"Your images: {len(own):,}, {imagedf.total_size(own):,.2f} GB" in result.stdout


def test_every_option_that_names_a_secret_takes_a_name_or_a_file() -> None:
    options = {
        option
        for command in main.commands.values()
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    assert {option for option in options if "token" in option} == {"--token-file"}


def test_cents_are_rounded_as_people_do_in_table_and_sentence() -> None:
    text = run("cost", *ALL, "--on", "2020-05-05").stdout
    assert "$0.59" in text
    assert re.search(r"(?m)^ total, .* 0\.59$", text)


def test_the_day_that_is_named_is_that_of_the_ages_too() -> None:
    text = run("cost", *ALL, "--by", "age", "--on", "2020-05-05", "--format", "json").stdout
    expected = imagedf.by_age(imagedf.read_images(PAGE), now=datetime(2020, 5, 5, tzinfo=UTC))
    assert [row["age"] for row in json.loads(text)] == expected["age"].tolist()


def test_any_column_can_be_grouped_by_into_parquet(tmp_path: Path) -> None:
    path = str(tmp_path / "x.parquet")
    assert run("summary", *ALL, "--by", "min_disk_size", "-o", path).exit_code == 0
    assert pd.read_parquet(path)["images"].sum() == 6


@pytest.fixture
def short(tmp_path: Path) -> str:
    """A Parquet file of a listing in which one image is missing."""
    page = tmp_path / "short.json"
    page.write_text(json.dumps({"images": [{"id": 1, "name": "a"}], "meta": {"total": 2}}))
    path = str(tmp_path / "short.parquet")
    assert run("fetch", "--from", str(page), "--on-incomplete", "warn", "-o", path).exit_code == 5
    return path


@pytest.mark.parametrize("command", ["summary", "cost", "savings", "fetch"])
def test_a_partial_file_is_refused_in_one_line(short: str, command: str) -> None:
    result = run(command, "--from", short)
    assert (result.exit_code, result.stdout) == (5, "")
    assert re.fullmatch(
        r"imagedf: the saved listing is not complete \(INCOMPLETE: 1 of 2 images.*\); "
        r"use --on-incomplete warn to continue with it\n",
        result.stderr,
    )
    allowed = run(command, "--from", short, "--on-incomplete", "warn", "--format", "csv")
    assert allowed.exit_code == 5
    assert "INCOMPLETE" in allowed.stderr
    assert allowed.stdout


def test_a_partial_file_is_not_compared(short: str) -> None:
    assert run("diff", short, short).exit_code == 5


def test_over_budget_on_a_partial_listing_is_a_partial_listing(tmp_path: Path) -> None:
    page = json.loads(DOCUMENTED_PAGE.read_bytes()) | {"meta": {"total": 9}}
    (tmp_path / "page.json").write_text(json.dumps(page))
    options = ("--on-incomplete", "warn", "--budget", "0.1")
    result = run("cost", "--from", str(tmp_path / "page.json"), *options)
    assert result.exit_code == 5
    assert "over budget" in result.stderr


def test_an_account_names_saved_rows_and_selects_those_of_parquet(tmp_path: Path) -> None:
    path = str(tmp_path / "x.parquet")
    assert run("fetch", "--from", PAGE, "--account", "mine", "-o", path).exit_code == 0
    rows = json.loads(run("fetch", "--from", path, "--account", "mine", "--format", "json").stdout)
    assert {row["account"] for row in rows} == {"mine"}
    result = run("summary", "--from", path, "--account", "other")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mine" in result.stderr


def test_a_filter_that_the_server_ignores_is_said_when_streaming_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    images = [{"id": 1, "name": "a", "public": True}]

    def ignores(_request: Request, answer: Answer) -> Answer:
        body = json.dumps({"images": images, "meta": {"total": 1}}).encode()
        return replace(answer, body=body)

    with Sandbox({"default": images}, faults=[ignores]) as sandbox:
        monkeypatch.setenv("DIGITALOCEAN_API_URL", sandbox.url)
        monkeypatch.setenv("DIGITALOCEAN_TOKEN", sandbox.token)
        result = run("fetch", "--private", "-o", str(tmp_path / "x.parquet"))
    assert result.exit_code == 0
    assert "outside the filters sent" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        "charts -o file",
        "charts -o charts --history none",
        "export -o file/star/",
        "fetch --account-data -o file",
        "record --history file/history",
        "report -o page.html --history none",
        "report -o page.html --history days --since 2026-10-01",
        "cost --history file",
        "savings --plan none/plan.json",
        "savings --compare none.toml none.toml",
    ],
)
def test_nothing_is_requested_or_written_if_a_path_is_wrong(
    account: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    imagedf.record(imagedf.example(), "days", on="2026-11-01")
    present, before = sorted(tmp_path.rglob("*")), len(account.requests)
    result = run(*arguments.split())
    assert result.exit_code in (1, 2, 6)
    assert len(result.stderr.splitlines()) == 1
    assert (sorted(tmp_path.rglob("*")), len(account.requests)) == (present, before)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ("summary --by regoin", "regoin"),
        ("summary --by type,type", "--by"),
        ("summary --by source_name", "source_name"),
        ("summary --by used,used_by", "used_by"),
        ("cost --by type --by tags", "tags"),
        ("cost --by source --scope all", "--by"),
        ("growth --history days --by slug", "slug"),
        ("fetch --columns id,regoin", "regoin"),
        ("fetch --columns id,id -o images.csv", "--columns"),
        ("fetch --sort -sise", "sise"),
        ("record --history days --on 2999-01-01", "2999-01-01"),
    ],
)
def test_nothing_is_requested_if_a_name_or_day_is_wrong(
    account: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str, wrong: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = len(account.requests)
    result = run(*arguments.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert wrong in result.stderr
    assert (list(tmp_path.iterdir()), len(account.requests)) == ([], before)


def test_nothing_is_requested_if_the_output_cannot_be_written(
    account: Sandbox, tmp_path: Path
) -> None:
    before = len(account.requests)
    missing = str(tmp_path / "none" / "x")
    for arguments in (["fetch", "-o", f"{missing}.csv"], ["report", "-o", f"{missing}.html"]):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "does not exist" in result.stderr
    assert len(account.requests) == before


@pytest.mark.parametrize(
    "arguments",
    sample([["summary"], ["summary", "--by", "region"], ["savings"], ["cost"], ["fetch"]], 2),
)
def test_a_terminal_of_80_columns_gets_tables(account: Sandbox, arguments: list[str]) -> None:
    lines = on_terminal("-q", *arguments, columns=80, NO_COLOR="1").splitlines()
    assert any(set(line.strip()) == {"─"} for line in lines)
    table = lines[: lines.index("", 1)] if "" in lines[1:] else lines
    assert max(map(len, table)) <= 80


def test_verbose_shows_progress_details(account: Sandbox) -> None:
    said = subprocess.run(
        [*COMMAND, "summary", "--scope", "all", "-v"], capture_output=True, text=True, check=True
    ).stderr
    assert "imagedf: default: fetching" in said
    assert "547 images in 3 pages" in said


def test_a_console_without_lines_gets_plain_ones(account: Sandbox) -> None:
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    shown = subprocess.run(
        [*COMMAND, "-q", "summary"], capture_output=True, env=env, check=True
    ).stdout
    assert b"-----" in shown
    assert b"?" not in shown
