"""Many to many: spectral clustering of the units of two nets together. Li et al. 2015, section 5."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from convergent_widgets.analysis.checks import real, whole
from convergent_widgets.analysis.matching import check_correlation

SIGNS = ("clip", "absolute")
METHODS = ("flat", "hierarchical")
STARTS = 20
ROUNDING = 1e-6
MOST_SEED = 2**32 - 1


class Split(NamedTuple):
    """A part of the units and the two it was split into: their rows, (n,) int64, ascending; `left` has no fewer.

    `cut` is the normalised cut between them within the part, from 0 (nothing in common) to 2 (Shi and Malik 2000).
    """

    left: np.ndarray
    right: np.ndarray
    cut: float


@dataclass(frozen=True)
class Clusters:
    """Which units belong together.

    `labels` (rows,) int64: 0 for the largest cluster, those of equal size by their lowest row; -1 for dead units.
    `clusters` is how many there are. `tree` holds the splits of hierarchical clustering in the order they were made:
    the first is of all live units, each later one of a side of an earlier one; the sides never split again are the
    clusters. It is empty for flat clustering.
    """

    labels: np.ndarray
    clusters: int
    tree: tuple[Split, ...]


@dataclass(frozen=True)
class Sharing:
    """How much of each cluster two nets share, (clusters,) float64 each: see `cluster_sharing`."""

    inside: np.ndarray
    outside: np.ndarray


def block_affinity(corr_aa: np.ndarray, corr_ab: np.ndarray, corr_bb: np.ndarray, sign: str = "clip") -> np.ndarray:
    """The affinity of all units of A and B, (C_a + C_b, C_a + C_b): [[within A, between], [between^T, within B]].

    From correlations (C_a, C_a), (C_a, C_b) and (C_b, C_b). The paper does not say what becomes of negative ones:
    "clip" makes them 0, units that exclude each other being no more alike than unrelated ones; "absolute" drops the
    sign, as the subspace that units span does not depend on it. A dead unit, whose correlation with itself is NaN, has
    NaN in its row and column.

    Raises ValueError for shapes that do not fit, another `sign`, or a NaN between live units.
    """
    corr_aa, corr_ab, corr_bb = _check_blocks(corr_aa, corr_ab, corr_bb)
    if sign not in SIGNS:
        raise ValueError(f"`sign` must be one of {SIGNS}, got {sign!r}")
    blocks = np.block([[corr_aa, corr_ab], [corr_ab.T, corr_bb]])
    dead = np.isnan(np.diagonal(blocks))
    affinity = np.abs(blocks) if sign == "absolute" else np.maximum(blocks, 0.0)
    affinity[dead] = np.nan
    affinity[:, dead] = np.nan
    if np.isnan(affinity[np.ix_(~dead, ~dead)]).any():
        raise ValueError("clustering needs a correlation for every pair of live units; some are NaN")
    return affinity


def spectral_clusters(
    affinity: np.ndarray,
    clusters: int | None = None,
    seed: int = 0,
    *,
    method: str = "flat",
    fewest: int = 2,
    self_affinity: bool = False,
) -> Clusters:
    """Cluster units by the eigenvectors of the normalised Laplacian I - D^(-1/2) A D^(-1/2) of their affinity A.

    `affinity` (units, units) is symmetric and not negative; a row of NaN marks a dead unit, which is in no cluster.
    What the paper leaves open:

    - `clusters`, their number. None takes the number of eigenvalues before the greatest gap (von Luxburg 2007, section
      8.3), looking from `fewest` on. It is 2 because the first gap, which tells how well the whole hangs together, is
      mostly the greatest in real layers. No more are taken than there are eigenvalues below 1, since vectors above set
      units apart that are unlike: equal affinities throughout are one cluster.
    - `method`. "flat": k-means (seeded by `seed`, the best of 20 starts) on the rows, brought to length 1, of the
      eigenvectors of the least eigenvalues (Ng, Jordan and Weiss 2001). "hierarchical": two-way splits, each along the
      second eigenvector of the part's own Laplacian where the normalised cut is least (Shi and Malik 2000), next the
      part with the least cut, until there are so many clusters.
    - `self_affinity`, whether a unit's affinity to itself counts. Where it does, hierarchical clustering mostly splits
      single units off that have little to do with all others.

    Units or groups without any affinity to the rest are clusters first of all: the largest ones, and what is left
    together, where fewer clusters are asked for than there are groups. There are fewer clusters than asked for where
    k-means can't tell units apart. Labels do not depend on the order of the units, save where ties leave a choice. Time
    grows with their number cubed.

    Raises ValueError for an affinity that is not square, symmetric, finite between live units and not negative, an
    unknown method, `fewest` below 1, a seed outside 0 to 2^32 - 1, a number of clusters outside 1 to the number of live
    units, and for what of these is no whole number. Where all units are dead, there is no number to ask for.
    """
    affinity = _check_affinity(affinity)
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {METHODS}, got {method!r}")
    fewest, seed = whole("fewest", fewest, 1), whole("seed", seed, 0, MOST_SEED)
    live = np.flatnonzero(~np.isnan(affinity).all(axis=1))
    weights = affinity[np.ix_(live, live)]
    if np.isnan(weights).any():
        raise ValueError("`affinity` must be finite between live units; a dead unit is NaN in all of its row")
    if clusters is not None:
        if not live.size:
            raise ValueError(f"`clusters` must be None, since no unit is live, got {clusters!r}")
        clusters = whole("clusters", clusters, 1, live.size, ", the number of live units")
    labels = np.full(len(affinity), -1, dtype=np.int64)
    if not live.size:
        return Clusters(labels, 0, ())
    if not self_affinity:
        np.fill_diagonal(weights, 0.0)
    order = _canonical_order(weights)
    rows, weights = live[order], weights[np.ix_(order, order)]
    values, vectors = np.linalg.eigh(_laplacian(weights))
    groups = _groups(weights)
    count = _by_eigengap(values, fewest, groups.max() + 1) if clusters is None else clusters
    tree: tuple[Split, ...] = ()
    if method == "hierarchical":
        tree, found = _hierarchical(weights, rows, count)
    elif count <= groups.max() + 1:
        found = np.minimum(_ranked(groups, rows), count - 1)
    else:
        found = _k_means(vectors[:, :count], count, seed)
    labels[rows] = _ranked(found, rows)
    return Clusters(labels, int(labels.max()) + 1, tree)


def cluster_sharing(labels: np.ndarray, corr_aa: np.ndarray, corr_ab: np.ndarray, corr_bb: np.ndarray) -> Sharing:
    """How much of each cluster two nets share: linear CKA of its units of A with its units of B, standardised.

    `labels` (C_a + C_b,) are those of `spectral_clusters`; correlations are (C_a, C_a), (C_a, C_b) and (C_b, C_b).
    `inside` is r^2 summed over the pairs between the nets, divided by the geometric mean of the same sums within A and
    within B (Kornblith et al. 2019, equation 4): for one unit each it is their r^2; 1 where the nets' units are the
    same up to a rotation; 0 where the cluster holds units of one net only. `outside` is what it is to be seen beside:
    the same for the cluster's units of A with B's units outside it, and the other way around, averaged; NaN where
    there are none.

    Raises ValueError for shapes that do not fit.
    """
    blocks = _check_blocks(corr_aa, corr_ab, corr_bb)
    a, b = blocks[1].shape
    labels = np.asarray(labels)
    if labels.shape != (a + b,):
        raise ValueError(f"`labels` must be one for each unit, ({a + b},), got shape {labels.shape}")
    clusters = np.arange(labels.max(initial=-1) + 1)
    in_a, in_b = ((part[:, None] == clusters).astype(np.float64) for part in (labels[:a], labels[a:]))
    aa, ab, bb = (np.nan_to_num(block) ** 2 for block in blocks)
    aa, ab, bb = in_a.T @ aa @ in_a, in_a.T @ ab @ in_b, in_b.T @ bb @ in_b
    own_a, own, own_b = np.diagonal(aa), np.diagonal(ab), np.diagonal(bb)
    outside = np.stack(
        [
            _ratio(ab.sum(1) - own, own_a * (bb.sum() - 2 * bb.sum(1) + own_b)),
            _ratio(ab.sum(0) - own, own_b * (aa.sum() - 2 * aa.sum(1) + own_a)),
        ]
    )
    there = ~np.isnan(outside)
    counted = there.sum(0)
    means = np.where(there, outside, 0.0).sum(0) / np.maximum(counted, 1)
    return Sharing(np.nan_to_num(_ratio(own, own_a * own_b)), np.where(counted, means, np.nan))


def _ratio(between: np.ndarray, within: np.ndarray) -> np.ndarray:
    """`between` over the root of `within`; NaN where that is no more than what rounding leaves of sums of r^2."""
    there = within > ROUNDING
    return np.where(there, between, np.nan) / np.sqrt(np.where(there, within, 1.0))


def _check_blocks(
    corr_aa: np.ndarray, corr_ab: np.ndarray, corr_bb: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    corr_aa, corr_ab, corr_bb = (check_correlation(corr) for corr in (corr_aa, corr_ab, corr_bb))
    a, b = corr_ab.shape
    if corr_aa.shape != (a, a) or corr_bb.shape != (b, b):
        raise ValueError(
            f"`corr_aa` and `corr_bb` must be {(a, a)} and {(b, b)} to fit `corr_ab`, "
            f"got {corr_aa.shape} and {corr_bb.shape}"
        )
    return corr_aa, corr_ab, corr_bb


def _check_affinity(affinity: np.ndarray) -> np.ndarray:
    affinity = real("affinity", affinity)
    if affinity.ndim != 2 or affinity.shape[0] != affinity.shape[1]:
        raise ValueError(f"`affinity` must be square, (units, units), got shape {affinity.shape}")
    if np.isinf(affinity).any():
        raise ValueError("`affinity` must be finite between live units; it holds infinity")
    if (affinity < 0).any():
        raise ValueError(f"`affinity` must not be negative, got {np.nanmin(affinity):.3g}; see `block_affinity`")
    if not np.allclose(affinity, affinity.T, rtol=ROUNDING, atol=ROUNDING, equal_nan=True):
        raise ValueError("`affinity` must be symmetric")
    return (affinity + affinity.T) / 2


def _canonical_order(weights: np.ndarray) -> np.ndarray:
    """An order of the units that follows from their affinities alone: the one they came in decides nothing."""
    return np.lexsort(np.sort(weights, axis=1).T)


def _laplacian(weights: np.ndarray) -> np.ndarray:
    """The symmetric normalised Laplacian; a unit without affinities is a group of its own, with eigenvalue 0."""
    degrees = weights.sum(axis=1)
    alone = degrees == 0
    scale = 1 / np.sqrt(np.where(alone, 1.0, degrees))
    laplacian = np.eye(len(weights)) - weights * np.outer(scale, scale)
    laplacian[alone, alone] = 0.0
    return laplacian


def _groups(weights: np.ndarray) -> np.ndarray:
    """Which units are connected at all: the number of each unit's group."""
    from scipy.sparse.csgraph import connected_components

    return connected_components(weights > 0, directed=False)[1]


def _by_eigengap(values: np.ndarray, fewest: int, groups: int) -> int:
    below = int((values[:-1] < 1 - ROUNDING).sum())
    gaps = np.diff(values)[fewest - 1 : below]
    return max(fewest + int(gaps.argmax()) if gaps.size else below, groups)


def _k_means(vectors: np.ndarray, count: int, seed: int) -> np.ndarray:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    points = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different points than clusters
        return KMeans(count, n_init=STARTS, random_state=seed).fit_predict(points)


def _hierarchical(weights: np.ndarray, rows: np.ndarray, count: int) -> tuple[tuple[Split, ...], np.ndarray]:
    """Split until there are `count` parts; the splits, and the number of each unit's part."""
    labels = np.zeros(len(weights), dtype=np.int64)
    waiting = {0: _bisect(weights, np.arange(len(weights)))}
    tree = []
    for new in range(1, count):
        part = min(waiting, key=lambda number: waiting[number][2])
        left, right, cut = waiting.pop(part)
        first, second = sorted((np.sort(rows[side]) for side in (left, right)), key=lambda side: (-side.size, side[0]))
        tree.append(Split(first, second, cut))
        labels[right] = new
        for number, side in ((part, left), (new, right)):
            if side.size > 1 and new + 1 < count:
                waiting[number] = _bisect(weights, side)
    return tuple(tree), labels


def _bisect(weights: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Two sides of a part, and the normalised cut between them; a part in pieces gives its largest piece."""
    if units.size < 2:
        return units, units[:0], 0.0
    within = weights[np.ix_(units, units)]
    groups = _groups(within)
    if groups.any():
        largest = groups == np.bincount(groups).argmax()
        return units[largest], units[~largest], 0.0
    order = np.argsort(_second_vector(within), kind="stable")
    within = within[np.ix_(order, order)]
    degrees = within.sum(axis=1)
    volume = np.cumsum(degrees)
    inside = np.cumsum(2 * np.tril(within, -1).sum(axis=1) + np.diagonal(within))
    cut = np.maximum(volume - inside, 0.0)[:-1]
    normalised = cut / volume[:-1] + cut / (volume[-1] - volume[:-1])
    place = int(normalised.argmin()) + 1
    return units[np.sort(order[:place])], units[np.sort(order[place:])], float(normalised[place - 1])


def _second_vector(weights: np.ndarray) -> np.ndarray:
    """The relaxed minimiser of the normalised cut: D^(-1/2) times the second eigenvector of the Laplacian."""
    from scipy.linalg import eigh

    vector = eigh(_laplacian(weights), subset_by_index=[1, 1])[1][:, 0]
    return vector / np.sqrt(weights.sum(axis=1))


def _ranked(labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The same clusters numbered by size, then by their lowest row."""
    names, members, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    lowest = np.full(names.size, np.iinfo(np.int64).max)
    np.minimum.at(lowest, members, rows)
    rank = np.empty(names.size, np.int64)
    rank[np.lexsort((lowest, -sizes))] = np.arange(names.size)
    return rank[members]
