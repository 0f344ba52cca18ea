"""Pure functions on arrays: they know neither nets nor widgets."""

from convergent_widgets.analysis.activity import MeanActivations, match_factors, mean_activations
from convergent_widgets.analysis.clustering import (
    Clusters,
    Sharing,
    Split,
    block_affinity,
    cluster_sharing,
    spectral_clusters,
)
from convergent_widgets.analysis.control import rotated_control
from convergent_widgets.analysis.cycles import Cycle, cycle
from convergent_widgets.analysis.halves import HeldOut, held_out, sampling_error
from convergent_widgets.analysis.information import mutual_information
from convergent_widgets.analysis.matching import Matching, bipartite_match, semi_match
from convergent_widgets.analysis.orders import matched_order
from convergent_widgets.analysis.prediction import Prediction, held_out_moments, sparse_prediction
from convergent_widgets.analysis.rotation import Baseline, rotation_baseline
from convergent_widgets.analysis.similarity import cka

__all__ = [
    "Baseline",
    "Clusters",
    "Cycle",
    "HeldOut",
    "Matching",
    "MeanActivations",
    "Prediction",
    "Sharing",
    "Split",
    "bipartite_match",
    "block_affinity",
    "cka",
    "cluster_sharing",
    "cycle",
    "held_out",
    "held_out_moments",
    "match_factors",
    "matched_order",
    "mean_activations",
    "mutual_information",
    "rotated_control",
    "rotation_baseline",
    "sampling_error",
    "semi_match",
    "sparse_prediction",
    "spectral_clusters",
]
