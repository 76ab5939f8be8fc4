"""A collected report as one HTML page: no script, no request, no style but its own."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from imagedf.cost import change_in_cents, in_cents
from imagedf.report._model import Kind, Report

_NAME = 500
"""Characters of a name that are shown; no name of the API is as long."""

_WORD = 100
"""Characters shown of another cell, such as a type."""

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
# What would make a name read otherwise than it is written.
_TURNING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
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


def plain(text: object, most: int = _NAME) -> str:
    """Make a text fit for a page: what can't stand there is shown as a mark, and not too long."""
    shown = _CONTROL.sub("\ufffd", str(text))
    return shown if len(shown) <= most else f"{shown[:most]}… ({len(shown):,} characters)"


def word(text: object) -> str:
    """Make a text fit for a cell that names nothing."""
    return plain(text, _WORD)


def cell(value: Any, kind: Kind) -> str:
    """Write a known cell for people."""
    writers: dict[str, Any] = {
        "count": lambda: f"{value:,}",
        "gigabytes": lambda: _amount(value),
        "money": lambda: _amount(value),
        "change": lambda: change_in_cents(value),
        "share": lambda: _share(value),
        "days": lambda: f"{value:,.1f}",
        "day": lambda: f"{value:%Y-%m-%d}",
        "moment": lambda: _moment(value),
        "truth": lambda: "yes" if value else "no",
    }
    return str(writers[kind]()) if kind in writers else plain(_TURNING.sub("\ufffd", str(value)))


def _amount(value: Any) -> str:
    """Write an amount to the hundredth; what is not 0 never looks like it."""
    return "<0.01" if 0 < value < 0.005 else in_cents(value)


def _share(value: Any) -> str:
    return "<0.1\u00a0%" if 0 < value < 0.0005 else f"{value * 100:.1f}\u00a0%"


def _moment(value: Any) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
