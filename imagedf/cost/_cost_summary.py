"""The exact cost of all images of a frame, and how many costs are unknown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from imagedf._text import cents, counted, in_html, money
from imagedf.cost._amounts import known_sum, yearly
from imagedf.cost._estimate import cost_of
from imagedf.frame import require_one_day
from imagedf.schema import COST_PREFIX
from imagedf.summary import image_rows_on, known_sizes

NOT_INCLUDED = (
    "volume snapshots, backups priced per Droplet, Network File Storage snapshots, taxes and "
    "credits"
)
"""Billed items that an image listing doesn't include, so no total counts them."""


@dataclass(frozen=True, slots=True, repr=False)
class CostSummary:
    """The monthly cost of the images of a frame, and how many costs are unknown.

    ``exact`` is the unrounded known cost, None if no cost is known. ``unknown_gigabytes`` is the
    total of the known sizes of images whose cost is unknown.
    """

    currency: str
    exact: Decimal | None
    images: int
    unknown: int
    unknown_gigabytes: float

    @property
    def known(self) -> Decimal | None:
        """The known cost per month, in cents; None if there are images and no cost is known."""
        return None if self.exact is None else cents(self.exact)

    @property
    def yearly(self) -> Decimal | None:
        """The known cost of twelve months, in cents, from the exact amount."""
        return None if self.exact is None else yearly(self.exact)

    def __str__(self) -> str:
        per_month = f"{money(self.known, self.currency)}{'/' if self._in_usd else ' per '}month"
        known = "" if self.exact is None else f"Known cost: {per_month}. "
        unknown = f"Cost unknown for {counted(self.unknown, 'image')}. " * bool(self.unknown)
        return f"{known}{unknown}Excludes {NOT_INCLUDED}."

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<p>{in_html(self)}</p>"

    @property
    def _in_usd(self) -> bool:
        return self.currency == "USD"


def cost_summary(costs: pd.DataFrame) -> CostSummary:
    """Return the exact total cost of a frame, counting each image once.

    Parameters
    ----------
    costs : pandas.DataFrame
        A frame returned by ``estimate_cost``.

    Returns
    -------
    CostSummary
        Known cost [currency per month] (None if there are images but no known cost), number of
        images, and number and GB of the images with unknown cost. ``str`` is one sentence.

    Raises
    ------
    FrameError
        The frame has no costs, or contains several days of a history.

    See Also
    --------
    estimate_cost : Add the cost columns.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> costs = imagedf.estimate_cost(frame, on="2026-11-01")
    >>> print(str(imagedf.cost_summary(costs)).split(" Excludes")[0])
    Known cost: $0.70/month.
    """
    require_one_day(costs)
    column = cost_of(costs)
    images = image_rows_on(costs, [column, "size_gigabytes"], []).to_native()
    amounts = images[column].to_numpy(dtype=np.float64, na_value=np.nan)
    unknown = np.isnan(amounts)
    sizes = known_sizes(images["size_gigabytes"])
    return CostSummary(
        currency=column.removeprefix(COST_PREFIX).upper(),
        exact=known_sum(amounts),
        images=len(images),
        unknown=int(unknown.sum()),
        unknown_gigabytes=round(float(np.nansum(sizes[unknown])), 9),
    )
