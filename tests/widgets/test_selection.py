import numpy as np
import pytest
import traitlets
from settling import CASES
from synthetic import synthetic_comparison

from convergent_widgets.widgets.answers import facts
from convergent_widgets.widgets.selection import STATE, Selection, settle


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison(dead={"seed 1": (3,)})


@pytest.fixture(scope="module")
def known(comparison):
    return facts(comparison)


@pytest.fixture
def selection(known):
    made = Selection(known)
    yield made
    made.close()


@pytest.fixture
def sent(selection, monkeypatch):
    messages = []
    monkeypatch.setattr(type(selection), "_send", lambda self, message, buffers=None: messages.append(message))
    return messages


def best(comparison, layer, net, other, method="bipartite"):
    matching = comparison.match(layer, net, other, method)
    return int(matching.rows[matching.values.argmax()])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_settle_follows_the_rules_that_the_browser_follows(case):
    if case["after"] is None:
        with pytest.raises(traitlets.TraitError):
            settle(case["facts"], case["before"], case["changes"])
    else:
        assert settle(case["facts"], case["before"], case["changes"]) == case["after"]


@pytest.mark.parametrize("case", [case for case in CASES if case["after"]], ids=lambda case: case["why"])
def test_a_settled_state_is_settled(case):
    assert settle(case["facts"], case["after"], {}) == case["after"]
    assert settle(case["facts"], case["after"], case["after"]) == case["after"]


def test_an_explicit_net_is_kept_with_a_new_layer(comparison, selection):
    selection.net = "seed 1"
    selection.select(layer="conv2", net="seed 1")
    assert (selection.net, selection.unit) == ("seed 1", best(comparison, "conv2", "seed 1", "seed 0"))


def test_opens_on_the_best_match_of_the_first_layer_and_nets(comparison, selection):
    assert selection.state() == {
        "layer": "conv1",
        "net_a": "seed 0",
        "net_b": "seed 1",
        "net": "seed 0",
        "unit": best(comparison, "conv1", "seed 0", "seed 1"),
        "order": "best",
        "method": "bipartite",
        "only": None,
        "least_r": None,
        "overview": "wall",
        "pictured": "strongest",
        "penalty": 0.1,
        "clusters": None,
        "cluster": None,
    }
    assert selection.panels == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"layer": "conv2"}, {"layer": "conv2", "net_a": "seed 0", "net_b": "seed 1", "net": "seed 0"}),
        ({"net_a": "seed 1"}, {"net_a": "seed 1", "net_b": "seed 0", "net": "seed 1"}),
        ({"net_b": "seed 2"}, {"net_a": "seed 0", "net_b": "seed 2", "net": "seed 0"}),
        ({"net": "seed 2", "unit": 29}, {"net_a": "seed 2", "net_b": "seed 1", "net": "seed 2", "unit": 29}),
        ({"net_a": "seed 0", "net_b": "seed 0"}, {"net_a": "seed 0", "net_b": "seed 0"}),
        ({"penalty": 0}, {"net_a": "seed 0", "penalty": 0.0}),
        ({"only": "unmatched", "overview": "ranks"}, {"only": "unmatched", "overview": "ranks"}),
        ({"least_r": -1}, {"only": None, "least_r": -1.0}),
        ({"least_r": 0.12345}, {"least_r": 0.123}),
        ({"unit": 5, "order": "cycles", "method": "semi"}, {"unit": 5, "order": "cycles", "method": "semi"}),
        ({"net_b": "seed 2", "clusters": 5, "cluster": 4}, {"net_b": "seed 2", "clusters": 5, "cluster": 4}),
    ],
)
def test_opens_where_it_is_told(known, options, expected):
    selection = Selection(known, **options)
    assert expected.items() <= selection.state().items()
    selection.close()


def test_the_method_it_opens_with_chooses_the_unit(comparison, known):
    selection = Selection(known, method="semi", net_b="seed 2")
    assert selection.unit == best(comparison, "conv1", "seed 0", "seed 2", "semi")
    selection.close()


def test_a_single_net_is_compared_with_itself():
    alone = synthetic_comparison({"only": 12})
    selection = Selection(facts(alone))
    assert (selection.net_a, selection.net_b, selection.net) == ("only", "only", "only")
    r = alone.correlation("conv1", "only", "only").copy()
    np.fill_diagonal(r, -1)
    assert selection.unit in np.unravel_index(r.argmax(), r.shape)
    selection.close()


def test_a_layer_of_dead_units_selects_none():
    silent = synthetic_comparison({"a": 2, "b": 3}, dead={"a": (0, 1)})
    selection = Selection(facts(silent))
    assert (selection.net, selection.unit) == ("a", None)
    selection.unit = 1
    assert selection.unit == 1
    selection.close()


def test_traits_set_from_python_settle_the_others(comparison, selection):
    selection.unit = np.int64(7)
    assert selection.unit == 7
    assert type(selection.unit) is int
    selection.layer = "conv2"
    assert (selection.net, selection.unit) == ("seed 0", best(comparison, "conv2", "seed 0", "seed 1"))
    selection.net = "seed 2"
    assert (selection.net_a, selection.net_b) == ("seed 2", "seed 1")
    assert selection.unit == best(comparison, "conv2", "seed 2", "seed 1")
    selection.unit = None
    assert selection.unit is None
    selection.set_trait("unit", 4)
    assert selection.unit == 4


def test_several_traits_at_once_are_one_step(selection):
    seen = []
    selection.observe(lambda change: seen.append(selection.state()), list(STATE))
    selection.select(layer="conv2", net="seed 1", unit=11)
    expected = {"layer": "conv2", "net": "seed 1", "unit": 11}
    assert seen
    assert all(expected.items() <= state.items() for state in seen)


def test_the_browser_receives_one_whole_message(selection, sent):
    selection.layer = "conv2"
    (message,) = [m for m in sent if m["method"] == "update"]
    assert message["state"] == {name: getattr(selection, name) for name in message["state"]}
    assert {"layer", "unit"} <= set(message["state"])
    sent.clear()
    selection.layer = "conv2"
    assert sent == []


def test_what_the_browser_sends_is_taken_as_it_is(selection):
    selection.set_state({"layer": "conv2", "unit": 3})
    assert (selection.layer, selection.net, selection.unit) == ("conv2", "seed 0", 3)
    selection.set_state({"layer": "conv1"})
    assert (selection.layer, selection.unit) == ("conv1", 3)
    selection.set_state({"net_a": "seed 2", "net": "seed 2", "unit": 29, "panels": ["means"]})
    assert (selection.net_a, selection.net_b, selection.net, selection.unit) == ("seed 2", "seed 1", "seed 2", 29)
    assert selection.panels == ["means"]


def test_an_observer_may_set_more_while_the_browser_writes(selection):
    selection.observe(lambda change: setattr(selection, "layer", "conv2"), "unit")
    selection.set_state({"unit": 3})
    assert selection.layer == "conv2"


def test_a_cluster_is_kept_until_a_unit_or_other_clusters_are_named(selection):
    selection.clusters = np.int64(6)
    selection.cluster = np.int64(5)
    assert (selection.clusters, type(selection.cluster)) == (6, int)
    with pytest.raises(traitlets.TraitError, match="0 to 5, or None; got 6"):
        selection.cluster = 6
    selection.unit = selection.unit
    assert (selection.clusters, selection.cluster) == (6, None)
    selection.cluster = 5
    selection.layer = "conv2"
    assert (selection.clusters, selection.cluster) == (None, None)


@pytest.mark.parametrize(
    "state", [{"unit": 999}, {"layer": "no such"}, {"net": "seed 2"}, {"panels": ["attic"]}, {"cluster": 48}]
)
def test_a_state_that_cannot_be_is_refused_and_the_browser_put_right(selection, sent, state):
    before = selection.state()
    with pytest.raises(traitlets.TraitError):
        selection.set_state(state)
    assert selection.state() == before
    assert before.items() <= sent[-1]["state"].items()
    assert sent[-1]["method"] == "update"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("layer", "conv3", "there is no layer 'conv3'; the closest are 'conv[12]', 'conv[12]'"),
        ("layer", 0, "there is no layer 0; there are 'conv1', 'conv2'"),
        ("net_a", "seed", "no net 'seed'"),
        ("net_b", None, "`net_b`: there is no net None; there are 'seed 0', 'seed 1', 'seed 2'"),
        ("net", ["seed 0"], "`net`: there is no net"),
        ("unit", 24, "'seed 0' has units 0 to 23 in layer 'conv1'; got 24"),
        ("unit", -1, "got -1"),
        ("unit", True, "got True"),
        ("unit", 1.5, "must be a whole number or None; got 1.5"),
        ("unit", "3", "must be a whole number or None; got '3'"),
        ("clusters", 0, "`clusters` must be a whole number, 1 to 48, or None; got 0"),
        ("clusters", 49, "1 to 48, or None; got 49"),
        ("clusters", True, "got True"),
        ("clusters", 2.0, "got 2.0"),
        ("cluster", -1, "`cluster` must be a whole number, 0 to 47, or None; got -1"),
        ("cluster", "first", "got 'first'"),
        ("order", "worst", "there is no order 'worst'"),
        ("method", "semj", "the closest are 'semi'"),
        ("penalty", 0.2, r"`penalty` must be one of 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0; got 0.2"),
        ("penalty", True, "got True"),
        ("penalty", "0.1", "got '0.1'"),
        ("penalty", None, "got None"),
        ("only", "some", "`only` must be one of 'above', .*, 'unmatched', 'dead' or None; got 'some'"),
        ("only", 0, "`only` must be one of"),
        ("least_r", 1.01, "`least_r` must be a number, -1 to 1, or None; got 1.01"),
        ("least_r", float("nan"), "got nan"),
        ("least_r", True, "got True"),
        ("least_r", "0.5", "got '0.5'"),
        ("overview", "floor", "`overview`: there is no overview 'floor'; there are 'wall', 'ranks'"),
        ("overview", None, "there is no overview None"),
        ("pictured", "weakest", "`pictured`: there is no choice of patches 'weakest'"),
        ("panels", ["attic"], "there is no panel 'attic'; there are 'means', 'prediction', 'clusters'"),
    ],
)
def test_a_wrong_value_is_refused_in_words_and_changes_nothing(selection, name, value, words):
    before = selection.state()
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(selection, name, value)
    assert selection.state() == before
    assert selection.panels == []


def test_a_wrong_value_among_right_ones_changes_nothing(selection):
    before = selection.state()
    with pytest.raises(traitlets.TraitError, match="units 0 to 29"):
        selection.select(layer="conv2", net="seed 2", unit=30)
    with pytest.raises(traitlets.TraitError, match="no trait 'unti'; the closest are 'unit'"):
        selection.select(layer="conv2", unti=3)
    assert selection.state() == before


def test_misspelt_names_are_refused(known, selection):
    with pytest.raises(AttributeError, match="closest are 'unit'"):
        selection.unti = 3
    with pytest.raises(TypeError, match="closest are 'layer'"):
        Selection(known, layr="conv1")


def test_every_trait_says_what_it_is_and_who_writes_it(selection):
    for name in (*STATE, "panels"):
        assert (
            "Written by" in selection.trait_metadata(name, "help", "") or "Written by" in selection.traits()[name].help
        )


def test_its_text_is_short(selection):
    assert repr(selection).startswith("Selection(layer='conv1', net_a='seed 0'")


def test_a_unit_and_a_cluster_are_set_together(selection):
    selection.select(unit=4, cluster=0)
    assert (selection.unit, selection.cluster) == (4, 0)
    selection.set_state({"unit": 5, "cluster": 2})
    assert (selection.unit, selection.cluster) == (5, 2)
    selection.unit = 5
    assert selection.cluster is None
