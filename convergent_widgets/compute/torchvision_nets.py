"""torchvision's classification nets: presets split into geometry and normalisation, weights by name or from a file."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from enum import Enum
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.transforms import InterpolationMode, functional

from convergent_widgets.choices import closest

from .checkpoints import load_into

__all__ = ["Geometry", "build"]

RANDOM = "random"


@dataclass(frozen=True)
class Geometry:
    """Resize the shorter side, crop the middle: the part of a torchvision preset that decides what a picture shows.

    Two of them with the same numbers are equal, so that nets with the same preset share their pictures.
    """

    resize: tuple[int, ...]
    crop: tuple[int, ...]
    interpolation: str = "bilinear"
    antialias: bool = True

    @property
    def crop_size(self) -> tuple[int, int]:
        """Height and width of the result."""
        return self.crop[0], self.crop[-1]

    def __call__(self, image: Any) -> Tensor:
        """Float (C, H, W) in [0, 1] from a PIL image or a tensor (C, H, W)."""
        mode = InterpolationMode(self.interpolation)
        image = functional.resize(image, list(self.resize), interpolation=mode, antialias=self.antialias)
        image = functional.center_crop(image, list(self.crop_size))
        if not isinstance(image, Tensor):
            image = functional.pil_to_tensor(image)
        # bicubic interpolation of a float image overshoots
        return functional.convert_image_dtype(image, torch.float32).clamp(0, 1)


def build(
    name: str, weights: str | PathLike[str] | Enum | None, options: dict[str, Any]
) -> tuple[nn.Module, dict[str, Any]]:
    """The module in eval mode, and the arguments of Net that its preset gives."""
    known = models.list_models(module=models)
    if name not in known:
        msg = f"torchvision has no classification net {name!r}; {closest(str(name), known)}"
        raise ValueError(msg)
    choices = models.get_model_weights(name)
    chosen, checkpoint = _which(weights, name, choices)
    module = _construct(name, chosen, options)
    if checkpoint is not None:
        load_into(module, checkpoint, f"torchvision's {name}")
    return module.eval(), {**_split(chosen or choices["DEFAULT"]), "channels_last": _channels_last(name, module)}


def _which(given: str | PathLike[str] | Enum | None, name: str, choices: Any) -> tuple[Any, Path | None]:
    if given is None or given == RANDOM:
        return None, None
    if isinstance(given, Enum):
        if given in choices:
            return given, None
        msg = f"{given} are not weights for {name}; there are {', '.join(choices.__members__)}"
        raise ValueError(msg)
    if not isinstance(given, str | PathLike):
        msg = f"`weights` must be a name, the path of a checkpoint, or None; got {type(given).__name__}"
        raise TypeError(msg)
    text = fspath(given)
    member = text.rpartition(".")[2] if text.startswith(f"{choices.__name__}.") else text
    if member in choices.__members__:
        return choices[member], None
    path = Path(text).expanduser()
    if path.is_file():
        return None, path
    msg = (
        f"no weights {text!r} for {name}: neither a file, nor one of torchvision's names "
        f"({', '.join(choices.__members__)}), nor {RANDOM!r} for untrained ones"
    )
    raise FileNotFoundError(msg)


def _construct(name: str, chosen: Any, options: dict[str, Any]) -> nn.Module:
    with warnings.catch_warnings():
        # inception and googlenet announce a change of their random weights, which are asked for here
        warnings.filterwarnings("ignore", message="The default weight initialization")
        try:
            module: nn.Module = models.get_model(name, weights=chosen, **options)
        except OSError as reason:
            msg = (
                f'the weights {chosen} could not be downloaded ({reason}); use weights="random", or the '
                f"path of a checkpoint"
            )
            raise OSError(msg) from reason
        except TypeError as reason:
            msg = f"`model_options` do not fit torchvision's {name}: {reason}"
            raise TypeError(msg) from reason
    return module


def _split(weights: Any) -> dict[str, Any]:
    """The preset of some weights as `preprocess` and `normalize`."""
    preset = weights.transforms()
    geometry = Geometry(
        tuple(preset.resize_size), tuple(preset.crop_size), preset.interpolation.value, bool(preset.antialias)
    )
    return {"preprocess": geometry, "normalize": (tuple(preset.mean), tuple(preset.std))}


_CHANNELS_LAST = {
    "swin": re.compile(r"features\.(?!0\.0$).+|norm"),
    "convnext": re.compile(r"features\.\d+\.\d+\.block\.[1-4]"),
}


def _channels_last(name: str, module: nn.Module) -> tuple[str, ...] | bool:
    """Modules of torchvision's nets whose output is (N, H, W, C); False where nothing is known."""
    for family, pattern in _CHANNELS_LAST.items():
        if name.startswith(family):
            return tuple(path for path, _ in module.named_modules() if pattern.fullmatch(path))
    return False
