"""What the notebook on the paper says of the zoo's nets is what their figures say."""

from itertools import combinations

import numpy as np
import pytest

import convergent_widgets as cw
from convergent_widgets import tables

PUBLISHED = {
    "semi": (0.703, 0.556, 0.478, 0.369, 0.416),
    "agree": (0.729, 0.578, 0.617, 0.581, 0.645),
}
CONVOLUTIONS = ("conv1", "conv2", "conv3", "conv4")


@pytest.fixture(scope="module")
def comparison():
    return cw.zoo.comparison()


@pytest.fixture(scope="module")
def nets(comparison):
    return [net for net in comparison.nets if net.startswith("seed")]


def column(table, name, layers):
    return np.array([table[layer, name].mean for layer in layers])


def test_one_to_one(comparison, nets):
    layers = comparison.layers
    table = tables.matching(comparison, nets)
    semi, bipartite, rotated = (column(table, name, layers) for name in ("semi", "bipartite", "rotated"))
    assert (np.diff(semi[:4]) < 0).all()
    assert semi[4] > semi[3]
    assert ((semi - bipartite > 0.025) & (semi - bipartite < 0.075)).all()
    agree = column(table, "agree", layers)
    assert (agree < PUBLISHED["agree"]).all()
    assert agree.argmin() == 4
    assert (semi[2:4] < PUBLISHED["semi"][2:4]).all()
    assert ((rotated >= 0.195) & (rotated < 0.455)).all()
    above = column(table, "above", layers)
    assert above[2] < 1 / 3
    assert (np.delete(above, 2) > 0.45).all()
    assert (np.abs(column(table, "held out", layers) - bipartite) < 0.02).all()
    stable = column(table, "stable", layers)
    assert (stable[:4] >= 0.95).all()
    assert stable[4] == pytest.approx(0.75, abs=0.03)


def test_mutual_information(comparison, nets):
    table = tables.information(comparison, nets)
    assert table["conv1", "least"].mean == pytest.approx(0.04, abs=0.01)
    assert 0.8 < table["conv1", "greatest"].mean < 1.08
    assert 5 <= 8 * table["conv1", "agree, best 8"].mean <= 6
    assert table["conv1", "agree"].mean == pytest.approx(0.5, abs=0.06)


def test_sparse_prediction_at_the_papers_penalties(comparison, nets):
    weights = (1e-3, 1e-4, 1e-5, 0)
    first = tables.prediction(comparison, "conv1", nets, [96 * weight for weight in weights])
    second = tables.prediction(comparison, "conv2", nets, [256 * weight for weight in weights])
    assert first.rows[0]["predictors"].mean == pytest.approx(3.4, abs=0.7)
    assert second.rows[1]["predictors"].mean == pytest.approx(6.1, abs=0.3)
    assert first.rows[3]["predictors"].mean == pytest.approx(10.8, abs=0.1)
    for table, published in ((first, (0.172, 0.162, 0.169, 0.170)), (second, (0.392, 0.337, 0.368, 0.373))):
        ours = [row["held-out loss"].mean for row in table.rows]
        assert (np.array(ours) < published).all()
        assert (np.diff(ours) < 0.0005).all()
    assert first.rows[0]["R²"].mean == pytest.approx(0.79, abs=0.01)
    assert first.rows[3]["R²"].mean == pytest.approx(0.88, abs=0.01)
    r2 = [tables.prediction(comparison, layer, nets, (0.1,)).rows[0]["R²"].mean for layer in CONVOLUTIONS]
    assert (np.diff(r2) < 0).all()


def test_clusters(comparison, nets):
    for layer in comparison.layers:
        counts, shared, together, apart = [], [], [], []
        for a, b in combinations(nets, 2):
            counts.append(comparison.clusters(layer, a, b).clusters)
            labels = comparison.clusters(layer, a, b, 12).labels
            of_a, of_b = np.split(labels, [comparison.units(layer, a)])
            shared.append(np.mean([cluster in of_a and cluster in of_b for cluster in range(12)]))
            r = comparison.correlation(layer, a, b)
            same = (of_a[:, None] == of_b) & (of_a[:, None] >= 0)
            together.append(np.nanmean(r[same]))
            apart.append(np.nanmean(r[~same]))
        assert 2.5 <= np.mean(counts) <= 5.5
        assert np.mean(shared) > 0.9
        assert np.mean(together) > np.mean(apart) + 0.1


def test_mean_activations(comparison, nets):
    table = tables.mean_activations(comparison, nets)
    typical = column(table, "typical gap", comparison.layers)
    assert ((typical > 0.045) & (typical < 0.095)).all()
    within = column(table, "spread within", CONVOLUTIONS)
    assert ((within > 3.5) & (within < 9.5)).all()
    assert 900 < table["fc1", "spread within"].mean < 1300
    largest = column(table, "largest gap", comparison.layers)
    assert ((largest > 0.35) & (largest < 1.15)).all()
    match, any_pair = (column(table, name, CONVOLUTIONS) for name in ("match", "any pair"))
    assert ((match > 1.35) & (match < 1.55)).all()
    assert ((any_pair > 1.45) & (any_pair < 1.55)).all()
    assert table["fc1", "match"].mean == pytest.approx(1.8, abs=0.05)
    assert table["fc1", "any pair"].mean == pytest.approx(2.8, abs=0.05)


def test_more_than_two_nets(comparison, nets):
    table = tables.found_in(comparison, nets)
    closed, luck = (column(table, name, comparison.layers) for name in ("cycles close", "luck"))
    assert ((closed > 0.135) & (closed < 0.365)).all()
    assert (closed > 4 * luck).all()
    assert (column(table, "in 0", comparison.layers) > 0).all()
    assert (column(table, "in 3", comparison.layers) > 0).all()


@pytest.mark.long
def test_the_second_finding(comparison, nets):
    table = tables.control(comparison, nets)
    real, one, own = (
        [f"{layer}, {kind}" for layer in comparison.layers] for kind in ("two nets", "one rotated", "own rotation")
    )
    for rows in (one, own):
        assert (np.abs(column(table, "bipartite", rows) - column(table, "rotated", rows)) < 0.025).all()
        above = column(table, "above", rows)
        assert ((above > 0.04) & (above < 0.095)).all()
    assert (column(table, "bipartite", real) > column(table, "rotated", real) + 0.05).all()
    for rows, least, greatest in ((real, 4, 7), (one, 5, 10), (own, 8, 18)):
        needed = column(table, "for 95 %", rows)
        assert (round(needed.min()), round(needed.max())) == (least, greatest)
    gap = column(table, "predictors", one) / column(table, "predictors", real)
    assert (gap[:2] > 1.5).all()
    assert gap[3] < 1
    np.testing.assert_allclose(column(table, "CKA", one), column(table, "CKA", real), atol=1e-6)
    np.testing.assert_allclose(column(table, "CKA", own), 1, atol=1e-6)
    whole = tables.cka(comparison, nets)
    assert whole["fc1", "CKA"].mean == pytest.approx(0.95, abs=0.01)
    assert whole["conv4", "CKA"].mean == pytest.approx(0.40, abs=0.01)


def test_rare_units_of_fc1_move_the_mean_held_out_loss_and_not_the_median(comparison, nets):
    (row,) = tables.prediction(comparison, "fc1", nets, [0.0]).rows
    assert row["held-out loss"].mean == pytest.approx(0.19, abs=0.005)
    assert row["held out, median"].mean == pytest.approx(0.08, abs=0.005)
    assert row["loss"].mean == pytest.approx(0.12, abs=0.005)


@pytest.mark.long
def test_at_one_equal_loss_the_number_of_predictors_is_reversed_in_conv4(comparison, nets):
    control = tables.control(comparison, nets)
    rows = {row["compared"]: row["predictors"].mean for row in control.rows}
    gaps = {layer: rows[f"{layer}, one rotated"] - rows[f"{layer}, two nets"] for layer in comparison.layers}
    assert min(gaps[layer] for layer in ("conv1", "conv2", "fc1")) > 0.8
    assert 0 < gaps["conv3"] < 0.6
    assert gaps["conv4"] < 0
