"""Each column of a table of units against what the Comparison answers unit by unit."""

import sys

import numpy as np
import pytest
from synthetic import comparison_of, synthetic_comparison

from convergent_widgets.choices import UnknownName

NETS = {"seed 0": 24, "seed 1": 20, "wide": 30}
DEAD = {"seed 0": (5,), "seed 1": (3,)}
COLUMNS = [
    *("dead", "mean", "std", "partner", "r", "rank", "runner_up", "baseline", "above", "agrees", "best", "best_r"),
    *("held_out_r", "found_in", "top_image", "top_activation"),
]


@pytest.fixture(scope="module")
def comparison():
    return synthetic_comparison(NETS, dead=DEAD)


@pytest.fixture(
    scope="module",
    params=[("seed 0", "seed 1"), ("seed 1", "seed 0"), ("seed 0", "wide"), ("wide", "seed 1")],
    ids=" ".join,
)
def pair(request):
    return request.param


@pytest.fixture(scope="module", params=["bipartite", "semi"])
def method(request):
    return request.param


def same(value, expected):
    return value == expected or (np.isnan(value) and np.isnan(expected))


def whole(frame, name):
    return [int(value) if there else None for value, there in zip(frame[name], frame[name].notna(), strict=True)]


def test_its_shape_and_its_kinds_of_number(comparison, pair, method):
    frame = comparison.to_frame("conv2", *pair, method)
    assert list(frame.columns) == COLUMNS
    assert frame.index.name == "unit"
    assert frame.index.tolist() == list(range(NETS[pair[0]]))
    assert frame.attrs == {"layer": "conv2", "a": pair[0], "b": pair[1], "method": method}
    assert {name: str(frame[name].dtype) for name in ("partner", "rank", "best", "found_in", "top_image")} == {
        "partner": "Int64",
        "rank": "Int64",
        "best": "Int64",
        "found_in": "int64",
        "top_image": "string",
    }
    assert [name for name in COLUMNS if frame[name].dtype == bool] == ["dead", "above", "agrees"]


def test_what_the_matching_says_of_each_unit(comparison, pair, method):
    a, b = pair
    frame = comparison.to_frame("conv1", a, b, method)
    partner, rank, best = (whole(frame, name) for name in ("partner", "rank", "best"))
    some = 0
    for unit in range(NETS[a]):
        one = comparison.counterparts("conv1", a, unit, method)[b]
        assert (partner[unit], rank[unit]) == (one.unit, one.rank)
        assert best[unit] == (None if one.best is None else one.best.unit)
        assert same(frame["best_r"][unit], np.nan if one.best is None else one.best.r)
        for name in ("r", "runner_up", "baseline"):
            assert same(frame[name][unit], getattr(one, name)), name
        assert (frame["above"][unit], frame["agrees"][unit]) == (one.above, one.agrees)
        some += one.unit is not None
    assert some == frame["partner"].notna().sum() > 15


def test_what_the_layer_says_of_each_unit(comparison, pair, method):
    a, b = pair
    frame = comparison.to_frame("conv1", a, b, method)
    np.testing.assert_array_equal(frame["dead"], comparison.dead("conv1", a))
    np.testing.assert_array_equal(frame["mean"], comparison.mean("conv1", a))
    np.testing.assert_array_equal(frame["std"], comparison.std("conv1", a))
    np.testing.assert_array_equal(frame["held_out_r"], comparison.held_out("conv1", a, b, method).r)
    np.testing.assert_array_equal(frame["found_in"], comparison.found_in("conv1", a, method))


def test_the_strongest_image_of_each_unit(comparison):
    frame = comparison.to_frame("conv1", "seed 1", "wide")
    for unit in range(NETS["seed 1"]):
        top = comparison.top("conv1", "seed 1", unit)
        if len(top.images):
            assert frame["top_image"][unit] == f"image {top.images[0]}"
            assert frame["top_activation"][unit] == top.activations[0]
        else:
            assert unit in DEAD["seed 1"]
            assert frame.loc[unit, ["top_image", "top_activation"]].isna().all()


def test_a_dead_unit_has_a_row(comparison):
    row = comparison.to_frame("conv1", "seed 0", "wide").loc[5]
    assert row["dead"]
    assert row[["partner", "r", "rank", "runner_up", "best", "best_r", "held_out_r", "top_image"]].isna().all()
    assert not row["above"]
    assert (row["std"], row["found_in"]) == (0, 0)


def test_a_unit_without_a_partner_keeps_its_best(comparison):
    frame = comparison.to_frame("conv1", "wide", "seed 1")
    left = frame[frame["partner"].isna()]
    assert len(left) == 30 - 19
    assert left["best"].notna().all()
    assert left["r"].isna().all()


def test_nets_of_dead_units_and_without_pictures():
    random = np.random.default_rng(0)
    made = {"one": random.random((40, 3)), "silent": np.zeros((40, 4)), "two": random.random((40, 2))}
    comparison = comparison_of({net: values.astype(np.float32) for net, values in made.items()})
    frame = comparison.to_frame("conv1", "one", "silent")
    assert frame[["partner", "best", "best_r", "rank", "top_image", "top_activation"]].isna().all(axis=None)
    assert comparison.to_frame("conv1", "silent", "two")["dead"].all()
    assert comparison.to_frame("conv1", "one", "two")["partner"].notna().sum() == 2


def test_a_net_beside_itself_has_no_baseline(comparison):
    with pytest.raises(ValueError, match="compares two nets, got 'wide' twice"):
        comparison.to_frame("conv1", "wide", "wide")


def test_what_does_not_exist_is_refused(comparison):
    with pytest.raises(UnknownName, match="no net 'sed 0'; the closest are 'seed 0'"):
        comparison.to_frame("conv1", "sed 0", "wide")
    with pytest.raises(UnknownName, match="no layer 'conv9'"):
        comparison.to_frame("conv9", "seed 0", "wide")
    with pytest.raises(ValueError, match="`method` must be one of"):
        comparison.to_frame("conv1", "seed 0", "wide", "greedy")


def test_where_pandas_is_missing_it_says_what_to_install(comparison, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        comparison.to_frame("conv1", "seed 0", "wide")
