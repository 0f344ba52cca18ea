"""The sample of exciting images: fair, and the same however the images arrive; deciles of what it holds."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convergent_widgets.compute.kept_images import NONE
from convergent_widgets.compute.sampled import DECILES, SampledImages, priority
from convergent_widgets.compute.top import TopImages

IMAGES, UNITS, ROWS, COLUMNS, SIZE = 40, 5, 2, 3, 12


def maps(seed=0, images=IMAGES):
    """Rectified maps; some units fire on few images."""
    random = np.random.default_rng(seed)
    values = np.maximum(random.standard_normal((images, UNITS, ROWS, COLUMNS)), 0)
    values[:, 1] *= random.random((images, 1, 1)) < 0.1
    return torch.from_numpy(values.astype(np.float32))


def gather(values, order, cuts=(), seed=3):
    sample = SampledImages(UNITS, COLUMNS, seed, SIZE)
    for part in np.split(np.asarray(order), cuts):
        if len(part):
            sample.update(values[part], torch.from_numpy(part))
    return sample


def kept(sample):
    state = sample.state()
    return [sorted(zip(*(state[name][unit].tolist() for name in state), strict=True)) for unit in range(UNITS)]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 99), st.permutations(range(IMAGES)), st.sets(st.integers(1, IMAGES - 1)), st.integers(0, IMAGES))
def test_any_batching_order_and_merging_keeps_the_same_images(seed, order, cuts, split):
    values = maps(seed)
    whole = gather(values, range(IMAGES))
    assert kept(gather(values, order, sorted(cuts))) == kept(whole)
    first, second = gather(values, order[:split]), gather(values, order[split:])
    first.merge(second)
    assert kept(first) == kept(whole)


def test_it_holds_positive_maxima_where_they_are_and_all_of_them_where_they_are_few():
    values = maps()
    for unit, images in enumerate(kept(gather(values, range(IMAGES)))):
        positive = {image for image in range(IMAGES) if values[image, unit].max() > 0}
        there = [(activation, image, place) for activation, image, place in images if image != NONE]
        assert len(there) == min(len(positive), SIZE)
        for activation, image, place in there:
            assert image in positive
            assert activation == values[image, unit].max()
            assert values[image, unit].flatten()[place] == activation


def test_every_image_is_as_likely_as_any_other():
    values = maps()[:, :1]
    counts = np.zeros(IMAGES)
    for seed in range(400):
        sample = SampledImages(1, COLUMNS, seed, SIZE)
        sample.update(values, torch.arange(IMAGES))
        counts[sample.state()["images"][0]] += 1
    expected = 400 * SIZE / (values.amax((1, 2, 3)) > 0).sum().item()
    assert abs(counts[counts > 0] - expected).max() < 5 * np.sqrt(expected * (1 - SIZE / IMAGES))


def test_deciles_are_those_of_the_sample_and_weaker_than_the_top():
    values = maps(images=2000)
    sample, top = SampledImages(UNITS, COLUMNS, 0), TopImages(UNITS, DECILES, COLUMNS)
    for one in (sample, top):
        one.update(values, torch.arange(2000))
    deciles, strongest = sample.compute(), top.compute()
    maximum = values.amax((2, 3)).numpy()
    for unit in (0, 2):
        positive = maximum[:, unit][maximum[:, unit] > 0]
        wanted = np.quantile(positive, np.arange(9, 0, -1) / 10)
        assert abs(deciles.activations[unit] - wanted).max() < 0.35
        assert (np.diff(deciles.activations[unit]) <= 0).all()
        assert deciles.activations[unit].max() < strongest.activations[unit].min()
        for image, (row, column), activation in zip(
            deciles.images[unit], deciles.positions[unit], deciles.activations[unit], strict=True
        ):
            assert values[image, unit, row, column] == activation


@pytest.mark.parametrize("count", [0, 1, 8, 9, 10, 11])
def test_a_small_sample_shows_all_it_has_up_to_nine(count):
    values = torch.zeros(20, 1, 1, 1)
    values[:count, 0, 0, 0] = torch.arange(1.0, count + 1)
    sample = SampledImages(1, 1, 0)
    sample.update(values, torch.arange(20))
    shown = sample.compute().images[0]
    assert (shown >= 0).sum() == min(count, DECILES)
    assert len(set(shown[shown >= 0].tolist())) == min(count, DECILES)


def test_its_state_continues_where_it_was():
    values = maps()
    sample = gather(values[:20], range(20))
    again = SampledImages(UNITS, COLUMNS, 3, SIZE)
    again.restore(sample.state())
    for one in (sample, again):
        one.update(values[20:], torch.arange(20, 40))
    assert kept(sample) == kept(again) == kept(gather(values, range(IMAGES)))


def test_priorities_are_distinct_and_even():
    numbers = priority(torch.arange(20_000), 5)
    assert len(numbers.unique()) == 20_000
    assert abs((numbers > 0).float().mean().item() - 0.5) < 0.02
    assert not torch.equal(numbers, priority(torch.arange(20_000), 6))
    assert priority(torch.tensor([NONE]), 5).item() == NONE


def test_another_kind_cannot_be_merged():
    with pytest.raises(ValueError, match="cannot merge"):
        SampledImages(UNITS, COLUMNS, 0, SIZE).merge(TopImages(UNITS, SIZE, COLUMNS))
