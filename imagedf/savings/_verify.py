"""Verify a plan: every candidate must be unchanged, unused and not kept."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from imagedf._text import counted, in_html, received
from imagedf.account import Account
from imagedf.errors import IncompleteListingError
from imagedf.frame import certificate_of
from imagedf.savings._judge import IN_USE
from imagedf.savings._plan import SAME, Plan
from imagedf.savings._savings import SAVINGS_KEY, find_savings

_CHANGED = {"name": "renamed", "type": "another type", "size_gigabytes": "resized",
            "created_at": "another date"}  # fmt: skip
_Row = dict[Hashable, Any]
_Listed = dict[tuple[Any, Any], list[_Row]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Verification:
    """The candidates that can be deleted (``verified``) or not (``refused``, with ``reason``).

    Both have one row per candidate, with the columns of the plan.
    """

    verified: pd.DataFrame
    refused: pd.DataFrame
    notes: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """Return all candidates, refused ones first, with the reason in the column ``refused``."""
        verified = self.verified.assign(refused=pd.array([None] * len(self.verified), dtype="str"))
        refused = self.refused.rename(columns={"reason": "refused"})
        return pd.concat([refused, verified], ignore_index=True)

    def __str__(self) -> str:
        total = len(self.verified) + len(self.refused)
        text = f"{len(self.verified):,} of {counted(total, 'candidate')} verified"
        reasons = self.refused["reason"].value_counts()
        if len(reasons):
            text += (
                f"; refused: {', '.join(f'{number:,} {why}' for why, number in reasons.items())}"
            )
        return " ".join([f"{text}.", *self.notes])

    def __repr__(self) -> str:
        return f"<Verification: {str(self)[:180]}>"

    def _repr_html_(self) -> str:
        return f"<p>{in_html(self)}</p>{self.refused.to_html(index=False)}"


def verify_plan(
    plan: Plan,
    account: Account | pd.DataFrame,
    *,
    now: datetime | str | None = None,
) -> Verification:
    """Check that every candidate is unchanged, unused and not kept.

    Parameters
    ----------
    plan : Plan
        A plan returned by ``load_plan``.
    account : Account or pandas.DataFrame
        The current account: a complete listing, fetched for this purpose; or its frame of
        volume snapshots, if the plan was made from one.
    now : datetime or str, optional
        The moment that ages refer to. Default: when the account was fetched.

    Returns
    -------
    Verification
        The candidates that can still be deleted, and those that are refused, with the reason.

    Raises
    ------
    TypeError
        ``plan`` is not a ``Plan``.
    IncompleteListingError
        The listing is not complete: a missing image might be the newest of its series.
    FrameError, PolicyError
        As for ``find_savings``.

    See Also
    --------
    save_plan : Write a plan.

    Notes
    -----
    The policy of the plan is applied again; images that it now keeps or no longer selects are
    refused.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> account = imagedf.example_account()
    >>> found = imagedf.find_savings(account, now="2026-11-01")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = imagedf.save_plan(found, pathlib.Path(folder, "plan.json"))
    ...     print(imagedf.verify_plan(imagedf.load_plan(path), account, now="2026-11-01"))
    180 of 180 candidates verified.
    """
    if not isinstance(plan, Plan):
        raise TypeError(f"plan must be a Plan returned by load_plan, not {received(plan)}")
    _check_complete(account)
    found = find_savings(account, plan.policy, now=now)
    if partial := found.attrs[SAVINGS_KEY]["partial"]:
        raise IncompleteListingError(
            f"a plan can be verified only with all of your images, but these are {partial}"
        )
    listed = _by_id(found)
    accounts = set(found["account"].dropna())
    reasons = [_reason(row, listed, accounts) for row in plan.candidates.to_dict("records")]
    checked = plan.candidates.assign(reason=pd.Series(reasons, dtype="str"))
    refused = checked["reason"].notna()
    return Verification(
        checked[~refused].drop(columns="reason").reset_index(drop=True),
        checked[refused].reset_index(drop=True),
        tuple(found.attrs[SAVINGS_KEY]["notes"]),
    )


def _check_complete(account: Account | pd.DataFrame) -> None:
    carried = account.certificate if isinstance(account, Account) else certificate_of(account)
    if carried is not None and carried.complete is False:
        raise IncompleteListingError(
            f"a plan can be verified only with a complete listing; this one is {carried}",
            certificate=carried,
        )


def _by_id(found: pd.DataFrame) -> _Listed:
    """Return the images by account and id."""
    listed: _Listed = {}
    for row in found.to_dict("records"):
        listed.setdefault((row["account"], row["id"]), []).append(row)
    return listed


def _reason(
    candidate: _Row,
    listed: _Listed,
    accounts: set[Any],
) -> str | None:
    """Return why a candidate is refused; None if nothing has changed."""
    if candidate["account"] not in accounts:
        return "of another account"
    images = listed.get((candidate["account"], candidate["id"]), [])
    if len(images) != 1:
        return "with an id of several images" if images else "no longer listed"
    (image,) = images
    for name in SAME:
        if not _same(candidate[name], image[name]):
            return _CHANGED[name]
    if isinstance(candidate["used_by"], list) and not isinstance(image["used_by"], list):
        return "unknown use"
    if image["not_deletable"] == IN_USE:
        return "now in use"
    return None if image["deletable"] else f"now {image['not_deletable']}"


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, list) or isinstance(after, list):
        return bool(before == after)
    return bool(pd.isna(before) and pd.isna(after)) or bool(before == after)
