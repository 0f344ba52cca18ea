"""Streaming co-moments of all units of all nets: one stacked, shifted, mergeable accumulation per layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import torch

from convergent_widgets.moments import Moments, empty_moments, merge_moments

BLOCK_NUMBERS = 2**20
BLOCK_ROWS = (2048, 8192)
SAFE_SPAN = (1e-12, 1e12)
GREATEST = 1e37


class NonFiniteActivation(ValueError):
    """An activation is NaN or infinite; `net`, `row` and `unit` say where."""

    def __init__(self, net: str, row: int, unit: int):
        super().__init__(
            f"activation of net {net!r}, unit {unit}, row {row} is not a finite number that float32 can hold"
        )
        self.net, self.row, self.unit = net, row, unit


class StreamingStatistics:
    """Co-moments of the units of several nets, gathered batch by batch on the device where the activations are.

    `widths` maps each net to its number of units. Each block of rows is centred by its own mean, multiplied in
    float32 (float64 if the activations are) and merged in float64 (Chan, Golub and LeVeque 1983), so a unit whose mean
    is thousands of times its deviation keeps its correlations. The products of the first rows are float64: a float32
    block is off by some 1e-6, which only averages out over many. Memory: (sum of widths)^2 float64, and one block.
    """

    def __init__(self, widths: Mapping[str, int]):
        if not widths or any(width < 1 for width in widths.values()):
            raise ValueError(f"`widths` must map at least one net to a number of units above 0, got {dict(widths)}")
        self.widths = dict(widths)
        self._slices: dict[str, slice] = {}
        start = 0
        for net, width in self.widths.items():
            self._slices[net] = slice(start, start + width)
            start += width
        self._units = start
        self._rows = min(max(BLOCK_NUMBERS // start, BLOCK_ROWS[0]), BLOCK_ROWS[1])
        self._state: _State | None = None
        self._merged = empty_moments(self.widths)

    def update(self, activations: Mapping[str, torch.Tensor | np.ndarray]) -> None:
        """Add rows: for each net (rows, units), the same rows for all nets, torch or numpy; no rows is legal.

        Raises ValueError for missing or unknown nets and for shapes that do not fit, before anything is added, and
        NonFiniteActivation for NaN or infinity, after which the earlier blocks of this call stay added.
        """
        tensors = {net: torch.as_tensor(values) for net, values in activations.items()}
        for net, values in tensors.items():
            if values.ndim != 2:
                raise ValueError(f"activations of {net!r} must be (rows, units), got shape {tuple(values.shape)}")
        self._add({net: values.t().unsqueeze(2) for net, values in tensors.items()})

    def update_maps(self, maps: Mapping[str, torch.Tensor]) -> None:
        """Add the positions of images: for each net (N, units, height, width); a position of an image is a row.

        The same as `update` on (N * height * width, units), without the copy. Raises as `update` does.
        """
        for net, values in maps.items():
            if values.ndim != 4:
                raise ValueError(f"maps of {net!r} must be (N, units, height, width), got shape {tuple(values.shape)}")
        self._add({net: values.flatten(2).transpose(0, 1) for net, values in maps.items()})

    def merge(self, other: StreamingStatistics) -> None:
        """Add all rows of `other`, which is left as it was."""
        if list(other.widths.items()) != list(self.widths.items()):
            raise ValueError(f"cannot merge statistics of {other.widths} into statistics of {self.widths}")
        self._merged = merge_moments(self._merged, other.compute())

    def compute(self) -> Moments:
        """The moments of all rows so far; can be asked again and again."""
        return merge_moments(self._state.moments(self.widths), self._merged) if self._state else self._merged

    def _add(self, views: Mapping[str, torch.Tensor]) -> None:
        """Add views (units, images, positions), in blocks that fit the cache."""
        if set(views) != set(self.widths):
            raise ValueError(f"expected activations of the nets {list(self.widths)}, got {list(views)}")
        for net, width in self.widths.items():
            if len(views[net]) != width:
                raise ValueError(f"net {net!r} has {width} units, got activations of {len(views[net])}")
        shapes = {net: tuple(view.shape[1:]) for net, view in views.items()}
        if len(set(shapes.values())) > 1:
            raise ValueError(f"all nets must give the same rows, got {shapes} (images, positions)")
        images, positions = next(iter(shapes.values()))
        views = {net: _real(view) for net, view in views.items()}
        for image_part, position_part in _blocks(images, positions, self._rows):
            self._add_block({net: view[:, image_part, position_part] for net, view in views.items()}, image_part)

    @property
    def _seen(self) -> int:
        return self._state.count if self._state else 0

    def _add_block(self, views: Mapping[str, torch.Tensor], images: slice) -> None:
        first = next(iter(views.values()))
        rows = first.shape[1] * first.shape[2]
        dtype = torch.float64 if any(view.dtype is torch.float64 for view in views.values()) else torch.float32
        centred = torch.empty((self._units, rows), dtype=dtype, device=first.device)
        shift = torch.empty(self._units, dtype=torch.float64, device=_home(first.device))
        for net, view in views.items():
            units = self._slices[net]
            mean = view.mean(dim=(1, 2))
            torch.sub(view, mean[:, None, None], out=centred[units].view(view.shape))
            shift[units] = _summed(mean)
        least, greatest = torch.aminmax(centred, dim=1)
        span = greatest - least
        if not bool(torch.isfinite(span).all()):
            raise _where_not_finite(views, images)
        if self._seen < max(self._rows, 2 * BLOCK_ROWS[0]) or not _safe(span):
            centred = centred.to(_home(first.device)).double()
        offset = _summed(centred.mean(dim=1))
        comoments = _summed(centred @ centred.t())
        comoments.sub_(torch.outer(offset * rows, offset))
        block = _State(rows, shift + offset, comoments, shift + _summed(least), shift + _summed(greatest))
        if self._state is None:
            self._state = block
        else:
            self._state.absorb(block)


class _State:
    """Sums so far, float64, on the activations' device."""

    def __init__(
        self,
        count: int,
        means: torch.Tensor,
        comoments: torch.Tensor,
        least: torch.Tensor,
        greatest: torch.Tensor,
    ):
        self.count, self.means, self.comoments, self.least, self.greatest = count, means, comoments, least, greatest

    def absorb(self, block: _State) -> None:
        """Merge in place; the block's tensors are given up."""
        count = self.count + block.count
        step = block.means - self.means
        self.comoments.add_(block.comoments).addr_(step * (self.count * block.count / count), step)
        self.means.add_(step, alpha=block.count / count)
        torch.minimum(self.least, block.least, out=self.least)
        torch.maximum(self.greatest, block.greatest, out=self.greatest)
        self.count = count

    def moments(self, widths: Mapping[str, int]) -> Moments:
        def array(values: torch.Tensor) -> np.ndarray:
            return values.cpu().numpy().copy()

        return Moments(
            widths,
            self.count,
            array(self.means),
            array((self.comoments + self.comoments.t()) / 2),
            array(self.least),
            array(self.greatest),
        )


def _real(values: torch.Tensor) -> torch.Tensor:
    return values if values.dtype in (torch.float32, torch.float64) else values.float()


def _home(device: torch.device) -> torch.device:
    """Where the float64 sums are kept: Apple's GPUs have no float64."""
    return torch.device("cpu") if device.type == "mps" else device


def _summed(values: torch.Tensor) -> torch.Tensor:
    """As the sums are kept; moved before it is widened, since Apple's GPUs cannot widen."""
    return values.to(_home(values.device)).double()


def _safe(span: torch.Tensor) -> bool:
    """Whether products of such spans stay well inside float32's range."""
    positive = span[span > 0]
    return not positive.numel() or SAFE_SPAN[0] <= float(positive.min()) <= float(positive.max()) <= SAFE_SPAN[1]


def _blocks(images: int, positions: int, rows: int) -> Iterator[tuple[slice, slice]]:
    """Slices of images and of positions that make blocks of at most `rows` rows, of like size."""
    parts = max(math.ceil(positions / rows), 1)
    per_image = max(math.ceil(positions / parts), 1)
    per_block = max(rows // per_image, 1)
    for image, position in product(range(0, images, per_block), range(0, positions, per_image)):
        yield slice(image, min(image + per_block, images)), slice(position, min(position + per_image, positions))


def _where_not_finite(views: Mapping[str, torch.Tensor], images: slice) -> NonFiniteActivation:
    for net, view in views.items():
        bad = (~(view.abs() < GREATEST)).nonzero()
        if len(bad):
            unit, image, _ = bad[bad[:, 1].argmin()].tolist()
            return NonFiniteActivation(net, images.start + image, unit)
    raise AssertionError("a span is not finite though all activations are")
