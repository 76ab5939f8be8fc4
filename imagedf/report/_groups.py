"""The sections that group the images, and the list of the largest."""

from __future__ import annotations

import pandas as pd

from imagedf.charts import ages_chart, cost_chart, inline, regions_chart, sizes_chart
from imagedf.report._inputs import Facts
from imagedf.report._model import Column, Section, Table
from imagedf.report._tables import table, with_some
from imagedf.report._unknown import not_in_sums, unpriced
from imagedf.summary import AGE_BANDS, allocated_name

_SHOWN = 25
_GROUPS = 20
_SHARED = (
    "An image is listed under every {0} it has, so the Present column does not add up to the "
    "total. Allocated splits each image evenly across its {0}s and does."
)


def sections(facts: Facts) -> list[Section]:
    """Return the sections with images grouped by the usual keys, and the largest images."""
    return [
        *([_sizes(facts, "account")] if facts.several else []),
        _sizes(facts, "distribution"),
        _sizes(facts, "type"),
        _regions(facts),
        _tags(facts),
        _ages(facts),
        _sizes(facts, "status"),
        _largest(facts),
    ]


def _grouped(facts: Facts, by: str, summary: pd.DataFrame) -> Table:
    money = f"{facts.currency} per month"
    columns = {
        by: Column(by.capitalize()),
        "images": Column("Images", "count"),
        "allocated_gigabytes": Column("Allocated, GB", "gigabytes"),
        allocated_name(facts.cost): Column(f"Allocated, {money}", "money"),
        "size_gigabytes": Column("Size, GB", "gigabytes"),
        facts.cost: Column(money, "money"),
        "share": Column("Share", "share"),
        "unknown_size": Column("Unknown size", "count"),
        "unknown_cost": Column("Unknown cost", "count"),
    }
    optional = ["unknown_size", "unknown_cost"]
    if "allocated_gigabytes" in summary:
        columns["size_gigabytes"] = Column("Present, GB", "gigabytes")
        # The full cost under each region would look like several charges.
        del columns[facts.cost], columns["share"]
    else:
        del columns["allocated_gigabytes"], columns[allocated_name(facts.cost)]
    whole = facts.total.to_dict() | {
        by: "All images",
        "allocated_gigabytes": facts.total["size_gigabytes"],
        allocated_name(facts.cost): facts.total[facts.cost],
    }
    return table(
        by,
        f"Images by {by}",
        summary,
        with_some(summary, columns, optional),
        limit=_GROUPS,
        total=whole if len(summary) else None,
        notes=not_in_sums(facts),
    )


def _sizes(facts: Facts, by: str) -> Section:
    chart = inline(sizes_chart(facts.sums, by), by)
    return Section(by, f"By {by}", (), chart, (_grouped(facts, by, facts.sums.by(by)),))


def cost(facts: Facts) -> Section:
    """Return the section on the cost of the images, by billing class."""
    classes = facts.sums.by("billing_class")
    money = f"{facts.currency} per month"
    columns = {
        "billing_class": Column("Billing class"),
        "images": Column("Images", "count"),
        "size_gigabytes": Column("Size, GB", "gigabytes"),
        facts.cost: Column(money, "money"),
        "unknown_cost": Column("Unknown cost", "count"),
    }
    ordered = classes.sort_values(facts.cost, ascending=False, kind="stable")
    figures = table(
        "cost",
        "Known cost per month by billing class",
        ordered,
        with_some(ordered, columns, ["unknown_cost"]),
        limit=_SHOWN,
        total=facts.total.to_dict() | {"billing_class": "All images"},
        notes=unpriced(facts),
    )
    chart = inline(cost_chart(facts.sums, "billing_class"), "cost")
    sentence = (
        "A monthly run rate at the rates below, not actual spend. DigitalOcean charges for an "
        "image once, regardless of how many regions it is in."
    )
    return Section("cost", "What your images cost", (sentence,), chart, (figures,))


def _regions(facts: Facts) -> Section:
    chart = inline(regions_chart(facts.sums), "region")
    summary = facts.sums.by("region")
    # In the order of the chart: by the allocated sizes, which add up.
    known = summary["allocated_gigabytes"].where(summary["region"].notna())
    ordered = summary.loc[known.sort_values(ascending=False, kind="stable").index]
    figures = _grouped(facts, "region", ordered)
    return Section("region", "By region", (_SHARED.format("region"),), chart, (figures,))


def _tags(facts: Facts) -> Section:
    chart = inline(sizes_chart(facts.sums, "tag"), "tag")
    figures = _grouped(facts, "tag", facts.sums.by("tag"))
    return Section("tag", "By tag", (_SHARED.format("tag"),), chart, (figures,))


def _ages(facts: Facts) -> Section:
    summary = facts.sums.by("age")
    place = {label: at for at, (label, _) in enumerate(AGE_BANDS)}
    ordered = summary.iloc[summary["age"].map(place).fillna(len(place)).argsort(kind="stable")]
    chart = inline(ages_chart(facts.sums), "age")
    return Section("age", "By age", (), chart, (_grouped(facts, "age", ordered),))


def _largest(facts: Facts) -> Section:
    ordered = facts.images.sort_values(
        ["size_gigabytes", "account", "id", "name"],
        ascending=[False, True, True, True],
        kind="stable",
    )
    columns = {
        "name": Column("Name"),
        "size_gigabytes": Column("Size, GB", "gigabytes"),
        facts.cost: Column(f"{facts.currency} per month", "money"),
        "created_at": Column("Created", "day"),
        "type": Column("Type"),
        "account": Column("Account"),
        "distribution": Column("Distribution"),
        "region_count": Column("Regions", "count"),
        "status": Column("Status"),
        "id": Column("ID", "id"),
    }
    if not facts.several:
        del columns["account"]
    figures = table("images", "Images by size, largest first", ordered, columns, limit=_SHOWN)
    return Section("largest", "The largest images", (), None, (figures,))
