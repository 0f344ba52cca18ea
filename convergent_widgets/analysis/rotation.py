"""The rotation baseline: what a matching finds in another basis of the same subspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from convergent_widgets.analysis.matching import METHODS, check_correlation, match_columns

ROTATIONS = 19
KEPT_UNITS = 512
TOLERANCE = 1e-3


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

    Raises ValueError for shapes that do not fit, an unknown method, a `corr_bb` that is no correlation matrix (which is
    symmetric, with 1 for each live unit's with itself), or single NaN entries between live units.
    """
    return rotation_baselines(corr_ab, corr_bb, (method,), rotations, seed)[method]


def rotation_baselines(
    corr_ab: np.ndarray,
    corr_bb: np.ndarray,
    methods: Sequence[str] = METHODS,
    rotations: int = ROTATIONS,
    seed: int = 0,
    tick: Callable[[], object] = lambda: None,
) -> dict[str, Baseline]:
    """`rotation_baseline` of several methods, over the same rotations, each made once; `tick` is called after each."""
    corr_ab, corr_bb = check_correlation(corr_ab), check_correlation(corr_bb)
    for method in methods:
        if method not in METHODS:
            raise ValueError(f"`method` must be one of {METHODS}, got {method!r}")
    if corr_bb.shape != (corr_ab.shape[1],) * 2:
        raise ValueError(f"`corr_bb` must be {(corr_ab.shape[1],) * 2} to fit `corr_ab`, got {corr_bb.shape}")
    if rotations < 1:
        raise ValueError(f"`rotations` must be at least 1, got {rotations}")
    live_a, live_b = ~np.isnan(corr_ab).all(axis=1), ~np.isnan(np.diagonal(corr_bb))
    ab, bb = corr_ab[np.ix_(live_a, live_b)], corr_bb[np.ix_(live_b, live_b)]
    if np.isnan(ab).any() or np.isnan(bb).any():
        raise ValueError("the rotation baseline needs a correlation for every pair of live units; some are NaN")
    if not np.allclose(bb, bb.T, atol=TOLERANCE) or not np.allclose(np.diagonal(bb), 1, atol=TOLERANCE):
        raise ValueError("`corr_bb` must be a correlation matrix: symmetric, with 1 on the diagonal of live units")
    found = {method: np.full((rotations, len(corr_ab)), np.nan) for method in methods}
    rows = np.flatnonzero(live_a)
    for number, rotated in enumerate(_rotated(ab, bb, rotations, seed) if ab.size else ()):
        for method in methods:
            columns = match_columns(rotated, method)
            given = np.flatnonzero(columns >= 0)
            found[method][number, rows[given]] = rotated[given, columns[given]]
        tick()
    return {method: _summary(corr_ab, match_columns(corr_ab, method), found[method]) for method in methods}


def haar_rotation(units: int, random: np.random.Generator) -> np.ndarray:
    """A rotation (units, units) drawn evenly from the orthogonal group (Mezzadri 2007)."""
    q, r = np.linalg.qr(random.standard_normal((units, units)))
    return q * np.sign(np.diagonal(r))


def _rotations(units: int, rotations: int, seed: int) -> Iterable[np.ndarray]:
    """Seeded rotations; those of small layers are kept, since all pairs of nets ask for the same ones."""
    if units <= KEPT_UNITS:
        return _kept_rotations(units, rotations, seed)
    random = np.random.default_rng(seed)
    return (haar_rotation(units, random) for _ in range(rotations))


@lru_cache(maxsize=2)
def _kept_rotations(units: int, rotations: int, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [haar_rotation(units, random) for _ in range(rotations)]


def _rotated(ab: np.ndarray, bb: np.ndarray, rotations: int, seed: int) -> Iterator[np.ndarray]:
    """Correlations of A's live units with those of each rotation of B."""
    for rotation in _rotations(len(bb), rotations, seed):
        deviation = np.sqrt(np.einsum("ij,ij->i", rotation @ bb, rotation))
        yield (ab @ rotation.T) / deviation


def _summary(corr: np.ndarray, columns: np.ndarray, found: np.ndarray) -> Baseline:
    """The Baseline of a matching whose units were given `found` (rotations, C_a), NaN where given nothing."""
    missing = np.isnan(found)
    never = missing.all(axis=0)
    least = np.where(missing, np.inf, found).min(axis=0)
    greatest = np.where(missing, -np.inf, found).max(axis=0)
    least[never] = greatest[never] = np.nan
    matched = (~missing).sum(axis=1)
    if matched.any():
        means = np.where(missing, 0.0, found).sum(axis=1) / matched
        mean, deviation = float(means.mean()), float(means.std())
    else:
        mean = deviation = float("nan")
    given = np.flatnonzero(columns >= 0)
    real = np.full(len(corr), np.nan)
    real[given] = corr[given, columns[given]]
    with np.errstate(invalid="ignore"):
        above = real > greatest
    return Baseline(mean, deviation, least, greatest, above, float((columns >= 0).sum()) / (len(found) + 1))
