"""Charts whose titles state the finding: from a frame to matplotlib Axes, without pyplot."""

from imagedf.charts._ages import plot_ages
from imagedf.charts._cost import plot_cost
from imagedf.charts._growth import plot_growth
from imagedf.charts._inline import Inline, inline, plain_style
from imagedf.charts._save import image_of, save_charts
from imagedf.charts._savings import plot_savings
from imagedf.charts._sizes import plot_regions, plot_sizes

__all__ = [
    "Inline",
    "image_of",
    "inline",
    "plain_style",
    "plot_ages",
    "plot_cost",
    "plot_growth",
    "plot_regions",
    "plot_savings",
    "plot_sizes",
    "save_charts",
]
