"""The typed frame: conversion from and to Arrow, the two layouts, identity and completeness."""

from imagedf.frame._certificate import certificate_of, without_attrs
from imagedf.frame._columns import (
    PANDAS_TYPES,
    collector_paused,
    list_series,
    to_arrow,
    to_frame,
)
from imagedf.frame._completeness import (
    Coverage,
    certificate,
    completeness_line,
    coverage,
    is_own,
    own_images,
    require_complete,
)
from imagedf.frame._growing import GrowingFrame
from imagedf.frame._identity import (
    first_rows,
    identity_in,
    identity_of,
    image_codes,
    image_rows,
    kind_of,
    require,
    require_agreement,
    require_one_day,
)
from imagedf.frame._regions import collapse_regions, explode_regions
from imagedf.frame._time import (
    Day,
    Moment,
    as_of,
    assumed_day,
    day_of,
    read_day,
    read_moment,
    utc_days,
)
from imagedf.frame._typed import LISTS, list_array, typed

__all__ = [
    "LISTS",
    "PANDAS_TYPES",
    "Coverage",
    "Day",
    "GrowingFrame",
    "Moment",
    "as_of",
    "assumed_day",
    "certificate",
    "certificate_of",
    "collapse_regions",
    "collector_paused",
    "completeness_line",
    "coverage",
    "day_of",
    "explode_regions",
    "first_rows",
    "identity_in",
    "identity_of",
    "image_codes",
    "image_rows",
    "is_own",
    "kind_of",
    "list_array",
    "list_series",
    "own_images",
    "read_day",
    "read_moment",
    "require",
    "require_agreement",
    "require_complete",
    "require_one_day",
    "to_arrow",
    "to_frame",
    "typed",
    "utc_days",
    "without_attrs",
]
