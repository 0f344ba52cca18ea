"""How colours look to people who lack one kind of cone, and how far apart they look.

After Machado, Oliveira and Fernandes (2009), A physiologically-based model for simulation of color vision deficiency:
their matrices of severity 1, on linear RGB.
"""

from __future__ import annotations

import numpy as np

LACKING = {
    "nothing": np.eye(3),
    "red cones": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "green cones": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])  # sRGB, D65


def lab(rgb, lacking: str) -> np.ndarray:
    """CIE L*a*b* (n, 3) of sRGB colours (n, 3) in 0..255, as they look to somebody who lacks these cones."""
    values = np.asarray(rgb, float) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    seen = (linear @ LACKING[lacking].T).clip(0, 1)
    ratio = seen @ TO_XYZ.T / TO_XYZ.sum(axis=1)
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


def apart(one, other, lacking: str) -> np.ndarray:
    """Distance of each pair of colours, (n,): some 2 can be told side by side, 20 anywhere (CIE 1976)."""
    return np.linalg.norm(lab(one, lacking) - lab(other, lacking), axis=1)
