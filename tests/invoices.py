"""Fictional invoices in the forms of the API, its clients and CSV files."""

from __future__ import annotations

import json
from typing import Any

HEADER = "product,group_description,description,hours,start,end,USD,project_name,category"
MONTH = {"start_time": "2026-10-01T00:00:00Z", "end_time": "2026-11-01T00:00:00Z"}


def item(product: str, amount: str, **fields: Any) -> dict[str, Any]:
    """Return an item billed for all of October, changed by the fields passed."""
    plain: dict[str, Any] = {
        "product": product,
        "resource_id": "",
        "resource_uuid": "",
        "group_description": "",
        "description": "",
        "amount": amount,
        "duration": "744",
        "duration_unit": "Hours",
        **MONTH,
        "project_name": "",
    }
    return plain | fields


def page(*items: dict[str, Any], total: int | None = None, **more: Any) -> dict[str, Any]:
    """Return a response with these items: all of an invoice, unless a larger total is passed."""
    meta = {"total": len(items) if total is None else total}
    return {"invoice_items": list(items), "links": {}, "meta": meta, **more}


def page_link(uuid: str, number: int) -> str:
    return f"https://api.digitalocean.com/v2/customers/my/invoices/{uuid}?per_page=2&page={number}"


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def csv_line(product: str, name: str, usd: str, *, hours: str = "744", project: str = "") -> str:
    """Return a line of a CSV, for a part of October if the hours say so."""
    end = "2026-11-01" if hours == "744" else "2026-10-13"
    period = f"2026-10-01 00:00:00 +0000,{end} 00:00:00 +0000"
    return f"{product},,{name},{hours},{period},{usd},{project},iaas"


def csv_bytes(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *lines, ""]).encode()
