"""Few to one: each unit of B predicted from a few units of A, by the lasso. Li et al. 2015, section 4.

Everything follows from second moments, so one pass over the data answers it for all targets and all penalties.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convergent_widgets.analysis.checks import ROUNDING, real, whole
from convergent_widgets.analysis.threads import one_thread_where

PENALTIES = (1.0, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 0.0)
PREDICTOR = 0.1
RANK_TOLERANCE = 1e-6
ITERATIONS = 20_000
ROUND = 20
RELAXATION = 1.6
STEP_FLOOR = 1e-3
# Up to so many inputs, threads that wait for one another on a busy machine cost more than they bring.
ONE_THREAD = 512
# Work on a target ends this far below the tolerance: weights are off by more than the violation where inputs are alike.
MARGIN = 1e-2


class NotConverged(UserWarning):
    """Some weights do not satisfy the lasso's optimality conditions within the tolerance."""


@dataclass(frozen=True)
class Prediction:
    """Linear maps from the units of A to each unit of B, one per penalty; all of standardised units, with a bias.

    `penalties` (P,) as they were given. `weights` (P, inputs, targets): a dead input weighs 0, a dead target's weights
    are NaN. All others are (P, targets) float64, NaN for dead targets: `loss`, half the mean squared error over the
    rows that the weights were fitted to, in units of the target's variance, so that the zero map scores .5;
    `held_out_loss`, the same over the other rows, still in units of this half's variance, None where they were not
    given; `predictors`, the number of weights with `|w| > .1`; `violation`, by how much the optimality conditions are
    missed at most.
    """

    penalties: np.ndarray
    weights: np.ndarray
    loss: np.ndarray
    held_out_loss: np.ndarray | None
    predictors: np.ndarray
    violation: np.ndarray

    @cached_property
    def r2(self) -> np.ndarray:
        """1 - 2 loss, (P, targets): of `held_out_loss` where there is one, else of `loss`.

        A rare unit whose variance is far greater in the other half than in this one, by which it is divided, makes the
        held-out figure strongly negative: over units, read the median.
        """
        return 1.0 - 2.0 * (self.loss if self.held_out_loss is None else self.held_out_loss)


def sparse_prediction(
    cov_xx: np.ndarray,
    cov_xy: np.ndarray,
    var_y: np.ndarray,
    penalties: Sequence[float] = PENALTIES,
    held_out: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None,
    tolerance: float = 1e-5,
    *,
    rank_tolerance: float = RANK_TOLERANCE,
    iterations: int = ITERATIONS,
) -> Prediction:
    """Predict every target from all inputs with an L1 penalty, from the covariances alone.

    For each target y and penalty p, over standardised x and y, the weights w minimise
    1/2 mean (y - x w)^2 + p ||w||_1 (scikit-learn's `Lasso(alpha=p)`; the paper's published weights times its number
    of targets). `cov_xx` (inputs, inputs), `cov_xy` (inputs, targets) and `var_y` (targets,) are divided by n. A
    variance of 0 or NaN marks a dead unit.

    `held_out` (xx, xy, yy), of the shapes of the three before it, are second moments of other rows about these rows'
    means, as `held_out_moments` gives them; the held-out loss is then exact.

    Directions in which the correlation matrix of the inputs has an eigenvalue of at most `rank_tolerance` (its mean
    eigenvalue is 1) count as ones in which the inputs don't vary, at every penalty: there rounding decides, if moments
    were ever kept in single precision, as the result file's are; 1e-12 suits double precision throughout. So all
    penalties solve one problem, and the weights' L1 norm never grows with the penalty; penalty 0 is its least squares,
    of least norm. Losses are those of the moments as given.

    Method: ADMM (Boyd et al. 2011, section 6.4), over-relaxed, from the greatest penalty to the least, each starting at
    the one before, for all targets at once; once a target's signs settle, its weights are solved for exactly.
    Converged means that no optimality condition is missed by more than `tolerance`, in units of correlation, within the
    directions kept. Warns `NotConverged` where `iterations` do not reach it.
    Memory: a few times (inputs + targets) x inputs, and P x inputs x targets for the weights, float64.

    Raises ValueError for shapes that do not fit, negative penalties, a `rank_tolerance` outside [0, 1), `iterations`
    that are no whole number above 0, and moments that no data can have: variances that are negative or infinite,
    inputs whose correlations have a negative eigenvalue, a target of which more than all would be explained, each
    beyond what rounding does.
    """
    cov_xx, cov_xy, var_y = _check_moments(cov_xx, cov_xy, var_y)
    wanted = _check_penalties(penalties)
    if not tolerance > 0:
        raise ValueError(f"`tolerance` must be above 0, got {tolerance}")
    if not 0 <= rank_tolerance < 1:
        raise ValueError(f"`rank_tolerance` must be from 0 to below 1, the mean eigenvalue, got {rank_tolerance}")
    iterations = whole("iterations", iterations, 1)
    std_x, std_y = np.sqrt(np.diagonal(cov_xx)), np.sqrt(var_y)
    live_x, live_y = std_x > 0, std_y > 0
    scale = _Scale(live_x, live_y, std_x[live_x], std_y[live_y])
    xx, xy = scale.standardise(cov_xx, cov_xy, "`cov_xx` and `cov_xy`")
    other = None if held_out is None else _check_held_out(held_out, scale)

    results = (wanted.size, live_y.size)
    weights = np.zeros((wanted.size, live_x.size, live_y.size))
    weights[:, :, ~live_y] = np.nan
    loss, violation, predictors, held_out_loss = (np.full(results, np.nan) for _ in range(4))
    with one_thread_where(live_x.size <= ONE_THREAD):
        problem = _Problem(xx, xy, rank_tolerance)
        for penalty, found in problem.path(np.unique(wanted)[::-1], tolerance, iterations):
            missed = problem.violation(found, penalty)
            for place in np.flatnonzero(wanted == penalty):
                weights[place][np.ix_(live_x, live_y)] = found
                loss[place, live_y] = np.maximum(_half_error(xx, xy, 1.0, found), 0.0)
                violation[place, live_y] = missed
                predictors[place, live_y] = (np.abs(found) > PREDICTOR).sum(axis=0)
                if other is not None:
                    held_out_loss[place, live_y] = _half_error(*other, found)
    _warn_if_missed(wanted, violation, tolerance, iterations)
    return Prediction(wanted, weights, loss, None if other is None else held_out_loss, predictors, violation)


def held_out_moments(
    mean_x: np.ndarray,
    mean_y: np.ndarray,
    other_mean_x: np.ndarray,
    other_mean_y: np.ndarray,
    other_cov_xx: np.ndarray,
    other_cov_xy: np.ndarray,
    other_var_y: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Second moments of the other half's rows about this half's means: what `sparse_prediction` calls `held_out`.

    Means are (inputs,) and (targets,), of this half and of the other; the other half's covariances are (inputs,
    inputs), (inputs, targets) and (targets,), about its own means, divided by its n. Exact, by
    E[(x - m)(y - m')] = cov(x, y) + (E x - m)(E y - m'). A unit that is dead in the other half has covariance 0 there.
    Raises ValueError for shapes that do not fit.
    """
    shapes = (np.shape(mean_x), np.shape(mean_y))
    others = (np.shape(other_mean_x), np.shape(other_mean_y))
    covariances = tuple(map(np.shape, (other_cov_xx, other_cov_xy, other_var_y)))
    (inputs, targets) = ((*shape, 0)[0] for shape in shapes)
    if not shapes == others == ((inputs,), (targets,)) or covariances != _shapes(inputs, targets):
        raise ValueError(
            "means must be (inputs,) and (targets,), the other half's covariances (inputs, inputs), (inputs, targets) "
            f"and (targets,); got means of shapes {shapes} and {others}, covariances of shapes {covariances}"
        )
    step_x = real("other_mean_x", other_mean_x) - real("mean_x", mean_x)
    step_y = real("other_mean_y", other_mean_y) - real("mean_y", mean_y)
    return (
        real("other_cov_xx", other_cov_xx) + np.outer(step_x, step_x),
        real("other_cov_xy", other_cov_xy) + np.outer(step_x, step_y),
        real("other_var_y", other_var_y) + step_y**2,
    )


@dataclass(frozen=True)
class _Scale:
    """Which inputs and targets live, and their deviations."""

    live_x: np.ndarray
    live_y: np.ndarray
    std_x: np.ndarray
    std_y: np.ndarray

    def standardise(self, xx: np.ndarray, xy: np.ndarray, names: str) -> tuple[np.ndarray, np.ndarray]:
        xx = xx[np.ix_(self.live_x, self.live_x)] / np.outer(self.std_x, self.std_x)
        xy = xy[np.ix_(self.live_x, self.live_y)] / np.outer(self.std_x, self.std_y)
        if not (np.isfinite(xx).all() and np.isfinite(xy).all()):
            raise ValueError(f"{names} must be finite for every pair of live units")
        return (xx + xx.T) / 2, xy


class _Problem:
    """The lasso of all live targets, in correlations: `xx` (inputs, inputs), `xy` (inputs, targets).

    Both are brought to the numerical rank of the inputs, so that every penalty has the same problem.
    """

    def __init__(self, xx: np.ndarray, xy: np.ndarray, rank_tolerance: float):
        values, self._vectors = np.linalg.eigh(xx)
        if values.size and values[0] < -ROUNDING:
            raise ValueError(
                f"`cov_xx` is no covariance matrix: its correlations have an eigenvalue of {values[0]:.2g}"
            )
        if np.abs(xy).max(initial=0.0) > 1 + ROUNDING:
            raise ValueError(
                f"`cov_xy` does not fit the variances: a correlation would be {np.abs(xy).max():.3g}; "
                "`var_y` holds variances, not deviations"
            )
        self._kept = values > rank_tolerance
        self._values = np.where(self._kept, values, 0.0)
        if not self._kept.all():
            kept = self._vectors[:, self._kept]
            xx, xy = (kept * values[self._kept]) @ kept.T, kept @ (kept.T @ xy)
        self.xx, self.xy = xx, xy
        self._line = self._least_squares()
        self._check_explained()

    def path(self, penalties: np.ndarray, tolerance: float, iterations: int) -> Iterator[tuple[float, np.ndarray]]:
        """The weights (inputs, targets) of each penalty; penalties descend."""
        weights = np.zeros_like(self.xy)
        for penalty in penalties.tolist():
            weights = self._lasso(penalty, weights, tolerance, iterations) if penalty else self._line
            yield penalty, weights

    def violation(self, weights: np.ndarray, penalty: float) -> np.ndarray:
        """By how much each target misses the optimality conditions, (targets,)."""
        return _missed(self.xx, self.xy, weights, penalty)

    def _least_squares(self) -> np.ndarray:
        kept = self._vectors[:, self._kept]
        return kept @ ((kept.T @ self.xy) / self._values[self._kept, None])

    def _check_explained(self) -> None:
        """ValueError where least squares would explain more of a target than there is.

        Rounding of the moments, at most some `RANK_TOLERANCE` in every direction, changes what is explained by that
        much times the weights' square.
        """
        explained = np.einsum("it,it->t", self.xy, self._line)
        slack = ROUNDING + RANK_TOLERANCE * np.square(self._line).sum(axis=0)
        if (explained > 1 + slack).any():
            raise ValueError(
                "`cov_xx`, `cov_xy` and `var_y` do not fit one another: of a target's variance, all inputs together "
                f"would explain {explained[explained > 1 + slack].max():.3g} times as much as there is"
            )

    def _lasso(self, penalty: float, start: np.ndarray, tolerance: float, iterations: int) -> np.ndarray:
        found = np.zeros_like(start)
        left = np.flatnonzero(_greatest(self.xy) > penalty)
        if not left.size:
            return found
        step = float(np.sqrt(max(self._values[0], STEP_FLOOR) * self._values[-1]))
        sparse = start[:, left]
        dual = (self.xy[:, left] - self.xx @ sparse) / step
        enough = tolerance * MARGIN
        for _ in range(-(-iterations // ROUND)):
            xy, before = self.xy[:, left], np.sign(sparse)
            sparse, dual = self._descend(xy, sparse, dual, penalty, step)
            settled = (np.sign(sparse) == before).all(axis=0)
            for place in np.flatnonzero(settled):
                exact = _on_support(self.xx, xy[:, place], sparse[:, place], penalty)
                if exact is not None and _missed(self.xx, xy[:, [place]], exact[:, None], penalty) <= enough:
                    sparse[:, place] = exact
            done = _missed(self.xx, xy, sparse, penalty) <= enough
            found[:, left] = sparse
            left, sparse, dual = left[~done], sparse[:, ~done], dual[:, ~done]
            if not left.size:
                break
        return found

    def _descend(
        self, xy: np.ndarray, sparse: np.ndarray, dual: np.ndarray, penalty: float, step: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """A round of ADMM for the targets still open."""
        vectors, damped = self._vectors, self._values[:, None] + step
        for _ in range(ROUND):
            smooth = vectors @ ((vectors.T @ (xy + step * (sparse - dual))) / damped)
            dual = dual + RELAXATION * smooth + (1 - RELAXATION) * sparse
            sparse = np.sign(dual) * np.maximum(np.abs(dual) - penalty / step, 0.0)
            dual = dual - sparse
        return sparse, dual


def _on_support(xx: np.ndarray, xy: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray | None:
    """What the weights (inputs,) are if their signs are right; None where signs do not settle it."""
    from scipy.linalg import LinAlgError, cho_factor, cho_solve

    support = np.flatnonzero(weights)
    exact = np.zeros_like(weights)
    try:
        factor = cho_factor(xx[np.ix_(support, support)], lower=True, overwrite_a=True, check_finite=False)
    except LinAlgError:
        return None
    exact[support] = cho_solve(factor, xy[support] - penalty * np.sign(weights[support]), check_finite=False)
    return exact


def _missed(xx: np.ndarray, xy: np.ndarray, weights: np.ndarray, penalty: float) -> np.ndarray:
    """The lasso's optimality conditions: the gradient is the penalty where a weight is, and at most that elsewhere."""
    gradient = xy - xx @ weights
    return _greatest(
        np.where(weights != 0, gradient - penalty * np.sign(weights), np.maximum(np.abs(gradient) - penalty, 0.0))
    )


def _greatest(values: np.ndarray) -> np.ndarray:
    return np.abs(values).max(axis=0, initial=0.0)


def _half_error(xx: np.ndarray, xy: np.ndarray, yy: np.ndarray | float, weights: np.ndarray) -> np.ndarray:
    """Half the mean squared error of each target, (targets,), from second moments."""
    return 0.5 * (yy - 2 * np.einsum("it,it->t", xy, weights) + np.einsum("it,it->t", weights, xx @ weights))


def _check_moments(
    cov_xx: np.ndarray, cov_xy: np.ndarray, var_y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    cov_xx, cov_xy, var_y = real("cov_xx", cov_xx), real("cov_xy", cov_xy), real("var_y", var_y)
    if cov_xx.ndim != 2 or cov_xx.shape[0] != cov_xx.shape[1]:
        raise ValueError(f"`cov_xx` must be square, (inputs, inputs), got shape {cov_xx.shape}")
    if cov_xy.ndim != 2 or len(cov_xy) != len(cov_xx):
        raise ValueError(f"`cov_xy` must be ({len(cov_xx)}, targets) to fit `cov_xx`, got shape {cov_xy.shape}")
    if var_y.shape != cov_xy.shape[1:]:
        raise ValueError(f"`var_y` must be {cov_xy.shape[1:]}, the targets' variances, got shape {var_y.shape}")
    if (np.diagonal(cov_xx) < 0).any() or (var_y < 0).any():
        raise ValueError("variances must not be negative")
    if np.isinf(np.diagonal(cov_xx)).any() or np.isinf(var_y).any():
        raise ValueError("variances must be finite, or NaN for dead units; they hold infinity")
    if not np.allclose(cov_xx, cov_xx.T, rtol=ROUNDING, atol=0, equal_nan=True):
        raise ValueError("`cov_xx` must be symmetric")
    return cov_xx, cov_xy, var_y


def _shapes(inputs: int, targets: int) -> tuple[tuple[int, ...], ...]:
    """Of second moments: among inputs, of inputs with targets, of targets."""
    return (inputs, inputs), (inputs, targets), (targets,)


def _check_penalties(penalties: Sequence[float]) -> np.ndarray:
    wanted = np.array(real("penalties", penalties))
    if wanted.ndim != 1 or not wanted.size or not (np.isfinite(wanted) & (wanted >= 0)).all():
        raise ValueError(f"`penalties` must be a sequence of finite numbers, 0 or above, got {penalties!r}")
    return wanted


def _check_held_out(
    held_out: tuple[np.ndarray, np.ndarray, np.ndarray], scale: _Scale
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not isinstance(held_out, (tuple, list)) or len(held_out) != 3:
        raise ValueError(f"`held_out` must be three arrays, (xx, xy, yy), got {held_out!r:.100}")
    xx, xy, yy = (real("held_out", values) for values in held_out)
    shapes = _shapes(scale.live_x.size, scale.live_y.size)
    if (xx.shape, xy.shape, yy.shape) != shapes:
        raise ValueError(
            f"`held_out` must be of shapes {shapes[0]}, {shapes[1]} and {shapes[2]}, "
            f"got {xx.shape}, {xy.shape} and {yy.shape}"
        )
    yy = yy[scale.live_y] / scale.std_y**2
    if not np.isfinite(yy).all():
        raise ValueError("`held_out` must be finite for every live target")
    xx, xy = scale.standardise(xx, xy, "`held_out`")
    squares = np.diagonal(xx)
    if (squares < 0).any() or (yy < 0).any():
        raise ValueError("`held_out` must not hold negative variances")
    if (xy**2 > np.outer(squares, yy) * (1 + ROUNDING) ** 2 + ROUNDING**2).any():
        raise ValueError("`held_out` does not fit together: a covariance exceeds what its two variances allow")
    return xx, xy, yy


def _warn_if_missed(penalties: np.ndarray, violation: np.ndarray, tolerance: float, iterations: int) -> None:
    missed = violation > tolerance
    if missed.any():
        warnings.warn(
            f"{int(missed.any(axis=0).sum())} targets miss the optimality conditions by up to "
            f"{np.nanmax(violation):.1g} at penalties {penalties[missed.any(axis=1)].tolist()}, where `tolerance` is "
            f"{tolerance:g}; raise `iterations` (now {iterations}) or `tolerance`",
            NotConverged,
            stacklevel=3,
        )
