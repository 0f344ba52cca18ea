"""The rotation baseline against an explicit rotation of the data, and what it is for."""

import weakref

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from convergent_widgets.analysis import bipartite_match, rotation, rotation_baseline, semi_match
from convergent_widgets.analysis.rotation import haar_rotation, rotation_baselines, shared_baselines


def correlations(a, b):
    return np.corrcoef(a.T, b.T)[: a.shape[1], a.shape[1] :]


def rectified(seed=0, rows=4000, units=20):
    random = np.random.default_rng(seed)
    causes = random.standard_normal((rows, 12))
    return [
        np.maximum(causes @ random.standard_normal((12, units)) + random.standard_normal((rows, units)), 0)
        for _ in range(2)
    ]


def test_it_equals_a_second_pass_over_rotated_data():
    a, b = rectified()
    standardised = (b - b.mean(0)) / b.std(0)
    random = np.random.default_rng(3)
    found = [correlations(a, standardised @ haar_rotation(20, random).T) for _ in range(5)]
    for method, match in (("semi", semi_match), ("bipartite", bipartite_match)):
        baseline = rotation_baseline(correlations(a, b), correlations(b, b), method, rotations=5, seed=3)
        matched = np.array([match(corr).values for corr in found])
        assert baseline.mean == pytest.approx(matched.mean(), abs=1e-10)
        assert baseline.deviation == pytest.approx(matched.mean(1).std(), abs=1e-10)
        np.testing.assert_allclose(baseline.greatest, matched.max(0), atol=1e-10)
        np.testing.assert_allclose(baseline.least, matched.min(0), atol=1e-10)


def test_a_permuted_net_is_above_and_a_rotated_one_is_not():
    a, _ = rectified(units=30)
    random = np.random.default_rng(1)
    permuted = a[:, random.permutation(30)]
    rotated = ((a - a.mean(0)) / a.std(0)) @ haar_rotation(30, random).T
    same = rotation_baseline(correlations(a, permuted), correlations(permuted, permuted), "bipartite")
    mixed = rotation_baseline(correlations(a, rotated), correlations(rotated, rotated), "bipartite")
    assert same.above.all()
    assert mixed.above.mean() < 0.25
    assert bipartite_match(correlations(a, rotated)).mean == pytest.approx(mixed.mean, abs=3 * mixed.deviation + 0.03)
    assert same.expected_by_luck == 30 / 20


def test_the_seed_fixes_it_and_both_methods_share_the_rotations():
    a, b = rectified()
    ab, bb = correlations(a, b), correlations(b, b)
    once, again = (rotation_baseline(ab, bb, "semi", seed=5) for _ in range(2))
    other = rotation_baseline(ab, bb, "semi", seed=6)
    both = rotation_baselines(ab, bb, seed=5)
    np.testing.assert_array_equal(once.greatest, again.greatest)
    np.testing.assert_array_equal(once.greatest, both["semi"].greatest)
    assert (once.greatest != other.greatest).any()
    assert (both["bipartite"].mean) <= both["semi"].mean


def layers_of_nets():
    """Correlations of three nets in two layers, by (layer, net); one net has a dead unit, one layer another width."""
    found = {}
    for layer, units in enumerate((20, 24)):
        nets = [net for seed in (layer, layer + 7) for net in rectified(seed, units=units)][:3]
        for a, one in enumerate(nets):
            for b, other in enumerate(nets):
                found[(layer, a), (layer, b)] = correlations(one, other)
        for (one, other), r in found.items():
            if one == (0, 1):
                r[4] = np.nan
            if other == (0, 1):
                r[:, 4] = np.nan
    return found


@pytest.mark.parametrize("held", ["kept", "some at a time", "one at a time"])
def test_all_pairs_share_rotations_that_are_drawn_once(monkeypatch, held):
    given = layers_of_nets()
    pairs = [(one, other) for one, other in given if one != other]
    alone = {(a, b): rotation_baselines(given[a, b], given[b, b], seed=2) for a, b in pairs}
    drawn, ticks = [], []
    rotation._kept_rotations.cache_clear()
    if held != "kept":
        monkeypatch.setattr(rotation, "KEPT_UNITS", 0)
        monkeypatch.setattr(rotation, "KEPT_BYTES", 3 * 24 * 24 * 8 if held == "some at a time" else 1)
    orthogonal = rotation.orthogonal
    monkeypatch.setattr(rotation, "orthogonal", lambda normal: drawn.append(len(normal)) or orthogonal(normal))
    shared = dict(shared_baselines(pairs, lambda a, b: given[a, b], seed=2, tick=ticks.append))
    assert sorted(drawn) == 19 * [19] + 19 * [20] + 19 * [24]
    assert sorted(ticks) == sorted(19 * pairs)
    assert shared.keys() == alone.keys()
    for pair, methods in shared.items():
        for method, baseline in methods.items():
            for name, value in vars(baseline).items():
                np.testing.assert_array_equal(value, getattr(alone[pair][method], name))


def test_dead_units_are_left_out():
    a, b = rectified()
    ab, bb = correlations(a, b), correlations(b, b)
    ab[3], ab[:, 5], bb[5], bb[:, 5] = np.nan, np.nan, np.nan, np.nan
    baseline = rotation_baseline(ab, bb, "bipartite")
    rows, columns = np.delete(np.arange(20), 3), np.delete(np.arange(20), 5)
    live = rotation_baseline(ab[np.ix_(rows, columns)], bb[np.ix_(columns, columns)], "bipartite")
    assert np.isnan(baseline.greatest[3])
    assert not baseline.above[3]
    np.testing.assert_array_equal(baseline.greatest[rows], live.greatest)
    assert baseline.mean == live.mean


def test_wide_against_narrow_leaves_units_unmatched():
    a, b = rectified()
    baseline = rotation_baseline(correlations(a, b[:, :4]), correlations(b[:, :4], b[:, :4]), "bipartite")
    assert baseline.expected_by_luck == 4 / 20
    assert baseline.greatest.shape == (20,)


def test_nothing_on_one_side():
    baseline = rotation_baseline(np.empty((3, 0)), np.empty((0, 0)), "bipartite")
    assert np.isnan(baseline.mean)
    assert not baseline.above.any()


def test_all_dead():
    baseline = rotation_baseline(np.full((3, 2), np.nan), np.full((2, 2), np.nan), "semi")
    assert np.isnan(baseline.mean)
    assert not baseline.above.any()
    assert baseline.expected_by_luck == 0


def test_rotations_are_orthogonal_and_even():
    random = np.random.default_rng(0)
    rotations = np.array([haar_rotation(3, random) for _ in range(4000)])
    np.testing.assert_allclose(
        rotations @ rotations.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (4000, 3, 3)), atol=1e-12
    )
    assert abs(rotations.mean(0)).max() < 0.04
    assert abs((rotations**2).mean(0) - 1 / 3).max() < 0.02


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((2, 3)), np.eye(2), "semi"), r"must be \(3, 3\)"),
        ((np.zeros((2, 2)), np.eye(2), "greedy"), "must be one of"),
        ((np.zeros((2, 2)), np.eye(2), "semi", 0), "at least 1"),
        ((np.zeros((2, 2)), np.array([[1, 0.5], [0.2, 1]]), "semi"), "must be a correlation matrix: symmetric"),
        ((np.zeros((2, 2)), np.eye(2) * 3, "semi"), "with 1 on the diagonal"),
        ((np.zeros((2, 2), complex), np.eye(2), "semi"), "real numbers"),
        ((np.array([[0.1, np.nan], [0.2, 0.3]]), np.eye(2), "semi"), "every pair of live units"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        rotation_baseline(*arguments)


def blas_threads():
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def one_pair(units=16):
    values = np.random.default_rng(0).standard_normal((50, 2 * units))
    r = np.corrcoef(values, rowvar=False)
    return {("a", "b"): r[:units, units:], ("b", "b"): r[units:, units:]}


@pytest.mark.parametrize(("held", "inside"), [(2**30, 1), (1, 2)])
def test_each_thread_takes_one_of_the_linear_algebra_and_the_setting_stays(monkeypatch, held, inside):
    monkeypatch.setattr(rotation, "THREADS_BYTES", held)
    given, seen = one_pair(), set()
    with threadpool_limits(2, "blas"):
        next(shared_baselines([("a", "b")], lambda a, b: given[a, b], tick=lambda _pair: seen.update(blas_threads())))
        assert set(blas_threads()) == {2}
    assert seen == {inside}


def test_threads_find_what_one_finds():
    given, found = one_pair(40), []
    for threads in (1, 3):
        with threadpool_limits(threads, "blas"):
            assert rotation.threads_for(40) == threads
            rotation._kept_rotations.cache_clear()
            found.append(rotation_baselines(given["a", "b"], given["b", "b"]))
    for method, one in found[0].items():
        for name, value in vars(one).items():
            np.testing.assert_allclose(getattr(found[1][method], name), value, atol=1e-12)


def test_many_rotations_of_a_small_layer_are_not_all_held(monkeypatch):
    given, held = one_pair(8), []
    monkeypatch.setattr(rotation, "KEPT_BYTES", 5 * 8 * 8 * 8)
    draw = rotation._draw
    monkeypatch.setattr(rotation, "_draw", lambda units, count, *rest: held.append(count) or draw(units, count, *rest))
    rotation_baselines(given["a", "b"], given["b", "b"], rotations=12, seed=9)
    assert held == [5, 5, 2]


@pytest.mark.parametrize("threads", [1, 2])
def test_one_part_is_let_go_before_the_next_is_drawn(monkeypatch, threads):
    given, alive, most = one_pair(8), weakref.WeakSet(), []
    monkeypatch.setattr(rotation, "KEPT_BYTES", 5 * 8 * 8 * 8)
    orthogonal = rotation.orthogonal

    class Rotation(np.ndarray):
        """One that can be counted."""

    def counted(normal):
        turn = orthogonal(normal).view(Rotation)
        alive.add(Held(turn))
        most.append(len(alive))
        return turn

    class Held:
        def __init__(self, turn):
            turn.held = self

    monkeypatch.setattr(rotation, "orthogonal", counted)
    with threadpool_limits(threads, "blas"):
        next(shared_baselines([("a", "b")], lambda a, b: given[a, b], rotations=20, seed=3))
    assert len(most) == 20
    assert max(most) == 5


def test_so_many_threads_as_memory_holds(monkeypatch):
    monkeypatch.setattr(rotation, "threads_allowed", lambda: 64)
    assert [rotation.threads_for(units) for units in (0, 1, 512, 2048, 4096, 100_000)] == [64, 64, 64, 10, 2, 1]


def test_a_tick_that_raises_ends_it_soon():
    given, matched = one_pair(), []

    def stop(pair):
        matched.append(pair)
        raise KeyboardInterrupt

    with threadpool_limits(2, "blas"), pytest.raises(KeyboardInterrupt):
        next(shared_baselines([("a", "b")], lambda a, b: given[a, b], tick=stop))
    assert len(matched) == 1
