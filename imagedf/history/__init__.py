"""A dated history of images: one Parquet file an account, day and table; read as one."""

from imagedf.history._compacting import Compaction, compact
from imagedf.history._growth import Trend, fit_trend, growth
from imagedf.history._layout import TABLES, Day, as_day, place
from imagedf.history._open import open_history
from imagedf.history._read import read_history, recorded_days
from imagedf.history._record import Recording, record
from imagedf.history._star import export_star, star_tables, write_star

__all__ = [
    "TABLES",
    "Compaction",
    "Day",
    "Recording",
    "Trend",
    "as_day",
    "compact",
    "export_star",
    "fit_trend",
    "growth",
    "open_history",
    "place",
    "read_history",
    "record",
    "recorded_days",
    "star_tables",
    "write_star",
]
