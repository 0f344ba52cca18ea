"""The zoo's convnet: four convolutional blocks and one hidden layer, each ending in a ReLU."""

from __future__ import annotations

import math
from collections import OrderedDict

import torch
from torch import nn

LAYERS = ("conv1", "conv2", "conv3", "conv4", "fc1")


class ZooNet(nn.Module):
    """A small convnet for 28 x 28 grey images and ten classes.

    `widths` are the units of conv1 to conv4 and fc1. Each of these layers is a block whose output is taken after
    its ReLU and before any pooling.
    """

    def __init__(self, widths: tuple[int, int, int, int, int] = (24, 48, 64, 64, 128), classes: int = 10):
        super().__init__()
        first, second, third, fourth, hidden = widths
        self.conv1 = _convolution(1, first, 5)
        self.conv2 = _convolution(first, second, 3)
        self.conv3 = _convolution(second, third, 3)
        self.conv4 = _convolution(third, fourth, 3)
        self.fc1 = nn.Sequential(OrderedDict(linear=nn.Linear(fourth * 3 * 3, hidden), relu=nn.ReLU()))
        self.fc2 = nn.Linear(hidden, classes)
        self.pool = nn.MaxPool2d(2)
        self._initialise()

    def _initialise(self) -> None:
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                fan_in = module.weight[0].numel()
                nn.init.normal_(module.weight, std=math.sqrt(2 / fan_in))
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        # a small start for the first filters lets them come out smooth
        nn.init.normal_(next(self.conv1.parameters()), std=0.01)
        nn.init.normal_(self.fc2.weight, std=math.sqrt(1 / self.fc2.in_features))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Class scores (N, classes) of images (N, 1, 28, 28)."""
        maps = self.pool(self.conv1(images))
        maps = self.pool(self.conv2(maps))
        maps = self.pool(self.conv4(self.conv3(maps)))
        return self.fc2(self.fc1(maps.flatten(1)))


def _convolution(inputs: int, units: int, kernel: int) -> nn.Sequential:
    conv = nn.Conv2d(inputs, units, kernel, padding=kernel // 2)
    return nn.Sequential(OrderedDict(conv=conv, relu=nn.ReLU()))
