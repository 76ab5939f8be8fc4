"""Bytes of ``GET /v2/images`` to Arrow: one row an image, or one clear error."""

from imagedf.pages._duplicates import Repeats
from imagedf.pages._parse import (
    GROUP,
    Batch,
    Page,
    explode_images,
    parse_pages,
    region_rows,
    stacked,
    without_repeats,
)
from imagedf.pages._strict import read_page

__all__ = [
    "GROUP",
    "Batch",
    "Page",
    "Repeats",
    "explode_images",
    "parse_pages",
    "read_page",
    "region_rows",
    "stacked",
    "without_repeats",
]
