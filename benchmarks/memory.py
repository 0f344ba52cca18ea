"""Peak memory of compare() as the images grow in number; each run is a process of its own.

    python benchmarks/memory.py [--images 1024 4096]

Two resnet18 of random weights, all 8 blocks, every position, generated images of 96 pixels; beside it what the process
holds before the run.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

import convergent_widgets as cw

SIDE = 96
BLOCKS = [f"layer{stage}.{block}" for stage in range(1, 5) for block in range(2)]


class Noise:
    """Generated pictures with coarse structure."""

    name = "generated images"

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        random = torch.Generator().manual_seed(index)
        coarse = torch.rand(1, 3, 8, 8, generator=random)
        return torch.nn.functional.interpolate(coarse, size=SIDE, mode="bilinear")[0].mul(255).byte()


def peak():
    """Greatest resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def run(count, patches):
    """One run, and the peaks before and after it."""
    nets = {}
    for seed in (0, 1):
        torch.manual_seed(seed)
        nets[f"seed {seed}"] = cw.Net.from_torchvision("resnet18", weights=None, preprocess=None)
    before = peak()
    comparison = cw.compare(nets, Noise(count), BLOCKS, patches=patches, device="cpu", progress=False)
    with tempfile.TemporaryDirectory() as folder:
        comparison.save(Path(folder) / "result.npz")
    print(f"{before:.0f} {peak():.0f}")


def main():
    """Start a process for each number of images."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, nargs="+", default=[1024, 4096])
    parser.add_argument("--run", type=int, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run(*options.run)
        return
    for patches in (0, 9):
        peaks = []
        for count in options.images:
            command = [sys.executable, __file__, "--run", str(count), str(patches)]
            before, after = map(int, subprocess.check_output(command, text=True).split())
            peaks.append(after)
            print(
                f"patches {patches}, {count:6} images: {before} MB before the run, {after} MB at its peak", flush=True
            )
        print(f"patches {patches}: greatest over least {max(peaks) / min(peaks):.2f}")


if __name__ == "__main__":
    main()
