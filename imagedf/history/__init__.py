"""A dated history of your own images: one Parquet file per account and day."""

from imagedf.frame import Day
from imagedf.history._export import export_star
from imagedf.history._growth import growth
from imagedf.history._open import open_history
from imagedf.history._read import read_history, recorded_days
from imagedf.history._record import Recording, record
from imagedf.history._trend import Trend, fit_trend

__all__ = [
    "Day",
    "Recording",
    "Trend",
    "export_star",
    "fit_trend",
    "growth",
    "open_history",
    "read_history",
    "record",
    "recorded_days",
]
