"""The tables: their figures against ones worked out here, and what they say of dead units and wrong names."""

import math
from itertools import combinations

import numpy as np
import pytest
from synthetic import comparison_of, synthetic_comparison

import convergent_widgets as cw
from convergent_widgets import tables
from convergent_widgets.analysis.matching import match_columns
from convergent_widgets.choices import UnknownName
from convergent_widgets.control import Control
from convergent_widgets.numbers import short, significant
from convergent_widgets.tables import Column, Spread, Table, spread

NETS = {"seed 0": 24, "seed 1": 24, "seed 2": 30}
DEAD = {"seed 1": (3, 7)}
PAIRS = list(combinations(NETS, 2))


@pytest.fixture(scope="module")
def made():
    return synthetic_comparison(NETS, dead=DEAD)


@pytest.fixture(scope="module")
def zoo():
    return cw.zoo.comparison()


def over_pairs(figure):
    values = [figure(a, b) for a, b in PAIRS]
    return pytest.approx((np.mean(values), np.std(values), 3))


def test_the_matching_table_is_mean_and_spread_over_the_pairs(made):
    table = tables.matching(made)
    assert [row["layer"] for row in table.rows] == ["conv1", "conv2"]
    for layer in made.layers:
        r = {pair: made.correlation(layer, *pair) for pair in PAIRS}

        def best(a, b, layer=layer, r=r):
            return np.nanmax(r[a, b][~made.dead(layer, a)], axis=1)

        def same(a, b, layer=layer, r=r):
            live = ~made.dead(layer, a)
            return (np.nan_to_num(r[a, b], nan=-9).argmax(1) == made.partners(layer, a, b))[live].mean()

        assert table[layer, "semi"] == over_pairs(lambda a, b, best=best: best(a, b).mean())
        assert table[layer, "agree"] == over_pairs(same)
        assert table[layer, "bipartite"] == over_pairs(lambda a, b, layer=layer: made.match(layer, a, b).mean)
        assert table[layer, "rotated"] == over_pairs(lambda a, b, layer=layer: made.baseline(layer, a, b).mean)
        assert table[layer, "held out"] == over_pairs(lambda a, b, layer=layer: made.held_out(layer, a, b).mean)
        assert table[layer, "stable"] == over_pairs(lambda a, b, layer=layer: made.held_out(layer, a, b).agreement)
        assert table[layer, "above"] == over_pairs(
            lambda a, b, layer=layer: made.baseline(layer, a, b).above.sum() / len(made.match(layer, a, b).rows)
        )
        assert table[layer, "units"] == "24 or 30"
        assert math.isnan(table[layer, "unrelated"].mean)
    assert "3 pairs of nets" in table.note
    assert "Under 200 images" in table.note


def test_the_zoos_matching_is_above_its_baselines(zoo):
    table = tables.matching(zoo, zoo.nets[:4])
    for layer in zoo.layers:
        assert table[layer, "semi"].mean > table[layer, "bipartite"].mean > table[layer, "rotated"].mean
        assert table[layer, "rotated"].mean > table[layer, "unrelated"].mean > 0
        assert table[layer, "bipartite"].n == 6
        assert table[layer, "units"] == str(zoo.units(layer, "seed 0"))
    assert "Under 200" not in table.note
    assert tables.matching(zoo)["conv1", "bipartite"].n == 10


def test_mutual_information_and_its_agreement(zoo, made):
    nets = zoo.nets[:3]
    table = tables.information(zoo, nets)
    agree, best = [], []
    for a, b in combinations(nets, 2):
        by_information, by_r = zoo.match("conv1", a, b, measure="mutual_information"), zoo.match("conv1", a, b)
        same = by_information.columns == by_r.columns
        agree.append(same.mean())
        best.append(same[np.argsort(-by_information.values)[:8]].mean())
    assert table["conv1", "agree"] == pytest.approx((np.mean(agree), np.std(agree), 3))
    assert table["conv1", "agree, best 8"] == pytest.approx((np.mean(best), np.std(best), 3))
    assert table["conv1", "luck"].mean == pytest.approx(1 / 24)
    with pytest.raises(ValueError, match="mutual information was not measured"):
        tables.information(made)


def test_the_prediction_table_names_both_penalties_and_has_a_control(made):
    penalties = (0.3, 0.03, 0.0)
    table = tables.prediction(made, "conv1", ["seed 0", "seed 1"], penalties)
    found = made.predict("conv1", "seed 0", "seed 1", penalties)
    for place, row in enumerate(table.rows):
        assert row["published weight"].mean == pytest.approx(penalties[place] / 24)
        assert row["loss"].mean == pytest.approx(np.nanmean(found.loss[place]))
        assert row["held-out loss"].mean == pytest.approx(np.nanmean(found.held_out_loss[place]))
        assert row["held out, median"].mean == pytest.approx(np.nanmedian(found.held_out_loss[place]))
        assert row["R²"].mean == pytest.approx(1 - 2 * np.nanmedian(found.held_out_loss[place]))
        assert row["predictors"].mean == pytest.approx(
            np.mean((np.abs(found.weights[place]) > 0.1).sum(0)[~made.dead("conv1", "seed 1")])
        )
    assert [row["alpha"] for row in table.rows] == [".3", ".03", "0"]
    # With all units and no penalty a rotation loses nothing.
    assert table["0", "R², rotated"].mean == pytest.approx(table["0", "R²"].mean, abs=1e-6)
    assert table[".03", "predictors, rotated"].mean > table[".03", "predictors"].mean


def test_mean_activations_are_compared_pair_by_pair(made):
    table = tables.mean_activations(made)
    curves = {net: np.sort(made.mean("conv1", net))[::-1] for net in NETS}

    def within(net):
        low, high = np.quantile(curves[net][curves[net] > 0], (0.05, 0.95))
        return high / low

    values = [within(net) for net in NETS]
    assert table["conv1", "spread within"] == pytest.approx((np.mean(values), np.std(values), 3))

    def factor(a, b):
        match = made.match("conv1", a, b)
        x, y = made.mean("conv1", a)[match.rows], made.mean("conv1", b)[match.columns]
        return np.exp(np.median(np.abs(np.log(x / y))))

    assert table["conv1", "match"] == over_pairs(factor)


def test_found_in_counts_the_nets_and_cycles_close_as_followed_by_hand(made):
    table = tables.found_in(made)
    means, none = [], []
    for net in NETS:
        counts = made.found_in("conv1", net)[~made.dead("conv1", net)]
        means.append(counts.mean())
        none.append((counts == 0).mean())
    assert table["conv1", "mean"] == pytest.approx((np.mean(means), np.std(means), 3))
    assert table["conv1", "in 0"] == pytest.approx((np.mean(none), np.std(none), 3))
    assert sum(table["conv1", f"in {count}"].mean for count in range(3)) == pytest.approx(1)
    steps = [
        made.partners("conv1", *pair) for pair in (("seed 0", "seed 1"), ("seed 1", "seed 2"), ("seed 2", "seed 0"))
    ]
    arrived = []
    for unit in range(24):
        at = unit
        for step in steps:
            at = step[at] if at >= 0 else -1
        if at >= 0:
            arrived.append(at == unit)
    assert table["conv1", "cycles close"].mean == pytest.approx(np.mean(arrived))
    pair = tables.found_in(made, ["seed 0", "seed 1"])
    assert math.isnan(pair["conv1", "cycles close"].mean)
    assert pair["conv1", "in 1"].mean == pytest.approx(
        np.mean(
            [
                made.baseline("conv1", a, b).above[~made.dead("conv1", a)].mean()
                for a, b in (("seed 0", "seed 1"), ("seed 1", "seed 0"))
            ]
        )
    )


def test_luck_is_one_over_the_live_units_of_the_net_it_is_of(zoo):
    nets = ["wide", "seed 0", "seed 1"]
    assert tables.found_in(zoo, nets)["conv1", "luck"].mean == pytest.approx(1 / zoo.units("conv1", "wide"))
    assert tables.found_in(zoo, nets[::-1])["conv1", "luck"].mean == pytest.approx(1 / 24)
    for pair in (nets[:2], nets[1::-1]):
        assert tables.information(zoo, pair)["conv1", "luck"].mean == pytest.approx(1 / zoo.units("conv1", "wide"))
    dead = int(zoo.dead("fc1", "seed 0").sum())
    assert dead > 0
    assert tables.found_in(zoo, ["seed 0", "seed 1", "wide"])["fc1", "luck"].mean == pytest.approx(1 / (128 - dead))
    live = [int((~zoo.dead("fc1", net)).sum()) for net in ("seed 0", "seed 1")]
    assert tables.information(zoo, ["seed 0", "seed 1"])["fc1", "luck"].mean == pytest.approx(1 / max(live))


@pytest.mark.parametrize("widths", [(9, 4, 6), (4, 9, 9)])
def test_luck_is_what_random_matchings_reach(widths):
    """Each random matching is the bipartite one of random numbers, so that narrower nets leave units out by lot."""
    random = np.random.default_rng(0)

    def partners(one, other):
        return match_columns(random.random((one, other)), "bipartite")

    closed, arrived, same, matched = 0, 0, 0, 0
    for _ in range(4000):
        round_ = cw.analysis.cycle([partners(widths[i], widths[(i + 1) % 3]) for i in range(3)])
        closed, arrived = closed + round_.closed.sum(), arrived + (round_.arrived >= 0).sum()
        one, other = partners(*widths[:2]), partners(*widths[:2])
        same, matched = same + ((one == other) & (one >= 0)).sum(), matched + (one >= 0).sum()
    assert closed / arrived == pytest.approx(1 / widths[0], abs=0.015)
    assert same / matched == pytest.approx(1 / max(widths[:2]), abs=0.015)


def test_units_without_a_held_out_r_are_counted(made):
    table = tables.matching(made)
    assert table["conv1", "unjudged"] == over_pairs(lambda a, b: made.held_out("conv1", a, b).unjudged)
    assert table["conv1", "unjudged"].mean > 0


def test_few_images_are_said_wherever_halves_or_baselines_are(made, zoo):
    assert "Under 200 images" in tables.found_in(made).note
    assert "Under 200" not in tables.found_in(zoo, zoo.nets[:3]).note


def test_cka_stands_beside_the_matching(made):
    table = tables.cka(made)
    assert table["conv1", "CKA"] == over_pairs(lambda a, b: made.cka("conv1", a, b))
    assert table["conv1", "standardised"] == over_pairs(lambda a, b: made.cka("conv1", a, b, standardised=True))
    assert table["conv1", "rotated"] == over_pairs(lambda a, b: made.baseline("conv1", a, b).mean)


def test_the_control_shows_the_second_finding_in_every_layer_of_the_zoo(zoo):
    table = tables.control(zoo, zoo.nets[:3])
    for layer in zoo.layers:
        real, one, own = (f"{layer}, {kind}" for kind in ("two nets", "one rotated", "own rotation"))
        assert table[real, "bipartite"].mean > table[real, "rotated"].mean + 0.05
        for rotated in (one, own):
            assert abs(table[rotated, "bipartite"].mean - table[rotated, "rotated"].mean) < 0.03
            assert table[rotated, "above"].mean < 0.15 < table[real, "above"].mean
        assert table[one, "CKA"].mean == pytest.approx(table[real, "CKA"].mean, abs=1e-6)
        assert table[own, "CKA"].mean == pytest.approx(1, abs=1e-6)
        assert table[one, "R²"].mean == pytest.approx(table[real, "R²"].mean, abs=2e-3)
        assert table[own, "R²"].mean == pytest.approx(1, abs=1e-3)
        for a, b in combinations(zoo.nets[:3], 2):  # exactly so on the images that the maps were fitted to
            whole, turned = zoo.predict(layer, a, b, (0.0,)), Control(zoo, layer, a).predicts(b, (0.0,))
            assert np.nanmean(turned.loss) == pytest.approx(np.nanmean(whole.loss), abs=1e-3)
        assert table[own, "for 95 %"].mean > table[one, "for 95 %"].mean > table[real, "for 95 %"].mean


def test_predictors_are_counted_where_the_losses_are_equal(zoo):
    table = tables.control(zoo, zoo.nets[:2])
    found = zoo.predict("conv1", "seed 0", "seed 1", (0.1,))
    assert table["conv1, two nets", "loss"].mean == pytest.approx(found.loss.mean(), abs=1e-6)
    assert table["conv1, two nets", "predictors"].mean == pytest.approx(found.predictors.mean(), abs=1e-6)
    assert table["conv1, one rotated", "loss"] == table["conv1, two nets", "loss"]


def test_the_control_sets_the_same_rows_beside_one_another(made):
    """The pair is unequal, so that a matching in the other direction has another mean."""
    nets = ["seed 1", "seed 2"]
    table, matching = tables.control(made, nets), tables.matching(made, nets)
    for name in ("semi", "semi, rotated", "bipartite", "rotated", "above"):
        assert table["conv1, two nets", name] == matching["conv1", name]
    turned = Control(made, "conv1", "seed 2")
    assert turned.match("seed 1", "semi").rows.tolist() == made.match("conv1", "seed 1", "seed 2", "semi").rows.tolist()
    assert table["conv1, one rotated", "semi"].mean == pytest.approx(turned.match("seed 1", "semi").mean)
    assert table["conv1, one rotated", "bipartite"].mean == pytest.approx(turned.match("seed 1").mean)
    assert table["conv1, one rotated", "rotated"].mean == pytest.approx(turned.baseline("seed 1").mean)


def test_the_controls_r2_is_held_out_as_the_prediction_tables_is(made):
    nets = ["seed 1", "seed 2"]
    table, prediction = tables.control(made, nets), tables.prediction(made, "conv1", nets, (0.0,))
    assert table["conv1, two nets", "R²"].mean == pytest.approx(prediction["0", "R²"].mean)
    assert table["conv1, one rotated", "R²"].mean == pytest.approx(prediction["0", "R², rotated"].mean)
    random = np.random.default_rng(0)
    noise = tables.control(comparison_of({net: random.standard_normal((120, 24)) for net in "ab"}))
    assert noise["conv1, two nets", "R²"].mean < 0
    assert math.isnan(noise["conv1, two nets", "for 95 %"].mean)


def test_near_penalties_are_told_apart(made):
    rows = tables.prediction(made, "conv1", ["seed 0", "seed 1"], (0.1, 0.101)).rows
    assert [row["alpha"] for row in rows] == [".1", ".101"]


@pytest.mark.parametrize(
    ("nets", "dead"),
    [({"a": 1, "b": 1}, {}), ({"a": 2, "b": 3}, {"a": (0, 1)}), ({"a": 2, "b": 3}, {"a": (0, 1), "b": (0, 1, 2)})],
)
@pytest.mark.filterwarnings("error")
def test_one_unit_and_dead_layers_have_dashes_or_figures(nets, dead):
    comparison = synthetic_comparison(nets, dead=dead)
    for table in (
        tables.matching(comparison),
        tables.mean_activations(comparison),
        tables.found_in(comparison),
        tables.cka(comparison),
        tables.control(comparison),
        tables.prediction(comparison, "conv1"),
    ):
        assert "nan" not in str(table).lower()
        assert "nan" not in table._repr_html_().lower()


def test_a_net_of_dead_units_is_named_beneath_what_it_leaves_out():
    comparison = synthetic_comparison({"a": 6, "b": 6, "c": 6}, dead={"a": tuple(range(6))})
    for table in (tables.matching(comparison), tables.found_in(comparison), tables.cka(comparison)):
        assert "Dead, and so without figures in what is compared with it: a in conv1, a in conv2." in str(table)
    assert "Dead" not in str(tables.matching(synthetic_comparison({"a": 6, "b": 6}, dead={"a": (1,)})))


def test_a_spread_leaves_out_what_is_not_known():
    assert spread([1.0, 2.0, math.nan]) == Spread(1.5, 0.5, 2)
    assert spread([]).n == 0
    assert math.isnan(spread([math.nan]).mean)


def test_a_table_prints_itself_and_escapes_its_names():
    table = Table(
        "A <title>",
        (Column("layer", ""), Column("r <i>", "help & more")),
        ({"layer": "<b>", "r <i>": Spread(0.5, 0.125, 3)}, {"layer": "conv2", "r <i>": math.nan}),
        "note",
    )
    assert str(table).splitlines() == ["A <title>", "layer      r <i>", "  <b>  .50 ± .12", "conv2          –", "note"]
    assert repr(table) == str(table)
    page = table._repr_html_()
    assert ">.50 ± .12</td>" in page
    assert "<b>:" not in page
    assert "&lt;b&gt;" in page
    assert "help &amp; more" in page
    assert table["conv2", "r <i>"] is table.rows[1]["r <i>"]
    with pytest.raises(KeyError):
        table["conv3", "r <i>"]


def test_wrong_nets_are_plain_errors(made):
    with pytest.raises(ValueError, match="at least two nets"):
        tables.matching(made, ["seed 0"])
    with pytest.raises(ValueError, match="at least two nets"):
        tables.cka(made, ["seed 0", "seed 0"])
    with pytest.raises(UnknownName, match="'seed 9'"):
        tables.found_in(made, ["seed 0", "seed 9"])
    with pytest.raises(ValueError, match="list of names, got the one name 'seed 0'"):
        tables.matching(made, "seed 0")


def test_numbers_are_written_for_people():
    assert [short(value) for value in (0.534, -0.05, 1.2, -0.001, math.nan)] == [".53", "−.05", "1.20", ".00", "–"]
    written = [significant(value) for value in (0.0096, 2.56, 640.0, 1234567.0, 3e-5, 0.0, -0.25)]
    assert written == [".0096", "2.6", "640", "1.2e6", "3e−5", "0", "−.25"]
