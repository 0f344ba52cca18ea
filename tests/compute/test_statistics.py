"""Streaming co-moments against a float64 two-pass reference, however the rows arrive."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import activations, moments_of

from convergent_widgets.compute import StreamingStatistics
from convergent_widgets.compute.statistics import UnusableActivation

WIDTHS = {"a": 7, "b": 11}


def gather(rows, cuts=()):
    statistics = StreamingStatistics({net: values.shape[1] for net, values in rows.items()})
    for part in np.split(np.arange(len(next(iter(rows.values())))), cuts):
        statistics.update({net: values[part] for net, values in rows.items()})
    return statistics.compute()


def greatest_error(moments, reference):
    return max(
        np.nanmax(np.abs(moments.correlation(a, b) - reference.correlation(a, b)))
        for a in moments.widths
        for b in moments.widths
    )


def shifted(times, rows=30000, seed=0):
    """Units whose mean is `times` their deviation, as float32."""
    made = activations(WIDTHS, rows, seed)
    return {net: (values / values.std(0) + times).astype(np.float32) for net, values in made.items()}


def test_ordinary_activations_agree_with_the_reference():
    rows = activations({"a": 48, "b": 64}, 50000)
    assert greatest_error(gather(rows, [17000, 17001, 40000]), moments_of(rows)) <= 1e-6


@pytest.mark.parametrize("times", [50, 500, 5000])
def test_units_with_a_large_mean_keep_their_correlations(times):
    rows = shifted(times)
    assert greatest_error(gather(rows, [1000, 20000]), moments_of(rows)) <= 1e-5


def test_one_pass_over_raw_sums_fails_there():
    rows = np.concatenate(list(shifted(5000).values()), axis=1)
    count = np.float32(len(rows))
    mean = rows.sum(0, dtype=np.float32) / count
    covariance = rows.T @ rows / count - np.outer(mean, mean)
    with np.errstate(all="ignore"):
        deviation = np.sqrt(np.diagonal(covariance))
        raw = covariance / np.outer(deviation, deviation)
    reference = np.corrcoef(rows.astype(np.float64).T)
    assert not np.nanmax(np.abs(raw - reference)) < 0.1


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_batching_order_and_merging_change_nothing(data):
    times = data.draw(st.sampled_from([0, 50, 5000]))
    rows = shifted(times, rows=400) if times else activations(WIDTHS, 400)
    tolerance = 1e-5 if times else 1e-6
    whole = gather(rows)
    order = data.draw(st.permutations(range(400)))
    mixed = {net: values[order] for net, values in rows.items()}
    assert greatest_error(gather(mixed, sorted(data.draw(st.sets(st.integers(1, 399))))), whole) <= tolerance
    cut = data.draw(st.integers(0, 400))
    parts = []
    for part in (slice(None, cut), slice(cut, None)):
        parts.append(StreamingStatistics(WIDTHS))
        parts[-1].update({net: values[part] for net, values in rows.items()})
    before = parts[1].compute()
    parts[0].merge(parts[1])
    merged = parts[0].compute()
    assert merged.count == 400
    assert greatest_error(merged, whole) <= tolerance
    np.testing.assert_allclose(merged.means, whole.means, rtol=1e-6, atol=1e-7)
    after = parts[1].compute()
    np.testing.assert_array_equal(before.comoments, after.comoments)
    assert before.count == after.count


def test_rows_sorted_by_strength_change_nothing():
    rows = activations(WIDTHS, 30000)
    order = np.argsort(rows["a"].sum(1))
    assert (
        greatest_error(gather({net: values[order] for net, values in rows.items()}, [5000, 29000]), moments_of(rows))
        <= 1e-6
    )


def test_maps_are_rows_position_by_position():
    random = np.random.default_rng(0)
    maps = {
        net: torch.from_numpy(random.standard_normal((5, units, 30, 31), np.float32)) for net, units in WIDTHS.items()
    }
    statistics = StreamingStatistics(WIDTHS)
    statistics.update_maps(maps)
    rows = {net: values.permute(0, 2, 3, 1).reshape(-1, WIDTHS[net]).numpy() for net, values in maps.items()}
    assert statistics.compute().count == 5 * 30 * 31
    assert greatest_error(statistics.compute(), moments_of(rows)) <= 1e-6


def test_large_maps_are_cut_in_blocks():
    maps = {"a": torch.randn(2, 3, 120, 130)}
    statistics = StreamingStatistics({"a": 3})
    statistics.update_maps(maps)
    rows = {"a": maps["a"].permute(0, 2, 3, 1).reshape(-1, 3).numpy()}
    assert statistics.compute().count == 2 * 120 * 130
    assert greatest_error(statistics.compute(), moments_of(rows)) <= 1e-6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("constant", [0.0, 0.1, 1e6, -3.3, 1e-30, 1e-40])
def test_a_constant_unit_is_dead(constant, dtype):
    rows = {net: values.astype(dtype) for net, values in activations(WIDTHS, 500).items()}
    rows["a"][:, 2] = constant
    for cuts in ([], [1], [100, 300]):
        moments = gather(rows, cuts)
        assert moments.dead("a").tolist() == [unit == 2 for unit in range(7)]
        assert np.isnan(moments.correlation("a", "b")[2]).all()
        assert np.isnan(moments.correlation("a", "a")[:, 2]).all()
        assert moments.std("a")[2] == 0
        assert moments.mean("a")[2] == pytest.approx(constant, rel=1e-6)


def test_a_unit_that_is_constant_in_each_part_only_is_alive():
    rows = activations(WIDTHS, 500)
    rows["a"][:250, 2], rows["a"][250:, 2] = 0.1, 0.2
    moments = gather(rows, [250])
    assert not moments.dead("a").any()
    assert greatest_error(moments, moments_of(rows)) <= 1e-6


@pytest.mark.parametrize("size", [1e-6, 1e-20, 1e-30, 1e14])
def test_a_unit_of_any_size_is_alive(size):
    rows = activations(WIDTHS, 2000)
    rows["b"][:, 4] = (rows["b"][:, 4] * np.float32(size)).astype(np.float32)
    moments = gather(rows, [700])
    assert not moments.dead("b").any()
    assert greatest_error(moments, moments_of(rows)) <= 1e-6


def test_a_units_correlation_with_itself_is_exactly_one_and_none_exceeds_one():
    rows = activations(WIDTHS, 300)
    rows["b"][:, 0] = rows["a"][:, 0]
    moments = gather(rows)
    assert (np.diagonal(moments.correlation("a", "a")) == 1).all()
    assert np.abs(moments.correlation("a", "b")).max() <= 1
    assert moments.correlation("a", "b")[0, 0] == pytest.approx(1, abs=1e-6)
    np.testing.assert_array_equal(moments.correlation("a", "b"), moments.correlation("b", "a").T)


def test_one_row_and_no_rows():
    rows = activations(WIDTHS, 4)
    moments = gather(rows, [1, 1, 2, 3])
    assert greatest_error(moments, moments_of(rows)) <= 1e-5
    single = gather({net: values[:1] for net, values in rows.items()})
    assert single.count == 1
    assert single.dead("a").all()
    empty = StreamingStatistics(WIDTHS)
    assert empty.compute().count == 0
    assert empty.compute().dead("a").all()
    other = StreamingStatistics(WIDTHS)
    other.update(rows)
    empty.merge(other)
    other.merge(StreamingStatistics(WIDTHS))
    np.testing.assert_array_equal(empty.compute().comoments, other.compute().comoments)


def test_compute_can_be_repeated_and_does_not_follow_later_updates():
    rows = activations(WIDTHS, 100)
    statistics = StreamingStatistics(WIDTHS)
    statistics.update(rows)
    first = statistics.compute()
    kept = first.comoments.copy()
    statistics.update(rows)
    np.testing.assert_array_equal(first.comoments, kept)
    assert statistics.compute().count == 200


def test_double_and_half_precision_and_torch_are_taken():
    rows = activations(WIDTHS, 500)
    exact = {net: values.astype(np.float64) + 1e7 for net, values in rows.items()}
    assert greatest_error(gather(exact), moments_of(exact)) <= 1e-6
    half = {net: torch.from_numpy(values).half() for net, values in rows.items()}
    statistics = StreamingStatistics(WIDTHS)
    statistics.update(half)
    assert greatest_error(statistics.compute(), moments_of({net: v.float().numpy() for net, v in half.items()})) <= 1e-6


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused_with_their_place(bad):
    rows = activations(WIDTHS, 100)
    rows["b"][41, 3] = bad
    with pytest.raises(UnusableActivation, match="net 'b', unit 3, row 41") as caught:
        gather(rows)
    assert (caught.value.net, caught.value.row, caught.value.unit) == ("b", 41, 3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"a": np.zeros((3, 7))}, "expected activations of the nets"),
        ({"a": np.zeros((3, 7)), "b": np.zeros((4, 11))}, "same rows"),
        ({"a": np.zeros((3, 6)), "b": np.zeros((3, 11))}, "has 7 units"),
        ({"a": np.zeros(3), "b": np.zeros((3, 11))}, r"\(rows, units\)"),
    ],
)
def test_activations_that_do_not_fit_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        StreamingStatistics(WIDTHS).update(given)


def test_statistics_of_other_units_cannot_be_merged():
    with pytest.raises(ValueError, match="cannot merge"):
        StreamingStatistics(WIDTHS).merge(StreamingStatistics({"a": 7}))
    with pytest.raises(ValueError, match="cannot merge"):
        StreamingStatistics(WIDTHS).merge(StreamingStatistics(dict(reversed(WIDTHS.items()))))
    with pytest.raises(ValueError, match="at least one net"):
        StreamingStatistics({})
