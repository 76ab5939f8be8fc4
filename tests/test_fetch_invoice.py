"""Fetching invoices over real HTTP: the preview, a month, and one by its UUID."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

import imagedf
from imagedf import Invoice, fetch_invoice
from imagedf.sandbox import Sandbox
from tests.hostile import QUICK, TOKEN, http, raw_server
from tests.invoices import item, page

FIRST = "22737513-0ea7-4206-8ceb-98a575af7681"
SECOND = "fdabb512-6faf-443c-ba2e-665452332a9e"


class Billing:
    """Serves invoices by UUID, two items per page, and keeps what was requested."""

    def __init__(self, invoices: Mapping[str, list[Any]], months: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self._invoices = invoices
        self._months = months

    def __call__(self, wire: socket.socket, line: str, _headers: Mapping[str, str]) -> None:
        self.lines.append(line)
        path, _, query = line.split(" ")[1].partition("?")
        number = int(re.findall(r"(?<!per_)page=(\d+)", query)[0])
        which = path.removeprefix("/v2/customers/my/invoices").strip("/")
        body = self._items(which, number) if which else self._list(number)
        wire.sendall(http(json.dumps(body).encode()))

    def _items(self, which: str, number: int) -> dict[str, Any]:
        items = self._invoices[which]
        return page(*items[2 * number - 2 : 2 * number], total=len(items))

    def _list(self, number: int) -> dict[str, Any]:
        listed = [
            {"invoice_uuid": uuid, "invoice_period": month} for uuid, month in self._months.items()
        ]
        return {
            "invoices": listed[number - 1 : number],
            "invoice_preview": {"invoice_uuid": "x", "invoice_period": "2026-11"},
            "meta": {"total": len(listed)},
        }


def fetch(billing: Any, which: str) -> Invoice:
    with raw_server(billing) as server:
        return fetch_invoice(which, TOKEN, base_url=server.url, limits=QUICK, max_retries=1)


ITEMS = [item("Snapshots", f"0.0{number}", resource_id=str(number)) for number in range(1, 6)]


@pytest.mark.parametrize("which", ["preview", FIRST])
def test_all_pages_of_an_invoice_are_fetched(which: str) -> None:
    billing = Billing({which: ITEMS}, {})
    invoice = fetch(billing, which)
    assert (invoice.total, invoice.period, invoice.uuids) == (Decimal("0.15"), "2026-10", (which,))
    path = f"/v2/customers/my/invoices/{which}"
    assert billing.lines == [
        f"GET {path}?page={number}&per_page=200 HTTP/1.1" for number in (1, 2, 3)
    ]


def test_pages_without_a_total_are_followed_by_their_links() -> None:
    billing = Billing({FIRST: ITEMS}, {})

    def linked(which: str, number: int) -> dict[str, Any]:
        links = {"pages": {"next": "https://example.com/?page=9"}} if number < 3 else {}
        return {"invoice_items": ITEMS[2 * number - 2 : 2 * number], "links": links}

    billing._items = linked  # type: ignore[method-assign] # a server without totals
    invoice = fetch(billing, FIRST)
    assert (invoice.total, len(billing.lines), len(invoice.uuids)) == (Decimal("0.15"), 3, 1)


def test_all_invoices_of_a_month_are_added() -> None:
    billing = Billing(
        {FIRST: ITEMS, SECOND: [item("Taxes", "1.00")]},
        {"0": "2026-11", FIRST: "2026-10", SECOND: "2026-10", "1": "2026-09"},
    )
    invoice = fetch(billing, "2026-10")
    assert (invoice.total, invoice.uuids) == (Decimal("1.15"), (FIRST, SECOND))
    listed = [line for line in billing.lines if "/invoices?" in line]
    assert [int(re.findall(r"[?&]page=(\d+)", line)[0]) for line in listed] == [1, 2, 3, 4]


@pytest.mark.parametrize(("month", "said"), [("2026-08", "2026-08"), ("2026-11", "preview")])
def test_a_month_without_an_invoice_is_an_error(month: str, said: str) -> None:
    with pytest.raises(imagedf.ImagedfError, match=said):
        fetch(Billing({}, {FIRST: "2026-10"}), month)


def test_an_invoice_that_ends_early_is_an_error() -> None:
    short = Billing({FIRST: ITEMS}, {})
    whole = short._invoices[FIRST]

    def cut(which: str, number: int) -> dict[str, Any]:
        return page(*whole[:2] if number == 1 else [], total=len(whole))

    short._items = cut  # type: ignore[method-assign] # a server that loses a page
    with pytest.raises(imagedf.ImagedfError, match=r"meta\.total"):
        fetch(short, FIRST)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"oops", b"\xff", b'{"invoice_items": [7]}'])
def test_a_response_that_is_not_an_invoice_is_named(body: bytes) -> None:
    for which in (FIRST, "2026-10"):
        with pytest.raises(imagedf.ImagedfError, match="invoices"):
            fetch(lambda wire, _line, _headers: wire.sendall(http(body)), which)


@pytest.mark.parametrize("which", ["", "October", "2026-13", "../droplets", FIRST + "/x", " "])
def test_an_invalid_invoice_name_is_rejected_before_anything_is_sent(which: str) -> None:
    billing = Billing({}, {})
    with pytest.raises(ValueError, match="which"):
        fetch(billing, which)
    assert billing.lines == []
    with pytest.raises(TypeError, match="which"):
        fetch_invoice(202610, TOKEN)  # type: ignore[arg-type] # what is tested


def test_a_token_without_the_scope_is_told_which_one() -> None:
    with Sandbox() as sandbox:
        token = sandbox.token_with({"image:read"}, "prod")
        with pytest.raises(imagedf.AuthenticationError, match="billing:read"):
            fetch_invoice("preview", token, base_url=sandbox.url)


def test_the_bill_the_check_and_the_invoice_of_the_sandbox_agree() -> None:
    with Sandbox() as sandbox:
        given: dict[str, Any] = {"base_url": sandbox.url}
        account = imagedf.fetch_account(sandbox.token, **given)
        october = fetch_invoice("2026-10", sandbox.token, **given)
        rates = imagedf.check_rates(account, sandbox.token, **given)
    rows = imagedf.reconcile(account, october)
    assert sum(rows["billed_usd"].dropna(), Decimal(0)) == october.total
    # New, pending and retired images are estimated as not charged, but the sandbox bills them.
    full = rows[rows["hours"].eq(744) & rows["estimated_usd"].fillna(0).gt(0)]
    assert len(full) > 100
    assert full["difference_usd"].abs().max() <= Decimal("0.01")
    assert set(rates["unit"].dropna()) == {"GB"}
    bill = imagedf.account_bill(account, on="2026-11-01")
    billed = imagedf.account_bill(account, on="2026-11-01", invoice=october)
    assert billed["basis"].tolist() == ["billed"] * 4
    assert bill["items"].tolist() == billed["items"].tolist()
