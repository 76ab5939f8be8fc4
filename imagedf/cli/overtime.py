"""The commands over time: record, diff, growth."""

from __future__ import annotations

import click

from imagedf.cli.manners import talks


@click.command()
@talks
def record() -> None:
    """x"""


@click.command()
@talks
def diff() -> None:
    """x"""


@click.command()
@talks
def growth() -> None:
    """x"""
