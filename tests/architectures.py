"""torchvision's nets with weights of one value each: built in no time, for tests that look at shapes only."""

from unittest import mock

from torch import nn

from convergent_widgets.compute.nets import Net

_DRAWN = (
    "kaiming_normal_", "kaiming_uniform_", "normal_", "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_",
)  # fmt: skip

SIZES = {"inception_v3": 96, "vit_b_16": 224}


def untrained(name, **options):
    """A torchvision net that takes images as they come."""
    with mock.patch.multiple(
        nn.init, **dict.fromkeys(_DRAWN, lambda tensor, *_, **__: nn.init.constant_(tensor, 0.01))
    ):
        return Net.from_torchvision(name, weights=None, **({"preprocess": None, "normalize": None} | options))


def size_for(name):
    """A small input that the net takes."""
    return SIZES.get(name, 64)
