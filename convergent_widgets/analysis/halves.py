"""Confidence in a matching: made on one half of the images, read on the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convergent_widgets.analysis.matching import METHODS, check_correlation, match_columns


@dataclass(frozen=True)
class HeldOut:
    """A matching judged on images that did not choose it.

    `r` (C_a,): for each unit of A, the correlation that the partner chosen on one half has on the other half, averaged
    over both ways; NaN where the unit was given no partner on either half, or is dead on one of them. `mean` is over
    the units that have one (NaN if none has). `same` (C_a,): the unit was given the same partner on both halves;
    `agreement` is their share among the units given one on both (NaN if none). `unjudged` counts the units of A that
    live on some half but have no held-out r.
    """

    r: np.ndarray
    mean: float
    same: np.ndarray
    agreement: float
    unjudged: int


def held_out(first: np.ndarray, second: np.ndarray, method: str = "bipartite") -> HeldOut:
    """Match on each half's correlations (C_a, C_b) and read r on the other's; NaN marks units dead in that half.

    No test of significance follows from it: the independent observation is the image, not the position. Raises
    ValueError for shapes that differ or an unknown method.
    """
    first, second = check_correlation(first), check_correlation(second)
    if first.shape != second.shape:
        raise ValueError(f"both halves must have the same units, got {first.shape} and {second.shape}")
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {METHODS}, got {method!r}")
    chosen = [match_columns(corr, method) for corr in (first, second)]
    read = np.array([_read(second, chosen[0]), _read(first, chosen[1])])
    r = read.mean(axis=0)
    judged = ~np.isnan(r)
    both = (chosen[0] >= 0) & (chosen[1] >= 0)
    same = both & (chosen[0] == chosen[1])
    live = ~(np.isnan(first).all(axis=1) & np.isnan(second).all(axis=1))
    return HeldOut(
        r=r,
        mean=float(r[judged].mean()) if judged.any() else float("nan"),
        same=same,
        agreement=float(same.sum() / both.sum()) if both.any() else float("nan"),
        unjudged=int((live & ~judged).sum()),
    )


def sampling_error(first: np.ndarray, second: np.ndarray) -> float:
    """The standard error of a correlation r over all images, from the correlations (C_a, C_b) over each half of them.

    The halves are independent samples of images (and of positions, where those are drawn), so half the difference of
    their two r has the standard deviation of an r over both: the root of the mean of its square over all pairs that are
    known on both halves; NaN where there is none. Raises ValueError for shapes that differ.
    """
    first, second = check_correlation(first), check_correlation(second)
    if first.shape != second.shape:
        raise ValueError(f"both halves must have the same units, got {first.shape} and {second.shape}")
    halves = (first - second) / 2
    known = halves[~np.isnan(halves)]
    return float(np.sqrt(np.square(known).mean())) if known.size else float("nan")


def _read(corr: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The correlation of each row with its column, NaN for none."""
    values = np.full(len(corr), np.nan)
    rows = np.flatnonzero(columns >= 0)
    values[rows] = corr[rows, columns[rows]]
    return values
