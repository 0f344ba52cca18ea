"""Some nets and layers of a Comparison."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import synthetic_comparison

import convergent_widgets as cw

NETS = {"a": 6, "b": 6, "c": 8, "d": 5}
LAYERS = ("conv1", "conv2", "conv3")


@pytest.fixture(scope="module")
def whole():
    """Four nets of other widths."""
    return synthetic_comparison(NETS, layers=LAYERS, dead={"c": (2,)})


@pytest.fixture(scope="module", params=[False, True], ids=["in memory", "saved"])
def part(request, whole, tmp_path_factory):
    """Two of the nets and two of the layers, named in another order."""
    found = whole.subset(nets=["d", "c", "a"], layers=["conv3", "conv1"])
    if not request.param:
        return found
    path = tmp_path_factory.mktemp("subset") / "part.npz"
    found.save(path)
    return cw.Comparison.load(path)


def test_names_keep_their_order(part):
    assert part.nets == ("a", "c", "d")
    assert part.layers == ("conv1", "conv3")
    assert [part.units("conv3", net) for net in part.nets] == [6, 8, 5]


@pytest.mark.parametrize("layer", ["conv1", "conv3"])
def test_all_numbers_are_those_of_the_whole(whole, part, layer):
    for a in part.nets:
        for half in (None, 0, 1):
            np.testing.assert_array_equal(part.mean(layer, a, half), whole.mean(layer, a, half))
            np.testing.assert_array_equal(part.dead(layer, a, half), whole.dead(layer, a, half))
        np.testing.assert_array_equal(part.patches(layer, a, 1), whole.patches(layer, a, 1))
        for b in part.nets:
            np.testing.assert_array_equal(part.correlation(layer, a, b), whole.correlation(layer, a, b))
            np.testing.assert_array_equal(part.covariance(layer, a, b, 1), whole.covariance(layer, a, b, 1))
            assert part.best_unit(layer, a, b) == whole.best_unit(layer, a, b)
            if a == b:
                continue
            for method in ("bipartite", "semi"):
                ours, theirs = (each.baseline(layer, a, b, method) for each in (part, whole))
                assert ours.mean == theirs.mean
                np.testing.assert_array_equal(ours.greatest, theirs.greatest)
                np.testing.assert_array_equal(
                    part.match(layer, a, b, method).columns, whole.match(layer, a, b, method).columns
                )
                np.testing.assert_equal(part.unrelated(layer, a, b, method), whole.unrelated(layer, a, b, method))


def test_what_is_told_of_the_other_nets_is_told_of_those_that_are_there(whole, part):
    assert set(part.counterparts("conv1", "a", 0)) == {"c", "d"}
    assert part.counterparts("conv1", "a", 0)["c"] == whole.counterparts("conv1", "a", 0)["c"]
    assert part.found_in("conv1", "a").max() <= 2


def test_the_zoo_keeps_filters_and_attributions():
    zoo = cw.zoo.comparison()
    part = zoo.subset(nets=["seed 1", "wide"], layers=["conv1", "conv2"])
    np.testing.assert_array_equal(part.filters("conv1", "wide"), zoo.filters("conv1", "wide"))
    np.testing.assert_array_equal(part.attributions("conv2", "wide", 3), zoo.attributions("conv2", "wide", 3))
    np.testing.assert_array_equal(
        part.top("conv2", "seed 1", 3, "deciles").images, zoo.top("conv2", "seed 1", 3, "deciles").images
    )


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"nets": ["a", "seed"]}, KeyError, "there is no net 'seed'"),
        ({"layers": ["conv9"]}, KeyError, "there is no layer 'conv9'"),
        ({"nets": "a"}, TypeError, "a list of names"),
        ({"layers": []}, ValueError, "at least one layer"),
    ],
)
def test_bad_names_are_refused(whole, asked, error, words):
    with pytest.raises(error, match=words):
        whole.subset(**asked)
