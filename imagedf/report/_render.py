"""A collected report as one HTML page: no script, no request, no style but its own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from imagedf._text import amount, change, percent, plain, unisolated
from imagedf.report._model import Kind, Report

_WORD = 100
"""Characters shown of another cell, such as a type."""

_NUMBERS = ("count", "gigabytes", "share", "change", "money", "rate", "days", "id")


def render(report: Report, links: Mapping[str, str] | None = None) -> str:
    """Write the page; ``links`` names the file with all rows of a table, by its key."""
    environment = Environment(
        loader=PackageLoader("imagedf.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": cell, "plain": plain, "word": word}
    environment.tests["number"] = lambda kind: kind in _NUMBERS
    style = (files("imagedf.report") / "templates" / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = environment.get_template("report.html")
    # Only what is ours is taken as markup: the style sheet, and the charts, which escape.
    return page.render(
        report=report,
        links=links or {},
        style=Markup(style),  # noqa: S704 # our own file, the same for every report
        digest=digest,
        svg=Markup,
    )


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
        "days": lambda: f"{value:,.1f}",
        "day": lambda: f"{value:%Y-%m-%d}",
        "moment": lambda: _moment(value),
        "truth": lambda: "yes" if value else "no",
    }
    return str(writers[kind]()) if kind in writers else plain(unisolated(str(value)))


def _moment(value: Any) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
