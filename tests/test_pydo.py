"""pydo, DigitalOcean's own client, reads from the sandbox what fetch_account reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf.sandbox import Sandbox

pydo = pytest.importorskip("pydo", reason="pydo is not installed (dependency group bench)")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Any:
    """Return a client of the first account."""
    return pydo.Client(token=sandbox.token, endpoint=sandbox.url)


def every_page(call: Callable[..., dict[str, Any]], **query: Any) -> Iterator[dict[str, Any]]:
    """Loop over the pages as pydo's documentation does."""
    page = 1
    while True:
        # Otherwise it rejects plain http, even on loopback.
        read = call(page=page, per_page=50, enforce_https=False, **query)
        yield read
        if "next" not in read["links"].get("pages", {}):
            return
        page += 1


def test_pydo_reads_page_by_page_what_fetch_account_reads(sandbox: Sandbox, client: Any) -> None:
    pages = [
        *every_page(client.images.list, private=True),
        *every_page(client.snapshots.list, resource_type="droplet"),
        *every_page(client.snapshots.list, resource_type="volume"),
        *every_page(client.droplets.list),
        *every_page(client.droplets.list, type="gpus"),
        *every_page(client.droplets.list_backup_policies),
        *every_page(client.autoscalepools.list),
        *every_page(client.volumes.list),
    ]
    read = imagedf.read_account(pages)
    fetched = imagedf.fetch_account(sandbox.token, base_url=sandbox.url)
    assert len(pages) > 20
    assert read.certificate.complete is True
    for name in imagedf.schema.ACCOUNT_FRAMES:
        pd.testing.assert_frame_equal(
            getattr(read, name), getattr(fetched, name), check_flags=False
        )


def test_pydo_reads_invoices_and_associated_resources(sandbox: Sandbox, client: Any) -> None:
    world = sandbox.worlds["prod"]
    invoices = [
        invoice for page in every_page(client.invoices.list) for invoice in page["invoices"]
    ]
    items = [
        item
        for page in every_page(
            client.invoices.get_by_uuid, invoice_uuid=invoices[0]["invoice_uuid"]
        )
        for item in page["invoice_items"]
    ]
    assert {item["product"] for item in items} >= {
        "Droplets",
        "Droplet Snapshots",
        "Droplet Backups",
    }
    droplet = world.droplets[0]
    read = client.droplets.list_associated_resources(droplet["id"], enforce_https=False)
    assert {int(one["id"]) for one in read["snapshots"]} == set(droplet["snapshot_ids"])
    assert client.account.get(enforce_https=False)["account"]["team"]["uuid"] == world.team
