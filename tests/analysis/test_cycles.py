"""Cycles: permutations compose, a missing partner ends the way."""

import numpy as np
import pytest

from convergent_widgets.analysis import cycle


def test_a_permutation_and_its_inverse_close():
    there = np.random.default_rng(0).permutation(9)
    found = cycle([there, np.argsort(there)])
    assert found.closed.all()
    assert found.share == 1


def test_three_nets_of_different_width():
    found = cycle([np.array([1, 0, -1]), np.array([0, 2]), np.array([1, -1, 0])])
    assert found.arrived.tolist() == [0, 1, -1]
    assert found.closed.tolist() == [True, True, False]
    assert found.share == 1
    assert cycle([np.array([1, 0]), np.array([0, 1])]).share == 0


def test_nobody_arrives():
    assert np.isnan(cycle([np.array([-1]), np.array([0])]).share)
    assert cycle([np.array([-1, -1]), np.array([], int)]).arrived.tolist() == [-1, -1]


@pytest.mark.parametrize("steps", [[np.array([0])], [np.array([2]), np.array([0])], [np.array([-2]), np.array([0])]])
def test_steps_that_lead_nowhere_are_refused(steps):
    with pytest.raises(ValueError, match=r"two steps|leads to"):
        cycle(steps)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([[0.9, 1.7], [0.0, 1]], "step 0 must be a vector of whole numbers, -1 for none, got float64"),
        ([[1, 0], [[0, 1]]], r"step 1 must be a vector of whole numbers.*shape \(1, 2\)"),
        ([[-2, 0], [1, 0]], "step 0 leads to unit -2, but there are 2 units"),
        ([[1, 0, 2], [1, 3]], "step 0 leads to unit 2, but there are 2 units"),
        ([[1, 0, 1], [1, 3]], "step 1 leads to unit 3, but there are 3 units"),
    ],
)
def test_steps_that_are_no_matching_are_refused_by_what_is_wrong(steps, message):
    with pytest.raises(ValueError, match=message):
        cycle(steps)
