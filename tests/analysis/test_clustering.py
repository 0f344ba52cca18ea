"""Spectral clustering of planted blocks, in any order, and of units that are dead, alone or few."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

import convergent_widgets as cw
from convergent_widgets.analysis import block_affinity, cluster_sharing, spectral_clusters
from convergent_widgets.analysis.clustering import METHODS

both_methods = pytest.mark.parametrize("method", METHODS)


def planted(sizes, within=0.6, between=0.05, noise=0.05, seed=0):
    """A noisy block affinity with its truth, in mixed order."""
    random = np.random.default_rng(seed)
    truth = random.permutation(np.repeat(np.arange(len(sizes)), sizes))
    affinity = np.where(truth[:, None] == truth, within, between) + noise * random.random((truth.size,) * 2)
    affinity = (affinity + affinity.T) / 2
    np.fill_diagonal(affinity, 1)
    return affinity, truth


def same_partition(first, second):
    return adjusted_rand_score(first, second) == 1


def check_tree(found, live):
    """Each split is of a part there is, and what is never split again are the clusters."""
    parts = [live] if live.size else []
    for split in found.tree:
        assert split.left.size >= split.right.size >= 1
        assert 0 <= split.cut <= 2
        whole = np.sort(np.concatenate([split.left, split.right]))
        place = next(number for number, part in enumerate(parts) if np.array_equal(part, whole))
        parts[place : place + 1] = [split.left, split.right]
    clusters = [np.flatnonzero(found.labels == number).tolist() for number in range(found.clusters)]
    assert sorted(part.tolist() for part in parts) == sorted(clusters)


@both_methods
@pytest.mark.parametrize("given_number", [True, False])
@pytest.mark.parametrize("sizes", [(8, 8), (12, 9, 5), (10, 10, 10, 10), (30, 6, 4, 3)])
def test_planted_blocks_are_found(method, given_number, sizes):
    affinity, truth = planted(sizes)
    found = spectral_clusters(affinity, len(sizes) if given_number else None, method=method)
    assert found.clusters == len(sizes)
    assert same_partition(found.labels, truth)
    assert np.bincount(found.labels).tolist() == sorted(sizes, reverse=True)


@both_methods
def test_units_of_weak_and_of_strong_affinities_share_a_cluster(method):
    """Some units have .03 of the affinities of others; eigenvectors not brought to length 1 would set them apart."""
    random = np.random.default_rng(0)
    affinity, truth = planted((40, 40, 4), within=0.9, between=0.05, noise=0.2)
    strength = random.choice([0.03, 1], 84)
    found = spectral_clusters(affinity * np.outer(strength, strength), 3, method=method)
    assert same_partition(found.labels, truth)


def test_hierarchy_of_planted_blocks():
    """Four blocks in two pairs: the first split parts the pairs, the next two the blocks."""
    affinity, truth = planted((9, 8, 7, 6), within=0.8, between=0.02)
    pair = truth // 2
    affinity = np.where((pair[:, None] == pair) & (truth[:, None] != truth), 0.2, affinity)
    found = spectral_clusters(affinity, 4, method="hierarchical")
    check_tree(found, np.arange(30))
    assert set(truth[found.tree[0].left]) == {0, 1}
    assert set(truth[found.tree[0].right]) == {2, 3}
    assert same_partition(found.labels, truth)
    assert found.tree[0].cut < found.tree[1].cut <= found.tree[2].cut
    coarser = spectral_clusters(affinity, 2, method="hierarchical")
    assert len(coarser.tree) == 1
    np.testing.assert_array_equal(coarser.tree[0].left, found.tree[0].left)
    assert spectral_clusters(affinity, 4).tree == ()


def test_the_cut_is_the_least_normalised_cut():
    affinity, _ = planted((4, 3), within=0.5, between=0.2, noise=0.3)
    np.fill_diagonal(affinity, 0)

    def normalised(side):
        cut = affinity[np.ix_(side, ~side)].sum()
        return cut / affinity[side].sum() + cut / affinity[~side].sum()

    sides = ((np.arange(1, 64)[:, None] >> np.arange(7)) & 1).astype(bool)
    split = spectral_clusters(affinity, 2, method="hierarchical").tree[0]
    assert split.cut == pytest.approx(normalised(np.isin(np.arange(7), split.left)))
    assert split.cut == pytest.approx(min(map(normalised, sides)))


@both_methods
@settings(deadline=None, max_examples=25)
@given(st.data())
def test_the_order_of_units_only_permutes_labels(method, data):
    units, seed = data.draw(st.integers(1, 25)), data.draw(st.integers(0, 10**6))
    clusters = data.draw(st.none() | st.integers(1, units))
    random = np.random.default_rng(seed)
    affinity = np.maximum(np.corrcoef(random.standard_normal((units + 1, 6))), 0)[:units, :units]
    dead = random.random(units) < data.draw(st.sampled_from([0, 0.2]))
    affinity[dead], affinity[:, dead] = np.nan, np.nan
    if clusters is not None:
        clusters = min(clusters, int((~dead).sum())) or None
    order = random.permutation(units)
    plain = spectral_clusters(affinity, clusters, method=method)
    mixed = spectral_clusters(affinity[np.ix_(order, order)], clusters, method=method)
    assert same_partition(plain.labels[order], mixed.labels)
    np.testing.assert_array_equal(plain.labels == -1, dead)
    for found in (plain, mixed):
        live = np.flatnonzero(found.labels >= 0)
        sizes = np.bincount(found.labels[live])
        lowest = [np.flatnonzero(found.labels == number)[0] for number in range(found.clusters)]
        assert sizes.size == found.clusters
        assert list(zip(-sizes, lowest, strict=True)) == sorted(zip(-sizes, lowest, strict=True))
        if method == "hierarchical":
            assert clusters in (None, found.clusters) or not live.size
            check_tree(found, live)


def test_the_seed_decides_nothing_where_there_is_structure():
    affinity, truth = planted((9, 8, 7), noise=0.2)
    for seed in range(5):
        assert same_partition(spectral_clusters(affinity, 3, seed).labels, truth)


@both_methods
def test_dead_units_are_in_no_cluster(method):
    affinity, truth = planted((12, 9, 5))
    affinity[[3, 7]] = np.nan
    affinity[:, [3, 7]] = np.nan
    live = np.delete(np.arange(26), [3, 7])
    found = spectral_clusters(affinity, method=method)
    assert (found.labels[[3, 7]] == -1).all()
    assert found.clusters == 3
    assert same_partition(found.labels[live], truth[live])
    alone = spectral_clusters(affinity[np.ix_(live, live)], method=method)
    np.testing.assert_array_equal(alone.labels, found.labels[live])


@both_methods
def test_groups_without_any_affinity_between_them(method):
    affinity, truth = planted((8, 6, 4), between=0, noise=0)
    for clusters in (None, 3):
        found = spectral_clusters(affinity, clusters, method=method)
        assert found.clusters == 3
        assert same_partition(found.labels, truth)
        assert all(split.cut == 0 for split in found.tree)
    two = spectral_clusters(affinity, 2, method=method)
    assert same_partition(two.labels, np.minimum(truth, 1))
    assert spectral_clusters(affinity, 1, method=method).labels.tolist() == [0] * 18


@both_methods
def test_a_group_without_affinity_to_the_rest_and_one_with_structure(method):
    affinity, truth = planted((9, 8))
    whole = np.zeros((22, 22))
    whole[:17, :17] = affinity
    whole[17:, 17:] = 0.5
    found = spectral_clusters(whole, 3, method=method)
    assert same_partition(found.labels, [*truth, 2, 2, 2, 2, 2])


@both_methods
@pytest.mark.parametrize("own", [0.0, 1.0])
def test_a_unit_without_affinities_is_a_cluster_of_its_own(method, own):
    affinity, truth = planted((9, 8))
    affinity = np.pad(affinity, ((0, 2), (0, 2)))
    affinity[17, 17] = affinity[18, 18] = own
    for clusters in (None, 4):
        found = spectral_clusters(affinity, clusters, method=method)
        assert found.clusters == 4
        assert same_partition(found.labels, [*truth, 2, 3])
        assert found.labels[-2:].tolist() == [2, 3]


@both_methods
def test_no_affinities_at_all(method):
    assert spectral_clusters(np.eye(4), method=method).labels.tolist() == [0, 1, 2, 3]
    assert np.bincount(spectral_clusters(np.zeros((4, 4)), 2, method=method).labels).tolist() == [3, 1]


@both_methods
def test_equal_affinities_throughout_are_one_cluster(method):
    found = spectral_clusters(np.full((7, 7), 0.4), method=method)
    assert found.clusters == 1
    assert found.labels.tolist() == [0] * 7


@both_methods
def test_none_one_and_two_live_units_and_a_star(method):
    nothing = spectral_clusters(np.full((3, 3), np.nan), method=method)
    assert (nothing.labels.tolist(), nothing.clusters, nothing.tree) == ([-1, -1, -1], 0, ())
    assert spectral_clusters(np.empty((0, 0)), method=method).labels.shape == (0,)
    one = np.full((3, 3), np.nan)
    one[1, 1] = 1
    for clusters in (None, 1):
        assert spectral_clusters(one, clusters, method=method).labels.tolist() == [-1, 0, -1]
    pair = np.array([[1, 0.4], [0.4, 1]])
    assert spectral_clusters(pair, method=method).labels.tolist() == [0, 0]
    star = np.eye(5)
    star[0, 1:] = star[1:, 0] = 0.3
    assert spectral_clusters(star, method=method).clusters == 1
    assert spectral_clusters(pair, 2, method=method).labels.tolist() == [0, 1]
    assert spectral_clusters(np.eye(2), method=method).labels.tolist() == [0, 1]


def test_one_cluster_may_be_the_answer_where_it_is_allowed():
    affinity, _ = planted((10, 10), within=0.5, between=0.4, noise=0.2)
    assert spectral_clusters(affinity, fewest=1).clusters == 1
    assert spectral_clusters(affinity).clusters == 2
    assert spectral_clusters(affinity, fewest=4).clusters == 2
    random, _ = planted((10, 10), within=0.1, between=0.1, noise=1)
    assert spectral_clusters(random, fewest=4).clusters >= 4


def test_self_affinity_makes_hierarchical_clustering_split_single_units_off():
    zoo = cw.zoo.comparison()
    a, b = zoo.nets[:2]
    affinity = block_affinity(*(zoo.correlation("fc1", *pair) for pair in ((a, a), (a, b), (b, b))))
    single = {
        counted: (np.bincount(found.labels[found.labels >= 0]) == 1).sum()
        for counted in (False, True)
        for found in [spectral_clusters(affinity, 12, method="hierarchical", self_affinity=counted)]
    }
    assert single[False] == 0
    assert single[True] >= 5


@both_methods
def test_two_nets_of_shared_subspaces(method):
    """Units of both nets that mix the same two causes are one cluster, though none of one net is one of the other."""
    random = np.random.default_rng(0)
    causes = random.standard_normal((4000, 4, 2))
    truth = np.repeat(np.arange(4), 3)
    a, b = (
        np.einsum(
            "rcd,ucd->ru", causes, (truth[:, None] == np.arange(4))[..., None] * random.standard_normal((12, 1, 2))
        )
        + 0.2 * random.standard_normal((4000, 12))
        for _ in range(2)
    )
    r = np.corrcoef(a.T, b.T)
    affinity = block_affinity(r[:12, :12], r[:12, 12:], r[12:, 12:], "absolute")
    found = spectral_clusters(affinity, 4, method=method)
    assert same_partition(found.labels, [*truth, *truth])


def test_the_block_affinity_is_that_of_all_units_of_both_nets():
    random = np.random.default_rng(0)
    r = np.corrcoef(random.standard_normal((9, 40)))
    r = (r + r.T) / 2
    blocks = r[:4, :4], r[:4, 4:], r[4:, 4:]
    np.testing.assert_array_equal(block_affinity(*blocks), np.maximum(r, 0))
    np.testing.assert_array_equal(block_affinity(*blocks, sign="absolute"), np.abs(r))
    r[[1, 6]] = np.nan
    r[:, [1, 6]] = np.nan
    found = block_affinity(r[:4, :4], r[:4, 4:], r[4:, 4:])
    np.testing.assert_array_equal(found, np.where(np.isnan(r), np.nan, np.maximum(r, 0)))
    assert block_affinity(np.eye(2), np.empty((2, 0)), np.empty((0, 0))).tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.eye(2), np.zeros((2, 3)), np.eye(2)), r"must be \(2, 2\) and \(3, 3\)"),
        ((np.eye(3), np.zeros((2, 2)), np.eye(2)), r"must be \(2, 2\) and \(2, 2\)"),
        ((np.eye(2), np.zeros(2), np.eye(2)), "2-dimensional"),
        ((np.eye(2), np.zeros((2, 2)), np.eye(2), "square"), r"must be one of \('clip', 'absolute'\)"),
        ((np.eye(2), np.array([[0.1, np.nan], [0, 0]]), np.eye(2)), "every pair of live units"),
    ],
)
def test_blocks_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        block_affinity(*arguments)


@pytest.mark.parametrize(
    ("affinity", "options", "message"),
    [
        (np.ones((2, 3)), {}, r"must be square.*got shape \(2, 3\)"),
        (np.ones(4), {}, "must be square"),
        (np.array([[1, 0.2], [0.3, 1]]), {}, "symmetric"),
        (np.array([[1, -0.2], [-0.2, 1]]), {}, "must not be negative, got -0.2"),
        (np.array([[1, np.inf], [np.inf, 1]]), {}, "infinity"),
        (np.array([[1, np.nan], [np.nan, 1]]), {}, "a dead unit is NaN in all of its row"),
        (np.ones((3, 3)), {"clusters": 0}, r"whole number in 1\.\.3, the number of live units, got"),
        (np.ones((3, 3)), {"clusters": 4}, r"whole number in 1\.\.3, the number of live units, got"),
        (np.ones((3, 3)), {"method": "agglomerative"}, "must be one of"),
        (np.ones((3, 3)), {"clusters": 2.5}, r"`clusters` must be a whole number in 1\.\.3.*got 2\.5"),
        (np.ones((3, 3)), {"clusters": 2.0}, r"`clusters` must be a whole number.*got 2\.0"),
        (np.ones((3, 3)), {"clusters": "3"}, "`clusters` must be a whole number.*got '3'"),
        (np.ones((3, 3)), {"clusters": True}, "`clusters` must be a whole number.*got True"),
        (np.full((3, 3), np.nan), {"clusters": 2}, "`clusters` must be None, since no unit is live, got 2"),
        (np.ones((3, 3)), {"fewest": 0}, "`fewest` must be a whole number of at least 1"),
        (np.ones((3, 3)), {"fewest": 2.5}, r"`fewest` must be a whole number of at least 1, got 2\.5"),
        (np.ones((3, 3)), {"seed": -1}, r"`seed` must be a whole number in 0\.\.4294967295, got -1"),
        (np.ones((3, 3)), {"seed": 0.5}, "`seed` must be a whole number"),
        (np.ones((3, 3)) + 0j, {}, "`affinity` must hold real numbers"),
    ],
)
def test_input_that_does_not_fit_is_refused(affinity, options, message):
    with pytest.raises(ValueError, match=message):
        spectral_clusters(affinity, **options)


def sharing(seed=0, units=6, rotate=True):
    """Correlations of two nets whose first halves span one subspace, and whose second halves have nothing in common."""
    random = np.random.default_rng(seed)
    causes = np.linalg.qr(random.standard_normal((4000, 3 * units)))[0]
    shared = causes[:, :units]
    turn = np.linalg.qr(random.standard_normal((units, units)))[0] if rotate else np.eye(units)
    a = np.concatenate([shared, causes[:, units : 2 * units]], axis=1)
    b = np.concatenate([shared @ turn, causes[:, 2 * units :]], axis=1)
    labels = np.tile(np.repeat([0, 1], units), 2)
    return labels, a.T @ a, a.T @ b, b.T @ b


def test_sharing_tells_a_common_subspace_from_none():
    found = cluster_sharing(*sharing())
    assert found.inside == pytest.approx([1, 0], abs=1e-9)
    assert found.outside == pytest.approx([0, 0], abs=1e-9)
    labels, aa, ab, bb = sharing()
    swapped = labels.copy()
    swapped[12:] = 1 - swapped[12:]
    wrong = cluster_sharing(swapped, aa, ab, bb)
    assert wrong.inside == pytest.approx([0, 0], abs=1e-9)
    assert wrong.outside == pytest.approx([0.5, 0.5], abs=1e-9)


def test_sharing_of_one_unit_each_is_r_squared():
    found = cluster_sharing([0, 0], [[1]], [[-0.6]], [[1]])
    assert found.inside == pytest.approx([0.36])
    assert np.isnan(found.outside).all()


def test_sharing_without_units_of_one_net_or_with_dead_ones():
    nan = np.nan
    aa = np.array([[1, 0.2, nan], [0.2, 1, nan], [nan, nan, nan]])
    found = cluster_sharing([0, 1, -1, 0], aa, [[0.5], [0.1], [nan]], [[1]])
    assert found.inside == pytest.approx([0.25, 0])
    assert found.outside == pytest.approx([0.01, 0.01])
    assert cluster_sharing([-1, -1], [[nan]], [[nan]], [[nan]]).inside.shape == (0,)
    with pytest.raises(ValueError, match=r"one for each unit, \(4,\), got shape \(3,\)"):
        cluster_sharing([0, 1, -1], aa, [[0.5], [0.1], [nan]], [[1]])
    with pytest.raises(ValueError, match="to fit `corr_ab`"):
        cluster_sharing([0, 1], aa, [[0.5]], [[1]])
