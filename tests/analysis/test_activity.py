"""Mean activations: spread and gap of planted curves."""

import numpy as np
import pytest

from convergent_widgets.analysis import match_factors, mean_activations


def test_equal_curves_in_another_order_have_no_gap():
    means = np.geomspace(0.01, 1, 50)
    told = mean_activations({"a": means, "b": np.random.default_rng(0).permutation(means)})
    assert told.gap == 0
    assert told.spread["a"] == pytest.approx(100**0.9, rel=0.05)
    assert (np.diff(told.curves["b"]) <= 0).all()


def test_a_net_twice_as_active_is_two_thirds_away():
    means = np.linspace(0.1, 1, 40)
    told = mean_activations({"a": means, "b": 2 * means, "c": 1.5 * means})
    assert told.gap == pytest.approx(2 / 3)
    assert told.typical_gap == pytest.approx(2 / 3)


def test_curves_of_different_length_are_read_at_equal_shares():
    told = mean_activations({"a": np.linspace(0, 1, 100), "b": np.linspace(0, 1, 300)})
    assert told.gap < 0.1


def test_where_nothing_can_be_said():
    told = mean_activations({"a": np.zeros(3), "b": np.zeros(3)})
    assert np.isnan(told.spread["a"])
    assert np.isnan(told.gap)
    assert np.isnan(mean_activations({"a": np.ones(3)}).gap)
    assert np.isnan(mean_activations({"a": np.ones(3), "b": -np.ones(3)}).gap)


def test_matched_means_differ_by_the_median_factor():
    own, any_pair = match_factors(np.array([1.0, 4.0, 2.0, 0.0]), np.array([2.0, 1.0, 2.0, 3.0]))
    assert own == pytest.approx(2)  # factors 2, 4 and 1; the silent unit does not count
    assert any_pair == pytest.approx(2)  # 2, 1, 2; 2, 4, 2; 1, 2, 1
    assert np.isnan(match_factors(np.array([0.0]), np.array([1.0]))).all()
    assert np.isnan(match_factors(np.array([]), np.array([]))).all()


@pytest.mark.parametrize("bad", [[1, np.nan], [1, np.inf], [[1, 2]], [1j, 2]])
def test_means_that_are_no_finite_numbers_are_refused(bad):
    with pytest.raises(ValueError, match=r"net 'a' must be a vector of finite numbers|means\['a'\]` must hold real"):
        mean_activations({"a": bad, "b": [1, 2]})


@pytest.mark.parametrize(("a", "b"), [([1, 2], [1, 2, 3]), ([1], [1, 2, 3]), ([[1, 2]], [[1, 2]])])
def test_means_of_matches_come_in_pairs(a, b):
    with pytest.raises(ValueError, match="one for each match, got shapes"):
        match_factors(a, b)
