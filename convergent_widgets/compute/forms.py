"""The forms that a layer's output may have, and how each becomes maps (N, C, h, w)."""

from __future__ import annotations

from enum import Enum
from typing import Any

import torch
from torch import Tensor

__all__ = ["Form", "UnusableOutputError", "form_of", "to_maps"]


class Form(Enum):
    """Where the units of an output are."""

    VECTOR = "(N, C)"
    MAPS = "(N, C, H, W)"
    TOKENS = "(N, T, C)"
    CHANNELS_LAST = "(N, H, W, C)"


class UnusableOutputError(ValueError):
    """The output of a layer has no form from which units can be recorded."""


def form_of(name: str, output: Any, size: tuple[int, int], channels_last: bool | None) -> Form:
    """The form of a layer's output for one image of height and width `size`.

    `channels_last` is what the user said about 4-d outputs of this layer, None where nothing was said. Raises
    UnusableOutputError, naming the layer and its shape.
    """
    if not isinstance(output, Tensor):
        msg = f"layer {name!r} returns {_described(output)}, not a tensor; record a module inside or after it"
        raise UnusableOutputError(msg)
    shape = tuple(output.shape)
    if not output.is_floating_point():
        msg = f"layer {name!r} returns {output.dtype}, not real numbers"
        raise UnusableOutputError(msg)
    if 2 <= len(shape) <= 4 and shape[0] != 1:
        msg = (
            f"layer {name!r} returns shape {shape} for one image: its first dimension is not the image, so its units "
            f"cannot be recorded; record a module around it"
        )
        raise UnusableOutputError(msg)
    if len(shape) == 2:
        return Form.VECTOR
    if len(shape) == 3:
        return Form.TOKENS
    if len(shape) != 4:
        msg = (
            f"layer {name!r} returns shape {shape}; a layer must return (N, C), (N, C, H, W) or (N, T, C), "
            f"or (N, H, W, C) with the option channels_last"
        )
        raise UnusableOutputError(msg)
    if channels_last:
        return Form.CHANNELS_LAST
    if channels_last is None and _fits(shape[1:3], size, 1) and not _fits(shape[2:], size, 2):
        msg = (
            f"layer {name!r} returns shape {shape}, which looks like (N, H, W, C): say Net(..., channels_last=True), "
            f"or channels_last=[{name!r}] if only some are so, or channels_last=[] if it is (N, C, H, W) after all"
        )
        raise UnusableOutputError(msg)
    return Form.MAPS


def to_maps(output: Tensor, form: Form) -> Tensor:
    """A view of the output as (N, C, h, w)."""
    if form is Form.VECTOR:
        return output[:, :, None, None]
    if form is Form.TOKENS:
        return output.transpose(1, 2).unsqueeze(3)
    if form is Form.CHANNELS_LAST:
        return output.permute(0, 3, 1, 2)
    return output


def copied(output: Tensor, *, relu: bool) -> Tensor:
    """The output's values in memory of their own, rectified if asked; half precision becomes float32."""
    kept = output.detach()
    precise = kept.dtype if kept.dtype in {torch.float32, torch.float64} else torch.float32
    if relu:
        return kept.clamp(min=0).to(precise)
    return kept.to(precise, copy=True)


def _fits(grid: tuple[int, ...], size: tuple[int, int], border: int) -> bool:
    """Whether a grid has the aspect of the image: the same reduction in height and width, but for a border."""
    (rows, columns), (height, width) = grid, size
    if rows > height + border or columns > width + border:
        return False
    return abs(rows / height - columns / width) <= border * (1 / height + 1 / width) / 2


def _described(output: Any) -> str:
    if isinstance(output, tuple | list):
        return f"a {type(output).__name__} of {len(output)}"
    return f"a {type(output).__name__}"
