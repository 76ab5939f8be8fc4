"""FOCUS rows of billed lines, checked with the FOCUS 1.4 linter of focus-data-toolkit."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf import ImagedfError, fetch_invoice, to_focus
from imagedf.cost import exact
from imagedf.sandbox import Sandbox
from tests.bills import account_of, droplet, policy, volume_snapshot
from tests.invoices import item, page
from tests.money import image

VOLUME = "edb0478d-7436-4d69-8d21-000f53315a41"
ACCOUNT = account_of(
    [
        image(1, size_gigabytes=12.5, tags=["env:prod", "keep"], regions=["nyc3"]),
        image(2, type="custom", regions=["nyc3", "ams3"], tags=[]),
        image(31, type="backup"),
    ],
    droplets=[droplet(7, backup_ids=[31], snapshot_ids=[1], features=["backups"])],
    policies=[policy(7)],
    volume_snapshots=[volume_snapshot(VOLUME, 100.0)],
)
INVOICE = page(
    item("Snapshots", "0.75", resource_id="1", description="image 1"),
    item("Custom Images", "0.30", resource_id="2", duration="372"),
    item("Snapshots", "6.00", resource_uuid=VOLUME, description="data"),
    item("Droplet Backups", "4.80", resource_id="7", description="web-7 (s-2vcpu-4gb)"),
    item("Snapshots", "1.00", resource_id="99", description="gone", project_name="shop"),
    item("Droplets", "24.00", resource_id="7"),
    item("Taxes", "1.10"),
)


def as_text(rows: pd.DataFrame) -> list[dict[str, str]]:
    """Return the rows in the form of a CSV file, which the linter expects."""
    text = rows.to_csv(index=False)
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False).to_dict("records")  # type: ignore[return-value] # texts


def lint(rows: pd.DataFrame) -> list[Any]:
    toolkit = pytest.importorskip(
        "focus_data_toolkit", reason="focus-data-toolkit, the FOCUS linter, is not installed"
    )
    return list(toolkit.lint_focus_1_4_structure("Cost and Usage", as_text(rows)).violations)


def test_rows_of_billed_lines_worked_by_hand() -> None:
    rows = to_focus(INVOICE, ACCOUNT)
    shown = ["BilledCost", "ResourceId", "ResourceType", "ServiceSubcategory", "x_match"]
    assert rows[shown].to_numpy().tolist() == [
        [0.75, "1", "Droplet Snapshot", "Backup Storage", "resource id"],
        [0.3, "2", "Custom Image", "Other (Storage)", "resource id"],
        [6.0, VOLUME, "Volume Snapshot", "Backup Storage", "resource uuid"],
        [4.8, "7", "Droplet Backups", "Backup Storage", "droplet"],
        [1.0, "99", "Droplet Snapshot", "Backup Storage", "invoice only"],
    ]
    first = rows.iloc[0]
    assert json.loads(first["Tags"]) == {"env": "prod", "keep": True}
    assert (first["RegionId"], first["x_size_gigabytes"]) == ("nyc3", 12.5)
    assert (first["PricingQuantity"], first["PricingUnit"]) == (12.5, "GB-Months")
    assert (first["ChargePeriodStart"], first["BillingPeriodEnd"]) == (
        "2026-10-01T00:00:00Z",
        "2026-11-01T00:00:00Z",
    )
    assert first["x_age_days"] == pytest.approx(50.5)
    second = rows.iloc[1]
    assert second[["RegionId", "PricingQuantity", "PricingUnit"]].isna().all()
    assert (second["Tags"], second["x_hours"]) == ("{}", 372)
    last = rows.iloc[4]
    assert last[["x_size_gigabytes", "Tags", "RegionId", "x_source"]].isna().all()
    assert last["x_project_name"] == "shop"
    assert rows["InvoiceId"].isna().all()


def test_the_account_that_is_billed_can_be_named() -> None:
    assert set(to_focus(INVOICE, ACCOUNT)["BillingAccountId"]) == {"default"}
    named = to_focus(INVOICE, ACCOUNT, billing_account_id="do:team:1")
    assert set(named["BillingAccountId"]) == {"do:team:1"}


def test_the_rows_pass_the_linter() -> None:
    assert lint(to_focus(INVOICE, ACCOUNT)) == []


def test_an_invoice_of_the_sandbox_passes_the_linter_and_adds_up() -> None:
    with Sandbox() as sandbox:
        account = imagedf.fetch_account(sandbox.token, base_url=sandbox.url)
        invoice = fetch_invoice("2026-09", sandbox.token, base_url=sandbox.url)
        preview = fetch_invoice("preview", sandbox.token, base_url=sandbox.url)
    rows = to_focus(invoice, account)
    assert lint(rows) == []
    assert set(rows["InvoiceId"]) == set(invoice.uuids)
    assert to_focus(preview, account)["InvoiceId"].isna().all()
    billed = imagedf.account_bill(account, invoice=invoice)["monthly_cost_usd"]
    total = sum(rows["BilledCost"].map(exact), Decimal(0))
    assert total == sum(billed.map(exact), Decimal(0))
    assert rows["x_source_name"].notna().any()


def test_nothing_is_invented() -> None:
    with pytest.raises(ImagedfError, match="dates"):
        to_focus(b"product,USD\nSnapshots,$1.00\n", ACCOUNT)
    with pytest.raises(TypeError, match="Account"):
        to_focus(INVOICE, ACCOUNT.images)  # type: ignore[arg-type] # what is tested
    none = to_focus(page(item("Taxes", "1.10")), ACCOUNT)
    assert none.empty
    assert list(none.columns) == list(to_focus(INVOICE, ACCOUNT).columns)
