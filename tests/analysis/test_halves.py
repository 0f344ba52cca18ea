"""Held-out matching: a real relation holds on the other half, a chance one does not."""

import numpy as np
import pytest

from convergent_widgets.analysis import held_out, sampling_error


def correlations(random, rows=400, units=8, noise=0.3, related=True):
    """(first half, second half) correlations of two nets, the second a permutation of the first plus noise."""
    a = random.standard_normal((2 * rows, units))
    b = a[:, ::-1] + noise * random.standard_normal(a.shape) if related else random.standard_normal(a.shape)
    return [np.corrcoef(a[half].T, b[half].T)[:units, units:] for half in (slice(0, rows), slice(rows, None))]


@pytest.mark.parametrize("method", ["bipartite", "semi"])
def test_a_permutation_is_found_again_on_the_other_half(method):
    first, second = correlations(np.random.default_rng(0))
    judged = held_out(first, second, method)
    assert judged.same.all()
    assert judged.agreement == 1
    np.testing.assert_allclose(judged.r, (np.diag(first[:, ::-1]) + np.diag(second[:, ::-1])) / 2)
    assert judged.mean == pytest.approx(judged.r.mean())
    assert judged.unjudged == 0


@pytest.mark.parametrize("method", ["bipartite", "semi"])
def test_unrelated_units_fall_to_nothing_where_the_matching_itself_looks_like_something(method):
    random = np.random.default_rng(1)
    matched, judged = [], []
    for _ in range(30):
        first, second = correlations(random, rows=60, related=False)
        matched.append(first.max(axis=1).mean())
        judged.append(held_out(first, second, method).mean)
    assert np.mean(matched) > 0.15
    assert abs(np.mean(judged)) < 0.02


def test_dead_units_are_not_judged():
    first, second = correlations(np.random.default_rng(2), units=4)
    first[1] = np.nan  # dead in one half
    first[:, 0] = second[:, 0] = np.nan  # dead in both halves, in net b
    second[2] = first[2] = np.nan  # dead in both halves, in net a
    judged = held_out(first, second, "semi")
    assert np.isnan(judged.r[[1, 2]]).all()
    assert not judged.same[[1, 2]].any()
    assert judged.unjudged == 1
    assert np.isfinite(judged.mean)


def test_nothing_to_match():
    for shape in ((0, 3), (3, 0)):
        judged = held_out(np.zeros(shape), np.zeros(shape))
        assert np.isnan(judged.mean)
        assert np.isnan(judged.agreement)
        assert judged.r.shape == (shape[0],)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((2, 2)), np.zeros((2, 3))), "the same units"),
        ((np.zeros((2, 2)), np.zeros((2, 2)), "greedy"), "must be one of"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        held_out(*arguments)


@pytest.mark.parametrize("relation", [0.0, 0.7])
def test_the_sampling_error_is_the_spread_of_r_over_repetitions(relation):
    random = np.random.default_rng(4)
    found, errors = [], []
    for _ in range(300):
        a = random.standard_normal((500, 4))
        b = relation * a + np.sqrt(1 - relation**2) * random.standard_normal(a.shape)
        blocks = [np.corrcoef(a[rows].T, b[rows].T)[:4, 4:] for rows in (slice(0, 250), slice(250, 500), slice(None))]
        found.append(blocks[2])
        errors.append(sampling_error(blocks[0], blocks[1]))
    spread = np.sqrt(np.var(found, axis=0).mean())
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(spread, rel=0.05)


def test_the_sampling_error_leaves_out_what_is_not_known():
    first, second = np.full((2, 2), 0.5), np.full((2, 2), 0.3)
    first[0], second[:, 1] = np.nan, np.nan
    assert sampling_error(first, second) == pytest.approx(0.1)
    assert np.isnan(sampling_error(np.full((2, 2), np.nan), second))
    with pytest.raises(ValueError, match="the same units"):
        sampling_error(np.zeros((2, 3)), np.zeros((3, 2)))
