"""Activations as they are given: checked once, then brought to torch block by block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
import torch

Array: TypeAlias = torch.Tensor | np.ndarray


def checked(given: Mapping[str, Array], axes: tuple[str, ...]) -> dict[str, Array]:
    """What was given for each net, as tensors and numpy arrays of real numbers with these axes.

    Raises TypeError for what is no mapping and for what is not real numbers, ValueError for other axes and for
    several devices.
    """
    if not isinstance(given, Mapping):
        raise TypeError(f"activations must map each net to an array, got {type(given).__name__}")
    arrays = {net: values if isinstance(values, torch.Tensor) else np.asarray(values) for net, values in given.items()}
    for net, values in arrays.items():
        if values.ndim != len(axes):
            raise ValueError(f"activations of {net!r} must be ({', '.join(axes)}), got shape {tuple(values.shape)}")
        if not _is_real(values):
            raise TypeError(f"activations of {net!r} must be real numbers, got {values.dtype}")
    devices = {net: device_of(values) for net, values in arrays.items()}
    if len(set(devices.values())) > 1:
        raise ValueError(f"the activations of all nets must be on one device, got {devices}")
    return arrays


def device_of(values: Array) -> str:
    """Where the values lie: "cpu", "cuda:0", ..."""
    return str(values.device) if isinstance(values, torch.Tensor) else "cpu"


def as_tensor(values: Array) -> torch.Tensor:
    """The same values in torch; shared with numpy where torch can share them, and never written to."""
    if isinstance(values, torch.Tensor):
        return values
    shareable = values.flags.writeable and min(values.strides) >= 0
    return torch.from_numpy(values if shareable else values.copy())


def fits_float32(dtype: torch.dtype) -> bool:
    """Whether float32 holds every value of this type exactly."""
    return dtype.itemsize <= (4 if dtype.is_floating_point else 2)


def _is_real(values: Array) -> bool:
    return not values.is_complex() if isinstance(values, torch.Tensor) else values.dtype.kind in "biuf"
