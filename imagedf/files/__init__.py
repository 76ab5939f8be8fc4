"""Disk and object storage: read saved responses, read and write Parquet, write CSV and Excel.

Names are loaded on first use: a listing is streamed to Parquet without pandas.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
