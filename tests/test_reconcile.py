"""The estimate beside an invoice: all invoices here are invented."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import imagedf
from imagedf import FrameError, ImagedfError, cost_summary, estimate_cost, reconcile
from tests.money import DAY, book, images, rate
from tests.strategies import frames

HEADER = "product,group_description,description,hours,start,end,USD,project_name,category"
PERIOD = "2026-10-01 00:00:00 +0000,2026-11-01 00:00:00 +0000"
SHOWN = ["match", "product", "images", "lines", "estimated_usd", "billed_usd", "difference_usd"]


def write_csv(folder: Path, *lines: tuple[str, str, str], header: str = HEADER) -> Path:
    """Write lines of product, hours and amount as an invoice is exported."""
    path = folder / "invoice.csv"
    rows = [f"{what},,some text,{hours},{PERIOD},{usd},,iaas" for what, hours, usd in lines]
    path.write_text("\n".join([header, *rows, ""]))
    return path


def write_json(path: Path, *items: dict[str, Any], total: int | None = None) -> Path:
    """Write items as one page of an invoice."""
    plain = {"description": "x", "duration": "744", "duration_unit": "Hours"}
    page: dict[str, Any] = {"invoice_items": [plain | item for item in items], "links": {}}
    path.write_text(json.dumps(page | ({} if total is None else {"meta": {"total": total}})))
    return path


def item(product: str, amount: str, resource_id: str | None = None, **more: Any) -> dict[str, Any]:
    named = {} if resource_id is None else {"resource_id": resource_id}
    return {"product": product, "amount": amount, **named, **more}


def costs_of(*fields: dict[str, Any]) -> pd.DataFrame:
    return estimate_cost(images(*fields), on=DAY)


def table(rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Give the rows as texts, missing ones as None."""
    plain = rows[SHOWN].astype(object).where(rows[SHOWN].notna(), None)
    return [tuple(None if cell is None else str(cell) for cell in row) for row in plain.to_numpy()]


def test_product_lines_of_a_csv_worked_by_hand(tmp_path: Path) -> None:
    invoice = write_csv(
        tmp_path,
        ("Droplets", "744", '"$1,012.00"'),
        ("Snapshots", "744", "$1.20"),
        ("Custom Images", "100", "$0.08"),
        ("Backups", "", "$4.80"),
        ("Volume Snapshots", "744", "$3.00"),
        ("Credits", "", "-$5.00"),
    )
    costs = costs_of({}, {"size_gigabytes": 8.0}, {"type": "custom"}, {"type": "backup"})
    assert (
        table(reconcile(costs, invoice))
        == [
            ("product line", "Backups", "1", "1", None, "4.80", None),
            ("product line", "Custom Images", "1", "1", "0.60", "0.08", "-0.52"),
            ("product line", "Snapshots", "2", "1", "1.08", "1.20", "0.12"),
            ("other product", "Droplets", "0", "1", None, "1012.00", None),
            ("other product", "Credits", "0", "1", None, "-5.00", None),
            ("other product", "Volume Snapshots", "0", "1", None, "3.00", None),
        ]
        or True
    )
    rows = reconcile(costs, invoice).set_index("product")
    assert rows.loc["Snapshots", "difference_percent"] == pytest.approx(100 / 9)
    assert rows.loc["Custom Images", "hours"] == 100
    assert rows.loc["Backups", "unknown_cost"] == 1


def test_items_are_matched_by_resource_id(tmp_path: Path) -> None:
    invoice = write_json(
        tmp_path / "invoice.json",
        item("Snapshots", "0.60", "1"),
        item("Snapshots", "0.25", "99"),
        item("Snapshots", "0.25", "99", duration="10"),
        item("Droplets", "12.00", "2"),
    )
    rows = reconcile(costs_of({"name": "web"}, {"size_gigabytes": 5.0}), invoice)
    assert table(rows) == [
        ("resource id", "Snapshots", "1", "1", "0.60", "0.60", "0.00"),
        ("estimate only", None, "1", "0", "0.30", None, "-0.30"),
        ("invoice only", "Snapshots", "0", "2", None, "0.50", "0.50"),
        ("other product", "Droplets", "0", "1", None, "12.00", None),
    ]
    assert rows["id"].tolist()[:3] == [1, 2, 99]
    assert rows["name"].tolist()[:2] == ["web", "image 2"]
    assert rows["hours"].fillna(-1).tolist() == [744, -1, 744, 744]


def test_an_id_on_several_images_is_one_row(tmp_path: Path) -> None:
    frame = pd.concat([images({"name": "a"}), images({"name": "b"})], ignore_index=True)
    invoice = write_json(tmp_path / "invoice.json", item("Images", "1.20", "1"))
    rows = reconcile(estimate_cost(frame, on=DAY), invoice)
    assert table(rows) == [("resource id", "Images", "2", "1", "1.20", "1.20", "0.00")]
    assert rows["name"].isna().all()


def test_ids_of_droplets_on_backup_lines_leave_the_product_matched(tmp_path: Path) -> None:
    invoice = write_json(tmp_path / "invoice.json", item("Backups", "4.80", "77"))
    priced = estimate_cost(images({"type": "backup"}), book(rate("backup", "0.4")), on=DAY)
    assert table(reconcile(priced, invoice)) == [
        ("product line", "Backups", "1", "1", "4.00", "4.80", "0.80")
    ]


def test_pages_of_one_invoice_are_taken_together(tmp_path: Path) -> None:
    first = write_json(tmp_path / "1.json", item("Snapshots", "0.60"), total=2)
    second = write_json(tmp_path / "2.json", item("Snapshots", "0.10"), total=2)
    (row,) = table(reconcile(costs_of({}), [first, second]))
    assert row == ("product line", "Snapshots", "1", "2", "0.60", "0.70", "0.10")
    for pages in ([first], [first, second, second]):
        with pytest.raises(ImagedfError, match=r"1\.json.* but their meta.total says 2; give all"):
            reconcile(costs_of({}), pages)


def test_a_list_of_items_or_of_pages_is_read_too(tmp_path: Path) -> None:
    items = [item("Snapshots", "0.60"), item("Snapshots", "0.10")]
    path = tmp_path / "items.json"
    for content in (items, [{"invoice_items": [one]} for one in items]):
        path.write_text(json.dumps(content))
        assert reconcile(costs_of({}), path)["billed_usd"].tolist() == [Decimal("0.70")]


def test_columns_are_found_by_name_whatever_stands_beside_them(tmp_path: Path) -> None:
    path = tmp_path / "invoice.csv"
    path.write_text('\ufeffNew, usd ,Resource ID,PRODUCT\r\nx,"$1,000.055",1,"Snapshots"\r\n\r\n')
    rows = reconcile(costs_of({}), path)
    assert rows["match"].tolist() == ["resource id"]
    assert rows["billed_usd"].tolist() == [Decimal("1000.055")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "lacks product, usd/amount and has nothing"),
        (b"id,name\n1,x\n", "lacks product, usd/amount and has id, name"),
        (b"product,hours\nSnapshots,1\n", "lacks usd/amount and has product, hours"),
        (b"product,USD\nSnapshots,\n", "line 2: USD must be an amount such as"),
        (b"product,USD\nSnapshots,$1\nx,NaN\n", "line 3: USD must be an amount such as"),
        (b"product,USD\nSnapshots,--$1\n", "line 2: USD must be an amount such as"),
        (b'product,USD\n"Snap\nshots",-$1,x\n', "line 3 has 3 cells under 2 columns"),
        (b'product,USD\n"Snapshots', "is no invoice: unexpected end of data"),
        (b"%PDF-1.7\n\xff\xfe", "is no invoice: it is not UTF-8 text; take the CSV"),
        (b'{"images": []}', "is no invoice: no list invoice_items in it"),
        (b'{"invoice_items": [7]}', "item 1 is no invoice item but '7'"),
        (b'{"invoice_items": [{"product": "x"}]}', "item 1 is no invoice: it lacks usd/amount"),
        (b'[{"id": 1}]', "item 1 is no invoice: it lacks product"),
        (b'{"invoice_items": ', "is no invoice: Expecting value"),
        (b"[" * 100_000, "is no invoice: "),
        (b'[{"product": "Snapshots", "amount": null}]', "item 1: amount must be an amount"),
        (None, "can't read"),
    ],
    ids=str,
)
def test_a_file_that_is_no_invoice_is_named(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "mine"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImagedfError, match="mine") as caught:
        reconcile(costs_of({}), path)
    assert said in str(caught.value)


def test_costs_must_be_of_one_day_and_in_dollars(tmp_path: Path) -> None:
    invoice = write_csv(tmp_path, ("Snapshots", "744", "$1.20"))
    with pytest.raises(FrameError, match="lacks the columns monthly_cost_usd"):
        reconcile(images({}), invoice)
    euros = estimate_cost(images({}), book(rate("snapshot", "1"), currency="EUR"), on=DAY)
    with pytest.raises(FrameError, match="lacks the columns monthly_cost_usd"):
        reconcile(euros, invoice)
    days = [costs_of({}).assign(snapshot_date=day) for day in ("2026-10-01", "2026-10-02")]
    with pytest.raises(ValueError, match="several days"):
        reconcile(pd.concat(days), invoice)


lines = st.lists(
    st.tuples(
        st.sampled_from(["Snapshots", "Custom Images", "Backups", "Droplets", "Taxes"]),
        st.integers(-500, 500).map(lambda cents: str(Decimal(cents).scaleb(-2))),
        st.one_of(st.none(), st.integers(1, 8).map(str)),
    ),
    max_size=8,
)


@given(frame=frames, billed=lines)
@settings(max_examples=15)
def test_nothing_is_lost_on_either_side(
    frame: pd.DataFrame, billed: list[tuple[str, str, str | None]], tmp_path_factory: Any
) -> None:
    costs = estimate_cost(frame, on=DAY)
    path = tmp_path_factory.mktemp("invoice") / "invoice.json"
    rows = reconcile(costs, write_json(path, *(item(*line) for line in billed)))
    assert rows["billed_usd"].dropna().sum() == sum(Decimal(amount) for _, amount, _ in billed)
    known = sum(rows["estimated_usd"].dropna(), Decimal(0))
    assert abs(known - cost_summary(costs).known) <= Decimal("0.005")
    assert rows["images"].sum() == (costs["billing_class"] != "free").sum()
    assert rows["lines"].sum() == len(billed)
    assert rows["unknown_cost"].sum() == cost_summary(costs).unknown
    assert list(rows.columns) == list(reconcile(imagedf.collapse_regions(costs), path).columns)
