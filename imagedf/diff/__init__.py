"""Compare two listings, in GB and dollars, so that the differences add up."""

from imagedf.diff._diff import diff_images, diff_totals

__all__ = [
    "diff_images",
    "diff_totals",
]
