from . import sandbox as sandbox
from . import schema as schema
from ._certificates import AccountCertificate as AccountCertificate
from ._certificates import Certificate as Certificate
from .account import Account as Account
from .account import example_account as example_account
from .account import fetch_account as fetch_account
from .account import link_images as link_images
from .account import read_account as read_account
from .charts import plot_ages as plot_ages
from .charts import plot_cost as plot_cost
from .charts import plot_growth as plot_growth
from .charts import plot_regions as plot_regions
from .charts import plot_savings as plot_savings
from .charts import plot_sizes as plot_sizes
from .charts import save_charts as save_charts
from .client import Limits as Limits
from .client import fetch_images as fetch_images
from .cost import BackupPlan as BackupPlan
from .cost import CostSummary as CostSummary
from .cost import Invoice as Invoice
from .cost import InvoiceLine as InvoiceLine
from .cost import PriceBook as PriceBook
from .cost import Rate as Rate
from .cost import account_bill as account_bill
from .cost import backup_status as backup_status
from .cost import check_rates as check_rates
from .cost import cost_summary as cost_summary
from .cost import estimate_cost as estimate_cost
from .cost import fetch_invoice as fetch_invoice
from .cost import read_invoice as read_invoice
from .cost import reconcile as reconcile
from .cost import to_focus as to_focus
from .diff import diff_images as diff_images
from .diff import diff_totals as diff_totals
from .errors import AuthenticationError as AuthenticationError
from .errors import FrameError as FrameError
from .errors import HistoryError as HistoryError
from .errors import ImagedfError as ImagedfError
from .errors import IncompleteListingError as IncompleteListingError
from .errors import IncompleteListingWarning as IncompleteListingWarning
from .errors import PageError as PageError
from .errors import PolicyError as PolicyError
from .errors import RateLimitError as RateLimitError
from .errors import RequestError as RequestError
from .files import example as example
from .files import read_images as read_images
from .files import read_parquet as read_parquet
from .files import to_csv as to_csv
from .files import to_excel as to_excel
from .files import to_parquet as to_parquet
from .frame import certificate as certificate
from .frame import collapse_regions as collapse_regions
from .frame import explode_regions as explode_regions
from .frame import own_images as own_images
from .history import Recording as Recording
from .history import Trend as Trend
from .history import export_star as export_star
from .history import fit_trend as fit_trend
from .history import growth as growth
from .history import open_history as open_history
from .history import read_history as read_history
from .history import record as record
from .report import ReportPage as ReportPage
from .report import render_report as render_report
from .report import write_report as write_report
from .savings import Keep as Keep
from .savings import Part as Part
from .savings import Plan as Plan
from .savings import Policy as Policy
from .savings import SavingsSummary as SavingsSummary
from .savings import Select as Select
from .savings import Verification as Verification
from .savings import find_savings as find_savings
from .savings import load_plan as load_plan
from .savings import load_policy as load_policy
from .savings import save_plan as save_plan
from .savings import savings_summary as savings_summary
from .savings import verify_plan as verify_plan
from .summary import by_age as by_age
from .summary import by_distribution as by_distribution
from .summary import by_region as by_region
from .summary import by_status as by_status
from .summary import by_tag as by_tag
from .summary import by_type as by_type
from .summary import summarize as summarize
from .summary import total_size as total_size
from .summary import totals as totals

__all__ = [
    "Account",
    "AccountCertificate",
    "AuthenticationError",
    "BackupPlan",
    "Certificate",
    "CostSummary",
    "FrameError",
    "HistoryError",
    "ImagedfError",
    "IncompleteListingError",
    "IncompleteListingWarning",
    "Invoice",
    "InvoiceLine",
    "Keep",
    "Limits",
    "PageError",
    "Part",
    "Plan",
    "Policy",
    "PolicyError",
    "PriceBook",
    "Rate",
    "RateLimitError",
    "Recording",
    "ReportPage",
    "RequestError",
    "SavingsSummary",
    "Select",
    "Trend",
    "Verification",
    "account_bill",
    "backup_status",
    "by_age",
    "by_distribution",
    "by_region",
    "by_status",
    "by_tag",
    "by_type",
    "certificate",
    "check_rates",
    "collapse_regions",
    "cost_summary",
    "diff_images",
    "diff_totals",
    "estimate_cost",
    "example",
    "example_account",
    "explode_regions",
    "export_star",
    "fetch_account",
    "fetch_images",
    "fetch_invoice",
    "find_savings",
    "fit_trend",
    "growth",
    "link_images",
    "load_plan",
    "load_policy",
    "open_history",
    "own_images",
    "plot_ages",
    "plot_cost",
    "plot_growth",
    "plot_regions",
    "plot_savings",
    "plot_sizes",
    "read_account",
    "read_history",
    "read_images",
    "read_invoice",
    "read_parquet",
    "reconcile",
    "record",
    "render_report",
    "sandbox",
    "save_charts",
    "save_plan",
    "savings_summary",
    "schema",
    "summarize",
    "to_csv",
    "to_excel",
    "to_focus",
    "to_parquet",
    "total_size",
    "totals",
    "verify_plan",
    "write_report",
]

__version__: str
