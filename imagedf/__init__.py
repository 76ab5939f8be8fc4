"""Every snapshot, backup and custom image of your DigitalOcean accounts, priced and complete.

Fetch the complete listing into a typed pandas frame, then pass the frame on:

>>> import imagedf
>>> frame = imagedf.example()
>>> round(imagedf.total_size(frame), 2)
14.06

- Fetch and read: ``fetch_images``, ``read_images``, ``read_parquet``.
- Count: ``summarize``, ``by_type``, ``by_region``, ``total_size``, ``totals``.
- Cost: ``estimate_cost``, ``cost_summary``, ``find_savings``.
- Save and compare: ``to_parquet``, ``export_star``, ``record``, ``growth``, ``diff_images``.
- Visualize: ``plot_sizes``, ``plot_cost``, ``write_report``.

The public names are listed in ``__init__.pyi``, which type checkers also read, and are loaded
on first use, so that ``import imagedf`` stays fast.
"""

import lazy_loader

from imagedf._accessor import install
from imagedf._version import __version__ as __version__

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
install()


def __getattr__(name: str) -> object:
    if name in __all__:
        return _load(name)
    import difflib

    close = difflib.get_close_matches(name, __all__, n=1, cutoff=0.5)
    hint = f"; did you mean {close[0]}?" if close else ""
    # With obj=None, Python doesn't add a second suggestion to ours.
    raise AttributeError(f"module 'imagedf' has no attribute {name!r}{hint}", name=name, obj=None)
