"""Total a part of the images: their number, size, and exact cost."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal

import numpy as np
import pandas as pd

from imagedf.cost import known_sum
from imagedf.summary import known_sizes


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


def part_of(images: pd.DataFrame, cost: str) -> Part:
    """Return the totals of some of the images."""
    sizes = known_sizes(images["size_gigabytes"])
    costs = images[cost].to_numpy(dtype=np.float64, na_value=np.nan)
    size = known_sum(sizes)
    return Part(
        images=len(images),
        size_gigabytes=None if size is None else float(size),
        unknown_size=int(np.isnan(sizes).sum()),
        monthly_cost=known_sum(costs),
        unknown_cost=int(np.isnan(costs).sum()),
    )
