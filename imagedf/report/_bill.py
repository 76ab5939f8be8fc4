"""The bill section: the monthly cost of everything stored."""

from __future__ import annotations

from decimal import Decimal

from imagedf.cost import bill_total
from imagedf.report._inputs import Facts
from imagedf.report._model import Column, Section
from imagedf.report._tables import table, with_some

_SENTENCE = (
    "An estimate from the prices below for a full month, not actual spend; taxes, credits and "
    "Network File Storage snapshots are not included."
)


def sections(facts: Facts) -> list[Section]:
    """Return the bill section; none for a frame, which does not list everything that is billed."""
    if facts.bill is None:
        return []
    columns = {
        "kind": Column("Kind"),
        "items": Column("Items", "count"),
        "size_gigabytes": Column("Size, GB", "gigabytes"),
        facts.cost: Column(f"{facts.currency} per month", "money"),
        "unknown_cost": Column("Unknown cost", "count"),
        "basis": Column("Basis"),
    }
    sums = {
        "size_gigabytes": bill_total(facts.bill, "size_gigabytes"),
        facts.cost: bill_total(facts.bill),
    }
    counts = {name: int(facts.bill[name].sum()) for name in ("items", "unknown_cost")}
    figures = table(
        "bill",
        "Everything stored, by kind",
        facts.bill,
        with_some(facts.bill, columns, ["unknown_cost"]),
        limit=len(facts.bill),
        total={"kind": "Total known"} | sums | counts,
    )
    title = "What everything stored costs per month"
    return [Section("bill", title, (_SENTENCE, *facts.unread), None, (figures,))]


def known_total(facts: Facts) -> Decimal | None:
    """Return the known cost of everything; None if nothing is known."""
    if facts.bill is None:
        return facts.spending.known
    return bill_total(facts.bill)
