"""The sections about savings and prices."""

from __future__ import annotations

import pandas as pd

from imagedf.charts import inline, plot_savings
from imagedf.cost import NOT_INCLUDED
from imagedf.report._inputs import Facts
from imagedf.report._model import Column, Section
from imagedf.report._tables import isolated, table, with_some
from imagedf.savings import Protect

_SHOWN = 40


def savings(facts: Facts) -> Section:
    """Say what could go, by which rule, and what that would save."""
    found = facts.savings.found
    saved = facts.savings.column
    money = f"{facts.currency} a month"
    going = found[found["would_go"]]
    columns = {
        "name": Column("Name"),
        "id": Column("Id", "id"),
        "account": Column("Account"),
        "type": Column("Type"),
        "age_days": Column("Age, days", "days"),
        "size_gigabytes": Column("Size, GB", "gigabytes"),
        saved: Column(f"Saves, {money}", "money"),
        "rules": Column("Rule"),
    }
    if not facts.several:
        del columns["account"]
    listed = table("savings", "Images that could go", going, columns, limit=_SHOWN, whole=found)
    steps = facts.savings.by_rule()
    rules = table(
        "rules",
        "What each rule would save",
        steps,
        with_some(
            steps,
            {
                "rule": Column("Rule"),
                "images": Column("Images", "count"),
                "size_gigabytes": Column("Size, GB", "gigabytes"),
                saved: Column(f"Saves, {money}", "money"),
                "unknown_cost": Column("Cost unknown", "count"),
            },
            ["unknown_cost"],
        ),
        limit=_SHOWN,
        total={
            "rule": "All that could go, each once",
            "images": facts.savings.going,
            "size_gigabytes": facts.savings.going_gigabytes,
            saved: facts.savings.saved_a_month,
            "unknown_cost": facts.savings.unknown_cost,
        },
    )
    chart = inline(plot_savings(facts.images, facts.rules, now=facts.moment), "savings")
    policy = "; ".join(_said(rule) for rule in facts.rules) or "none"
    sentences = (
        f"{facts.savings}.",
        f"Rules: {policy}. An image that several hit counts with the first.",
        "Nothing was deleted: imagedf only reads.",
    )
    return Section("savings", "Savings", sentences, chart, (rules, listed))


def _said(rule: object) -> str:
    if isinstance(rule, Protect):
        kept = [*rule.tags, *rule.names, *(str(number) for number in rule.ids)]
        return f"never those protected by {isolated(', '.join(kept))}"
    return isolated(str(getattr(rule, "label", rule)))


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
