"""The backups of each Droplet: its plan, its backup images, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pandas as pd

from imagedf.account import Account
from imagedf.cost._amounts import exact, exact_sum
from imagedf.cost._estimate import estimate_cost
from imagedf.cost._prices import PriceBook
from imagedf.cost._readable import unread_accounts
from imagedf.cost._rows import cells_of, is_known, rows_of
from imagedf.cost._stored import BACKUP
from imagedf.frame import Day, day_of
from imagedf.summary import LARGEST_SIZE

_DROPLET_CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Plan:
    """The backup plan of a Droplet, or why it is unknown; neither for a Droplet without one."""

    name: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class DropletBackups:
    """A Droplet with backups: its plan, its backup images and what they cost per month.

    ``cost`` is None if it is unknown, and ``note`` says why. ``usage_based`` is the other bound:
    the cost of the same backups on the usage-based plan of the same name. ``by_size`` is True if
    the price book has a rate for backup images, which then determines the cost.
    """

    account: str
    droplet: Any
    plan: str | None
    images: tuple[Any, ...]
    by_size: bool
    cost: Decimal | None
    usage_based: Decimal | None
    note: str | None


def is_known_size(size: Any) -> bool:
    """Return whether a size is known and plausible."""
    return not pd.isna(size) and 0 <= size <= LARGEST_SIZE


def droplet_backups(
    account: Account, costs: pd.DataFrame, book: PriceBook, day: date
) -> list[DropletBackups]:
    """Return the Droplets with backups or a backup plan; ``costs`` has one row per image."""
    if account.droplets is None:
        return []
    backups = {(image.account, image.id): image for image in backup_images(costs)}
    policies = policies_of(account)
    unread = set(unread_accounts(account, "backup_policies"))
    found = []
    for droplet in rows_of(account.droplets):
        keys = [(droplet.account, number) for number in cells_of(droplet.backup_ids)]
        images = tuple(backups[key] for key in keys if key in backups)
        policy = policies.get((droplet.account, droplet.id))
        plan = plan_of(droplet, policy, readable=droplet.account not in unread)
        if plan != Plan() or images:
            found.append(_priced(droplet, plan, images, book, day))
    return found


def backup_images(costs: pd.DataFrame) -> Iterable[Any]:
    """Return the rows of the account's own backups in a frame with costs, one per image."""
    public = costs["public"].fillna(value=False).astype(bool)
    backups = costs[costs["type"].eq(BACKUP).fillna(value=False) & ~public]
    cost = next(name for name in backups.columns if str(name).startswith("monthly_cost_"))
    columns = {"size_gigabytes": "size", cost: "cost"}
    wanted = ["account", "id", "name", "created_at", *columns]
    return rows_of(backups[wanted].rename(columns=columns))


def policies_of(account: Account) -> dict[tuple[str, int], Any]:
    """Return the backup policies by account and Droplet; none if they are not readable."""
    if account.backup_policies is None:
        return {}
    return {
        (policy.account, policy.droplet_id): policy for policy in rows_of(account.backup_policies)
    }


def plan_of(droplet: Any, policy: Any, *, readable: bool) -> Plan:
    """Return the plan in a Droplet's backup policy, or else what its features indicate."""
    if policy is not None and not pd.isna(policy.backup_enabled):
        if not policy.backup_enabled:
            return Plan()
        if pd.isna(policy.plan):
            return Plan(problem="its backup policy names no plan")
        return Plan(policy.plan)
    if is_known(droplet.features) and "backups" not in cells_of(droplet.features):
        return Plan()
    return Plan(problem=f"its backup policy is {'missing' if readable else 'not readable'}")


def _priced(
    droplet: Any, plan: Plan, images: tuple[Any, ...], book: PriceBook, day: date
) -> DropletBackups:
    rate = book.rate_of(BACKUP, day, account=droplet.account)
    by_size = rate is not None or any(not pd.isna(image.cost) for image in images)
    cost, note = (None, None) if by_size else _share_of(droplet, plan, book, day)
    usage = _usage_based(plan.name, images, book, day)
    return DropletBackups(droplet.account, droplet, plan.name, images, by_size, cost, usage, note)


def _share_of(
    droplet: Any, plan: Plan, book: PriceBook, day: date
) -> tuple[Decimal | None, str | None]:
    """Return the plan's share of the Droplet's price, or why it is unknown."""
    if plan.name is None:
        disabled = "its backups are disabled, and the price of those still stored is not published"
        return None, plan.problem or disabled
    price = book.backup_share(plan.name, day)
    if price is None or price.share is None:
        return None, f"the price book does not know the backup plan {plan.name}"
    if book.currency != _DROPLET_CURRENCY:
        return None, "the price of the Droplet is in USD"
    if pd.isna(droplet.price_monthly) or droplet.price_monthly < 0:
        return None, "the price of the Droplet is unknown"
    return price.share * exact(droplet.price_monthly), None


def _usage_based(
    plan: str | None, images: tuple[Any, ...], book: PriceBook, day: date
) -> Decimal | None:
    price = book.backup_usage(plan, day) if plan else None
    if (
        price is None
        or price.amount is None
        or not all(is_known_size(image.size) for image in images)
    ):
        return None
    return price.amount * exact_sum([image.size for image in images])


class UsageBased(NamedTuple):
    """The known monthly cost that all backups would have on usage-based plans."""

    known: Decimal
    unknown_droplets: int


def usage_based_backups(
    account: Account, *, prices: PriceBook | None = None, on: Day | None = None
) -> UsageBased:
    """Return the other bound of the cost of backups: GiB times the usage-based rate per Droplet.

    The API does not show which Droplets are on usage-based plans.
    """
    if account.droplets is None:
        return UsageBased(Decimal(0), 0)
    book = PriceBook.load() if prices is None else prices
    day = day_of(account.images, on)
    costs = estimate_cost(account.images, prices=book, on=day)
    usage = [backups.usage_based for backups in droplet_backups(account, costs, book, day)]
    known = [amount for amount in usage if amount is not None]
    return UsageBased(sum(known, Decimal(0)), len(usage) - len(known))
