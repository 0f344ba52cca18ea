"""Fewer positions of each image, where all of them would cost too much: some drawn at random, or their mean."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch

from convergent_widgets.compute.devices import moved
from convergent_widgets.compute.sampled import priority

Positions = str | int


def taken(maps: torch.Tensor, images: torch.Tensor, positions: Positions, seed: int) -> torch.Tensor:
    """The rows that count, as maps (N, C, rows, 1), of maps (N, C, h, w) of the images with indices (N,).

    `positions` "all" takes all of them, "pooled" their mean, and a number that many for each image: which ones
    follows from the seed and the image's index, is the same for all nets, and every position is as likely as another.
    """
    if positions == "all":
        return maps
    if positions == "pooled":
        return maps.mean(dim=(2, 3), keepdim=True)
    flat = maps.flatten(2)
    there = flat.shape[2]
    wanted = int(positions)
    if wanted >= there:
        return maps
    offsets = priority(images, seed) % there
    at = (offsets[:, None] + torch.arange(wanted, device=images.device)) % there
    places = moved(_shuffled(there, seed)[at], maps.device)
    return flat.gather(2, places[:, None].expand(-1, flat.shape[1], -1)).unsqueeze(3)


@lru_cache(maxsize=32)
def _shuffled(there: int, seed: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).permutation(there))
