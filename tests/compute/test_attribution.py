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
