"""Part `pass`: what compare() costs beside the bare forward passes of the same nets on the same loader."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tasks import BLOCKS, Run, Smooth, compare, forward, random_nets
from timing import Table, ratio, seconds

from convergent_widgets.compute.freed_memory import freed_memory_kept


@dataclass(frozen=True)
class Task:
    """Nets, images and the variants (positions, patches) of compare() to run on them."""

    architecture: str
    nets: int
    images: int
    layers: Sequence[str]
    variants: Sequence[tuple[str | int, int]] = (("all", 0), ("all", 9))
    side: int = 224
    rounds: int = 1


ALEXNET = ["features.1", "features.4", "features.7", "features.9", "features.11"]
RESNET50 = ["layer1.2", "layer2.3", "layer4.2.conv2"]
VIT = ["encoder.layers.encoder_layer_11"]
QUICK = [Task("resnet18", 2, 4, ["layer1.0", "layer1.1"], (("all", 0), ("all", 9), (16, 9)), 32, 2)]
FULL = [
    Task("resnet18", 2, 1024, BLOCKS, (("all", 0), ("all", 9), (16, 9))),
    Task("resnet18", 4, 1024, BLOCKS),
    Task("alexnet", 2, 256, ALEXNET),
    Task("alexnet", 4, 256, ALEXNET),
    Task("resnet50", 2, 64, RESNET50),
    Task("resnet50", 4, 64, RESNET50),
    Task("vit_b_16", 2, 32, VIT),
    Task("vit_b_16", 4, 32, VIT),
]


def rows(task: Task) -> list[list[float | int | str]]:
    nets, images = random_nets(task.architecture, task.nets), Smooth(task.images, task.side)
    warm = Smooth(2, task.side)
    forward(nets, warm)
    bare: list[float] = []
    kept: list[float] = []
    runs: dict[tuple[str | int, int], list[Run]] = {variant: [] for variant in task.variants}
    for _ in range(task.rounds):
        bare.append(seconds(lambda: forward(nets, images))[0])
        with freed_memory_kept():
            kept.append(seconds(lambda: forward(nets, images))[0])
        for (positions, patches), own in runs.items():
            own.append(compare(nets, images, task.layers, positions=positions, patches=patches))
    what = f"{task.nets} {task.architecture}, {len(task.layers)} layers"
    return [
        [
            what,
            task.images,
            str(positions),
            patches,
            statistics.median(bare),
            statistics.median(run.total for run in own),
            ratio([run.total for run in own], bare),
            ratio([run.total for run in own], kept),
            ratio([run.total - run.finishing for run in own], bare),
            statistics.median(run.finishing for run in own),
        ]
        for (positions, patches), own in runs.items()
    ]


def tables(quick: bool) -> list[Table]:
    tasks = QUICK if quick else FULL
    compare(random_nets("resnet18", 2), Smooth(2, 32), BLOCKS[:1])  # imports, and what is made once
    return [
        Table(
            "compare() over bare forward passes",
            f"{tasks[0].side} px, random weights. The pass reads the images and runs the nets; the finish (pictures, "
            "matchings, rotation baselines) does not grow with the images beyond those that are kept. The second ratio "
            "is over bare passes that keep freed memory as compare() does.",
            [
                "nets",
                "images",
                "positions",
                "patches",
                "bare, s",
                "compare(), s",
                "ratio",
                "over bare, memory kept",
                "pass alone",
                "finish, s",
            ],
            [row for task in tasks for row in rows(task)],
        )
    ]
