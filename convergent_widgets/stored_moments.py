"""The moments of a Comparison, put together from what both halves of the images left in its members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from convergent_widgets.members import unpack_correlation
from convergent_widgets.moments import correlate

KEPT_BLOCKS = (2, 16)
KEPT_BYTES = 2**29


class StoredMoments:
    """Means, deviations, covariances and correlations by number: layer i, nets a and b, half 0, 1 or None for all.

    `layers` are the manifest's, of which `units` (per net) and `counts` (rows per half) are read. Arrays, as many as
    KEPT_BYTES hold, are remembered and cannot be written to.
    """

    def __init__(self, members: Mapping[str, np.ndarray], layers: Sequence[Mapping[str, Any]]):
        self._members, self._layers = members, layers
        self.vectors = lru_cache(maxsize=None)(self._read_vectors)
        widest = max((units for layer in layers for units in layer["units"]), default=1)
        kept = min(max(KEPT_BYTES // (8 * widest**2), KEPT_BLOCKS[0]), KEPT_BLOCKS[1])
        self.block = lru_cache(maxsize=kept)(self._read_block)

    def mean(self, layer: int, net: int, half: int | None = None) -> np.ndarray:
        """(C,) float64."""
        return self.vectors(layer, half)[0][self._units(layer, net)]

    def std(self, layer: int, net: int, half: int | None = None) -> np.ndarray:
        """(C,) float64."""
        return self.vectors(layer, half)[1][self._units(layer, net)]

    def dead(self, layer: int, net: int, half: int | None = None) -> np.ndarray:
        """(C,) bool: least equals greatest."""
        _, _, least, greatest = self.vectors(layer, half)
        units = self._units(layer, net)
        return ~(least[units] < greatest[units])

    def covariance(self, layer: int, a: int, b: int, half: int | None = None) -> np.ndarray:
        """(C_a, C_b) float64; 0 for dead units."""
        return self.block("covariance", layer, a, b, half)

    def correlation(self, layer: int, a: int, b: int, half: int | None = None) -> np.ndarray:
        """(C_a, C_b) float64; NaN for dead units."""
        return self.block("correlation", layer, a, b, half)

    def _units(self, layer: int, net: int) -> slice:
        """Where the net's units are among those of all nets."""
        units = self._layers[layer]["units"]
        start = sum(units[:net])
        return slice(start, start + units[net])

    def _read_vectors(self, layer: int, half: int | None) -> np.ndarray:
        """Mean, deviation, least and greatest of the units of all nets, (4, C)."""
        first, second = (self._members[f"layer/{layer}/vectors/{each}"] for each in (0, 1))
        if half is not None:
            return frozen((first, second)[half])
        m, n = self._layers[layer]["counts"]
        total = max(m + n, 1)
        step = second[0] - first[0]
        variance = (m * first[1] ** 2 + n * second[1] ** 2) / total + m * n / total**2 * step**2
        return frozen(
            np.stack(
                [
                    first[0] + step * (n / total),
                    np.sqrt(variance),
                    np.minimum(first[2], second[2]),
                    np.maximum(first[3], second[3]),
                ]
            )
        )

    def _read_block(self, kind: str, layer: int, a: int, b: int, half: int | None) -> np.ndarray:
        if kind == "covariance":
            return frozen(self._covariance(layer, a, b, half))
        deviations = (np.where(self.dead(layer, net, half), 0.0, self.std(layer, net, half)) for net in (a, b))
        return frozen(correlate(self.covariance(layer, a, b, half), *deviations, same=a == b))

    def _covariance(self, layer: int, a: int, b: int, half: int | None) -> np.ndarray:
        if half is None:
            m, n = self._layers[layer]["counts"]
            total = max(m + n, 1)
            rows, columns = self._units(layer, a), self._units(layer, b)
            step = self.vectors(layer, 1)[0] - self.vectors(layer, 0)[0]
            parts = (count / total * self._covariance(layer, a, b, each) for each, count in ((0, m), (1, n)))
            return sum(parts) + m * n / total**2 * np.outer(step[rows], step[columns])
        r = unpack_correlation(self._members, f"layer/{layer}", half, a, b)
        return r * np.outer(self.std(layer, a, half), self.std(layer, b, half))


def frozen(values: np.ndarray) -> np.ndarray:
    """A view that cannot be written to."""
    view = values.view()
    view.setflags(write=False)
    return view
