"""Fashion-MNIST's test images as a torch Dataset, read from the package."""

from __future__ import annotations

from pathlib import Path

import torch
from torch.utils.data import Dataset

from convergent_widgets.zoo import idx
from convergent_widgets.zoo.recipe import CLASSES

DATA = Path(__file__).parent / "data"


class ZooImages(Dataset[tuple[torch.Tensor, int]]):
    """10,000 images, uint8 (1, 28, 28), each with the number of its class."""

    name = "Fashion-MNIST test images"
    classes = CLASSES

    def __init__(self) -> None:
        images, labels = idx.read_split(DATA, "t10k")
        self._images = torch.from_numpy(images.copy()).unsqueeze(1)
        self._labels = labels.tolist()
        self.targets = self._labels

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self._images[index], self._labels[index]
