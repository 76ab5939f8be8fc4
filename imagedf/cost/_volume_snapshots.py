"""The monthly cost of volume snapshots, which no image listing includes."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from imagedf.cost._by_size import cost_by_size
from imagedf.cost._prices import PriceBook
from imagedf.cost._rates import VOLUME_SNAPSHOT
from imagedf.cost._rows import cells_of, is_known


def volume_snapshot_costs(snapshots: pd.DataFrame, book: PriceBook, day: date) -> pd.Series[float]:
    """Return the cost of each volume snapshot at the rate of its account and tags.

    Missing where the size or the rate is unknown: where tags are missing, a rate for a tag could
    apply.
    """
    rates = [rate for rate in book.at(day) if rate.billing_class == VOLUME_SNAPSHOT]
    named = {rate.tag for rate in rates if rate.tag is not None}
    cells = snapshots["tags"] if "tags" in snapshots else [None] * len(snapshots)
    keys = [
        (str(account), frozenset(named.intersection(cells_of(tags))) if is_known(tags) else None)
        for account, tags in zip(snapshots["account"], cells, strict=True)
    ]
    costs = np.full(len(snapshots), np.nan)
    for key in dict.fromkeys(keys):
        account, tags = key
        rate = book.rate_of(VOLUME_SNAPSHOT, day, account=account, tags=tags)
        chosen = np.array([one == key for one in keys])
        costs[chosen] = cost_by_size(snapshots["size_gigabytes"][chosen], rate, book.minimum)
    return pd.Series(costs, index=snapshots.index, dtype="float64")
