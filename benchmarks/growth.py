"""Part `growth`: time and memory of compare() with images, units and nets; each point is a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tasks import BLOCKS, Smooth, compare, forward, random_nets
from timing import Table, alone, peak_memory, seconds
from torch import nn

import convergent_widgets as cw

POSITIONS_SIDE = 4
COLUMNS = ["images", "units", "nets", "bare, s", "pass, s", "finish, s", "ratio", "peak, MB", "peak over the first"]


def wide_nets(units: int, count: int) -> dict[str, cw.Net]:
    """Nets of a convolution to 64 channels and one to so many units, on a grid of 4 x 4."""
    nets = {}
    for seed in range(count):
        torch.manual_seed(seed)
        module = nn.Sequential(
            nn.Conv2d(3, 64, 4, stride=4),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(POSITIONS_SIDE),
            nn.Conv2d(64, units, 3, padding=1),
            nn.ReLU(),
        )
        nets[f"seed {seed}"] = cw.Net(module.eval(), normalize=(0.5, 0.25))
    return nets


def short_nets(count: int) -> dict[str, cw.Net]:
    """resnet18 without its last stage, so that the bare pass ends where the compared layers do."""
    nets = random_nets("resnet18", count)
    for net in nets.values():
        net.module.layer4, net.module.fc = nn.Identity(), nn.Identity()
    return nets


def point(
    kind: str, images: int, units: int, nets: int, side: int, blocks: Sequence[str] = BLOCKS
) -> list[float | int]:
    """One line of a table, all but the last column."""
    if kind == "units":
        made, layers = wide_nets(units, nets), ["4"]
    elif kind == "nets":
        made, layers = short_nets(nets), ["layer1.1", "layer2.1", "layer3.1"]
    else:
        made, layers = random_nets("resnet18", nets), blocks
    compare(wide_nets(8, 2), Smooth(2, side), ["4"])  # imports, and what is made once
    forward(made, Smooth(2, side))
    run = compare(made, Smooth(images, side), layers, patches=9)
    peak = peak_memory()
    bare, _ = seconds(lambda: forward(made, Smooth(images, side)))
    return [images, units, nets, bare, run.total - run.finishing, run.finishing, run.total / bare, peak]


FULL = {
    "images": [(count, 512, 2, 64) for count in (1024, 2048, 4096)],
    "units": [(1024, units, 2, 32) for units in (64, 128, 256, 512, 1024, 2048)],
    "nets": [(512, 256, nets, 64) for nets in (2, 4, 8)],
}
QUICK = {
    "images": [(count, 512, 2, 32) for count in (4, 8)],
    "units": [(64, units, 2, 32) for units in (8, 16)],
    "nets": [(4, 256, nets, 32) for nets in (2, 3)],
}
NOTES = {
    "images": "2 resnet18, 8 blocks of 64 to 512 units, 64 px, every position, patches on.",
    "units": "Nets of two convolutions, one layer of so many units, 16 positions of each image, patches on.",
    "nets": "resnet18 without its last stage, 3 layers of 64 to 256 units, 64 px, patches on.",
}


def tables(quick: bool) -> list[Table]:
    found = []
    for kind, points in (QUICK if quick else FULL).items():
        rows = []
        for images, units, nets, side in points:
            arguments = {"kind": kind, "images": images, "units": units, "nets": nets, "side": side}
            # small sizes need no process of their own, whose start would take most of the time
            rows.append(point(**arguments, blocks=BLOCKS[:2]) if quick else alone(point, **arguments))
        first = rows[0][-1]
        found.append(Table(f"Growth with {kind}", NOTES[kind], COLUMNS, [[*row, row[-1] / first] for row in rows]))
    return found


def plot(tables: Sequence[Table], folder: Path) -> list[Path]:
    """A picture of each table, growth_*.svg."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    written = []
    for kind, table in zip(FULL, tables, strict=True):
        counts = [row[list(FULL).index(kind)] for row in table.rows]
        figure = Figure(figsize=(7, 2.8), layout="constrained")
        times, memory = figure.subplots(1, 2)
        for column in ("bare, s", "pass, s", "finish, s"):
            times.plot(counts, [row[COLUMNS.index(column)] for row in table.rows], "o-", label=column[:-3], ms=4)
        memory.plot(counts, [row[COLUMNS.index("peak, MB")] for row in table.rows], "o-", color="0.3", ms=4)
        for axes, what in ((times, "seconds"), (memory, "peak memory, MB")):
            axes.set_xlabel(kind)
            axes.set_ylabel(what)
            axes.set_ylim(0, 1.1 * axes.get_ylim()[1])
            axes.set_xticks(counts if len(counts) < 5 else counts[2:])
            axes.spines[["top", "right"]].set_visible(False)
        times.legend(frameon=False)
        path = folder / f"growth_{kind}.svg"
        with mpl.rc_context({"svg.hashsalt": kind}):
            figure.savefig(path, metadata={"Date": None})
        written.append(path)
    return written
