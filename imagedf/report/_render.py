"""A collected report as one HTML page: no script, no request, no style but its own."""

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
"""Characters shown of another cell, such as a type."""

_SENTENCE = 5000
"""Characters shown of a sentence."""

_ISOLATES = re.compile("[\u2066-\u2069]")
_ISOLATED = re.compile("\u2068([^\u2066-\u2069]*)\u2069")
_NUMBERS = ("count", "gigabytes", "share", "change", "money", "rate", "days", "seconds", "id")


def render(report: Report) -> ReportPage:
    """Write the page."""
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
    # Only what is ours is taken as markup: the style sheet, and the charts, which escape.
    text = page.render(
        report=report,
        style=Markup(style),  # noqa: S704 # our own file, and a title of which all is escaped
        digest=digest,
        svg=_svg,
    )
    return ReportPage(text)


def _margins(report: Report) -> str:
    """Return the style that prints title, date and page numbers on each page."""
    title = f"{plain(report.title, _WORD)} · {report.moment:%Y-%m-%d}"
    escaped = "".join(f"\\{ord(letter):06x}" for letter in unisolated(title))
    pages = 'counter(page) " / " counter(pages)'
    return (
        f'@page {{ @top-left {{ content: "{escaped}"; }} @bottom-right {{ content: {pages}; }} }}'
    )


def _svg(chart: str) -> Markup:
    return Markup(_ISOLATES.sub("", chart))  # noqa: S704 # charts escape what they draw


def prose(text: str) -> Markup:
    """Return a sentence; names in it are isolated by elements, which no one copies along."""
    escaped = str(escape(plain(text, _SENTENCE)))
    elements = _ISOLATED.sub(r"<bdi>\1</bdi>", escaped)
    return Markup(unisolated(elements))  # noqa: S704 # escaped above


def word(text: object) -> str:
    """Return a text for a cell that names nothing."""
    return plain(text, _WORD)


def cell(value: Any, kind: Kind) -> str:
    """Write a known cell for people."""
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
