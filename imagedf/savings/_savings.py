"""Find images that could go, say why, and what that would save; nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from imagedf.cost import PriceBook, cents, cost_of, exact_sum, with_costs
from imagedf.frame import as_of, require, require_one_day
from imagedf.savings._inventory import Inventory, Truths, in_order
from imagedf.savings._rules import DEFAULT, Protect, Rule
from imagedf.schema import COST_PREFIX

_SHOWN = ("account", "id", "name", "type", "distribution", "status", "tags", "created_at")


@dataclass(frozen=True, slots=True, eq=False)
class Savings:
    """What some rules would leave of a frame, and what they would save.

    ``found`` is what ``find_savings`` returns. ``going`` and ``remaining`` count the private
    images; ``unknown_cost`` of those that would go and ``remaining_unknown_cost`` of the others
    have no known price and add nothing to the amounts; ``unknown_age`` private images have no
    date, so that no rule calls them old.
    """

    found: pd.DataFrame
    currency: str
    going: int
    going_gigabytes: float
    remaining: int
    remaining_gigabytes: float
    protected: int
    saved_a_month: Decimal
    remaining_a_month: Decimal
    unknown_cost: int
    remaining_unknown_cost: int
    unknown_age: int
    _by_rule: pd.DataFrame = field(repr=False)

    @property
    def column(self) -> str:
        """The column of ``found`` with what is saved a month."""
        return _saved_in(f"{COST_PREFIX}{self.currency.lower()}")

    @property
    def saved_a_year(self) -> Decimal:
        """Twelve times what is saved a month."""
        return self.saved_a_month * 12

    def by_rule(self) -> pd.DataFrame:
        """Add up what would go by rule, each image with the first that hit it; most saved first.

        Columns ``rule``, ``images``, ``size_gigabytes`` [GB], the savings a month in the
        currency of the frame, and ``unknown_cost`` (images).
        """
        return self._by_rule.copy()

    def __str__(self) -> str:
        return (
            f"{self.going:,} of {self.going + self.remaining:,} private images could go: "
            f"{self.going_gigabytes:,.2f} GB, {self.saved_a_month:,.2f} {self.currency} a month, "
            f"{self.saved_a_year:,.2f} a year; {self.unknown_cost:,} of them of unknown cost; "
            f"{self.remaining:,} would remain: {self.remaining_gigabytes:,.2f} GB, "
            f"{self.remaining_a_month:,.2f} {self.currency} a month, "
            f"{self.remaining_unknown_cost:,} of unknown cost; {self.protected:,} protected; "
            f"{self.unknown_age:,} of unknown age"
        )


def find_savings(
    frame: pd.DataFrame,
    rules: Sequence[Rule | Protect] | None = None,
    *,
    now: datetime | None = None,
    prices: PriceBook | None = None,
) -> pd.DataFrame:
    """List the private images that rules would let go, each once; nothing is deleted.

    Parameters
    ----------
    frame : pandas.DataFrame
        Either grain. With the columns of ``estimate_cost`` and no ``prices``, its costs stand.
    rules : sequence of rules, optional
        From ``imagedf.rules``: ``OlderThan``, ``BeyondNewest``, ``GrandfatherFatherSon``,
        ``StatusNot``, ``Untagged``, ``Largest``, and ``Protect``, which always wins; or
        what ``load_rules`` reads. Default: older than 90 days.
    now : datetime, optional
        What ages refer to; default when the frame was fetched, or now.
    prices : PriceBook, optional
        Default the published rates.

    Returns
    -------
    pandas.DataFrame
        One row per image that a rule hits: what identifies it, ``size_gigabytes`` [GB],
        ``age_days``, ``family``, ``monthly_cost_usd`` and ``monthly_savings_usd`` [USD a month,
        in the book's currency; missing when unknown, 0 saved when protected], ``rules`` (every
        rule that hit), ``protected_by`` and ``would_go``. Dearest first.

    Raises
    ------
    FrameError
        A needed column is missing, or the frame holds several days of a history.
    TypeError
        ``rules`` holds something that is no rule.

    See Also
    --------
    simulate_savings : The same with its totals, and what would remain.
    plot_savings : What would remain, as a chart.

    Notes
    -----
    Public images are not the account's to delete and are left out, as are those whose
    ``public`` is missing. A missing date is never old and a missing size never 0 dollars.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> found = imagedf.find_savings(frame)
    >>> found[["name", "size_gigabytes", "rules"]].head(2)
                     name  size_gigabytes               rules
    0  Nifty New Snapshot            2.34  older than 90 days
    1      A custom image            2.34  older than 90 days
    """
    return simulate_savings(frame, rules, now=now, prices=prices).found


def simulate_savings(
    frame: pd.DataFrame,
    rules: Sequence[Rule | Protect] | None = None,
    *,
    now: datetime | None = None,
    prices: PriceBook | None = None,
) -> Savings:
    """Apply all rules together and tell what would go and what would remain.

    Parameters
    ----------
    frame, rules, now, prices
        As for ``find_savings``.

    Returns
    -------
    Savings
        The images found, and totals over the private images, each counted once.

    Raises
    ------
    FrameError
        A needed column is missing, or the frame holds several days of a history.
    TypeError
        ``rules`` holds something that is no rule.

    See Also
    --------
    find_savings : Just the images.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> savings = imagedf.simulate_savings(frame)
    >>> savings.going, str(savings.saved_a_month), str(savings.saved_a_year)
    (5, '0.70', '8.40')
    """
    policy = _policy(rules)
    require(frame, [*_SHOWN, "public", "size_gigabytes"])
    require_one_day(frame)
    moment = as_of(frame, now)
    costs = with_costs(frame, prices, moment.date())
    cost = cost_of(costs)
    private = (~costs["public"].fillna(value=True)).to_numpy(dtype=bool)
    inventory = Inventory(costs[private].reset_index(drop=True), moment, cost)
    return _totalled(inventory, _judged(inventory, policy), cost)


def _saved_in(cost: str) -> str:
    """Name the column with what is saved, beside that with the cost."""
    return cost.replace("cost", "savings")


def _policy(rules: Sequence[Rule | Protect] | None) -> list[Rule | Protect]:
    if rules is None:
        return list(DEFAULT)
    rules = list(rules)
    for rule in rules:
        if not isinstance(rule, Protect) and not hasattr(rule, "hits"):
            raise TypeError(f"rules must hold rules of imagedf.rules, not {rule!r:.60}")
    return [rule for at, rule in enumerate(rules) if rule not in rules[:at]]


def _judged(inventory: Inventory, policy: Sequence[Rule | Protect]) -> pd.DataFrame:
    """Name for each image the rules that hit it, the first of them, and what protects it."""
    count = len(inventory.images)
    shields = [rule for rule in policy if isinstance(rule, Protect)]
    rules = [rule for rule in policy if not isinstance(rule, Protect)]
    hits = [(rule.label, rule.hits(inventory)) for rule in rules]
    first = np.full(count, None, dtype=object)
    for label, truths in reversed(hits):
        first[truths] = label
    reasons = (reason for shield in shields for reason in shield.reasons(inventory))
    return pd.DataFrame(
        {
            "rules": _joined(count, hits),
            "rule": pd.Series(first, dtype="str"),
            "protected_by": _joined(count, reasons),
        }
    )


def _joined(count: int, labelled: Iterable[tuple[str, Truths]]) -> pd.Series[Any]:
    """Join for each image the labels that are true of it; missing where there is none."""
    texts = np.full(count, None, dtype=object)
    for label, truths in labelled:
        so_far = texts[truths].tolist()
        texts[truths] = [label if text is None else f"{text}; {label}" for text in so_far]
    return pd.Series(texts, dtype="str")


def _totalled(inventory: Inventory, judged: pd.DataFrame, cost: str) -> Savings:
    images = inventory.images
    hit = judged["rules"].notna().to_numpy()
    goes = hit & judged["protected_by"].isna().to_numpy()
    unknown = np.isnan(inventory.cost)
    sizes = images["size_gigabytes"].to_numpy(dtype=np.float64, na_value=np.nan)
    saved = _saved_in(cost)
    found = _found(inventory, judged, cost, saved)
    return Savings(
        found=found.drop(columns="rule"),
        currency=cost.removeprefix(COST_PREFIX).upper(),
        going=int(goes.sum()),
        going_gigabytes=round(float(np.nansum(sizes[goes])), 9),
        remaining=int((~goes).sum()),
        remaining_gigabytes=round(float(np.nansum(sizes[~goes])), 9),
        protected=int((hit & ~goes).sum()),
        saved_a_month=cents(exact_sum(inventory.cost[goes & ~unknown])),
        remaining_a_month=cents(exact_sum(inventory.cost[~goes & ~unknown])),
        unknown_cost=int((goes & unknown).sum()),
        remaining_unknown_cost=int((~goes & unknown).sum()),
        unknown_age=int(inventory.created.isna().sum()),
        _by_rule=_by_rule(found[found["would_go"]], saved),
    )


def _found(inventory: Inventory, judged: pd.DataFrame, cost: str, saved: str) -> pd.DataFrame:
    """Lay the images out that a rule hit, dearest first, then largest, then by id."""
    hit = judged["rules"].notna()
    images, judged = inventory.images[hit], judged[hit]
    goes = judged["protected_by"].isna()
    found = images[[*_SHOWN, "size_gigabytes"]].copy()
    found["age_days"] = inventory.age_days[hit].round(1)
    found["family"] = inventory.families[hit]
    found[cost] = images[cost]
    found[saved] = images[cost].where(goes, 0.0)
    found[["rules", "rule", "protected_by"]] = judged[["rules", "rule", "protected_by"]]
    found["would_go"] = goes
    numbers = [cost, "size_gigabytes", "id"]
    ordered = in_order(found, numbers, ["account", "name"], down=[True, True, False])
    return ordered.reset_index(drop=True)


def _by_rule(going: pd.DataFrame, saved: str) -> pd.DataFrame:
    """Add up what would go, each image with the first rule that hit it."""
    summed = (
        going.assign(unknown_cost=going[saved].isna())
        .groupby("rule", sort=False)
        .agg(
            images=("rule", "size"),
            size_gigabytes=("size_gigabytes", _exact),
            **{saved: (saved, _exact)},
            unknown_cost=("unknown_cost", "sum"),
        )
    )
    ordered = summed.reset_index().sort_values([saved, "rule"], ascending=[False, True])
    return ordered.reset_index(drop=True)


def _exact(amounts: pd.Series[Any]) -> float:
    """Add the known amounts up so that their order does not show."""
    return float(exact_sum(amounts.dropna()))
