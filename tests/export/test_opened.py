"""What a page opens on, where the view was one of a larger comparison."""

from __future__ import annotations

import pytest
from synthetic import synthetic_comparison

from convergent_widgets.export.opened import opened_on
from convergent_widgets.widgets.answers import facts
from convergent_widgets.widgets.selection import opening

NETS = {"a": 6, "b": 6, "c": 9}


@pytest.fixture(scope="module")
def whole():
    return synthetic_comparison(NETS)


@pytest.fixture(scope="module")
def state(whole):
    """All traits are other ones than those that an Explorer opens on."""
    options = {"layer": "conv2", "net_a": "c", "net_b": "a", "net": "a", "unit": 2, "order": "found", "penalty": 0.3}
    return opening(facts(whole), options | {"pictured": "deciles", "only": "above", "least_r": 0.1, "clusters": 4})


def test_all_is_carried_over_but_the_number_of_clusters(whole, state):
    assert opened_on(facts(whole), state) == {**state, "clusters": None, "cluster": None}


def test_without_a_state_it_is_what_an_explorer_opens_on(whole):
    assert opened_on(facts(whole), {}) == opening(facts(whole), {})


@pytest.mark.parametrize(
    ("nets", "layers", "place"),
    [
        (["a", "c"], None, {"layer": "conv2", "net_a": "c", "net_b": "a", "net": "a", "unit": 2}),
        (["a", "b"], None, {"layer": "conv2", "net_a": "b", "net_b": "a", "net": "a", "unit": 2}),
        (["b", "c"], None, {"layer": "conv2", "net_a": "c", "net_b": "b", "net": "c"}),
        (["b"], None, {"layer": "conv2", "net_a": "b", "net_b": "b", "net": "b"}),
        (["a"], None, {"layer": "conv2", "net_a": "a", "net_b": "a", "net": "a", "unit": 2}),
        (None, ["conv1"], {"layer": "conv1", "net_a": "c", "net_b": "a", "net": "c"}),
    ],
)
def test_as_much_as_there_is(whole, state, nets, layers, place):
    known = facts(whole.subset(nets, layers))
    found = opened_on(known, state)
    assert {name: found[name] for name in place} == place
    if "unit" not in place:
        table = known["layers"][0 if layers else 1]["best"]["bipartite"]
        a, b = (known["nets"].index(found[name]) for name in ("net_a", "net_b"))
        assert found["unit"] == table[a][b]
    kept = ("order", "penalty", "only", "least_r", "pictured")
    assert {name: found[name] for name in kept} == {name: state[name] for name in kept}


def test_patches_that_the_page_lacks(whole, state):
    known = facts(whole) | {"pictured": ["strongest"]}
    assert opened_on(known, state)["pictured"] == "strongest"
