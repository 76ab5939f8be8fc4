"""Find the images that can be deleted under a policy; nothing is ever deleted."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from datetime import datetime
from typing import Any

import pandas as pd

from imagedf._certificates import ATTRS_KEY
from imagedf._text import received
from imagedf.account import Account
from imagedf.cost import PriceBook
from imagedf.savings._inventory import Inventory
from imagedf.savings._judge import judge
from imagedf.savings._own import Own, own_of
from imagedf.savings._policy import DEFAULT, Policy
from imagedf.savings._rules import given
from imagedf.schema import COST_PREFIX

SAVINGS_KEY = "imagedf_savings"
"""The key in ``attrs`` with the arguments of ``find_savings``."""


def find_savings(
    frame_or_account: pd.DataFrame | Account,
    policy: Policy | None = None,
    *,
    now: datetime | str | None = None,
    prices: PriceBook | None = None,
) -> pd.DataFrame:
    """Apply a policy to each of your own images; nothing is deleted.

    Parameters
    ----------
    frame_or_account : pandas.DataFrame or Account
        Images in either layout; or an ``Account``, which also knows their sources and use; or
        the frame of volume snapshots of an ``Account``. If the frame has the columns of
        ``estimate_cost`` and ``prices`` is not given, its own costs are used.
    policy : Policy, optional
        Default: older than 90 days, keeping the newest of each series.
    now : datetime or str, optional
        The moment that ages refer to. Default: when the frame was fetched, or else now.
    prices : PriceBook, optional
        Default: the published rates.

    Returns
    -------
    pandas.DataFrame
        One row per own image, deletable images first, then most expensive first: ``account``,
        ``id``, ``name``, ``type``, ``size_gigabytes`` [GB], ``created_at``, ``age_days``,
        ``series``, ``source`` (``here``, ``gone`` or missing), ``used_by`` (list, missing if
        unknown), ``selected_by`` and ``kept_by`` (rules, separated by "; "),
        ``deletable``, ``monthly_cost_usd``, ``monthly_savings_usd`` [USD per month; the book's
        currency] and ``not_deletable`` (the reason).

    Raises
    ------
    PolicyError
        The policy needs a field that is unknown for all images.
    FrameError
        A required column is missing, or the frame contains several days of a history.
    TypeError
        ``policy`` is not a ``Policy``.

    See Also
    --------
    savings_summary : Summarize the result.
    plot_savings : Plot potential savings.

    Notes
    -----
    Only your own snapshots and custom images can be deletable; a backup is deleted with its
    Droplet or by its plan (https://docs.digitalocean.com/products/backups/).

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> found = imagedf.find_savings(frame, imagedf.Policy([imagedf.Select(older_than="1y")]))
    >>> found[["name", "deletable", "selected_by"]].head(2)
                     name  deletable        selected_by
    0  Nifty New Snapshot       True  older than 1 year
    1      A custom image       True  older than 1 year
    """
    policy = DEFAULT if policy is None else policy
    if not isinstance(policy, Policy):
        raise TypeError(f"policy must be a Policy(select=…, keep=…), not {received(policy)}")
    own = own_of(frame_or_account, now, prices)
    images, cost, moment = own.images, own.cost, own.moment
    inventory = Inventory(images, moment)
    verdict = judge(inventory, policy)
    found = images[["account", "id", "name", "type", "size_gigabytes", "created_at"]].copy()
    found["age_days"] = (pd.Timestamp(moment) - images["created_at"]).dt.total_seconds() / 86_400
    found["series"] = _labelled(inventory)
    found["source"] = images["source"].astype("str") if "source" in images else _missing(images)
    found["used_by"] = images.get("used_by", _missing(images).astype(object))
    found["selected_by"], found["kept_by"] = verdict.selected_by, verdict.kept_by
    deletable = verdict.not_deletable.isna()
    found["deletable"] = deletable
    found[cost] = images[cost]
    found[savings_column(cost)] = images[cost].where(deletable, 0.0)
    found["not_deletable"] = verdict.not_deletable
    ordered = _ordered(found, cost)
    ordered.attrs = _attrs(own, policy, _notes(inventory, policy))
    return ordered


def savings_column(cost: str) -> str:
    """Return the name of the savings column that belongs to a cost column."""
    return cost.replace(COST_PREFIX, "monthly_savings_")


def _missing(images: pd.DataFrame) -> pd.Series[Any]:
    return pd.Series(None, index=images.index, dtype="str")


def _labelled(inventory: Inventory) -> pd.Series[Any]:
    """Return the series of each image, with its source if several sources share the name."""
    images, series = inventory.images, inventory.series
    if "source_id" not in images:
        return series
    keys = [images["account"], images["type"], series]
    shared = images["source_id"].groupby(keys, dropna=False).transform("nunique", dropna=False) > 1
    source = images["source_id"].astype("str").fillna("unknown")
    return series.where(~shared, series + " (source " + source + ")")


def _ordered(found: pd.DataFrame, cost: str) -> pd.DataFrame:
    """Order the images, regardless of the order of the rows passed."""
    by = ["deletable", cost, "size_gigabytes", "account", "id", "name"]
    if found["id"].is_unique:
        by.remove("name")  # decides nothing then, and takes the longest
    ascending = [name in {"account", "id", "name"} for name in by]
    return found.sort_values(by, ascending=ascending).reset_index(drop=True)


def _attrs(own: Own, policy: Policy, notes: list[str]) -> dict[Hashable | None, Any]:
    """Return the arguments that a summary or a plan needs to know."""
    attrs: dict[Hashable | None, Any] = {
        SAVINGS_KEY: {
            "policy": policy.to_dict(),
            "now": own.moment.isoformat(),
            "partial": own.partial,
            "notes": [*own.notes, *notes],
        }
    }
    return attrs | {key: own.attrs[key] for key in (ATTRS_KEY,) if key in own.attrs}


def _notes(inventory: Inventory, policy: Policy) -> list[str]:
    """Return notes on keeps that match nothing: after a typo an image would be unprotected."""
    notes = []
    ids = [value for rule in policy.keep for value in given(rule).get("id", ())]
    if missing := [
        str(value) for value in dict.fromkeys(ids) if not inventory.has_id([value]).any()
    ]:
        notes.append(f"Ids to keep that are not listed: {', '.join(missing[:20])}.")
    if unmatched := list(dict.fromkeys(_unmatched(inventory, policy))):
        notes.append(f"Keeps that match no image: {', '.join(unmatched[:20])}.")
    return notes


def _unmatched(inventory: Inventory, policy: Policy) -> Iterator[str]:
    if not len(inventory):
        return
    tests = {"tag": inventory.has_tag, "name": inventory.has_name}
    for rule in policy.keep:
        for argument, test in tests.items():
            values = given(rule).get(argument, ())
            yield from (f"{argument} {value}" for value in values if not test([value]).any())
        if rule.per != "series" and inventory.members(rule.per).empty:
            yield f"per {rule.per}"
