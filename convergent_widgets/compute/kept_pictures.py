"""After the pass: the pictures that any unit's top refers to, each read again and kept once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from convergent_widgets.analysis.threads import in_threads
from convergent_widgets.compute.loading import Preprocess, batches
from convergent_widgets.compute.pictures import in_range, stretched
from convergent_widgets.pictures import encode, shrink

if TYPE_CHECKING:
    from convergent_widgets.compute.images import ImageSource
    from convergent_widgets.compute.loading import Batch
    from convergent_widgets.records import Top

ENCODERS = 4


def as_picture(prepared: torch.Tensor) -> np.ndarray:
    """A prepared image (C, H, W) as people see it, (H, W, 3) uint8; stretched to [0, 1] where it reaches outside."""
    if not in_range(prepared):
        prepared = stretched(prepared)
    if len(prepared) != 3:
        prepared = prepared.mean(0, keepdim=True).expand(3, -1, -1)
    return prepared.mul(255).round().clamp(0, 255).byte().permute(1, 2, 0).numpy()


def keep_pictures(
    source: ImageSource,
    preprocess: Preprocess,
    images: Sequence[int],
    longest: int,
    *,
    batch_size: int,
    workers: int,
    tick: Callable[[int], object],
) -> dict[int, bytes]:
    """Encoded pictures of `images` by index, longest side at most `longest`; `tick(n)` after every n of them."""

    def encoded_batch(batch: Batch) -> dict[int, bytes]:
        if batch.skipped:
            raise ValueError(f"an image that was read before cannot be read again: {batch.skipped[0]}")
        pictures = zip(batch.indices.tolist(), batch.pictures[0], strict=True)
        return {index: encode(shrink(as_picture(prepared), longest)) for index, prepared in pictures}

    kept: dict[int, bytes] = {}
    read = batches(source, [preprocess], images, batch_size=batch_size, workers=workers)
    for encoded in in_threads(encoded_batch, read, ENCODERS):
        kept |= encoded
        tick(len(encoded))
    return kept


def shown_images(tables: Sequence[Mapping[str, Top]], nets: Sequence[str]) -> list[int]:
    """The images in these tables that any unit of these nets is shown by, ascending."""
    images = np.unique(np.concatenate([table[net].images.ravel() for table in tables for net in nets]))
    return images[images >= 0].tolist()
