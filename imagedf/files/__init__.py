"""Disk and object storage: saved responses in; Parquet, CSV and Excel in and out.

Names are loaded when they are first used: a listing is streamed to Parquet without pandas.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
