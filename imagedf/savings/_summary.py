"""Summarize the result of a policy: what can be deleted, what remains, and what is unknown."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from decimal import Decimal
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from imagedf._text import cents, counted, gigabytes, money
from imagedf.cost import cost_of, known_sum, parts_in_cents
from imagedf.frame import require
from imagedf.savings._inventory import Mask
from imagedf.savings._judge import NOT_KNOWN_AS_PRIVATE, NOT_OF_A_KIND, TO_REVIEW
from imagedf.savings._own import VOLUME_SNAPSHOT
from imagedf.savings._policy import Policy
from imagedf.savings._savings import SAVINGS_KEY, savings_column
from imagedf.schema import COST_PREFIX

_NEEDED = (
    *("type", "size_gigabytes", "created_at", "used_by"),
    *("selected_by", "kept_by", "deletable", "not_deletable"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the images: their number, known size, and exact known cost.

    The images counted in ``unknown_size`` and ``unknown_cost`` add nothing to these amounts,
    which are None if nothing is known.
    """

    images: int
    size_gigabytes: float | None
    unknown_size: int
    monthly_cost: Decimal | None
    unknown_cost: int

    @property
    def yearly_cost(self) -> Decimal | None:
        """The known cost of twelve months."""
        return None if self.monthly_cost is None else self.monthly_cost * 12

    def _repr_html_(self) -> str:
        names = [field.name for field in fields(self)]
        rows = "".join(f"<tr><th>{name}</th><td>{getattr(self, name)}</td></tr>" for name in names)
        return f"<table>{rows}</table>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SavingsSummary:
    """The images that can be deleted under a policy, and those that remain.

    ``deletable`` and ``remaining`` add up to ``total``; ``review`` is the part of ``remaining``
    that is selected and only kept as the last of its series. ``in_use`` counts images in use,
    ``use_known`` those whose use could be checked, ``unknown_date`` those without a date.
    """

    currency: str
    total: Part
    deletable: Part
    remaining: Part
    review: Part
    in_use: int
    use_known: int
    unknown_date: int
    notes: tuple[str, ...]
    noun: str
    _rules: pd.DataFrame = field(repr=False)
    _series: pd.DataFrame = field(repr=False)

    def by_rule(self) -> pd.DataFrame:
        """Return each rule's own effect, which does not depend on the order of the rules.

        The columns are ``rule``, ``effect`` (``selects`` or ``keeps``), ``matched`` (of all your
        images), ``images``, ``size_gigabytes`` [GB], the monthly cost, and ``unknown_cost``
        (images). ``images`` counts, for a selecting rule, the deletable images that it selects,
        and for a keeping rule the selected images that it keeps; an image counts under each of
        its rules.
        """
        return self._rules.copy()

    def by_series(self) -> pd.DataFrame:
        """Return what can be deleted in each series and what remains, largest savings first.

        The columns are ``account``, ``type``, ``series`` (missing for backups), ``images``,
        ``deletable``, ``review`` (images), ``deletable_gigabytes``, ``remaining_gigabytes``
        [GB], the monthly savings, the remaining monthly cost, and ``newest`` [UTC].
        """
        return self._series.copy()

    def __str__(self) -> str:
        return " ".join([*self._sentences(), *self.notes])

    def __repr__(self) -> str:
        return f"<SavingsSummary: {self._sentences()[0][:180]}>"

    def _repr_html_(self) -> str:
        return self._rules.to_html(index=False) + f"<p>{escape(str(self))}</p>"

    def _sentences(self) -> list[str]:
        total, deletable, remaining = self.total, self.deletable, self.remaining
        if not deletable.images:
            found = [f"None of your {counted(total.images, self.noun)} can be deleted."]
        else:
            found = [self._deletable()]
            if remaining.images:
                verb = "remains" if remaining.images == 1 else "remain"
                found += [f"{self._counted(remaining)} ({self._amounts(remaining)}) {verb}."]
        if self.review.images:
            review = f"{self._counted(self.review)} to review"
            whose = "its" if self.review.images == 1 else "their"
            found += [f"{review} ({self._amounts(self.review)}): the last of {whose} series."]
        return found

    def _deletable(self) -> str:
        part = self.deletable
        text = f"{part.images:,} of {counted(self.total.images, self.noun)} can be deleted"
        if part.size_gigabytes is not None:
            text += f" ({gigabytes(part.size_gigabytes)})"
        if part.monthly_cost is not None and part.yearly_cost is not None:
            monthly, yearly = (
                money(self.in_cents(part), self.currency),
                money(part.yearly_cost, self.currency),
            )
            text += f", saving {monthly}/month ({yearly}/year)"
        if part.unknown_cost:
            verb = "has" if part.unknown_cost == 1 else "have"
            text += f"; {part.unknown_cost:,} of them {verb} an unknown cost"
        return f"{text}."

    def _counted(self, part: Part) -> str:
        return counted(part.images, self.noun.removeprefix("own "))

    def _amounts(self, part: Part) -> str:
        size = "unknown size" if part.size_gigabytes is None else gigabytes(part.size_gigabytes)
        cost = (
            "unknown cost"
            if part.monthly_cost is None
            else f"{money(self.in_cents(part), self.currency)}/month"
        )
        return f"{size}, {cost}"

    def in_cents(self, part: Part) -> Decimal:
        """Return a part's known monthly cost in cents.

        The deletable and the remaining part add up to the total; the part to review is within
        the remaining part.
        """
        nothing = Decimal(0)
        to_review = self.review.monthly_cost or nothing
        others = (self.remaining.monthly_cost or nothing) - to_review
        exact = [self.deletable.monthly_cost or nothing, to_review, others]
        saved, reviewed, rest = (amount or nothing for amount in parts_in_cents(exact))
        amounts = (saved, reviewed + rest, reviewed)
        for one, amount in zip((self.deletable, self.remaining, self.review), amounts, strict=True):
            if one is part:
                return amount
        return cents(part.monthly_cost or nothing)


def savings_summary(found: pd.DataFrame) -> SavingsSummary:
    """Return exact totals of the images that ``find_savings`` returned.

    Parameters
    ----------
    found : pandas.DataFrame
        The frame that ``find_savings`` returned.

    Returns
    -------
    SavingsSummary
        Number, GB and cost per month and year of the images that can be deleted, remain, or
        are to review; counts of unknown values; and with ``by_rule()`` each rule's own effect.

    Raises
    ------
    FrameError
        ``found`` was not returned by ``find_savings``.

    See Also
    --------
    find_savings : Return the images one by one.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> found = imagedf.find_savings(frame, imagedf.Policy([imagedf.Select(older_than="1y")]))
    >>> print(imagedf.savings_summary(found))
    5 of 5 own images can be deleted (11.70 GB), saving $0.70/month ($8.42/year).
    """
    require(found, _NEEDED)
    found = found.reset_index(drop=True)
    cost = cost_of(found)
    deletable = found["deletable"].to_numpy(dtype=bool)
    used = found["used_by"].map(lambda cell: isinstance(cell, list)).to_numpy(dtype=bool)
    return SavingsSummary(
        currency=cost.removeprefix(COST_PREFIX).upper(),
        total=_part(found, cost),
        deletable=_part(found[deletable], cost),
        remaining=_part(found[~deletable], cost),
        review=_part(found[(found["not_deletable"] == TO_REVIEW).to_numpy(dtype=bool)], cost),
        in_use=int(found["used_by"].map(lambda cell: isinstance(cell, list) and bool(cell)).sum()),
        use_known=int(used.sum()),
        unknown_date=int(found["created_at"].isna().sum()),
        noun="volume snapshot" if set(found["type"]) == {VOLUME_SNAPSHOT} else "own image",
        notes=tuple(found.attrs.get(SAVINGS_KEY, {}).get("notes", ())),
        _rules=_by_rule(found, cost, deletable),
        _series=_by_series(found, cost, deletable),
    )


def _part(images: pd.DataFrame, cost: str) -> Part:
    sizes = images["size_gigabytes"].to_numpy(dtype=np.float64, na_value=np.nan)
    sizes = np.where((sizes >= 0) & np.isfinite(sizes), sizes, np.nan)
    costs = images[cost].to_numpy(dtype=np.float64, na_value=np.nan)
    size = known_sum(sizes)
    return Part(
        images=len(images),
        size_gigabytes=None if size is None else float(size),
        unknown_size=int(np.isnan(sizes).sum()),
        monthly_cost=known_sum(costs),
        unknown_cost=int(np.isnan(costs).sum()),
    )


def _by_rule(found: pd.DataFrame, cost: str, deletable: Mask) -> pd.DataFrame:
    """Return the totals of each rule's own effect."""
    impossible = found["not_deletable"].isin([NOT_OF_A_KIND, NOT_KNOWN_AS_PRIVATE])
    candidates = (found["selected_by"].notna() & ~impossible).to_numpy(dtype=bool)
    selecting, keeping = _labels(found)
    rows = [
        *_effects(found, deletable, "selects", selecting, cost),
        *_effects(found, candidates, "keeps", keeping, cost),
    ]
    return pd.DataFrame(
        rows,
        columns=["rule", "effect", "matched", "images", "size_gigabytes", cost, "unknown_cost"],
    ).astype({"rule": "str", "effect": "str", "size_gigabytes": "float64", cost: "float64"})


def _labels(found: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Return the rules of the policy, even those without effect, and other reasons for keeping."""
    asked = found.attrs.get(SAVINGS_KEY)
    policy = Policy.from_dict(asked["policy"]) if asked else Policy()
    selecting = [rule.label for rule in policy.select]
    keeping = [part.label for rule in policy.keep for part in rule.parts]
    return (
        list(dict.fromkeys([*selecting, *_split(found["selected_by"]).unique()])),
        list(dict.fromkeys([*keeping, *_split(found["kept_by"]).unique()])),
    )


def _split(labels: pd.Series[Any]) -> pd.Series[Any]:
    return labels.dropna().str.split("; ").explode()


def _effects(
    found: pd.DataFrame, counted_in: Mask, effect: str, labels: list[str], cost: str
) -> list[list[Any]]:
    split = _split(found["selected_by" if effect == "selects" else "kept_by"])
    rows = []
    for label in labels:
        matched = split.index[split == label]
        part = _part(found.loc[matched[counted_in[matched]]], cost)
        monthly = None if part.monthly_cost is None else float(part.monthly_cost)
        amounts = [part.images, part.size_gigabytes, monthly, part.unknown_cost]
        rows.append([label, effect, len(matched), *amounts])
    return rows


def _by_series(found: pd.DataFrame, cost: str, deletable: Mask) -> pd.DataFrame:
    """Return the totals of each series; an amount unknown for all of its images is missing."""
    keys = ["account", "type", "series"]
    saved, remaining = savings_column(cost), f"remaining_{cost}"
    values = found[keys].assign(
        images=1,
        deletable=deletable.astype("int64"),
        review=(found["not_deletable"] == TO_REVIEW).to_numpy(dtype="int64"),
        deletable_gigabytes=found["size_gigabytes"].where(deletable),
        remaining_gigabytes=found["size_gigabytes"].where(~deletable),
        newest=found["created_at"],
    )
    values[saved], values[remaining] = found[cost].where(deletable), found[cost].where(~deletable)
    grouped = values.groupby(keys, dropna=False)
    result = grouped[["images", "deletable", "review"]].sum()
    for name, counted_in in (
        ("deletable_gigabytes", result["deletable"]),
        ("remaining_gigabytes", result["images"] - result["deletable"]),
        (saved, result["deletable"]),
        (remaining, result["images"] - result["deletable"]),
    ):
        # The sum of nothing is 0; the sum of amounts of which none is known is missing.
        sums = grouped[name].sum(min_count=1)
        result[name] = sums.where(counted_in > 0, 0.0).round(9)
    result["newest"] = grouped["newest"].max()
    ordered = result.reset_index().sort_values(
        [saved, "deletable", *keys], ascending=[False, False, True, True, True]
    )
    return ordered.reset_index(drop=True)
