"""``df.imagedf``: the functions of imagedf as methods of a pandas frame.

``import imagedf`` must not import pandas, so an import hook registers the accessor as soon
as pandas is loaded, whichever of the two was imported first.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import MethodType, ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

METHODS = (
    "by_age",
    "by_distribution",
    "by_region",
    "by_status",
    "by_tag",
    "by_type",
    "certificate",
    "collapse_regions",
    "cost_summary",
    "diff_images",
    "diff_totals",
    "estimate_cost",
    "explode_regions",
    "export_star",
    "find_savings",
    "fit_trend",
    "growth",
    "own_images",
    "plot_ages",
    "plot_cost",
    "plot_growth",
    "plot_regions",
    "plot_savings",
    "plot_sizes",
    "reconcile",
    "record",
    "render_report",
    "save_charts",
    "save_plan",
    "savings_summary",
    "summarize",
    "to_csv",
    "to_excel",
    "to_parquet",
    "total_size",
    "totals",
    "write_report",
)
"""The public functions whose first argument is a frame."""


class ImagedfAccessor:
    """The functions of imagedf as methods: ``frame.imagedf.by_type()`` is ``by_type(frame)``.

    Creating it checks nothing; each function checks the frame that it is given.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> frame.imagedf.by_type()[["type", "images"]]
           type  images
    0  snapshot       5
    1    custom       1
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def __getattr__(self, name: str) -> MethodType:
        if name in METHODS:
            return MethodType(getattr(sys.modules["imagedf"], name), self._frame)
        raise AttributeError(
            f"df.imagedf has no method {name!r}", name=name, obj=self
        )  # with name and obj, Python suggests the nearest method

    def __dir__(self) -> list[str]:
        return list(METHODS)

    def __repr__(self) -> str:
        return f"<df.imagedf of {len(self._frame):,} rows: {', '.join(METHODS[:3])}, …>"

    def _repr_html_(self) -> str:
        return f"<p>{repr(self).replace('<', '&lt;').replace('>', '&gt;')}</p>"


def install() -> None:
    """Register the accessor now if pandas is loaded, otherwise as soon as it is."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and not getattr(pandas.__spec__, "_initializing", False):
        _register()
    else:
        sys.meta_path.insert(0, _WhenPandasLoads())


def _register() -> None:
    from pandas.api.extensions import register_dataframe_accessor

    register_dataframe_accessor("imagedf")(ImagedfAccessor)


class _WhenPandasLoads:
    """An import hook that registers the accessor after pandas, and then removes itself."""

    def find_spec(
        self, name: str, _path: object = None, _target: object = None
    ) -> ModuleSpec | None:
        """Return the spec of pandas with a loader that also registers the accessor."""
        if name != "pandas" or self not in sys.meta_path:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                _register()

            spec.loader.exec_module = exec_module  # type: ignore[method-assign] # of this loader only
        return spec
