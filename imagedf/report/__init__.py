"""One self-contained page for people: totals, tables, charts, savings, prices, provenance."""

from imagedf.report._page import ReportPage
from imagedf.report._report import render_report, write_report

__all__ = [
    "ReportPage",
    "render_report",
    "write_report",
]
