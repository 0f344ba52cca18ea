"""Mutual information of units whose activations were counted in bins. Li et al. 2015, section 3.1."""

from __future__ import annotations

import numpy as np


def mutual_information(joint_counts: np.ndarray) -> np.ndarray:
    """Mutual information in nats, (...), of joint counts (..., bins of one, bins of the other).

    The plug-in figure sum p_ij ln(p_ij / (p_i p_j)) of Cover and Thomas 2006, equation 2.28: 0 where they are
    independent or one of them is constant, exactly so in the second case, and never negative. It exceeds the true
    figure by about (bins - 1)^2 / 2n over n rows (Miller 1955). NaN where nothing was counted.

    Raises ValueError for fewer than two axes and for counts that are negative or not finite.
    """
    counts = np.asarray(joint_counts, np.float64)
    if counts.ndim < 2:
        raise ValueError(f"`joint_counts` must be (..., bins, bins), got shape {counts.shape}")
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError("`joint_counts` must be finite and not negative")
    rows, columns = counts.sum(axis=-1, keepdims=True), counts.sum(axis=-2, keepdims=True)
    total = rows.sum(axis=-2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = np.where(counts > 0, np.log((counts * total) / (rows * columns)), 0.0)
        information = (counts * surprise).sum(axis=(-2, -1)) / total[..., 0, 0]
    return np.maximum(information, 0.0)
