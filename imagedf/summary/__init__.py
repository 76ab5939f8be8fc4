"""Group images and add them up, each image once, on the engine that holds the frame."""

from imagedf.summary._deduplicate import PARTS, check_lists, image_rows_on, plain_kinds, rows_of
from imagedf.summary._shortcuts import (
    by_age,
    by_distribution,
    by_region,
    by_status,
    by_tag,
    by_type,
)
from imagedf.summary._summarize import AGE_BANDS, add_up, summarize, total_size, totals, words_of
from imagedf.summary._unknown import LARGEST_SIZE, known_size, with_gaps

__all__ = [
    "AGE_BANDS",
    "LARGEST_SIZE",
    "PARTS",
    "add_up",
    "by_age",
    "by_distribution",
    "by_region",
    "by_status",
    "by_tag",
    "by_type",
    "check_lists",
    "image_rows_on",
    "known_size",
    "plain_kinds",
    "rows_of",
    "summarize",
    "total_size",
    "totals",
    "with_gaps",
    "words_of",
]
