"""The sections about savings and prices."""

from __future__ import annotations

import pandas as pd

from imagedf._text import counted, isolated
from imagedf.charts import inline, savings_chart
from imagedf.cost import NOT_INCLUDED
from imagedf.report._inputs import Facts
from imagedf.report._model import Column, Section, Table
from imagedf.report._tables import table, with_some
from imagedf.savings import savings_column

_TITLE = "What can be deleted"
_SHOWN = 40
EXCLUDED = "Network File Storage snapshots, taxes and credits"


def savings(facts: Facts) -> Section:
    """Return the section on deletion candidates, the rules, and the potential savings."""
    if facts.unjudged:
        return Section("savings", _TITLE, (facts.unjudged,))
    saved = savings_column(facts.cost)
    money = f"{facts.currency} per month"
    candidates = facts.found[facts.found["deletable"]]
    columns = {
        "name": Column("Name"),
        saved: Column(f"Saves, {money}", "money"),
        "size_gigabytes": Column("Size, GB", "gigabytes"),
        "age_days": Column("Age, days", "days"),
        "account": Column("Account"),
        "series": Column("Series"),
        "selected_by": Column("Rule"),
        "id": Column("ID", "id"),
    }
    if not facts.several:
        del columns["account"]
    notes = _not_known(facts)
    listed = table("savings", "Deletion candidates", candidates, columns, limit=_SHOWN, notes=notes)
    chart = inline(savings_chart(facts.savings), "savings")
    sentences = (
        str(facts.savings),
        f"{isolated(str(facts.policy))} An image counts under each of its rules.",
        "Nothing was deleted: imagedf only reads.",
    )
    tables = (_series(facts, money), _rules(facts, money), listed)
    return Section("savings", _TITLE, sentences, chart, tables)


def _not_known(facts: Facts) -> list[str]:
    """Return notes about candidates whose use or cost is unknown."""
    notes = []
    unchecked = facts.savings.total.images - facts.savings.use_known
    if unchecked:
        verb = "is" if unchecked == 1 else "are"
        notes.append(f"Not known: whether {counted(unchecked, 'image')} {verb} in use.")
    if facts.savings.deletable.unknown_cost:
        which = counted(facts.savings.deletable.unknown_cost, "candidate")
        notes.append(f"Not known: the cost of {which}.")
    return notes


def _series(facts: Facts, money: str) -> Table:
    """Return the deletion candidates by series, largest savings first."""
    series = facts.savings.by_series()
    series = series[(series["deletable"] > 0) | (series["review"] > 0)]
    saved = savings_column(facts.cost)
    columns = {
        "series": Column("Series"),
        "deletable": Column("Can be deleted", "count"),
        saved: Column(f"Saves, {money}", "money"),
        "deletable_gigabytes": Column("Frees, GB", "gigabytes"),
        "review": Column("To review", "count"),
        "images": Column("Images", "count"),
        "account": Column("Account"),
    }
    if not facts.several:
        del columns["account"]
    deletable = facts.savings.deletable
    total = {
        "series": "All series",
        "images": int(series["images"].sum()),
        "deletable": deletable.images,
        "review": facts.savings.review.images,
        "deletable_gigabytes": deletable.size_gigabytes,
        saved: facts.savings.in_cents(deletable),
    }
    return table("series", "Potential savings by series", series, columns, limit=12, total=total)


def _rules(facts: Facts, money: str) -> Table:
    rules = facts.savings.by_rule()
    columns = {
        "rule": Column("Rule"),
        "images": Column("Images", "count"),
        facts.cost: Column(f"Cost, {money}", "money"),
        "size_gigabytes": Column("Size, GB", "gigabytes"),
        "effect": Column("Effect"),
        "unknown_cost": Column("Unknown cost", "count"),
    }
    deletable = facts.savings.deletable
    return table(
        "rules",
        "The effect of each rule",
        rules,
        with_some(rules, columns, ["unknown_cost"]),
        limit=_SHOWN,
        total={
            "rule": "All deletion candidates",
            "images": deletable.images,
            "size_gigabytes": deletable.size_gigabytes,
            facts.cost: facts.savings.in_cents(deletable),
            "unknown_cost": deletable.unknown_cost,
        },
    )


def prices(facts: Facts) -> Section:
    """Return the section on the rates that apply, with date and source."""
    notes = f"Not included: {NOT_INCLUDED if facts.bill is None else EXCLUDED}."
    if facts.book is None:
        brought = "The frame's own costs were used, which differ from the published rates. "
        return Section("prices", "Prices used", (f"{brought}{notes}",))
    rates = facts.book.at(facts.moment.date())
    columns = {
        "billing_class": Column("Billing class"),
        "account": Column("Only for account"),
        "tag": Column("Only for tag"),
        "amount": Column("Rate", "rate"),
        "currency": Column("Currency"),
        "unit": Column("Per"),
        "effective_from": Column("Effective from", "day"),
        "source": Column("Source", "link"),
        "read_on": Column("Checked on", "day"),
    }
    rows = [[getattr(rate, name) for name in columns] for rate in rates]
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    figures = table(
        "prices",
        f"Rates as of {facts.moment:%Y-%m-%d}",
        frame,
        with_some(frame, columns, ["account", "tag"]),
        limit=_SHOWN,
    )
    return Section("prices", "Prices used", (notes,), None, (figures,))
