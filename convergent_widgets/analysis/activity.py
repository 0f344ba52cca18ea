"""How active the units of several nets are: spread within a net, agreement between nets. Li et al. 2015, section 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from convergent_widgets.analysis.checks import real

LEVELS = 200
LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class MeanActivations:
    """Mean activations of one layer's units in several nets.

    `curves` maps each net to its units' means in descending order. `spread` is the 95th over the 5th percentile of a
    net's positive means: 10 is one order of magnitude (NaN where no mean is positive). `gap` is the greatest relative
    distance between two nets' curves, and `typical_gap` its median, over the middle 90 % of the units, where curves of
    different length are read at equal shares of their length: `|a - b| / ((a + b) / 2)`, NaN for one net alone or where
    means are negative.
    """

    curves: Mapping[str, np.ndarray]
    spread: Mapping[str, float]
    gap: float
    typical_gap: float


def mean_activations(means: Mapping[str, np.ndarray]) -> MeanActivations:
    """The statement of the paper on mean activations as numbers, from the means (C,) of each net's units.

    Raises ValueError for means that are not a vector of finite real numbers.
    """
    curves = {net: np.sort(_check_means(net, values))[::-1] for net, values in means.items()}
    spread = {net: _spread(curve) for net, curve in curves.items()}
    known = [curve for curve in curves.values() if curve.size]
    gaps = _gaps(known) if len(known) > 1 and all(curve[-1] >= 0 for curve in known) else np.array([])
    if not gaps.size:
        return MeanActivations(curves, spread, float("nan"), float("nan"))
    return MeanActivations(curves, spread, float(gaps.max()), float(np.median(gaps)))


def _check_means(net: str, values: np.ndarray) -> np.ndarray:
    means = real(f"means[{net!r}]", values)
    if means.ndim != 1 or not np.isfinite(means).all():
        raise ValueError(f"the means of net {net!r} must be a vector of finite numbers, got {values!r:.100}")
    return means


def _spread(curve: np.ndarray) -> float:
    positive = curve[curve > 0]
    if not positive.size:
        return float("nan")
    low, high = np.quantile(positive, (LOW, HIGH))
    return float(high / low)


def _gaps(curves: list[np.ndarray]) -> np.ndarray:
    """The relative distance of the farthest two curves at each share of the units."""
    shares = np.linspace(LOW, HIGH, LEVELS)
    read = np.stack([np.interp(shares, (np.arange(len(c)) + 0.5) / len(c), c) for c in curves])
    greatest, least = read.max(axis=0), read.min(axis=0)
    middle = (greatest + least) / 2
    return (greatest - least)[middle > 0] / middle[middle > 0]


def match_factors(means_a: np.ndarray, means_b: np.ndarray) -> tuple[float, float]:
    """By what factor the means of matched units differ: the median over the matches, and over all pairs of these units.

    `means_a` and `means_b` (matches,) are the means of both units of each match; the factor is the greater over the
    lesser, so 1 is equal. Only matches with positive means count; NaN where there are none. Raises ValueError for
    anything but two vectors of equal length.
    """
    a, b = real("means_a", means_a), real("means_b", means_b)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"`means_a` and `means_b` must be one for each match, got shapes {a.shape} and {b.shape}")
    positive = (a > 0) & (b > 0)
    if not positive.any():
        return float("nan"), float("nan")
    a, b = np.log(a[positive]), np.log(b[positive])
    own, any_pair = np.abs(a - b), np.abs(np.subtract.outer(a, b))
    return float(np.exp(np.median(own))), float(np.exp(np.median(any_pair)))
