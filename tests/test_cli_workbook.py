"""``imagedf export -o FILE.xlsx``: a workbook with summary, bill, savings, images and notes."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from imagedf.cli import main
from tests.conftest import DOCUMENTED_PAGE


def export(path: Path, *more: str) -> None:
    arguments = ["export", "--from", str(DOCUMENTED_PAGE), "-o", str(path), *more]
    with pytest.raises(SystemExit) as done:
        raise SystemExit(main(arguments))
    assert not done.value.code


def test_own_images_have_a_bill_and_savings(tmp_path: Path) -> None:
    export(tmp_path / "x.xlsx")
    book = load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["summary", "bill", "savings", "images", "notes"]
    assert [cell.value for cell in book["bill"]["A"]][1:] == [
        "Droplet snapshots", "custom images", "volume snapshots", "Droplet backups",
    ]  # fmt: skip
    assert len([cell for cell in book["images"]["B"] if isinstance(cell.value, int)]) == 5
    notes = [cell.value for cell in book["notes"]["A"]]
    assert notes[0].startswith("complete: 5 own images")
    assert any("0.06" in note for note in notes)


def test_other_scopes_have_images_and_their_summary(tmp_path: Path) -> None:
    export(tmp_path / "x.xlsx", "--scope", "all")
    book = load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["summary", "images", "notes"]
