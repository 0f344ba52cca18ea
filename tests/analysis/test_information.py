"""Mutual information of joint counts against scikit-learn, and answers known in advance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import mutual_info_score

from convergent_widgets.analysis import mutual_information

COUNTS = arrays.arrays(
    np.int64, arrays.array_shapes(min_dims=2, max_dims=2, max_side=10), elements=st.integers(0, 1000)
).filter(lambda counts: counts.any())


@settings(deadline=None)
@given(COUNTS)
def test_it_agrees_with_scikit_learn(counts):
    assert mutual_information(counts) == pytest.approx(mutual_info_score(None, None, contingency=counts), abs=1e-9)


@settings(deadline=None)
@given(COUNTS, st.randoms())
def test_it_is_symmetric_and_knows_no_order_of_bins(counts, random):
    rows, columns = (random.sample(range(size), size) for size in counts.shape)
    found = mutual_information(counts)
    assert found >= 0
    assert mutual_information(counts.T) == pytest.approx(found, abs=1e-12)
    assert mutual_information(counts[np.ix_(rows, columns)]) == pytest.approx(found, abs=1e-12)
    assert mutual_information(np.pad(counts, 1)) == pytest.approx(found, abs=1e-12)
    assert mutual_information(counts * 7) == pytest.approx(found, abs=1e-12)


def test_equal_units_share_their_entropy_and_independent_ones_nothing():
    assert mutual_information(np.eye(10) * 33) == pytest.approx(np.log(10))
    assert mutual_information(np.diag([1, 3])) == pytest.approx(-(0.25 * np.log(0.25) + 0.75 * np.log(0.75)))
    assert mutual_information(np.outer([1, 2, 3], [5, 7])) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("scale", [1, 12345, 10**9 + 7, 3 * 10**15 + 1])
def test_a_constant_unit_has_exactly_zero_with_everything(scale):
    counts = np.zeros((10, 10), np.int64)
    counts[0] = np.arange(10) * scale + 3
    assert mutual_information(counts) == 0
    assert mutual_information(counts.T) == 0


def test_many_pairs_at_once():
    counts = np.random.default_rng(0).integers(0, 50, (3, 4, 10, 6))
    found = mutual_information(counts)
    assert found.shape == (3, 4)
    assert found.dtype == np.float64
    assert found[2, 1] == mutual_information(counts[2, 1])
    assert mutual_information(counts[:0]).shape == (0, 4)


def test_no_rows_have_no_mutual_information():
    counts = np.ones((2, 3, 3))
    counts[0] = 0
    assert np.isnan(mutual_information(counts)).tolist() == [True, False]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (np.ones(3), r"must be \(\.\.\., bins, bins\), got shape \(3,\)"),
        (np.array([[1, -1], [0, 2]]), "not negative"),
        (np.array([[1, np.nan], [0, 2]]), "finite"),
    ],
)
def test_input_that_does_not_fit_is_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        mutual_information(counts)
