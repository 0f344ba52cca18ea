"""The zoo's nets with their trained weights, as `Net`s that take Fashion-MNIST images."""

from __future__ import annotations

from pathlib import Path

import torch

from convergent_widgets.compute.nets import Net
from convergent_widgets.zoo.architecture import LAYERS, ZooNet
from convergent_widgets.zoo.recipe import DEVIATION, RECIPES

WEIGHTS = Path(__file__).parent / "weights"


def trained_nets(folder: Path = WEIGHTS) -> dict[str, Net]:
    """The nets whose weights lie in `folder`, in the order of their recipes."""
    nets = {}
    for recipe in RECIPES:
        stored = torch.load(folder / recipe.file, weights_only=True, map_location="cpu")
        module = ZooNet(recipe.widths)
        module.load_state_dict(stored["weights"])
        nets[recipe.name] = Net(module.eval(), normalize=(stored["mean"], DEVIATION), layers=LAYERS)
    return nets
