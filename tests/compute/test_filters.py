"""Filters: the weight of the convolution that made a unit, with its sign, and none where a unit is something else."""

import numpy as np
import pytest
import torch
from torch import nn

import convergent_widgets as cw
from convergent_widgets.compute.activations import Recorder
from convergent_widgets.compute.filters import first_filters

EXAMPLE = torch.zeros(1, 1, 16, 16)


def found(module, layer, example=EXAMPLE, **options):
    return first_filters(Recorder(cw.Net(module, **options), [layer]), layer, example)


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


class Functional(nn.Module):
    """A convolution that is registered and never used, then the stem, rectified in place by a function."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Conv2d(1, 6, 3)
        self.stem = nn.Conv2d(1, 6, 3)
        self.deeper = nn.Conv2d(6, 6, 1)

    def forward(self, images):
        return self.deeper(torch.relu_(self.stem(images)))


class Gated(nn.Module):
    """Squeeze and excitation of a convolution."""

    def __init__(self):
        super().__init__()
        self.conv, self.gate = nn.Conv2d(1, 6, 3), nn.Linear(6, 6)

    def forward(self, images):
        maps = self.conv(images)
        return maps * torch.sigmoid(self.gate(maps.mean((2, 3))))[:, :, None, None]


class Whole(nn.Module):
    """Its one layer is the net."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, images):
        return self.inner(images)


@pytest.mark.parametrize(
    "after",
    [
        [],
        [nn.ReLU()],
        [nn.ReLU(inplace=True)],
        [nn.ReLU6()],
        [nn.GELU()],
        [nn.Sigmoid()],
        [nn.MaxPool2d(3, 2)],
        [nn.BatchNorm2d(6), nn.ReLU(inplace=True), nn.MaxPool2d(2)],
    ],
    ids=lambda after: "-".join(type(step).__name__ for step in after) or "alone",
)
@pytest.mark.parametrize(
    "how", [{}, {"padding": 1}, {"stride": 2, "padding": 1, "padding_mode": "reflect"}, {"dilation": 2}], ids=str
)
def test_steps_on_each_unit_alone_leave_it_its_filter(after, how):
    conv = nn.Conv2d(1, 6, 3, **how)
    filters = found(Whole(nn.Sequential(conv, *after)), "inner")
    np.testing.assert_array_equal(filters, conv.weight.detach().numpy())


@pytest.mark.parametrize(
    "inner",
    [
        nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Conv2d(6, 6, 1), nn.ReLU()),
        nn.Sequential(nn.Conv2d(1, 6, 3), nn.Conv2d(6, 6, 1)),
        nn.Sequential(nn.Conv2d(1, 6, 3), nn.Softmax(1)),
        nn.Sequential(nn.Conv2d(1, 6, 3), nn.ChannelShuffle(2)),
        nn.Sequential(nn.Conv2d(1, 6, 3), nn.LocalResponseNorm(3, alpha=1)),
        nn.Sequential(nn.Conv2d(1, 6, 3), nn.AvgPool2d(2)),
        nn.Sequential(nn.Conv2d(1, 6, 1), nn.Flatten(1), nn.Linear(6 * 256, 6)),
        Gated(),
    ],
    ids=["1x1", "linear 1x1", "softmax", "shuffled", "response norm", "averaged", "linear", "gated"],
)
def test_units_that_mix_have_none(inner):
    assert found(Whole(inner), "inner") is None


def test_the_greatest_over_all_places_is_the_units_filter():
    conv = nn.Conv2d(1, 6, 3, padding=1)
    filters = found(nn.Sequential(conv, nn.AdaptiveMaxPool2d(1)), "1")
    np.testing.assert_array_equal(filters, conv.weight.detach().numpy())


def test_an_absolute_value_has_two_filters_so_none():
    class Absolute(nn.Module):
        def forward(self, maps):
            return maps.abs()

    assert found(nn.Sequential(nn.Conv2d(1, 6, 3), Absolute()), "1") is None


def test_the_convolution_is_the_one_that_ran():
    net = Functional()
    for relu in (False, True):
        np.testing.assert_array_equal(found(net, "stem", relu=relu), net.stem.weight.detach().numpy())
        assert found(net, "deeper", relu=relu) is None


def test_a_negative_scale_turns_the_filter_round():
    conv, norm = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)
    norm.weight.data = torch.tensor([2.0, -0.5, 0.1, -3.0])
    weight = conv.weight.detach().numpy()
    for layer in ("1", "2"):
        filters = found(nn.Sequential(conv, norm, nn.ReLU()), layer)
        np.testing.assert_array_equal(filters, weight * np.float32([1, -1, 1, -1])[:, None, None, None])


def test_a_dead_unit_has_its_weight_and_a_dead_layer_none():
    conv = nn.Conv2d(1, 4, 3)
    conv.bias.data[2] = -1e6
    net = nn.Sequential(conv, nn.ReLU())
    np.testing.assert_array_equal(found(net, "1"), conv.weight.detach().numpy())
    conv.bias.data[:] = -1e6
    assert found(net, "1") is None


def test_without_gradients_there_are_none():
    class Detached(nn.Module):
        def forward(self, maps):
            return maps.detach()

    net = nn.Sequential(nn.Conv2d(1, 4, 3), Detached())
    assert found(net, "0") is not None
    assert found(net, "1") is None


@pytest.mark.parametrize("backward", [False, True])
def test_a_device_that_runs_out_of_memory_is_no_net_without_filters(backward):
    errors = [torch.cuda.OutOfMemoryError("CUDA out of memory")]

    class Full(torch.autograd.Function):
        @staticmethod
        def forward(_context, maps):
            if errors and not backward:
                raise errors.pop()
            return maps.clone()

        @staticmethod
        def backward(_context, gradient):
            if errors:
                raise errors.pop()
            return gradient

    class Large(nn.Module):
        def forward(self, maps):
            return Full.apply(maps) if len(maps) > 1 or backward else maps

    with pytest.raises(torch.cuda.OutOfMemoryError):
        found(nn.Sequential(nn.Conv2d(1, 6, 3), Large()), "1")


def test_the_stem_of_a_residual_net_and_no_layer_after_it():
    torchvision = pytest.importorskip("torchvision")
    net = torchvision.models.resnet18(weights=None)
    nn.init.uniform_(net.bn1.weight, -1, 1)
    example = torch.zeros(1, 3, 64, 64)
    expected = net.conv1.weight * net.bn1.weight.sign()[:, None, None, None]
    for layer in ("bn1", "relu", "maxpool"):
        np.testing.assert_array_equal(found(net, layer, example), expected.detach().numpy())
    for layer in ("layer1.0.bn1", "layer1.0", "layer1"):
        assert found(net, layer, example) is None


def test_those_of_the_zoo_are_the_weights_of_its_nets():
    comparison = cw.zoo.comparison()
    for name, net in cw.zoo.nets().items():
        filters = found(net.module, "conv1", torch.zeros(1, 1, 28, 28))
        np.testing.assert_array_equal(filters, net.module.conv1.conv.weight.detach().numpy())
        np.testing.assert_array_equal(filters, comparison.filters("conv1", name))
        for layer in ("conv2", "conv3", "conv4", "fc1"):
            assert found(net.module, layer, torch.zeros(1, 1, 28, 28)) is None
