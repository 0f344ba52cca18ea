"""A fair sample of the images that excite a unit at all: the strongest ones alone flatter it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from convergent_widgets.compute.kept_images import NONE, KeptImages
from convergent_widgets.compute.top import as_top

if TYPE_CHECKING:
    from convergent_widgets.records import Top

SAMPLE = 100
DECILES = 9


class SampledImages(KeptImages):
    """A random sample, without replacement, of the images that excite each unit, for the deciles of its activations.

    Each image has a pseudo-random priority that follows from `seed` and its index alone; of the images that excite a
    unit, the `SAMPLE` with the least priority are kept (bottom-k sampling: every such image is as likely as any other).
    """

    def __init__(self, units: int, width: int, seed: int, size: int = SAMPLE):
        super().__init__(units, size, width)
        self._seed = seed

    def compute(self) -> Top:
        """The sampled images at the deciles of each unit's positive activations, .9 first, in tables of all units.

        Images (C, 9), -1 where the sample is smaller than 9; positions (C, 9, 2); activations (C, 9). An activation
        here is an image's greatest.
        """
        activations, order = self._activations.cpu().sort(dim=1, descending=True, stable=True)
        images, positions = self._images.cpu().gather(1, order), self._positions.cpu().gather(1, order)
        found = (images != NONE).sum(dim=1, keepdim=True)
        step = torch.arange(1, min(DECILES, self.k) + 1, device="cpu")
        chosen = torch.where(found < DECILES, step - 1, step * found // (DECILES + 1)).clamp(max=self.k - 1)
        return as_top(activations.gather(1, chosen), images.gather(1, chosen), positions.gather(1, chosen), self.width)

    def _wanted(self, strongest: torch.Tensor, images: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        return priority(images, self._seed) < priority(self._images[:, -1:], self._seed)

    def _order(self, activations: torch.Tensor, images: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        return priority(images, self._seed).argsort(dim=1, stable=True)


def priority(images: torch.Tensor, seed: int) -> torch.Tensor:
    """A number for each image index, different for different ones, as if drawn at random; the greatest for NONE.

    The finalizer of SplitMix64 (Steele, Lea and Flood 2014), whose steps are one-to-one on 64 bits.
    """
    mixed = images + _signed(0x9E3779B97F4A7C15 * (seed + 1))
    mixed = (mixed ^ _shifted(mixed, 30)) * _signed(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ _shifted(mixed, 27)) * _signed(0x94D049BB133111EB)
    return torch.where(images == NONE, NONE, mixed ^ _shifted(mixed, 31))


def _shifted(values: torch.Tensor, bits: int) -> torch.Tensor:
    """Shifted right as unsigned numbers."""
    return (values >> bits) & ((1 << (64 - bits)) - 1)


def _signed(value: int) -> int:
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value
