"""Follow the contributors' instructions for adding a field of the API.

A copy of the package gets a new field, entry by entry. With all entries, the field is read from
a page and written to frames and files; if any one is missing, it is not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import ROOT


class Entry(NamedTuple):
    """One change in the package: the file, the line to add, and the line that follows it."""

    file: str
    line: str
    before: str


ENTRIES = (
    Entry(
        "imagedf/schema.py",
        '    Column("architecture", "str", pa.string(), "", "instruction set"),\n',
        '    Column("description", ',
    ),
    # Completion at a prompt must not wait for Arrow, so it has the names of the columns itself.
    Entry("imagedf/cli/_complete.py", '    "architecture",\n', '    *("account", "id", "name",'),
)
"""At most three changes: dtypes, unit and meaning are written once."""

CHECK = """
import imagedf, pathlib, sys, tempfile
import pyarrow.parquet as pq
from imagedf.cli._complete import COLUMNS
from imagedf.schema import EXPLODED, STAR_IMAGES

page = {"images": [{"id": 1, "name": "a", "architecture": "arm64", "regions": ["nyc3", "ams3"]}]}
frame = imagedf.read_images(page)
assert frame["architecture"].tolist() == ["arm64", "arm64"]
assert str(frame["architecture"].dtype) == "str"
assert imagedf.certificate(frame).accounts[0].unknown_fields == ()
assert imagedf.collapse_regions(frame)["architecture"].tolist() == ["arm64"]
assert imagedf.read_images({"images": []})["architecture"].tolist() == []
assert imagedf.summarize(frame, "architecture")["architecture"].tolist() == ["arm64"]
with tempfile.TemporaryDirectory() as folder:
    path = imagedf.to_parquet(frame, pathlib.Path(folder) / "x.parquet")
    assert pq.read_schema(path).field("architecture").type == "string"
    assert imagedf.read_parquet(path).equals(frame)
assert "architecture" in STAR_IMAGES.names
assert {column.name for column in EXPLODED} == set(COLUMNS)
try:
    imagedf.read_images({"images": [{"id": 7, "architecture": 5}]})
except imagedf.PageError as error:
    assert (error.image_id, error.field) == (7, "architecture")
else:
    sys.exit("a number was read as text")
"""


def follow(folder: Path, entries: tuple[Entry, ...]) -> subprocess.CompletedProcess[str]:
    """Copy the package, add the entries, and run the check with the copy."""
    # Another process may be writing bytecode, first under a temporary name.
    ignored = shutil.ignore_patterns("*.pyc.*")
    shutil.copytree(ROOT / "imagedf", folder / "imagedf", ignore=ignored)
    for file, line, before in entries:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{file} has no line for {line}"
        path.write_text(text.replace(before, line + before), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", CHECK]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_list_is_complete(tmp_path: Path) -> None:
    done = follow(tmp_path, ENTRIES)
    assert done.returncode == 0, done.stderr
    assert len(ENTRIES) <= 3


@pytest.mark.parametrize("left_out", range(len(ENTRIES)))
def test_no_entry_of_the_list_can_be_left_out(left_out: int, tmp_path: Path) -> None:
    kept = tuple(entry for place, entry in enumerate(ENTRIES) if place != left_out)
    assert follow(tmp_path, kept).returncode != 0


def test_the_fields_are_written_once() -> None:
    """Find modules that name several fields of images: they have a separate list."""
    files = [path for path in (ROOT / "imagedf").rglob("*.py") if path.name != "schema.py"]
    listed = [
        str(path.relative_to(ROOT))
        for path in files
        for text in [path.read_text(encoding="utf-8")]
        if '"error_message"' in text and '"description"' in text and '"min_disk_size"' in text
    ]
    others = {path for path in listed if not path.startswith("imagedf/sandbox/")}
    assert others == {entry.file for entry in ENTRIES} - {"imagedf/schema.py"}
