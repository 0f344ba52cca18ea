"""Bin edges for mutual information, from a sample of the images, before the pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from convergent_widgets.compute.information import bin_edges
from convergent_widgets.compute.loading import batches
from convergent_widgets.compute.positions import taken
from convergent_widgets.compute.progress import told
from convergent_widgets.compute.resizing import resized

if TYPE_CHECKING:
    from convergent_widgets.compute.interrupts import Interrupt
    from convergent_widgets.compute.options import Options
    from convergent_widgets.compute.stage import Stage

IMAGES = 256
POOLED_IMAGES = 2048
ROWS = 8192
BINS = 10
MOST_BYTES = 4 * 2**30


def bins_of(stage: Stage, options: Options, interrupt: Interrupt) -> list[dict[str, np.ndarray]]:
    """The edges of all units' bins, for each layer by net, from up to 256 images and 8192 positions of them.

    Where positions are pooled, the edges are of the means of up to 2048 images. Which ones follows from the seed.
    Raises ValueError where the joint counts of a layer would take over 4 GB, and KeyboardInterrupt on Ctrl-C, when
    nothing is there yet to be kept.
    """
    _check_memory(stage)
    random = np.random.default_rng(options.seed)
    total = len(stage.source)
    pooled = options.positions == "pooled"
    chosen = np.sort(random.permutation(total)[: POOLED_IMAGES if pooled else IMAGES]).tolist()
    samples: list[dict[str, list[torch.Tensor]]] = [{net: [] for net in stage.nets} for _ in stage.planned]
    loaded = batches(
        stage.source,
        stage.preprocesses,
        chosen,
        batch_size=options.batch_size,
        workers=options.workers,
        pin=options.pin,
    )
    with told(options.progress, interrupt, "binning", len(chosen), unit="image") as tick:
        for batch in loaded:
            if interrupt:
                raise KeyboardInterrupt
            tick(len(batch.indices) + len(batch.skipped))
            maps = stage.record(stage.send(batch)) if len(batch.indices) else {}
            for layer, sample in zip(stage.planned, samples, strict=True):
                for net in maps:
                    values = resized(maps[net][layer.modules[net]], options.resize)
                    counted = taken(values, batch.indices, "pooled" if pooled else "all", options.seed)
                    sample[net].append(_rows(counted, -(-ROWS // len(chosen)), random))
    return [{net: bin_edges(torch.cat(rows), BINS) for net, rows in sample.items()} for sample in samples]


def _rows(maps: torch.Tensor, per_image: int, random: np.random.Generator) -> torch.Tensor:
    """Some positions of maps (N, C, h, w) as rows (N * positions, C); the same ones in each image of the batch.

    What is not finite becomes 0: the pass names its image.
    """
    flat = maps.flatten(2)
    places = torch.from_numpy(random.permutation(flat.shape[2])[:per_image]).to(maps.device)
    return flat[:, :, places].transpose(1, 2).flatten(0, 1).nan_to_num(0, 0, 0)


def _check_memory(stage: Stage) -> None:
    for layer in stage.planned:
        units = sum(stage.shapes[net][module][0] for net, module in layer.modules.items())
        needed = 4 * (units * (BINS - 1)) ** 2 / 2
        if needed > MOST_BYTES:
            raise ValueError(
                f"`mutual_information` would take {needed / 2**30:.0f} GB for layer {layer.label!r} with {units} units "
                "in all; leave it out, or compare fewer nets or narrower layers"
            )
