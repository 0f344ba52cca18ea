"""What a Comparison answers about clusters of the units of two nets: which, in what order, and how much is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from convergent_widgets.analysis.clustering import block_affinity

if TYPE_CHECKING:
    from convergent_widgets.analysis.clustering import Clusters
    from convergent_widgets.comparison import Comparison


def clusters(
    comparison: Comparison, layer: str, a: str, b: str, clusters: int | None
) -> tuple[dict[str, Any], list[bytes]]:
    """The units of two nets in `clusters` clusters, as many as the largest eigengap says where that is None.

    Three buffers, of net a's units and then net b's: labels int32, -1 for dead units; the live ones in the order of the
    block matrix int32 (cluster by cluster, a's before b's, those first that are most like the cluster's units of the
    other net); and that affinity float32, the mean with all of them, NaN where there are none. By label, `sizes` are
    the numbers of a's and of b's units, `shared` and `outside` those of `Comparison.cluster_sharing`. `order` are the
    labels along the diagonal: clusters that were split from one another last stand side by side.
    """
    if clusters is not None and (isinstance(clusters, bool) or not isinstance(clusters, int)):
        raise ValueError(f"`clusters` must be a whole number or None, got {clusters!r}")
    found = comparison.clusters(layer, a, b, clusters)
    sharing = comparison.cluster_sharing(layer, a, b, clusters)
    rows, columns = comparison.units(layer, a), comparison.units(layer, b)
    of_b = np.arange(rows + columns) >= rows
    affinity = _affinity_to_other(comparison, layer, a, b, found.labels)
    along = _along_the_diagonal(found)
    place = np.full(found.clusters + 1, -1)  # the last one is for label -1
    place[along] = np.arange(found.clusters)
    order = np.lexsort((-np.nan_to_num(affinity), of_b, place[found.labels]))
    sizes = [[int(((found.labels == label) & side).sum()) for side in (~of_b, of_b)] for label in range(found.clusters)]
    meta = {
        "rows": rows,
        "columns": columns,
        "asked": clusters,
        "sizes": sizes,
        "order": along,
        "shared": sharing.inside.tolist(),
        "outside": [None if np.isnan(value) else value for value in sharing.outside.tolist()],
    }
    live = order[found.labels[order] >= 0]
    return meta, [found.labels.astype("<i4").tobytes(), live.astype("<i4").tobytes(), affinity.astype("<f4").tobytes()]


def _affinity_to_other(comparison: Comparison, layer: str, a: str, b: str, labels: np.ndarray) -> np.ndarray:
    """Each unit's mean affinity to the units of the other net in its cluster, NaN where there are none."""
    ask = comparison.correlation
    rows = comparison.units(layer, a)
    between = np.nan_to_num(block_affinity(ask(layer, a, a), ask(layer, a, b), ask(layer, b, b))[:rows, rows:])
    together = (labels[:rows, None] == labels[rows:]) & (labels[:rows, None] >= 0)
    sums, counts = np.where(together, between, 0.0), together
    total = np.concatenate([sums.sum(1), sums.sum(0)])
    number = np.concatenate([counts.sum(1), counts.sum(0)])
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _along_the_diagonal(found: Clusters) -> list[int]:
    """The labels in an order that keeps both sides of every split together, the larger one first."""
    if not found.tree:
        return list(range(found.clusters))
    parts = [np.concatenate(found.tree[0][:2])]
    for left, right, _ in found.tree:
        place = next(place for place, part in enumerate(parts) if left[0] in part)
        parts[place : place + 1] = [left, right]
    return [int(found.labels[part[0]]) for part in parts]
