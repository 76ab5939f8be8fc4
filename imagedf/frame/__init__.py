"""Arrow to the typed frame and back, and the two grains."""

from imagedf.frame._columns import GrowingFrame, to_frame
from imagedf.frame._completeness import whole
from imagedf.frame._frame import (
    LISTS,
    as_of,
    certificate,
    collapse_regions,
    day_of,
    explode_regions,
    list_array,
    typed,
)
from imagedf.frame._identity import (
    first_rows,
    identity_in,
    identity_of,
    image_codes,
    image_rows,
    require,
    require_one_day,
)

__all__ = [
    "LISTS",
    "GrowingFrame",
    "as_of",
    "certificate",
    "collapse_regions",
    "day_of",
    "explode_regions",
    "first_rows",
    "identity_in",
    "identity_of",
    "image_codes",
    "image_rows",
    "list_array",
    "require",
    "require_one_day",
    "to_frame",
    "typed",
    "whole",
]
