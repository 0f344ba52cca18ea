"""The rotation baseline: what a matching finds in another basis of the same subspace."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TypeVar

import numpy as np

from convergent_widgets.analysis.matching import METHODS, check_correlation, match_columns
from convergent_widgets.analysis.threads import in_threads, one_thread_where, threads_allowed

ROTATIONS = 19
KEPT_UNITS = 512
KEPT_BYTES = 2**28
THREADS_BYTES = 2**30
MATRICES = 3  # of a thread: the rotated correlations, their costs, what turns them
TOLERANCE = 1e-3
UNKNOWN = "the rotation baseline needs a correlation for every pair of live units; some are NaN"

Net = TypeVar("Net", bound=Hashable)


@dataclass(frozen=True)
class Baseline:
    """What the units of A match in random rotations of B.

    `mean` and `deviation` are of the matching's mean over the rotations. `least` and `greatest` are what each unit
    of A was given over the rotations, (C_a,), NaN where it was never matched. `above` tells which units' real match
    exceeds all of it by more than the rounding of a float32, and `expected_by_luck` how many units would do so if B
    were itself such a rotation: one in `rotations` + 1 of those matched.
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
) -> dict[str, Baseline]:
    """`rotation_baseline` of several methods, over the same rotations, each made once."""
    given = {("a", "b"): corr_ab, ("b", "b"): corr_bb}
    [(_, found)] = shared_baselines([("a", "b")], lambda a, b: given[a, b], methods, rotations, seed)
    return found


def shared_baselines(
    pairs: Iterable[tuple[Net, Net]],
    correlation: Callable[[Net, Net], np.ndarray],
    methods: Sequence[str] = METHODS,
    rotations: int = ROTATIONS,
    seed: int = 0,
    tick: Callable[[tuple[Net, Net]], object] = lambda _pair: None,
) -> Iterator[tuple[tuple[Net, Net], dict[str, Baseline]]]:
    """The pairs (a, b), each with its `rotation_baselines`; `correlation(a, b)` gives (C_a, C_b).

    All b with equally many live units are turned by the same rotations, each drawn once. Held at a time are KEPT_BYTES
    of rotations (or one), the correlations of one pair and those within its b, which are asked for again for each such
    part of the rotations, and what `threads_for` threads need to work on a rotation each. The rotations of small layers
    stay in memory, of two widths at a time. `tick` is told the pair after each of its rotations. Raises what
    `rotation_baseline` raises.
    """
    for method in methods:
        if method not in METHODS:
            raise ValueError(f"`method` must be one of {METHODS}, got {method!r}")
    if rotations < 1:
        raise ValueError(f"`rotations` must be at least 1, got {rotations}")
    groups: dict[int, dict[Net, dict[Net, _Given]]] = {}
    for a, b in pairs:
        live = int(_live(check_correlation(correlation(b, b))).sum())
        groups.setdefault(live, {}).setdefault(b, {})[a] = _Given(methods, rotations)
    for live, turned in groups.items():
        threads = threads_for(live)
        with one_thread_where(threads > 1):
            for numbers, drawn in _parts(live, rotations, seed, threads):
                for b, others in turned.items():
                    corr_bb = check_correlation(correlation(b, b))
                    deviations = list(in_threads(partial(_deviations, _within(corr_bb)), drawn, threads))
                    for a, given in others.items():
                        ab = given.among_live(check_correlation(correlation(a, b)), corr_bb)
                        turns = zip(numbers, drawn, deviations, strict=True)
                        for _ in in_threads(partial(given.note, ab), turns, threads):
                            tick((a, b))
                del drawn, deviations, turns  # or they stay while the next ones are drawn
        for b, others in turned.items():
            for a, given in others.items():
                yield (a, b), given.summary(check_correlation(correlation(a, b)))


class _Given:
    """What the units of one net A were given in the rotations of one net B, by each method."""

    def __init__(self, methods: Sequence[str], rotations: int):
        self._methods, self._rotations = methods, rotations
        self._rows = np.empty(0, np.int64)
        self._found: dict[str, np.ndarray] = {}

    def among_live(self, corr_ab: np.ndarray, corr_bb: np.ndarray) -> np.ndarray:
        """The correlations of A's live units with B's, float64; ValueError where some are not known."""
        if corr_bb.shape != (corr_ab.shape[1],) * 2:
            raise ValueError(f"`corr_bb` must be {(corr_ab.shape[1],) * 2} to fit `corr_ab`, got {corr_bb.shape}")
        live_a = ~np.isnan(corr_ab).all(axis=1)
        ab = corr_ab[np.ix_(live_a, _live(corr_bb))]
        if np.isnan(ab).any():
            raise ValueError(UNKNOWN)
        if not self._found:
            self._rows = np.flatnonzero(live_a)
            self._found = {method: np.full((self._rotations, len(corr_ab)), np.nan) for method in self._methods}
        return ab

    def note(self, ab: np.ndarray, turned: tuple[int, np.ndarray, np.ndarray]) -> None:
        """Match A's live units with those of a rotation of B: its number, the rotation, its units' deviations."""
        number, turn, deviations = turned
        if not ab.size:
            return
        rotated = (ab @ turn.T) / deviations
        for method, found in self._found.items():
            columns = match_columns(rotated, method)
            given = np.flatnonzero(columns >= 0)
            found[number, self._rows[given]] = rotated[given, columns[given]]

    def summary(self, corr_ab: np.ndarray) -> dict[str, Baseline]:
        return {m: _summary(corr_ab, match_columns(corr_ab, m), found) for m, found in self._found.items()}


def exceeds(real: np.ndarray, greatest: np.ndarray) -> np.ndarray:
    """Where a real match is above the greatest that rotations gave, (C,) bool; False where either is NaN.

    Above the float32 after the one that `greatest` rounds to: a B of one live unit rotates into itself or its negative,
    and rounding then is all the difference. So the answer is the same from float64 as from a stored float32.
    """
    return real > np.nextafter(greatest.astype(np.float32), np.float32(np.inf))


def haar_rotation(units: int, random: np.random.Generator) -> np.ndarray:
    """A rotation (units, units) drawn evenly from the orthogonal group (Mezzadri 2007)."""
    return orthogonal(random.standard_normal((units, units)))


def orthogonal(normal: np.ndarray) -> np.ndarray:
    """The rotation that a matrix of independent standard normal numbers gives."""
    q, r = np.linalg.qr(normal)
    return q * np.sign(np.diagonal(r))


def threads_for(units: int) -> int:
    """How many rotations of so many units are worked on at a time: one in each thread, within THREADS_BYTES."""
    return max(min(threads_allowed(), THREADS_BYTES // (MATRICES * 8 * max(units, 1) ** 2)), 1)


def _parts(units: int, rotations: int, seed: int, threads: int) -> Iterator[tuple[Sequence[int], Sequence[np.ndarray]]]:
    """The seeded rotations and their numbers, as many at a time as may be held."""
    at_once = max(KEPT_BYTES // (max(units, 1) ** 2 * 8), 1)
    if units <= KEPT_UNITS and rotations <= at_once:
        yield range(rotations), _kept_rotations(units, rotations, seed)
        return
    random = np.random.default_rng(seed)
    for start in range(0, rotations, at_once):
        numbers = range(start, min(start + at_once, rotations))
        yield numbers, _draw(units, len(numbers), random, threads)


@lru_cache(maxsize=2)
def _kept_rotations(units: int, rotations: int, seed: int) -> list[np.ndarray]:
    """Those of a small layer stay, for whoever asks about one pair after the other."""
    return _draw(units, rotations, np.random.default_rng(seed), threads_for(units))


def _draw(units: int, count: int, random: np.random.Generator, threads: int) -> list[np.ndarray]:
    normals = (random.standard_normal((units, units)) for _ in range(count))
    return list(in_threads(orthogonal, normals, threads))


def _deviations(within: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Of the rotated units, whose correlations before the rotation are `within`."""
    return np.sqrt(np.einsum("ij,ij->i", turn @ within, turn))


def _live(corr_bb: np.ndarray) -> np.ndarray:
    return ~np.isnan(np.diagonal(corr_bb))


def _within(corr_bb: np.ndarray) -> np.ndarray:
    """The correlations of B's live units with one another; ValueError where they are none."""
    if corr_bb.shape[0] != corr_bb.shape[1]:
        raise ValueError(f"`corr_bb` must be square, got {corr_bb.shape}")
    live = _live(corr_bb)
    bb = corr_bb[np.ix_(live, live)]
    if np.isnan(bb).any():
        raise ValueError(UNKNOWN)
    if not np.allclose(bb, bb.T, atol=TOLERANCE) or not np.allclose(np.diagonal(bb), 1, atol=TOLERANCE):
        raise ValueError("`corr_bb` must be a correlation matrix: symmetric, with 1 on the diagonal of live units")
    return bb


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
    above = exceeds(real, greatest)
    return Baseline(mean, deviation, least, greatest, above, float((columns >= 0).sum()) / (len(found) + 1))
