"""Similarity of two layers as wholes, from second moments alone."""

from __future__ import annotations

import numpy as np

from convergent_widgets.analysis.checks import ROUNDING, real


def cka(cov_xx: np.ndarray, cov_yy: np.ndarray, cov_xy: np.ndarray) -> float:
    """Linear centred kernel alignment of two sets of units (Kornblith et al. 2019, equation 4), in [0, 1].

    ||cov_xy||^2 / (||cov_xx|| ||cov_yy||) in Frobenius norms, from covariances (C_x, C_x), (C_y, C_y) and (C_x, C_y);
    with correlations it is that of the standardised units. Rotating either side leaves it unchanged. NaN entries (dead
    units) count as 0; NaN where one side has no live unit.

    Raises ValueError for shapes that do not fit, infinity, negative variances, and covariances between the two sides
    that are too great for those within (beyond 1e-4 of rounding).
    """
    xx, yy, xy = real("cov_xx", cov_xx), real("cov_yy", cov_yy), real("cov_xy", cov_xy)
    if xy.ndim != 2 or xx.shape != (xy.shape[0],) * 2 or yy.shape != (xy.shape[1],) * 2:
        raise ValueError(
            f"expected (x, x), (y, y) and (x, y) covariances, got shapes {xx.shape}, {yy.shape} and {xy.shape}"
        )
    if any(np.isinf(block).any() for block in (xx, yy, xy)):
        raise ValueError("covariances must be finite, or NaN for dead units; they hold infinity")
    xx, yy, xy = (np.nan_to_num(block) for block in (xx, yy, xy))
    if (np.diagonal(xx) < 0).any() or (np.diagonal(yy) < 0).any():
        raise ValueError("the diagonals of `cov_xx` and `cov_yy` are variances and must not be negative")
    if not (xx.any() and yy.any()):
        if xy.any():
            raise ValueError("`cov_xy` must be 0 where one side has no live unit")
        return float("nan")
    # Brought to a size at which squares neither underflow nor overflow.
    most_x, most_y = np.abs(xx).max(), np.abs(yy).max()
    with np.errstate(over="ignore"):
        between = np.linalg.norm(xy / np.sqrt(most_x) / np.sqrt(most_y))
        alignment = between**2 / (np.linalg.norm(xx / most_x) * np.linalg.norm(yy / most_y))
    if alignment > 1 + ROUNDING:
        raise ValueError(
            f"`cov_xy` does not fit `cov_xx` and `cov_yy`: their alignment would be {alignment:.3g}, above 1"
        )
    return min(float(alignment), 1.0)
