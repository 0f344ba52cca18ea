"""The small answers of a Comparison: plain values, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Best(NamedTuple):
    """The most similar unit of a net, with its correlation."""

    unit: int
    r: float


class Images(NamedTuple):
    """The images of a run by index: their names, their labels where there are any, and what the data set is called."""

    names: tuple[str, ...]
    labels: tuple[str, ...] | None
    dataset: str


@dataclass(frozen=True)
class Top:
    """The k images that excite a unit most, strongest first, one position each.

    `images` (k,) int64 image indices, `positions` (k, 2) row and column in the layer's map, `activations` (k,)
    float32, all above 0. k is smaller where fewer images activate the unit.
    """

    images: np.ndarray
    positions: np.ndarray
    activations: np.ndarray


@dataclass(frozen=True)
class Counterpart:
    """A unit's partner in another net.

    `unit` is None where nothing was left for it; then `r`, `rank`, `runner_up` and `agrees` are NaN, None, NaN and
    False. `rank` is 1 + how many units of that net have a greater r. `baseline` is the greatest r of any random
    rotation of that net, `above` tells whether `r` exceeds it. `best` is the most similar unit all the same, None
    for a dead unit.
    """

    unit: int | None
    r: float
    rank: int | None
    runner_up: float
    baseline: float
    above: bool
    agrees: bool
    best: Best | None
