"""Total images by group, counting each image once, on the engine that has the frame."""

from imagedf.summary._add_up import add_up, allocated_name
from imagedf.summary._deduplicate import image_rows_on, rows_of
from imagedf.summary._engines import check_lists, one_row_per_image
from imagedf.summary._keys import AGE_BANDS, PARTS
from imagedf.summary._shortcuts import (
    by_age,
    by_distribution,
    by_region,
    by_status,
    by_tag,
    by_type,
)
from imagedf.summary._summarize import summarize, total_size, totals
from imagedf.summary._unknown import LARGEST_SIZE, known_size, known_sizes

__all__ = [
    "AGE_BANDS",
    "LARGEST_SIZE",
    "PARTS",
    "add_up",
    "allocated_name",
    "by_age",
    "by_distribution",
    "by_region",
    "by_status",
    "by_tag",
    "by_type",
    "check_lists",
    "image_rows_on",
    "known_size",
    "known_sizes",
    "one_row_per_image",
    "rows_of",
    "summarize",
    "total_size",
    "totals",
]
