"""One self-contained HTML page: totals, tables, charts, savings, prices and provenance."""

from imagedf.report._page import ReportPage
from imagedf.report._report import render_report, write_report

__all__ = [
    "ReportPage",
    "render_report",
    "write_report",
]
