"""The network: ``GET /v2/images``, whole or an error."""

from imagedf.client._budget import Budget, Clock
from imagedf.client._fetch import fetch_frame, fetch_images, fetch_parquet
from imagedf.client._listing import Restart, open_fetch
from imagedf.client._settings import Limits, Settings, check_settings

__all__ = [
    "Budget",
    "Clock",
    "Limits",
    "Restart",
    "Settings",
    "check_settings",
    "fetch_frame",
    "fetch_images",
    "fetch_parquet",
    "open_fetch",
]
