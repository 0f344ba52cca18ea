"""Maps of different resolution on one grid."""

from __future__ import annotations

import torch
from torch.nn.functional import interpolate


def resized(maps: torch.Tensor, grid: tuple[int, int] | None) -> torch.Tensor:
    """Maps (N, C, h, w) on another grid, bilinear; vectors and tokens, which have none, stay as they are."""
    if grid is None or 1 in maps.shape[2:]:
        return maps
    return interpolate(maps, size=grid, mode="bilinear", align_corners=False)
