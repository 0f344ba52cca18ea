"""Attributions: complete, confined to the field, and of the right unit and image."""

import numpy as np
import pytest
import torch
from torch import nn

import convergent_widgets as cw
from convergent_widgets.compute.activations import Recorder
from convergent_widgets.compute.attribution import integrated_gradients

pytest.importorskip("captum")
SIDE = 12


class Functional(nn.Module):
    """Its ReLUs are functions, one of them in place."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 5, 3, padding=1)

    def forward(self, images):
        return torch.relu_(self.conv2(torch.relu(self.conv1(images)))).mean((2, 3))


class Images:
    def __init__(self, count=20):
        self.pictures = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (count, 3, SIDE, SIDE), np.uint8))

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        return self.pictures[index]


@pytest.fixture(scope="module")
def net():
    return cw.Net(Functional(), relu=True)


@pytest.fixture(scope="module")
def comparison(net):
    return cw.compare({"a": net}, Images(), ["conv1", "conv2"], attributions=True, progress=False, device="cpu")


def test_they_sum_to_the_activation_less_that_of_black(net):
    pictures = Images().pictures[:6].float() / 255
    recorder = Recorder(net, ["conv2"])
    which = torch.tensor([[unit % 5, unit, 11 - unit] for unit in range(6)])

    def activation(inputs, where):
        unit, row, column = where.unbind(1)
        return recorder.differentiable("conv2", inputs)[torch.arange(len(inputs)), unit, row, column]

    black = torch.zeros_like(pictures[:1])
    found = integrated_gradients(activation, pictures, black, which)
    own, dark = activation(pictures, which), activation(black.expand(6, -1, -1, -1), which)
    assert (own > 0).any()
    torch.testing.assert_close(found.sum((1, 2)), (own - dark).detach(), atol=0.02, rtol=0.05)
    for values, (_, row, column) in zip(found, which.tolist(), strict=True):
        outside = torch.ones(SIDE, SIDE, dtype=torch.bool)
        outside[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3] = False
        assert (values[outside] == 0).all()


@pytest.mark.parametrize("batch_size", [1, 4, 7, 300])
def test_no_more_pictures_than_a_batch_go_through_the_net_at_once(batch_size, comparison, monkeypatch):
    seen = []
    differentiable = Recorder.differentiable

    def noting(recorder, name, batch):
        seen.append(len(batch))
        return differentiable(recorder, name, batch)

    monkeypatch.setattr(Recorder, "differentiable", noting)
    monkeypatch.setattr("convergent_widgets.compute.finishing.first_filters", lambda *_given: None)
    net = cw.Net(Functional(), relu=True)
    made = cw.compare(
        {"a": net}, Images(), ["conv1", "conv2"], attributions=True, progress=False, device="cpu", batch_size=batch_size
    )
    assert 0 < max(seen) <= min(batch_size, 256)
    for layer, units in (("conv1", 4), ("conv2", 5)):
        for unit in range(units):
            found, expected = (each.attributions(layer, "a", unit) for each in (made, comparison))
            np.testing.assert_allclose(found, expected, atol=1.01 / 127)


def test_each_is_that_of_its_patch(comparison, net):
    pictures = Images().pictures.float() / 255
    weight = net.module.conv1.weight.detach()
    for unit in range(4):
        top = comparison.top("conv1", "a", unit)
        shown = comparison.attributions("conv1", "a", unit)
        assert shown.shape == comparison.patches("conv1", "a", unit).shape[:3]
        for values, image, (row, column) in zip(shown, top.images, top.positions, strict=True):
            padded = nn.functional.pad(pictures[image], (1, 1, 1, 1))[:, row : row + 3, column : column + 3]
            expected = (padded * weight[unit]).sum(0)  # a linear unit: pixel times weight, where it is not rectified
            expected = (expected / expected.abs().max()).numpy()
            assert np.corrcoef(values.ravel(), expected.ravel())[0, 1] > 0.99
    assert len(comparison.attributions("conv2", "a", 0)) == len(comparison.top("conv2", "a", 0).images)


class Large:
    """Noise of 90 x 60 pixels, one picture black."""

    def __init__(self):
        self.pictures = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (12, 3, 90, 60), np.uint8))
        self.pictures[0] = 0

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        return self.pictures[index]


def exact(net, layer, top, rank, unit):
    """The attribution of the whole picture (H, W) float64, before it is scaled."""
    recorder, inputs = Recorder(net, [layer]), Large().pictures[top.images[rank]][None].float() / 255

    def activation(pictures, _which):
        return recorder.differentiable(layer, pictures)[:, unit, *top.positions[rank]]

    which = torch.zeros(1, 3, dtype=torch.long)
    return integrated_gradients(activation, inputs, torch.zeros_like(inputs), which)[0].numpy().astype(float)


@pytest.mark.parametrize(("size", "shape"), [(256, (90, 60)), (45, (45, 30)), (36, (36, 24))])
def test_of_large_patches_the_greatest_is_1_and_each_is_right_to_a_grey_value(size, shape):
    torch.manual_seed(0)
    net = cw.Net(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(1), nn.Linear(4 * 88 * 58, 3)), layers=["3"])
    made = cw.compare(
        {"a": net}, Large(), attributions=True, picture_size=size, patches=4, progress=False, device="cpu"
    )
    for unit in range(3):
        found = made.attributions("3", "a", unit)
        assert found.shape[1:] == shape == made.patches("3", "a", unit).shape[1:3]
        for rank, values in enumerate(found):
            whole = exact(net, "3", made.top("3", "a", unit), rank, unit)
            rows, columns = np.arange(shape[0] + 1) * 90 / shape[0], np.arange(shape[1] + 1) * 60 / shape[1]
            expected = averaged(averaged(whole, rows).T, columns).T
            if expected.any():
                assert np.abs(values).max() == 1
                expected = expected / np.abs(expected).max()
            np.testing.assert_allclose(values, expected, atol=0.51 / 127)


def averaged(values, edges):
    """Means of `values` (n, m) over the rows between `edges`, which may cut a row."""
    sums = np.vstack([np.zeros(values.shape[1]), np.cumsum(values, 0)])
    at = np.stack([np.interp(edges, np.arange(len(sums)), column) for column in sums.T], 1)
    return np.diff(at, axis=0) / np.diff(edges)[:, None]


def test_nothing_counts_in_a_black_picture():
    torch.manual_seed(0)
    net = cw.Net(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(1), nn.Linear(4 * 88 * 58, 3)), layers=["2"])
    made = cw.compare({"a": net}, Large(), attributions=True, patches=12, progress=False, device="cpu")
    for unit in range(3):
        black = made.top("2", "a", unit).images == 0
        found = made.attributions("2", "a", unit)
        assert black.sum() <= 1
        assert (found[black] == 0).all()
        assert (np.abs(found[~black]).max((1, 2)) == 1).all()
    assert any((made.top("2", "a", unit).images == 0).any() for unit in range(3))


def test_they_survive_the_file_and_are_optional(comparison, net, tmp_path):
    comparison.save(tmp_path / "r.npz")
    loaded = cw.Comparison.load(tmp_path / "r.npz")
    np.testing.assert_array_equal(loaded.attributions("conv2", "a", 1), comparison.attributions("conv2", "a", 1))
    without = cw.compare({"a": net}, Images(), ["conv1"], progress=False, device="cpu")
    with pytest.raises(ValueError, match="attributions=True"):
        without.attributions("conv1", "a", 0)


def test_the_net_is_left_as_it_was(net):
    net.module.train()
    cw.compare({"a": net}, Images(3), ["conv2"], attributions=True, progress=False, device="cpu")
    assert net.module.training
    assert all(parameter.grad is None and parameter.requires_grad for parameter in net.module.parameters())
    assert not any(module._forward_hooks for module in net.module.modules())
