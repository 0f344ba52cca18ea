"""What a Comparison answers, from memory and from its file, against the activations it was made from."""

import numpy as np
import pytest
from synthetic import SIDE, activations, moments_of, synthetic_comparison

import convergent_widgets as cw
from convergent_widgets import pictures
from convergent_widgets.analysis import bipartite_match, cka, held_out, rotation_baseline, semi_match
from convergent_widgets.assemble import add_unrelated
from convergent_widgets.choices import UnknownName

NETS = {"seed 0": 24, "seed 1": 24, "seed 2": 30}
DEAD = {"seed 1": (3, 7)}


@pytest.fixture(scope="module")
def rows():
    return activations(NETS, dead=DEAD)


@pytest.fixture(scope="module", params=["memory", "file"])
def comparison(request, tmp_path_factory):
    made = synthetic_comparison(NETS, dead=DEAD)
    if request.param == "memory":
        return made
    path = tmp_path_factory.mktemp("results") / "made.npz"
    made.save(path)
    return cw.Comparison.load(path)


def pairs():
    return [(a, b) for a in NETS for b in NETS]


def test_what_was_compared(comparison):
    assert comparison.nets == tuple(NETS)
    assert comparison.layers == ("conv1", "conv2")
    assert [comparison.units("conv1", net) for net in NETS] == [24, 24, 30]
    assert comparison.module("conv2", "seed 0") == "features.1"
    assert comparison.images.names[3] == "image 3"
    assert comparison.images.labels[4] == "b"
    assert comparison.images.dataset == "made-up images"
    assert comparison.complete
    assert comparison.images_seen == 60
    assert "made-up images" in repr(comparison)


@pytest.mark.parametrize("half", [None, 0, 1])
def test_moments_are_those_of_the_activations(comparison, rows, half):
    reference = moments_of(rows if half is None else {net: values[half::2] for net, values in rows.items()})
    for a, b in pairs():
        np.testing.assert_allclose(
            comparison.correlation("conv1", a, b, half), reference.correlation(a, b), atol=2e-7, rtol=0
        )
        np.testing.assert_allclose(
            comparison.covariance("conv1", a, b, half), reference.covariance(a, b), atol=1e-6, rtol=1e-6
        )
    for net in NETS:
        np.testing.assert_array_equal(comparison.dead("conv1", net, half), reference.dead(net))
        if half is None:
            np.testing.assert_allclose(comparison.mean("conv1", net), reference.mean(net), rtol=1e-12)
            np.testing.assert_allclose(comparison.std("conv1", net), reference.std(net), rtol=1e-9)


def test_dead_units_have_no_correlation_and_live_ones_one_with_themselves(comparison):
    within = comparison.correlation("conv1", "seed 1", "seed 1")
    live = np.delete(np.arange(24), [3, 7])
    assert (within[live, live] == 1).all()
    assert np.isnan(within[3]).all()
    assert np.isnan(within[:, 7]).all()


def test_matchings_and_baselines_are_those_of_the_correlations(comparison):
    for a, b in pairs():
        corr = comparison.correlation("conv2", a, b)
        for method, match in (("bipartite", bipartite_match), ("semi", semi_match)):
            stored, computed = comparison.match("conv2", a, b, method), match(corr)
            for part in ("rows", "columns", "values", "unmatched_rows", "unmatched_columns", "runner_up", "agrees"):
                np.testing.assert_array_equal(getattr(stored, part), getattr(computed, part))
            if a == b:
                assert stored.values.tolist() == [1.0] * len(stored.rows)
                assert (stored.rows == stored.columns).all()
                continue
            baseline = rotation_baseline(corr, comparison.correlation("conv2", b, b), method)
            kept = comparison.baseline("conv2", a, b, method)
            np.testing.assert_allclose(kept.greatest, baseline.greatest, atol=1e-7)
            np.testing.assert_allclose(kept.least, baseline.least, atol=1e-7)
            np.testing.assert_array_equal(kept.above, baseline.above)
            assert (kept.mean, kept.deviation, kept.expected_by_luck) == (
                baseline.mean,
                baseline.deviation,
                baseline.expected_by_luck,
            )
    with pytest.raises(ValueError, match="two nets"):
        comparison.baseline("conv2", "seed 0", "seed 0")


@pytest.mark.parametrize("method", ["bipartite", "semi"])
def test_counterparts_tell_partner_rank_runner_up_and_baseline(comparison, method):
    for unit in range(30):
        for other, found in comparison.counterparts("conv1", "seed 2", unit, method).items():
            r = comparison.correlation("conv1", "seed 2", other)[unit]
            matching = comparison.match("conv1", "seed 2", other, method)
            assert found.best.r == np.nanmax(r)
            assert r[found.best.unit] == found.best.r
            if unit not in matching.rows:
                assert found.unit is None
                assert found.rank is None
                assert np.isnan(found.r)
                assert not found.above
                continue
            place = matching.rows.tolist().index(unit)
            assert found.unit == matching.columns[place]
            assert found.r == r[found.unit]
            assert found.rank == 1 + sum(value > found.r for value in r)
            assert found.runner_up == np.nanmax(np.delete(r, found.unit))
            assert found.above == (found.r > found.baseline)
            chosen = {
                dict(zip(other_one.rows.tolist(), other_one.columns.tolist(), strict=True)).get(unit)
                for other_one in (comparison.match("conv1", "seed 2", other, each) for each in ("bipartite", "semi"))
            }
            assert found.agrees == (len(chosen) == 1)
    left = [comparison.counterparts("conv1", "seed 2", unit)["seed 0"].unit for unit in range(30)].count(None)
    assert left == 30 - 24


def test_a_dead_unit_has_no_counterpart(comparison):
    found = comparison.counterparts("conv1", "seed 1", 3)["seed 0"]
    assert found.unit is None
    assert found.best is None
    assert not found.above


def test_best_units_are_the_strongest_matches(comparison):
    for a, b in pairs():
        for method in ("bipartite", "semi"):
            unit = comparison.best_unit("conv1", a, b, method)
            if a == b:
                r = comparison.correlation("conv1", a, a).copy()
                np.fill_diagonal(r, np.nan)
                assert np.nanmax(r[unit]) == np.nanmax(r)
            else:
                matching = comparison.match("conv1", a, b, method)
                assert unit == matching.rows[matching.values.argmax()]


def test_patches_are_cut_from_the_pictures(comparison):
    top = comparison.top("conv1", "seed 0", 5)
    patches = comparison.patches("conv1", "seed 0", 5)
    assert top.images.dtype == np.int64
    assert top.activations.dtype == np.float32
    assert (np.diff(top.activations) <= 0).all()
    assert patches.shape == (9, 5, 5, 3)
    for patch, image, position in zip(patches, top.images, top.positions.tolist(), strict=True):
        upper, left, lower, right = comparison.field("conv1", "seed 0", position)
        assert (lower - upper, right - left) == (5, 5)
        padded = np.full((SIDE + 20, SIDE + 20, 3), 128, np.uint8)
        padded[10:-10, 10:-10] = comparison.picture("seed 0", image)
        np.testing.assert_array_equal(patch, padded[upper + 10 : lower + 10, left + 10 : right + 10])
    assert comparison.patches("conv1", "seed 1", 3).shape == (0, 5, 5, 3)
    assert comparison.top("conv1", "seed 1", 3).images.shape == (0,)


def test_many_fields_at_once_are_the_same_as_one_by_one(comparison):
    positions = comparison.top_table("conv2", "seed 0").positions
    boxes, cells = comparison.fields("conv2", "seed 0", positions)
    assert boxes[4, 2].tolist() == list(comparison.field("conv2", "seed 0", positions[4, 2].tolist()))
    assert comparison.cell("conv2", "seed 0", (0, 0)) is None
    assert (cells == -1).all()
    with pytest.raises(IndexError, match="position must lie"):
        comparison.field("conv2", "seed 0", (SIDE, 0))


def test_pictures_that_were_not_kept_are_an_error(comparison):
    with pytest.raises(KeyError, match="image 10000 is among the top images of no unit"):
        comparison.picture("seed 0", 10000)
    with pytest.raises(KeyError, match="patches=0"):
        synthetic_comparison(pictures=False).picture("seed 0", 0)


def test_the_level_of_no_relation_is_nan_until_it_is_measured():
    comparison = synthetic_comparison(NETS)
    assert np.isnan(comparison.unrelated("conv1", "seed 0", "seed 1"))
    levels = np.arange(18, dtype=float).reshape(2, 3, 3)
    more = add_unrelated(comparison, {"conv1": levels})
    assert more.unrelated("conv1", "seed 0", "seed 1", "semi") == levels[1, 0, 1]
    assert np.isnan(more.unrelated("conv2", "seed 0", "seed 1"))


def test_held_out_matching_reads_the_other_half(comparison):
    judged = comparison.held_out("conv1", "seed 0", "seed 1")
    first, second = (comparison.correlation("conv1", "seed 0", "seed 1", half) for half in (0, 1))
    reference = held_out(first, second)
    np.testing.assert_array_equal(judged.r, reference.r)
    assert judged.mean < comparison.match("conv1", "seed 0", "seed 1").mean + 0.05
    assert comparison.few_images


def test_cycles_follow_the_matchings(comparison):
    nets = comparison.nets
    there = [comparison.partners("conv1", a, b) for a, b in zip(nets, [*nets[1:], nets[0]], strict=True)]
    found = comparison.cycle("conv1", nets)
    for unit in range(comparison.units("conv1", nets[0])):
        at = unit
        for step in there:
            at = step[at] if at >= 0 else -1
        assert found.arrived[unit] == at
    assert comparison.cycle("conv1", nets[:2]).share == 1  # one to one: there and back
    for wrong in (nets[:1], (nets[0], nets[0]), nets[0]):
        with pytest.raises(ValueError, match="each once"):
            comparison.cycle("conv1", wrong)


def test_found_in_counts_the_nets_above_the_baseline(comparison):
    net = comparison.nets[0]
    counted = [
        sum(other.above for other in comparison.counterparts("conv1", net, unit).values())
        for unit in range(comparison.units("conv1", net))
    ]
    assert comparison.found_in("conv1", net).tolist() == counted


def test_prediction_is_trained_on_one_half_and_judged_on_the_other(comparison, rows):
    a, b = "seed 0", "seed 1"
    found = comparison.predict("conv1", a, b, penalties=(0.1, 0.01), trained_on=1)
    x, y = (rows[net][1::2].astype(float) for net in (a, b))
    other = [rows[net][0::2].astype(float) for net in (a, b)]
    live = ~comparison.dead("conv1", b)
    scale = y.std(0)[live]
    with np.errstate(invalid="ignore"):
        standard = [np.nan_to_num((values - x.mean(0)) / x.std(0)) for values in (x, other[0])]
    targets = [(values - y.mean(0))[:, live] / scale for values in (y, other[1])]
    for place in range(2):
        weights = found.weights[place][:, live]
        errors = [0.5 * ((t - s @ weights) ** 2).mean(0) for s, t in zip(standard, targets, strict=True)]
        np.testing.assert_allclose(found.loss[place, live], errors[0], atol=1e-5)
        np.testing.assert_allclose(found.held_out_loss[place, live], errors[1], atol=1e-5)
    assert comparison.predict("conv1", a, b, [0.1, 0.01], trained_on=1) is found
    assert comparison.predict("conv1", a, b, np.array([0.1, 0.01]), trained_on=1) is found
    with pytest.raises(ValueError, match="read-only"):
        found.weights[0, 0, 0] = 1
    with pytest.raises(ValueError, match="`trained_on` must be 0 or 1"):
        comparison.predict("conv1", a, b, trained_on=2)


def test_clusters_are_of_both_nets_units(comparison):
    found = comparison.clusters("conv1", "seed 0", "seed 1", 4)
    assert found.labels.shape == (48,)
    assert found.labels.max() == 3
    assert np.flatnonzero(found.labels < 0).tolist() == [24 + unit for unit in DEAD["seed 1"]]
    assert comparison.clusters("conv1", "seed 0", "seed 1", clusters=4) is found
    with pytest.raises(ValueError, match="twice"):
        comparison.clusters("conv1", "seed 0", "seed 0")


def test_similarity_and_activity_are_those_of_the_moments(comparison):
    a, b = "seed 0", "seed 1"
    ask = comparison.covariance
    assert comparison.cka("conv1", a, b) == cka(ask("conv1", a, a), ask("conv1", b, b), ask("conv1", a, b))
    assert comparison.cka("conv1", a, a, standardised=True) == pytest.approx(1)
    told = comparison.mean_activations("conv1")
    np.testing.assert_array_equal(told.curves[a], np.sort(comparison.mean("conv1", a))[::-1])


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda c: c.correlation("conv", "seed 0", "seed 1"), UnknownName, "no layer 'conv'; the closest are 'conv"),
        (lambda c: c.correlation("conv1", "seed 9", "seed 1"), UnknownName, "no net 'seed 9'; the closest are"),
        (lambda c: c.correlation("conv1", "seed 0", "seed 1", 2), ValueError, "None, 0 or 1"),
        (lambda c: c.correlation("conv1", "seed 0", "seed 1", True), ValueError, "None, 0 or 1, got True"),
        (lambda c: c.dead("conv1", "seed 0", 2), ValueError, "None, 0 or 1"),
        (lambda c: c.top("conv1", "seed 0", 1.5), TypeError, "a unit is a whole number, got 1.5"),
        (lambda c: c.match("conv1", "seed 0", "seed 1", "greedy"), ValueError, "must be one of"),
        (lambda c: c.match("conv1", "seed 0", "seed 1", measure="cosine"), ValueError, "`measure` must be"),
        (lambda c: c.mutual_information("conv1", "seed 0", "seed 1"), ValueError, "mutual_information=True"),
        (lambda c: c.counterparts("conv1", "seed 0", 24), IndexError, "units 0 to 23"),
        (lambda c: c.top("conv1", "seed 0", -1), IndexError, "units 0 to 23"),
    ],
)
def test_wrong_questions_are_told_what_there_is(comparison, ask, error, message):
    with pytest.raises(error, match=message):
        ask(comparison)


def test_it_is_frozen(comparison):
    with pytest.raises(AttributeError):
        comparison.nets = ()
    with pytest.raises(ValueError, match="read-only"):
        comparison.correlation("conv1", "seed 0", "seed 1")[0, 0] = 2
    top = comparison.top("conv1", "seed 0", 0)
    for values in (comparison.mean("conv1", "seed 0"), comparison.std("conv1", "seed 0"), top.images, top.activations):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 7
    with pytest.raises(TypeError):
        comparison.settings["patches"] = 3


def test_what_the_caller_gave_stays_the_callers():
    comparison = synthetic_comparison({"a": 5, "b": 4})
    penalties = np.array([0.1, 0.01])
    found = comparison.predict("conv1", "a", "b", penalties)
    penalties[0] = 0.2
    assert found.penalties.tolist() == [0.1, 0.01]
    assert comparison.predict("conv1", "a", "b", penalties).penalties.tolist() == [0.2, 0.01]
    assert comparison.predict("conv1", "a", "b", np.array([0.1, 0.01])) is found


def test_arrays_deep_in_a_remembered_answer_are_read_only():
    comparison = synthetic_comparison({"a": 5, "b": 4})
    split = comparison.clusters("conv1", "a", "b", 3).tree[0]
    for side in (split.left, split.right):
        with pytest.raises(ValueError, match="read-only"):
            side[0] = 77


def test_an_argument_is_refused_also_after_one_that_equals_it():
    comparison = synthetic_comparison({"a": 5, "b": 4})
    comparison.predict("conv1", "a", "b", trained_on=1)
    with pytest.raises(ValueError, match="`trained_on` must be 0 or 1, got True"):
        comparison.predict("conv1", "a", "b", trained_on=True)
    comparison.clusters("conv1", "a", "b", 3)
    with pytest.raises(ValueError, match=r"`clusters` must be a whole number.*got 3\.0"):
        comparison.clusters("conv1", "a", "b", 3.0)


def test_one_net_alone():
    comparison = synthetic_comparison({"alone": 5})
    assert comparison.correlation("conv1", "alone", "alone").shape == (5, 5)
    assert comparison.counterparts("conv1", "alone", 0) == {}


def test_small_pictures_are_lossless_and_cuts_are_grey_outside():
    random = np.random.default_rng(0)
    for shape in ((28, 28, 3), (5, 9, 3)):
        picture = random.integers(0, 256, shape, np.uint8)
        np.testing.assert_array_equal(pictures.decode(pictures.encode(picture)), picture)
    smooth = np.linspace(0, 255, 100 * 80 * 3).reshape(100, 80, 3).astype(np.uint8)
    assert np.abs(pictures.decode(pictures.encode(smooth)).astype(int) - smooth).mean() < 4
    assert pictures.shrink(smooth, 50).shape == (50, 40, 3)
    assert pictures.shrink(smooth, 200) is smooth
    assert (pictures.cut(smooth, (-5, -5, -1, -1)) == 128).all()
    assert pictures.cut(smooth, (95, 70, 105, 90)).shape == (10, 20, 3)
    with pytest.raises(ValueError, match="cannot be decoded"):
        pictures.decode(b"no picture")
