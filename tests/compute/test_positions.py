"""Sampled positions: the same for all nets and batchings, all as likely, and means where they are pooled."""

import numpy as np
import pytest
import torch

from convergent_widgets.compute.positions import taken

MAPS = torch.arange(50 * 2 * 4 * 5, dtype=torch.float32).reshape(50, 2, 4, 5)
INDICES = torch.arange(50)


def places(maps, images, n, seed=0):
    """The positions taken of each image, read off the first unit."""
    values = taken(maps, images, n, seed)[:, 0, :, 0]
    return [sorted((row - start).int().tolist()) for row, start in zip(values, maps[:, 0, 0, 0], strict=True)]


def test_all_and_more_than_there_are_and_pooled():
    assert taken(MAPS, INDICES, "all", 0) is MAPS
    assert taken(MAPS, INDICES, 20, 0) is MAPS
    torch.testing.assert_close(taken(MAPS, INDICES, "pooled", 0)[..., 0, 0], MAPS.mean((2, 3)))


def test_it_depends_on_the_image_and_the_seed_alone():
    whole = places(MAPS, INDICES, 3)
    order = torch.from_numpy(np.random.default_rng(0).permutation(50))
    assert places(MAPS[order], order, 3) == [whole[i] for i in order]
    assert places(MAPS[7:9], INDICES[7:9], 3) == whole[7:9]
    assert places(MAPS + 1000, INDICES, 3) == whole
    assert places(MAPS, INDICES, 3, seed=1) != whole
    assert all(len(set(one)) == 3 for one in whole)


def test_units_stay_together():
    values = taken(MAPS, INDICES, 4, 0)
    assert values.shape == (50, 2, 4, 1)
    assert (values[:, 1] - values[:, 0] == 20).all()


@pytest.mark.parametrize("half", [0, 1])
def test_every_position_is_as_likely_in_both_halves(half):
    images = torch.arange(half, 40_000, 2)
    maps = torch.arange(20.0).expand(1, 20).repeat(len(images), 1)[:, None, :, None]
    counts = taken(maps, images, 10, 0).long().flatten().bincount(minlength=20).numpy()
    assert abs(counts / len(images) - 0.5).max() < 0.03
