"""CKA against its definition on activations, and what it does not see."""

import numpy as np
import pytest

from convergent_widgets.analysis import cka
from convergent_widgets.analysis.rotation import haar_rotation


def blocks(x, y):
    joint = np.cov(x.T, y.T, bias=True)
    n = x.shape[1]
    return joint[:n, :n], joint[n:, n:], joint[:n, n:]


def test_it_equals_the_definition_on_activations():
    random = np.random.default_rng(0)
    x = random.standard_normal((50, 4))
    y = x @ random.standard_normal((4, 6)) + random.standard_normal((50, 6))
    centre = np.eye(50) - 1 / 50
    k, m = centre @ x @ x.T @ centre, centre @ y @ y.T @ centre
    assert cka(*blocks(x, y)) == pytest.approx((k * m).sum() / np.sqrt((k * k).sum() * (m * m).sum()), abs=1e-12)


def test_a_rotation_and_one_scale_change_nothing_and_two_scales_do():
    random = np.random.default_rng(1)
    x = random.standard_normal((80, 5)) * (1, 2, 3, 4, 5)
    assert cka(*blocks(x, 3 * x @ haar_rotation(5, random))) == pytest.approx(1)
    assert cka(*blocks(x, x / x.std(0))) < 0.9
    assert cka(*blocks(x, random.standard_normal((80, 5)))) < 0.2


def test_dead_units_do_not_count():
    random = np.random.default_rng(2)
    xx, yy, xy = blocks(random.standard_normal((30, 3)), random.standard_normal((30, 3)))
    expected = cka(xx[1:, 1:], yy, xy[1:])
    xx[0], xx[:, 0], xy[0] = np.nan, np.nan, np.nan
    assert cka(xx, yy, xy) == pytest.approx(expected)
    assert np.isnan(cka(np.full((2, 2), np.nan), yy, np.full((2, 3), np.nan)))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"got shapes \(2, 2\), \(3, 3\) and \(3, 2\)"):
        cka(np.eye(2), np.eye(3), np.zeros((3, 2)))


@pytest.mark.parametrize(("size_x", "size_y"), [(1e-200, 1e-200), (1e200, 1e200), (1e-300, 1e300), (1, 1e-320)])
def test_the_size_of_the_numbers_does_not_matter(size_x, size_y):
    xx, yy, xy = blocks(*np.random.default_rng(3).standard_normal((2, 40, 3)))
    found = cka(size_x * xx, size_y * yy, np.sqrt(size_x) * np.sqrt(size_y) * xy)
    assert found == pytest.approx(cka(xx, yy, xy), rel=1e-3)
    assert cka(size_x * np.eye(2), size_x * np.eye(2), size_x * np.eye(2)) == pytest.approx(1)


def test_rounding_never_leads_above_one():
    random = np.random.default_rng(4)
    for _ in range(200):
        xx = np.cov(random.standard_normal((4, 20)))
        assert 1 - 1e-12 < cka(xx, xx, xx) <= 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((np.eye(2), np.eye(2), 5 * np.eye(2)), "alignment would be 25, above 1"),
        ((np.full((2, 2), np.inf), np.eye(2), np.eye(2)), "infinity"),
        ((np.eye(2), np.eye(2), np.diag([1, -np.inf])), "infinity"),
        ((-np.eye(2), np.eye(2), np.eye(2)), "must not be negative"),
        ((np.eye(2), -np.eye(2), np.eye(2)), "must not be negative"),
        ((np.zeros((2, 2)), np.eye(2), np.eye(2)), "no live unit"),
        ((1e-300 * np.eye(2), 1e-300 * np.eye(2), 1e300 * np.eye(2)), "above 1"),
        ((np.eye(2), np.eye(2), 1j * np.eye(2)), "`cov_xy` must hold real numbers"),
    ],
)
def test_covariances_that_no_data_can_have_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        cka(*given)
