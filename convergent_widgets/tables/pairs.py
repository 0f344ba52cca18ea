"""Which nets and pairs of nets a table takes, and what each pair contributes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from convergent_widgets.choices import choose

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison


def nets_of(comparison: Comparison, nets: Sequence[str] | None) -> list[str]:
    """The nets asked for, by default all; ValueError for fewer than two or one named twice."""
    names = list(comparison.nets if nets is None else nets)
    for net in names:
        choose("net", net, comparison.nets)
    if isinstance(nets, str) or len(set(names)) < max(len(names), 2):
        raise ValueError(
            f"a table compares at least two nets, each named once; got {nets if nets is not None else names}"
        )
    return names


def pairs_of(comparison: Comparison, nets: Sequence[str] | None) -> list[tuple[str, str]]:
    """Each pair of them once."""
    return list(combinations(nets_of(comparison, nets), 2))


def note(comparison: Comparison, pairs: Sequence[tuple[str, str]], more: str = "") -> str:
    """Over what the figures are taken, and a warning where there are few images."""
    few = " Under 200 images: halves of them say little." if comparison.few_images else ""
    many = "1 pair" if len(pairs) == 1 else f"{len(pairs)} pairs"
    return f"Mean ± standard deviation over {many} of nets{more}.{few}"


def units_of(comparison: Comparison, layer: str, pairs: Sequence[tuple[str, str]]) -> str:
    """How many units the nets have, in words where they differ."""
    widths = sorted({comparison.units(layer, net) for pair in pairs for net in pair})
    return " or ".join(map(str, widths))


def share(chosen: np.ndarray) -> float:
    """Share of those that are true, NaN of none."""
    return float(chosen.mean()) if chosen.size else math.nan


def mean_over_units(values: np.ndarray) -> np.ndarray:
    """The mean over the live targets of a Prediction's (P, targets), (P,); NaN where none lives."""
    live = ~np.isnan(values).all(axis=0)
    return values[:, live].mean(axis=1) if live.any() else np.full(len(values), np.nan)


def median_over_units(values: np.ndarray | None) -> np.ndarray:
    """The same as a median, which a rare unit with a huge held-out loss doesn't move."""
    if values is None:
        raise ValueError("this prediction was not judged on held-out images")
    live = ~np.isnan(values).all(axis=0)
    return np.median(values[:, live], axis=1) if live.any() else np.full(len(values), np.nan)
