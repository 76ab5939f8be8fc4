"""Find Droplets without backups, or without a backup as recent as their plan requires."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from imagedf.account import Account
from imagedf.cost._backups import Plan, plan_of, policies_of
from imagedf.cost._readable import unread_accounts
from imagedf.cost._rows import cells_of, frame_of, is_known, rows_of
from imagedf.errors import ImagedfError
from imagedf.frame import Moment, as_of

# The interval between the backups of a plan: https://docs.digitalocean.com/products/backups/
_PERIODS = {
    "weekly": timedelta(days=7),
    "daily": timedelta(days=1),
    "12 hours": timedelta(hours=12),
    "6 hours": timedelta(hours=6),
    "4 hours": timedelta(hours=4),
}
_WINDOW_HOURS = 4
"""Backups start at any time within a window of this length, unless the policy sets another."""
_DTYPES = {
    "account": "str",
    "droplet_id": "Int64",
    "name": "str",
    "plan": "str",
    "backups": "Int64",
    "newest": "datetime64[us, UTC]",
    "age_days": "float64",
    "allowed_days": "float64",
    "problem": "str",
}
NO_BACKUPS, DISABLED, OVERDUE, UNKNOWN = "no backups", "backups disabled", "overdue", "unknown"


def backup_status(account: Account, *, now: Moment | None = None) -> pd.DataFrame:
    """Return the Droplets that are not backed up, or not as recently as planned.

    Parameters
    ----------
    account : Account
        An account returned by ``fetch_account`` or ``read_account``.
    now : datetime or str, optional
        The moment that ages refer to. Default: when the account was fetched, or else now.

    Returns
    -------
    pandas.DataFrame
        One row per Droplet with a problem: ``account``, ``droplet_id``, ``name``, ``plan``,
        ``backups`` (number stored), ``newest`` [UTC], ``age_days``, ``allowed_days`` (the plan's
        interval plus its window) and ``problem``: ``no backups``, ``backups disabled`` (older
        backups are still stored), ``overdue``, or ``unknown`` if the plan or the backups are
        unknown. Droplets that the token can't read are not listed.

    Raises
    ------
    ImagedfError
        No Droplets could be read, so their backups are unknown.
    TypeError
        ``account`` is not an Account.

    See Also
    --------
    account_bill : Return what the backups cost.

    Examples
    --------
    >>> import imagedf
    >>> rows = imagedf.backup_status(imagedf.example_account(), now="2026-11-01T06:00:00Z")
    >>> rows["problem"].value_counts().to_dict()
    {'no backups': 10}
    """
    if not isinstance(account, Account):
        raise TypeError(f"account must be an Account, not {type(account).__name__}")
    if account.droplets is None:
        raise ImagedfError("the Droplets could not be read: the token needs the scope droplet:read")
    moment = as_of(account.images, now)
    created = {(image.account, image.id): image.created_at for image in rows_of(account.images)}
    policies = policies_of(account)
    unread = set(unread_accounts(account, "backup_policies"))
    rows = []
    for droplet in rows_of(account.droplets):
        policy = policies.get((droplet.account, droplet.id))
        plan = plan_of(droplet, policy, readable=droplet.account not in unread)
        ids = [(droplet.account, number) for number in cells_of(droplet.backup_ids)]
        row = _row(
            droplet, plan, policy, [created[number] for number in ids if number in created], moment
        )
        if row["problem"]:
            rows.append(row)
    return frame_of(rows, _DTYPES)


def _row(
    droplet: Any, plan: Plan, policy: Any, created: list[Any], now: datetime
) -> dict[str, Any]:
    known = [moment for moment in created if not pd.isna(moment)]
    newest = max(known, default=None)
    allowed = _allowed(plan, policy)
    return {
        "account": droplet.account,
        "droplet_id": droplet.id,
        "name": droplet.name,
        "plan": plan.name,
        "backups": len(created) if is_known(droplet.backup_ids) else None,
        "newest": newest,
        "age_days": None if newest is None else (now - newest) / timedelta(days=1),
        "allowed_days": None if allowed is None else allowed / timedelta(days=1),
        "problem": _problem(droplet, plan, newest, allowed, now),
    }


def _allowed(plan: Plan, policy: Any) -> timedelta | None:
    """Return how old the newest backup may be: the plan's interval plus one backup window."""
    period = _PERIODS.get(plan.name or "")
    hours = None if policy is None else policy.window_length_hours
    window = timedelta(hours=_WINDOW_HOURS if pd.isna(hours) else float(hours))
    return None if period is None else period + window


def _problem(
    droplet: Any, plan: Plan, newest: Any, allowed: timedelta | None, now: datetime
) -> str | None:
    if plan == Plan():
        return DISABLED if cells_of(droplet.backup_ids) else NO_BACKUPS
    if allowed is None or not is_known(droplet.backup_ids):
        return UNKNOWN
    if newest is not None:
        return OVERDUE if now - newest > allowed else None
    if cells_of(droplet.backup_ids):
        return UNKNOWN
    # A new Droplet gets its first backup within the same time.
    young = not pd.isna(droplet.created_at) and now - droplet.created_at <= allowed
    return None if young else NO_BACKUPS
