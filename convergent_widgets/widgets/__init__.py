"""The views of a Comparison. Nothing in here imports torch; panels import what they need when they are opened."""

from convergent_widgets.widgets.data import Data
from convergent_widgets.widgets.explorer import Explorer
from convergent_widgets.widgets.run import Run
from convergent_widgets.widgets.selection import Selection
from convergent_widgets.widgets.views import Gallery, Matrix, RankPlot, View, Wall

__all__ = ["Data", "Explorer", "Gallery", "Matrix", "RankPlot", "Run", "Selection", "View", "Wall"]
