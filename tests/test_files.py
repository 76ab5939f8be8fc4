"""Every writer leaves either the old file or the new one, whatever happens while writing."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf.errors import ImagedfError
from imagedf.files import write_text
from tests.conftest import ROOT, sample
from tests.faults.elsewhere import proves
from tests.hostile import LISTING, image
from tests.writers import WRITERS


def python(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def rows_of(path: Path) -> int:
    """Read a complete file and return the number of its rows."""
    if path.suffix == ".parquet":
        return len(pd.read_parquet(path))
    if path.suffix == ".xlsx":
        return int(pd.read_excel(path)["id"].notna().sum())  # below them are the totals
    return len(pd.read_csv(path))


@proves("the old file or the new one", "kill -9 of a writer")
@pytest.mark.parametrize("seconds", sample([0.01, 0.13], 2))
def test_a_killed_writer_leaves_the_old_file_or_the_new_one(tmp_path: Path, seconds: float) -> None:
    names = ["to_excel", "to_csv", "to_parquet", "export_star"]
    for name in names:
        (tmp_path / name).mkdir()
    process = python("-m", "tests.writers", "20,600", str(tmp_path), *names)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(seconds)
    process.kill()
    process.communicate(timeout=30)
    for name in names:
        assert rows_of(tmp_path / name / WRITERS[name][0]) in (20, 600)
        unfinished = [path.name for path in (tmp_path / name).iterdir() if "tmp" in path.name]
        assert all(hidden.startswith(".") for hidden in unfinished)


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "write_report"])
def test_a_new_file_is_moved_into_place_and_not_written_over_the_old(
    name: str, tmp_path: Path
) -> None:
    if os.name == "nt":
        pytest.skip("needs a system that moves a file over an open one")
    file, write = WRITERS[name]
    (tmp_path / file).write_bytes(b"the old one")
    with (tmp_path / file).open("rb") as old:
        write(imagedf.read_images({"images": LISTING}), tmp_path / file)
        assert old.read() == b"the old one"
    assert (tmp_path / file).read_bytes() != b"the old one"


@proves("the old file", "kill -9 halfway through a file")
def test_a_process_killed_halfway_through_a_file_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    write_text(path, "the old one")
    script = (
        "import os, signal\n"
        "from imagedf.files import replace\n"
        f"with replace({str(path)!r}) as temporary:\n"
        "    temporary.write_text('half of the new o')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    process = python("-c", script)
    process.communicate(timeout=30)
    assert process.returncode == -9
    assert path.read_text() == "the old one"


@proves("`ImagedfError`; the old file, and no other file", "a full disk")
def test_a_full_disk_is_one_clear_error_and_the_old_file_stays(tmp_path: Path) -> None:
    pytest.importorskip("resource")
    for name, (file, _) in WRITERS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_bytes(b"the old one")
    process = python("-m", "tests.writers", "full", str(tmp_path))
    out, errors = process.communicate(timeout=60)
    assert errors == ""
    said = dict(line.split(": ", 1) for line in out.splitlines())
    assert list(said) == list(WRITERS)
    for name, (file, _) in WRITERS.items():
        assert said[name].startswith(f"can't write {tmp_path / name}{os.sep}")
        assert said[name].endswith(": File too large")
        assert [path.name for path in (tmp_path / name).iterdir()] == [file]
        assert (tmp_path / name / file).read_bytes() == b"the old one"


PLACES: dict[str, Callable[[Path], Path]] = {
    "a path that is a directory": lambda folder: _made(folder / "here", "dir"),
    "a path below a file": lambda folder: _made(folder / "file", "file") / "x",
    "a path in a missing directory": lambda folder: folder / "none" / "x",
    "a path in a read-only directory": lambda folder: _unwritable(folder) / "x",
    "a path that is a pipe": lambda folder: _made(folder / "pipe", "pipe"),
    "a path with a name of 300 letters": lambda folder: folder / ("x" * 300),
}


def _unwritable(folder: Path) -> Path:
    """Return a directory in which even the superuser can't write."""
    closed = folder / "closed"
    closed.mkdir(mode=0o500)
    if not os.access(closed, os.W_OK):
        return closed
    if not Path("/sys/kernel").is_dir():
        pytest.skip("needs a directory that the superuser can't write to")
    return Path("/sys/kernel")


def _made(path: Path, kind: str) -> Path:
    if kind == "dir":
        path.mkdir()
    elif kind == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("needs mkfifo")
        os.mkfifo(path)
    else:
        path.write_bytes(b"")
    return path


@proves("`ImagedfError`; nothing is changed", *PLACES)
@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
@pytest.mark.parametrize("write", [imagedf.to_parquet, imagedf.to_csv, imagedf.to_excel])
def test_a_path_that_cannot_be_a_file_is_one_clear_error(
    write: Callable[..., Any], place: Callable[[Path], Path], tmp_path: Path
) -> None:
    path = place(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ImagedfError, match=r"^can't write ") as caught:
        write(imagedf.read_images({"images": LISTING}), path)
    assert str(path) in str(caught.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_directory_that_cannot_be_created_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ImagedfError, match=r"^can't create the directory "):
        imagedf.export_star(imagedf.read_images({"images": LISTING}), tmp_path / "file" / "star")


def test_a_link_is_written_through_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "real" / "file.txt")
    write_text(link, "new")
    assert link.is_symlink()
    assert (tmp_path / "real" / "file.txt").read_text() == "new"
    assert [path.name for path in (tmp_path / "real").iterdir()] == ["file.txt"]


FORMULAS = (
    "=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\u00a0=1", "\u3000＝1", "＋1", "－1", "＠x",
    "﹢1", "\u200b=1", "\ufeff=1", "\u2003=1", "\x0b=1", "\x00=1", " \t=1",
)  # fmt: skip


@proves(
    "text after an apostrophe; unchanged with `raw=True`", "names that a spreadsheet would execute"
)
@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_no_cell_begins_a_formula_unless_raw_is_asked_for(text: str, tmp_path: Path) -> None:
    frame = imagedf.read_images({"images": [image(1, name=text)]})
    # A spreadsheet may also begin a cell after a tab or a carriage return.
    inside = text.replace("=", "'=") if "\t" in text or "\r" in text else text
    assert _names(imagedf.to_csv(frame, tmp_path / "safe.csv")) == [f"'{inside}"]
    assert _names(imagedf.to_csv(frame, tmp_path / "raw.csv", raw=True)) == [text]


@proves("one quoted cell", "a carriage return in a name")
def test_a_carriage_return_does_not_begin_a_row(tmp_path: Path) -> None:
    frame = imagedf.read_images({"images": [image(1, name="web\r=1+1")]})
    path = imagedf.to_csv(frame, tmp_path / "images.csv")
    assert b',"web\r\'=1+1",' in path.read_bytes()
    assert _names(path) == ["web\r'=1+1"]


def _names(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["name"] for row in csv.DictReader(file)]
