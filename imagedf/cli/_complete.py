"""Shell completion of columns, accounts, contexts and recorded days; imports nothing heavy."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = (
    *("account", "id", "name", "type", "distribution", "slug", "public", "region"),
    *("region_count", "created_at", "min_disk_size", "size_gigabytes", "allocated_gigabytes"),
    *("status", "tags", "description", "error_message"),
)
GROUPS = (
    *(
        "account",
        "type",
        "distribution",
        "region",
        "tag",
        "age",
        "month",
        "status",
        "name",
        "source",
    ),
    *("public", "slug", "min_disk_size", "used"),
)
_GROUP_SUMS = (
    *("images", "size_gigabytes", "share", "unknown_size", "oldest", "newest"),
    *("monthly_cost_usd", "unknown_cost", "allocated_gigabytes", "allocated_cost_usd"),
)
_SUMMED = ("size_gigabytes", "monthly_cost_usd", "images", "unknown_size", "unknown_cost")
_COMPARED = ("id", "name", "type", "status", "regions", "tags", *_SUMMED)
_TABLES = (
    *("images", "droplets", "volume_snapshots", "droplet_snapshots", "volumes"),
    *("backup_policies", "autoscale_pools", "star/images", "star/image_regions"),
    *("star/image_tags", "star/volume_snapshots", "star/droplets", "star/image_uses"),
)
_RESULTS = {
    "summary": (*GROUPS, *_GROUP_SUMS),
    "cost": (*GROUPS, *_GROUP_SUMS),
    "bill": ("kind", "items", "size_gigabytes", "monthly_cost_usd", "unknown_cost", "basis"),
    "savings": (
        "account",
        *("id", "name", "type", "size_gigabytes", "created_at", "age_days", "series", "source"),
        *("used_by", "selected_by", "kept_by", "deletable", "monthly_cost_usd"),
        *("monthly_savings_usd", "not_deletable", "images", "review", "deletable_gigabytes"),
        *("remaining_gigabytes", "remaining_monthly_cost_usd", "newest"),
    ),
    "growth": (
        *("snapshot_date", "account", "type", "distribution", "region", "accounts", "images"),
        *("size_gigabytes", "unknown_size", "monthly_cost_usd", "unknown_cost"),
    ),
    "diff": (
        *("account", "change", "name", "type", "slug"),
        *(f"{name}_{side}" for name in _COMPARED for side in ("before", "after")),
        *(f"{name}_delta" for name in _SUMMED),
    ),
    "reconcile": (
        *("kind", "match", "billing_class", "product", "account", "id", "resource_uuid", "name"),
        *("images", "lines", "hours", "estimated_usd", "billed_usd", "difference_usd"),
        *("difference_percent", "unknown_cost", "note"),
    ),
    "prices": (
        *("price_of", "account", "tag", "price", "unit", "effective_from", "source", "official"),
        *("read_on", "droplet_id", "id", "name", "size_gigabytes", "stated_cost_usd"),
        *("estimated_cost_usd", "rate", "conclusion"),
    ),
    "schema": ("table", "column", "dtype", "unit", "meaning"),
}
"""The columns that a command prints, if they are not those of images."""
_WORDS = ("today", "yesterday", "last", "previous")


def columns(context: click.Context, _option: click.Parameter, typed: str) -> list[str]:
    """Complete a column, including the last of several, and after the ``-`` of ``--sort``."""
    return _after_comma(typed, _RESULTS.get(str(context.info_name), COLUMNS))


def tables(_context: click.Context, _argument: click.Parameter, typed: str) -> list[str]:
    """Complete the name of a table."""
    return _starting(_TABLES, typed)


def groups(_context: click.Context, _option: click.Parameter, typed: str) -> list[str]:
    """Complete a column to group by."""
    return _after_comma(typed, GROUPS)


def conditions(_context: click.Context, _option: click.Parameter, typed: str) -> list[str]:
    """Complete the column of ``--where``."""
    return [f"{name}=" for name in (*COLUMNS, "tag") if name.startswith(typed)]


def contexts(_context: click.Context, _option: click.Parameter, typed: str) -> list[str]:
    """Complete the name of a doctl context."""
    from imagedf.cli._contexts import context_names

    return [name for name in context_names() if name.startswith(typed)]


def accounts(context: click.Context, _option: click.Parameter, typed: str) -> list[str]:
    """Complete an account of the history, or the variable with a token after ``NAME=``."""
    name, mark, variable = typed.partition("=")
    if mark:
        names = sorted(candidate for candidate in os.environ if "TOKEN" in candidate)
        return [f"{name}={candidate}" for candidate in names if candidate.startswith(variable)]
    return [candidate for candidate in _folders(context) if candidate.startswith(typed)]


def days(context: click.Context, _option: click.Parameter, typed: str) -> list[str]:
    """Complete a recorded day of the history, and files if there is no history."""
    from pathlib import Path

    if _history(context) is None:
        return [str(path) for path in Path().glob(f"{typed}*") if path.suffix == ".parquet"]
    return [*recorded_days(context, _option, typed), *_starting(_WORDS, typed)]


def recorded_days(context: click.Context, _option: click.Parameter, typed: str) -> list[str]:
    """Complete a recorded day of the history."""
    root = _history(context)
    recorded = {path.stem for path in root.glob("*/[0-9]*.parquet")} if root else set()
    return _starting(sorted(recorded), typed)


def _starting(words: Iterable[str], typed: str) -> list[str]:
    return [word for word in words if word.startswith(typed)]


def _after_comma(typed: str, names: tuple[str, ...]) -> list[str]:
    before, comma, last = typed.rpartition(",")
    minus = "-" if last.startswith("-") else ""
    start = f"{before}{comma}{minus}"
    return [f"{start}{name}" for name in names if name.startswith(last.removeprefix("-"))]


def _history(context: click.Context) -> Path | None:
    from pathlib import Path

    from imagedf.cli._config import history_in_file

    given = context.params.get("history") or os.environ.get("IMAGEDF_HISTORY")
    given = given or history_in_file(context)
    return Path(given) if given else None


def _folders(context: click.Context) -> list[str]:
    from urllib.parse import unquote

    root = _history(context)
    if root is None or not root.is_dir():
        return []
    return sorted(
        unquote(path.name)
        for path in root.iterdir()
        if path.is_dir() and not path.name.startswith((".", "_"))
    )
