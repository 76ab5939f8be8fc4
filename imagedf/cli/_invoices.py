"""The invoice of a command: a file, or one to fetch with the command's own token."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from imagedf.cli._load import fetch_options
from imagedf.cli._options import Decorator, reading, usage_errors
from imagedf.cli._source import Source

if TYPE_CHECKING:
    from imagedf.cost import Invoice

_FETCHED = re.compile(r"preview|\d{4}-\d{2}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def with_invoice(text: str, *, required: bool = False) -> Decorator:
    """Add ``--invoice``, repeatable for the files of one month; ``text`` is its help."""
    return click.option(
        "--invoice",
        "invoices",
        multiple=True,
        required=required,
        metavar="FILE|preview|MONTH|UUID",
        help=f"{text} A saved CSV or JSON (repeatable), or one to fetch: preview (updated daily), "
        "a month such as 2026-10, or a UUID.",
    )


def invoice_of(named: tuple[str, ...], source: Source) -> Invoice:
    """Return the named invoice; fetch it with the token of the source if it is not a file."""
    from imagedf.cost import fetch_invoice, read_invoice

    fetched = [name for name in named if _FETCHED.fullmatch(name)]
    if not fetched:
        with reading():
            return read_invoice(list(named))
    if len(named) > 1:
        raise click.UsageError(f"--invoice {fetched[0]} is fetched, so it must be the only one")
    with usage_errors():
        return fetch_invoice(fetched[0], _token(source))


def _token(source: Source) -> str | None:
    """Return the only token of a source; None for the one in the environment."""
    if source.paths and not source.token_file:
        return None
    options: dict[str, Any] = fetch_options(source)
    tokens = list(options.get("accounts", {}).values())
    if len(tokens) > 1:
        raise click.UsageError(
            "an invoice belongs to one account: name only one --account or --context"
        )
    return tokens[0] if tokens else options.get("token")
