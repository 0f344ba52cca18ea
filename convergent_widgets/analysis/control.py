"""The control for the paper's second finding: units that span the same subspace in another basis."""

from __future__ import annotations

import numpy as np

from convergent_widgets.analysis.rotation import haar_rotation


def rotated_control(std: np.ndarray, seed: int = 0) -> np.ndarray:
    """The linear map from a net's units to a random rotation of its live, standardised units, (C, live).

    `std` (C,) are the units' deviations, 0 or NaN for dead units, whose rows are 0. With M for the map, everything
    about the control follows from the net's own moments, of any part of the images, with no second pass: its means are
    mean M, its covariance is M^T cov M, and its covariance with any other unit is cov(other, net) M. The rotation is
    drawn from the Haar measure. Raises ValueError for deviations that are not a vector, negative or infinite.
    """
    std = np.asarray(std, np.float64)
    if std.ndim != 1 or (std < 0).any() or np.isinf(std).any():
        raise ValueError(f"`std` must be a vector of finite deviations, 0 or above, got {std!r:.100}")
    live = np.flatnonzero(std > 0)
    turn = np.zeros((std.size, live.size))
    if live.size:
        turn[live] = haar_rotation(live.size, np.random.default_rng(seed)).T / std[live, None]
    return turn
