"""Amounts of money: exact decimals, and cents that add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from imagedf._text import cents

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

_CENT = Decimal("0.01")
_NOISE = 1e-12
"""How far a float may be from the intended amount, such as 0.1 + 0.2 from 0.3."""


def exact(amount: float | Decimal) -> Decimal:
    """Return the decimal that an amount stands for: the shortest that gives the same float.

    Examples
    --------
    >>> exact(3.18), exact(0.1 + 0.2)
    (Decimal('3.18'), Decimal('0.30000000000000004'))
    """
    return amount if isinstance(amount, Decimal) else Decimal(repr(float(amount)))


def exact_sum(amounts: ArrayLike | pd.Series[float] | Sequence[Decimal]) -> Decimal:
    """Return the exact sum of known amounts, regardless of their order and of float errors.

    Amounts with up to nine decimals (one byte, for GB) are exact. Others count as the decimal
    that ``exact`` returns.

    Examples
    --------
    >>> exact_sum([0.1] * 3), exact_sum([Decimal("0.005"), Decimal("1")])
    (Decimal('0.3'), Decimal('1.005'))
    """
    if isinstance(amounts, list | tuple) and any(isinstance(one, Decimal) for one in amounts):
        return sum(map(exact, amounts), Decimal(0))
    values = np.asarray(amounts, dtype=np.float64)
    with np.errstate(all="ignore"):  # an infinite amount has no billionths
        billionths = np.rint(values * 1e9)
        # Below a million, floats are precise enough to distinguish billionths.
        short = (np.abs(values) < 1e6) & (np.abs(billionths / 1e9 - values) <= _NOISE)
    whole, part = np.divmod(billionths[short].astype(np.int64), 10**9)
    known = Decimal(int(whole.sum())) + Decimal(int(part.sum())).scaleb(-9)
    return sum(map(exact, values[~short].tolist()), known.normalize() + 0)


def known_sum(amounts: ArrayLike | pd.Series[float]) -> Decimal | None:
    """Return the exact sum of the known amounts; None if none is known, 0 if there are none.

    Examples
    --------
    >>> known_sum([1.5, float("nan")]), known_sum([float("nan")]), known_sum([])
    (Decimal('1.5'), None, Decimal('0'))
    """
    values = np.asarray(amounts, dtype=np.float64)
    known = values[~np.isnan(values)]
    return exact_sum(known) if len(known) or not len(values) else None


def yearly(amount: Decimal) -> Decimal:
    """Return the yearly amount in cents, computed from the exact monthly amount.

    Examples
    --------
    >>> yearly(Decimal("0.015"))
    Decimal('0.18')
    """
    return cents(amount * 12)


def parts_in_cents(amounts: Sequence[float | Decimal | None]) -> list[Decimal | None]:
    """Round amounts to cents that add up to their rounded sum (largest remainder).

    Parameters
    ----------
    amounts : sequence of float or Decimal
        None and NaN are unknown.

    Returns
    -------
    list of Decimal or None
        In the order of ``amounts``; None where an amount is unknown.

    Examples
    --------
    >>> [str(part) for part in parts_in_cents([0.015, 0.015])]
    ['0.02', '0.01']
    """
    known = {at: _meant(one) for at, one in enumerate(amounts) if _is_known(one)}
    down = {at: one.quantize(_CENT, rounding=ROUND_FLOOR) for at, one in known.items()}
    missing = cents(sum(known.values(), Decimal(0))) - sum(down.values(), Decimal(0))
    by_remainder = sorted(known, key=lambda at: (down[at] - known[at], -known[at], at))
    for at in by_remainder[: int(missing / _CENT)]:
        down[at] += _CENT
    return [down.get(at) for at in range(len(amounts))]


def _is_known(amount: float | Decimal | None) -> TypeGuard[float | Decimal]:
    return amount is not None and not math.isnan(amount)


def _meant(amount: float | Decimal) -> Decimal:
    return amount if isinstance(amount, Decimal) else exact_sum([amount])
