"""What layers return for one image, in a few numbers: whether two runs compute the same, wherever they do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from convergent_widgets.compute.activations import Recorder

Sketch = list[float] | str

SKETCHED = 4  # projections of a layer's maps
TOLERANCE = 1e-3  # of the root mean square of a layer's maps; what rounds otherwise in float32 differs by some 1e-6
ROUNDINGS = 16  # for nets of half precision, whose maps differ by some 4 times the spacing of their numbers


def sketches(recorder: Recorder, example: torch.Tensor) -> dict[str, Sketch]:
    """What each layer returns for the input (1, C, H, W), in a few numbers: see `_sketch`.

    In full precision whatever the run's, since devices differ less then. The net runs twice: a layer that draws at
    random must not be taken for another one.
    """
    tolerance = _tolerance(recorder.net.module)
    once, again = recorder.record(example), recorder.record(example)
    return {name: _sketch(_values(once[name]), _values(again[name]), tolerance) for name in once}


def other_values(mine: Sketch, other: Sketch, places: tuple[str, str]) -> str:
    """In words how far two sketches differ, "" where that is no more than devices do."""
    if isinstance(mine, str) or isinstance(other, str):
        return "" if mine == other else f"{_state(other)} {places[1]}, {_state(mine)} {places[0]}"
    return _far(mine, other)


def _sketch(once: np.ndarray, again: np.ndarray, tolerance: float) -> Sketch:
    """The tolerance, the root mean square of n values, and their projections on normal vectors over sqrt(n).

    Two layers' projections differ like normal numbers whose deviation is the root mean square of the difference of
    the layers (the estimate behind Johnson and Lindenstrauss 1984), so any difference of values shows, also one that
    keeps mean and deviation. Words instead where values are not finite, or not the same in two passes.
    """
    if not np.isfinite(once).all():
        return "not finite"
    size = math.sqrt(float(np.square(once).mean()))
    if not np.abs(once - again).max() <= tolerance * size:
        return "drawn at random"
    random = np.random.default_rng(0)
    projections = [float(random.standard_normal(once.size) @ once) for _ in range(SKETCHED)]
    return [tolerance, size, *(projection / math.sqrt(once.size) for projection in projections)]


def _state(sketch: Sketch) -> str:
    return sketch if isinstance(sketch, str) else "always the same"


def _far(mine: Sequence[float], other: Sequence[float]) -> str:
    tolerance, size = max(mine[0], other[0]), max(mine[1], other[1])
    distances = [abs(one - two) for one, two in zip(mine[1:], other[1:], strict=True)]
    if max(distances) <= tolerance * size:
        return ""
    return f"they differ by some {math.sqrt(sum(d * d for d in distances[1:]) / SKETCHED) / size:.2g} of their size"


def _values(maps: torch.Tensor) -> np.ndarray:
    return maps.cpu().double().flatten().numpy()


def _tolerance(module: torch.nn.Module) -> float:
    """Of the size of a layer's maps: more where the net itself is of half precision."""
    kinds = {tensor.dtype for tensor in [*module.parameters(), *module.buffers()] if tensor.is_floating_point()}
    return max([TOLERANCE, *(ROUNDINGS * torch.finfo(kind).eps for kind in kinds)])
