"""Pictures as people see them: encoded once, decoded and cut when looked at."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from convergent_widgets.fields import Box

LOSSLESS_SIDE = 32
QUALITY = 85
OUTSIDE = 128
GREATEST_SIDE = 4096


def shrink(picture: np.ndarray, longest: int) -> np.ndarray:
    """`picture` (H, W, 3) uint8 with its longest side at most `longest` pixels; never enlarged."""
    height, width = shrunk(picture.shape[0], picture.shape[1], longest)
    if (height, width) == picture.shape[:2]:
        return picture
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def shrunk(height: int, width: int, longest: int) -> tuple[int, int]:
    """Height and width with the longer side at most `longest`; never enlarged."""
    scale = min(1.0, longest / max(height, width))
    return max(round(height * scale), 1), max(round(width * scale), 1)


def encode(picture: np.ndarray, lossless: bool = False) -> bytes:
    """`picture` (H, W, 3) uint8 as WebP: lossless up to 32 pixels a side or if asked, else lossy."""
    buffer = io.BytesIO()
    lossless = lossless or max(picture.shape[:2]) <= LOSSLESS_SIDE
    Image.fromarray(picture).save(buffer, "WEBP", lossless=lossless, quality=QUALITY, method=2)
    return buffer.getvalue()


def decode(data: bytes) -> np.ndarray:
    """The (H, W, 3) uint8 picture of `encode`; ValueError where the bytes are no picture, or a huge one."""
    with _opened(data) as image:
        return np.asarray(image.convert("RGB"))


def checked(data: bytes, most: tuple[int, int] | None = None) -> bytes:
    """`data`, for who decodes it elsewhere: by its header, a WebP picture of at most `most` (height, width) pixels.

    ValueError where the bytes are no picture, or a larger one, or a huge one.
    """
    with _opened(data) as image:
        width, height = image.size
    if most is not None and (height > most[0] or width > most[1]):
        raise ValueError(
            f"a stored picture has {height} x {width} pixels; those of its set have {most[0]} x {most[1]}: "
            "the file is damaged or not what it says"
        )
    return data


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
            if max(image.size) > GREATEST_SIDE:
                raise ValueError(f"a picture of {image.size} pixels is larger than any that is stored here")
            yield image
    except OSError as error:
        raise ValueError(f"a stored picture cannot be decoded ({error})") from error


def cut(picture: np.ndarray, box: Box, outside: float = OUTSIDE) -> np.ndarray:
    """The part of `picture` (H, W, ...) inside `box` (top, left, bottom, right); `outside` where the box leaves it."""
    top, left, bottom, right = box
    patch = np.full((bottom - top, right - left, *picture.shape[2:]), outside, picture.dtype)
    inside = picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if inside.size:
        row, column = max(-top, 0), max(-left, 0)
        patch[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
    return patch
