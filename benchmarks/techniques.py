"""What the techniques cost on a result, each beside the direct way of scipy or scikit-learn, as ratios of one run.

    python benchmarks/techniques.py [--rounds 3]

The embedded default, and made-up layers of 384 units whose correlations fall off as those of trained nets do.
"""

import argparse
import os
import warnings
from itertools import permutations

import numpy as np
import scipy
import sklearn
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import SpectralClustering
from sklearn.linear_model import lars_path_gram
from timing import median_seconds

import convergent_widgets as cw
from convergent_widgets.analysis import (
    bipartite_match,
    block_affinity,
    semi_match,
    sparse_prediction,
    spectral_clusters,
)
from convergent_widgets.analysis.prediction import PENALTIES, held_out_moments

TARGETS = 8


def row(task, ours, theirs="", other=None):
    """Print one line: our time, the direct way's and the ratio."""
    beside = "" if other is None else f"{theirs:<48}{other:9.3f} s   ratio {ours / other:.2f}"
    print(f"{task:<66}{ours:9.3f} s   {beside}")


def activations(units, nets=2, rows=20_000, causes=200, seed=0):
    """Rectified mixtures of common causes of falling strength, (rows, units) for each net."""
    random = np.random.default_rng(seed)
    strength = 1 / np.sqrt(1 + np.arange(causes) / 40)
    common = random.standard_normal((rows, causes)) * strength
    return [
        np.maximum(common @ random.standard_normal((causes, units)) / 3 + random.standard_normal((rows, units)), 0)
        for _ in range(nets)
    ]


def matching(comparison, rounds):
    """All pairs and layers of a result, both methods."""
    asked = [(layer, a, b) for layer in comparison.layers for a, b in permutations(comparison.nets, 2)]
    matrices = [comparison.correlation(*each) for each in asked]

    def fresh():
        return cw.zoo.comparison()

    def from_the_file(opened):
        return [opened.match(*each, method) for each in asked for method in ("bipartite", "semi")]

    taken, _ = median_seconds(lambda: from_the_file(fresh()), rounds)
    row(f"zoo, matching, {len(asked)} matrices, from the file", taken)
    taken, _ = median_seconds(lambda: [match(r) for r in matrices for match in (bipartite_match, semi_match)], rounds)
    dead = [np.nan_to_num(r, nan=-1.0) for r in matrices]
    direct, _ = median_seconds(
        lambda: [linear_sum_assignment(r, maximize=True) for r in dead for _ in range(2)], rounds
    )
    row(f"zoo, matching, {len(asked)} matrices, computed", taken, "scipy.optimize.linear_sum_assignment", direct)


def lasso(name, cov_xx, cov_xy, var_y, held_out, rounds):
    """All targets and penalties, beside scikit-learn's exact path for some targets, scaled up to all."""
    scale = np.sqrt(np.diagonal(cov_xx))
    scale[scale == 0] = 1
    gram = cov_xx / np.outer(scale, scale)
    values = np.linalg.eigvalsh(gram)
    condition = values[-1] / values[values > 1e-6 * values[-1]][0]
    with warnings.catch_warnings(record=True) as missed:
        warnings.simplefilter("always")
        taken, found = median_seconds(lambda: sparse_prediction(cov_xx, cov_xy, var_y, PENALTIES, held_out), rounds)
    live = np.flatnonzero(var_y > 0)
    some = live[:: max(len(live) // TARGETS, 1)][:TARGETS]
    standardised = cov_xy[:, some] / np.outer(scale, np.sqrt(var_y[some]))

    def paths():
        return [
            lars_path_gram(target, gram, n_samples=1, method="lasso", alpha_min=PENALTIES[-2])
            for target in standardised.T
        ]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        direct, _ = median_seconds(paths, 1)
    row(
        f"{name}, lasso, {len(PENALTIES)} penalties, condition {condition:.0f}",
        taken,
        f"sklearn lars_path_gram, {len(some)} targets scaled up",
        direct * len(live) / len(some),
    )
    print(f"    greatest violation of optimality {np.nanmax(found.violation):.1e}; warnings: {len(missed)}")


def clustering(name, affinity, clusters, rounds):
    """Both methods, beside scikit-learn's flat one on the same affinity."""
    live = ~np.isnan(affinity).all(axis=1)
    known = np.nan_to_num(affinity[np.ix_(live, live)])
    theirs = SpectralClustering(clusters, affinity="precomputed", random_state=0, n_init=10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        direct, _ = median_seconds(lambda: theirs.fit_predict(known), rounds)
    for method in ("hierarchical", "flat"):
        taken, _ = median_seconds(lambda method=method: spectral_clusters(affinity, clusters, method=method), rounds)
        row(f"{name}, {clusters} clusters, {method}", taken, "sklearn SpectralClustering", direct)
    taken, found = median_seconds(lambda: spectral_clusters(affinity), rounds)
    row(f"{name}, number by the eigengap ({found.labels.max() + 1})", taken)


def main():
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print(f"{os.cpu_count()} cores, numpy {np.__version__}, scipy {scipy.__version__}, sklearn {sklearn.__version__}")
    zoo = cw.zoo.comparison()
    a, b = zoo.nets[:2]
    matching(zoo, rounds)
    for layer in zoo.layers:
        lasso(f"zoo {layer}, {zoo.units(layer, a)} units", *moments(zoo, layer, a, b), rounds)
    x, y = activations(384)
    halves = [np.cov(np.concatenate([x[half::2], y[half::2]], axis=1), rowvar=False, bias=True) for half in (0, 1)]
    means = [np.concatenate([x[half::2], y[half::2]], axis=1).mean(0) for half in (0, 1)]
    held_out = held_out_moments(
        means[0][:384], means[0][384:], means[1][:384], means[1][384:],
        halves[1][:384, :384], halves[1][:384, 384:], np.diagonal(halves[1])[384:],
    )  # fmt: skip
    lasso(
        "384 made-up units",
        halves[0][:384, :384],
        halves[0][:384, 384:],
        np.diagonal(halves[0])[384:],
        held_out,
        rounds,
    )
    for layer in zoo.layers:
        blocks = (zoo.correlation(layer, *pair) for pair in ((a, a), (a, b), (b, b)))
        clustering(f"zoo {layer}", block_affinity(*blocks), 6, rounds)
    r = np.corrcoef(np.concatenate([x, y], axis=1), rowvar=False)
    clustering("2 x 384 made-up units", block_affinity(r[:384, :384], r[:384, 384:], r[384:, 384:]), 20, rounds)


def moments(comparison, layer, a, b):
    """What the lasso of `b` from `a` needs: trained on one half, judged on the other."""
    (mean_a, mean_b), (other_a, other_b) = ([comparison.mean(layer, net, half) for net in (a, b)] for half in (0, 1))
    (xx, xy), (other_xx, other_xy) = ([comparison.covariance(layer, a, net, half) for net in (a, b)] for half in (0, 1))
    variance, other = (np.diagonal(comparison.covariance(layer, b, b, half)) for half in (0, 1))
    return xx, xy, variance, held_out_moments(mean_a, mean_b, other_a, other_b, other_xx, other_xy, other)


if __name__ == "__main__":
    main()
