"""Compare the estimate with an invoice; all invoices here are fictional."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import imagedf
from imagedf import FrameError, cost_summary, estimate_cost, read_invoice, reconcile
from tests.conftest import examples
from tests.invoices import csv_bytes, csv_line, item, page
from tests.money import DAY, book, image, images, rate
from tests.strategies import frame_of, frames

SHOWN = ["match", "billing_class", "id", "name", "lines", "estimated_usd", "billed_usd"]
VOLUME = "edb0478d-7436-4d69-8d21-000f53315a41"


def costs_of(*fields: dict[str, Any]) -> pd.DataFrame:
    return estimate_cost(images(*fields), on=DAY)


def table(rows: pd.DataFrame, columns: list[str] = SHOWN) -> list[tuple[Any, ...]]:
    """Return the rows as text, with missing values as None."""
    plain = rows[columns].astype(object).where(rows[columns].notna(), None)
    return [tuple(None if cell is None else str(cell) for cell in row) for row in plain.to_numpy()]


ITEMS = page(
    item("Droplet Snapshots", "0.70", resource_id="1", description="db"),
    item("Snapshots", "0.25", resource_id="99", description="gone"),
    item("Snapshots", "7.00", resource_uuid=VOLUME, description="data-1"),
    item("Droplet Backups", "2.60", resource_id="2", description="web-1 (s-1vcpu-1gb)"),
    item("Network File Storage Snapshots", "9.00", description="share"),
    item("GenAI Image Generation", "9.00"),
    item("Droplets", "6.00", resource_id="1"),
)


def test_lines_are_joined_by_what_they_name_worked_by_hand() -> None:
    costs = costs_of({"name": "db"}, {"name": "web", "size_gigabytes": 5.0})
    rows = reconcile(costs, ITEMS)
    assert table(rows) == [
        ("resource id", "snapshot", "1", "db", "1", "0.60", "0.70"),
        ("estimate only", "snapshot", "2", "web", "0", "0.30", None),
        ("invoice only", "volume_snapshot", None, "data-1", "1", None, "7.00"),
        ("invoice only", "backup", "2", "web-1 (s-1vcpu-1gb)", "1", None, "2.60"),
        ("invoice only", "snapshot", "99", "gone", "1", None, "0.25"),
        ("other product", None, None, None, "1", None, "9.00"),
        ("other product", None, None, None, "1", None, "9.00"),
        ("other product", None, None, None, "1", None, "6.00"),
    ]
    first = rows.iloc[0]
    assert (first["difference_usd"], first["difference_percent"]) == (
        Decimal("0.10"),
        pytest.approx(100 / 6),
    )
    assert rows["resource_uuid"].dropna().tolist() == [VOLUME]
    assert rows["product"].dropna().nunique() == 6
    assert rows["difference_usd"].dropna().map(str).tolist() == [
        *("0.10", "-0.30", "7.00", "2.60", "0.25")
    ]


def test_an_id_counts_only_within_its_class() -> None:
    costs = costs_of({}, {"type": "custom"}, {"type": "backup"})
    bill = page(
        item("Custom Images", "0.60", resource_id="1"),
        item("Snapshots", "0.60", resource_id="2"),
        item("Backups", "1.20", resource_id="3"),
    )
    rows = reconcile(costs, bill)
    assert rows["match"].value_counts().to_dict() == {
        "estimate only": 2,
        "invoice only": 3,
        "excluded": 1,
    }


def test_lines_of_a_csv_are_joined_by_exact_unique_name() -> None:
    costs = costs_of(
        {"name": "db"}, {"name": "twin"}, {"name": "twin"}, {"name": "Nightly"}, {"name": "two"}
    )
    bill = csv_bytes(
        csv_line("Snapshots", "db", "$0.60"),
        csv_line("Snapshots", "twin", "$0.50"),
        csv_line("Snapshots", "nightly", "$0.40", hours="300"),
        csv_line("Snapshots", "two", "$0.30"),
        csv_line("Snapshots", "two", "$0.30"),
        csv_line("Volumes", "db", "$0.20"),
    )
    rows = reconcile(costs, bill)
    assert table(rows, ["match", "name", "lines", "billed_usd"]) == [
        ("name", "db", "1", "0.60"),
        ("estimate only", "twin", "0", None),
        ("estimate only", "twin", "0", None),
        ("estimate only", "Nightly", "0", None),
        ("estimate only", "two", "0", None),
        ("invoice only", "two", "2", "0.60"),
        ("invoice only", "twin", "1", "0.50"),
        ("invoice only", "nightly", "1", "0.40"),
        ("other product", None, "1", "0.20"),
    ]
    notes = rows.set_index("name")["note"]
    assert "2 stored resources" in notes["twin"].dropna().iloc[0]
    assert "several lines" in notes["two"].dropna().iloc[0]


def test_a_part_of_a_month_is_shown_as_billed() -> None:
    later = {"start_time": "2026-10-05T00:00:00Z"}
    bill = page(
        item("Snapshots", "0.10", resource_id="1", duration="124"),
        item("Snapshots", "0.50", resource_id="2", **later),
        item("Snapshots", "0.60", resource_id="3"),
    )
    rows = reconcile(costs_of({}, {}, {}), bill).set_index("id")
    assert rows["hours"].tolist() == [124, 744, 744]
    assert rows["billed_usd"].map(str).to_dict() == {1: "0.10", 2: "0.50", 3: "0.60"}
    notes = rows["note"].fillna("").to_dict()
    assert "124 hours" in notes[1]
    assert "2026-10-05" in notes[2]
    assert notes[3] == ""


def test_invoices_of_one_month_are_added_per_image() -> None:
    half = {"duration": "372", "end_time": "2026-10-16T12:00:00Z"}
    rest = {"duration": "372", "start_time": "2026-10-16T12:00:00Z"}
    both = read_invoice(
        [
            page(item("Snapshots", "0.30", resource_id="1", **half)),
            page(item("Snapshots", "0.31", resource_id="1", **rest)),
        ]
    )
    (row,) = reconcile(costs_of({}), both).to_dict("records")
    assert (row["billed_usd"], row["lines"], row["hours"]) == (Decimal("0.61"), 2, 744)
    assert pd.isna(row["note"])


def test_images_that_are_never_billed_are_excluded_with_the_reason() -> None:
    costs = costs_of({"public": True}, {"type": "backup"}, {"type": "free"}, {"public": None})
    rows = reconcile(costs, page(item("Taxes", "0.10")))
    assert table(rows, ["match", "id", "unknown_cost"]) == [
        ("estimate only", "3", "1"),
        ("estimate only", "4", "1"),
        ("other product", None, "0"),
        ("excluded", "2", "0"),
        ("excluded", "1", "0"),
    ]
    assert rows[rows["match"] == "excluded"]["note"].notna().all()


def test_a_backup_with_a_rate_of_your_own_is_an_estimate() -> None:
    priced = estimate_cost(images({"type": "backup"}), prices=book(rate("backup", "0.4")), on=DAY)
    rows = reconcile(priced, page(item("Backups", "4.80", resource_id="77")))
    assert table(rows, ["match", "id", "estimated_usd", "billed_usd"]) == [
        ("estimate only", "1", "4.00", None),
        ("invoice only", "77", None, "4.80"),
    ]


def test_an_id_on_several_images_is_one_row() -> None:
    frame = frame_of([image(1, name="a"), image(1, name="b")])
    rows = reconcile(estimate_cost(frame, on=DAY), page(item("Images", "0.10"), item(
        "Snapshots", "1.20", resource_id="1")))  # fmt: skip
    assert table(rows, ["match", "id", "name", "images", "estimated_usd"])[0] == (
        *("resource id", "1", None, "2", "1.20"),
    )


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        ("Droplet Snapshots", "snapshot"),
        ("GPU Droplet snapshot storage", "snapshot"),
        ("Snapshots", "snapshot"),
        ("Custom Images", "custom"),
        ("Images", "custom"),
        ("Droplet Backups", "backup"),
        ("Weekly Backups", "backup"),
        ("Volume Snapshots", "volume_snapshot"),
        ("Block Storage Snapshots", "volume_snapshot"),
        ("Volumes", None),
        ("Database Backups", None),
        ("Container Registry", None),
        ("SnapShooter", None),
        ("Managed Database Snapshots", None),
        ("Network File Storage Snapshots", None),
        ("GenAI Image Generation", None),
        ("", None),
    ],
)
def test_the_product_decides_what_a_line_can_be_about(product: str, expected: str | None) -> None:
    (row,) = reconcile(costs_of(), page(item(product, "1.00", resource_id="7"))).to_dict("records")
    assert row["match"] == ("other product" if expected is None else "invoice only")
    assert (row["billing_class"] if expected else None) == expected


def test_costs_must_be_of_one_day_and_in_dollars() -> None:
    invoice = page(item("Snapshots", "1.20"))
    euros = estimate_cost(images({}), prices=book(rate("snapshot", "1"), currency="EUR"), on=DAY)
    for frame in (images({}), euros):
        with pytest.raises(FrameError, match="monthly_cost_usd"):
            reconcile(frame, invoice)
    days = [costs_of({}).assign(snapshot_date=day) for day in ("2026-10-01", "2026-10-02")]
    with pytest.raises(ValueError, match="several days"):
        reconcile(pd.concat(days), invoice)


def test_a_file_is_read_as_read_invoice_does(tmp_path: Path) -> None:
    path = tmp_path / "invoice.csv"
    path.write_bytes(csv_bytes(csv_line("Snapshots", "image 1", "$0.60")))
    pd.testing.assert_frame_equal(
        reconcile(costs_of({}), path), reconcile(costs_of({}), read_invoice(path))
    )


PRODUCTS = (
    *("Snapshots", "Droplet Snapshots", "Custom Images", "Images", "Droplet Backups", "Backups"),
    *(
        "Volume Snapshots",
        "Droplets",
        "Taxes",
        "Network File Storage Snapshots",
        "Promotion credit",
    ),
)
lines = st.lists(
    st.fixed_dictionaries(
        {
            "product": st.sampled_from(PRODUCTS),
            "amount": st.integers(-500, 500).map(lambda cents: str(Decimal(cents).scaleb(-2))),
            "resource_id": st.sampled_from(["", "1", "2", "3", "4", "99", None]),
            "resource_uuid": st.sampled_from(["", "", VOLUME]),
            "description": st.sampled_from(["", "web", "a,b", "Größe", "gone"]),
            "duration": st.sampled_from(["744", "300", "", "744 Hours"]),
        }
    ),
    max_size=10,
)


def worded(billed: list[dict[str, Any]], wording: str) -> Any:
    """Return an invoice in the form of the API, a client with camelCase, or a CSV."""
    items = [item(**line) for line in billed]
    if wording == "camel":
        names = {"resource_id": "resourceId", "resource_uuid": "resourceUuid"}
        items = [{names.get(key, key): value for key, value in one.items()} for one in items]
    if wording != "csv":
        return page(*items)
    rows = [(one["product"], f'"{one["description"]}"', f"${one['amount']}") for one in billed]
    return csv_bytes(*(csv_line(*row) for row in rows)) if rows else page()


@given(frame=frames, billed=lines, wording=st.sampled_from(["api", "camel", "csv"]))
@examples(60)
def test_every_image_and_every_line_is_kept(
    frame: pd.DataFrame, billed: list[dict[str, Any]], wording: str
) -> None:
    costs = estimate_cost(frame, on=DAY)
    rows = reconcile(costs, worded(billed, wording))
    total = sum((Decimal(line["amount"]) for line in billed), Decimal(0))
    assert sum(rows["billed_usd"].dropna(), Decimal(0)) == total
    known = sum(rows["estimated_usd"].dropna(), Decimal(0))
    assert abs(known - (cost_summary(costs).exact or Decimal(0))) <= Decimal("0.005")
    assert rows["images"].sum() == len(costs)
    assert rows["lines"].sum() == len(billed)
    without = rows["match"].isin(["excluded", "estimate only"])
    assert rows.loc[without, "billed_usd"].isna().all()
    assert rows.loc[rows["match"] == "excluded", "note"].notna().all()
    assert list(rows.columns) == list(reconcile(imagedf.collapse_regions(costs), page()).columns)
