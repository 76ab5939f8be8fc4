"""Summarize the result of a policy: what can be deleted, what remains, and what is unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from imagedf._text import cents, counted, gigabytes, in_html, money
from imagedf.cost import cost_of, parts_in_cents
from imagedf.errors import FrameError
from imagedf.frame import first_rows, image_codes, require, without_attrs
from imagedf.savings._effects import totals_by_rule, totals_by_series
from imagedf.savings._judge import TO_REVIEW
from imagedf.savings._own import VOLUME_SNAPSHOT
from imagedf.savings._parts import Part, part_of
from imagedf.savings._savings import SAVINGS_KEY
from imagedf.schema import COST_PREFIX

_NEEDED = (
    *("type", "size_gigabytes", "created_at", "used_by"),
    *("selected_by", "kept_by", "deletable", "not_deletable"),
)


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
    _found: pd.DataFrame = field(repr=False)
    _asked: dict[str, Any] = field(repr=False)

    def by_rule(self) -> pd.DataFrame:
        """Return each rule's own effect, which does not depend on the order of the rules.

        The columns are ``rule``, ``effect`` (``selects`` or ``keeps``), ``matched`` (of all your
        images), ``images``, ``size_gigabytes`` [GB], the monthly cost, and ``unknown_cost``
        (images). ``images`` counts, for a selecting rule, the deletable images that it selects,
        and for a keeping rule the selected images that it keeps; an image counts under each of
        its rules.
        """
        return totals_by_rule(self._found, self._asked.get("policy"))

    def by_series(self) -> pd.DataFrame:
        """Return what can be deleted in each series and what remains, largest savings first.

        The columns are ``account``, ``type``, ``series`` (missing for backups), ``images``,
        ``deletable``, ``review`` (images), ``deletable_gigabytes``, ``remaining_gigabytes``
        [GB], the monthly savings, the remaining monthly cost, and ``newest`` [UTC].
        """
        return totals_by_series(self._found)

    def __str__(self) -> str:
        return " ".join([*self._sentences(), *self.notes])

    def __repr__(self) -> str:
        return f"<SavingsSummary: {self._sentences()[0][:180]}>"

    def _repr_html_(self) -> str:
        return self.by_rule().to_html(index=False) + f"<p>{in_html(self)}</p>"

    def _sentences(self) -> list[str]:
        total, deletable, remaining = self.total, self.deletable, self.remaining
        if not deletable.images:
            none = f"None of your {counted(total.images, self.noun)} can be deleted."
            found = [none if total.images != 1 else f"Your {self.noun} can't be deleted."]
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

        The deletable and the remaining part add up to the total; any other part, such as the one
        to review, is rounded separately, and never exceeds the remaining part.
        """
        nothing = Decimal(0)
        shares = (self.deletable, self.remaining)
        rounded = parts_in_cents([share.monthly_cost or nothing for share in shares])
        for share, amount in zip(shares, rounded, strict=True):
            if share is part:
                return amount or nothing
        exact = cents(part.monthly_cost or nothing)
        return min(exact, rounded[1] or nothing) if part is self.review else exact


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
        ``found`` was not returned by ``find_savings``, or images appear twice.

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
    asked = found.attrs.get(SAVINGS_KEY, {})
    found = without_attrs(found).reset_index(drop=True)
    if len(first_rows(image_codes(found))) < len(found):
        raise FrameError(
            "images appear twice, as they do when two results are concatenated; pass what "
            "find_savings returned"
        )
    cost = cost_of(found)
    deletable = found["deletable"].to_numpy(dtype=bool)
    used = [cell for cell in found["used_by"].tolist() if isinstance(cell, list)]
    return SavingsSummary(
        currency=cost.removeprefix(COST_PREFIX).upper(),
        total=part_of(found, cost),
        deletable=part_of(found[deletable], cost),
        remaining=part_of(found[~deletable], cost),
        review=part_of(found[(found["not_deletable"] == TO_REVIEW).to_numpy(dtype=bool)], cost),
        in_use=sum(map(bool, used)),
        use_known=len(used),
        unknown_date=int(found["created_at"].isna().sum()),
        noun="volume snapshot" if set(found["type"]) == {VOLUME_SNAPSHOT} else "own image",
        notes=tuple(asked.get("notes", ())),
        _found=found,
        _asked=asked,
    )
