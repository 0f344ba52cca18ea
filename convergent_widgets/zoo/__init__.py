"""The embedded default: convnets trained on Fashion-MNIST from different seeds, its test images, their comparison."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.compute.nets import Net
    from convergent_widgets.zoo.dataset import ZooImages

__all__ = ["comparison", "images", "nets"]

RESULT = Path(__file__).parent / "comparison.npz"


def nets() -> dict[str, Net]:
    """The trained nets by name: four seeds of one architecture, and a wider one. Needs torch."""
    from convergent_widgets.zoo.trained import trained_nets

    return trained_nets()


def images() -> ZooImages:
    """Fashion-MNIST's 10,000 test images with labels, as a torch Dataset."""
    from convergent_widgets.zoo.dataset import ZooImages

    return ZooImages()


def comparison() -> Comparison:
    """The precomputed comparison of all nets over all test images. Needs no torch."""
    from convergent_widgets.comparison import Comparison

    return Comparison.load(RESULT)
