"""What in a patch drives a unit: integrated gradients of its activation, for its strongest images.

Integrated gradients (Sundararajan, Taly and Yan 2017) rather than deconvolution (Zeiler and Fergus 2014) or guided
backpropagation: those change the backward pass of ReLU modules, so they do nothing for a functional ReLU and are not
defined for GELU or attention. Integrated gradients take any differentiable net as it is, and in the limit of many steps
are complete: over the picture they sum to the activation less that for a black picture. The integral is taken by
Gauss-Legendre quadrature; with its 16 steps that sum is missed by up to some 10 % on pictures of 224 px. The library is
Captum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from convergent_widgets.compute.loading import batches
from convergent_widgets.fields import as_box
from convergent_widgets.pictures import cut, encode, shrunk

if TYPE_CHECKING:
    from convergent_widgets.compute.options import Options
    from convergent_widgets.compute.stage import Stage
    from convergent_widgets.fields import Field
    from convergent_widgets.records import Top

STEPS = 16
PAIRS = 64
AT_ONCE = 256
"""The most pictures in one pass through a net, whatever the batch size."""
NOTHING = 128

Encoded = dict[int, bytes]


def attribute(
    stage: Stage,
    tops: Sequence[Mapping[str, Top]],
    fields: Mapping[str, Mapping[str, Field]],
    images: Sequence[Sequence[int]],
    options: Options,
    tick: Callable[[int], object],
) -> list[dict[str, Encoded]]:
    """For each layer and net the encoded attributions by unit * k + place in its top images.

    `images` are those to work on, for each preprocessing of the stage.

    An attribution is one grey value per pixel of the patch, 128 for none, scaled so that the greatest magnitude in the
    patch is 127; all of one that is zero everywhere is 128. `tick(n)` after every n images.
    """
    found: list[dict[str, Encoded]] = [{net: {} for net in top} for top in tops]
    for number, (preprocess, own) in enumerate(zip(stage.preprocesses, images, strict=True)):
        nets = stage.shown(number)
        for batch in batches(
            stage.source,
            [preprocess],
            own,
            batch_size=options.batch_size,
            workers=options.workers,
            pin=options.pin,
        ):
            for net in nets:
                inputs = stage.input(net, batch.pictures[0])
                black = stage.input(net, torch.zeros_like(batch.pictures[0][:1]))
                for layer, top, kept in zip(stage.planned, tops, found, strict=True):
                    module = layer.modules[net]
                    for place, values in _attributions(
                        stage, net, module, top[net], batch.indices, inputs, black, options.batch_size
                    ):
                        kept[net][place] = _encoded(values, top[net], place, fields[net][module], options.picture_size)
            tick(len(batch.indices))
    return found


def integrated_gradients(
    activation: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    inputs: torch.Tensor,
    black: torch.Tensor,
    which: torch.Tensor,
    at_once: int = AT_ONCE,
) -> torch.Tensor:
    """Attribution of `activation(inputs (N, C, H, W), which (N, 3))` (N,) to each pixel, (N, H, W): channels summed.

    `activation` is asked about at most `at_once` pictures at a time, of which N must not be more.
    """
    from captum.attr import IntegratedGradients

    attributed = IntegratedGradients(activation).attribute(
        inputs,
        baselines=black,
        additional_forward_args=which,
        n_steps=STEPS,
        internal_batch_size=at_once,
    )
    return attributed.detach().sum(dim=1)


def _attributions(
    stage: Stage,
    net: str,
    module: str,
    top: Top,
    images: torch.Tensor,
    inputs: torch.Tensor,
    black: torch.Tensor,
    batch_size: int,
) -> list[tuple[int, np.ndarray]]:
    """For the units whose strongest images are in this batch: place (unit * k + rank) and attribution (H, W)."""
    numbers = images.numpy()
    units, ranks = np.isin(top.images, numbers).nonzero()
    order = numbers.argsort()
    rows = order[np.searchsorted(numbers[order], top.images[units, ranks])]

    def activation(pictures: torch.Tensor, which: torch.Tensor) -> torch.Tensor:
        unit, row, column = which.unbind(1)
        maps = stage.recorders[net].differentiable(module, pictures)
        return maps[torch.arange(len(maps), device=maps.device), unit, row, column]

    found: list[tuple[int, np.ndarray]] = []
    at_once = min(AT_ONCE, batch_size)
    pairs = min(PAIRS, at_once)
    for start in range(0, len(units), pairs):
        part = slice(start, start + pairs)
        which = np.column_stack([units[part], top.positions[units[part], ranks[part]]])
        values = integrated_gradients(
            activation,
            inputs[torch.from_numpy(rows[part]).to(inputs.device)],
            black,
            torch.from_numpy(which).to(inputs.device),
            at_once,
        )
        places = units[part] * top.images.shape[1] + ranks[part]
        found += zip(places.tolist(), values.cpu().numpy(), strict=True)
    return found


def _encoded(values: np.ndarray, top: Top, place: int, field: Field, longest: int) -> bytes:
    """The part of an attribution (H, W) that the unit sees, as a grey picture as large as its patch."""
    unit, rank = divmod(place, top.images.shape[1])
    height, width = values.shape
    box = as_box(np.array(field.box(tuple(top.positions[unit, rank].tolist()), height, width)))
    patch = cut(values, box, 0)
    small = shrunk(height, width, longest)
    if small != (height, width):
        sides = zip(patch.shape, small, values.shape, strict=True)
        down, across = (_averaging(side, max(round(side * to / of), 1)) for side, to, of in sides)
        patch = down @ patch @ across.T
    greatest = np.abs(patch).max()
    if greatest > 0:
        patch = patch / greatest
    grey = np.rint(patch * 127 + NOTHING).astype(np.uint8)
    return encode(np.repeat(grey[..., None], 3, axis=2), lossless=True)


def _averaging(side: int, to: int) -> np.ndarray:
    """The matrix (to, side) that averages `side` pixels over `to` equal stretches, which may cut a pixel."""
    pixels, edges = np.arange(side), np.linspace(0, side, to + 1)
    overlaps = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return overlaps.clip(0) * to / side
