"""The resources that an account stores and is billed for, one per possible invoice line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from imagedf.cost._amounts import exact
from imagedf.cost._rates import VOLUME_SNAPSHOT
from imagedf.errors import missing_columns
from imagedf.frame import require_one_day
from imagedf.schema import COST_PREFIX, PUBLIC_TYPES, cost_column
from imagedf.summary import image_rows_on

USD = f"{COST_PREFIX}usd"
SNAPSHOT, CUSTOM, BACKUP = "snapshot", "custom", "backup"
# A product belongs to the first class whose word it contains, if all of its words are known. Any
# unknown product (database backups, registry, Network File Storage) is an "other product".
_COMMON = {"droplet", "gpu", "storage", "usage", "based"}
_PRODUCTS: tuple[tuple[tuple[str, ...], set[str], set[str]], ...] = (
    ((VOLUME_SNAPSHOT,), {"volume", "snapshot"}, {"block"}),
    ((VOLUME_SNAPSHOT,), {"block", "snapshot"}, set()),
    ((SNAPSHOT,), {"droplet", "snapshot"}, set()),
    ((SNAPSHOT, VOLUME_SNAPSHOT), {"snapshot"}, set()),
    ((BACKUP,), {"backup"}, {"basic", "weekly", "daily", "plan"}),
    ((CUSTOM,), {"image"}, {"custom"}),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """An image, a volume snapshot or a Droplet with backups, and its estimated cost.

    ``names`` are the descriptions by which a line without ids may name it, ``excluded`` is the
    reason why no line bills it. ``is_item`` is False for images that the account doesn't store
    itself (public ones) and for Droplets; ``covers`` counts the items included in the cost.
    """

    billing_class: str
    account: str
    id: int | None
    uuid: str | None
    name: str | None
    names: tuple[str, ...]
    size: float
    estimated: Decimal | None
    excluded: str | None = None
    note: str | None = None
    is_image: bool = True
    is_item: bool = True
    covers: int = 1


def classes_of(product: str) -> tuple[str, ...]:
    """Return the billing classes that a product's lines can belong to; none for other products."""
    words = {re.sub("s$", "", word) for word in re.findall(r"[^\W_]+", product.lower())}
    for classes, needed, allowed in _PRODUCTS:
        if needed <= words <= needed | allowed | _COMMON:
            return classes
    return ()


def require_usd(costs: pd.DataFrame) -> None:
    """Raise unless the costs are for one day and in USD, like invoices."""
    require_one_day(costs, "costs")
    if cost_column(costs.columns) != USD:
        raise missing_columns([USD], costs.columns)


def stored_images(
    costs: pd.DataFrame, with_droplet: Callable[[Any], tuple[str | None, str | None]]
) -> list[Stored]:
    """Return every image of a frame with costs; those that are not charged have the reason.

    For a backup of unknown cost, ``with_droplet`` returns the reason why it is excluded, or else
    the reason why its cost is unknown.
    """
    cost = str(cost_column(costs.columns))
    wanted = ["account", "id", "name", "type", "public", "size_gigabytes", cost]
    images: pd.DataFrame = image_rows_on(costs, wanted, []).to_native()
    records = images.rename(columns={cost: "cost"}).itertuples(index=False)
    return [_stored_image(image, with_droplet) for image in records]


def _stored_image(
    image: Any, with_droplet: Callable[[Any], tuple[str | None, str | None]]
) -> Stored:
    public = not pd.isna(image.public) and bool(image.public)
    foreign = public or image.type in PUBLIC_TYPES
    excluded, note = None, None
    if foreign:
        excluded = "public: not charged" if public else "an image of DigitalOcean's own"
    elif image.type == BACKUP and math.isnan(image.cost):
        excluded, note = with_droplet(image)
    name = None if pd.isna(image.name) else image.name
    known = not excluded and not math.isnan(image.cost)
    return Stored(
        billing_class="unknown" if pd.isna(image.type) else image.type,
        account=image.account,
        id=None if pd.isna(image.id) else int(image.id),
        uuid=None,
        name=name,
        names=(name,) if name else (),
        size=float(image.size_gigabytes),
        estimated=exact(image.cost) if known else None,
        excluded=excluded,
        note=note,
        is_item=not foreign,
    )
