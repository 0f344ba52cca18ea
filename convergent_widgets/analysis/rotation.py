"""The rotation baseline: what a matching finds in another basis of the same subspace."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convergent_widgets.analysis.matching import check_correlation, match_columns

ROTATIONS = 19


@dataclass(frozen=True)
class Baseline:
    """What the units of A match in random rotations of B.

    `mean` and `deviation` are of the matching's mean over the rotations. `least` and `greatest` are what each unit
    of A was given over the rotations, (C_a,), NaN where it was never matched. `above` tells which units' real match
    exceeds all of it, and `expected_by_luck` how many units would do so if B were itself such a rotation: one in
    `rotations` + 1 of those matched.
    """

    mean: float
    deviation: float
    least: np.ndarray
    greatest: np.ndarray
    above: np.ndarray
    expected_by_luck: float


def rotation_baseline(
    corr_ab: np.ndarray, corr_bb: np.ndarray, method: str, rotations: int = ROTATIONS, seed: int = 0
) -> Baseline:
    """Match A with B's live, standardised units multiplied by Haar-random rotations R.

    Exact from the correlations (C_a, C_b) and (C_b, C_b), with no second pass over the data:
    corr(A, RB) = corr(A, B) R^T / sqrt(diag(R corr(B, B) R^T)). Rotated units are signed while real ones, after a
    ReLU, are not; rectifying after the rotation changes the baseline little. `method` is "bipartite" or "semi".

    Raises ValueError for shapes that do not fit, an unknown method, or single NaN entries between live units.
    """
    corr_ab, corr_bb = check_correlation(corr_ab), check_correlation(corr_bb)
    if method not in ("bipartite", "semi"):
        raise ValueError(f"`method` must be 'bipartite' or 'semi', got {method!r}")
    if corr_bb.shape != (corr_ab.shape[1],) * 2:
        raise ValueError(f"`corr_bb` must be {(corr_ab.shape[1],) * 2} to fit `corr_ab`, got {corr_bb.shape}")
    if rotations < 1:
        raise ValueError(f"`rotations` must be at least 1, got {rotations}")
    found = _rotated_matches(corr_ab, corr_bb, method, rotations, seed)
    columns = match_columns(corr_ab, method)
    real = np.where(columns >= 0, corr_ab[np.arange(len(columns)), columns], np.nan)
    missing = np.isnan(found)
    least = np.where(missing, np.inf, found).min(axis=0)
    greatest = np.where(missing, -np.inf, found).max(axis=0)
    never = missing.all(axis=0)
    least[never] = greatest[never] = np.nan
    matched = (~missing).sum(axis=1)
    if matched.any():
        means = np.where(missing, 0.0, found).sum(axis=1) / matched
        mean, deviation = float(means.mean()), float(means.std())
    else:
        mean = deviation = float("nan")
    with np.errstate(invalid="ignore"):
        above = real > greatest
    return Baseline(mean, deviation, least, greatest, above, float((columns >= 0).sum()) / (rotations + 1))


def _rotated_matches(
    corr_ab: np.ndarray, corr_bb: np.ndarray, method: str, rotations: int, seed: int
) -> np.ndarray:
    """What each unit of A is given in each rotation, (rotations, C_a), NaN where it is given nothing."""
    live_a, live_b = ~np.isnan(corr_ab).all(axis=1), ~np.isnan(np.diagonal(corr_bb))
    ab, bb = corr_ab[np.ix_(live_a, live_b)], corr_bb[np.ix_(live_b, live_b)]
    if np.isnan(ab).any() or np.isnan(bb).any():
        raise ValueError("the rotation baseline needs a correlation for every pair of live units; some are NaN")
    found = np.full((rotations, len(corr_ab)), np.nan)
    if not ab.size:
        return found
    random = np.random.default_rng(seed)
    rows = np.flatnonzero(live_a)
    for matches in found:
        rotation = haar_rotation(len(bb), random)
        deviation = np.sqrt(np.einsum("ij,ij->i", rotation @ bb, rotation))
        rotated = (ab @ rotation.T) / deviation
        columns = match_columns(rotated, method)
        given = np.flatnonzero(columns >= 0)
        matches[rows[given]] = rotated[given, columns[given]]
    return found


def haar_rotation(units: int, random: np.random.Generator) -> np.ndarray:
    """A rotation (units, units) drawn evenly from the orthogonal group (Mezzadri 2007)."""
    q, r = np.linalg.qr(random.standard_normal((units, units)))
    return q * np.sign(np.diagonal(r))
