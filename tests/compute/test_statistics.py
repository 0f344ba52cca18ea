"""Streaming co-moments against a float64 two-pass reference, however the rows arrive."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from synthetic import activations, moments_of

from convergent_widgets.choices import UnknownName
from convergent_widgets.compute import StreamingStatistics, statistics
from convergent_widgets.compute.statistics import FLOAT64_RANGE, UnusableActivation

WIDTHS = {"a": 7, "b": 11}
# Every integer up to here is a number of the type, and float64 resolves means there to far below 1.
LARGEST = {kind: np.iinfo(kind).max for kind in ("i1", "u1", "i2", "u2", "i4", "u4")} | {
    "i8": 2**36,
    "u8": 2**36,
    "f2": 2**11,
    "f4": 2**24,
    "f8": 2**36,
}


def gather(rows, cuts=()):
    gathered = StreamingStatistics({net: values.shape[1] for net, values in rows.items()})
    for first, end in pairwise([0, *cuts, len(next(iter(rows.values())))]):
        gathered.update({net: values[first:end] for net, values in rows.items()})
    return gathered.compute()


def greatest_error(moments, reference):
    """Over all pairs of units; infinite where only one of the two has a correlation."""
    errors = [0.0]
    for a in moments.widths:
        for b in moments.widths:
            r, wanted = moments.correlation(a, b), reference.correlation(a, b)
            given_by_one = np.isnan(r) != np.isnan(wanted)
            errors.append(np.inf if given_by_one.any() else np.nanmax(np.abs(r - wanted)))
    return max(errors)


def rarely_active(active, rows=20000, size=1.0, floor=0.0, seed=0):
    """Every second unit is above its floor in the same few rows alone."""
    made = activations(WIDTHS, rows, seed)
    silent = np.setdiff1d(np.arange(rows), np.random.default_rng(seed).choice(rows, active, replace=False))
    for values in made.values():
        values[:, ::2] = (values[:, ::2] + np.float32(0.1)) * np.float32(size)
        values[silent, ::2] = 0
    return {net: values + np.float32(floor) for net, values in made.items()}


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


@pytest.mark.parametrize("active", [8, 20, 100])
@pytest.mark.parametrize(("size", "floor"), [(1, 0), (1e-6, 0), (1e4, 0), (-1, 0), (1, 1), (1, -0.17)])
@pytest.mark.parametrize("cuts", [[], [9000], list(range(333, 20000, 333))])
def test_rarely_active_units_are_exact(active, size, floor, cuts):
    rows = rarely_active(active, size=size, floor=floor)
    assert greatest_error(gather(rows, cuts), moments_of(rows)) <= 1e-6


def test_shifting_them_by_their_mean_is_not(monkeypatch):
    monkeypatch.setattr(statistics._Sums, "anchors", lambda sums: sums.means)
    rows = rarely_active(8)
    assert greatest_error(gather(rows), moments_of(rows)) > 1e-6


@settings(max_examples=10)
@given(
    st.integers(1, 2000),
    st.integers(0, 2**32 - 1),
    st.sets(st.integers(1, 19999), max_size=4),
    st.integers(0, 20000),
    st.sampled_from(["as they come", "active first", "active last"]),
)
def test_rarely_active_units_are_exact_in_any_order_and_merge(active, seed, cuts, cut, order):
    rows = rarely_active(active, seed=seed)
    if order != "as they come":
        by_strength = np.argsort(rows["a"][:, 0] if order == "active last" else -rows["a"][:, 0], kind="stable")
        rows = {net: values[by_strength] for net, values in rows.items()}
    halves = []
    for part in (slice(None, cut), slice(cut, None)):
        halves.append(StreamingStatistics(WIDTHS))
        for piece in np.split(np.arange(20000)[part], sorted(cuts)):
            halves[-1].update({net: values[piece] for net, values in rows.items()})
    halves[0].merge(halves[1])
    assert greatest_error(halves[0].compute(), moments_of(rows)) <= 1e-6


def steps(rows=20000, widths=WIDTHS):
    """Units that keep one value for long, most of the time far from what they began with."""
    made = activations(widths, rows)
    late = np.arange(rows)[:, None] >= 9000
    return {
        net: np.where(late, np.float32(0.3) + np.arange(values.shape[1]) / 10, 0).astype(np.float32)
        * np.where(values > 1, np.float32(1.001), np.float32(1))
        for net, values in made.items()
    }


@pytest.mark.parametrize("cuts", [[], [5000, 10000, 15000], list(range(333, 20000, 333))])
@pytest.mark.parametrize("widths", [WIDTHS, *({"a": 60, "b": rest} for rest in (5, 68, 70, 91, 133))])
def test_units_that_jump_far_from_where_they_were_are_exact(cuts, widths):
    rows = steps(widths=widths)
    assert greatest_error(gather(rows, cuts), moments_of(rows)) <= 1e-6


@pytest.mark.parametrize("units", [2, 6, 10, 15, 16, 65, 72, 130, 193])
def test_a_few_units_more_than_a_strip_or_a_few_in_all_lose_nothing(units):
    classes = np.random.default_rng(0).integers(1, 9, (10, units))
    rows = np.repeat(classes, 6000, axis=0) + activations({"a": units}, 60000)["a"] / 100
    rows = {"a": rows.astype(np.float32)}
    assert greatest_error(gather(rows), moments_of(rows)) <= 1e-6


def test_leaving_a_block_where_it_jumped_to_is_not(monkeypatch):
    monkeypatch.setattr(statistics, "STRAY", np.inf)
    rows = steps()
    assert greatest_error(gather(rows), moments_of(rows)) > 1e-6


@settings(max_examples=200)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(0, 60), st.just(4)),
        elements=st.one_of(
            st.sampled_from([0, 1, -1, 0.1, 3e38, -3e38, 1e-45, 5e36]),
            st.floats(width=32, allow_nan=False, allow_infinity=False),
        ),
    ),
    st.sets(st.integers(1, 59)),
)
def test_any_finite_float32_is_right_and_dead_only_where_it_never_varies(values, cuts):
    rows = {"a": values[:, :1], "b": values[:, 1:]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statistics, "BLOCK_ROWS", (4, 8))
        moments = gather(rows, sorted(cuts))
    for net, own in rows.items():
        assert moments.dead(net).tolist() == [len(set(unit.tolist())) < 2 for unit in own.T]
    if len(values):
        with np.errstate(invalid="ignore"):
            reference = moments_of(rows)
        for a, b in (("a", "a"), ("a", "b"), ("b", "b")):
            np.testing.assert_allclose(moments.correlation(a, b), reference.correlation(a, b), rtol=0, atol=1e-6)


def test_maps_are_rows_position_by_position():
    random = np.random.default_rng(0)
    maps = {
        net: torch.from_numpy(random.standard_normal((5, units, 30, 31), np.float32)) for net, units in WIDTHS.items()
    }
    gathered = StreamingStatistics(WIDTHS)
    gathered.update_maps(maps)
    rows = {net: values.permute(0, 2, 3, 1).reshape(-1, WIDTHS[net]).numpy() for net, values in maps.items()}
    assert gathered.compute().count == 5 * 30 * 31
    assert greatest_error(gathered.compute(), moments_of(rows)) <= 1e-6


def test_large_maps_are_cut_in_blocks():
    maps = {"a": torch.randn(2, 3, 120, 130)}
    gathered = StreamingStatistics({"a": 3})
    gathered.update_maps(maps)
    rows = {"a": maps["a"].permute(0, 2, 3, 1).reshape(-1, 3).numpy()}
    assert gathered.compute().count == 2 * 120 * 130
    assert greatest_error(gathered.compute(), moments_of(rows)) <= 1e-6


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


def with_a_unit_of_size(size, dtype, rows=12000):
    """Unit 4 of net b reaches `size`; and the same with that unit of size 1, which has the same correlations."""
    ordinary = {net: values.astype(np.float64) for net, values in activations(WIDTHS, rows).items()}
    ordinary["b"][:, 4] /= ordinary["b"][:, 4].max()
    scaled = {net: values.copy() for net, values in ordinary.items()}
    scaled["b"][:, 4] *= size
    return {net: values.astype(dtype) for net, values in scaled.items()}, ordinary


@pytest.mark.parametrize("cuts", [[], [700], [9000, 11000]])
@pytest.mark.parametrize(
    ("size", "dtype"),
    [
        *((size, np.float32) for size in (1e-30, 1e-20, 1e-6, 1e14, 5e36, 1e37, 3.4e38)),
        *((size, np.float64) for size in (1e-139, 1e-50, 1e50, 1e140)),
    ],
)
def test_a_unit_of_any_size_is_alive(size, dtype, cuts):
    rows, ordinary = with_a_unit_of_size(size, dtype)
    moments = gather(rows, cuts)
    assert not moments.dead("b").any()
    assert greatest_error(moments, moments_of(ordinary)) <= 1e-6
    assert moments.std("b")[4] == pytest.approx(size * ordinary["b"][:, 4].std(), rel=1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_float32_over_its_whole_range_is_taken(sign):
    rows = activations(WIDTHS, 9000)
    rows["a"][:, 1] = np.where(rows["a"][:, 1] > 1, 3.4e38, -3.4e38) * sign
    ordinary = {net: values.astype(np.float64) for net, values in rows.items()}
    ordinary["a"][:, 1] /= 1e38
    assert greatest_error(gather(rows, [8500]), moments_of(ordinary)) <= 1e-6


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (1e-200, "net 'b', unit 4, row .* differs from others of its unit by at most .*e-20., less than 1e-140"),
        (1e-150, "net 'b', unit 4, row .* less than 1e-140"),
        (1e141, r"net 'b', unit 4, row .* is .*e\+140, more than 1e\+140"),
        (-1e200, r"net 'b', unit 4, row .* is -.*, more than 1e\+140"),
        (1.7e308, r"net 'b', unit 4, row .* is .*e\+30\d, more than 1e\+140"),
    ],
)
@pytest.mark.parametrize("before", [0, 9000])
def test_float64_units_whose_products_it_cannot_hold_are_refused_at_once(size, message, before):
    rows, ordinary = with_a_unit_of_size(size, np.float64, rows=9500)
    gathered = StreamingStatistics(WIDTHS)
    ordinary["b"][:, 4] = 0
    gathered.update({net: values[:before] for net, values in ordinary.items()})
    with pytest.raises(UnusableActivation, match=message):
        gathered.update({net: values[before:] for net, values in rows.items()})


def test_float64_ranges_are_those_whose_products_it_holds():
    for size in FLOAT64_RANGE:
        assert np.finfo(float).tiny / 1e-20 < size * size < np.finfo(float).max / 1e20


def test_a_constant_float64_unit_is_dead_and_tiny_values_of_a_larger_unit_are_taken():
    rows = {net: values.astype(np.float64) for net, values in activations(WIDTHS, 500).items()}
    rows["a"][:, 2] = 1e-200
    rows["b"][::2, 3] = 1e-200
    moments = gather(rows)
    assert moments.dead("a").tolist() == [unit == 2 for unit in range(7)]
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
    gathered = StreamingStatistics(WIDTHS)
    gathered.update(rows)
    first = gathered.compute()
    kept = first.comoments.copy()
    gathered.update(rows)
    np.testing.assert_array_equal(first.comoments, kept)
    assert gathered.compute().count == 200


@pytest.mark.parametrize("cuts", [[], [100, 9000]])
@pytest.mark.parametrize("dtype", [bool, *LARGEST])
def test_real_numbers_of_any_type_are_taken_as_they_are(dtype, cuts):
    rows = {}
    for net, values in activations(WIDTHS, 12000).items():
        levels = np.minimum(np.round(values), 5)
        rows[net] = levels.astype(bool) if dtype is bool else (LARGEST[dtype] - levels.astype(np.float64)).astype(dtype)
    tensors = {net: torch.from_numpy(values) for net, values in rows.items()}
    for taken in (rows, tensors):
        assert greatest_error(gather(taken, cuts), moments_of(rows)) <= 1e-6


def test_float32_would_not_hold_such_integers():
    levels = activations(WIDTHS, 9000)
    rows = {net: 2**27 + np.round(values).astype(np.int64) for net, values in levels.items()}
    narrowed = {net: values.astype(np.float32) for net, values in rows.items()}
    assert greatest_error(gather(rows), moments_of(rows)) <= 1e-6
    assert not greatest_error(gather(narrowed), moments_of(rows)) <= 1e-2


def test_bfloat16_is_taken():
    tensors = {net: torch.from_numpy(values).bfloat16() for net, values in activations(WIDTHS, 9000).items()}
    exact = {net: values.float().numpy() for net, values in tensors.items()}
    assert greatest_error(gather(tensors), moments_of(exact)) <= 1e-6


def test_tensors_of_a_graph_and_of_inference_mode_are_taken_in_turn():
    rows = {net: torch.from_numpy(values) for net, values in activations(WIDTHS, 600).items()}
    gathered = StreamingStatistics(WIDTHS)
    with torch.inference_mode():
        gathered.update({net: values[:200] for net, values in rows.items()})
    gathered.update({net: values[200:400].clone().requires_grad_() for net, values in rows.items()})
    gathered.update({net: values[400:] for net, values in rows.items()})
    assert greatest_error(gathered.compute(), moments_of({n: v.numpy() for n, v in rows.items()})) <= 1e-6


def test_locked_reversed_and_listed_rows_are_taken():
    rows = activations(WIDTHS, 300)
    reference = moments_of(rows)
    locked = {net: values.copy() for net, values in rows.items()}
    for values in locked.values():
        values.flags.writeable = False
    for taken in (locked, {net: values[::-1] for net, values in rows.items()}):
        assert greatest_error(gather(taken, [100]), reference) <= 1e-6
    listed = StreamingStatistics(WIDTHS)
    listed.update({net: values.tolist() for net, values in rows.items()})
    assert greatest_error(listed.compute(), reference) <= 1e-6


def test_activations_stay_on_one_device():
    gathered = StreamingStatistics(WIDTHS)
    rows = {net: torch.from_numpy(values) for net, values in activations(WIDTHS, 10).items()}
    gathered.update(rows)
    with pytest.raises(ValueError, match="must stay on cpu, where the earlier ones were, got meta"):
        gathered.update({net: values.to("meta") for net, values in rows.items()})
    assert gathered.compute().count == 10


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused_with_their_place(bad):
    rows = activations(WIDTHS, 100)
    rows["b"][41, 3] = bad
    with pytest.raises(UnusableActivation, match="net 'b', unit 3, row 41 is not a finite number") as caught:
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
    with pytest.raises(TypeError, match="`other` must be StreamingStatistics, got int"):
        StreamingStatistics(WIDTHS).merge(3)


@pytest.mark.parametrize(
    ("widths", "error", "message"),
    [
        ({}, ValueError, "at least one net"),
        ({"a": 0}, ValueError, "above 0, got {'a': 0}"),
        ([7, 11], TypeError, r"must map each net to its number of units, got \[7, 11\]"),
        (None, TypeError, "must map each net to its number of units, got None"),
        ({"a": 7.0}, TypeError, "to an integer, got 7.0 for 'a'"),
        ({"a": "7"}, TypeError, "to an integer, got '7' for 'a'"),
        ({"a": True}, TypeError, "to an integer, got True for 'a'"),
        ({"a": np.True_}, TypeError, "to an integer, got np.True_ for 'a'"),
    ],
)
def test_widths_that_are_none_are_refused(widths, error, message):
    with pytest.raises(error, match=message):
        StreamingStatistics(widths)


def test_numpy_integers_are_widths():
    gathered = StreamingStatistics({"a": np.int64(7), "b": np.uint8(11)})
    assert {type(width) for width in gathered.widths.values()} == {int}
    gathered.merge(StreamingStatistics(WIDTHS))


@pytest.mark.parametrize("ask", ["mean", "std", "dead"])
def test_moments_of_an_unknown_net_are_an_error_that_names_the_nets(ask):
    moments = StreamingStatistics(WIDTHS).compute()
    with pytest.raises(UnknownName, match="there is no net 'trained'; there are 'a', 'b'"):
        getattr(moments, ask)("trained")
    for pair in (("a", "trained"), ("trained", "a")):
        for both in (moments.covariance, moments.correlation):
            with pytest.raises(UnknownName, match="there is no net 'trained'; there are 'a', 'b'"):
                both(*pair)
