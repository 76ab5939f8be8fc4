"""Charts that say what they show: a frame in, matplotlib Axes out, pyplot never touched."""

from imagedf.charts.growth import plot_growth
from imagedf.charts.money import plot_cost, plot_savings
from imagedf.charts.plots import plot_ages, plot_regions, plot_sizes
from imagedf.charts.save import image_of, save_charts, standard_charts

__all__ = [
    "image_of",
    "plot_ages",
    "plot_cost",
    "plot_growth",
    "plot_regions",
    "plot_savings",
    "plot_sizes",
    "save_charts",
    "standard_charts",
]
