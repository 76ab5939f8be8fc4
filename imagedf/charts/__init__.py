"""Charts whose titles state the finding: from a frame to matplotlib Axes, without pyplot."""

from imagedf.charts._ages import ages_chart, plot_ages
from imagedf.charts._cost import cost_chart, plot_cost
from imagedf.charts._growth import plot_growth
from imagedf.charts._inline import Inline, inline, plain_style
from imagedf.charts._save import image_of, save_charts
from imagedf.charts._savings import plot_savings, savings_chart
from imagedf.charts._sizes import plot_regions, plot_sizes, regions_chart, sizes_chart
from imagedf.charts._sums import Sums

__all__ = [
    "Inline",
    "Sums",
    "ages_chart",
    "cost_chart",
    "image_of",
    "inline",
    "plain_style",
    "plot_ages",
    "plot_cost",
    "plot_growth",
    "plot_regions",
    "plot_savings",
    "plot_sizes",
    "regions_chart",
    "save_charts",
    "savings_chart",
    "sizes_chart",
]
