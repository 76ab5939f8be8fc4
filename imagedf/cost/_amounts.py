"""Amounts of money: added up exactly, and rounded as people round them."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np


def exact_sum(amounts: Any) -> Decimal:
    """Add amounts up as whole billionths, so that no order and no float error shows."""
    billionths = np.rint(np.asarray(amounts, dtype=np.float64) * 1e9)
    return Decimal(int(math.fsum(billionths.tolist()))).scaleb(-9)


def cents(amount: Decimal) -> Decimal:
    """Round an amount to the cent, half a cent up."""
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def in_cents(amount: float | Decimal) -> str:
    """Write an amount to the cent: 0.585, which a float holds as a little less, is 0.59.

    Examples
    --------
    >>> in_cents(11.7 * 0.05), in_cents(1234.5)
    ('0.59', '1,234.50')
    """
    return f"{_in_cents(amount):,.2f}"


def change_in_cents(amount: float | Decimal) -> str:
    """Write a change of an amount to the cent, with its sign; none is 0.00."""
    change = _in_cents(amount)
    return f"{change:+,.2f}" if change else "0.00"


def _in_cents(amount: float | Decimal) -> float | Decimal:
    if not math.isfinite(amount):
        return amount
    return cents(amount if isinstance(amount, Decimal) else exact_sum([amount]))
