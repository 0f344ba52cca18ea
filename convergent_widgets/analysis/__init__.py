"""Pure functions on arrays: they know neither nets nor widgets."""

from convergent_widgets.analysis.matching import Matching, bipartite_match, semi_match
from convergent_widgets.analysis.rotation import Baseline, rotation_baseline

__all__ = ["Baseline", "Matching", "bipartite_match", "rotation_baseline", "semi_match"]
