from ._amounts import (
    exact,
    exact_sum,
    known_sum,
    parts_in_cents,
    shown_parts,
    yearly,
)
from ._backup_status import backup_status
from ._backups import usage_based_backups
from ._bill import KINDS, account_bill, bill_total, kind_of
from ._by_size import cost_by_size
from ._check_rates import check_rates
from ._cost_summary import NOT_INCLUDED, CostSummary, cost_summary
from ._estimate import cost_of, estimate_cost, with_costs
from ._fetch_invoice import fetch_invoice
from ._focus import to_focus
from ._invoice import Invoice, read_invoice
from ._invoice_lines import InvoiceLine
from ._prices import PriceBook
from ._rates import BackupPlan, Rate
from ._rates_note import rates_note
from ._reconcile import reconcile
from ._redact import redact
from ._volume_snapshots import volume_snapshot_costs

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
    "bill_total",
    "check_rates",
    "cost_by_size",
    "cost_of",
    "cost_summary",
    "estimate_cost",
    "exact",
    "exact_sum",
    "fetch_invoice",
    "kind_of",
    "known_sum",
    "parts_in_cents",
    "rates_note",
    "read_invoice",
    "reconcile",
    "redact",
    "shown_parts",
    "to_focus",
    "usage_based_backups",
    "volume_snapshot_costs",
    "with_costs",
    "yearly",
]
