"""The lasso from co-moments against scikit-learn on the activations themselves, and answers known in advance."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Lasso
from synthetic import activations

import convergent_widgets as cw
from convergent_widgets.analysis import held_out_moments, semi_match, sparse_prediction
from convergent_widgets.analysis.prediction import NotConverged

DESCENDING = (1.0, 0.3, 0.1, 0.03, 0.01, 1e-3, 0.0)


def moments(x, y):
    """(cov_xx, cov_xy, var_y) of rows, two-pass float64."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    x, y = x - x.mean(0), y - y.mean(0)
    return x.T @ x / len(x), x.T @ y / len(x), (y * y).mean(0)


def standardised(values):
    values = np.asarray(values, np.float64)
    deviation = values.std(0)
    return (values - values.mean(0)) / np.where(deviation > 0, deviation, 1)


def nets(rows=2000, a=12, b=5, seed=0, **dead):
    made = activations({"a": a, "b": b}, rows, seed, dead=dead)
    return made["a"], made["b"]


def mixed(data, rows=80):
    """Activations of a few causes, drawn by hypothesis: inputs may repeat or nearly repeat one another."""
    seed, causes = data.draw(st.integers(0, 10**6)), data.draw(st.integers(1, 8))
    noise = data.draw(st.sampled_from([0.0, 1e-3, 0.5]))
    random = np.random.default_rng(seed)
    common = random.standard_normal((rows, causes))
    x, y = (
        common @ random.standard_normal((causes, units)) + noise * random.standard_normal((rows, units))
        for units in (data.draw(st.integers(1, 7)), 4)
    )
    return x, np.maximum(y, 0)


def test_it_agrees_with_scikit_learn_on_the_activations():
    x, y = nets()
    penalties = (0.3, 0.1, 0.03, 0.01, 1e-3)
    found = sparse_prediction(*moments(x, y), penalties)
    x, y = standardised(x), standardised(y)
    for number, penalty in enumerate(penalties):
        for target in range(y.shape[1]):
            lasso = Lasso(alpha=penalty, tol=1e-12, max_iter=100_000).fit(x, y[:, target])
            np.testing.assert_allclose(found.weights[number, :, target], lasso.coef_, atol=1e-5)
            loss = ((y[:, target] - lasso.predict(x)) ** 2).mean() / 2
            assert found.loss[number, target] == pytest.approx(loss, abs=1e-5)
            assert found.predictors[number, target] == (np.abs(lasso.coef_) > 0.1).sum()
    np.testing.assert_allclose(found.r2, 1 - 2 * found.loss)


def test_a_sum_of_two_units_is_found_where_no_single_unit_is_it():
    random = np.random.default_rng(3)
    x = np.maximum(random.standard_normal((5000, 30)), 0)
    y = x[:, [4]] + x[:, [17]]
    found = sparse_prediction(*moments(x, y), (0.05,))
    assert np.flatnonzero(found.weights[0, :, 0]).tolist() == [4, 17]
    assert found.predictors[0, 0] == 2
    assert found.r2[0, 0] > 0.98
    assert semi_match(np.corrcoef(y.T, x.T)[:1, 1:]).mean < 0.75


def test_the_zero_map_scores_a_half():
    found = sparse_prediction(*moments(*nets()), (1.0, 5.0))
    assert (found.weights == 0).all()
    assert (found.loss == 0.5).all()
    assert (found.r2 == 0).all()
    assert (found.predictors == 0).all()


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_the_solution_is_optimal_and_its_norm_never_grows_with_the_penalty(data):
    x, y = mixed(data)
    found = sparse_prediction(*moments(x, y), DESCENDING, rank_tolerance=1e-12)
    live = y.std(0) > 0
    x, y = standardised(x), standardised(y)[:, live]
    for number, penalty in enumerate(DESCENDING[:-1]):
        weights = found.weights[number][:, live]
        gradient = x.T @ (y - x @ weights) / len(x)
        missed = np.where(
            weights != 0, abs(gradient - penalty * np.sign(weights)), np.maximum(abs(gradient) - penalty, 0)
        )
        assert missed.max(initial=0) <= 1.1e-5
    norms = np.abs(found.weights[:, :, live]).sum(axis=1)
    assert (np.diff(norms, axis=0) >= -1e-4 * (1 + norms[1:])).all()
    assert (np.diff(found.loss[:, live], axis=0) <= 1e-6).all()


@settings(deadline=None, max_examples=20)
@given(st.permutations(DESCENDING), st.integers(0, 100), st.sampled_from([1e-6, 1e4]))
def test_neither_the_order_of_penalties_nor_the_units_scales_matter(penalties, seed, scale):
    x, y = nets(300, seed=seed)
    x = x.astype(np.float64)
    plain = sparse_prediction(*moments(x, y), DESCENDING)
    x[:, ::2] *= scale
    other = sparse_prediction(*moments(x, y), penalties)
    np.testing.assert_array_equal(other.penalties, penalties)
    for number, penalty in enumerate(penalties):
        np.testing.assert_allclose(other.weights[number], plain.weights[DESCENDING.index(penalty)], atol=1e-7)


def test_a_penalty_may_be_given_twice():
    found = sparse_prediction(*moments(*nets()), (0.1, 0.3, 0.1))
    np.testing.assert_array_equal(found.weights[0], found.weights[2])
    assert (found.loss[1] > found.loss[0]).all()


def test_without_a_penalty_it_is_least_squares_of_least_norm():
    x, y = (values.astype(np.float64) for values in nets())
    x[:, 3], x[:, 7] = x[:, 0], 2 * x[:, 1] + x[:, 2]
    found = sparse_prediction(*moments(x, y), (0.1, 0.0))
    reference = np.linalg.lstsq(standardised(x), standardised(y))[0]
    np.testing.assert_allclose(found.weights[1], reference, atol=1e-6)
    np.testing.assert_allclose(found.weights[1, 0], found.weights[1, 3], atol=1e-6)


def test_single_precision_does_not_decide_how_repeated_units_share_a_weight():
    x, y = (values.astype(np.float64) for values in nets(seed=1))
    x[:, 3], x[:, 7], x[:, 9] = 0.3 * x[:, 0], 0.7 * x[:, 1], 1.3 * x[:, 4]
    rounded = [values.astype(np.float32) for values in moments(x, y)]
    found = sparse_prediction(*rounded, (0.0,))
    exact = sparse_prediction(*moments(x, y), (0.0,))
    np.testing.assert_allclose(found.weights, exact.weights, atol=1e-5)
    unkept = sparse_prediction(*rounded, (0.0,), rank_tolerance=0)
    assert not np.allclose(unkept.weights, exact.weights, atol=1e-2)


@pytest.mark.parametrize(("rank_tolerance", "kept"), [(1e-6, 0), (1e-12, 1)])
def test_all_penalties_have_the_same_rank(rank_tolerance, kept):
    """Two inputs that differ by little, and a target that is their difference: seen at every penalty or at none."""
    apart = 1e-7
    xx = np.array([[1, 1 - apart], [1 - apart, 1]])
    xy = (xx @ [1, -1] / np.sqrt(2 * apart))[:, None]
    penalties = (1e-3, 1e-4, 1e-5, 1e-6, 0)
    found = sparse_prediction(xx, xy, np.ones(1), penalties, rank_tolerance=rank_tolerance)
    norms, loss = np.abs(found.weights).sum(axis=1)[:, 0], found.loss[:, 0]
    assert (np.diff(norms) >= 0).all()
    assert (np.diff(loss) <= 0).all()
    assert norms[-1] == pytest.approx(kept * np.sqrt(2 / apart), rel=1e-6)
    assert loss[-1] == pytest.approx(0 if kept else 0.5, abs=1e-6)
    assert found.violation.max() <= 1e-5


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([1e-2, 1e-3, 1e-4, 1e-5]))
def test_the_norm_never_grows_with_the_penalty_where_inputs_nearly_repeat(seed, noise):
    random = np.random.default_rng(seed)
    common = random.standard_normal((60, 3))
    x = common @ random.standard_normal((3, 8)) + noise * random.standard_normal((60, 8))
    y = random.standard_normal((60, 2)) + common[:, :2]
    found = sparse_prediction(*moments(x, y), (0.3, 0.03, 3e-3, 0.0), rank_tolerance=1e-4)
    norms = np.abs(found.weights).sum(axis=1)
    assert (np.diff(norms, axis=0) >= -1e-4 * (1 + norms[1:])).all()


def test_it_keeps_its_own_penalties():
    penalties = np.array([0.1, 0.01])
    found = sparse_prediction(*moments(*nets()), penalties)
    penalties[0] = 7
    assert found.penalties.tolist() == [0.1, 0.01]


def test_fewer_rows_than_inputs_in_single_precision_are_no_impossible_moments():
    random = np.random.default_rng(0)
    x, y = random.standard_normal((30, 80)) + 3, random.standard_normal((30, 4))
    found = sparse_prediction(*(values.astype(np.float32) for values in moments(x, y)), (0.01, 0.0))
    np.testing.assert_allclose(found.loss[1], 0, atol=1e-5)


def test_dead_units():
    x, y = nets(a=12, b=5)
    x[:, 2], y[:, 1] = 0.7, 0
    found = sparse_prediction(*moments(x, y), DESCENDING)
    inputs, targets = np.delete(np.arange(12), 2), np.delete(np.arange(5), 1)
    live = sparse_prediction(*moments(x[:, inputs], y[:, targets]), DESCENDING)
    assert (found.weights[:, 2][:, targets] == 0).all()
    np.testing.assert_allclose(found.weights[:, inputs][:, :, targets], live.weights, atol=1e-12)
    for values in (found.loss, found.r2, found.predictors, found.violation, found.weights[:, 0]):
        assert np.isnan(values[:, 1]).all()
        assert not np.isnan(values[:, targets]).any()


def test_nan_marks_dead_units_as_zero_does():
    x, y = nets(a=12, b=5)
    x[:, 2], y[:, 1] = 0, 0
    xx, xy, yy = moments(x, y)
    zero = sparse_prediction(xx, xy, yy)
    xx[2] = xx[:, 2] = xy[2] = xy[:, 1] = yy[1] = np.nan
    np.testing.assert_array_equal(sparse_prediction(xx, xy, yy).weights, zero.weights)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_nothing_on_one_side(shape):
    inputs, targets = shape
    found = sparse_prediction(np.eye(inputs), np.zeros(shape), np.ones(targets))
    assert found.weights.shape == (8, *shape)
    assert (found.loss == 0.5).all()


def test_all_inputs_dead():
    found = sparse_prediction(np.zeros((3, 3)), np.zeros((3, 2)), np.ones(2))
    assert (found.weights == 0).all()
    assert (found.loss == 0.5).all()


def halves():
    """Rows of two halves whose means and scales differ; input 5 and target 2 are dead in the second only."""
    x, y = nets(1000, seed=4)
    first, second = (x[:500], y[:500]), (1.5 * x[500:] + 0.3, y[500:] * 0.8 + 0.1)
    second[0][:, 5], second[1][:, 2] = 0.4, 0.2
    return first, second


def test_the_held_out_loss_is_that_of_the_other_rows():
    (x, y), (other_x, other_y) = halves()
    held_out = held_out_moments(x.mean(0), y.mean(0), other_x.mean(0), other_y.mean(0), *moments(other_x, other_y))
    found = sparse_prediction(*moments(x, y), DESCENDING, held_out)
    for number in range(len(DESCENDING)):
        predicted = (other_x - x.mean(0)) / x.std(0) @ found.weights[number] * y.std(0) + y.mean(0)
        loss = (((other_y - predicted) / y.std(0)) ** 2).mean(0) / 2
        np.testing.assert_allclose(found.held_out_loss[number], loss, rtol=1e-5)
    np.testing.assert_array_equal(found.r2, 1 - 2 * found.held_out_loss)
    about_their_own = sparse_prediction(*moments(x, y), DESCENDING, moments(other_x, other_y))
    assert not np.allclose(about_their_own.held_out_loss, found.held_out_loss, rtol=0.05)


def test_a_half_held_out_from_itself_has_the_loss_in_sample():
    x, y = nets()
    y[:, 0] = 1
    found = sparse_prediction(*moments(x, y), DESCENDING, moments(x, y))
    np.testing.assert_allclose(found.held_out_loss, found.loss, atol=1e-12)
    assert sparse_prediction(*moments(x, y)).held_out_loss is None


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 40), st.floats(-100, 100))
def test_held_out_moments_are_those_of_raw_rows(seed, rows, other_rows, shift):
    random = np.random.default_rng(seed)
    x, y = random.standard_normal((rows, 4)), random.standard_normal((rows, 3))
    other_x, other_y = random.standard_normal((other_rows, 4)) + shift, random.standard_normal((other_rows, 3)) - shift
    found = held_out_moments(x.mean(0), y.mean(0), other_x.mean(0), other_y.mean(0), *moments(other_x, other_y))
    from_x, from_y = other_x - x.mean(0), other_y - y.mean(0)
    raw = from_x.T @ from_x / other_rows, from_x.T @ from_y / other_rows, (from_y**2).mean(0)
    for values, expected in zip(found, raw, strict=True):
        np.testing.assert_allclose(values, expected, atol=1e-9 * (1 + shift**2))


def test_the_zoos_first_layer_shares_subspaces_rather_than_units():
    """At the penalty that the paper shows (10^-2.6, times 96 targets), two or so units predict one."""
    zoo = cw.zoo.comparison()
    predictors, loss = [], []
    for a, b in itertools.permutations(zoo.nets[:4], 2):
        found = sparse_prediction(
            zoo.covariance("conv1", a, a),
            zoo.covariance("conv1", a, b),
            zoo.std("conv1", b) ** 2,
            (96 * 10**-2.6, 0.96),
        )
        predictors.append(np.nanmean(found.predictors[0]))
        loss.append(np.nanmean(found.loss[0]))
        assert np.nanmean(found.loss[1]) == pytest.approx(0.5, abs=0.005)
    assert np.mean(predictors) == pytest.approx(1.9, abs=0.1)
    assert np.mean(loss) == pytest.approx(0.184, abs=0.005)


def test_it_says_so_when_it_has_not_converged():
    random = np.random.default_rng(0)
    common = random.standard_normal((500, 3))
    x = common @ random.standard_normal((3, 40)) + 0.01 * random.standard_normal((500, 40))
    y = common @ random.standard_normal((3, 6)) + random.standard_normal((500, 6))
    with pytest.warns(NotConverged, match=r"miss the optimality conditions by up to .* at penalties \[0.01\]"):
        found = sparse_prediction(*moments(x, y), (0.01, 1.0), iterations=20)
    assert found.violation.max() > 1e-5
    assert sparse_prediction(*moments(x, y), (0.01, 1.0)).violation.max() <= 1e-5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cov_xx": np.ones((2, 3))}, r"square.*got shape \(2, 3\)"),
        ({"cov_xx": np.array([[1, 0.5, 0], [0.1, 1, 0], [0, 0, 1]])}, "symmetric"),
        ({"cov_xx": np.full((3, 3), 0.9) - 2 * np.eye(3)}, "negative"),
        ({"cov_xx": np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])}, "no covariance matrix"),
        ({"cov_xx": np.array([[1, np.nan, 0], [np.nan, 1, 0], [0, 0, 1]])}, "finite for every pair"),
        ({"cov_xy": np.zeros((2, 2))}, r"must be \(3, targets\)"),
        ({"cov_xy": np.full((3, 2), 1.1)}, "does not fit the variances"),
        ({"var_y": np.ones(3)}, r"must be \(2,\)"),
        ({"var_y": np.array([1, -1])}, "negative"),
        ({"var_y": np.array([1, np.inf])}, "finite"),
        ({"cov_xx": np.diag([1, np.inf, 1])}, "variances must be finite"),
        ({"cov_xx": np.eye(3) + 0j}, "`cov_xx` must hold real numbers, got complex128"),
        ({"cov_xy": np.zeros((3, 2), complex)}, "`cov_xy` must hold real numbers"),
        ({"penalties": (0.1, 1j)}, "`penalties` must hold real numbers"),
        ({"rank_tolerance": -1}, "`rank_tolerance` must be from 0 to below 1"),
        ({"rank_tolerance": np.nan}, "`rank_tolerance` must be from 0 to below 1"),
        ({"rank_tolerance": 5}, "`rank_tolerance` must be from 0 to below 1"),
        ({"iterations": 1.5}, "`iterations` must be a whole number of at least 1, got 1.5"),
        ({"iterations": 0}, "`iterations` must be a whole number of at least 1"),
        ({"held_out": (np.eye(3), np.zeros((3, 2)))}, r"must be three arrays, \(xx, xy, yy\)"),
        ({"held_out": (np.eye(3), np.full((3, 2), 0.1), -np.ones(2))}, "`held_out` must not hold negative variances"),
        ({"held_out": (-np.eye(3), np.zeros((3, 2)), np.ones(2))}, "`held_out` must not hold negative variances"),
        ({"held_out": (np.eye(3), np.full((3, 2), 1.1), np.ones(2))}, "a covariance exceeds"),
        ({"penalties": (0.1, -0.1)}, "0 or above"),
        ({"penalties": ()}, "0 or above"),
        ({"penalties": 0.1}, "must be a sequence"),
        ({"penalties": (np.inf,)}, "finite"),
        ({"tolerance": 0}, "above 0"),
        ({"held_out": (np.eye(3), np.zeros((3, 2)), np.ones(3))}, "`held_out` must be of shapes"),
        ({"held_out": (np.eye(3), np.full((3, 2), np.nan), np.ones(2))}, "`held_out` must be finite"),
        ({"held_out": (np.eye(3), np.zeros((3, 2)), np.array([1, np.inf]))}, "`held_out` must be finite"),
    ],
)
def test_input_that_does_not_fit_is_refused(change, message):
    fitting = {"cov_xx": np.eye(3), "cov_xy": np.zeros((3, 2)), "var_y": np.ones(2)}
    sparse_prediction(**fitting)
    with pytest.raises(ValueError, match=message):
        sparse_prediction(**fitting | change)


def test_a_target_of_which_more_than_all_would_be_explained_is_refused():
    xx, xy = np.array([[1, -0.9], [-0.9, 1]]), np.array([[0.9], [0.9]])
    with pytest.raises(ValueError, match=r"all inputs together would explain 16\.2 times as much"):
        sparse_prediction(xx, xy, [1.0], (0, 0.01))
    with pytest.raises(ValueError, match=r"would explain 16\.2 times"):
        sparse_prediction(xx, xy, [1.0], (0.01,))
    assert sparse_prediction(abs(xx), xy, [1.0], (0,)).loss == pytest.approx(0.5 * (1 - 2 * 0.81 / 1.9))


@pytest.mark.parametrize(("place", "shape"), [(0, 4), (1, 1), (2, 1), (3, 3), (4, (3, 2)), (5, (1, 2)), (6, 1)])
def test_held_out_moments_of_unequal_length_are_refused(place, shape):
    fitting = [np.zeros(shape) for shape in (3, 2, 3, 2, (3, 3), (3, 2), 2)]
    held_out_moments(*fitting)
    fitting[place] = np.zeros(shape)
    with pytest.raises(ValueError, match=r"means must be \(inputs,\) and \(targets,\)"):
        held_out_moments(*fitting)
