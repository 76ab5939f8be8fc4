"""Run the code on the pages, in order, in a new directory, against the sandbox.

A ``python`` block is executed, a ``bash`` or ``sh`` block is passed to the shell, and so are the
lines after ``$`` in a ``console`` block; lines below such a command must be in its output.
``text`` is output. Any other block, and any block that must not run, states why in its first
line: ``norun: the reason``.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from imagedf.cli import main
from imagedf.sandbox import Sandbox
from tests.conftest import DOCUMENTED_PAGE, ROOT
from tests.worlds import world

PAGES = [ROOT / "README.md", *sorted((ROOT / "notebooks").glob("*.md"))]
SHELLS = ("bash", "sh")
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*) *(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)``` *$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    place: str
    line: int
    language: str
    info: str
    text: str

    @property
    def runs(self) -> bool:
        return self.language in ("python", "console", *SHELLS) and not self.info


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    blocks = []
    for found in FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 2
        code = textwrap.dedent(found["text"])
        blocks.append(Block(f"{page.name}:{line}", line, found["language"], found["info"], code))
    assert text.count("```") == 2 * len(blocks), f"{page.name}: a fence is open"
    return blocks


def name_of(page: Path) -> str:
    return page.name


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A directory like a reader's, a small account in the sandbox, and ``imagedf``."""
    (tmp_path / "here" / "data").mkdir(parents=True)
    shutil.copy(DOCUMENTED_PAGE, tmp_path / "here" / "data")
    command = tmp_path / "bin" / "imagedf"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -W error -m imagedf "$@"\n')
    command.chmod(0o755)
    with Sandbox({"prod": world()}) as sandbox:
        monkeypatch.setenv("DIGITALOCEAN_TOKEN", sandbox.token)
        monkeypatch.setenv("DIGITALOCEAN_API_URL", sandbox.url)
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        monkeypatch.setenv("PATH", str(command.parent), prepend=os.pathsep)
        monkeypatch.setenv("MPLBACKEND", "agg")
        monkeypatch.chdir(tmp_path / "here")
        yield dict(os.environ)


def run_python(block: Block, names: dict[str, Any]) -> None:
    # Line ends before the code make a traceback name the line of the page.
    code = compile("\n" * (block.line - 1) + block.text, block.place, "exec")
    exec(code, names)


def commands_of(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of a console block with the lines of output below it."""
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert parts[0] == "", f"{block.place}: begins without a command"
    for part in parts[1:]:
        command, *shown = part.splitlines()
        while command.endswith("\\"):
            command = f"{command[:-1]}{shown.pop(0)}"
        yield command, [line for line in shown if line.strip()]


def is_plain(command: str) -> bool:
    """Return whether a command is an ``imagedf`` command that needs no shell features."""
    return command.startswith("imagedf ") and not set(command) & set("|&;<>$`*~\\")


def run_command(place: str, command: str, environ: dict[str, str]) -> str:
    """Run a plain command in this process, which is faster; run others in the shell."""
    if not is_plain(command):
        return run_shell(place, command, environ)
    arguments = shlex.split(command, comments=True)[1:]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, f"{place}: {command}\n{result.output}"
    return result.output


def run_block(block: Block, environ: dict[str, str]) -> None:
    """Run a shell block: line by line if all of its lines are plain commands."""
    lines = block.text.splitlines()
    for command in lines if all(map(is_plain, lines)) else [block.text]:
        run_command(block.place, command, environ)


def run_shell(place: str, command: str, environ: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        env=environ,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, f"{place}: {command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_code_of_a_page_runs(page: Path, environ: dict[str, str]) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks_of(page):
        if not block.runs:
            continue
        if block.language == "python":
            run_python(block, names)
        elif block.language in SHELLS:
            run_block(block, environ)
        else:
            for command, shown in commands_of(block):
                written = run_command(block.place, command, environ)
                assert [line for line in shown if line not in written] == [], block.place


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=name_of)
def test_no_block_is_left_out_without_a_reason(page: Path) -> None:
    silent = [
        block.place
        for block in blocks_of(page)
        if not block.runs
        and block.language != "text"
        and not re.fullmatch(r"norun: \S.{8,}", block.info)
    ]
    assert silent == []


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=name_of)
def test_links_into_the_project_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_shows_every_command_and_code_by_line_15() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in main.commands if f"imagedf {name}" not in text] == []
    first = next(block for block in blocks_of(ROOT / "README.md") if block.language == "python")
    assert first.line <= 15
    assert text.count("\n") < 150
