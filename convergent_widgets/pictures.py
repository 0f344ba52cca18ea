"""Pictures as people see them: encoded once, decoded and cut when looked at."""

from __future__ import annotations

import io
import struct
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
    try:
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as image:
            _refuse_huge(image.height, image.width)
            return np.asarray(image.convert("RGB"))
    except OSError as error:
        raise ValueError(f"a stored picture cannot be decoded ({error})") from error


def checked(data: bytes, most: tuple[int, int] | None = None) -> bytes:
    """`data`, for who decodes it elsewhere: by its header a WebP picture of at most `most` (height, width) pixels.

    ValueError where the bytes are no picture, or a larger one, or a huge one.
    """
    height, width = _size(data)
    _refuse_huge(height, width)
    if most is not None and (height > most[0] or width > most[1]):
        raise ValueError(
            f"a stored picture is {height} pixels high and {width} wide, larger than those of its set, which are "
            f"{most[0]} high and {most[1]} wide; make the result file again"
        )
    return data


def _refuse_huge(height: int, width: int) -> None:
    if max(height, width) > GREATEST_SIDE:
        raise ValueError(
            f"a stored picture is {height} pixels high and {width} wide; none of more than {GREATEST_SIDE} is shown"
        )


def _size(data: bytes) -> tuple[int, int]:
    """Height and width by the header (RFC 9649, 2.4 to 2.7); opening it with Pillow takes some twenty times as long."""
    kind, start = data[12:16], data[20:30].ljust(10, b"\0")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        if kind == b"VP8 " and start[3:6] == b"\x9d\x01\x2a":
            width, height = struct.unpack("<HH", start[6:])
            return height & 0x3FFF, width & 0x3FFF
        if kind == b"VP8L" and start[0] == 0x2F:
            bits = int.from_bytes(start[1:5], "little")
            return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
        if kind == b"VP8X":
            return int.from_bytes(start[7:10], "little") + 1, int.from_bytes(start[4:7], "little") + 1
    raise ValueError("a stored picture cannot be decoded (it is no WebP)")


def cut(picture: np.ndarray, box: Box, outside: float = OUTSIDE) -> np.ndarray:
    """The part of `picture` (H, W, ...) inside `box` (top, left, bottom, right); `outside` where the box leaves it."""
    top, left, bottom, right = box
    patch = np.full((bottom - top, right - left, *picture.shape[2:]), outside, picture.dtype)
    inside = picture[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if inside.size:
        row, column = max(-top, 0), max(-left, 0)
        patch[row : row + inside.shape[0], column : column + inside.shape[1]] = inside
    return patch
