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
