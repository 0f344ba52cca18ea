"""Similarity of two layers as wholes, from second moments alone."""

from __future__ import annotations

import numpy as np


def cka(cov_xx: np.ndarray, cov_yy: np.ndarray, cov_xy: np.ndarray) -> float:
    """Linear centred kernel alignment of two sets of units (Kornblith et al. 2019, equation 4), in [0, 1].

    ||cov_xy||^2 / (||cov_xx|| ||cov_yy||) in Frobenius norms, from covariances (C_x, C_x), (C_y, C_y) and (C_x, C_y);
    with correlations it is that of the standardised units. Rotating either side leaves it unchanged. NaN entries (dead
    units) count as 0; NaN where one side has no live unit. Raises ValueError for shapes that do not fit.
    """
    xx, yy, xy = (np.nan_to_num(np.asarray(block, dtype=np.float64)) for block in (cov_xx, cov_yy, cov_xy))
    if xy.ndim != 2 or xx.shape != (xy.shape[0],) * 2 or yy.shape != (xy.shape[1],) * 2:
        raise ValueError(
            f"expected (x, x), (y, y) and (x, y) covariances, got shapes {xx.shape}, {yy.shape} and {xy.shape}"
        )
    scale = np.linalg.norm(xx) * np.linalg.norm(yy)
    return float(np.linalg.norm(xy) ** 2 / scale) if scale > 0 else float("nan")
