"""Size times rate: the float nearest to the exact decimal, on every engine."""

from __future__ import annotations

from decimal import Decimal

import narwhals.stable.v2 as nw
import pandas as pd

from imagedf.cost._rates import Rate
from imagedf.frame import to_arrow
from imagedf.summary import known_size

_EXACT = 2.0**53
"""Whole numbers up to this are exact as floats."""


def cost_by_size(
    sizes: pd.Series[float], rate: Rate | None, minimum: Decimal = Decimal(0)
) -> pd.Series[float]:
    """Return the monthly cost of sizes at a rate.

    Parameters
    ----------
    sizes : pandas.Series
        Sizes in the unit of the rate.
    rate : Rate or None
        None if there is no rate.
    minimum : decimal.Decimal, default 0
        The minimum cost of a size above 0.

    Returns
    -------
    pandas.Series
        float64, missing where the size is unknown (see ``known_size``) or there is no rate.
    """
    if rate is None:
        return pd.Series(float("nan"), index=sizes.index, dtype="float64")
    rows = nw.from_native(to_arrow({"size": sizes.astype("float64")}))
    scale = scale_of([rate.amount])
    cost = charged(nw.col("size"), nw.lit(scaled(rate.amount, scale)), scale, minimum)
    costs = rows.with_columns(size=known_size("size")).select(cost=cost)["cost"].to_pandas()
    return pd.Series(costs.to_numpy(), index=sizes.index, dtype="float64")


def scale_of(amounts: list[Decimal]) -> int:
    """Return the largest number of decimals of any of the amounts; 0 for whole numbers."""
    exponents = (amount.normalize().as_tuple().exponent for amount in amounts)
    return max([0, *(-exponent for exponent in exponents if isinstance(exponent, int))])


def scaled(amount: Decimal, scale: int) -> float:
    """Return an amount in units of its last decimal, which is a whole number."""
    return float(amount.scaleb(scale))


def charged(size: nw.Expr, rate: nw.Expr, scale: int, minimum: Decimal) -> nw.Expr:
    """Return size times a scaled rate, but at least the minimum for a size above 0."""
    cost = _product(size, rate, scale)
    if not minimum:
        return cost
    least = nw.lit(float(minimum))
    return nw.when((size > 0) & (cost < least)).then(least).otherwise(cost)


def _column(size: nw.Expr, exponent: int) -> nw.Expr:
    """Return a power of ten as a column: Polars rounds twice when dividing by a constant."""
    return size * 0.0 + 10.0**exponent


def _product(size: nw.Expr, rate: nw.Expr, scale: int) -> nw.Expr:
    """Multiply whole numbers and divide once, so that only the result is rounded.

    A size that has more than nine decimals, or is too large, is multiplied as it is.
    """
    product = size * rate / 10.0**scale
    for digits in (6, 9):
        whole = (size * 10.0**digits).round(0)
        exact = (whole / _column(size, digits) == size) & (whole * rate <= _EXACT)
        divided = whole * rate / _column(size, digits + scale)
        product = nw.when(exact).then(divided).otherwise(product)
    return product
