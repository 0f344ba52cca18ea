import json

import numpy as np
import pytest
from synthetic import activations, synthetic_comparison

import convergent_widgets as cw
from convergent_widgets.analysis.prediction import PENALTIES
from convergent_widgets.widgets.answers import answer
from convergent_widgets.widgets.predictors import SHOWN, best_single

FIELDS = ("loss", "held_out_loss", "predictors", "weights")


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison(dead={"seed 0": (4,), "seed 1": (3,)})


def ask(comparison, layer, a, b, unit):
    """The answer as a browser has it."""
    meta, buffers = answer(comparison, "prediction", {"layer": layer, "a": a, "b": b, "unit": unit})
    meta = json.loads(json.dumps(meta, allow_nan=False))
    assert all(type(buffer) is bytes for buffer in buffers)
    fields = np.frombuffer(buffers[0], "<f4").reshape(len(meta["fields"]), -1)
    shape = (len(meta["penalties"]), meta["k"])
    tables = [np.frombuffer(b, kind).reshape(shape) for b, kind in zip(buffers[1:], ("<i4", "<f4", "<f4"), strict=True)]
    return meta, dict(zip(meta["fields"], fields, strict=True)), tables


@pytest.mark.parametrize(
    ("a", "b", "unit"), [("seed 0", "seed 1", 5), ("seed 2", "seed 0", 0), ("seed 1", "seed 2", 29)]
)
def test_it_tells_what_the_comparison_tells_of_every_penalty(comparison, a, b, unit):
    meta, fields, (units, weights, r) = ask(comparison, "conv2", a, b, unit)
    found = comparison.predict("conv2", a, b)
    assert meta["penalties"] == list(PENALTIES)
    assert tuple(fields) == FIELDS
    live = np.isfinite(found.loss[0])
    assert meta["layer"]["held_out_loss"] == pytest.approx(np.median(found.held_out_loss[:, live], axis=1), abs=1e-5)
    assert meta["layer"]["predictors"] == pytest.approx(found.predictors[:, live].mean(axis=1), abs=1e-5)
    assert meta["inputs"] == comparison.units("conv2", a) - comparison.dead("conv2", a).sum()
    assert fields["loss"] == pytest.approx(found.loss[:, unit], rel=1e-6)
    assert fields["held_out_loss"] == pytest.approx(found.held_out_loss[:, unit], rel=1e-6)
    for i in range(len(PENALTIES)):
        w = found.weights[i, :, unit]
        assert fields["weights"][i] == (w != 0).sum()
        large = np.flatnonzero(np.abs(w) > 0.1)
        assert fields["predictors"][i] == len(large)
        shown = units[i][units[i] >= 0]
        assert len(shown) == min(SHOWN, len(large))
        assert sorted(np.abs(w[shown]), reverse=True) == np.abs(w[shown]).tolist()
        assert set(shown) <= set(large)
        assert np.abs(w[shown]).min(initial=9) >= np.abs(np.delete(w, shown)).max()
        assert weights[i][: len(shown)] == pytest.approx(w[shown], rel=1e-6)
        assert r[i][: len(shown)] == pytest.approx(comparison.correlation("conv2", a, b)[shown, unit], rel=1e-6)
        assert not weights[i][len(shown) :].any()
        assert np.isnan(r[i][len(shown) :]).all()


def test_of_many_predictors_the_strongest_are_told():
    zoo = cw.zoo.comparison()
    _, fields, (units, weights, _) = ask(zoo, "conv2", "seed 0", "seed 1", 7)
    many = fields["predictors"] > SHOWN
    assert many.any()
    assert (units[many] >= 0).all()
    every = np.sort(np.abs(zoo.predict("conv2", "seed 0", "seed 1").weights[:, :, 7]), axis=1)[:, ::-1]
    assert np.abs(weights[many]) == pytest.approx(every[many, :SHOWN], rel=1e-6)


def test_it_is_small_enough_for_a_page():
    wide = synthetic_comparison({"a": 40, "b": 40}, ("one",))
    _, buffers = answer(wide, "prediction", {"layer": "one", "a": "a", "b": "b", "unit": 0})
    assert sum(map(len, buffers)) == 8 * (len(FIELDS) * 4 + SHOWN * 12)


def test_the_best_single_unit_is_chosen_and_fitted_in_training_and_judged_on_the_rest(comparison):
    rows = activations({"seed 0": 24, "seed 1": 24, "seed 2": 30}, dead={"seed 0": (4,), "seed 1": (3,)})
    unit = 9
    x, y = rows["seed 0"].astype(float), rows["seed 1"].astype(float)[:, unit]
    found = best_single(comparison, "conv1", "seed 0", "seed 1", unit)
    live = x[0::2].std(axis=0) > 0
    r = [np.corrcoef(x[0::2, i], y[0::2])[0, 1] if live[i] else -2 for i in range(24)]
    assert found["unit"] == int(np.argmax(r))
    best = x[:, found["unit"]]
    slope, bias = np.polyfit(best[0::2], y[0::2], 1)
    error = np.mean((y[1::2] - slope * best[1::2] - bias) ** 2) / y[0::2].var()
    assert found["r2"] == pytest.approx(1 - error, abs=1e-4)
    assert found["r"] == pytest.approx(np.corrcoef(best[1::2], y[1::2])[0, 1], abs=1e-4)


def test_a_dead_unit_has_no_prediction(comparison):
    meta, fields, (units, weights, _) = ask(comparison, "conv1", "seed 0", "seed 1", 3)
    assert (meta["dead"], meta["single"]) == ("always", None)
    assert np.isnan(fields["loss"]).all()
    assert (units == -1).all()
    assert not weights.any()


def test_dead_units_predict_nothing():
    silent = synthetic_comparison({"a": 2, "b": 3}, dead={"a": (0, 1)})
    meta, fields, (units, _, _) = ask(silent, "conv1", "a", "b", 0)
    assert (meta["inputs"], meta["dead"], meta["single"]) == (0, None, None)
    assert fields["loss"] == pytest.approx(0.5)
    assert (units == -1).all()


def test_a_unit_that_sleeps_through_training_is_told_apart(comparison, monkeypatch):
    dead = type(comparison).dead

    def asleep(self, layer, net, half=None):
        found = dead(self, layer, net, half).copy()
        found[8] |= half == 0 and net == "seed 1"
        return found

    monkeypatch.setattr(type(comparison), "dead", asleep)
    meta, _, _ = ask(comparison, "conv1", "seed 0", "seed 1", 8)
    assert (meta["dead"], meta["single"]) == ("in training", None)


def test_a_net_of_one_unit_and_a_net_and_itself_are_answered():
    small = synthetic_comparison({"one": 1, "b": 3}, ("conv1",))
    meta, fields, (units, _, _) = ask(small, "conv1", "one", "b", 2)
    assert (meta["k"], meta["single"]["unit"]) == (1, 0)
    assert fields["predictors"].max() <= 1
    _, fields, (units, weights, _) = ask(small, "conv1", "b", "b", 1)
    assert (units[-1][0], weights[-1][0]) == (1, pytest.approx(1, abs=1e-5))
    assert fields["held_out_loss"][-1] == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("unit", [24, -1, None, True, 1.0, "3"])
def test_a_unit_that_does_not_exist_is_refused(comparison, unit):
    with pytest.raises(ValueError, match=r"'seed 1' has units 0 to 23 in 'conv1'; got"):
        answer(comparison, "prediction", {"layer": "conv1", "a": "seed 0", "b": "seed 1", "unit": unit})
