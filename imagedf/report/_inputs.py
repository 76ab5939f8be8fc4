"""The inputs of all parts of a report, computed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from imagedf._certificates import NO_CERTIFICATE, Certificate
from imagedf.account import Account
from imagedf.charts import Sums
from imagedf.cost import CostSummary, PriceBook, account_bill, cost_of, cost_summary, estimate_cost
from imagedf.errors import PolicyError
from imagedf.frame import (
    Coverage,
    Moment,
    as_of,
    assumed_day,
    certificate_of,
    collapse_regions,
    completeness_line,
    coverage,
    is_own,
    own_images,
    require,
    require_one_day,
)
from imagedf.savings import DEFAULT, Policy, SavingsSummary, find_savings, savings_summary
from imagedf.schema import COST_PREFIX, cost_column

Scope = Literal["own", "public", "all"]


@dataclass(frozen=True, slots=True)
class Facts:
    """The images with costs, their totals, and the facts about the listing.

    ``images`` are those of the ``scope``; a frame without own images is described as is.
    ``public`` counts DigitalOcean's images, which are listed but not counted. ``book`` is None if
    the frame has its own costs, whose rates are unknown. ``unjudged`` is the reason if the
    default policy could not be applied, and ``found`` is then the result of an empty policy.
    ``bill`` and ``unread`` are those of an ``Account``.
    """

    images: pd.DataFrame
    sums: Sums
    moment: datetime
    assumed: str
    cost: str
    total: pd.Series[Any]
    spending: CostSummary
    policy: Policy
    found: pd.DataFrame
    savings: SavingsSummary
    unjudged: str
    book: PriceBook | None
    certificate: Certificate | None
    coverage: Coverage | None
    completeness: str
    bill: pd.DataFrame | None
    unread: tuple[str, ...]
    scope: Scope
    public: int

    @property
    def several(self) -> bool:
        """Whether there is more than one account."""
        return len(self.images["account"].unique()) > 1

    @property
    def currency(self) -> str:
        """The currency of all amounts."""
        return self.spending.currency


def gather(
    given: pd.DataFrame | Account,
    now: Moment | None,
    prices: PriceBook | None,
    policy: Policy | None,
    scope: Literal["own", "all"],
) -> Facts:
    """Price the images, compute the totals, and find savings."""
    require_one_day(given.images if isinstance(given, Account) else given)
    account, frame = _one_row_per_image(given)
    moment = as_of(frame, now)
    undated = assumed_day(frame, now)
    # All rates are those of one day, even for a recorded day.
    frame = frame.drop(columns="snapshot_date", errors="ignore")
    listed, book = _priced(frame, moment, prices)
    images, counted, public = _counted(listed, scope)
    sums = Sums(images, moment)
    source = images if account is None else account
    found, unjudged = _found(source, policy, moment, None if account is None else book)
    return Facts(
        images=images,
        sums=sums,
        moment=moment,
        assumed=", the time of reading: no fetch date is known" * bool(undated),
        cost=cost_of(images),
        total=sums.total,
        spending=cost_summary(images),
        policy=DEFAULT if policy is None else policy,
        found=found,
        savings=savings_summary(found),
        unjudged=unjudged,
        book=book,
        certificate=certificate_of(frame),
        coverage=coverage(frame),
        completeness=completeness_line(frame) or NO_CERTIFICATE,
        bill=None if account is None else account_bill(account, prices=book, on=moment),
        unread=() if account is None else account.unknown,
        scope=counted,
        public=public,
    )


def _found(
    source: pd.DataFrame | Account, policy: Policy | None, now: datetime, prices: PriceBook | None
) -> tuple[pd.DataFrame, str]:
    """Find savings; if the default policy can't be applied, return the reason too."""
    try:
        return find_savings(source, policy, now=now, prices=prices), ""
    except PolicyError as error:
        if policy is not None:
            raise
        reason = f"What can be deleted is unknown, because {error}."
        return find_savings(source, Policy(), now=now, prices=prices), reason


def _one_row_per_image(given: pd.DataFrame | Account) -> tuple[Account | None, pd.DataFrame]:
    """Return the account, if one is given, and its images with one row per image."""
    if not isinstance(given, Account):
        return None, collapse_regions(given)
    account = replace(given, images=collapse_regions(given.images))
    return account, account.images


def _counted(listed: pd.DataFrame, scope: Literal["own", "all"]) -> tuple[pd.DataFrame, Scope, int]:
    """Return the images to count, their scope, and the number of public images only mentioned."""
    own = is_own(listed)
    if len(listed) and not own.any():
        return listed, "public", 0
    if scope == "all":
        return listed, "all", 0
    # A public image that several accounts list is one image.
    others = listed.loc[~own, ["id", "name"]].drop_duplicates()
    return own_images(listed), "own", len(others)


def _priced(
    frame: pd.DataFrame, moment: datetime, prices: PriceBook | None
) -> tuple[pd.DataFrame, PriceBook | None]:
    """Return the images with costs, and the price book of the costs if it is known."""
    if prices is not None or cost_column(frame.columns) is None:
        book = PriceBook.load() if prices is None else prices
        return estimate_cost(frame, prices=book, on=moment.date()), book
    require(frame, ["billing_class", "cost_note"])
    published = PriceBook.load()
    repriced = estimate_cost(frame, prices=published, on=moment.date())
    column = f"{COST_PREFIX}{published.currency.lower()}"
    same = column in frame and frame[column].equals(repriced[column])
    return frame, published if same else None
