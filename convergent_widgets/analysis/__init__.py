"""Pure functions on arrays: they know neither nets nor widgets."""

from convergent_widgets.analysis.clustering import Clusters, Split, block_affinity, spectral_clusters
from convergent_widgets.analysis.information import mutual_information
from convergent_widgets.analysis.matching import Matching, bipartite_match, semi_match
from convergent_widgets.analysis.prediction import Prediction, held_out_moments, sparse_prediction
from convergent_widgets.analysis.rotation import Baseline, rotation_baseline

__all__ = [
    "Baseline",
    "Clusters",
    "Matching",
    "Prediction",
    "Split",
    "bipartite_match",
    "block_affinity",
    "held_out_moments",
    "mutual_information",
    "rotation_baseline",
    "semi_match",
    "sparse_prediction",
    "spectral_clusters",
]
