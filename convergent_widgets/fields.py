"""Where in a net's input one position of a layer looks: a window, or the whole image with the position's own cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Box", "Field", "as_box"]

Box = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels; bottom and right are exclusive."""


@dataclass(frozen=True)
class Field:
    """The receptive fields of all positions of one layer, in pixels of the net's input.

    Attributes:
        grid: rows and columns of recorded positions; (T, 1) for tokens, (1, 1) for a layer without positions.
        size: height and width of the window, or None where each position sees the whole image.
        step: how far the window moves from one position to the next, down and to the right.
        start: top and left of the window of position (0, 0); negative where padding lets it reach outside.
        tokens: rows and columns of the patches that the tokens stand for, None where the layer has no tokens.
        extra: number of tokens in front that stand for no place (the class token; all of them if no place is known).
    """

    grid: tuple[int, int]
    size: tuple[int, int] | None = None
    step: tuple[int, int] = (1, 1)
    start: tuple[int, int] = (0, 0)
    tokens: tuple[int, int] | None = None
    extra: int = 0

    @property
    def whole(self) -> bool:
        """True where each position sees the whole image."""
        return self.size is None

    def box(self, position: tuple[int, int], height: int, width: int) -> Box:
        """Window of a position in an input of `height` x `width`; may reach outside. Whole: (0, 0, height, width)."""
        self._check(position)
        return as_box(self.boxes(position, height, width))

    def cell(self, position: tuple[int, int], height: int, width: int) -> Box | None:
        """The position's own place in the image, for layers that see all of it.

        None for a window (it has its box), for a layer without positions, and for a class token.
        """
        self._check(position)
        found = as_box(self.cells(position, height, width))
        return None if found[0] < 0 else found

    def boxes(self, positions: ArrayLike, height: int, width: int) -> NDArray[np.int32]:
        """The same as `box` for many: positions (..., 2) give boxes (..., 4) as int32. Positions are not checked."""
        at = np.asarray(positions, dtype=np.int64)
        boxes = np.empty((*at.shape[:-1], 4), dtype=np.int32)
        if self.size is None:
            boxes[...] = (0, 0, height, width)
            return boxes
        boxes[..., :2] = at * self.step + self.start
        boxes[..., 2:] = boxes[..., :2] + self.size
        return boxes

    def cells(self, positions: ArrayLike, height: int, width: int) -> NDArray[np.int32]:
        """The same as `cell` for many: positions (..., 2) give cells (..., 4) as int32, -1 where there is none."""
        at = np.asarray(positions, dtype=np.int64)
        cells = np.full((*at.shape[:-1], 4), -1, dtype=np.int32)
        if self.size is not None or self.grid == (1, 1):
            return cells
        if self.tokens is None:
            grid = np.array(self.grid)
        else:
            grid = np.array(self.tokens)
            place = at[..., 0] - self.extra
            at = np.stack([place // grid[1], place % grid[1]], axis=-1)
        inside = np.all((at >= 0) & (at < grid), axis=-1)
        extent = np.array((height, width))
        edges = np.concatenate([at * extent // grid, (at + 1) * extent // grid], axis=-1)
        cells[inside] = edges[inside]
        return cells

    def to_json(self) -> dict[str, Any]:
        """As plain numbers and lists, for a manifest."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Field:
        """From `to_json`; raises ValueError for anything that is not a field."""
        try:
            optional = {name: None if given.get(name) is None else _pair(given[name], 1) for name in _OPTIONAL}
            return cls(
                grid=_pair(given["grid"], 1),
                step=_pair(given["step"], 1),
                start=_pair(given["start"], -_LIMIT),
                extra=_whole_number(given["extra"], 0),
                **optional,
            )
        except (AttributeError, KeyError, TypeError, ValueError) as reason:
            msg = f"not a receptive field: {given!r:.200}"
            raise ValueError(msg) from reason

    def _check(self, position: tuple[int, int]) -> None:
        row, column = position
        if not (0 <= row < self.grid[0] and 0 <= column < self.grid[1]):
            msg = f"position must lie on the layer's grid of {self.grid[0]} x {self.grid[1]}, got ({row}, {column})"
            raise IndexError(msg)


_OPTIONAL = ("size", "tokens")
_LIMIT = 2**24  # no image is wider; keeps foreign numbers inside int32


def as_box(found: NDArray[np.int32]) -> Box:
    """One row of `boxes` as plain numbers."""
    top, left, bottom, right = (int(edge) for edge in found)
    return top, left, bottom, right


def _whole_number(value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _LIMIT:
        msg = f"expected a whole number in {least}..{_LIMIT}, got {value!r}"
        raise ValueError(msg)
    return value


def _pair(values: Any, least: int) -> tuple[int, int]:
    first, second = values
    return _whole_number(first, least), _whole_number(second, least)
