"""Orders of a matrix: matches on the diagonal, by strength or along the cycles."""

import numpy as np
import pytest

from convergent_widgets.analysis import matched_order


def test_the_strongest_match_comes_first_and_what_has_none_last():
    rows, columns = matched_order(np.array([2, -1, 0, 4]), np.array([0.1, np.nan, 0.9, 0.5]), 5)
    assert rows.tolist() == [2, 3, 0, 1]
    assert columns.tolist() == [0, 4, 2, 1, 3]


def test_cycles_are_followed_the_longest_first():
    partners = np.array([1, 0, 4, 2, 3, 5])  # (0 1), (2 4 3), 5 alone
    values = np.array([0.9, 0.8, 0.3, 0.2, 0.4, 0.99])
    rows, columns = matched_order(partners, values, 6, "cycles")
    assert rows.tolist() == [4, 3, 2, 0, 1, 5]
    assert columns.tolist() == partners[rows].tolist()


def test_chains_that_do_not_close_follow_the_cycles():
    partners = np.array([1, 5, -1, 3])  # 0 to 1 to a column without a row; 3 to itself; 2 has none
    rows, columns = matched_order(partners, np.array([0.9, 0.8, np.nan, 0.1]), 6, "cycles")
    assert rows.tolist() == [3, 0, 1, 2]
    assert columns.tolist()[:3] == [3, 1, 5]
    assert sorted(columns.tolist()) == list(range(6))


def test_where_several_want_one_column_the_strongest_has_it():
    rows, columns = matched_order(np.array([1, 1, 1]), np.array([0.2, 0.9, 0.4]), 2)
    assert rows.tolist() == [1, 2, 0]
    assert columns.tolist() == [1, 0]


@pytest.mark.parametrize("order", ["best", "cycles", "original"])
@pytest.mark.parametrize(("units", "others"), [(0, 0), (0, 3), (7, 7), (5, 9), (9, 5)])
def test_orders_are_permutations(order, units, others):
    random = np.random.default_rng(units)
    partners = np.full(units, -1)
    count = min(units, others)
    partners[random.permutation(units)[:count]] = random.permutation(others)[:count]
    values = np.where(partners >= 0, random.uniform(size=units), np.nan)
    rows, columns = matched_order(partners, values, others, order)
    assert sorted(rows.tolist()) == list(range(units))
    assert sorted(columns.tolist()) == list(range(others))
    if order != "original":
        assert partners[rows[:count]].tolist() == columns[:count].tolist()


def test_another_order_is_refused():
    with pytest.raises(ValueError, match="`order` must be one of"):
        matched_order(np.array([0]), np.array([1.0]), 1, "worst")


@pytest.mark.parametrize("order", ["best", "cycles", "original"])
@pytest.mark.parametrize(
    ("partners", "values", "columns", "message"),
    [
        ([0, 1], [0.5], 2, r"`values` must be \(2,\), one for each of `partners`, got shape \(1,\)"),
        ([0], [0.5, 0.4], 2, r"`values` must be \(1,\)"),
        ([0.5, 1], [0.5, 0.4], 2, "`partners` must be a vector of whole numbers"),
        ([0, 2], [0.5, 0.4], 2, "leads to unit 2, but there are 2 units"),
        ([0, -2], [0.5, 0.4], 2, "leads to unit -2"),
        ([0, 1], [0.5, 0.4], 2.0, "`columns` must be a whole number"),
    ],
)
def test_what_is_no_matching_is_refused(partners, values, columns, message, order):
    with pytest.raises(ValueError, match=message):
        matched_order(np.array(partners), np.array(values), columns, order)
