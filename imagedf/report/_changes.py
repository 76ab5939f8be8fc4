"""The sections over time: what changed since an earlier day, and how the history grew."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import date
from typing import Any

import pandas as pd

from imagedf._text import change, isolated
from imagedf.charts import inline, plot_growth
from imagedf.cost import estimate_cost, exact_sum
from imagedf.diff import diff_images, diff_totals
from imagedf.errors import FrameError, HistoryError, IncompleteListingError
from imagedf.frame import own_images, read_day
from imagedf.history import growth, read_history
from imagedf.report._inputs import Facts
from imagedf.report._model import Column, Section
from imagedf.report._tables import table
from imagedf.schema import cost_column

_SHOWN = 40
_DAYS = 14
_DAY = "snapshot_date"


def sections(
    facts: Facts, history: str | os.PathLike[str], since: date | str | None
) -> list[Section]:
    """Return the sections on recorded days and on changes since an earlier day."""
    today = facts.moment.date()
    mine = set(facts.images["account"].dropna())
    if facts.certificate is not None:
        mine |= {entry.account for entry in facts.certificate.accounts}
    recorded = growth(history, "account", until=today)
    recorded = recorded[recorded["account"].isin(mine)]
    day, accounts = _former(recorded, today if since is None else read_day(since, "since"), since)
    if day is None:
        sentence = f"No day before {today} is recorded in the history."
        return [Section("changes", "What changed", (sentence,))]
    return [*_grown(facts, history, accounts), _changes(facts, history, day, accounts, mine)]


def _former(
    recorded: pd.DataFrame, limit: date, since: date | str | None
) -> tuple[date | None, set[str]]:
    """Choose the day to compare with, and the accounts that it has.

    Without ``since``, this is the last day before ``limit`` with the most accounts.
    """
    accounts_of: dict[date, set[str]] = {}
    for day, account in zip(recorded[_DAY].dt.date, recorded["account"], strict=True):
        accounts_of.setdefault(day, set()).add(account)
    if since is not None:
        if limit not in accounts_of:
            raise HistoryError(f"the history has no record of {limit} for the frame's accounts")
        return limit, accounts_of[limit]
    earlier = {day: names for day, names in accounts_of.items() if day < limit}
    if not earlier:
        return None, set()
    last = max(earlier, key=lambda day: (len(earlier[day]), day))
    return last, earlier[last]


def _changes(
    facts: Facts,
    history: str | os.PathLike[str],
    day: date,
    accounts: Collection[str],
    mine: Collection[str],
) -> Section:
    title = f"What changed since {day}"
    old = read_history(history, since=day, until=day, accounts=accounts).drop(columns=_DAY)
    if facts.book is not None:
        old = estimate_cost(old, prices=facts.book, on=facts.moment.date())
    new = own_images(facts.images)  # as a history contains no others
    try:
        changed = diff_images(old, new, accounts=accounts)
        sums = diff_totals(old, new, accounts=accounts)
    except (FrameError, IncompleteListingError) as error:
        return Section("changes", title, (f"Not compared: {isolated(str(error))}.",))
    sentences = [_summary_sentence(changed, sums, facts)]
    if set(accounts) != set(mine):
        left = ", ".join(sorted(set(mine) - set(accounts)))
        sentences.append(f"Not recorded on that day, so not compared: {isolated(left)}.")
    tables = (_totals(sums, facts), _listed(changed, facts))
    return Section("changes", title, tuple(sentences), None, tables, _since(sums, day))


def _since(sums: pd.DataFrame, day: date) -> dict[str, str]:
    """Return the changes that the figures at the top mention."""
    images = int((sums["images_after"] - sums["images_before"]).sum())
    size = exact_sum(sums["size_gigabytes_delta"].dropna())
    return {
        "images": f"{images:+,} since {day}" if images else f"same number as on {day}",
        "size": f"{change(size)} GB since {day}" if size else "",
    }


def _summary_sentence(changed: pd.DataFrame, sums: pd.DataFrame, facts: Facts) -> str:
    added, removed = (int((changed["change"] == kind).sum()) for kind in ("added", "removed"))
    size = exact_sum(sums["size_gigabytes_delta"].dropna())
    money = exact_sum(sums[f"{facts.cost}_delta"].dropna())
    return (
        f"{added:,} added, {removed:,} removed, {len(changed) - added - removed:,} changed: "
        f"{change(size)} GB, {change(money)} {facts.currency} per month of known cost, both "
        "listings at the same rates."
    )


def _totals(sums: pd.DataFrame, facts: Facts) -> Any:
    money = f"{facts.currency} per month"
    columns = {
        "type": Column("Type"),
        "account": Column("Account"),
        "images_before": Column("Images before", "count"),
        "images_after": Column("Images after", "count"),
        "size_gigabytes_before": Column("GB before", "gigabytes"),
        "size_gigabytes_after": Column("GB after", "gigabytes"),
        "size_gigabytes_delta": Column("GB change", "change"),
        f"{facts.cost}_before": Column(f"{money} before", "money"),
        f"{facts.cost}_after": Column(f"{money} after", "money"),
        f"{facts.cost}_delta": Column(f"{money} change", "change"),
    }
    if not facts.several:
        del columns["account"]
    total: dict[str, Any] = {"type": "All images"}
    for name, column in columns.items():
        if column.kind == "count":
            total[name] = int(sums[name].sum())
        elif column.kind != "text":
            known = sums[name].dropna()
            total[name] = exact_sum(known) if len(known) or not len(sums) else None
    caption = "Before and after by type"
    return table("changed-totals", caption, sums, columns, limit=_SHOWN, total=total)


def _listed(changed: pd.DataFrame, facts: Facts) -> Any:
    now = changed["name_after"].where(changed["change"] != "removed", changed["name_before"])
    columns = {
        "name": Column("Name"),
        "account": Column("Account"),
        "change": Column("Change"),
        "size_gigabytes_before": Column("GB before", "gigabytes"),
        "size_gigabytes_after": Column("GB after", "gigabytes"),
        "size_gigabytes_delta": Column("GB change", "change"),
        f"{facts.cost}_delta": Column(f"{facts.currency} per month, change", "change"),
    }
    if not facts.several:
        del columns["account"]
    sizes = {"before": changed["change"] == "added", "after": changed["change"] == "removed"}
    named = changed.assign(
        name=now,
        # An image that did not exist has size 0; one that existed may have an unknown size.
        **{
            f"size_gigabytes_{side}": changed[f"size_gigabytes_{side}"].mask(absent, 0.0)
            for side, absent in sizes.items()
        },
    )
    return table("changes", "Images that changed", named, columns, limit=_SHOWN, whole=changed)


def _grown(
    facts: Facts, history: str | os.PathLike[str], accounts: Collection[str]
) -> list[Section]:
    """Return the chart and table of the days on which all of the accounts were recorded."""
    days = growth(history, until=facts.moment.date(), accounts=accounts)
    days = days[days["accounts"] == days["accounts"].max()].reset_index(drop=True)
    if len(days) < 2:
        return []
    chart = inline(plot_growth(days), "growth")
    columns = {
        _DAY: Column("Day", "day"),
        "images": Column("Images", "count"),
        "size_gigabytes": Column("Size, GB", "gigabytes"),
    }
    cost = cost_column(list(days.columns))
    if cost is not None:
        columns[cost] = Column(f"Known cost as recorded, {facts.currency} per month", "money")
    newest = days.sort_values(_DAY, ascending=False, ignore_index=True)
    figures = table("growth", "Recorded days, newest first", newest, columns, limit=_DAYS)
    return [Section("growth", "How it grew", (), chart, (figures,))]
