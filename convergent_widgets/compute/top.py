"""Streaming top images of every unit: index, position and activation of the strongest, nothing else."""

from __future__ import annotations

import torch

from convergent_widgets.records import Top

_NONE = torch.iinfo(torch.int64).max


class TopImages:
    """The `k` images that excite each of `units` units most, at most one position per image, activations above 0.

    Ties go to the lower image index, then to the lower position, so any batching, order and merging gives the same.
    `width` is the number of columns of the layer's maps. Memory: three numbers per unit and image kept.
    """

    def __init__(self, units: int, k: int, width: int):
        self.k, self.width = k, width
        self._activations = torch.full((units, k), -torch.inf)
        self._images = torch.full((units, k), _NONE, dtype=torch.int64)
        self._positions = torch.zeros((units, k), dtype=torch.int64)

    def update(self, maps: torch.Tensor, images: torch.Tensor) -> None:
        """Add maps (N, units, height, width) of the images with indices (N,), each image once."""
        flat = maps.flatten(2)
        strongest = flat.amax(dim=2).t().float()
        self._to(maps.device)
        weakest = self._activations[:, -1:]
        rows = ((strongest > 0) & (strongest >= weakest)).any(dim=1).nonzero().squeeze(1)
        if not len(rows):
            return
        candidates = strongest[rows]
        numbers = images.to(maps.device).expand(len(rows), -1)
        numbers = torch.where(candidates > 0, numbers, _NONE)
        candidates = torch.where(candidates > 0, candidates, -torch.inf)
        unknown = torch.full_like(numbers, -1)
        self._keep(rows, candidates, numbers, unknown)
        self._locate(flat, images.to(maps.device))

    def merge(self, other: TopImages) -> None:
        """Add what `other` found, which is left as it was."""
        if other._images.shape != self._images.shape:
            raise ValueError(f"cannot merge top images {tuple(other._images.shape)} into {tuple(self._images.shape)}")
        device = self._activations.device
        found = (values.to(device) for values in (other._activations, other._images, other._positions))
        self._keep(torch.arange(len(self._images), device=device), *found)

    def compute(self) -> Top:
        """Tables of all units: images (C, k), -1 where a unit has no more; positions (C, k, 2); activations (C, k)."""
        images, positions = self._images.cpu(), self._positions.cpu()
        missing = images == _NONE
        return Top(
            images.masked_fill(missing, -1).numpy(),
            torch.stack([positions // self.width, positions % self.width], dim=2).numpy(),
            self._activations.cpu().masked_fill(missing, 0.0).numpy(),
        )

    def _keep(
        self, rows: torch.Tensor, activations: torch.Tensor, images: torch.Tensor, positions: torch.Tensor
    ) -> None:
        """Keep the k best of what these rows have and are offered: by activation, then by image."""
        activations = torch.cat([self._activations[rows], activations], dim=1)
        images = torch.cat([self._images[rows], images], dim=1)
        positions = torch.cat([self._positions[rows], positions], dim=1)
        by_image = images.argsort(dim=1)
        order = activations.gather(1, by_image).argsort(dim=1, descending=True, stable=True)
        best = by_image.gather(1, order)[:, : self.k]
        self._activations[rows] = activations.gather(1, best)
        self._images[rows] = images.gather(1, best)
        self._positions[rows] = positions.gather(1, best)

    def _locate(self, flat: torch.Tensor, images: torch.Tensor) -> None:
        """Find the position of the maximum for the images of this batch that were kept."""
        unit, place = ((self._positions < 0) & (self._images != _NONE)).nonzero(as_tuple=True)
        order = images.argsort()
        within = order[torch.searchsorted(images[order], self._images[unit, place])]
        self._positions[unit, place] = flat[within, unit].argmax(dim=1)
        self._positions.clamp_(min=0)

    def _to(self, device: torch.device) -> None:
        if self._activations.device != device:
            self._activations, self._images, self._positions = (
                values.to(device) for values in (self._activations, self._images, self._positions)
            )
