"""What changed between two listings, in GB and dollars, so that it adds up."""

from imagedf.diff._diff import diff_images, diff_totals

__all__ = [
    "diff_images",
    "diff_totals",
]
