"""Everything that runs nets: the only part, besides the zoo's own nets, that imports torch."""

from convergent_widgets.compute.information import MutualInformation, StreamingMutualInformation, bin_edges
from convergent_widgets.compute.statistics import StreamingStatistics
from convergent_widgets.moments import Moments

__all__ = ["Moments", "MutualInformation", "StreamingMutualInformation", "StreamingStatistics", "bin_edges"]
