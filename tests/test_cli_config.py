"""Defaults from ``imagedf.toml`` and tokens from doctl's contexts; tokens are never shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from imagedf.cli import main
from imagedf.sandbox import Sandbox
from tests.conftest import DOCUMENTED_PAGE

PAGE = str(DOCUMENTED_PAGE)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def home(server: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory for users' configuration, and the address of the sandbox."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("DIGITALOCEAN_API_URL", server.url)
    for tool in ("doctl", "imagedf"):
        (tmp_path / "config" / tool).mkdir(parents=True)
    return tmp_path / "config"


@pytest.fixture
def doctl(server: Sandbox, home: Path) -> dict[str, str]:
    """doctl's configuration with a context for each account of the sandbox."""
    (first, token), *others = server.tokens.items()
    lines = [f"access-token: {token}", "auth-contexts:"]
    lines += [f"  {name}: {one}" for name, one in others]
    lines += ["context: default", "output: text", "droplet:", "  create:", "    wait: true"]
    (home / "doctl" / "config.yaml").write_text("\n".join(lines) + "\n")
    return {"default": first} | {name: name for name, _ in others}


def accounts_of(*arguments: str) -> set[str]:
    result = run("summary", "--by", "account", "--format", "json", *arguments)
    assert result.exit_code == 0, result.stderr
    return {row["account"] for row in json.loads(result.stdout)}


def test_contexts_of_doctl_are_accounts(doctl: dict[str, str]) -> None:
    assert accounts_of("--context", "default") == {"default"}
    assert accounts_of("--all-contexts") == set(doctl)
    other = max(doctl)
    assert accounts_of("--context", other.upper(), "--context", "default") == {"default", other}


def test_an_unknown_context_gets_the_nearest_name(doctl: dict[str, str], server: Sandbox) -> None:
    before = len(server.requests)
    result = run("summary", "--context", "defualt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "did you mean default?" in result.stderr
    assert len(server.requests) == before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, 6),
        ("access-token: [dop_v1_0123", 6),
        ("- a list", 2),
        ("access-token: ''", 2),
        ("auth-contexts: dop_v1_0123", 2),
    ],
)
def test_a_configuration_without_tokens_is_one_line_error(
    home: Path, content: str | None, code: int
) -> None:
    if content is not None:
        (home / "doctl" / "config.yaml").write_text(content)
    result = run("summary", "--context", "default")
    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.count("\n") == 1
    assert "0123" not in result.stderr


def test_doctl_is_read_only_when_asked_to(doctl: dict[str, str]) -> None:
    assert run("summary").exit_code == 3


def test_a_file_sets_defaults_and_options_go_first(home: Path) -> None:
    (home / "imagedf" / "imagedf.toml").write_text(
        'scope = "all"\nlimit = 5\n'
        '[summary]\nby = ["type", "region"]\ncolumns = ["type", "images"]\n'
    )
    options = ("--from", PAGE, "--format", "csv")
    text = run("summary", *options).stdout
    assert text.splitlines()[0] == "type,images"
    assert len(text.splitlines()) == 4
    text = run("summary", *options, "--by", "type", "--scope", "own").stdout
    assert text == "type,images\nsnapshot,4\ncustom,1\n"


def test_config_names_another_file_and_a_flag_is_a_boolean(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text("header = false\n")
    options = ("--format", "csv", "--columns", "type")
    assert run("--config", str(file), "summary", "--from", PAGE, *options).stdout.split() == [
        "snapshot",
        "custom",
    ]
    file.write_text("private = true\n[fetch]\ngrain = 'image'\n")
    text = run("--config", str(file), "fetch", "--from", PAGE, "--format", "csv").stdout
    assert len(text.splitlines()) == 6


def test_a_file_sets_any_option_under_its_own_name(tmp_path: Path) -> None:
    file, target = tmp_path / "other.toml", tmp_path / "types.csv"
    file.write_text(f"no-header = true\nquiet = true\n[summary]\noutput = '{target}'\n")
    result = run("--config", str(file), "summary", "--from", PAGE, "--columns", "type")
    assert (result.exit_code, result.output) == (0, "")
    assert target.read_text().split() == ["snapshot", "custom"]


@pytest.mark.parametrize(
    ("line", "deletable"),
    [
        ("no-default-keeps = true", True),
        ("default-keeps = false", True),
        ("default-keeps = true", False),
        ("no-default-keeps = false", False),
    ],
)
def test_a_file_never_reverses_a_flag(tmp_path: Path, line: str, *, deletable: bool) -> None:
    file = tmp_path / "other.toml"
    file.write_text(line)
    options = ("--from", PAGE, "--older-than", "1d", "--format", "json")
    rows = json.loads(run("--config", str(file), "savings", *options).stdout)
    assert {row["deletable"] for row in rows} == {deletable}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("output = 'x.csv'", "not an option"),
        ("scoop = 'all'", "did you mean scope?"),
        ("[sumary]\nby = 'type'", "did you mean summary?"),
        ("[growth]\nscope = 'all'", "not an option"),
        ("scope = ", "not a valid TOML"),
        ("private = 'yes'", "private"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "x.toml"
    file.write_text(content)
    result = run("--config", str(file), "fetch", "--from", PAGE)
    assert (result.exit_code, result.stdout) == (6, "")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = run("--config", str(tmp_path / "none.toml"), "schema")
    assert (result.exit_code, result.stdout) == (6, "")
    assert "none.toml" in result.stderr


def test_options_beat_the_environment_which_beats_the_file(
    home: Path, server: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first, one), (second, other) = server.tokens.items()
    monkeypatch.setenv("TOKEN_ONE", one)
    monkeypatch.setenv("TOKEN_OTHER", other)
    (home / "imagedf" / "imagedf.toml").write_text(
        f'account = ["{first}=TOKEN_ONE", "{second}=TOKEN_OTHER"]\n'
    )
    assert accounts_of() == {first, second}
    assert accounts_of("--account", "mine=TOKEN_ONE") == {"mine"}
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", one)
    assert accounts_of() == {"default"}
    said = run("summary").stderr
    assert "DIGITALOCEAN_TOKEN" in said
    assert "imagedf.toml" in said
    # Saved files need no token, so the accounts in the file don't name their rows.
    assert accounts_of("--from", PAGE) == {"default"}


def test_help_works_with_a_wrong_file(home: Path) -> None:
    (home / "imagedf" / "imagedf.toml").write_text("nonsense")
    assert run("help", "cost").exit_code == 0


TOKEN = "dop_v1_" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "arguments",
    [
        ["fetch", TOKEN],
        ["fetch", "--token-file", TOKEN],
        ["fetch", "--token-file", TOKEN.upper()],
        ["fetch", "--account", TOKEN],
        ["fetch", "--account", f"{TOKEN}=X"],
        ["fetch", "--account", f"prod={TOKEN}"],
        ["fetch", "--from", TOKEN],
        ["fetch", "--context", TOKEN],
        ["fetch", "--from", "TOKENFILE"],
        ["fetch", "--from", PAGE, "-o", TOKEN],
        ["fetch", "--from", PAGE, "--where", TOKEN],
        ["fetch", "--from", PAGE, "--columns", TOKEN],
        ["diff", TOKEN, TOKEN],
        ["help", TOKEN],
        [TOKEN],
        ["--config", TOKEN, "schema"],
    ],
)
def test_a_token_is_masked_wherever_it_was_typed(
    doctl: dict[str, str], arguments: list[str], tmp_path: Path
) -> None:
    saved = tmp_path / "token"
    saved.write_text(TOKEN)
    result = run(*(str(saved) if one == "TOKENFILE" else one for one in arguments))
    assert result.exit_code != 0
    assert "0123456789" not in result.output


def test_a_history_for_all_commands_breaks_none(doctl: dict[str, str], home: Path) -> None:
    history, target = str(home / "history"), home / "images.csv"
    (home / "imagedf" / "imagedf.toml").write_text(f"all-contexts = true\nhistory = '{history}'\n")
    assert run("record").exit_code == 0
    for account in sorted(doctl)[1:]:
        (file,) = (home / "history" / account).iterdir()
        file.unlink()
    cost = run("cost")
    assert (cost.exit_code, "no earlier day" in cost.output) == (0, True)
    assert run("export", "-o", str(target)).exit_code == 0  # live, not the history's star
    assert target.stat().st_size > 0
