"""One-to-one matching of units: with replacement (semi) and without (bipartite). Li et al. 2015, section 3."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convergent_widgets.analysis.checks import real

METHODS = ("bipartite", "semi")


@dataclass(frozen=True)
class Matching:
    """Which unit of B each unit of A was given.

    `rows` and `columns` are int64 of equal length, rows ascending, matched pairs only; `values` are their
    correlations. `runner_up` is the greatest correlation of the row to any other column (NaN where there is none),
    `agrees` tells where semi-matching and bipartite matching chose the same column. `unmatched_rows` and
    `unmatched_columns` are all others, dead units included.
    """

    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    unmatched_rows: np.ndarray
    unmatched_columns: np.ndarray
    runner_up: np.ndarray
    agrees: np.ndarray

    @cached_property
    def total(self) -> float:
        """Sum of the values."""
        return float(self.values.sum())

    @cached_property
    def mean(self) -> float:
        """Mean of the values; NaN where nothing was matched."""
        return float(self.values.mean()) if self.values.size else float("nan")


def semi_match(corr: np.ndarray) -> Matching:
    """Give each row its greatest column; a column may be given several times.

    `corr` is (C_a, C_b); NaN marks dead units and forbidden pairs. Ties go to the lower column. Raises ValueError
    for anything but a 2-d array of finite numbers and NaN.
    """
    return _matching(corr, "semi")


def bipartite_match(corr: np.ndarray) -> Matching:
    """Pair rows and columns one to one: as many pairs as possible, then the greatest total correlation.

    `corr` is (C_a, C_b); NaN marks dead units and forbidden pairs, and unequal sides leave units unmatched. Raises
    ValueError as `semi_match` does.
    """
    return _matching(corr, "bipartite")


def match_columns(corr: np.ndarray, method: str) -> np.ndarray:
    """The column given to each row, (C_a,) int64; -1 for none. The bare choice behind both matchings."""
    return _semi_columns(corr) if method == "semi" else _bipartite_columns(corr)


def describe_matching(corr: np.ndarray, columns: np.ndarray, other: np.ndarray) -> Matching:
    """The Matching that gives row i `columns[i]` (-1 for none), where the other method would give it `other[i]`."""
    rows = np.flatnonzero(columns >= 0)
    chosen = columns[rows]
    rest = corr[rows].copy()
    rest[np.arange(rows.size), chosen] = np.nan
    runner_up = np.max(np.where(np.isnan(rest), -np.inf, rest), axis=1, initial=-np.inf)
    return Matching(
        rows=rows,
        columns=chosen,
        values=corr[rows, chosen],
        unmatched_rows=np.flatnonzero(columns < 0),
        unmatched_columns=np.setdiff1d(np.arange(corr.shape[1]), chosen),
        runner_up=np.where(np.isneginf(runner_up), np.nan, runner_up),
        agrees=chosen == other[rows],
    )


def check_correlation(corr: np.ndarray) -> np.ndarray:
    """`corr` as a 2-d float64 array; ValueError where it is not one."""
    corr = real("corr", corr)
    if corr.ndim != 2:
        raise ValueError(f"`corr` must be 2-dimensional, (units of A, units of B), got shape {corr.shape}")
    if np.isinf(corr).any():
        raise ValueError(
            "`corr` must hold finite numbers, or NaN for dead units and forbidden pairs; it holds infinity"
        )
    return corr


def _matching(corr: np.ndarray, method: str) -> Matching:
    corr = check_correlation(corr)
    other = "bipartite" if method == "semi" else "semi"
    return describe_matching(corr, match_columns(corr, method), match_columns(corr, other))


def _semi_columns(corr: np.ndarray) -> np.ndarray:
    columns = np.full(corr.shape[0], -1, dtype=np.int64)
    possible = ~np.isnan(corr)
    rows = np.flatnonzero(possible.any(axis=1))
    if rows.size:
        columns[rows] = np.where(possible, corr, -np.inf)[rows].argmax(axis=1)
    return columns


def _bipartite_columns(corr: np.ndarray) -> np.ndarray:
    from scipy.optimize import linear_sum_assignment

    columns = np.full(corr.shape[0], -1, dtype=np.int64)
    possible = ~np.isnan(corr)
    if possible.all():
        rows, chosen = linear_sum_assignment(corr, maximize=True)
        columns[rows] = chosen
        return columns
    live_rows, live_columns = np.flatnonzero(possible.any(axis=1)), np.flatnonzero(possible.any(axis=0))
    if not live_rows.size:
        return columns
    gain, allowed = corr[np.ix_(live_rows, live_columns)], possible[np.ix_(live_rows, live_columns)]
    if not allowed.all():
        gain = np.where(allowed, gain, _penalty(gain))
    rows, chosen = linear_sum_assignment(gain, maximize=True)
    kept = allowed[rows, chosen]
    columns[live_rows[rows[kept]]] = live_columns[chosen[kept]]
    return columns


def _penalty(gain: np.ndarray) -> float:
    """A gain so low that no total can make up for one pair fewer."""
    least, greatest = np.nanmin(gain), np.nanmax(gain)
    return float(least - (greatest - least) * (min(gain.shape) + 1) - 1.0)
