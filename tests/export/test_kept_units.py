"""Which units a page shows patches of."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import synthetic_comparison

from convergent_widgets.export.kept_units import kept_units

NETS = {"a": 20, "b": 20, "c": 24}


@pytest.fixture(scope="module")
def whole():
    return synthetic_comparison(NETS, ("conv1", "conv2"), dead={"a": (3,)})


def counterparts(comparison, layer, net, unit):
    """What stands beside a unit in the other nets, by either matching, and what is most similar to it."""
    for method in ("bipartite", "semi"):
        for other, one in comparison.counterparts(layer, net, unit, method).items():
            yield from ((other, found.unit) for found in (one, one.best) if found and found.unit is not None)


def test_all_by_default(whole):
    assert kept_units(whole, None) is None
    assert kept_units(whole, None, [("conv1", "a", 0)]) is None


def test_named_units_bring_their_counterparts(whole):
    kept = kept_units(whole, {"conv1": {"a": [0, 5], "c": [7]}})
    named = {("a", 0), ("a", 5), ("c", 7)}
    expected = named | {place for net, unit in named for place in counterparts(whole, "conv1", net, unit)}
    assert {(net, unit) for net in NETS for unit in kept["conv1", net]} == expected
    assert len(expected) > 6
    assert all(kept["conv2", net] == set() for net in NETS)


def test_a_number_keeps_the_best_matched_of_each_net(whole):
    kept = kept_units(whole, 3)
    for layer in whole.layers:
        named = set()
        for net, units in NETS.items():
            greatest = np.full(units, -np.inf)
            for other in set(NETS) - {net}:
                matching = whole.match(layer, net, other)
                greatest[matching.rows] = np.fmax(greatest[matching.rows], matching.values)
            named |= {(net, unit) for unit in np.argsort(-greatest)[:3].tolist()}
        expected = named | {place for net, unit in named for place in counterparts(whole, layer, net, unit)}
        assert {(net, unit) for net in NETS for unit in kept[layer, net]} == expected
        assert all(len(kept[layer, net]) < NETS[net] for net in NETS)


def test_a_number_may_be_numpys_and_too_large(whole):
    kept = kept_units(whole, np.int64(500))
    for (layer, net), units in kept.items():
        matched = {unit for other in set(NETS) - {net} for unit in whole.match(layer, net, other).rows.tolist()}
        assert matched <= units
        assert (3 in units) is (net != "a")  # a dead unit is matched with none


def test_what_is_seen_besides_is_kept_with_its_counterparts(whole):
    few, more = (kept_units(whole, {"conv1": {"a": [0]}}, also) for also in ([], [("conv2", "b", 11)]))
    assert more["conv1", "c"] == few["conv1", "c"]
    expected = {("b", 11), *counterparts(whole, "conv2", "b", 11)}
    assert {(net, unit) for net in NETS for unit in more["conv2", net]} == expected


def test_a_net_alone_keeps_the_first(whole):
    assert kept_units(whole.subset(nets=["b"]), 4)["conv2", "b"] == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        (0, ValueError, "`units` must be a whole number of at least 1, got 0"),
        (True, TypeError, r"a number, or units by layer and net, e\.g\. {'conv1': {'a': \[0, 7\]}}; got True"),
        ("5", TypeError, "got '5'"),
        ([1, 2], TypeError, r"got \[1, 2\]"),
        (2.0, TypeError, "got 2.0"),
        ({}, ValueError, "names no unit; patches=0"),
        ({"conv1": [1]}, TypeError, r"`units` of 'conv1' must be units by net, e\.g\. {'a': \[0, 7\]}; got \[1\]"),
        ({"conv1": {"a": 5}}, TypeError, r"`units` of 'a' in 'conv1' must be a list, e\.g\. \[0, 7\]; got 5"),
        ({"conv1": {"a": "5"}}, TypeError, "must be a list"),
        ({"conv1": {"a": [20]}}, ValueError, r"`units of 'a' in 'conv1'` must be a whole number in 0\.\.19, got 20"),
        ({"conv9": {"a": [1]}}, KeyError, "there is no layer 'conv9'; the closest are"),
        ({"conv1": {"z": [1]}}, KeyError, "there is no net 'z'"),
    ],
)
def test_bad_units(whole, asked, error, words):
    with pytest.raises(error, match=words):
        kept_units(whole, asked)
