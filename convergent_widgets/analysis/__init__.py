"""Pure functions on arrays: they know neither nets nor widgets."""

from convergent_widgets.analysis.information import mutual_information
from convergent_widgets.analysis.matching import Matching, bipartite_match, semi_match
from convergent_widgets.analysis.prediction import Prediction, held_out_moments, sparse_prediction
from convergent_widgets.analysis.rotation import Baseline, rotation_baseline

__all__ = [
    "Baseline",
    "Matching",
    "Prediction",
    "bipartite_match",
    "held_out_moments",
    "mutual_information",
    "rotation_baseline",
    "semi_match",
    "sparse_prediction",
]
