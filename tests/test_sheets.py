"""CSV and Excel for people: all values are there, and nothing runs as a formula."""

from __future__ import annotations

import csv
import functools
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
from openpyxl import load_workbook
from pandas.testing import assert_frame_equal

import imagedf
from imagedf.sandbox import sample_accounts
from tests import columns
from tests.conftest import DOCUMENTED_PAGE


@pytest.fixture
def exploded() -> pd.DataFrame:
    return imagedf.read_images(DOCUMENTED_PAGE)


def named(*names: str) -> pd.DataFrame:
    return imagedf.read_images({"images": [{"id": 1, "name": name} for name in names]})


def csv_rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def csv_names(frame: pd.DataFrame, folder: Path, **options: Any) -> list[str]:
    heading, *rows = csv_rows(imagedf.to_csv(frame, folder / "x.csv", **options))
    return [row[heading.index("name")] for row in rows]


def sheet_rows(path: Path) -> list[tuple[Any, ...]]:
    """Return header and rows of the first sheet, without its totals."""
    sheet = load_workbook(path).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    (table,) = sheet.tables.values()
    return rows[: len(rows) - (table.totalsRowCount or 0)]


def test_csv_has_every_column_and_row_in_order(exploded: pd.DataFrame, tmp_path: Path) -> None:
    heading, *rows = csv_rows(imagedf.to_csv(exploded, tmp_path / "x.csv"))
    assert heading == list(columns.EXPLODED)
    assert len(rows) == 10
    assert rows[0] == [
        "default", "7555620", "Nifty New Snapshot", "snapshot", "Ubuntu", "", "False", "nyc2", "2",
        "2014-11-04 22:23:02+00:00", "20", "2.34", "1.17", "available", "", "", "",
    ]  # fmt: skip
    assert rows[9][13:15] == ["available", "simple-image"]


def test_csv_of_the_image_grain_joins_lists(exploded: pd.DataFrame, tmp_path: Path) -> None:
    images = imagedf.collapse_regions(exploded)
    heading, *rows = csv_rows(imagedf.to_csv(images, tmp_path / "x.csv"))
    place = heading.index("regions")
    assert [row[place] for row in rows] == [
        "nyc2, nyc3", "nyc2", "nyc2, nyc3", "nyc3", "nyc2, nyc3", "nyc2, nyc3",
    ]  # fmt: skip


FORMULAS = (
    "=SUM(A1:A9)", "+1", "-1", "@home", " =1", "\u00a0=1", "＝1", "＋1", "－1", "＠x", "-",
)  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_a_spreadsheet_would_run_is_neutralised(text: str, tmp_path: Path) -> None:
    assert csv_names(named(text), tmp_path) == [f"'{text}"]
    assert csv_names(named(text), tmp_path, raw=True) == [text]


@pytest.mark.parametrize("text", ["web-1", "a=b", "1+1", "'quoted'", 'café, "two"', "日本\nline"])
def test_other_text_stays_as_it_is(text: str, tmp_path: Path) -> None:
    assert csv_names(named(text), tmp_path) == [text]


def test_formulas_in_tags_groups_and_headings_are_neutralised(tmp_path: Path) -> None:
    frame = imagedf.read_images({"images": [{"id": 1, "name": "a", "tags": ["=cmd", "keep"]}]})
    heading, row = csv_rows(imagedf.to_csv(frame, tmp_path / "x.csv"))
    assert row[heading.index("tags")] == "'=cmd, keep"
    heading, *rows = csv_rows(imagedf.to_csv(imagedf.by_tag(frame), tmp_path / "x.csv"))
    assert [row[0] for row in rows] == ["'=cmd", "keep"]
    odd = pd.DataFrame({"=1+1": [1]})
    assert csv_rows(imagedf.to_csv(odd, tmp_path / "x.csv"))[0] == ["'=1+1"]


def test_a_written_frame_is_left_alone(exploded: pd.DataFrame, tmp_path: Path) -> None:
    before = exploded.copy(deep=True)
    imagedf.to_csv(exploded, tmp_path / "x.csv")
    imagedf.to_excel(exploded, tmp_path / "x.xlsx")
    assert_frame_equal(exploded, before)


def test_excel_has_typed_cells_and_times_in_utc(exploded: pd.DataFrame, tmp_path: Path) -> None:
    images = imagedf.collapse_regions(exploded)
    heading, *rows = sheet_rows(imagedf.to_excel(images, tmp_path / "x.xlsx"))
    assert heading == tuple(columns.IMAGE)
    first = dict(zip(heading, rows[0], strict=True))
    assert (first["id"], first["size_gigabytes"], first["public"]) == (7555620, 2.34, False)
    assert first["created_at"] == pd.Timestamp("2014-11-04 22:23:02")
    assert (first["regions"], first["slug"]) == ("nyc2, nyc3", None)


def test_excel_cells_are_text_and_never_formulas_links_or_numbers(tmp_path: Path) -> None:
    texts = ["=1+1", "https://example.com", "0012", "-1"]
    for raw, expected in ((True, texts), (False, ["'=1+1", *texts[1:3], "'-1"])):
        path = imagedf.to_excel(named(*texts), tmp_path / "x.xlsx", raw=raw, sheet="all")
        book = load_workbook(path)
        assert book.sheetnames == ["all", "notes"]
        cells = [row[2] for row in book["all"].iter_rows(min_row=2, max_row=1 + len(texts))]
        assert [cell.value for cell in cells] == expected
        assert {cell.data_type for cell in cells} == {"s"}
        assert not any(cell.hyperlink for cell in cells)


def test_odd_images_and_every_summary_can_be_written(tmp_path: Path) -> None:
    frame = imagedf.read_images(sample_accounts()["prod"][-150:], account="prod")
    summaries = [imagedf.by_region(frame), imagedf.by_tag(frame), imagedf.totals(frame)]
    for number, one in enumerate([frame, imagedf.collapse_regions(frame), *summaries]):
        rows = csv_rows(imagedf.to_csv(one, tmp_path / f"{number}.csv"))
        assert len(rows) == len(one) + 1
        assert len(sheet_rows(imagedf.to_excel(one, tmp_path / f"{number}.xlsx"))) == len(one) + 1


def test_values_that_excel_cannot_store_are_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(imagedf.ImagedfError, match=r"column name .* 32,768"):
        imagedf.to_excel(named("x" * 32_768), tmp_path / "x.xlsx")
    rows = pd.DataFrame({"id": range(1_048_576)})
    with pytest.raises(imagedf.ImagedfError, match="1,048,576 rows"):
        imagedf.to_excel(rows, tmp_path / "x.xlsx")
    for sheet in ("", "a/b", "'a", "x" * 32):
        with pytest.raises(ValueError, match="sheet must be 1 to 31 characters"):
            imagedf.to_excel(named("a"), tmp_path / "x.xlsx", sheet=sheet)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [imagedf.to_csv, imagedf.to_excel])
def test_a_file_that_cannot_be_written_is_one_clear_error(
    write: Any, exploded: pd.DataFrame, tmp_path: Path
) -> None:
    with pytest.raises(imagedf.ImagedfError, match="does not exist"):
        write(exploded, tmp_path / "none" / "x")


@pytest.mark.parametrize("kind", [object, "category", "string[pyarrow]"])
def test_a_formula_is_neutralised_whatever_the_dtype(kind: Any, tmp_path: Path) -> None:
    frame = named("=1+1", "plain").astype({"name": kind})
    assert csv_names(frame, tmp_path) == ["'=1+1", "plain"]
    assert csv_names(frame, tmp_path, raw=True) == ["=1+1", "plain"]


def test_columns_backed_by_arrow_are_written_like_any(
    exploded: pd.DataFrame, tmp_path: Path
) -> None:
    arrow = exploded.convert_dtypes(dtype_backend="pyarrow")
    assert csv_rows(imagedf.to_csv(arrow, tmp_path / "a.csv"))[0] == list(exploded.columns)
    written = imagedf.to_excel(arrow, tmp_path / "x.xlsx")
    assert sheet_rows(written) == sheet_rows(imagedf.to_excel(exploded, tmp_path / "y.xlsx"))


def test_times_of_another_zone_are_utc_in_a_workbook(
    exploded: pd.DataFrame, tmp_path: Path
) -> None:
    there = exploded.assign(created_at=exploded["created_at"].dt.tz_convert("Asia/Tokyo"))
    written = imagedf.to_excel(there, tmp_path / "x.xlsx")
    assert sheet_rows(written) == sheet_rows(imagedf.to_excel(exploded, tmp_path / "y.xlsx"))


def test_lists_become_text_whatever_their_column_is_called(tmp_path: Path) -> None:
    frame = pd.DataFrame({"regions_after": [["nyc3", "ams3"], None], "note": ["=a", ["=b"]]})
    assert csv_rows(imagedf.to_csv(frame, tmp_path / "x.csv"))[1:] == [
        ["nyc3, ams3", "'=a"],
        ["", "'=b"],
    ]


def test_excel_gets_as_text_what_it_cannot_hold(tmp_path: Path) -> None:
    images = [
        {"id": 2**53 + 1, "name": "a", "created_at": "0001-01-01T00:00:00Z"},
        {"id": 7, "name": "b", "created_at": "9999-12-31T23:59:59.999999Z"},
    ]
    frame = imagedf.read_images({"images": images})
    heading, *rows = sheet_rows(imagedf.to_excel(frame, tmp_path / "x.xlsx"))
    cells = [(row[heading.index("id")], row[heading.index("created_at")]) for row in rows]
    assert cells == [
        ("9007199254740993", "0001-01-01 00:00:00"),
        ("7", "9999-12-31 23:59:59.999999"),
    ]


@pytest.mark.parametrize("sheet", ["😀" * 16, "a\x01b"])
def test_a_name_that_excel_refuses_is_refused_before(sheet: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="sheet must be 1 to 31 characters"):
        imagedf.to_excel(named("a"), tmp_path / "x.xlsx", sheet=sheet)


def test_an_unpaired_surrogate_is_one_clear_error(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": pd.Series(["\ud800"], dtype=object)})
    for write, name in ((imagedf.to_csv, "x.csv"), (imagedf.to_excel, "x.xlsx")):
        with pytest.raises(imagedf.FrameError, match="surrogate"):
            write(frame, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


SPLIT = {
    "\t=1": "'\t'=1",
    ";=1": ";'=1",
    "web;+cmd": "web;'+cmd",
    "a\t@b": "a\t'@b",
    'a;"=1"': 'a;\'"=1"',
    "a; \u200b=1": "a;' \u200b=1",
    "a\n=1": "a\n'=1",
    "a;-1;=2": "a;'-1;'=2",
    "a;b\tc": "a;b\tc",
    "a; b=c": "a; b=c",
}


@pytest.mark.parametrize("text", SPLIT, ids=ascii)
def test_no_part_is_a_formula_where_semicolons_or_tabs_separate(text: str, tmp_path: Path) -> None:
    assert csv_names(named(text), tmp_path) == [SPLIT[text]]
    assert csv_names(named(text), tmp_path, raw=True) == [text]
    for separator in ";\t":
        cells = (imagedf.to_csv(named(text), tmp_path / "x.csv").read_text()).split(separator)
        assert not any(
            cell.lstrip(' "\u200b')[:1] in ("=", "+", "-", "@") for cell in cells if cell
        )


@pytest.mark.parametrize(
    ("write", "name"),
    [(imagedf.to_csv, "x.xlsx"), (imagedf.to_csv, "x.parquet"), (imagedf.to_excel, "x.csv2")],
)
def test_the_suffix_of_another_format_is_refused(write: Any, name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must end in"):
        write(imagedf.example(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_workbook_has_a_sheet_per_frame_and_one_with_notes(tmp_path: Path) -> None:
    costs = imagedf.estimate_cost(imagedf.example(), on=date(2026, 11, 1))
    frames = {"by type": imagedf.by_type(costs), "images": costs}
    path = imagedf.to_excel(frames, tmp_path / "x.xlsx", notes=["Prices in USD."])
    book = load_workbook(path)
    assert book.sheetnames == ["by type", "images", "notes"]
    notes = [row[0] for row in book["notes"].iter_rows(values_only=True)]
    assert notes == [str(imagedf.certificate(costs)), "Prices in USD."]


def test_a_sheet_is_presentable(tmp_path: Path) -> None:
    costs = imagedf.estimate_cost(imagedf.example(), on=date(2026, 11, 1))
    sheet = load_workbook(imagedf.to_excel(costs, tmp_path / "x.xlsx")).worksheets[0]
    heading = [cell.value for cell in sheet[1]]
    (table,) = sheet.tables.values()
    assert sheet.freeze_panes == "A2"
    assert table.autoFilter.ref.startswith("A1:")
    formats = {name: sheet.cell(2, place + 1).number_format for place, name in enumerate(heading)}
    assert formats["size_gigabytes"] == formats["monthly_cost_usd"] == "#,##0.00"
    assert formats["created_at"].startswith("yyyy-mm-dd")
    assert formats["id"] == "General"
    widths = {name: sheet.column_dimensions[sheet.cell(1, at + 1).column_letter].width
              for at, name in enumerate(heading)}  # fmt: skip
    assert widths["name"] > len("A simple tagged image")


def test_each_kind_of_number_has_a_format(tmp_path: Path) -> None:
    groups = imagedf.by_type(imagedf.estimate_cost(imagedf.example(), on=date(2026, 11, 1)))
    groups = groups.assign(age_days=1.5)
    sheet = load_workbook(imagedf.to_excel(groups, tmp_path / "x.xlsx")).worksheets[0]
    formats = {cell.value: sheet.cell(2, cell.column).number_format for cell in sheet[1]}
    shown = {name: formats[name] for name in ("images", "share", "size_gigabytes", "age_days")}
    assert shown == {
        "images": "#,##0",
        "share": "0.0%",
        "size_gigabytes": "#,##0.00",
        "age_days": "#,##0.0",
    }


def excel_totals(
    frame: pd.DataFrame, folder: Path, total: pd.DataFrame | None = None
) -> dict[str, Any]:
    """Return the totals of a sheet; {} without a row of totals."""
    path = imagedf.to_excel(frame, folder / "x.xlsx", total=total)
    sheet = load_workbook(path, data_only=True).worksheets[0]
    (table,) = sheet.tables.values()
    if not table.totalsRowCount:
        return {}
    first, *_, last = sheet.iter_rows(values_only=True)
    kept = zip(first, last, strict=True)
    return {str(name): value for name, value in kept if isinstance(value, int | float)}


def two_accounts() -> pd.DataFrame:
    """Return the listings of two accounts: a public image of 3 GB in both, and one own in each."""
    public = {"id": 1, "name": "base", "type": "base", "public": True, "size_gigabytes": 3.0}
    own = {"name": "own", "type": "snapshot", "public": False, "size_gigabytes": 10.0}
    return pd.concat(
        [
            imagedf.read_images([public, {"id": 2, **own}], account="prod"),
            imagedf.read_images([public, {"id": 3, **own}], account="dev"),
        ],
        ignore_index=True,
    )


def test_a_public_image_of_two_accounts_is_not_added_twice(tmp_path: Path) -> None:
    frame = two_accounts()
    by_account = imagedf.summarize(frame, "account")
    for listed in (frame, imagedf.collapse_regions(frame), by_account):
        assert excel_totals(listed, tmp_path) == {}
    assert excel_totals(by_account, tmp_path, imagedf.totals(frame)) == {"unknown_size": 0}
    assert excel_totals(imagedf.by_type(frame), tmp_path)["size_gigabytes"] == 23.0
    own = imagedf.own_images(frame)
    of_own = excel_totals(imagedf.summarize(own, "account"), tmp_path, imagedf.totals(own))
    assert (of_own["images"], of_own["size_gigabytes"]) == (2, 20.0)


def test_a_total_is_neither_0_for_unknown_nor_a_sum_over_days_or_rules(tmp_path: Path) -> None:
    backup = {"id": 1, "name": "a", "type": "backup", "public": False, "size_gigabytes": 2.0}
    costs = imagedf.estimate_cost(imagedf.read_images([backup]), on="2026-11-01")
    unknown = excel_totals(imagedf.by_type(costs), tmp_path)
    assert (unknown["size_gigabytes"], unknown["unknown_cost"]) == (2.0, 1)
    assert "monthly_cost_usd" not in unknown
    for day in ("2026-11-01", "2026-11-02"):
        imagedf.record(imagedf.example(), tmp_path / "history", on=day)
    assert excel_totals(imagedf.growth(tmp_path / "history"), tmp_path) == {}
    assert excel_totals(imagedf.read_history(tmp_path / "history"), tmp_path) == {}
    policy = imagedf.Policy([imagedf.Select(older_than=1), imagedf.Select(larger_than=1)])
    found = imagedf.find_savings(imagedf.example(), policy)
    assert excel_totals(imagedf.savings_summary(found).by_rule(), tmp_path) == {}


def test_totals_sum_only_columns_that_count_each_image_once(tmp_path: Path) -> None:
    costs = imagedf.estimate_cost(imagedf.example(), on=date(2026, 11, 1))
    totals = functools.partial(excel_totals, folder=tmp_path)
    images = totals(costs)
    assert images["size_gigabytes"] == pytest.approx(14.06)
    exploded = totals(imagedf.explode_regions(costs))
    assert exploded["allocated_gigabytes"] == pytest.approx(14.06)
    assert exploded["allocated_cost_usd"] == pytest.approx(costs["monthly_cost_usd"].sum())
    assert not {"size_gigabytes", "monthly_cost_usd", "id"} & exploded.keys()
    regions = totals(imagedf.by_region(costs))
    assert regions["allocated_gigabytes"] == pytest.approx(14.06)
    assert not {"size_gigabytes", "images", "unknown_cost"} & regions.keys()


@pytest.mark.parametrize("names", [["a", "A"], ["Notes"], []])
def test_sheets_need_different_names(names: list[str], tmp_path: Path) -> None:
    frames = {name: imagedf.example() for name in names}
    with pytest.raises(ValueError, match=r"sheet|workbook"):
        imagedf.to_excel(frames, tmp_path / "x.xlsx")


def test_a_sheet_without_rows_has_no_zero(tmp_path: Path) -> None:
    nothing = imagedf.estimate_cost(imagedf.example(), on=date(2026, 11, 1)).iloc[:0]
    sheet = load_workbook(imagedf.to_excel(nothing, tmp_path / "x.xlsx")).worksheets[0]
    cells = [cell for row in sheet.iter_rows(min_row=2, values_only=True) for cell in row]
    assert set(cells) <= {None}


def test_a_filtered_frame_is_described_as_a_part(tmp_path: Path) -> None:
    images = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    frame = imagedf.read_images({"images": images, "meta": {"total": 2}})
    book = load_workbook(imagedf.to_excel(frame[frame["id"] == 1], tmp_path / "x.xlsx"))
    assert book["notes"]["A1"].value.startswith("1 of 2 listed images")


@pytest.mark.parametrize("layout", [imagedf.explode_regions, imagedf.collapse_regions])
@pytest.mark.parametrize("flags", ["Float64", "boolean"])
def test_the_totals_of_a_sheet_are_left_out_of_a_lazy_frame(
    layout: Any, flags: str, tmp_path: Path
) -> None:
    costs = layout(imagedf.estimate_cost(imagedf.example(), on="2026-11-01"))
    read = pd.read_excel(imagedf.to_excel(costs, tmp_path / "x.xlsx"))
    read = read.astype({"public": flags})
    table = pl.from_pandas(read)
    relation = duckdb.from_arrow(table.to_arrow())  # as read_xlsx of DuckDB's extension returns
    for frame in (relation, table.lazy()):
        assert imagedf.total_size(frame) == pytest.approx(14.06)
    by_type = imagedf.by_type(relation).df().set_index("type")
    assert by_type["images"].to_dict() == {"snapshot": 5, "custom": 1}


@pytest.mark.parametrize("layout", [imagedf.explode_regions, imagedf.collapse_regions])
def test_the_totals_of_a_sheet_are_not_an_image_where_it_is_read_back(
    layout: Any, tmp_path: Path
) -> None:
    costs = layout(imagedf.estimate_cost(imagedf.example(), on="2026-11-01"))
    read = pd.read_excel(imagedf.to_excel(costs, tmp_path / "x.xlsx"))
    for adds_up in (imagedf.total_size, imagedf.by_type, imagedf.cost_summary):
        with pytest.raises(imagedf.FrameError, match="totals of an Excel sheet"):
            adds_up(read)
    assert imagedf.total_size(read.head(-1)) == pytest.approx(14.06)
