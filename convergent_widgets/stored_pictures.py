"""The pictures of a Comparison, and where in them each position of a layer looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from convergent_widgets.fields import Box, Field, as_box
from convergent_widgets.members import unpack_picture

KEPT_CHUNKS = 32


class StoredPictures:
    """Encoded pictures by set and image, and receptive fields in their pixels, by number of layer and net."""

    def __init__(self, members: Mapping[str, np.ndarray], manifest: Mapping[str, Any]):
        self._members, self._manifest = _Remembering(members), manifest
        self._seen = lru_cache(maxsize=None)(self._read_field)

    def set_of(self, net: int) -> int:
        """Which set of pictures a net was shown."""
        return self._manifest["picture_set"][net]

    def size(self, number: int) -> tuple[int, int]:
        """Height and width of the pictures of a set."""
        height, width = self._manifest["picture_sets"][number]["picture"]
        return height, width

    def encoded(self, number: int, image: int) -> bytes:
        """A picture as it is stored, WebP; KeyError where it was not kept."""
        prefix = f"pictures/{number}"
        if f"{prefix}/images" not in self._members:
            raise KeyError("this comparison holds no pictures: it was made with patches=0")
        try:
            return unpack_picture(self._members, prefix, image)
        except KeyError:
            raise KeyError(f"image {image} is among the top images of no unit, so its picture was not kept") from None

    def box(self, layer: int, net: int, position: tuple[int, int]) -> Box:
        """Where a unit looks from a position."""
        size, scale = self._scale(net)
        return as_box(_scaled(np.array(self._seen(layer, net).box(position, *size)), scale))

    def cell(self, layer: int, net: int, position: tuple[int, int]) -> Box | None:
        """A position's own cell, for units that see the whole picture."""
        size, scale = self._scale(net)
        cell = self._seen(layer, net).cell(position, *size)
        return None if cell is None else as_box(_scaled(np.array(cell), scale))

    def boxes_and_cells(self, layer: int, net: int, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both for many positions (..., 2): two arrays (..., 4) int32; a cell of -1 is None."""
        size, scale = self._scale(net)
        seen = self._seen(layer, net)
        cells = seen.cells(positions, *size)
        return _scaled(seen.boxes(positions, *size), scale), np.where(cells < 0, cells, _scaled(cells, scale))

    def _read_field(self, layer: int, net: int) -> Field:
        return Field.from_json(self._manifest["layers"][layer]["fields"][net])

    def _scale(self, net: int) -> tuple[tuple[int, int], np.ndarray]:
        """Size of the net's input, and how many pixels of its pictures are one of the input's, down and across."""
        sizes = self._manifest["picture_sets"][self.set_of(net)]
        height, width = sizes["input"]
        return (height, width), np.array(sizes["picture"]) / (height, width)


class _Remembering(Mapping[str, np.ndarray]):
    """The last members read, so that neighbouring pictures cost one read of the file."""

    def __init__(self, members: Mapping[str, np.ndarray]):
        self._members = members
        self._read = lru_cache(maxsize=KEPT_CHUNKS)(members.__getitem__)

    def __getitem__(self, name: str) -> np.ndarray:
        return self._read(name)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def _scaled(boxes: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Boxes (..., 4) in the pixels of a smaller picture; boxes of one size stay of one size."""
    start = np.rint(boxes[..., :2] * scale)
    extent = np.maximum(np.rint((boxes[..., 2:] - boxes[..., :2]) * scale), 1)
    return np.concatenate([start, start + extent], axis=-1).astype(np.int32)
