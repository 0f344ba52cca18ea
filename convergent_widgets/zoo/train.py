"""Train the zoo's nets from their seeds: `python -m convergent_widgets.zoo.train`."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from convergent_widgets.zoo import idx, recipe
from convergent_widgets.zoo.architecture import ZooNet

WEIGHTS = Path(__file__).parent / "weights"


def train(
    net_recipe: recipe.Recipe, images: torch.Tensor, labels: torch.Tensor, epochs: int = recipe.EPOCHS
) -> tuple[ZooNet, torch.Tensor]:
    """Train one net by stochastic gradient descent; the same seed gives the same net on the same machine.

    `images` (N, 1, 28, 28) are float in [0, 1], `labels` (N,) int64. Returns the net and the mean training image
    (1, 28, 28) which is taken off its input.
    """
    torch.manual_seed(net_recipe.seed)
    net = ZooNet(net_recipe.widths)
    order = torch.Generator().manual_seed(1000 + net_recipe.seed)
    mean = images.mean(0)
    optimiser = torch.optim.SGD(
        net.parameters(),
        lr=recipe.LEARNING_RATE,
        momentum=recipe.MOMENTUM,
        nesterov=True,
        weight_decay=recipe.WEIGHT_DECAY,
    )
    steps_per_epoch = math.ceil(len(images) / recipe.BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, _learning_rate(epochs * steps_per_epoch))
    for epoch in range(epochs):
        started, total = time.monotonic(), 0.0
        for rows in torch.randperm(len(images), generator=order).split(recipe.BATCH):
            batch = images[rows]
            flipped = torch.rand(len(rows), generator=order) < 0.5
            batch = torch.where(flipped[:, None, None, None], batch.flip(-1), batch)
            loss = F.cross_entropy(net((batch - mean) / recipe.DEVIATION), labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item() * len(rows)
        seconds = time.monotonic() - started
        print(f"{net_recipe.name}, epoch {epoch + 1} of {epochs}: loss {total / len(images):.3f}, {seconds:.0f} s")
    return net.eval(), mean


def accuracy(net: ZooNet, mean: torch.Tensor, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Share of images whose class the net gets right."""
    with torch.inference_mode():
        scores = torch.cat([net((batch - mean) / recipe.DEVIATION) for batch in images.split(1000)])
    return float((scores.argmax(1) == labels).double().mean())


def _learning_rate(steps: int) -> Callable[[int], float]:
    def factor(step: int) -> float:
        warm = min(1.0, (step + 1) / recipe.WARM_UP)
        return warm * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))

    return factor


def _tensors(images: np.ndarray, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(images)[:, None].float() / 255, torch.tensor(labels).long()


def main(arguments: list[str] | None = None) -> None:
    """Train the nets that are named (all by default), print their test accuracy and save their weights."""
    parser = argparse.ArgumentParser(prog="python -m convergent_widgets.zoo.train", description=main.__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        help="folder with Fashion-MNIST's four idx files, plain or gzipped (default: download by torchvision)",
    )
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="folder for the weights (default: the package's own)")
    parser.add_argument("--epochs", type=int, default=recipe.EPOCHS)
    parser.add_argument("--nets", nargs="*", default=[net.name for net in recipe.RECIPES], metavar="NAME")
    options = parser.parse_args(arguments)
    unknown = set(options.nets) - {net.name for net in recipe.RECIPES}
    if unknown:
        parser.error(f"unknown nets {sorted(unknown)}; the zoo has {[net.name for net in recipe.RECIPES]}")
    folder = options.data or idx.download(Path.home() / ".cache" / "convergent_widgets")
    images, labels = _tensors(*idx.read_split(folder, "train"))
    test_images, test_labels = _tensors(*idx.read_split(folder, "t10k"))
    options.out.mkdir(parents=True, exist_ok=True)
    for net_recipe in recipe.RECIPES:
        if net_recipe.name in options.nets:
            net, mean = train(net_recipe, images, labels, options.epochs)
            torch.save({"weights": net.state_dict(), "mean": mean}, options.out / net_recipe.file)
            print(f"{net_recipe.name}: test accuracy {accuracy(net, mean, test_images, test_labels):.3f}")


if __name__ == "__main__":
    main()
