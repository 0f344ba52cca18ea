"""A few images of every unit, kept while the pass goes by: index, position and activation, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import numpy as np
import torch

from convergent_widgets.compute.devices import home_of

NONE = torch.iinfo(torch.int64).max


class KeptImages:
    """For each of `units` units at most `k` images that excite it, at most one position (the strongest) per image.

    Which ones is for a subclass to say, by `_wanted` (could this image be among them) and `_order` (the best first),
    from activation and image index alone; so any batching, order and merging gives the same. `width` is the number of
    columns of the layer's maps. Memory: three numbers per unit and image kept.
    """

    def __init__(self, units: int, k: int, width: int):
        self.k, self.width = k, width
        self._activations = torch.full((units, k), -torch.inf, dtype=torch.float32, device="cpu")
        self._images = torch.full((units, k), NONE, dtype=torch.int64, device="cpu")
        self._positions = torch.zeros((units, k), dtype=torch.int64, device="cpu")

    def update(self, maps: torch.Tensor, images: torch.Tensor, strongest: torch.Tensor | None = None) -> None:
        """Add maps (N, units, height, width) of the images with indices (N,), each image once.

        `strongest` (units, N) are their maxima, where the caller knows them already.
        """
        if not self.k or not len(images):
            return
        flat = maps.flatten(2)
        strongest = maxima(maps) if strongest is None else strongest
        home = home_of(maps.device)
        strongest, images = strongest.to(home), images.to(home)
        self._to(home)
        wanted = (strongest > 0) & self._wanted(strongest, images)
        rows = self._rows(wanted)
        if not len(rows):
            return
        wanted = wanted[rows]
        numbers = torch.where(wanted, images, NONE)
        candidates = torch.where(wanted, strongest[rows], -torch.inf)
        self._keep(rows, candidates, numbers, torch.full_like(numbers, -1))
        self._locate(flat, images)

    def merge(self, other: Self) -> None:
        """Add what `other` found, which is left as it was."""
        if type(other) is not type(self) or other._images.shape != self._images.shape:
            raise ValueError(f"cannot merge kept images {tuple(other._images.shape)} into {tuple(self._images.shape)}")
        device = self._activations.device
        found = (values.to(device) for values in (other._activations, other._images, other._positions))
        self._keep(torch.arange(len(self._images), device=device), *found)

    def state(self) -> dict[str, np.ndarray]:
        """All that was kept, as arrays; `restore` continues from it."""
        return {
            "activations": self._activations.cpu().numpy().copy(),
            "images": self._images.cpu().numpy().copy(),
            "positions": self._positions.cpu().numpy().copy(),
        }

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Take over what `state` gave."""
        self._activations = torch.from_numpy(state["activations"].copy())
        self._images = torch.from_numpy(state["images"].copy())
        self._positions = torch.from_numpy(state["positions"].copy())

    def _rows(self, wanted: torch.Tensor) -> torch.Tensor:
        """The units for which any image is wanted (units, N); on a GPU all units, since to ask takes longer."""
        if wanted.device.type != "cpu":
            return torch.arange(len(wanted), device=wanted.device)
        return wanted.any(dim=1).nonzero().squeeze(1)

    def _wanted(self, strongest: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
        """Which images (N,) with these maxima (units, N) may be among the k, (units, N) or what broadcasts to it."""
        raise NotImplementedError

    def _order(self, activations: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
        """The best first along dimension 1, as indices; image NONE goes last."""
        raise NotImplementedError

    def _keep(
        self, rows: torch.Tensor, activations: torch.Tensor, images: torch.Tensor, positions: torch.Tensor
    ) -> None:
        """Keep the k best of what these rows have and are offered."""
        activations = torch.cat([self._activations[rows], activations], dim=1)
        images = torch.cat([self._images[rows], images], dim=1)
        positions = torch.cat([self._positions[rows], positions], dim=1)
        best = self._order(activations, images)[:, : self.k]
        self._activations[rows] = activations.gather(1, best)
        self._images[rows] = images.gather(1, best)
        self._positions[rows] = positions.gather(1, best)

    def _locate(self, flat: torch.Tensor, images: torch.Tensor) -> None:
        """Find the position of the maximum for the images of this batch that were kept."""
        new = (self._positions < 0) & (self._images != NONE)
        order = images.argsort()
        if new.device.type == "cpu":
            unit, place = new.nonzero(as_tuple=True)
            within = order[torch.searchsorted(images[order], self._images[unit, place])]
            found = flat[within.to(flat.device), unit.to(flat.device)].argmax(dim=1)
            self._positions[unit, place] = found.to(unit.device)
        else:  # all that is kept is looked up, which takes less than to ask a GPU what is new
            within = order[torch.searchsorted(images[order], self._images).clamp_(max=len(images) - 1)]
            unit = torch.arange(len(within), device=within.device)[:, None]
            self._positions = torch.where(new, flat[within, unit].argmax(dim=2), self._positions)
        self._positions.clamp_(min=0)

    def _to(self, device: torch.device) -> None:
        if self._activations.device != device:
            self._activations, self._images, self._positions = (
                values.to(device) for values in (self._activations, self._images, self._positions)
            )


def maxima(maps: torch.Tensor) -> torch.Tensor:
    """The greatest activation of each unit in each image, (units, N) float32."""
    return maps.flatten(2).amax(dim=2).t().float()
