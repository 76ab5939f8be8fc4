"""``df.imagedf``: the functions as methods of a frame, and nothing more than that."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from datetime import date, datetime
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

import imagedf

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


def install() -> None:
    """Register the accessor now if pandas is loaded, else as soon as it is."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and not getattr(pandas.__spec__, "_initializing", False):
        _register()
    else:
        sys.meta_path.insert(0, _WhenPandasLoads())


def _register() -> None:
    from pandas.api.extensions import register_dataframe_accessor

    register_dataframe_accessor("imagedf")(ImagedfAccessor)


class _WhenPandasLoads:
    """An import hook that waits for pandas, registers the accessor and is gone."""

    def find_spec(
        self, name: str, _path: object = None, _target: object = None
    ) -> ModuleSpec | None:
        """Return the spec of pandas with a loader that registers the accessor afterwards."""
        if name != "pandas" or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                _register()

            spec.loader.exec_module = exec_module  # type: ignore[method-assign] # of this loader only
        return spec


class ImagedfAccessor:
    """Thin sugar over the functions of imagedf; ``frame.imagedf.by_type()`` is ``by_type(frame)``.

    It is there once pandas and any function of imagedf have been used.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> frame.imagedf.by_type()[["type", "images"]]
           type  images
    0  snapshot       5
    1    custom       1
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    @property
    def certificate(self) -> imagedf.Certificate:
        """What the fetch can vouch for; see ``imagedf.certificate``."""
        return imagedf.certificate(self._frame)

    def explode_regions(self) -> pd.DataFrame:
        """One row per image and region; see ``imagedf.explode_regions``."""
        return imagedf.explode_regions(self._frame)

    def collapse_regions(self) -> pd.DataFrame:
        """One row per image; see ``imagedf.collapse_regions``."""
        return imagedf.collapse_regions(self._frame)

    def summarize(self, by: str | Sequence[str], *, now: datetime | None = None) -> pd.DataFrame:
        """One row per group; see ``imagedf.summarize``."""
        return imagedf.summarize(self._frame, by, now=now)

    def by_distribution(self) -> pd.DataFrame:
        """One row per distribution; see ``imagedf.by_distribution``."""
        return imagedf.by_distribution(self._frame)

    def by_type(self) -> pd.DataFrame:
        """One row per type; see ``imagedf.by_type``."""
        return imagedf.by_type(self._frame)

    def by_status(self) -> pd.DataFrame:
        """One row per status; see ``imagedf.by_status``."""
        return imagedf.by_status(self._frame)

    def by_region(self) -> pd.DataFrame:
        """One row per region; see ``imagedf.by_region``."""
        return imagedf.by_region(self._frame)

    def by_tag(self) -> pd.DataFrame:
        """One row per tag; see ``imagedf.by_tag``."""
        return imagedf.by_tag(self._frame)

    def by_age(self, *, now: datetime | None = None) -> pd.DataFrame:
        """One row per age band; see ``imagedf.by_age``."""
        return imagedf.by_age(self._frame, now=now)

    def totals(self) -> pd.DataFrame:
        """One row for the whole frame; see ``imagedf.totals``."""
        return imagedf.totals(self._frame)

    def total_size(self) -> float:
        """GB of all images, each once; see ``imagedf.total_size``."""
        return imagedf.total_size(self._frame)

    def cost(
        self, prices: imagedf.PriceBook | None = None, *, on: date | None = None
    ) -> pd.DataFrame:
        """Each image with its monthly cost; see ``imagedf.estimate_cost``."""
        return imagedf.estimate_cost(self._frame, prices, on=on)

    def savings(
        self,
        rules: Sequence[imagedf.rules.Rule | imagedf.rules.Protect] | None = None,
        *,
        now: datetime | None = None,
        prices: imagedf.PriceBook | None = None,
    ) -> pd.DataFrame:
        """Which images could go, and why; see ``imagedf.find_savings``."""
        return imagedf.find_savings(self._frame, rules, now=now, prices=prices)

    def plot(self, by: str | Sequence[str] = "distribution", *, ax: Axes | None = None) -> Axes:
        """GB by group as bars; see ``imagedf.plot_sizes``."""
        return imagedf.plot_sizes(self._frame, by, ax=ax)
