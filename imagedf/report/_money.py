"""The sections about savings and prices."""

from __future__ import annotations

import pandas as pd

from imagedf._text import isolated
from imagedf.charts import inline, plot_savings
from imagedf.cost import NOT_INCLUDED
from imagedf.report._inputs import Facts
from imagedf.report._model import Column, Section, Table
from imagedf.report._tables import table, with_some
from imagedf.savings import savings_column

_SHOWN = 40


def savings(facts: Facts) -> Section:
    """Describe what can be deleted, by which rule, and what that saves."""
    saved = savings_column(facts.cost)
    money = f"{facts.currency} a month"
    candidates = facts.found[facts.found["deletable"]]
    columns = {
        "name": Column("Name"),
        "id": Column("Id", "id"),
        "account": Column("Account"),
        "series": Column("Series"),
        "age_days": Column("Age, days", "days"),
        "size_gigabytes": Column("Size, GB", "gigabytes"),
        saved: Column(f"Saves, {money}", "money"),
        "selected_by": Column("Rule"),
    }
    if not facts.several:
        del columns["account"]
    listed = table(
        "savings", "Deletion candidates", candidates, columns, limit=_SHOWN, whole=facts.found
    )
    chart = inline(plot_savings(facts.images, facts.policy, now=facts.moment), "savings")
    sentences = (
        str(facts.savings),
        f"Policy: {isolated(repr(facts.policy))}. An image counts under each of its rules.",
        "Nothing was deleted: imagedf only reads.",
    )
    return Section("savings", "Savings", sentences, chart, (_rules(facts, money), listed))


def _rules(facts: Facts, money: str) -> Table:
    rules = facts.savings.by_rule()
    columns = {
        "rule": Column("Rule"),
        "effect": Column("Effect"),
        "images": Column("Images", "count"),
        "size_gigabytes": Column("Size, GB", "gigabytes"),
        facts.cost: Column(f"Cost, {money}", "money"),
        "unknown_cost": Column("Cost unknown", "count"),
    }
    deletable = facts.savings.deletable
    return table(
        "rules",
        "The effect of each rule",
        rules,
        with_some(rules, columns, ["unknown_cost"]),
        limit=_SHOWN,
        total={
            "rule": "All deletion candidates, each counted once",
            "images": deletable.images,
            "size_gigabytes": deletable.size_gigabytes,
            facts.cost: facts.savings.in_cents(deletable),
            "unknown_cost": deletable.unknown_cost,
        },
    )


def prices(facts: Facts) -> Section:
    """List the rates in force, with date and source."""
    notes = f"Not included: {NOT_INCLUDED}."
    if facts.book is None:
        brought = "The costs came with the frame, and are not those of the published rates. "
        return Section("prices", "Prices used", (f"{brought}{notes}",))
    rates = facts.book.at(facts.moment.date())
    columns = {
        "billing_class": Column("Billing class"),
        "account": Column("Only account"),
        "tag": Column("Only tag"),
        "amount": Column("Rate", "rate"),
        "currency": Column("Currency"),
        "unit": Column("Per"),
        "effective_from": Column("In force from", "day"),
        "source": Column("Source", "link"),
        "read_on": Column("Read on", "day"),
    }
    rows = [[getattr(rate, name) for name in columns] for rate in rates]
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    figures = table(
        "prices",
        f"Rates in force on {facts.moment:%Y-%m-%d}",
        frame,
        with_some(frame, columns, ["account", "tag"]),
        limit=_SHOWN,
    )
    return Section("prices", "Prices used", (notes,), None, (figures,))
