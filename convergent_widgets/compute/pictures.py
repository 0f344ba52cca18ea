"""From one image of any kind to float32 (C, H, W)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

__all__ = ["in_range", "picture", "readable", "stretched"]

_SLACK = 1e-3


def picture(image: Any) -> Tensor:
    """Float32 (C, H, W) from PIL, a uint8 or float tensor (C, H, W) or (H, W), or a numpy array of the same layout.

    uint8 is divided by 255, float is taken as it is. TypeError or ValueError for anything else.
    """
    if isinstance(image, Image.Image):
        values = torch.from_numpy(np.array(readable(image)))
        return (values[None] if values.ndim == 2 else values.permute(2, 0, 1)).float().div_(255)
    image = checked(image)
    values = image.float()
    return values / 255 if image.dtype is torch.uint8 else values


def checked(image: Any) -> Tensor:
    """A tensor or array as a tensor (C, H, W), its values as they are; TypeError or ValueError if it is no image."""
    if isinstance(image, np.ndarray):
        image = torch.from_numpy(np.ascontiguousarray(image))
    if not isinstance(image, Tensor):
        msg = f"an image must be a PIL image or a tensor (C, H, W), got {type(image).__name__}"
        raise TypeError(msg)
    if image.dtype is not torch.uint8 and not image.is_floating_point():
        msg = f"an image tensor must be uint8, or float in [0, 1], got {image.dtype}"
        raise TypeError(msg)
    if image.ndim == 2:
        image = image[None]
    if image.ndim != 3 or 0 in image.shape:
        msg = f"an image tensor must be (C, H, W), got shape {tuple(image.shape)}"
        raise ValueError(msg)
    if image.shape[0] > 4 and image.shape[2] in {1, 3, 4}:
        shape = tuple(image.shape)
        msg = f"an image tensor must be (C, H, W), got shape {shape}, which looks like (H, W, C): permute it"
        raise ValueError(msg)
    return image


def in_range(pictures: Tensor) -> bool:
    """False if values lie outside [0, 1]: whatever made the pictures normalises them as well."""
    return pictures.numel() == 0 or bool((pictures.amin() >= -_SLACK) & (pictures.amax() <= 1 + _SLACK))


def stretched(pictures: Tensor) -> Tensor:
    """Each image (..., C, H, W) stretched so that its least value is 0 and its greatest 1; flat ones become 0."""
    least = pictures.amin(dim=(-3, -2, -1), keepdim=True)
    spread = pictures.amax(dim=(-3, -2, -1), keepdim=True) - least
    return (pictures - least) / torch.where(spread > 0, spread, 1)


def readable(image: Image.Image) -> Image.Image:
    """A PIL image as people see it, in mode "RGB" or "L": upright (EXIF), transparency laid over white, 16 bits to 8.

    Palette images become RGB; grey ones, also with 16 bits or a bilevel palette, become "L".
    """
    image = ImageOps.exif_transpose(image)
    if image.mode in {"RGB", "L"} and "transparency" not in image.info:
        image.load()
        return image
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image)
    if image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info:
        grey = image.mode in {"LA", "La", "L", "1"}
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("L" if grey else "RGB")
    return image.convert("L" if image.mode == "1" else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Wide grey values to 0..255: floats within [0, 1] and integers beyond 255 are scaled, others kept."""
    values = np.asarray(image, dtype=np.float64)
    if image.mode == "F":
        scale = 255.0 if values.max(initial=0) <= 1 else 1.0
    else:
        wide = image.mode.startswith("I;16") or values.max(initial=0) > 255
        scale = 255 / 65535 if wide else 1.0
    return Image.fromarray(np.clip(np.rint(values * scale), 0, 255).astype(np.uint8))
