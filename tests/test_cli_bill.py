"""imagedf bill, reconcile and prices, run against the sandbox."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import imagedf
from imagedf.cli import main
from imagedf.cost import exact
from imagedf.sandbox import Sandbox
from tests.invoices import as_bytes, csv_bytes, csv_line, item, page

KINDS = ["Droplet snapshots", "custom images", "volume snapshots", "Droplet backups"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def account(sandbox: Sandbox) -> imagedf.Account:
    return imagedf.fetch_account(sandbox.token, base_url=sandbox.url)


@pytest.fixture(autouse=True)
def _environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITALOCEAN_API_URL", sandbox.url)
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", sandbox.token)
    monkeypatch.setenv("DEV", sandbox.tokens["dev"])
    monkeypatch.setenv("PROD", sandbox.tokens["prod"])


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def csv_of(result: Result) -> pd.DataFrame:
    assert result.exit_code == 0
    return pd.read_csv(io.StringIO(result.stdout))


def test_bill_prints_the_four_kinds_and_what_is_known(account: imagedf.Account) -> None:
    expected = imagedf.account_bill(account, on="2026-11-01")
    rows = csv_of(run("bill", "--on", "2026-11-01", "--format", "csv"))
    assert rows["kind"].tolist() == KINDS
    assert rows["monthly_cost_usd"].tolist() == expected["monthly_cost_usd"].tolist()
    table = run("bill", "--on", "2026-11-01")
    total = sum(expected["monthly_cost_usd"].map(exact), Decimal(0))
    assert f"${total:,.2f}/month" in table.stdout
    assert "Excludes taxes" in table.stdout
    assert "usage-based" in table.stdout


def test_bill_of_an_invoice_is_what_was_billed(account: imagedf.Account, tmp_path: Path) -> None:
    fetched = csv_of(run("bill", "--invoice", "2026-10", "--format", "csv"))
    assert fetched["basis"].tolist() == ["billed"] * 4
    (number,) = account.images.query("name == 'vpn-2026-10-31'")["id"].unique()
    path = tmp_path / "invoice.json"
    path.write_bytes(as_bytes(page(item("Droplet Snapshots", "1.23", resource_id=str(number)))))
    saved = csv_of(run("bill", "--invoice", str(path), "--format", "csv"))
    assert saved["monthly_cost_usd"].tolist()[0] == 1.23
    assert saved["basis"].tolist()[0] == "billed"
    assert saved["basis"].tolist()[3] == "basic plan assumed"


def test_bill_of_a_part_of_a_month_is_not_called_monthly() -> None:
    preview = run("bill", "--invoice", "preview")
    assert "6 of 720 hours" in preview.stdout
    assert "/month" not in preview.stdout
    metrics = run("bill", "--invoice", "preview", "--format", "prometheus")
    assert metrics.exit_code == 2
    assert "6 of 720 hours" in metrics.stderr
    assert "6 of 720 hours" in run("reconcile", "--invoice", "preview").stdout


def test_bill_has_no_public_images_in_any_scope() -> None:
    own = run("bill", "--on", "2026-11-01", "--format", "csv")
    everything = run("bill", "--on", "2026-11-01", "--format", "csv", "--scope", "all")
    assert everything.stdout == own.stdout
    assert "public" in everything.stderr


def test_the_bill_of_public_images_is_0() -> None:
    result = run("bill", "--scope", "public", "--format", "json", "--budget", "1")
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert [row["kind"] for row in rows] == KINDS
    for name in ("items", "size_gigabytes", "monthly_cost_usd", "unknown_cost"):
        assert [row[name] for row in rows] == [0, 0, 0, 0]
    assert "public image" in result.stderr
    assert "total, public images" in run("bill", "--scope", "public").stdout
    assert run("bill", "--scope", "public", "--backups").exit_code == 2


def test_bill_of_images_only_says_what_was_not_read() -> None:
    shown = run("bill", "--images-only").stdout
    assert "not readable" in shown
    assert "not read: " in shown
    assert "saved" not in shown
    metrics = run("bill", "--images-only", "--format", "prometheus").stdout
    assert "imagedf_complete 0" in metrics.splitlines()


def test_bill_as_metrics_has_no_sample_for_unknown_values(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sample = re.compile(r'imagedf_\w+(\{kind="[\w ]+"\})? [0-9.e+]+')
    complete = run("bill", "--format", "prometheus").stdout.splitlines()
    assert all(line.startswith("# ") or sample.fullmatch(line) for line in complete)
    assert sum(line.startswith("imagedf_monthly_cost_usd{") for line in complete) == 4
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", sandbox.token_with({"image:read"}, "prod"))
    path = tmp_path / "bill.prom"
    assert run("bill", "--format", "prometheus", "-o", str(path)).exit_code == 0
    lines = [line for line in path.read_text().splitlines() if not line.startswith("# ")]
    costs = [line for line in lines if line.startswith("imagedf_monthly_cost_usd{")]
    assert [re.findall('"(.*)"', line)[0] for line in costs] == KINDS[:2]
    assert "imagedf_complete 0" in lines
    assert "imagedf_complete 1" in complete


def test_bill_names_what_the_token_cannot_read(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", sandbox.token_with({"image:read"}, "prod"))
    result = run("bill")
    assert result.exit_code == 0
    assert "droplet:read" in result.stdout
    assert "Not fully read: volume snapshots" in result.stdout
    refused = run("bill", "--backups")
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "droplet:read" in refused.stderr
    assert run("bill", "--invoice", "preview").exit_code == 3


def test_bill_lists_droplets_without_recent_backups(account: imagedf.Account) -> None:
    rows = csv_of(run("bill", "--backups", "--on", "2026-11-01", "--format", "csv"))
    expected = imagedf.backup_status(account, now="2026-11-01")
    assert rows["droplet_id"].tolist() == expected["droplet_id"].tolist()
    assert rows["problem"].tolist() == expected["problem"].tolist()


def test_bill_covers_the_whole_account() -> None:
    for wrong in (
        ("--where", "type=snapshot"),
        ("--tag", "env:prod"),
        ("--backups", "--format", "prometheus"),
        ("--invoice", "preview", "--invoice", "x.csv"),
        ("--account", "prod=PROD", "--account", "dev=DEV", "--invoice", "preview"),
    ):
        assert run("bill", *wrong).exit_code == 2
    assert run("bill", "--invoice", "missing.csv").exit_code == 6
    both = csv_of(run("bill", "--account", "prod=PROD", "--account", "dev=DEV", "--format", "csv"))
    one = csv_of(run("bill", "--format", "csv"))
    assert (both["items"] > one["items"]).all()


def test_reconcile_adds_up_to_the_invoice(sandbox: Sandbox) -> None:
    invoice = imagedf.fetch_invoice("2026-09", sandbox.token, base_url=sandbox.url)
    rows = csv_of(run("reconcile", "--invoice", "2026-09", "--format", "csv"))
    assert sum(rows["billed_usd"].dropna().map(exact), Decimal(0)) == invoice.total
    assert "excluded" in set(rows["match"])
    table = run("reconcile", "--invoice", "2026-09")
    assert table.exit_code == 0
    assert f"{invoice.total:,.2f}" in table.stdout
    listed = run("reconcile", "--invoice", "2026-09", "--list", "--limit", "3")
    assert "3 of" in listed.stdout


def reconciled(folder: Path, images: list[dict[str, Any]], *lines: str) -> list[list[str]]:
    """Return the cells of the printed table, in Markdown: kind, match, lines, three amounts."""
    pages = {"images": images, "meta": {"total": len(images)}}
    (folder / "images.json").write_text(json.dumps(pages), "utf-8")
    (folder / "invoice.csv").write_bytes(csv_bytes(*lines))
    invoice = ("--invoice", str(folder / "invoice.csv"), "--on", "2026-11-01")
    saved = ("--from", str(folder / "images.json"))
    shown = run("reconcile", *saved, *invoice, "--format", "md").stdout
    rows = [line.strip("|").split("|") for line in shown.splitlines() if line.startswith("|")]
    return [[cell.strip(" *") for cell in row] for row in rows[2:]]


def test_half_cents_of_a_reconciliation_add_up_to_its_totals(tmp_path: Path) -> None:
    kinds = ("snapshot", "custom", "custom", "snapshot")
    images = [
        {"id": number, "name": f"i{number}", "type": kind, "public": False, "size_gigabytes": 0.25}
        for number, kind in enumerate(kinds)
    ]
    lines = [csv_line("Snapshots", "i0", "$0.02"), csv_line("Custom Images", "i1", "$0.02")]
    *rows, total = reconciled(tmp_path, images, *lines, csv_line("Droplets", "x", "$5.00"))
    assert [row[:3] for row in rows] == [
        ["Droplet snapshots", "name", "1"],
        ["Droplet snapshots", "estimate only", "0"],
        ["custom images", "name", "1"],
        ["custom images", "estimate only", "0"],
        ["other products", "other product", "1"],
    ]
    # Each image is estimated at 0.015: 0.005 less than billed, or 0.015 more if it is not billed.
    assert total[2:] == ["3", "0.06", "5.04", "-0.02"]
    for column in (3, 4, 5):
        parts = [Decimal(row[column]) for row in rows if row[column]]
        assert sum(parts) == Decimal(total[column])


def test_an_unknown_estimate_has_no_total_and_no_difference(tmp_path: Path) -> None:
    image = {"id": 1, "name": "a", "type": "snapshot", "public": False}
    *rows, total = reconciled(tmp_path, [image], csv_line("Snapshots", "a", "$0.02"))
    assert rows == [["Droplet snapshots", "name", "1", "", "0.02", "", "1"]]
    assert total[2:] == ["1", "", "0.02", "", "1"]


def test_reconcile_writes_the_shape_of_an_invoice(tmp_path: Path) -> None:
    path, shape = tmp_path / "mine.csv", tmp_path / "shape.json"
    path.write_bytes(csv_bytes(csv_line("Snapshots", "payroll-7", "$1234.56", project="acme")))
    result = run("reconcile", "--invoice", str(path), "--redact", "-o", str(shape))
    assert result.exit_code == 0
    text = shape.read_text()
    assert json.loads(text)["lines"][0]["product"] == "Snapshots"
    for secret in ("payroll", "1234", "acme"):
        assert secret not in text
    assert json.loads(run("reconcile", "--invoice", str(path), "--redact").stdout) == json.loads(
        text
    )
    assert run("reconcile").exit_code == 2


def test_prices_are_shown_without_a_request(sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    rows = csv_of(run("prices", "--on", "2026-11-01", "--format", "csv"))
    assert len(sandbox.requests) == before
    found = rows.set_index("price_of")["price"].to_dict()
    assert (found["snapshot"], found["backups, weekly"]) == (0.06, 20.0)
    assert found["usage-based backups, 6 hours"] == 0.015
    assert "0.015" in run("prices", "--on", "2026-11-01").stdout
    assert len(csv_of(run("prices", "--all-dates", "--format", "csv"))) > len(rows)


def test_prices_name_their_source_and_scope(tmp_path: Path) -> None:
    official = csv_of(run("prices", "--all-dates", "--format", "csv"))["official"]
    assert not official.all()
    assert "official" in run("prices", "--all-dates").stdout
    path = tmp_path / "prices.toml"
    rate = (
        '[[rate]]\nbilling_class = "snapshot"\neffective_from = 2020-01-01\nsource = "contract"\n'
    )
    rate += "read_on = 2026-01-15\n"
    head = 'currency = "USD"\nunit = "GB-month"\n'
    path.write_text(f'{head}{rate}rate = "0.05"\n{rate}rate = "0.04"\ntag = "env:prod"\n', "utf-8")
    assert "env:prod" in run("prices", "--prices", str(path)).stdout


def test_a_bill_without_known_costs_has_no_total(tmp_path: Path) -> None:
    backup = {"id": 1, "name": "b", "type": "backup", "public": False, "size_gigabytes": 4}
    (tmp_path / "images.json").write_text(
        json.dumps({"images": [backup], "meta": {"total": 1}}), "utf-8"
    )
    shown = run("bill", "--from", str(tmp_path)).stdout
    assert "Known cost: unknown. Cost unknown for 1 item." in shown
    budget = run("cost", "--from", str(tmp_path), "--budget", "1")
    assert budget.exit_code == 0
    assert "cost unknown for 1 image" in budget.stderr
    assert "0.00" not in budget.stderr


def test_the_budget_of_a_bill_names_what_it_could_not_count(tmp_path: Path) -> None:
    snapshot = {"id": 2, "name": "s", "type": "snapshot", "public": False, "size_gigabytes": 10}
    backup = {"id": 1, "name": "b", "type": "backup", "public": False, "size_gigabytes": 4}
    page = {"images": [snapshot, backup], "meta": {"total": 2}}
    (tmp_path / "images.json").write_text(json.dumps(page), "utf-8")
    saved = ("bill", "--from", str(tmp_path))
    within = run(*saved, "--budget", "0.60")
    assert within.exit_code == 0
    assert "within budget: known cost is 0.60 of 0.60" in within.stderr
    assert "unknown for 1 item" in within.stderr
    assert "volume snapshots" in within.stderr.splitlines()[-1]
    over = run(*saved, "--budget", "0.59", "--format", "csv")
    assert over.exit_code == 7
    assert "Droplet backups" in over.stdout
    page["images"] = [backup]
    (tmp_path / "images.json").write_text(json.dumps(page | {"meta": {"total": 1}}), "utf-8")
    nothing = run(*saved, "--budget", "1")
    assert nothing.exit_code == 0
    assert "not compared" in nothing.stderr


def test_a_budget_needs_a_month(sandbox: Sandbox) -> None:
    assert run("bill", "--invoice", "2026-10", "--budget", "1").exit_code == 7
    for options in (("--invoice", "preview"), ("--backups",)):
        assert run("bill", *options, "--budget", "1").exit_code == 2


def test_prices_are_checked_with_get_only(sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    result = run("prices", "--check")
    assert result.exit_code == 0
    assert "the size is in GB" in result.stdout
    sent = sandbox.requests[before:]
    asked = [one for one in sent if one.path.endswith("destroy_with_associated_resources")]
    assert 1 <= len(asked) <= 5
    assert {one.method for one in sent} == {"GET"}
    both = csv_of(
        run(
            "prices", "--check", "--account", "prod=PROD", "--account", "dev=DEV", "--format", "csv"
        )
    )
    assert set(both["account"]) == {"prod", "dev"}
    volumes = csv_of(run("prices", "--check", "--volume-snapshots", "--format", "csv"))
    assert set(volumes["conclusion"]) == {"the size is in GiB"}
    assert run("prices", "--volume-snapshots").exit_code == 2


@pytest.mark.parametrize("name", ["focus.csv", "focus.parquet"])
def test_export_writes_billed_lines_as_focus(
    sandbox: Sandbox, account: imagedf.Account, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    result = run("export", "--layout", "focus", "--invoice", "2026-10", "-o", str(path))
    assert result.exit_code == 0
    assert "partial FOCUS" in result.stderr
    rows = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
    invoice = imagedf.fetch_invoice("2026-10", sandbox.token, base_url=sandbox.url)
    expected = imagedf.to_focus(invoice, account)
    assert rows["BilledCost"].tolist() == expected["BilledCost"].tolist()
    assert list(rows.columns) == list(expected.columns)


def test_export_as_focus_needs_an_invoice(tmp_path: Path) -> None:
    path = str(tmp_path / "focus.csv")
    assert run("export", "--layout", "focus", "-o", path).exit_code == 2
    assert run("export", "--invoice", "preview", "-o", path).exit_code == 2
