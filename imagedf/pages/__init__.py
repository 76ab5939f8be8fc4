"""Response bodies to Arrow: one parser for every endpoint, strict, and no network."""

from imagedf.pages._duplicates import Duplicates, Members
from imagedf.pages._explode import (
    Spread,
    explode_images,
    region_rows,
    repeated,
    stacked,
    without_repeats,
)
from imagedf.pages._own import count_own, own_rows
from imagedf.pages._parse import GROUP, Batch, parse_pages
from imagedf.pages._shape import IMAGES, Shape
from imagedf.pages._strict import Page, read_page

__all__ = [
    "GROUP",
    "IMAGES",
    "Batch",
    "Duplicates",
    "Members",
    "Page",
    "Shape",
    "Spread",
    "count_own",
    "explode_images",
    "own_rows",
    "parse_pages",
    "read_page",
    "region_rows",
    "repeated",
    "stacked",
    "without_repeats",
]
