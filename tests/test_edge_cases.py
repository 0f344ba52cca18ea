"""Layers that no technique should trip over: dead, single, mirrored and collinear units; too many clusters."""

import numpy as np
import pytest
from synthetic import comparison_of, synthetic_comparison

from convergent_widgets.analysis import rotation_baseline, sparse_prediction

ROWS = 400


@pytest.fixture
def causes():
    """Independent activations, (rows, 6)."""
    return np.random.default_rng(5).standard_normal((ROWS, 6))


def ask_everything(comparison, layer="conv1"):
    """Every technique, for every pair of nets; what comes out is kept by name."""
    a, b = comparison.nets[:2]
    return {
        "match": comparison.match(layer, a, b),
        "semi": comparison.match(layer, a, b, "semi"),
        "baseline": comparison.baseline(layer, a, b),
        "held_out": comparison.held_out(layer, a, b),
        "cycle": comparison.cycle(layer, (a, b)),
        "found_in": comparison.found_in(layer, a),
        "means": comparison.mean_activations(layer),
        "cka": comparison.cka(layer, a, b),
        "predict": comparison.predict(layer, a, b),
        "clusters": comparison.clusters(layer, a, b),
        "counterparts": comparison.counterparts(layer, a, 0),
    }


def test_two_units_that_are_equal_up_to_sign(causes):
    mirrored = causes.copy()
    mirrored[:, 1] = -mirrored[:, 0]
    comparison = comparison_of({"a": mirrored, "b": mirrored})
    answers = ask_everything(comparison)
    np.testing.assert_array_equal(answers["match"].columns, np.arange(6))
    np.testing.assert_allclose(answers["match"].values, 1, atol=1e-4)
    assert comparison.correlation("conv1", "a", "b")[0, 1] == pytest.approx(-1, abs=1e-4)
    prediction = answers["predict"]
    strong, none = list(prediction.penalties).index(0.1), list(prediction.penalties).index(0.0)
    np.testing.assert_allclose(np.abs(prediction.weights[strong][:2, 0]).sum(), 0.9, atol=1e-3)
    assert prediction.weights[strong][0, 0] >= 0 >= prediction.weights[strong][1, 0]
    np.testing.assert_allclose(prediction.weights[none][:2, 0], [0.5, -0.5], atol=1e-3)
    labels = comparison.clusters("conv1", "a", "b", 2, sign="absolute").labels
    assert labels[0] == labels[1] == labels[6] == labels[7]
    assert answers["cka"] == pytest.approx(1, abs=1e-4)


def test_a_layer_of_dead_units_only():
    comparison = comparison_of({"a": np.zeros((ROWS, 4)), "b": np.full((ROWS, 3), 0.1)})
    answers = ask_everything(comparison)
    assert not answers["match"].rows.size
    assert not answers["semi"].rows.size
    assert np.isnan(answers["match"].mean)
    assert np.isnan(answers["baseline"].mean)
    assert not answers["baseline"].above.any()
    assert np.isnan(answers["held_out"].mean)
    assert (answers["found_in"] == 0).all()
    assert np.isnan(answers["predict"].loss).all()
    assert (answers["clusters"].labels == -1).all()
    assert np.isnan(answers["cka"])
    assert answers["counterparts"]["b"].unit is None
    assert comparison.best_unit("conv1", "a", "b") is None


def test_layers_of_one_unit(causes):
    comparison = comparison_of({"a": causes[:, :1], "b": causes[:, :1] * 3 + 1})
    answers = ask_everything(comparison)
    np.testing.assert_array_equal(answers["match"].columns, [0])
    assert np.isnan(answers["match"].runner_up).all()
    assert answers["held_out"].mean == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(np.abs(answers["baseline"].greatest), 1, atol=1e-4)
    np.testing.assert_allclose(answers["predict"].weights[-1], [[1]], atol=1e-3)
    assert (answers["clusters"].labels >= 0).all()
    assert answers["counterparts"]["b"].rank == 1
    assert not answers["baseline"].above.any()


def test_a_net_of_one_unit_is_its_own_rotation_so_nothing_is_above_it(causes):
    noise = np.linspace(0.1, 3, 40)[:, None]
    comparison = comparison_of({"many": (causes[:, 0] + noise * causes[:, 1]).T, "one": causes[:, :1]})
    r, within = (comparison.correlation("conv1", net, "one") for net in ("many", "one"))
    for method in ("bipartite", "semi"):
        stored = comparison.baseline("conv1", "many", "one", method)
        matching = comparison.match("conv1", "many", "one", method)
        np.testing.assert_allclose(stored.greatest[matching.rows], matching.values, atol=1e-7)
        assert not stored.above.any()
        assert not rotation_baseline(r, within, method).above.any()


def test_more_clusters_than_units_is_one_clear_error():
    comparison = synthetic_comparison({"a": 5, "b": 4}, dead={"a": (1,)})
    assert comparison.clusters("conv1", "a", "b", 8).labels.max() == 7
    with pytest.raises(ValueError, match="8"):
        comparison.clusters("conv1", "a", "b", 9)


def test_no_penalty_with_collinear_predictors(causes):
    collinear = np.concatenate([causes, causes[:, :3] + causes[:, 3:], causes[:, :1]], axis=1)
    comparison = comparison_of({"a": collinear, "b": causes @ np.arange(12).reshape(6, 2)})
    found = comparison.predict("conv1", "a", "b")
    least = found.weights[-1]
    np.testing.assert_allclose(found.loss[-1], 0, atol=1e-4)
    np.testing.assert_allclose(least[0], least[9], atol=1e-3)
    x = (collinear - collinear.mean(0))[::2]
    x = (x - x.mean(0)) / x.std(0)
    y = (causes @ np.arange(12).reshape(6, 2))[::2]
    y = (y - y.mean(0)) / y.std(0)
    expected = np.linalg.pinv(x, rcond=1e-6) @ y
    direct = sparse_prediction(x.T @ x / len(x), x.T @ y / len(x), np.ones(2)).weights[-1]
    np.testing.assert_allclose(direct, expected, atol=1e-6)
    np.testing.assert_allclose(least, expected, atol=5e-3)
