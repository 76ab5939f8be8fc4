"""Amounts of money: exact decimals, and cents that add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any, TypeGuard

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


def parts_in_cents(
    amounts: Sequence[float | Decimal | None], total: Decimal | None = None
) -> list[Decimal | None]:
    """Round amounts to cents that add up to their rounded sum (largest remainder).

    Parameters
    ----------
    amounts : sequence of float or Decimal
        None and NaN are unknown.
    total : Decimal, optional
        The sum in cents, if it was rounded before. Default: the rounded sum.

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
    wanted = cents(sum(known.values(), Decimal(0))) if total is None else total
    missing = max(Decimal(0), wanted - sum(down.values(), Decimal(0)))
    by_remainder = sorted(known, key=lambda at: (down[at] - known[at], -known[at], at))
    for at in by_remainder[: int(missing / _CENT)]:
        down[at] += _CENT
    return [down.get(at) for at in range(len(amounts))]


def shown_parts(parts: Sequence[Any], total: Any) -> list[Any]:
    """Round the parts of a printed total to cents that add up to it, by largest remainder.

    Parts that don't add up to the total (an image counts in each of its regions) stay as is. A
    total of two decimals may itself have been rounded, up or down.

    Examples
    --------
    >>> shown_parts([0.015, 0.015], 0.03)
    [Decimal('0.02'), Decimal('0.01')]
    >>> shown_parts([0.015, 0.015], 0.06)
    [0.015, 0.015]
    """
    amounts = [part if _is_finite(part) else None for part in parts]
    known = [amount for amount in amounts if amount is not None]
    if not known or not _is_finite(total):
        return list(parts)
    printed = cents(exact(total))
    most = _CENT if isinstance(total, Decimal) and total == printed else _CENT / 10
    if abs(exact_sum(known) - exact(total)) >= most:
        return list(parts)
    rounded = parts_in_cents(amounts, printed)
    return [part if amount is None else amount for part, amount in zip(parts, rounded, strict=True)]


def _is_finite(value: Any) -> bool:
    return isinstance(value, float | int | Decimal) and math.isfinite(value)


def _is_known(amount: float | Decimal | None) -> TypeGuard[float | Decimal]:
    return amount is not None and not math.isnan(amount)


def _meant(amount: float | Decimal) -> Decimal:
    return amount if isinstance(amount, Decimal) else exact_sum([amount])
