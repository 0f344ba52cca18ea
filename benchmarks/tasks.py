"""The nets, the images and the two ways to run them that the benchmarks measure."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn

import convergent_widgets as cw
from convergent_widgets.compute.images import open_images
from convergent_widgets.compute.loading import batches

BATCH = 32
BLOCKS = [f"layer{stage}.{block}" for stage in range(1, 5) for block in range(2)]
"""All of resnet18."""


class Smooth:
    """Generated square pictures with structure at several scales."""

    name = "generated images"

    def __init__(self, count: int, side: int = 224):
        self.count, self.side = count, side

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> torch.Tensor:
        random = torch.Generator().manual_seed(index)
        picture = sum(
            nn.functional.interpolate(torch.rand(1, 3, side, side, generator=random), size=self.side, mode="bilinear")
            for side in (4, 16, 64)
        )
        return picture[0].div(3).mul(255).byte()


def random_nets(architecture: str, count: int) -> dict[str, cw.Net]:
    """Nets of torchvision with random weights, seeds 0, 1, ..."""
    nets = {}
    for seed in range(count):
        torch.manual_seed(seed)
        net = cw.Net.from_torchvision(architecture, weights=None, preprocess=None)
        net.module.eval()
        nets[f"seed {seed}"] = net
    return nets


def forward(nets: Mapping[str, cw.Net], images: Smooth) -> None:
    """Run the nets over the images, loaded as compare() loads them, and nothing else."""
    source = open_images(images)
    with torch.inference_mode():
        for batch in batches(source, [None], range(len(source)), batch_size=BATCH, workers=0):
            for net in nets.values():
                net.module(net.prepare(batch.pictures[0]))


@dataclass(frozen=True)
class Run:
    """Seconds of one call of compare(): `total`, of which `finishing` for pictures, matchings and baselines."""

    total: float
    finishing: float


def compare(nets: Mapping[str, cw.Net], images: Smooth, layers: Sequence[str], **options: object) -> Run:
    """compare() on the CPU, in batches of BATCH."""
    over = time.perf_counter()

    def watch(step: str, _done: float, _of: float) -> None:
        nonlocal over
        if step == "comparing":
            over = time.perf_counter()

    started = time.perf_counter()
    cw.compare(nets, images, layers, batch_size=BATCH, device="cpu", progress=watch, **options)
    ended = time.perf_counter()
    return Run(total=ended - started, finishing=ended - over)
