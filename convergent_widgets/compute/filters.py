"""First-layer filters: the weights of a convolution that reads the picture itself, for layers whose units are one each.

A unit's gradient tells: with respect to the picture it is the unit's filter, at one place and times a number, wherever
the unit is active. That holds after steps that act on each unit alone (batch normalisation, a rising nonlinearity, max
pooling), and after none that mixes units or averages places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import conv2d
from torch.overrides import TorchFunctionMode

if TYPE_CHECKING:
    from convergent_widgets.compute.activations import Recorder

DEVIATIONS = (1.0, 1.0, 10.0, 100.0)
SIDE = 64
"""Of the noise, where the net takes pictures as small as that: a filter is no larger."""
AT_ONCE = 16
ALIKE = 0.9999
ARGUMENTS = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
"""Those of `conv2d`, in order."""


def first_filters(recorder: Recorder, layer: str, example: Tensor) -> np.ndarray | None:
    """The filters (units, channels, height, width) float32 behind a layer; None where its units are not one each.

    Each is the convolution's weight, or its negative where the unit is active on the negative (batch normalisation of
    negative scale); the size of such a scale is left out. Decided on noise of the shape of `example`, the net's input
    (1, channels, H, W), of several deviations; a unit that none of it excites has its weight as it is.
    """
    try:
        return _found(recorder, layer, _noise(example[..., :SIDE, :SIDE]))
    except torch.cuda.OutOfMemoryError:
        raise
    except (RuntimeError, AssertionError, ValueError):  # a net that takes pictures of one size only
        return _found(recorder, layer, _noise(example))


def _noise(example: Tensor) -> Tensor:
    noise = torch.randn((len(DEVIATIONS), *example.shape[1:]), generator=torch.Generator().manual_seed(0), device="cpu")
    return (noise * torch.tensor(DEVIATIONS, device="cpu")[:, None, None, None]).to(example)


def _found(recorder: Recorder, layer: str, noise: Tensor) -> np.ndarray | None:
    with _Convolutions() as convolutions:
        maps = recorder.differentiable(layer, noise).detach()
    for weight, dilation in convolutions.found:
        if weight.shape[:2] == (maps.shape[1], noise.shape[1]):
            signs = _signs(recorder, layer, noise, _active(maps), weight, dilation)
            if signs is not None:
                return (signs[:, None, None, None] * weight).numpy()
    return None


class _Convolutions(TorchFunctionMode):
    """Notes the weight, float32 on the CPU, and the dilation of every convolution that runs."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[Tensor, Any]] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is conv2d:
            given = dict(zip(ARGUMENTS, args, strict=False)) | kwargs
            self.found.append((given["weight"].detach().float().cpu(), given.get("dilation", 1)))
        return func(*args, **kwargs)


def _active(maps: Tensor) -> Tensor:
    """Image, unit, row and column (n, 4) where units are half as active as they get, away from the border.

    Half, because where a unit is most active it may be saturated.
    """
    top, left = maps.shape[2] // 3, maps.shape[3] // 3
    inner = maps[:, :, top : maps.shape[2] - top, left : maps.shape[3] - left]
    distance = (inner - inner.amax((2, 3), keepdim=True) / 2).abs().masked_fill(inner <= 0, torch.inf).flatten(2)
    nearest, place = distance.min(2)
    image, unit = nearest.isfinite().nonzero().unbind(1)
    place = place[image, unit]
    return torch.stack([image, unit, top + place // inner.shape[3], left + place % inner.shape[3]], 1)


def _signs(
    recorder: Recorder, layer: str, noise: Tensor, active: Tensor, weight: Tensor, dilation: Any
) -> Tensor | None:
    """For each unit 1 or -1, by which its weight is to be multiplied; None where the weight is not its filter."""
    signs = torch.zeros(len(weight), device=weight.device)
    first, rest = active[:1], active[1:].split(AT_ONCE)
    for part in filter(len, (first, *rest)):  # most layers are refused by the first unit
        gradients = _gradients(recorder, layer, noise, part)
        if gradients is None:
            return None
        units = part[:, 1].cpu()
        for unit, gradient in zip(units, gradients, strict=True):
            if not gradient.any():
                continue
            alike = _likeness(gradient, weight[unit], dilation)
            if abs(alike) < ALIKE or alike * signs[unit] < 0:
                return None
            signs[unit] = alike.sign()
    return signs.masked_fill(signs == 0, 1) if signs.any() else None


def _gradients(recorder: Recorder, layer: str, noise: Tensor, active: Tensor) -> Tensor | None:
    """Gradients (n, channels, H, W) of units at places with respect to the picture; None where the net has none."""
    image, unit, row, column = active.unbind(1)
    pictures = noise[image].requires_grad_()
    maps = recorder.differentiable(layer, pictures.clone())
    chosen = maps[torch.arange(len(maps), device=maps.device), unit, row, column]
    try:
        (gradients,) = torch.autograd.grad(chosen.sum(), pictures)
    except torch.cuda.OutOfMemoryError:
        raise
    except RuntimeError:  # some step of the net cannot be differentiated
        return None
    return gradients.float().cpu()


def _likeness(gradient: Tensor, weight: Tensor, dilation: Any) -> Tensor:
    """Cosine of a gradient (channels, H, W), not all 0, with a filter (channels, height, width), where it is greatest.

    The filter slides over the gradient, and beyond the picture as far as it touches it: only the part inside counts.
    """
    spread = (dilation, dilation) if isinstance(dilation, int) else tuple(dilation)
    padding = [d * (size - 1) for d, size in zip(spread, weight.shape[1:], strict=True)]
    near = _near(gradient, *padding)[None]

    def slid(picture: Tensor, one: Tensor) -> Tensor:
        return conv2d(picture, one[None], padding=padding, dilation=spread).flatten()

    lengths = slid(torch.ones_like(near), weight**2).clamp(min=0).sqrt()
    cosines = slid(near, weight) / (lengths * near.norm())
    cosines = cosines.nan_to_num(0, 0, 0)  # only zeros of the filter inside
    return cosines[cosines.abs().argmax()]


def _near(gradient: Tensor, rows: int, columns: int) -> Tensor:
    """The part of a gradient (channels, H, W) that is not 0, with so many rows and columns around it that there are."""
    for dimension, margin in ((1, rows), (2, columns)):
        there = gradient.abs().amax([each for each in range(3) if each != dimension]).nonzero()
        start = max(int(there.min()) - margin, 0)
        gradient = gradient.narrow(
            dimension, start, min(int(there.max()) + 1 + margin, gradient.shape[dimension]) - start
        )
    return gradient
