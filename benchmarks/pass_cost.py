"""What compare() costs beside the bare forward passes of the same nets on the same loader, with and without patches.

    python benchmarks/pass_cost.py [--images 1024] [--rounds 3] [--only zoo] [--positions 16]

Prints ratios of times taken in turn in one run, since a machine is rarely quiet: two resnet18 of random weights at
224 pixels, all 8 blocks, every position, generated images. Then the zoo's four seeds over the 10,000 test images.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

import convergent_widgets as cw
from convergent_widgets.compute.images import open_images
from convergent_widgets.compute.loading import batches

BATCH = 32


class Smooth:
    """Generated pictures of 224 pixels with structure at several scales."""

    name = "generated images"

    def __init__(self, count: int):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        random = torch.Generator().manual_seed(index)
        picture = sum(
            torch.nn.functional.interpolate(torch.rand(1, 3, side, side, generator=random), size=224, mode="bilinear")
            for side in (4, 16, 64)
        )
        return picture[0].div(3).mul(255).byte()


def forward(nets, images):
    """Run the nets over the images and nothing else."""
    source = open_images(images)
    with torch.no_grad():
        for batch in batches(source, [None], range(len(source)), batch_size=BATCH, workers=0):
            for net in nets.values():
                net.module(net.prepare(batch.pictures[0]))


def timed(work):
    """Seconds of wall time, and what the work returned."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def megabytes(comparison):
    """Size of the saved result."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.npz"
        comparison.save(path)
        return path.stat().st_size / 1e6


def report(title, nets, images, layers, rounds, positions="all"):
    """Print the ratios of one task."""

    def compare(patches):
        return cw.compare(
            nets, images, layers, patches=patches, positions=positions, batch_size=BATCH, device="cpu", progress=False
        )

    bare, without, full = [], [], []
    forward(nets, images)
    for _ in range(rounds):
        bare.append(timed(lambda: forward(nets, images))[0])
        seconds, plain = timed(lambda: compare(0))
        without.append(seconds)
        seconds, pictured = timed(lambda: compare(9))
        full.append(seconds)
    ratios = [
        statistics.median(time / base for time, base in zip(times, bare, strict=True)) for times in (without, full)
    ]
    print(f"{title}, positions {positions}: {len(images)} images, {rounds} rounds")
    print(f"  bare forward passes          {statistics.median(bare):7.2f} s  (least {min(bare):.2f})")
    print(f"  compare, patches=0           {statistics.median(without):7.2f} s  ratio {ratios[0]:.2f}")
    print(f"  compare, patches=9           {statistics.median(full):7.2f} s  ratio {ratios[1]:.2f}")
    print(f"  least over least             {min(without) / min(bare):.2f}, with patches {min(full) / min(bare):.2f}")
    print(f"  result file                  {megabytes(plain):.1f} MB, with patches {megabytes(pictured):.1f} MB")
    print(f"  peak resident memory so far  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


def main():
    """Run both tasks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1024, help="generated images for resnet18")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=("zoo", "resnet18"), help="one of the two tasks")
    parser.add_argument("--positions", type=int, help="so many of each image instead of all")
    options = parser.parse_args()
    positions = options.positions or "all"
    print(f"{os.cpu_count()} cores, torch {torch.__version__}, numpy {np.__version__}")
    if options.only != "resnet18":
        zoo_task(options.rounds, positions)
    if options.only != "zoo":
        resnet_task(options.images, options.rounds, positions)


def zoo_task(rounds, positions):
    """The zoo's four seeds."""
    zoo = {name: net for name, net in cw.zoo.nets().items() if name != "wide"}
    report("4 zoo nets, 5 layers, 28 px", zoo, cw.zoo.images(), None, rounds, positions)


def resnet_task(images, rounds, positions):
    """Two resnet18 of random weights."""
    nets = {}
    for seed in (0, 1):
        torch.manual_seed(seed)
        nets[f"seed {seed}"] = cw.Net.from_torchvision("resnet18", weights=None, preprocess=None)
        nets[f"seed {seed}"].module.eval()
    blocks = [f"layer{stage}.{block}" for stage in range(1, 5) for block in range(2)]
    report("2 resnet18, 8 blocks, 224 px", nets, Smooth(images), blocks, rounds, positions)


if __name__ == "__main__":
    main()
