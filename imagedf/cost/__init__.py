"""What images cost a month: a run-rate by size and published rate, never "spent so far"."""

from imagedf.cost._amounts import cents, change_in_cents, exact_sum, in_cents
from imagedf.cost._estimate import (
    NOT_INCLUDED,
    CostSummary,
    cost_of,
    cost_summary,
    estimate_cost,
    with_costs,
)
from imagedf.cost._prices import PriceBook, Rate
from imagedf.cost._reconcile import reconcile

__all__ = [
    "NOT_INCLUDED",
    "CostSummary",
    "PriceBook",
    "Rate",
    "cents",
    "change_in_cents",
    "cost_of",
    "cost_summary",
    "estimate_cost",
    "exact_sum",
    "in_cents",
    "reconcile",
    "with_costs",
]
