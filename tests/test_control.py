"""The rotated control: all that a Control says follows from rotated activations, made here the plain way."""

import numpy as np
import pytest
from synthetic import activations, synthetic_comparison

from convergent_widgets.analysis import bipartite_match, cka, rotated_control
from convergent_widgets.choices import UnknownName
from convergent_widgets.control import Control

NETS = {"a": 12, "b": 15}
DEAD = {"a": (4,), "b": (0,)}


@pytest.fixture(scope="module")
def rows():
    return {net: values.astype(np.float64) for net, values in activations(NETS, dead=DEAD).items()}


@pytest.fixture(scope="module")
def control():
    return Control(synthetic_comparison(NETS, dead=DEAD), "conv1", "a")


def test_the_map_rotates_the_standardised_live_units(rows):
    std = rows["a"].std(axis=0)
    turn = rotated_control(std, seed=3)
    assert turn.shape == (12, 11)
    assert (turn[4] == 0).all()
    rotation = np.delete(turn * std[:, None], 4, axis=0)
    np.testing.assert_allclose(rotation.T @ rotation, np.eye(11), atol=1e-12)
    np.testing.assert_array_equal(turn, rotated_control(std, seed=3))
    assert not np.allclose(turn, rotated_control(std, seed=4))
    np.testing.assert_array_equal(turn, rotated_control(np.where(std > 0, std, np.nan), seed=3))
    assert rotated_control(np.zeros(3)).shape == (3, 0)


@pytest.mark.parametrize("std", [[[1.0]], [-1.0], [np.inf]])
def test_deviations_that_are_none_are_refused(std):
    with pytest.raises(ValueError, match="`std` must be a vector of finite deviations"):
        rotated_control(np.array(std))


@pytest.mark.parametrize("half", [None, 0, 1])
def test_moments_are_those_of_the_rotated_activations(rows, control, half):
    part = slice(None) if half is None else slice(half, None, 2)
    rotated, other = rows["a"][part] @ control.turn, rows["b"][part]
    np.testing.assert_allclose(control.mean(half), rotated.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(control.covariance(half), np.cov(rotated.T, bias=True), atol=1e-5)
    between = (other - other.mean(axis=0)).T @ (rotated - rotated.mean(axis=0)) / len(rotated)
    np.testing.assert_allclose(control.covariance_from("b", half), between, atol=1e-5)


def test_correlation_matching_and_cka_are_those_of_the_rotated_activations(rows, control):
    rotated = rows["a"] @ control.turn
    r = np.full((15, 11), np.nan)
    r[1:] = np.corrcoef(rows["b"][:, 1:].T, rotated.T)[:14, 14:]
    np.testing.assert_allclose(control.correlation_from("b"), r, atol=1e-5)
    np.testing.assert_array_equal(control.match("b").columns, bipartite_match(r).columns)
    live = np.delete(rows["a"], 4, axis=1)
    assert control.cka("a") == pytest.approx(1, abs=1e-6)
    standard = rows["b"][:, 1:] / rows["b"][:, 1:].std(axis=0)
    expected = cka(
        np.corrcoef(standard.T), np.cov(rotated.T, bias=True), np.cov(standard.T, rotated.T, bias=True)[:14, 14:]
    )
    assert control.cka("b") == pytest.approx(expected, abs=1e-6)
    between = np.cov(live.T, rotated.T, bias=True)[:11, 11:]
    assert cka(np.cov(live.T, bias=True), np.cov(rotated.T, bias=True), between) < 0.99  # not standardised


def test_prediction_is_judged_on_the_rows_it_was_not_fitted_to(rows, control):
    found = control.predicts("b", (0.0,))
    rotated = rows["a"] @ control.turn
    fit, other = (rotated[half::2] for half in (0, 1))
    y, y_other = (rows["b"][half::2] for half in (0, 1))
    design = np.column_stack([fit, np.ones(len(fit))])
    weights = np.linalg.lstsq(design, y, rcond=None)[0]
    missed = y_other - np.column_stack([other, np.ones(len(other))]) @ weights
    expected = (missed**2).mean(axis=0)[1:] / y.var(axis=0)[1:] / 2
    np.testing.assert_allclose(found.held_out_loss[0, 1:], expected, rtol=1e-3)
    assert np.isnan(found.held_out_loss[0, 0])


def test_a_rotation_loses_nothing_but_the_units(control):
    own = control.predicts("a", (0.0,))
    np.testing.assert_allclose(np.delete(own.loss[0], 4), 0, atol=1e-5)
    assert control.match("a").mean < 0.8
    assert not control.baseline("a").above.all()


@pytest.mark.parametrize("method", ["bipartit", None, ["semi"]])
def test_an_unknown_method_is_an_error_that_names_the_methods(control, method):
    with pytest.raises(ValueError, match=r"`method` must be one of \('bipartite', 'semi'\)"):
        control.match("b", method)
    with pytest.raises(ValueError, match=r"`method` must be one of \('bipartite', 'semi'\)"):
        control.baseline("b", method)


def test_a_control_of_no_layer_or_net_fails_at_once(control):
    with pytest.raises(UnknownName, match="there is no layer 'zz'"):
        Control(control.comparison, "zz", "a")
    with pytest.raises(UnknownName, match="there is no net 'c'"):
        Control(control.comparison, "conv1", "c")
