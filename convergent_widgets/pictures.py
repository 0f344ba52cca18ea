"""Pictures as people see them: encoded once, decoded and cut when looked at."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

LOSSLESS_SIDE = 32
QUALITY = 85
OUTSIDE = 128

Box = tuple[int, int, int, int]


def shrink(picture: np.ndarray, longest: int) -> np.ndarray:
    """`picture` (H, W, 3) uint8 with its longest side at most `longest` pixels; never enlarged."""
    height, width = picture.shape[:2]
    scale = longest / max(height, width)
    if scale >= 1:
        return picture
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS))


def encode(picture: np.ndarray) -> bytes:
    """`picture` (H, W, 3) uint8 as WebP: lossless up to 32 pixels a side, above that lossy."""
    lossless = max(picture.shape[:2]) <= LOSSLESS_SIDE
    image = Image.fromarray(picture)
    best = b""
    if lossless:
        if (picture[..., :1] == picture).all():
            image = image.convert("L")
        buffer = io.BytesIO()
        image.save(buffer, "PNG", optimize=True)
        best = buffer.getvalue()
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "WEBP", lossless=lossless, quality=100 if lossless else QUALITY, method=6 if lossless else 4)
    return min((coded for coded in (best, buffer.getvalue()) if coded), key=len)


def decode(data: bytes) -> np.ndarray:
    """The (H, W, 3) uint8 picture of `encode`; ValueError where the bytes are no picture, or a huge one."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "WEBP")) as image:
            if max(image.size) > 4096:
                raise ValueError(f"a picture of {image.size} pixels is larger than any that is stored here")
            return np.asarray(image.convert("RGB"))
    except OSError as error:
        raise ValueError(f"a stored picture cannot be decoded ({error})") from error


def cut(picture: np.ndarray, box: Box) -> np.ndarray:
    """The part of `picture` (H, W, 3) inside `box` (top, left, bottom, right); grey where the box leaves the picture."""
    top, left, bottom, right = box
    height, width = picture.shape[:2]
    patch = np.full((bottom - top, right - left, 3), OUTSIDE, np.uint8)
    inside = picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if inside.size:
        row, column = max(-top, 0), max(-left, 0)
        patch[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
    return patch
