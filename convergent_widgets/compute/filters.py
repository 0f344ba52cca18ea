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
    noise = torch.randn((len(DEVIATIONS), *example.shape[1:]), generator=torch.Generator().manual_seed(0))
    noise = (noise * torch.tensor(DEVIATIONS)[:, None, None, None]).to(example)
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
    signs = torch.zeros(len(weight))
    for start in range(0, len(active), AT_ONCE):
        part = active[start : start + AT_ONCE]
        gradients = _gradients(recorder, layer, noise, part)
        if gradients is None:
            return None
        units = part[:, 1].cpu()
        for unit, gradient, alike in zip(units, gradients, _likeness(gradients, weight[units], dilation), strict=True):
            if not gradient.any():
                continue
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
    except RuntimeError:  # some step of the net cannot be differentiated
        return None
    return gradients.float().cpu()


def _likeness(gradients: Tensor, weights: Tensor, dilation: Any) -> Tensor:
    """Cosine (n,) of gradients (n, channels, H, W) with filters (n, channels, height, width), where it is greatest.

    The filters slide over the picture, and beyond it as far as they touch it: only the part inside counts.
    """
    count, channels = weights.shape[:2]
    spread = (dilation, dilation) if isinstance(dilation, int) else tuple(dilation)
    padding = [d * (size - 1) for d, size in zip(spread, weights.shape[2:], strict=True)]

    def slid(pictures: Tensor, filters: Tensor) -> Tensor:
        flat = pictures.reshape(1, count * channels, *pictures.shape[2:])
        return conv2d(flat, filters, padding=padding, dilation=spread, groups=count)[0].flatten(1)

    lengths = slid(torch.ones_like(gradients), weights**2).clamp(min=0).sqrt()
    cosines = slid(gradients, weights) / (lengths * gradients.flatten(1).norm(dim=1, keepdim=True))
    cosines = cosines.nan_to_num(0, 0, 0)  # no gradient, or only zeros of the filter inside
    return cosines.gather(1, cosines.abs().argmax(1, keepdim=True))[:, 0]
