"""The monthly cost of volume snapshots, which no image listing includes."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from imagedf.cost._by_size import cost_by_size
from imagedf.cost._prices import PriceBook
from imagedf.cost._rates import VOLUME_SNAPSHOT, Rate
from imagedf.cost._rows import cells_of, is_known


def volume_snapshot_costs(snapshots: pd.DataFrame, book: PriceBook, day: date) -> pd.Series[float]:
    """Return the cost of each volume snapshot at the rate of its account and tags.

    Missing where the size or the rate is unknown: where tags are missing, a rate for a tag could
    apply.
    """
    rates = [rate for rate in book.at(day) if rate.billing_class == VOLUME_SNAPSHOT]
    named = {rate.tag for rate in rates if rate.tag is not None}
    cells = snapshots["tags"] if "tags" in snapshots else [None] * len(snapshots)

    @cache
    def rate_of(account: str, tags: frozenset[str] | None) -> Rate | None:
        return book.rate_of(VOLUME_SNAPSHOT, day, account=account, tags=tags)

    places = defaultdict(list)
    for place, (account, cell) in enumerate(zip(snapshots["account"], cells, strict=True)):
        tags = frozenset(named.intersection(cells_of(cell))) if is_known(cell) else None
        places[rate_of(str(account), tags)].append(place)
    costs = np.full(len(snapshots), np.nan)
    for rate, chosen in places.items():
        sizes = snapshots["size_gigabytes"].iloc[chosen]
        costs[chosen] = cost_by_size(sizes, rate, book.minimum)
    return pd.Series(costs, index=snapshots.index, dtype="float64")
