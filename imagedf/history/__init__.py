"""A dated history of images: one Parquet file an account, day and table; read as one.

- ``layout``: where the files lie, and which of them count.
- ``commit``: changes in one step, whatever is killed.
- ``recording``, ``compacting``: what changes a history.
- ``reading``, ``lazy``: pandas and DuckDB.
"""

from imagedf.history.compacting import Compaction, compact
from imagedf.history.lazy import open_history
from imagedf.history.reading import read_history
from imagedf.history.recording import Recording, record

__all__ = ["Compaction", "Recording", "compact", "open_history", "read_history", "record"]
