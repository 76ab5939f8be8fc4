"""One self-contained page for people: totals, tables, charts, savings, prices, provenance."""

from imagedf.report._report import render_report, write_report

__all__ = [
    "render_report",
    "write_report",
]
