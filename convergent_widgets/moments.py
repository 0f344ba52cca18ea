"""Means, deviations and correlations of all units of one layer, over the nets of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from convergent_widgets.choices import choose


@dataclass(frozen=True)
class Moments:
    """First and second moments of C units in all, stacked net after net.

    `widths` maps each net to its number of units, in stacking order. `count` is the number of rows (positions of
    images) seen; `means`, `least` and `greatest` are (C,) float64; `comoments` (C, C) float64 holds the sums of
    products about the means. Everything returned is divided by n (not n - 1) and float64.

    A unit is dead when its least value equals its greatest: its correlations are NaN. With no rows, all are dead.
    An unknown net raises UnknownName, a KeyError that says which there are.
    """

    widths: Mapping[str, int]
    count: int
    means: np.ndarray
    comoments: np.ndarray
    least: np.ndarray
    greatest: np.ndarray

    def mean(self, net: str) -> np.ndarray:
        """Mean of each unit, (C,)."""
        return self.means[self._units(net)]

    def std(self, net: str) -> np.ndarray:
        """Standard deviation of each unit, (C,); 0 for a dead one."""
        units = self._units(net)
        variance = np.diagonal(self.comoments)[units] / max(self.count, 1)
        return np.where(self.dead(net), 0.0, np.sqrt(np.maximum(variance, 0.0)))

    def dead(self, net: str) -> np.ndarray:
        """Which units never vary, (C,) bool."""
        units = self._units(net)
        return ~(self.least[units] < self.greatest[units])

    def covariance(self, a: str, b: str) -> np.ndarray:
        """Covariance of the units of `a` with those of `b`, (C_a, C_b); 0 for dead units."""
        block = self.comoments[self._units(a), self._units(b)] / max(self.count, 1)
        return np.where(self.dead(a)[:, None] | self.dead(b)[None, :], 0.0, block)

    def correlation(self, a: str, b: str) -> np.ndarray:
        """Correlation of the units of `a` with those of `b`, (C_a, C_b) in [-1, 1]; NaN for dead units.

        A live unit's correlation with itself is exactly 1 (Li et al. 2015, section 2).
        """
        return correlate(self.covariance(a, b), self.std(a), self.std(b), same=a == b)

    def _units(self, net: str) -> slice:
        place, widths = choose("net", net, list(self.widths)), list(self.widths.values())
        start = sum(widths[:place])
        return slice(start, start + widths[place])


def correlate(covariance: np.ndarray, std_a: np.ndarray, std_b: np.ndarray, *, same: bool) -> np.ndarray:
    """Correlation from a covariance (C_a, C_b) and deviations; a deviation of 0 marks a dead unit, which gives NaN.

    With `same`, both sides are the same units and the diagonal of live ones is set to exactly 1.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        scale_a, scale_b = (np.where(std > 0, std, np.nan) for std in (std_a, std_b))
        r = np.clip(covariance / np.outer(scale_a, scale_b), -1.0, 1.0)
    if same:
        live = np.flatnonzero(std_a > 0)
        r[live, live] = 1.0
    return r


def empty_moments(widths: Mapping[str, int]) -> Moments:
    """Moments of no rows at all."""
    units = sum(widths.values())
    zeros = np.zeros(units)
    return Moments(dict(widths), 0, zeros, np.zeros((units, units)), np.full(units, np.inf), np.full(units, -np.inf))


def merge_moments(first: Moments, second: Moments) -> Moments:
    """Moments of the rows of both (Chan, Golub and LeVeque 1983, equation 2.1). Neither is changed."""
    if list(first.widths.items()) != list(second.widths.items()):
        raise ValueError(f"moments of different units: {dict(first.widths)} and {dict(second.widths)}")
    count = first.count + second.count
    if count == 0:
        return first
    step = second.means - first.means
    shift = first.count * second.count / count
    return Moments(
        first.widths,
        count,
        first.means + step * (second.count / count),
        first.comoments + second.comoments + np.outer(step * shift, step),
        np.minimum(first.least, second.least),
        np.maximum(first.greatest, second.greatest),
    )
