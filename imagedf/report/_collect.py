"""Compute the content of a report with the public functions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

import pandas as pd

from imagedf._text import UNKNOWN, counted, in_cents
from imagedf._text import money as amount_of
from imagedf.account import Account
from imagedf.cost import PriceBook
from imagedf.frame import Moment
from imagedf.report import _bill as bill
from imagedf.report import _groups as groups
from imagedf.report import _money as money
from imagedf.report import _provenance as trust
from imagedf.report._inputs import Facts, gather
from imagedf.report._model import Figure, Report, Section
from imagedf.report._unknown import unknown
from imagedf.savings import Policy

_TITLES = {"own": "Your images", "public": "Public images", "all": "Own and public images"}


def collect(
    frame: pd.DataFrame | Account,
    *,
    title: str,
    now: Moment | None = None,
    prices: PriceBook | None = None,
    policy: Policy | None = None,
    history: str | os.PathLike[str] | None = None,
    since: date | str | None = None,
    scope: Literal["own", "all"] = "own",
) -> Report:
    """Compute the content of the report on a frame; see ``render_report``."""
    facts = gather(frame, now, prices, policy, scope)
    over_time: list[Section] = []
    if history is not None:
        from imagedf.report import _changes as changes

        over_time = changes.sections(facts, history, since)
    costs = bill.sections(facts) or [groups.cost(facts)]
    ends = [money.prices(facts), trust.section(facts)]
    return Report(
        title=title,
        moment=facts.moment,
        proof=trust.proof_line(facts),
        complete=None if facts.coverage is None else facts.coverage.complete,
        figures=_figures(facts, _since(over_time)),
        unknown=unknown(facts),
        sections=(*costs, money.savings(facts), *over_time, *groups.sections(facts), *ends),
    )


def _since(sections: list[Section]) -> dict[str, str]:
    return {key: text for section in sections for key, text in section.since.items()}


def _figures(facts: Facts, since: Mapping[str, str]) -> tuple[Figure, ...]:
    unsized = int(facts.total["unknown_size"])
    size = facts.total["size_gigabytes"]
    return (
        Figure(
            _TITLES[facts.scope],
            f"{facts.total['images']:,}",
            "",
            _notes(since.get("images")),
        ),
        Figure(
            "Size",
            UNKNOWN if pd.isna(size) else in_cents(size),
            "" if pd.isna(size) else "GB",
            _notes(since.get("size"), unsized and f"{counted(unsized, 'image')} with unknown size"),
        ),
        _cost(facts),
        _savings(facts),
    )


def _cost(facts: Facts) -> Figure:
    known = bill.known_total(facts)
    if known is None and not len(facts.images):
        known = Decimal(0)
    unpriced = facts.spending.unknown
    if facts.bill is None:
        notes = _notes(unpriced and f"{counted(unpriced, 'image')} with unknown cost")
    else:
        unpriced = int(facts.bill["unknown_cost"].sum())
        notes = _notes(
            "everything stored, see the bill",
            unpriced and f"{counted(unpriced, 'item')} with unknown cost",
        )
    unit = "" if known is None else "per month"
    return Figure("Known cost", amount_of(known, facts.currency), unit, notes)


def _savings(facts: Facts) -> Figure:
    if facts.unjudged:
        return Figure("Potential savings", UNKNOWN, "", ("the default policy can't be applied",))
    savings = facts.savings
    review = savings.review.images
    notes = _notes(
        f"{counted(savings.deletable.images, 'image')} can be deleted",
        review and f"{counted(review, 'image')} to review",
    )
    unpriced = savings.deletable.images and savings.deletable.monthly_cost is None
    saved = None if unpriced else savings.in_cents(savings.deletable)
    unit = "" if saved is None else "per month"
    return Figure("Potential savings", amount_of(saved, facts.currency), unit, notes)


def _notes(*texts: str | int | None) -> tuple[str, ...]:
    return tuple(str(text) for text in texts if text)
