"""Streaming co-moments of all units of all nets: one stacked, shifted, mergeable accumulation per layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from numbers import Integral

import numpy as np
import torch

from convergent_widgets.compute.devices import home_of
from convergent_widgets.compute.given import Array, as_tensor, checked, device_of, fits_float32
from convergent_widgets.compute.precision import full_float32
from convergent_widgets.compute.scratch import Scratch
from convergent_widgets.moments import Moments, empty_moments, merge_moments

# Numbers of a block, and its least and most rows: on the CPU so few that they may stay in its cache, elsewhere many.
BLOCK_NUMBERS = 2**21
BLOCK_ROWS = (2048, 8192)
DEVICE_NUMBERS = 2**25
DEVICE_ROWS = 2**17
# The least that a unit may differ from its shift, and the most: their squares must stay within the type.
FLOAT32_RANGE = (1e-12, 1e12)
FLOAT64_RANGE = (1e-140, 1e140)
STRAY = 2  # variances of a block that the square of its mean may be
# The product of all units is computed in at most so many strips, of at least so many units; and in float64 where there
# are fewer than FEWEST, since for so narrow a product BLAS adds up all rows one after the other.
STRIPS = 8
LEAST_STRIP = 64
FEWEST = 16


class UnusableActivation(ValueError):
    """An activation that no statistics can be made of; `net`, `unit`, `row` and `reason` say which and why."""

    def __init__(self, net: str, row: int, unit: int, reason: str):
        super().__init__(f"activation of net {net!r}, unit {unit}, row {row} {reason}")
        self.net, self.row, self.unit, self.reason = net, row, unit, reason


class StreamingStatistics:
    """Co-moments of the units of several nets, gathered batch by batch on the device where the activations are.

    `widths` maps each net to its number of units. Each block of rows is shifted, multiplied in float32 and merged in
    float64 (Chan, Golub and LeVeque 1983). The shift is near the mean, so a unit whose mean is thousands of times its
    deviation keeps its correlations. If the unit's 0, least or greatest is near enough, that is the shift: rows that
    hold it, such as most rows of a rarely active unit, then add no rounding. The first rows are multiplied in float64,
    since a float32 block is off by up to 1e-6, which only averages out over many (by some 1e-5 where a unit goes back
    and forth between two values and keeps each for thousands of rows). A block is of 2048 rows or some 8 MB, for the
    cache of a CPU; elsewhere, where starting an operation is what costs, it is up to 128 MB, and multiplied in parts of
    8192 rows. Memory: (sum of widths)^2 float64, and one block; with a `scratch` that lies on a disk, the former are
    there, on whatever device the activations are.

    Booleans, integers and real floats are taken. Types that float32 does not hold exactly are worked on in float64
    (integers beyond 2^53 are rounded to it), and so are fewer than 16 units in all, and a block with values beyond 1e12
    or with a unit that stays within 1e-12 of its shift. Values of float64 must be within 1e140 of 0, and those of one
    unit must differ by 1e-140 in the rows so far or not at all: else their products leave the range of float64.

    Raises TypeError for `widths` that do not map to integers, ValueError for no nets and for a net without units.
    """

    def __init__(self, widths: Mapping[str, int], scratch: Scratch | None = None):
        self.widths = _checked_widths(widths)
        self._scratch = scratch or Scratch()
        self._rows = min(max(BLOCK_NUMBERS // sum(self.widths.values()), BLOCK_ROWS[0]), BLOCK_ROWS[1])
        self._state: _Sums | None = None
        self._device: str | None = None
        self._merged: Moments | None = None

    def update(self, activations: Mapping[str, torch.Tensor | np.ndarray]) -> None:
        """Add rows: for each net (rows, units), the same rows for all nets, torch or numpy; no rows is legal.

        Raises before anything is added: ValueError for missing or unknown nets, for shapes that do not fit and for
        tensors of different devices, TypeError for what is not real numbers. Raises UnusableActivation, a ValueError,
        for NaN, infinity and what lies outside the supported range; the earlier blocks of this call then stay added.
        """
        arrays = checked(activations, ("rows", "units"))
        self._add({net: values.T[:, :, None] for net, values in arrays.items()})

    def update_maps(self, maps: Mapping[str, torch.Tensor | np.ndarray]) -> None:
        """Add the positions of images: for each net (N, units, height, width); a position of an image is a row.

        The same as `update` on (N * height * width, units), without the copy. Raises as `update` does, with the index
        of the image as the row.
        """
        arrays = checked(maps, ("N", "units", "height", "width"))
        self._add(
            {
                net: values.reshape(*values.shape[:2], values.shape[2] * values.shape[3]).swapaxes(0, 1)
                for net, values in arrays.items()
            }
        )

    def merge(self, other: StreamingStatistics) -> None:
        """Add all rows of `other`, which is left as it was.

        Raises TypeError for anything else than StreamingStatistics, ValueError for other nets or widths.
        """
        if not isinstance(other, StreamingStatistics):
            raise TypeError(f"`other` must be StreamingStatistics, got {type(other).__name__}")
        if list(other.widths.items()) != list(self.widths.items()):
            raise ValueError(f"cannot merge statistics of {other.widths} into statistics of {self.widths}")
        added = other.compute()
        self._merged = added if self._merged is None else merge_moments(self._merged, added)

    def compute(self) -> Moments:
        """The moments of all rows so far; can be asked again and again."""
        own = self._state.moments(self.widths) if self._state else empty_moments(self.widths)
        return own if self._merged is None else merge_moments(own, self._merged)

    def final(self) -> Moments:
        """What `compute` gives, without a copy of the co-moments: they are given up, and nothing is left here."""
        if self._state and self._merged is None:
            found = self._state.moments(self.widths, copied=False)
        else:
            found = self.compute()
        self._state = self._merged = None
        return found

    def state(self) -> dict[str, np.ndarray]:
        """All rows so far as arrays, float64 but for the count; `restore` continues from it, to the last bit.

        On the CPU they are no copies: to be stored before the next `update` changes them.
        """
        parts = {}
        if self._merged is not None:
            parts["merged"] = _arrays(self._merged)
        if self._state:
            parts["own"] = self._state.arrays()
        return {f"{part}/{name}": values for part, arrays in parts.items() for name, values in arrays.items()}

    def restore(self, state: Mapping[str, np.ndarray], device: torch.device) -> None:
        """Take over what `state` gave, to go on with activations on `device`."""
        self._merged = _moments(self.widths, "merged", state) if "merged/count" in state else None
        self._state = self._device = None
        if "own/count" in state:
            self._state = self._sums(device)
            self._state.take("own", state)
            self._device = str(torch.empty(0, device=device).device)

    def _add(self, views: Mapping[str, Array]) -> None:
        """Add views (units, images, positions), block by block."""
        if set(views) != set(self.widths):
            raise ValueError(f"expected activations of the nets {list(self.widths)}, got {list(views)}")
        for net, width in self.widths.items():
            if len(views[net]) != width:
                raise ValueError(f"net {net!r} has {width} units, got activations of {len(views[net])}")
        shapes = {net: tuple(view.shape[1:]) for net, view in views.items()}
        if len(set(shapes.values())) > 1:
            raise ValueError(f"all nets must give the same rows, got {shapes} (images, positions)")
        images, positions = next(iter(shapes.values()))
        device = next(map(device_of, views.values()))
        if self._device not in (None, device):
            raise ValueError(f"activations must stay on {self._device}, where the earlier ones were, got {device}")
        self._device = device
        with torch.inference_mode(), full_float32(torch.device(device)):
            for image_part, position_part in _blocks(images, positions, self._rows_at_once(torch.device(device))):
                self._add_block(
                    [as_tensor(views[net][:, image_part, position_part]) for net in self.widths], image_part.start
                )

    def _add_block(self, views: Sequence[torch.Tensor], first_image: int) -> None:
        block = self._float32_block(views) or self._float64_block(views, first_image)
        if self._state is None:
            self._state = self._sums(block.rows.device)
        self._state.absorb(block)

    def _sums(self, device: torch.device) -> _Sums:
        return _Sums(home_of(device), sum(self.widths.values()), self._scratch)

    def _rows_at_once(self, device: torch.device) -> int:
        if device.type == "cpu" or not self._has_first_rows():
            return self._rows
        return min(max(DEVICE_NUMBERS // sum(self.widths.values()), BLOCK_ROWS[0]), DEVICE_ROWS)

    def _has_first_rows(self) -> bool:
        return self._state is not None and self._state.count >= max(self._rows, 2 * BLOCK_ROWS[0])

    def _float32_block(self, views: Sequence[torch.Tensor]) -> _Block | None:
        """None where float32 would not be exact enough."""
        if self._state is None or not self._has_first_rows():
            return None
        if sum(map(len, views)) < FEWEST or not all(fits_float32(view.dtype) for view in views):
            return None
        shift = self._state.anchors().float().to(views[0].device)
        block = _Block([view.float() for view in views], shift)
        reach = torch.maximum(block.greatest, -block.least)
        return block if _within(FLOAT32_RANGE, reach, reach) else None

    def _float64_block(self, views: Sequence[torch.Tensor], first_image: int) -> _Block:
        views = [_double(view) for view in views]
        block = _Block(views, torch.cat([view.mean(dim=(1, 2)) for view in views]))
        least, greatest = block.shift + block.least, block.shift + block.greatest
        if self._state is not None:
            reached = self._state.least.to(least.device), self._state.greatest.to(least.device)
            least, greatest = torch.minimum(least, reached[0]), torch.maximum(greatest, reached[1])
        span = greatest - least
        if not _within(FLOAT64_RANGE, span, torch.maximum(greatest, -least)):
            raise _unusable(dict(zip(self.widths, views, strict=True)), span, first_image)
        return block


class _Block:
    """Rows of all nets, stacked (units, rows) and less `shift` (units,), with each unit's least and greatest."""

    def __init__(self, views: Sequence[torch.Tensor], shift: torch.Tensor):
        self.shift = shift
        self.rows = _empty_like(views, len(shift), shift)
        widths = [len(view) for view in views]
        for view, own, out in zip(views, shift.split(widths), self.rows.split(widths), strict=True):
            torch.sub(view, own[:, None, None], out=out.view(view.shape))
        self.least, self.greatest = self.rows.amin(dim=1), self.rows.amax(dim=1)


class _Sums:
    """Count, means, co-moments and bounds of rows, float64, where the activations are or on a disk.

    Of the co-moments the upper triangle counts: the product of the rows with themselves is symmetric. They are worked
    on in strips, from the diagonal to the right: little more than half of the work, and a part of a file at a time.
    """

    def __init__(self, device: torch.device, units: int, scratch: Scratch):
        on_disk = scratch.holds(8 * units**2)
        if on_disk:
            device = torch.device("cpu")

        def filled(value: float) -> torch.Tensor:
            return torch.full((units,), value, dtype=torch.float64, device=device)

        self.count = 0
        self.means, self.least, self.greatest = filled(0), filled(torch.inf), filled(-torch.inf)
        if on_disk:
            self.comoments = torch.from_numpy(scratch.zeros((units, units), np.float64))
        else:
            self.comoments = torch.zeros((units, units), dtype=torch.float64, device=device)

    def absorb(self, block: _Block) -> None:
        """Add the rows of a block, which are given up (Chan, Golub and LeVeque 1983, equation 2.1)."""
        own = block.rows.shape[1]
        count = self.count + own
        home = self.means.device
        shift = _double(block.shift).to(home)
        mean = _double(block.rows.mean(dim=1)).to(home)
        corners, left = self._settled(block.rows, mean)
        self._add_product(block.rows, corners)
        step = shift + mean - self.means
        factors = torch.stack((left * -own, step * (self.count * own / count)), dim=1)
        others = torch.stack((left, step))
        for rows in self._strips():
            self.comoments[rows, rows.start :].addmm_(factors[rows], others[:, rows.start :])
        self.means.add_(step, alpha=own / count)
        torch.minimum(self.least, shift + _double(block.least).to(home), out=self.least)
        torch.maximum(self.greatest, shift + _double(block.greatest).to(home), out=self.greatest)
        self.count = count

    def _settled(self, rows: torch.Tensor, mean: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """The product of each strip of the rows with itself, and how much of the `mean` the rows still hold, (units,).

        A mean whose square is more than STRAY variances is taken off the rows. The mean of the squares, which tells,
        stands in the diagonal of the products, so that no pass over the rows is spent on it.
        """
        corners = self._corners(rows)
        squares = torch.cat([corner.diagonal() for corner in corners]) / rows.shape[1]
        stray = mean.square() > (squares - mean.square()) * STRAY
        if not _any(stray):
            return corners, mean
        rows.sub_(torch.where(stray, mean, 0)[:, None].to(rows.dtype).to(rows.device))
        return self._corners(rows), torch.where(stray, 0, mean)

    def _corners(self, rows: torch.Tensor) -> list[torch.Tensor]:
        """The product of each strip with itself; those of one size at once, since each is small."""
        strips = list(self._strips())
        size = strips[0].stop
        alike = sum(own.stop - own.start == size for own in strips) if rows.shape[1] <= BLOCK_ROWS[1] else 0
        batch = rows[: alike * size].unflatten(0, (alike, size))
        home = self.comoments.device
        return [*(batch @ batch.mT).to(home), *(_product(rows[own], rows[own], home) for own in strips[alike:])]

    def _add_product(self, rows: torch.Tensor, corners: Sequence[torch.Tensor]) -> None:
        """Add rows @ rows.T, of which the `corners` are known."""
        for own, corner in zip(self._strips(), corners, strict=True):
            self.comoments[own, own].add_(corner)
            right = slice(own.stop, None)
            self.comoments[own, right].add_(_product(rows[own], rows[right], self.comoments.device))

    def arrays(self) -> dict[str, np.ndarray]:
        """All of it, the co-moments in strips."""
        return {"count": np.array(self.count)} | {name: part.cpu().numpy() for name, part in self._parts().items()}

    def take(self, part: str, state: Mapping[str, np.ndarray]) -> None:
        """Become what `arrays` gave, whose names begin with `part` in `state`."""
        self.count = state[f"{part}/count"].item()
        for name, mine in self._parts().items():
            mine.copy_(torch.from_numpy(np.array(state[f"{part}/{name}"])))

    def _parts(self) -> dict[str, torch.Tensor]:
        strips = {f"comoments/{rows.start}": self.comoments[rows, rows.start :] for rows in self._strips()}
        return {"means": self.means, "least": self.least, "greatest": self.greatest, **strips}

    def _strips(self) -> Iterator[slice]:
        units = len(self.means)
        strip = max(units // STRIPS, LEAST_STRIP)
        last = max(units // strip - 1, 0) * strip
        for start in range(0, last, strip):
            yield slice(start, start + strip)
        yield slice(last, units)

    @torch.inference_mode()
    def _mirror(self) -> None:
        """Make the lower triangle that of the whole."""
        for rows in self._strips():
            corner = self.comoments[rows, rows]
            corner.copy_(corner.triu() + corner.triu(1).t())
            self.comoments[rows.stop :, rows].copy_(self.comoments[rows, rows.stop :].t())

    def anchors(self) -> torch.Tensor:
        """Where to shift each unit, (units,): 0, its least or greatest if within a deviation of its mean, else that."""
        anchors, squares = self.means, self.comoments.diagonal()
        for extreme in (self.greatest, self.least, torch.zeros_like(self.means)):
            anchors = torch.where((self.means - extreme).square() * self.count <= squares, extreme, anchors)
        return anchors

    def moments(self, widths: Mapping[str, int], *, copied: bool = True) -> Moments:
        def array(values: torch.Tensor) -> np.ndarray:
            own = values.cpu().numpy()
            return own.copy() if copied else own

        self._mirror()
        return Moments(
            widths,
            self.count,
            array(self.means),
            array(self.comoments),
            array(self.least),
            array(self.greatest),
        )


def _empty_like(views: Sequence[torch.Tensor], units: int, shift: torch.Tensor) -> torch.Tensor:
    """An empty block (units, rows), with its units side by side in memory where the views have them so.

    Turning them over takes as long as a third of the product of 256 units.
    """
    rows = views[0][0].numel()
    if all(view.stride(0) == 1 for view in views):
        return torch.empty((rows, units), dtype=shift.dtype, device=shift.device).t()
    return torch.empty((units, rows), dtype=shift.dtype, device=shift.device)


def _product(some: torch.Tensor, others: torch.Tensor, home: torch.device) -> torch.Tensor:
    """The product some @ others.T at `home`: float32 adds up BLOCK_ROWS[1] columns at most, float64 the rest."""
    part = BLOCK_ROWS[1]
    parts = some.shape[1] // part
    if some.shape[1] <= part:
        return (some @ others.t()).to(home)
    left, right = (rows[:, : parts * part].unflatten(1, (parts, part)).transpose(0, 1) for rows in (some, others))
    rest = some[:, parts * part :] @ others[:, parts * part :].t()
    return torch.bmm(left, right.mT).to(home).sum(dim=0, dtype=torch.float64).add_(rest.to(home))


def _arrays(moments: Moments) -> dict[str, np.ndarray]:
    return {
        "count": np.array(moments.count),
        "means": moments.means,
        "comoments": moments.comoments,
        "least": moments.least,
        "greatest": moments.greatest,
    }


def _moments(widths: Mapping[str, int], part: str, state: Mapping[str, np.ndarray]) -> Moments:
    values = (state[f"{part}/{name}"] for name in ("means", "comoments", "least", "greatest"))
    return Moments(widths, state[f"{part}/count"].item(), *values)


def _checked_widths(widths: Mapping[str, int]) -> dict[str, int]:
    if not isinstance(widths, Mapping):
        raise TypeError(f"`widths` must map each net to its number of units, got {widths!r:.80}")
    for net, width in widths.items():
        if not isinstance(width, Integral) or isinstance(width, bool):
            raise TypeError(f"`widths` must map each net to an integer, got {width!r:.80} for {net!r}")
    if not widths or any(width < 1 for width in widths.values()):
        raise ValueError(f"`widths` must map at least one net to a number of units above 0, got {dict(widths)}")
    return {net: int(width) for net, width in widths.items()}


def _double(values: torch.Tensor) -> torch.Tensor:
    return values.to(home_of(values.device)).double()


def _within(limits: tuple[float, float], sizes: torch.Tensor, reach: torch.Tensor) -> bool:
    """Whether `sizes` are 0 or not below the first limit, and `reach` not above the second; False for NaN.

    Here, and where something is `_any`, the program waits for the device.
    """
    smallest = torch.where(sizes > 0, sizes, limits[1]).min()
    least, greatest = torch.stack((smallest, reach.max())).tolist()
    return limits[0] <= least and greatest <= limits[1]


def _any(units: torch.Tensor) -> bool:
    return bool(units.any())


def _blocks(images: int, positions: int, rows: int) -> Iterator[tuple[slice, slice]]:
    """Slices of images and of positions that make blocks of at most `rows` rows, of like size."""
    parts = max(math.ceil(positions / rows), 1)
    per_image = max(math.ceil(positions / parts), 1)
    per_block = max(rows // per_image, 1)
    for image, position in product(range(0, images, per_block), range(0, positions, per_image)):
        yield slice(image, min(image + per_block, images)), slice(position, min(position + per_image, positions))


def _unusable(views: Mapping[str, torch.Tensor], span: torch.Tensor, first_image: int) -> UnusableActivation:
    """What is wrong with a float64 block outside FLOAT64_RANGE; `span` is (units of all nets,), over all rows."""
    narrowest, furthest = FLOAT64_RANGE
    for net, view in views.items():
        bad = (~(view.abs() <= furthest)).nonzero()
        if len(bad):
            unit, image, position = bad[bad[:, 1].argmin()].tolist()
            value = float(view[unit, image, position])
            reason = f"is {value:g}, more than {furthest:g}" if math.isfinite(value) else "is not a finite number"
            return UnusableActivation(net, first_image + image, unit, reason)
    units = [(net, unit) for net, view in views.items() for unit in range(len(view))]
    stacked = int(torch.where(span > 0, span, furthest).argmin())
    net, unit = units[stacked]
    image = int(views[net][unit].argmax()) // views[net].shape[2]
    reason = f"differs from others of its unit by at most {float(span[stacked]):g}, less than {narrowest:g}"
    return UnusableActivation(net, first_image + image, unit, reason)
