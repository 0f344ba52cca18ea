"""Streaming mutual information against scikit-learn on the binned activations, however the rows arrive."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score
from synthetic import activations

from convergent_widgets.compute import StreamingMutualInformation, bin_edges, information
from convergent_widgets.compute.statistics import UnusableActivation

WIDTHS = {"a": 5, "b": 7}


def edges_of(rows, bins=10):
    return {net: bin_edges(values, bins) for net, values in rows.items()}


def gather(rows, edges=None, cuts=(), pairs=None):
    streaming = StreamingMutualInformation(edges or edges_of(rows), pairs)
    for part in np.split(np.arange(len(next(iter(rows.values())))), cuts):
        streaming.update({net: values[part] for net, values in rows.items()})
    return streaming.compute()


def binned(values, edges):
    """The bin (rows, units) of each value: the first whose edge it does not exceed."""
    values = np.asarray(values, np.float64)
    return np.stack([np.searchsorted(edges[unit], values[:, unit], "left") for unit in range(len(edges))], axis=1)


def reference(rows, edges, a, b):
    first, second = binned(rows[a], edges[a]), binned(rows[b], edges[b])
    return np.array([[mutual_info_score(i, j) for j in second.T] for i in first.T])


def assert_agrees(rows, edges, found):
    for a in rows:
        for b in rows:
            np.testing.assert_allclose(found.mutual_information(a, b), reference(rows, edges, a, b), atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_it_agrees_with_scikit_learn(dtype):
    rows = {net: values.astype(dtype) for net, values in activations(WIDTHS, 3000).items()}
    edges = edges_of({net: values[:500] for net, values in rows.items()})
    found = gather(rows, edges, [100, 100, 2000])
    assert found.count == 3000
    assert_agrees(rows, edges, found)


def test_bins_hold_equal_mass_of_the_positive_values():
    sample = activations({"a": 6}, 4501)["a"]
    edges = bin_edges(sample)
    assert edges.shape == (6, 9)
    assert (edges[:, 0] == 0).all()
    for unit, bins in enumerate(binned(sample, edges).T):
        counts = np.bincount(bins, minlength=10)
        assert counts[0] == (sample[:, unit] == 0).sum() > 1000
        assert np.ptp(counts[1:]) <= 1


def test_edges_do_not_depend_on_the_order_of_rows_nor_on_who_holds_them():
    sample = activations({"a": 6}, 500)["a"]
    edges = bin_edges(sample)
    np.testing.assert_array_equal(bin_edges(sample[::-1]), edges)
    np.testing.assert_array_equal(bin_edges(torch.from_numpy(sample)), edges)
    assert set(edges.astype(np.float32).ravel()) <= {0, *sample.ravel()}


@pytest.mark.parametrize("levels", [1, 3, 9])
def test_tied_values_have_a_bin_each_and_the_figure_is_that_of_the_values(levels):
    random = np.random.default_rng(0)
    values = random.choice([0.0, *np.sort(random.uniform(0.1, 9, levels))], (2000, 4)).astype(np.float32)
    noisy = np.where(random.random((2000, 4)) < 0.5, values, random.permutation(values))
    found = gather({"a": values, "b": noisy}).mutual_information("a", "b")
    exact = [[mutual_info_score(i.astype(str), j.astype(str)) for j in noisy.T] for i in values.T]
    np.testing.assert_allclose(found, exact, atol=1e-9)


def test_a_value_that_fills_several_bins_leaves_the_others_empty():
    random = np.random.default_rng(1)
    sample = np.where(random.random((3000, 2)) < 0.6, 2.5, random.uniform(0, 5, (3000, 2)))
    rows = {"a": sample, "b": sample**2 + random.uniform(0, 9, (3000, 2))}
    edges = edges_of(rows)
    assert (np.diff(edges["a"]) == 0).sum() >= 4
    assert_agrees(rows, edges, gather(rows, edges))


@pytest.mark.parametrize("constant", [0.0, 0.7, -3.0])
def test_a_dead_unit_has_exactly_zero_with_everything(constant):
    rows = activations(WIDTHS, 3000)
    rows["a"][:, 2] = constant
    found = gather(rows)
    assert (found.mutual_information("a", "b")[2] == 0).all()
    assert (found.mutual_information("b", "a")[:, 2] == 0).all()
    assert (found.mutual_information("a", "a")[2] == 0).all()


def test_a_unit_dead_in_the_sample_only_is_above_zero_or_not():
    rows = activations(WIDTHS, 3000)
    edges = edges_of(rows)
    edges["a"][2] = bin_edges(np.zeros((5, 1)))
    found = gather(rows, edges)
    assert_agrees(rows, edges, found)
    assert found.mutual_information("a", "a")[2, 2] == pytest.approx(np.log(2), abs=0.01)


def test_negative_values_count_as_zero():
    random = np.random.default_rng(0)
    rows = {"a": random.standard_normal((4000, 3)).astype(np.float32)}
    rows["b"] = rows["a"] + 0.5 * random.standard_normal((4000, 3)).astype(np.float32)
    rectified = {net: np.maximum(values, 0) for net, values in rows.items()}
    plain, cut = gather(rows), gather(rectified)
    np.testing.assert_array_equal(plain.mutual_information("a", "b"), cut.mutual_information("a", "b"))
    over_all_values = {net: np.quantile(values, np.arange(1, 10) / 10, axis=0).T for net, values in rows.items()}
    signed = gather(rows, over_all_values)
    assert_agrees(rows, over_all_values, signed)
    assert (np.diagonal(signed.mutual_information("a", "b")) > np.diagonal(plain.mutual_information("a", "b"))).all()


def test_it_sees_a_dependence_that_correlation_does_not():
    random = np.random.default_rng(0)
    x = random.uniform(0, 2, (20000, 1))
    found = gather({"a": x, "b": np.abs(x - 1), "unrelated": random.permutation(x)})
    assert abs(np.corrcoef(x.T, np.abs(x - 1).T)[0, 1]) < 0.02
    assert found.mutual_information("a", "b")[0, 0] > 1
    assert found.mutual_information("a", "unrelated")[0, 0] < 0.01


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_batching_order_and_merging_change_nothing(data):
    rows = activations(WIDTHS, 300, seed=data.draw(st.integers(0, 100)))
    edges = edges_of(rows)
    whole = gather(rows, edges)
    order = data.draw(st.permutations(range(300)))
    mixed = {net: values[order] for net, values in rows.items()}
    parts = []
    cut = data.draw(st.integers(0, 300))
    for part in (slice(None, cut), slice(cut, None)):
        parts.append(StreamingMutualInformation(edges))
        parts[-1].update({net: values[part] for net, values in mixed.items()})
    before = parts[1].compute()
    parts[0].merge(parts[1])
    cuts = sorted(data.draw(st.sets(st.integers(1, 299))))
    for found in (gather(mixed, edges, cuts), parts[0].compute()):
        assert found.count == 300
        for a, b in (("a", "a"), ("a", "b"), ("b", "b")):
            np.testing.assert_array_equal(found.mutual_information(a, b), whole.mutual_information(a, b))
    after = parts[1].compute()
    assert before.count == after.count == 300 - cut
    np.testing.assert_array_equal(before.mutual_information("a", "b"), after.mutual_information("a", "b"))


def test_more_rows_than_a_block_and_than_float32_can_count(monkeypatch):
    rows = activations(WIDTHS, 3000)
    whole = gather(rows)
    monkeypatch.setattr(information, "BLOCK_ROWS", (64, 64))
    monkeypatch.setattr(information, "EXACT_ROWS", 500)
    monkeypatch.setattr(information, "JOINT_NUMBERS", 1)
    found = gather(rows, cuts=[10, 1500])
    assert found.count == 3000
    for a, b in (("a", "a"), ("a", "b"), ("b", "b")):
        np.testing.assert_array_equal(found.mutual_information(a, b), whole.mutual_information(a, b))


def test_counts_beyond_single_precision_stay_exact():
    """Twice 2^24 rows of which one differs: float32 sums would stop at 2^24."""
    assert np.float32(2**24) + np.float32(1) == np.float32(2**24)
    common = StreamingMutualInformation({"a": [[0.0]]})
    common.update({"a": torch.ones(1).expand(2**18, 1)})
    for _ in range(6):
        common.merge(common)
    one = StreamingMutualInformation({"a": [[0.0]]})
    one.update({"a": torch.ones(3, 1)})
    common.merge(one)
    one = StreamingMutualInformation({"a": [[0.0]]})
    one.update({"a": torch.zeros(1, 1)})
    common.merge(one)
    count = common.compute().count
    assert count == 2**24 + 4
    p = 1 / count
    entropy = -p * np.log(p) - (1 - p) * np.log1p(-p)
    assert common.compute().mutual_information("a", "a")[0, 0] == pytest.approx(entropy, rel=1e-9)


def test_empty_is_legal():
    rows = activations(WIDTHS, 200)
    edges = edges_of(rows)
    empty, full = StreamingMutualInformation(edges), StreamingMutualInformation(edges)
    assert empty.compute().count == 0
    assert np.isnan(empty.compute().mutual_information("a", "b")).all()
    empty.update({net: values[:0] for net, values in rows.items()})
    full.update(rows)
    full.merge(empty)
    empty.merge(full)
    assert empty.count == full.count == 200
    np.testing.assert_array_equal(
        empty.compute().mutual_information("a", "b"), full.compute().mutual_information("a", "b")
    )


def test_compute_does_not_follow_later_updates_and_its_arrays_are_not_written_to():
    rows = activations(WIDTHS, 200)
    streaming = StreamingMutualInformation(edges_of(rows))
    streaming.update(rows)
    first = streaming.compute()
    kept = first.mutual_information("a", "b").copy()
    streaming.update({net: values[::-1] * 2 for net, values in rows.items()})
    np.testing.assert_array_equal(first.mutual_information("a", "b"), kept)
    with pytest.raises(ValueError, match="read-only"):
        first.mutual_information("a", "b")[0, 0] = 1


def test_only_the_pairs_asked_for_are_counted():
    rows = activations({"a": 3, "b": 4, "c": 2}, 300)
    everything, some = gather(rows), gather(rows, pairs=[("b", "a"), ("c", "c")])
    np.testing.assert_array_equal(some.mutual_information("c", "c"), everything.mutual_information("c", "c"))
    np.testing.assert_allclose(some.mutual_information("a", "b"), everything.mutual_information("a", "b"), atol=1e-12)
    with pytest.raises(KeyError, match="was not counted"):
        some.mutual_information("a", "c")
    with pytest.raises(KeyError, match="no net 'd'"):
        gather(rows, pairs=[("a", "d")])


def test_nets_may_have_different_numbers_of_bins():
    rows = activations(WIDTHS, 1000)
    edges = {"a": bin_edges(rows["a"], 4), "b": bin_edges(rows["b"], 2)}
    found = gather(rows, edges)
    assert_agrees(rows, edges, found)
    assert found.mutual_information("b", "b").max() <= np.log(2) + 1e-12


@pytest.mark.parametrize("edge", [0.1, 1 / 3, 16777217.0, 1e300, -1e300, -0.1])
def test_edges_that_single_precision_lacks_cut_float32_activations_where_they_should(edge):
    single = np.float32(min(max(edge, -3e38), 3e38))
    values = np.array([np.nextafter(single, np.float32(-np.inf)), single, np.nextafter(single, np.float32(np.inf))])
    streaming = StreamingMutualInformation({"a": [[edge]]})
    streaming.update({"a": values[:, None]})
    above = (values.astype(np.float64) > edge).mean()
    entropy = -sum(p * np.log(p) for p in (above, 1 - above) if p)
    assert streaming.compute().mutual_information("a", "a")[0, 0] == pytest.approx(entropy, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint32, np.float64])
def test_numbers_that_single_precision_lacks_are_told_apart(dtype):
    values = np.array([[2**24], [2**24 + 1]] * 3).astype(dtype)
    found = gather({"a": values}, {"a": np.array([[2.0**24]])})
    assert found.mutual_information("a", "a")[0, 0] == pytest.approx(np.log(2))


def test_activations_of_inference_and_of_training_mix():
    rows = {net: torch.from_numpy(values) for net, values in activations(WIDTHS, 100).items()}
    streaming = StreamingMutualInformation(edges_of(rows))
    with torch.inference_mode():
        streaming.update({net: values.clone() for net, values in rows.items()})
    streaming.update({net: values.clone().requires_grad_() for net, values in rows.items()})
    assert streaming.compute().count == 200


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_and_infinity_are_refused_with_their_place_and_nothing_is_added(bad):
    rows = activations(WIDTHS, 100)
    streaming = StreamingMutualInformation(edges_of(rows))
    rows["b"][41, 3] = bad
    with pytest.raises(UnusableActivation, match="net 'b', unit 3, row 41"):
        streaming.update(rows)
    assert streaming.compute().count == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"a": np.zeros((3, 5))}, "expected activations of the nets"),
        ({"a": np.zeros((3, 5)), "b": np.zeros((4, 7))}, "same rows"),
        ({"a": np.zeros((3, 6)), "b": np.zeros((3, 7))}, "has 5 units"),
        ({"a": np.zeros(3), "b": np.zeros((3, 7))}, r"\(rows, units\)"),
    ],
)
def test_activations_that_do_not_fit_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        StreamingMutualInformation({net: np.zeros((units, 9)) for net, units in WIDTHS.items()}).update(given)


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ({}, "at least one net"),
        ({"a": np.zeros(9)}, r"must be \(units, bins - 1\)"),
        ({"a": np.zeros((0, 9))}, "at least one of each"),
        ({"a": [[0, 2, 1]]}, "must not descend"),
        ({"a": [[0, np.nan]]}, "finite"),
    ],
)
def test_edges_that_do_not_fit_are_refused(edges, message):
    with pytest.raises(ValueError, match=message):
        StreamingMutualInformation(edges)


@pytest.mark.parametrize(
    ("sample", "bins", "message"),
    [
        (np.zeros(3), 10, r"must be \(rows, units\)"),
        (np.zeros((0, 3)), 10, "at least one row"),
        (np.zeros((3, 3)), 1, "at least 2"),
        (np.zeros((3, 3)), 2.5, r"`bins` must be a whole number of at least 2, got 2\.5"),
        (np.array([[np.nan]]), 10, "finite"),
    ],
)
def test_samples_that_do_not_fit_are_refused(sample, bins, message):
    with pytest.raises(ValueError, match=message):
        bin_edges(sample, bins)


def test_counts_over_other_edges_or_pairs_cannot_be_merged():
    edges = {net: np.zeros((units, 9)) for net, units in WIDTHS.items()}
    streaming = StreamingMutualInformation(edges)
    with pytest.raises(ValueError, match="other edges: those of net 'b'"):
        streaming.merge(StreamingMutualInformation({**edges, "b": np.ones((7, 9))}))
    with pytest.raises(ValueError, match="cannot merge the pairs"):
        streaming.merge(StreamingMutualInformation(edges, [("a", "b")]))
    with pytest.raises(ValueError, match="cannot merge the pairs"):
        streaming.merge(StreamingMutualInformation(dict(reversed(edges.items()))))
