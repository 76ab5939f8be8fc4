"""The DigitalOcean image inventory whose totals you can sign.

Names are looked up when they are first used, so that ``imagedf --help`` stays quick.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imagedf import rules as rules
    from imagedf import sandbox as sandbox
    from imagedf import schema as schema
    from imagedf.charts import plot_ages as plot_ages
    from imagedf.charts import plot_cost as plot_cost
    from imagedf.charts import plot_growth as plot_growth
    from imagedf.charts import plot_regions as plot_regions
    from imagedf.charts import plot_savings as plot_savings
    from imagedf.charts import plot_sizes as plot_sizes
    from imagedf.charts import save_charts as save_charts
    from imagedf.client import Limits as Limits
    from imagedf.client import fetch_images as fetch_images
    from imagedf.cost import cost_summary as cost_summary
    from imagedf.cost import estimate_cost as estimate_cost
    from imagedf.diff import diff_images as diff_images
    from imagedf.diff import diff_totals as diff_totals
    from imagedf.errors import AuthenticationError as AuthenticationError
    from imagedf.errors import FrameError as FrameError
    from imagedf.errors import HistoryError as HistoryError
    from imagedf.errors import ImagedfError as ImagedfError
    from imagedf.errors import IncompleteListingError as IncompleteListingError
    from imagedf.errors import IncompleteListingWarning as IncompleteListingWarning
    from imagedf.errors import PageError as PageError
    from imagedf.errors import RateLimitError as RateLimitError
    from imagedf.errors import RequestError as RequestError
    from imagedf.files.parquet import read_parquet as read_parquet
    from imagedf.files.parquet import to_parquet as to_parquet
    from imagedf.files.sheets import to_csv as to_csv
    from imagedf.files.sheets import to_excel as to_excel
    from imagedf.files.sources import read_images as read_images
    from imagedf.files.star import export_star as export_star
    from imagedf.frame import certificate as certificate
    from imagedf.frame import collapse_regions as collapse_regions
    from imagedf.frame import explode_regions as explode_regions
    from imagedf.groups import by_age as by_age
    from imagedf.groups import by_distribution as by_distribution
    from imagedf.groups import by_region as by_region
    from imagedf.groups import by_status as by_status
    from imagedf.groups import by_tag as by_tag
    from imagedf.groups import by_type as by_type
    from imagedf.history import compact as compact
    from imagedf.history import open_history as open_history
    from imagedf.history import read_history as read_history
    from imagedf.history import record as record
    from imagedf.prices import PriceBook as PriceBook
    from imagedf.proof import AccountCertificate as AccountCertificate
    from imagedf.proof import Certificate as Certificate
    from imagedf.reconciliation import reconcile as reconcile
    from imagedf.report import render_report as render_report
    from imagedf.report import write_report as write_report
    from imagedf.rulesfile import load_rules as load_rules
    from imagedf.savings import find_savings as find_savings
    from imagedf.savings import simulate_savings as simulate_savings
    from imagedf.summary import summarize as summarize
    from imagedf.summary import total_size as total_size
    from imagedf.summary import totals as totals
    from imagedf.trend import Trend as Trend
    from imagedf.trend import fit_trend as fit_trend
    from imagedf.trend import growth as growth

__version__ = "0.1.0"

_HOMES = {
    "charts": (
        "plot_ages",
        "plot_cost",
        "plot_growth",
        "plot_regions",
        "plot_savings",
        "plot_sizes",
        "save_charts",
    ),
    "client": ("Limits", "fetch_images"),
    "cost": ("cost_summary", "estimate_cost"),
    "diff": ("diff_images", "diff_totals"),
    "errors": (
        "AuthenticationError",
        "FrameError",
        "HistoryError",
        "ImagedfError",
        "IncompleteListingError",
        "IncompleteListingWarning",
        "PageError",
        "RateLimitError",
        "RequestError",
    ),
    "files.parquet": ("read_parquet", "to_parquet"),
    "files.sheets": ("to_csv", "to_excel"),
    "files.sources": ("read_images",),
    "files.star": ("export_star",),
    "frame": ("certificate", "collapse_regions", "explode_regions"),
    "groups": (
        "by_age",
        "by_distribution",
        "by_region",
        "by_status",
        "by_tag",
        "by_type",
    ),
    "history": ("compact", "open_history", "read_history", "record"),
    "prices": ("PriceBook",),
    "proof": ("AccountCertificate", "Certificate"),
    "reconciliation": ("reconcile",),
    "report": ("render_report", "write_report"),
    "rulesfile": ("load_rules",),
    "savings": ("find_savings", "simulate_savings"),
    "summary": (
        "summarize",
        "total_size",
        "totals",
    ),
    "trend": ("Trend", "fit_trend", "growth"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_MODULES = ("rules", "sandbox", "schema")

__all__ = sorted([*_HOME_OF, *_MODULES], key=str.casefold)  # noqa: PLE0605 # from one table


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"imagedf.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'imagedf' has no attribute {name!r}")
    value = getattr(import_module(f"imagedf.{_HOME_OF[name]}"), name)
    globals()[name] = value
    _register_accessor()
    return value


def _register_accessor() -> None:
    """Give frames ``df.imagedf`` as soon as there can be any."""
    if "pandas" in sys.modules and "imagedf.accessor" not in sys.modules:
        import_module("imagedf.accessor")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


_register_accessor()
