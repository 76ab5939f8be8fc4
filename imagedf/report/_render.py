"""Render a report as one HTML page without scripts, requests or external styles."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from imagedf._text import amount, change, percent, plain, unisolated
from imagedf.report._model import Kind, Report
from imagedf.report._page import ReportPage

_WORD = 100
"""The maximum number of characters in other cells, such as a type."""

_SENTENCE = 5000
"""The maximum number of characters in a sentence."""

_ISOLATES = re.compile("[\u2066-\u2069]")
_ISOLATED = re.compile("\u2068([^\u2066-\u2069]*)\u2069")
_NUMBERS = ("count", "gigabytes", "share", "change", "money", "rate", "days", "seconds", "id")


def render(report: Report) -> ReportPage:
    """Return the page."""
    environment = Environment(
        loader=PackageLoader("imagedf.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": cell, "plain": plain, "prose": prose, "word": word}
    environment.tests["number"] = lambda kind: kind in _NUMBERS
    style = (files("imagedf.report") / "templates" / "report.css").read_text(encoding="utf-8")
    style += _margins(report)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = environment.get_template("report.html")
    # Only our own content counts as markup: the style sheet, and the charts, which escape text.
    text = page.render(
        report=report,
        style=Markup(style),  # noqa: S704 # our own file, and a fully escaped title
        digest=digest,
        svg=_svg,
    )
    return ReportPage(text)


def _margins(report: Report) -> str:
    """Return the CSS that prints title, date and page numbers on each page."""
    title = f"{plain(report.title, _WORD)} · {report.moment:%Y-%m-%d}"
    escaped = "".join(f"\\{ord(letter):06x}" for letter in unisolated(title))
    pages = 'counter(page) " / " counter(pages)'
    return (
        f'@page {{ @top-left {{ content: "{escaped}"; }} @bottom-right {{ content: {pages}; }} }}'
    )


def _svg(chart: str) -> Markup:
    return Markup(_ISOLATES.sub("", chart))  # noqa: S704 # charts escape what they draw


def prose(text: str) -> Markup:
    """Return a sentence in which elements, not invisible characters, isolate the names."""
    escaped = str(escape(plain(text, _SENTENCE)))
    elements = _ISOLATED.sub(r"<bdi>\1</bdi>", escaped)
    return Markup(unisolated(elements))  # noqa: S704 # escaped above


def word(text: object) -> str:
    """Return the text for a cell that is not a name."""
    return plain(text, _WORD)


def cell(value: Any, kind: Kind) -> str:
    """Return a known cell formatted for people."""
    writers: dict[str, Any] = {
        "count": lambda: f"{value:,}",
        "gigabytes": lambda: amount(value),
        "money": lambda: amount(value),
        "change": lambda: change(value),
        "share": lambda: percent(value),
        "days": lambda: f"{value:,.0f}",
        "seconds": lambda: f"{value:,.1f}",
        "day": lambda: f"{value:%Y-%m-%d}",
        "moment": lambda: _moment(value),
        "truth": lambda: "yes" if value else "no",
    }
    return str(writers[kind]()) if kind in writers else plain(unisolated(str(value)))


def _moment(value: Any) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
