"""The embedded default is what it says: the nets' accuracy, and a comparison that the nets really give."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic import moments_of

import convergent_widgets as cw
from convergent_widgets.zoo.recipe import RECIPES

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(scope="module")
def images():
    return cw.zoo.images()


@pytest.fixture(scope="module")
def ran(images):
    """The scores and the activations of fc1 over all images in their order, for each net."""
    pictures = torch.stack([images[index][0] for index in range(len(images))]).float() / 255
    scores, rows = {}, {}
    for name, net in cw.zoo.nets().items():
        kept = []
        handle = net.module.fc1.register_forward_hook(lambda _m, _i, output, kept=kept: kept.append(output))
        with torch.inference_mode():
            scores[name] = torch.cat([net.module(net.prepare(part)) for part in pictures.split(1000)])
        handle.remove()
        rows[name] = torch.cat(kept).numpy()
    return scores, rows


def test_the_images_are_all_there(images):
    assert len(images) == 10000
    picture, label = images[0]
    assert picture.dtype == torch.uint8
    assert picture.shape == (1, 28, 28)
    assert images.classes[label] == "ankle boot"
    assert np.bincount([images[index][1] for index in range(len(images))]).tolist() == [1000] * 10


@pytest.mark.long
def test_the_nets_are_as_accurate_as_the_readme_says(images, ran):
    table = re.search(r"\| net \|(.*)\|\n.*\n\| accuracy \|(.*)\|", README.read_text(encoding="utf-8"))
    said = dict(zip(*(map(str.strip, part.split("|")) for part in table.groups()), strict=True))
    labels = torch.tensor(images.targets)
    assert list(said) == list(ran[0]) == [recipe.name for recipe in RECIPES]
    for name, scores in ran[0].items():
        assert f"{(scores.argmax(1) == labels).double().mean().item():.3f}".lstrip("0") == said[name]


@pytest.mark.long
def test_the_comparison_is_what_the_nets_give(ran):
    comparison, rows = cw.zoo.comparison(), ran[1]
    assert comparison.nets == tuple(rows)
    assert comparison.complete
    assert comparison.images_seen == 10000
    for half in (None, 0, 1):
        reference = moments_of(rows if half is None else {name: values[half::2] for name, values in rows.items()})
        for a in rows:
            np.testing.assert_array_equal(comparison.dead("fc1", a, half), reference.dead(a))
            for b in rows:
                np.testing.assert_allclose(
                    comparison.correlation("fc1", a, b, half), reference.correlation(a, b), atol=1e-5
                )
    for name, values in rows.items():
        for unit in range(0, values.shape[1], 9):
            top = comparison.top("fc1", name, unit)
            strongest = np.sort(values[:, unit])[::-1][: len(top.images)]
            np.testing.assert_allclose(top.activations, strongest, rtol=1e-4)


def test_trained_pairs_match_above_their_baseline_and_that_above_the_unrelated_level():
    comparison = cw.zoo.comparison()
    for layer in comparison.layers:
        for a in comparison.nets:
            for b in comparison.nets:
                if a != b:
                    unrelated, baseline = comparison.unrelated(layer, a, b), comparison.baseline(layer, a, b)
                    assert unrelated < baseline.mean < comparison.match(layer, a, b).mean
                    assert unrelated < 0.12
                    assert baseline.above.sum() > 3 * baseline.expected_by_luck
