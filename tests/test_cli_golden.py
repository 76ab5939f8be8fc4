"""The complete texts of each command: its help, and what an example prints.

``IMAGEDF_WRITE_GOLDEN=1`` rewrites the files in ``tests/golden``; review the difference.
"""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from imagedf.cli import main
from tests.conftest import DOCUMENTED_PAGE, ROOT

GOLDEN = ROOT / "tests" / "golden"
RECORDED = "record --from page.json --history history --on"
EXAMPLES: dict[str, list[str]] = {
    "fetch": ["fetch --from page.json"],
    "summary": [
        "summary --from page.json",
        "summary --from page.json --scope all --by region --format md",
    ],
    "cost": ["cost --from page.json --on 2026-11-01 --budget 0.5"],
    "prices": ["prices --on 2026-11-01"],
    "savings": [
        "savings --from page.json --on 2026-11-01",
        "savings --from page.json --on 2026-11-01 --no-default-keeps --keep-name 'A *' --list",
        "savings --from page.json --on 2026-11-01 --keep-name 'A *' --by rule --format md",
    ],
    "record": [f"{RECORDED} 2026-11-01"],
    "diff": [
        f"{RECORDED} 2026-11-01",
        f"{RECORDED} 2026-11-02",
        "diff 2026-11-01 last --history history",
    ],
    "growth": [f"{RECORDED} 2026-11-01", "growth --history history --by type"],
    "schema": ["schema star/image_tags"],
    "help": ["help nothing"],
}


def session(name: str) -> str:
    """Return what a user sees who opens the help and types the examples."""
    parts = []
    for line in (f"{name} --help", *EXAMPLES.get(name, [])):
        result = CliRunner().invoke(main, shlex.split(line), prog_name="imagedf")
        code = f"[exit code {result.exit_code}]\n" if result.exit_code else ""
        parts.append(f"$ imagedf {line}\n{result.output}{code}")
    return "\n".join(parts)


@pytest.mark.parametrize("name", [*main.commands, "imagedf"])
def test_the_texts_are_those_that_were_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(DOCUMENTED_PAGE, tmp_path / "page.json")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    text = session("" if name == "imagedf" else name).replace("imagedf  --", "imagedf --")
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("IMAGEDF_WRITE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_there_is_no_golden_file_without_a_command() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {*main.commands, "imagedf"}
