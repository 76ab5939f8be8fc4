"""Fictional images and price books for the tests about money."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from imagedf import PriceBook
from imagedf.cost import Rate
from tests.strategies import frame_of

DAY = date(2026, 11, 1)


def image(number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a private snapshot of 10 GB in one region, changed by the fields passed."""
    plain = {
        "id": number,
        "name": f"image {number}",
        "type": "snapshot",
        "distribution": "Ubuntu",
        "public": False,
        "regions": ["nyc1"],
        "created_at": "2026-10-01T00:00:00Z",
        "size_gigabytes": 10.0,
        "status": "available",
        "tags": [],
    }
    return plain | fields


def images(*fields: dict[str, Any]) -> pd.DataFrame:
    """Return a frame of such images, numbered from 1."""
    return frame_of([image(number, **one) for number, one in enumerate(fields, start=1)])


def rate(billing_class: str, amount: str, **narrower: Any) -> Rate:
    """Return a rate that applies on every day."""
    plain: dict[str, Any] = {
        "effective_from": date(1970, 1, 1),
        "currency": "USD",
        "unit": "GB-month",
        "source": "a contract",
        "read_on": DAY,
    }
    return Rate(billing_class=billing_class, amount=Decimal(amount), **(plain | narrower))


def book(*rates: Rate, currency: str = "USD") -> PriceBook:
    """Return a price book with these rates."""
    return PriceBook(currency, rates)
