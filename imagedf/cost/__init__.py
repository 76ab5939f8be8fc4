"""What images cost per month: a run rate by size and published rate, never "spent so far"."""

from imagedf.cost._amounts import (
    cents,
    change_in_cents,
    exact,
    exact_sum,
    in_cents,
    known_sum,
    parts_in_cents,
    yearly,
)
from imagedf.cost._backup_status import backup_status
from imagedf.cost._backups import usage_based_backups
from imagedf.cost._bill import KINDS, account_bill, kind_of
from imagedf.cost._by_size import cost_by_size
from imagedf.cost._check_rates import check_rates
from imagedf.cost._cost_summary import NOT_INCLUDED, CostSummary, cost_summary
from imagedf.cost._estimate import cost_of, estimate_cost, with_costs
from imagedf.cost._fetch_invoice import fetch_invoice
from imagedf.cost._focus import to_focus
from imagedf.cost._invoice import Invoice, read_invoice
from imagedf.cost._invoice_lines import InvoiceLine
from imagedf.cost._prices import PriceBook
from imagedf.cost._rates import BackupPlan, Rate
from imagedf.cost._reconcile import reconcile
from imagedf.cost._redact import redact

__all__ = [
    "KINDS",
    "NOT_INCLUDED",
    "BackupPlan",
    "CostSummary",
    "Invoice",
    "InvoiceLine",
    "PriceBook",
    "Rate",
    "account_bill",
    "backup_status",
    "cents",
    "change_in_cents",
    "check_rates",
    "cost_by_size",
    "cost_of",
    "cost_summary",
    "estimate_cost",
    "exact",
    "exact_sum",
    "fetch_invoice",
    "in_cents",
    "kind_of",
    "known_sum",
    "parts_in_cents",
    "read_invoice",
    "reconcile",
    "redact",
    "to_focus",
    "usage_based_backups",
    "with_costs",
    "yearly",
]
