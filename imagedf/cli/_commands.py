"""The commands by name: module, function and short help; a command is imported when it runs."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import NamedTuple

import click


class Entry(NamedTuple):
    """The module and function of a command, and its line in ``imagedf --help``."""

    module: str
    function: str
    short_help: str


COMMANDS = {
    "fetch": Entry("_fetch", "fetch", "Fetch the complete image listing, or read a saved one."),
    "summary": Entry("_summary", "summary", "Total images by group, counting each image once."),
    "cost": Entry(
        "_cost", "cost", "Estimate the monthly cost, and count images whose cost is unknown."
    ),
    "bill": Entry("_bill", "bill", "Show the monthly cost of everything stored, by kind."),
    "savings": Entry(
        "_savings", "savings", "Show which images can be deleted, and what that saves."
    ),
    "export": Entry("_export", "export", "Export images and costs for BI tools and spreadsheets."),
    "charts": Entry("_charts", "charts", "Plot sizes, regions, ages, cost and savings."),
    "report": Entry("_report", "report", "Write a report: one self-contained HTML page."),
    "record": Entry(
        "_record", "record", "Record today's own images in a history; suitable for cron."
    ),
    "diff": Entry("_diff", "diff", "Show what changed between two files or recorded days."),
    "growth": Entry(
        "_growth", "growth", "Show own images, GB and cost by day, with a linear trend."
    ),
    "reconcile": Entry(
        "_reconcile", "reconcile", "Compare the estimate with an invoice, line by line."
    ),
    "prices": Entry(
        "_prices", "prices", "Show the prices used for cost estimates, and their sources."
    ),
    "schema": Entry("_schema", "schema", "Show the columns of each table and their meaning."),
    "demo": Entry("_demo", "demo", "Run the full workflow on sample accounts; needs no token."),
    "help": Entry("_help", "help_command", "Show the help of a command."),
}
"""In workflow order, not alphabetical."""


class LazyCommands(MutableMapping[str, click.Command]):
    """The commands; each is imported when it is looked up, so that ``--help`` is fast."""

    def __getitem__(self, name: str) -> click.Command:
        entry = COMMANDS[name]
        found = getattr(import_module(f"imagedf.cli.{entry.module}"), entry.function)
        assert isinstance(found, click.Command)  # noqa: S101 # the table is ours
        return found

    def __setitem__(self, name: str, command: click.Command) -> None:
        raise TypeError("the table of commands is fixed")

    def __delitem__(self, name: str) -> None:
        raise TypeError("the table of commands is fixed")

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)
