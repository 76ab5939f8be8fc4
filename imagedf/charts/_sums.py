"""The sums that charts and tables of one frame show."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import pandas as pd

from imagedf.frame import Moment
from imagedf.summary import summarize, totals

_SIZE = "size_gigabytes"


class Sums:
    """The sums of one frame, each computed once, however many charts and tables show it."""

    def __init__(self, frame: pd.DataFrame, now: Moment | None = None) -> None:
        self.frame = frame
        self.now = now
        self._summaries: dict[str, pd.DataFrame] = {}

    def by(self, keys: str | Sequence[str]) -> pd.DataFrame:
        """Return the summary by these keys."""
        name = repr(keys)
        if name not in self._summaries:
            self._summaries[name] = summarize(self.frame, keys, now=self.now)
        return self._summaries[name]

    @cached_property
    def total(self) -> pd.Series[Any]:
        """The totals of the frame."""
        return totals(self.frame).iloc[0]

    @property
    def whole(self) -> tuple[float, int]:
        """The known GB of the frame, and the number of images with unknown size."""
        size = self.total[_SIZE]
        return (0.0 if pd.isna(size) else float(size)), int(self.total["unknown_size"])
