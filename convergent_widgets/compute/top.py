"""The strongest images of every unit."""

from __future__ import annotations

import torch

from convergent_widgets.compute.kept_images import NONE, KeptImages
from convergent_widgets.records import Top


class TopImages(KeptImages):
    """The `k` images that excite each unit most.

    Ties go to the lower image index, then to the lower position.
    """

    def compute(self) -> Top:
        """Tables of all units: images (C, k), -1 where a unit has no more; positions (C, k, 2); activations (C, k)."""
        return as_top(self._activations.cpu(), self._images.cpu(), self._positions.cpu(), self.width)

    def _wanted(self, strongest: torch.Tensor, images: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        return strongest >= self._activations[:, -1:]

    def _order(self, activations: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
        by_image = images.argsort(dim=1)
        return by_image.gather(1, activations.gather(1, by_image).argsort(dim=1, descending=True, stable=True))


def as_top(activations: torch.Tensor, images: torch.Tensor, positions: torch.Tensor, width: int) -> Top:
    """Kept images (C, k) as a Top: NONE becomes -1, a position its row and column."""
    missing = images == NONE
    return Top(
        images.masked_fill(missing, -1).numpy(),
        torch.stack([positions // width, positions % width], dim=2).numpy(),
        activations.masked_fill(missing, 0.0).numpy(),
    )
