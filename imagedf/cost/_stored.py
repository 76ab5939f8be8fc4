"""What an account stores and is billed for: one resource per line that an invoice could have."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from imagedf.cost._amounts import exact_sum
from imagedf.errors import missing_columns
from imagedf.frame import require_one_day
from imagedf.schema import COST_PREFIX, cost_column
from imagedf.summary import image_rows_on

USD = f"{COST_PREFIX}usd"
SNAPSHOT, CUSTOM, VOLUME_SNAPSHOT, BACKUP = ("snapshot", "custom", "volume_snapshot", "backup")
# A product belongs to the first class whose word it has, if it has no word beyond these. Products
# that we do not know (database backups, registry, Network File Storage) stay other products.
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
    """An image, a volume snapshot or a Droplet with backups, and what it is estimated to cost.

    ``excluded`` is the reason why no line can be about it; ``names`` are the descriptions under
    which a line without ids may name it.
    """

    billing_class: str | None
    account: str
    id: int | None
    uuid: str | None
    name: str | None
    names: tuple[str, ...]
    estimated: Decimal | None
    excluded: str | None = None
    is_image: bool = True


def classes_of(product: str) -> tuple[str, ...]:
    """Return the billing classes that a product's lines can be about, none for other products."""
    words = {re.sub("s$", "", word) for word in re.findall(r"[^\W_]+", product.lower())}
    for classes, needed, allowed in _PRODUCTS:
        if needed <= words <= needed | allowed | _COMMON:
            return classes
    return ()


def stored_images(costs: pd.DataFrame, *, backups_with_droplets: bool = False) -> list[Stored]:
    """Return every image of a frame with costs in USD, public ones and backups excluded.

    A backup of known cost is only included where no Droplet is billed for it.
    """
    require_one_day(costs, "costs")
    if cost_column(costs.columns) != USD:
        raise missing_columns([USD], costs.columns)
    wanted = ["account", "id", "name", "type", "public", "billing_class", USD]
    images: pd.DataFrame = image_rows_on(costs, wanted, []).to_native()
    records = images.rename(columns={USD: "cost"}).itertuples(index=False)
    return [_stored_image(image, backups_with_droplets=backups_with_droplets) for image in records]


def _stored_image(image: Any, *, backups_with_droplets: bool) -> Stored:
    known = not math.isnan(image.cost)
    excluded = None
    if not pd.isna(image.public) and image.public:
        excluded = "public: not charged"
    elif image.billing_class == BACKUP and (backups_with_droplets or not known):
        excluded = "a backup is billed with its Droplet"
    name = None if pd.isna(image.name) else image.name
    return Stored(
        billing_class=image.billing_class,
        account=image.account,
        id=None if pd.isna(image.id) else int(image.id),
        uuid=None,
        name=name,
        names=(name,) if name else (),
        estimated=exact_sum([image.cost]) if known and not excluded else None,
        excluded=excluded,
    )
