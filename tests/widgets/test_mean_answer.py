import json

import numpy as np
import pytest
from synthetic import synthetic_comparison

from convergent_widgets.analysis.activity import MeanActivations, mean_activations
from convergent_widgets.widgets.mean_answer import means, scales_for, spread_words


class Given:
    """A comparison whose means in its only layer are given, net by net."""

    def __init__(self, **given):
        self.given = {net: np.array(values, float) for net, values in given.items()}
        self.nets = tuple(given)

    def mean(self, layer, net):
        return self.given[net]

    def mean_activations(self, layer):
        return mean_activations(self.given)


def facts_of(comparison, layer="one"):
    """What is said of the means, as a browser has it."""
    meta, _ = means(comparison, layer)
    return json.loads(json.dumps(meta, allow_nan=False))


def test_units_below_the_floor_are_counted_over_all_nets():
    facts = facts_of(Given(a=[5, 0.01, 0, 0.02], b=[2, 0.0049, 0.0051]))
    assert facts["floor"] == 0.005
    assert facts["left_out"] == "2 units that hardly fire are left out (mean below 0.005)."


def test_one_unit_left_out_is_not_many():
    assert facts_of(Given(a=[5, 0.01, 0, 0.02]))["left_out"].startswith("1 unit that hardly fires is left out")
    assert facts_of(Given(a=[5, 0.01]))["left_out"] == ""


@pytest.mark.parametrize("values", [[100, -3, 0.01], [0, 0]])
def test_without_a_log_scale_nothing_is_left_out(values):
    facts = facts_of(Given(a=values))
    assert (facts["scales"], facts["scale"], facts["floor"], facts["left_out"]) == (["linear"], "linear", None, "")


@pytest.mark.parametrize(
    ("values", "scale"),
    [([5, 0.01, 0, 0.02], "log"), ([1, 3, 2], "linear"), ([*np.linspace(1, 2, 48), 1e-5], "linear")],
)
def test_a_large_spread_of_most_units_suits_the_log_scale(values, scale):
    assert scales_for(np.array(values)) == (["linear", "log"], scale)


def test_spread_and_gaps_are_said():
    comparison = synthetic_comparison({"seed 0": 24, "seed 1": 24, "wide": 30}, dead={"seed 1": (3,)})
    for layer in comparison.layers:
        found = comparison.mean_activations(layer)
        summary = facts_of(comparison, layer)["summary"]
        assert (
            f"differ by {100 * found.typical_gap:.0f}\xa0% typically, by {100 * found.gap:.0f}\xa0% at most" in summary
        )
        least, greatest = min(found.spread.values()), max(found.spread.values())
        assert f"a factor of {least:.1f} to {greatest:.1f} (95th over 5th percentile)" in summary


def test_what_is_not_known_of_the_spread_is_not_said():
    nan = float("nan")
    assert spread_words(MeanActivations({"a": None}, {"a": nan}, nan, nan)) == ""
    alone = spread_words(MeanActivations({"a": None}, {"a": 12.3}, nan, nan))
    assert alone == "Within the net the means differ by a factor of 12 (95th over 5th percentile)."
