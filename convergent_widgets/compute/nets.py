"""A net as the comparison sees it: a module, what happens to an image before it, and which of its layers to record."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from convergent_widgets.choices import closest

from .devices import moved

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["Net", "as_net", "find_layer"]

LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in a grey image (ITU-R 601, as in Pillow)."""


class Net:
    """A module with its preprocessing and its comparable layers. The module itself is never changed.

    - `module`: any `torch.nn.Module` that takes a batch of images (N, C, H, W).
    - `preprocess`: callable from one image (PIL or tensor) to float (C, H, W) in [0, 1]; geometry only (resize, crop).
      It decides what patches show. None takes the image as it is. Nets share their pictures where their `preprocess`
      are equal, so pass the same object, or one with `==`.
    - `normalize`: `(mean, std)`, subtracted and divided after `preprocess`; each a number, one number per channel, or a
      whole image that broadcasts to (C, H, W).
    - `layers`: names of the modules to compare, as in `module.named_modules()`; None for those that
      `convergent_widgets.layers` suggests.
    - `relu`: record max(output, 0) instead of the output, for modules whose ReLU is a function in `forward`.
    - `channels_last`: modules whose 4-d output is (N, H, W, C): True for all, or a collection of all that are, which
      may be empty. False says nothing: an output that looks like it is then refused.

    Raises TypeError or ValueError for anything that does not fit, before any forward pass.
    """

    def __init__(
        self,
        module: nn.Module,
        preprocess: Callable[[Any], Any] | None = None,
        normalize: tuple[Any, Any] | None = None,
        layers: Sequence[str] | None = None,
        relu: bool = False,
        *,
        channels_last: bool | Collection[str] = False,
    ) -> None:
        self.module = _checked_module(module)
        if preprocess is not None and not callable(preprocess):
            msg = f"`preprocess` must be a callable from an image to float (C, H, W), or None; got {_kind(preprocess)}"
            raise TypeError(msg)
        self.preprocess = preprocess
        self._mean, self._std = _mean_and_std(normalize)
        self.normalize = normalize
        self.layers = None if layers is None else _names(layers, "layers")
        for name in self.layers or ():
            find_layer(self.module, name)
        self.relu = bool(relu)
        self.channels_last: bool | tuple[str, ...] = (
            channels_last if isinstance(channels_last, bool) else _names(channels_last, "channels_last")
        )
        for name in () if isinstance(self.channels_last, bool) else self.channels_last:
            find_layer(self.module, name)

    @classmethod
    def from_torchvision(
        cls,
        name: str,
        weights: str | PathLike[str] | None = "DEFAULT",
        *,
        model_options: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Net:
        """One of torchvision's classification nets, its preset split into geometry (`preprocess`) and `normalize`.

        - `name`: as in `torchvision.models.list_models()`, e.g. "resnet18".
        - `weights`: "DEFAULT" or another name of torchvision's weights for this net (downloaded once); "random" or None
          for random weights; or the path of a checkpoint: a state dict, plain or under "state_dict", "model" or
          "weights", saved by `torch.save` (read with `weights_only=True`) or as safetensors.
        - `model_options`: keyword arguments for torchvision's builder, e.g. `{"num_classes": 10}`.
        - `options`: arguments of `Net`; those given replace the preset's.

        Random weights and checkpoints get the geometry and normalisation of the net's default weights.
        """
        from .torchvision_nets import build  # noqa: PLC0415 - torchvision takes a second to import

        module, preset = build(name, weights, dict(model_options or {}))
        return cls(module, **(preset | options))

    @property
    def channels(self) -> int | None:
        """Channels of the images that the module expects; None where it does not say (no convolution)."""
        for module in self.module.modules():
            if isinstance(module, nn.Conv2d):
                return module.in_channels
        return len(self._mean) if len(self._mean) > 1 else None

    @property
    def input_size(self) -> tuple[int, int] | None:
        """Height and width of the module's input where `preprocess` or `normalize` tell, else None."""
        crop = getattr(self.preprocess, "crop_size", None)
        if isinstance(crop, int):
            return crop, crop
        if isinstance(crop, list | tuple) and crop:
            return int(crop[0]), int(crop[-1])
        sizes = [tuple(plane.shape[1:]) for plane in (self._mean, self._std) if plane.shape[1:] != (1, 1)]
        return (sizes[0][0], sizes[0][1]) if sizes else None

    def prepare(self, pictures: Tensor) -> Tensor:
        """The module's input (N, C, H, W), from float pictures (N, C, H, W) in [0, 1], on the pictures' device.

        Grey pictures are repeated for a net of several channels, RGB ones become grey (luminance) for a net of one.
        Then `normalize` is applied.
        """
        if pictures.ndim != 4 or not pictures.is_floating_point():
            msg = f"pictures must be float (N, C, H, W), got {pictures.dtype} {tuple(pictures.shape)}"
            raise ValueError(msg)
        pictures = self._adapt_channels(pictures)
        if self.normalize is None:
            return pictures
        mean, std = (moved(plane, pictures.device) for plane in (self._mean, self._std))
        try:
            return (pictures - mean) / std
        except RuntimeError as reason:
            msg = (
                f"`normalize` has shapes {tuple(mean.shape)} and {tuple(std.shape)}, which do not fit pictures of "
                f"{tuple(pictures.shape[1:])} (C, H, W); a `preprocess` can bring them to that size"
            )
            raise ValueError(msg) from reason

    def _adapt_channels(self, pictures: Tensor) -> Tensor:
        given, expected = pictures.shape[1], self.channels
        if expected is None or given == expected:
            return pictures
        if given == 1:
            return pictures.expand(-1, expected, -1, -1)
        if (given, expected) == (3, 1):
            weights = moved(torch.tensor(LUMINANCE, dtype=pictures.dtype, device="cpu"), pictures.device)
            return torch.einsum("nchw,c->nhw", pictures, weights).unsqueeze(1)
        msg = f"the net expects images of {expected} channels, got {given}"
        raise ValueError(msg)

    def is_channels_last(self, name: str) -> bool | None:
        """Whether the 4-d output of this layer is (N, H, W, C); None where the user said nothing about it."""
        if isinstance(self.channels_last, bool):
            return self.channels_last or None
        return name in self.channels_last or split_call(self.module, name)[0] in self.channels_last

    def __repr__(self) -> str:
        """Class of the module and the options that are set."""
        said = [type(self.module).__name__]
        for option in ("preprocess", "layers"):
            value = getattr(self, option)
            if value is not None:
                said.append(f"{option}={value!r}")
        if self.normalize is not None:
            said.append("normalize=...")
        if self.relu:
            said.append("relu=True")
        if self.channels_last is True:
            said.append("channels_last=True")
        return f"Net({', '.join(said)})"


class UnknownLayer(ValueError):
    """A net has no layer of that name; the message gives the closest ones."""


def as_net(given: Net | nn.Module) -> Net:
    """A Net as it is, a bare module wrapped; TypeError for anything else."""
    return given if isinstance(given, Net) else Net(given)


def find_layer(module: nn.Module, name: str) -> nn.Module:
    """The submodule called `name` ("features.3", or "features.3#1" for its second call).

    Raises UnknownLayer with the closest names where there is none.
    """
    path, _ = split_call(module, name)
    return module.get_submodule(path)


def split_call(module: nn.Module, name: str) -> tuple[str, int | None]:
    """Dotted path and number of the call that a name means: "relu#1" is ("relu", 1), "relu" is ("relu", None)."""
    if _has(module, name):
        return name, None
    match = _CALL.fullmatch(name)
    if match and _has(module, match[1]):
        return match[1], int(match[2])
    known = [path for path, _ in module.named_modules() if path]
    msg = f"no layer {name!r} in {type(module).__name__}; {closest(name, known)}"
    raise UnknownLayer(msg)


_CALL = re.compile(r"(.+)#(\d+)")


def _has(module: nn.Module, path: str) -> bool:
    if not path:
        return False
    try:
        module.get_submodule(path)
    except AttributeError:
        return False
    return True


def _kind(value: object) -> str:
    return f"{value.__name__} (a class)" if isinstance(value, type) else type(value).__name__


def _checked_module(module: object) -> nn.Module:
    if isinstance(module, type) and issubclass(module, nn.Module):
        name = module.__name__
        msg = f"a net must be an instance of torch.nn.Module; got the class {name}: did you mean {name}()?"
        raise TypeError(msg)
    if not isinstance(module, nn.Module):
        msg = f"a net must be a torch.nn.Module or a convergent_widgets.Net; got {_kind(module)}"
        raise TypeError(msg)
    if any(is_lazy(tensor) for tensor in [*module.parameters(), *module.buffers()]):
        msg = f"{type(module).__name__} has lazy layers without weights yet; call it once on an image first"
        raise ValueError(msg)
    return module


def _names(given: object, option: str) -> tuple[str, ...]:
    if isinstance(given, str) or not isinstance(given, Collection) or not all(isinstance(name, str) for name in given):
        msg = f"`{option}` must be a list of layer names, got {given!r:.80}"
        raise TypeError(msg)
    return tuple(given)


def _mean_and_std(normalize: tuple[Any, Any] | None) -> tuple[Tensor, Tensor]:
    if normalize is None:
        return torch.zeros(1, 1, 1, device="cpu"), torch.ones(1, 1, 1, device="cpu")
    try:
        mean, std = normalize
    except (TypeError, ValueError) as reason:
        msg = f"`normalize` must be a pair (mean, std), got {normalize!r:.80}"
        raise TypeError(msg) from reason
    mean, std = _plane(mean, "mean"), _plane(std, "std")
    if not (std > 0).all():
        msg = "`normalize`: std must be greater than 0 everywhere"
        raise ValueError(msg)
    return mean, std


def _plane(value: Any, word: str) -> Tensor:
    """A number, one per channel, (H, W) or (C, H, W), as a tensor of three dimensions."""
    try:
        plane = torch.as_tensor(value, dtype=torch.float32).detach().cpu()
    except (TypeError, ValueError, RuntimeError) as reason:
        msg = f"`normalize`: {word} must be a number, a list with one per channel, or an image, got {value!r:.80}"
        raise TypeError(msg) from reason
    if plane.ndim > 3 or plane.numel() == 0 or not plane.isfinite().all():
        shape = tuple(plane.shape)
        msg = f"`normalize`: {word} must be finite, with at most three dimensions (C, H, W), got shape {shape}"
        raise ValueError(msg)
    if plane.ndim < 2:
        return plane.reshape(-1, 1, 1)
    return plane if plane.ndim == 3 else plane[None]
