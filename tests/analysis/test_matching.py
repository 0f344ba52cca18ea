"""Matchings against scipy's optimum, planted permutations, dead units and forbidden pairs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import linear_sum_assignment

from convergent_widgets.analysis import bipartite_match, semi_match

matrices = arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.floats(-1, 1, width=32))


def with_dead(corr, rows, columns):
    corr = corr.copy()
    corr[[row for row in rows if row < corr.shape[0]]] = np.nan
    corr[:, [column for column in columns if column < corr.shape[1]]] = np.nan
    return corr


@given(matrices)
def test_bipartite_total_is_scipys_optimum(corr):
    rows, columns = linear_sum_assignment(corr, maximize=True)
    matching = bipartite_match(corr)
    assert matching.total == pytest.approx(corr[rows, columns].sum(), abs=1e-12)
    assert len(matching.rows) == min(corr.shape)


@given(matrices, st.sets(st.integers(0, 8)), st.sets(st.integers(0, 8)))
def test_dead_units_take_no_part(corr, rows, columns):
    corr = with_dead(corr, rows, columns)
    live = corr[~np.isnan(corr).all(1)][:, ~np.isnan(corr).all(0)]
    for match in (semi_match, bipartite_match):
        matching = match(corr)
        assert not np.isnan(matching.values).any()
        assert matching.total == pytest.approx(match(live).total if live.size else 0.0, abs=1e-12)
        assert sorted([*matching.rows, *matching.unmatched_rows]) == list(range(corr.shape[0]))
        assert set(matching.columns) | set(matching.unmatched_columns) == set(range(corr.shape[1]))
        assert not set(matching.columns) & set(matching.unmatched_columns)


@given(matrices)
def test_semi_matching_takes_each_rows_greatest_and_bounds_bipartite(corr):
    semi, one_to_one = semi_match(corr), bipartite_match(corr)
    assert (semi.values == corr.max(axis=1)).all()
    assert one_to_one.total <= semi.values[one_to_one.rows].sum() + 1e-12
    assert (np.diff(one_to_one.rows) > 0).all()


@given(matrices)
def test_runner_up_is_the_greatest_of_the_other_columns(corr):
    for match in (semi_match, bipartite_match):
        matching = match(corr)
        for row, column, runner_up in zip(matching.rows, matching.columns, matching.runner_up, strict=True):
            others = np.delete(corr[row], column)
            if others.size:
                assert runner_up == others.max()
            else:
                assert np.isnan(runner_up)


def test_agrees_says_where_both_methods_chose_the_same_column():
    corr = np.array([[0.9, 0.8], [0.85, 0.1]])
    assert semi_match(corr).columns.tolist() == [0, 0]
    assert bipartite_match(corr).columns.tolist() == [1, 0]
    assert semi_match(corr).agrees.tolist() == bipartite_match(corr).agrees.tolist() == [False, True]


def test_a_planted_permutation_is_recovered():
    random = np.random.default_rng(0)
    permutation = random.permutation(40)
    a = random.standard_normal((2000, 40))
    b = a[:, permutation] + 0.5 * random.standard_normal((2000, 40))
    corr = np.corrcoef(a.T, b.T)[:40, 40:]
    for match in (semi_match, bipartite_match):
        assert (permutation[match(corr).columns] == np.arange(40)).all()


def test_products_that_are_not_standardised_fail_where_correlation_recovers_the_permutation():
    random = np.random.default_rng(0)
    permutation = random.permutation(40)
    a = random.standard_normal((4000, 40)) * random.uniform(0.5, 2, 40) + random.uniform(0, 20, 40)
    b = (a - a.mean(0))[:, permutation] + 0.3 * random.standard_normal((4000, 40)) + random.uniform(0, 20, 40)
    raw = a.T @ b / len(a)
    standardised = np.corrcoef(a.T, b.T)[:40, 40:]
    for match in (semi_match, bipartite_match):
        assert (permutation[match(standardised).columns] == np.arange(40)).all()
        assert (permutation[match(raw).columns] == np.arange(40)).mean() < 0.3


def test_a_forbidden_pair_never_costs_a_pair():
    corr = np.array([[0.9, np.nan], [0.8, 0.1]])
    matching = bipartite_match(corr)
    assert matching.columns.tolist() == [0, 1]
    corr = np.array([[-0.9, np.nan, np.nan], [0.99, np.nan, -0.8], [0.5, 0.4, np.nan]])
    assert bipartite_match(corr).columns.tolist() == [0, 2, 1]


@given(matrices, st.data())
def test_forbidden_pairs_leave_as_many_pairs_as_possible(corr, data):
    mask = data.draw(arrays(bool, corr.shape))
    corr = np.where(mask, np.nan, corr)
    matching = bipartite_match(corr)
    rows, columns = linear_sum_assignment(~mask, maximize=True)
    assert len(matching.rows) == (~mask)[rows, columns].sum()
    assert not np.isnan(matching.values).any()


def test_nothing_to_match():
    for corr in (np.full((3, 2), np.nan), np.empty((0, 2)), np.empty((3, 0))):
        for match in (semi_match, bipartite_match):
            matching = match(corr)
            assert len(matching.rows) == 0
            assert matching.total == 0
            assert np.isnan(matching.mean)
            assert len(matching.unmatched_rows) == corr.shape[0]


@pytest.mark.parametrize(
    ("corr", "message"),
    [(np.zeros(3), "2-dimensional"), (np.array([[np.inf]]), "finite"), (np.zeros((1, 1, 1)), "shape")],
)
def test_bad_input_is_refused(corr, message):
    with pytest.raises(ValueError, match=message):
        bipartite_match(corr)
    with pytest.raises(ValueError, match=message):
        semi_match(corr)
