"""Two-layer nets and a handful of noise images, for runs that take no time."""

import numpy as np
import torch
from torch import nn


class Small(nn.Module):
    """Two convolutions and a hidden layer."""

    def __init__(self, seed, channels=3, units=6, side=12):
        super().__init__()
        torch.manual_seed(seed)
        self.conv1 = nn.Sequential(nn.Conv2d(channels, units, 3, padding=1), nn.ReLU())
        self.pool = nn.MaxPool2d(2)
        self.conv2 = nn.Sequential(nn.Conv2d(units, units + 2, 3, padding=1), nn.ReLU())
        self.fc = nn.Sequential(nn.Linear((units + 2) * (side // 2) ** 2, 9), nn.ReLU())

    def forward(self, images):
        return self.fc(self.conv2(self.pool(self.conv1(images))).flatten(1))


class Images:
    """Random images with labels."""

    classes = ("cat", "dog")
    name = "noise"

    def __init__(self, count=21, shape=(3, 12, 12)):
        self.pictures = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (count, *shape), np.uint8))

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        return self.pictures[index], index % 2


LAYERS = ["conv1", "conv2", "fc"]
