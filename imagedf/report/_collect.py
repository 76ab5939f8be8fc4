"""From a frame to everything that its report says, by the functions that users call."""

from __future__ import annotations

import os
from datetime import date

import pandas as pd

from imagedf._text import counted
from imagedf.cost import PriceBook
from imagedf.frame import Moment
from imagedf.report import _groups as groups
from imagedf.report import _money as money
from imagedf.report import _provenance as trust
from imagedf.report._inputs import Facts, gather
from imagedf.report._model import Figure, Report
from imagedf.savings import Policy


def collect(
    frame: pd.DataFrame,
    *,
    title: str,
    now: Moment | None = None,
    prices: PriceBook | None = None,
    policy: Policy | None = None,
    history: str | os.PathLike[str] | None = None,
    since: date | str | None = None,
) -> Report:
    """Compute everything that the report of a frame says; see ``render_report``."""
    facts = gather(frame, now, prices, policy)
    sections = [*groups.sections(facts), money.savings(facts)]
    if history is not None:
        from imagedf.report import _changes as changes

        sections += changes.sections(facts, history, since)
    sections += [money.prices(facts), trust.section(facts)]
    return Report(
        title=title,
        moment=facts.moment,
        proof=trust.proof_line(facts),
        complete=None if facts.coverage is None else facts.coverage.complete,
        figures=_figures(facts),
        unknown=trust.unknown(facts),
        sections=tuple(sections),
    )


def _figures(facts: Facts) -> tuple[Figure, ...]:
    public = facts.images["public"]
    owned = int((~public.fillna(value=True)).sum())
    listed = int(public.fillna(value=False).sum())
    neither = len(public) - owned - listed
    whose = f"{owned:,} private, {listed:,} public" + (f", {neither:,} unknown" * bool(neither))
    money = f"{facts.currency} a month"
    unsized = int(facts.total["unknown_size"])
    savings = facts.savings
    return (
        Figure("Images", len(facts.images), "", whose),
        Figure(
            "Size",
            float(facts.total["size_gigabytes"]),
            "GB",
            f"{counted(unsized, 'image')} of unknown size" if unsized else "every size is known",
        ),
        Figure(
            "Known cost",
            facts.spending.known or 0.0,
            money,
            f"{counted(facts.spending.unknown, 'image')} of unknown cost",
        ),
        Figure(
            "Potential savings",
            savings.in_cents(savings.deletable),
            money,
            f"{counted(savings.deletable.images, 'image')} can be deleted",
        ),
    )
