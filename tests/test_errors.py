"""Errors as people see them: in a notebook without frames of this package, in Python with all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import imagedf

SCRIPT = """import imagedf

def mine(path):
    return imagedf.read_images(path)

mine("absent.json")
"""


def output_of(folder: Path, *command: str, script: str = SCRIPT) -> list[str]:
    """Run a script in a folder, and return the lines that it prints."""
    (folder / "script.py").write_text(script)
    done = subprocess.run(
        [sys.executable, *command, "script.py"],
        cwd=folder,
        env={**os.environ, "IPYTHONDIR": str(folder / "ipython"), "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return (done.stdout + done.stderr).splitlines()


def test_ipython_shows_the_code_of_the_caller_and_the_message(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    lines = output_of(tmp_path, "-m", "IPython", "--colors=NoColor")
    at = next(n for n, line in enumerate(lines) if line.startswith("ImagedfError: "))
    assert [line.strip() for line in lines[at - 4 : at]] == [
        f"File {tmp_path / 'script.py'}, line 6, in <module>",
        'mine("absent.json")',
        f"File {tmp_path / 'script.py'}, line 4, in mine",
        "return imagedf.read_images(path)",
    ]
    assert "absent.json" in lines[at]
    assert lines[at + 1].startswith("Cause: FileNotFoundError: ")
    assert str(Path("imagedf", "files")) not in "".join(lines)


def test_a_cell_has_no_file_and_no_token_is_shown(tmp_path: Path) -> None:
    pytest.importorskip("IPython")
    script = """from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor")
shell.run_cell("import imagedf")
shell.run_cell("raise imagedf.PageError('dop_v1_' + 'a' * 64)  # dop_v1_" + "a" * 64)
"""
    lines = output_of(tmp_path, script=script)
    at = next(n for n, line in enumerate(lines) if line.startswith("PageError: "))
    assert lines[at - 2] == "Cell, line 1, in <module>"
    assert "a" * 64 not in "".join(lines)


def test_python_shows_all_frames_and_the_cause(tmp_path: Path) -> None:
    text = "\n".join(output_of(tmp_path))
    assert "FileNotFoundError" in text
    assert str(Path("imagedf", "files")) in text


def test_an_account_in_place_of_a_frame_is_named_with_what_to_pass() -> None:
    account: Any = imagedf.example_account()
    for function in (imagedf.by_type, imagedf.total_size, imagedf.plot_ages, imagedf.own_images):
        with pytest.raises(TypeError, match=r"account\.images"):
            function(account)


def test_a_frame_of_another_function_is_refused_with_the_right_one() -> None:
    with pytest.raises(imagedf.FrameError, match="find_savings"):
        imagedf.savings_summary(imagedf.example())
    with pytest.raises(TypeError, match="not DataFrame"):
        imagedf.link_images(imagedf.example())  # type: ignore[arg-type] # on purpose
