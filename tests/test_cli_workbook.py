"""``imagedf export -o FILE.xlsx``: a workbook with summary, bill, savings, images and notes."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from imagedf.cli import main
from tests.conftest import DOCUMENTED_PAGE


def export(path: Path, *more: str) -> None:
    source = () if "--from" in more else ("--from", str(DOCUMENTED_PAGE))
    arguments = ["export", *source, "-o", str(path), *more]
    with pytest.raises(SystemExit) as done:
        raise SystemExit(main(arguments))
    assert not done.value.code


def test_own_images_have_a_bill_and_savings(tmp_path: Path) -> None:
    export(tmp_path / "x.xlsx")
    book = load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["summary", "bill", "savings", "images", "notes"]
    assert [cell.value for cell in book["bill"]["A"]][1:5] == [
        "Droplet snapshots", "custom images", "volume snapshots", "Droplet backups",
    ]  # fmt: skip
    (bill,) = book["bill"].tables.values()
    assert [column.name for column in bill.tableColumns if column.totalsRowFunction] == [
        "items", "size_gigabytes", "monthly_cost_usd", "unknown_cost",
    ]  # fmt: skip
    assert len([cell for cell in book["images"]["B"] if isinstance(cell.value, int)]) == 5
    notes = [cell.value for cell in book["notes"]["A"]]
    assert notes[0].startswith("complete: 6 of 6 images, 5 of them your own")
    assert any("0.06" in note for note in notes)


def test_without_any_date_a_note_says_why_there_are_no_savings(tmp_path: Path) -> None:
    undated = {"id": 1, "name": "a", "type": "snapshot", "public": False, "size_gigabytes": 2.5}
    source = tmp_path / "images.json"
    source.write_text(json.dumps({"images": [undated], "meta": {"total": 1}}))
    export(tmp_path / "x.xlsx", "--from", str(source))
    book = load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["summary", "bill", "images", "notes"]
    assert any("created_at" in str(cell.value) for cell in book["notes"]["A"])


def test_other_scopes_have_images_and_their_summary(tmp_path: Path) -> None:
    export(tmp_path / "x.xlsx", "--scope", "all")
    book = load_workbook(tmp_path / "x.xlsx")
    assert book.sheetnames == ["summary", "images", "notes"]


def test_a_workbook_of_a_table_has_its_notes_and_only_right_totals(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    arguments = ["cost", "--from", str(DOCUMENTED_PAGE), "--by", "region"]
    with pytest.raises(SystemExit) as done:
        raise SystemExit(main([*arguments, "--columns", "region,size_gigabytes", "-o", str(path)]))
    assert not done.value.code
    book = load_workbook(path)
    assert book.sheetnames == ["cost", "notes"]
    (table,) = book["cost"].tables.values()
    assert not table.totalsRowCount  # an image counts in each of its regions
    notes = [cell.value for cell in book["notes"]["A"]]
    assert any("Known cost" in note for note in notes)
    assert any("complete" in note for note in notes)


def test_days_are_dates_in_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with pytest.raises(SystemExit) as done:
        raise SystemExit(main(["prices", "-o", str(path)]))
    assert not done.value.code
    sheet = load_workbook(path)["prices"]
    place = [cell.value for cell in sheet[1]].index("effective_from")
    assert isinstance(sheet.cell(2, place + 1).value, datetime)
