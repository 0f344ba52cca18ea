"""What one tensor of a forward pass sees of the image: the algebra of windows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

__all__ = ["WHOLE", "Axis", "Reach", "window"]


@dataclass(frozen=True)
class Axis:
    """Windows along one direction of the image, in pixels: position i sees start + i * step and `size` pixels on."""

    size: int = 1
    step: int = 1
    start: int = 0

    def slid(self, kernel: int, stride: int, before: int, dilation: int = 1) -> Axis:
        """After a sliding kernel, with `before` positions of padding in front."""
        return Axis(
            self.size + (kernel - 1) * dilation * self.step, self.step * stride, self.start - before * self.step
        )

    def joined(self, other: Axis) -> Axis | None:
        """The window around both; None if they do not move alike."""
        if self.step != other.step:
            return None
        start = min(self.start, other.start)
        return Axis(max(self.start + self.size, other.start + other.size) - start, self.step, start)


@dataclass(frozen=True)
class Reach:
    """What each position of a tensor sees. `dims` are the tensor's dimensions that run down and across the image.

    Without `dims` everything is seen everywhere.
    """

    dims: tuple[int, int] | None
    rows: Axis = Axis()
    columns: Axis = Axis()

    @property
    def whole(self) -> bool:
        """True if each position may see the whole image."""
        return self.dims is None

    def at(self, rows: int, columns: int) -> Reach:
        """The same in a tensor whose spatial dimensions are these."""
        return replace(self, dims=(rows, columns))

    def shifted(self, by: int) -> Reach:
        """The same with `by` more dimensions in front."""
        return self if self.dims is None else self.at(self.dims[0] + by, self.dims[1] + by)


WHOLE = Reach(None)


def window(reaches: Iterable[Reach]) -> Reach:
    """What a sum (or concatenation) of tensors sees."""
    first, *others = reaches
    for other in others:
        rows, columns = first.rows.joined(other.rows), first.columns.joined(other.columns)
        if first.dims is None or first.dims != other.dims or rows is None or columns is None:
            return WHOLE
        first = Reach(first.dims, rows, columns)
    return first
