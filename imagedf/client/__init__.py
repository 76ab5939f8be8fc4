"""The network: fetch listings from the API, complete or with an error."""

from imagedf.client._budget import Budget, Clock
from imagedf.client._endpoint import IMAGES, Endpoint
from imagedf.client._fetch import fetch_frame, fetch_images
from imagedf.client._listing import Restart
from imagedf.client._pool import Fetch, Listed, TableRows, open_fetch
from imagedf.client._readings import Verify
from imagedf.client._settings import Limits, Settings, check_settings
from imagedf.client._shared import shared_images
from imagedf.client._stream import fetch_parquet

__all__ = [
    "IMAGES",
    "Budget",
    "Clock",
    "Endpoint",
    "Fetch",
    "Limits",
    "Listed",
    "Restart",
    "Settings",
    "TableRows",
    "Verify",
    "check_settings",
    "fetch_frame",
    "fetch_images",
    "fetch_parquet",
    "open_fetch",
    "shared_images",
]
