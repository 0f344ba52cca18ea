import json

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from synthetic import synthetic_comparison

from convergent_widgets.widgets import Explorer
from convergent_widgets.widgets.prediction import PredictionPanel, PredictionView

NETS = {"seed 0": 24, "seed 1": 24, "wide": 30}


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison(NETS, dead={"seed 1": (3,)})


@pytest.fixture
def explorer(comparison):
    made = Explorer(comparison, net="seed 1", unit=7)
    yield made
    made.close()


@pytest.fixture
def panel(explorer):
    explorer.selection.panels = ["prediction"]
    return explorer.children[1]


def arrive(panel, *pair):
    """The browser shows the prediction of that layer, source net and net."""
    view, _ = panel.children
    view.set_state({"predicted": json.dumps(pair) if pair else ""})


def curves(panel):
    """What is drawn: zero map, layer, in sample, held out, and the marks."""
    return [(mark.x.tolist(), mark.y.tolist()) for mark in panel.figure.marks]


def is_shown(panel):
    return panel.children[1].layout.visibility == "visible"


def legend(panel):
    return panel.children[1].children[1].value


def test_nothing_is_computed_before_the_browser_has_asked(comparison, monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError("nobody asked for it")

    monkeypatch.setattr(type(comparison), "predict", never)
    explorer = Explorer(comparison, panels=["prediction"])
    panel = explorer.children[1]
    assert isinstance(panel, PredictionPanel)
    assert not is_shown(panel)
    explorer.selection.layer = "conv2"
    explorer.selection.penalty = 0
    assert not is_shown(panel)
    explorer.close()


def test_its_view_follows_the_explorers_selection_and_data(explorer, panel):
    view = panel.children[0]
    assert isinstance(view, PredictionView)
    assert (view.view, view.selection, view.data) == ("prediction", explorer.selection, explorer.data)


def test_the_curves_are_the_losses_against_the_number_of_predictors(comparison, explorer, panel):
    arrive(panel, "conv1", "seed 0", "seed 1")
    found = comparison.predict("conv1", "seed 0", "seed 1")
    assert is_shown(panel)
    zero, layer, sample, held, here = curves(panel)
    assert zero[1] == [0.5, 0.5]
    across = found.predictors[:, 7].tolist()
    assert held == (across, found.held_out_loss[:, 7].tolist())
    assert sample == (across, found.loss[:, 7].tolist())
    live = np.arange(24) != 3
    assert layer[0] == pytest.approx(found.predictors[:, live].mean(axis=1))
    assert layer[1] == pytest.approx(np.median(found.held_out_loss[:, live], axis=1))
    at = found.penalties.tolist().index(0.1)
    assert here == ([layer[0][at], held[0][at]], [layer[1][at], held[1][at]])
    for mark in panel.figure.marks:
        assert max(mark.x) <= panel.figure.axes[0].scale.max
        assert max(mark.y) <= panel.figure.axes[1].scale.max
    assert "seed 1 conv1/7" in legend(panel)
    assert "all 24 units" in legend(panel)


@pytest.mark.parametrize(("penalty", "text"), [(0.003, ".003"), (0, "0"), (1, "1")])
def test_the_penalty_is_marked(comparison, explorer, panel, penalty, text):
    arrive(panel, "conv1", "seed 0", "seed 1")
    explorer.selection.penalty = penalty
    found = comparison.predict("conv1", "seed 0", "seed 1")
    at = found.penalties.tolist().index(penalty)
    *_, here = curves(panel)
    assert (here[0][1], here[1][1]) == (found.predictors[at, 7], found.held_out_loss[at, 7])
    assert f"penalty {text}<" in legend(panel)


def test_a_unit_of_a_pair_that_was_asked_for_is_drawn_at_once(comparison, explorer, panel):
    arrive(panel, "conv1", "seed 0", "seed 1")
    explorer.selection.unit = 9
    assert curves(panel)[3][1] == comparison.predict("conv1", "seed 0", "seed 1").held_out_loss[:, 9].tolist()
    explorer.selection.select(net="seed 0", unit=2)
    assert not is_shown(panel)
    arrive(panel, "conv1", "seed 1", "seed 0")
    assert is_shown(panel)
    assert curves(panel)[3][1] == comparison.predict("conv1", "seed 1", "seed 0").held_out_loss[:, 2].tolist()
    explorer.selection.select(net="seed 1", unit=9)
    assert is_shown(panel)


def test_an_answer_that_comes_too_late_draws_nothing(explorer, panel):
    explorer.selection.layer = "conv2"
    arrive(panel, "conv1", "seed 0", "seed 1")
    assert not is_shown(panel)


def test_what_cannot_be_predicted_has_no_curve(explorer, panel):
    arrive(panel, "conv1", "seed 0", "seed 1")
    explorer.selection.unit = 3
    assert not is_shown(panel)
    assert panel.children[1].layout.height == "0"
    explorer.selection.unit = None
    assert not is_shown(panel)
    explorer.selection.unit = 4
    assert is_shown(panel)
    assert panel.children[1].layout.height is None
    arrive(panel)
    assert not is_shown(panel)
    explorer.selection.unit = 4
    explorer.selection.net_b = "seed 0"
    assert not is_shown(panel)
    assert panel.children[1].layout.height == "0"


def test_the_axes_say_what_they_are(panel):
    across, along = panel.figure.axes
    assert across.label == "predictors, units with |w| > .1"
    assert along.label == "loss, \N{VULGAR FRACTION ONE HALF} mean squared error"


def test_its_ticks_are_whole_units(comparison, explorer, panel):
    arrive(panel, "conv1", "seed 0", "seed 1")
    for unit in (0, 1, 2, 5, 8):
        explorer.selection.unit = unit
        ticks = panel.figure.axes[0].tick_values.tolist()
        assert len(ticks) >= 2
        assert all(tick == int(tick) for tick in ticks)


def test_names_may_hold_anything():
    odd = '<img src=x onerror="alert(1)"> & "é" / 层'
    strange = synthetic_comparison({odd: 6, "b": 7}, layers=("</script>",))
    explorer = Explorer(strange, panels=["prediction"])
    panel = explorer.children[1]
    arrive(panel, "</script>", "b", odd)
    assert is_shown(panel)
    assert "<img" not in legend(panel)
    explorer.close()


def test_a_closed_panel_leaves_nothing_and_follows_no_more(comparison):
    before = set(_instances)
    explorer = Explorer(comparison)
    alone = set(_instances)
    explorer.selection.panels = ["prediction"]
    panel = explorer.children[1]
    arrive(panel, "conv1", "seed 1", "seed 0")
    assert is_shown(panel)
    explorer.selection.panels = []
    assert set(_instances) == alone
    drawn = curves(panel)
    explorer.selection.unit = 1
    assert curves(panel) == drawn
    assert explorer.selection.comm is not None
    assert explorer.data.comm is not None
    explorer.close()
    assert set(_instances) == before
