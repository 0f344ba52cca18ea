"""Comparison: all that can be asked of a run afterwards, from memory or from its file. It knows no torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from operator import index
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from convergent_widgets import pictures
from convergent_widgets.analysis.matching import METHODS, Matching, describe_matching, match_columns
from convergent_widgets.analysis.rotation import ROTATIONS, Baseline
from convergent_widgets.choices import choose
from convergent_widgets.fields import Box, Field, as_box
from convergent_widgets.manifest import check_manifest
from convergent_widgets.members import unpack_correlation, unpack_picture
from convergent_widgets.moments import correlate
from convergent_widgets.result_file import ResultFile, from_bytes, write_result


class Best(NamedTuple):
    """The most similar unit of a net, with its correlation."""

    unit: int
    r: float


class Images(NamedTuple):
    """The images of a run by index: their names, their labels where there are any, and what the data set is called."""

    names: tuple[str, ...]
    labels: tuple[str, ...] | None
    dataset: str


@dataclass(frozen=True)
class Top:
    """The k images that excite a unit most, strongest first, one position each.

    `images` (k,) int64 image indices, `positions` (k, 2) row and column in the layer's map, `activations` (k,)
    float32, all above 0. k is smaller where fewer images activate the unit.
    """

    images: np.ndarray
    positions: np.ndarray
    activations: np.ndarray


@dataclass(frozen=True)
class Counterpart:
    """A unit's partner in another net.

    `unit` is None where nothing was left for it; then `r`, `rank`, `runner_up` and `agrees` are NaN, None, NaN and
    False. `rank` is 1 + how many units of that net have a greater r. `baseline` is the greatest r of any random
    rotation of that net, `above` tells whether `r` exceeds it. `best` is the most similar unit all the same, None
    for a dead unit.
    """

    unit: int | None
    r: float
    rank: int | None
    runner_up: float
    baseline: float
    above: bool
    agrees: bool
    best: Best | None


@dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Nets compared over a set of images; made by `compare`, kept by `save`, opened by `load`.

    Layers and nets are asked for by name, units by number. Arrays that are returned are not to be written to.
    Unknown names raise KeyError with the closest ones, units out of range IndexError.
    """

    _manifest: Mapping[str, Any]
    _members: Mapping[str, np.ndarray]
    _blocks: Any = field(init=False)
    _vectors: Any = field(init=False)
    _field: Any = field(init=False)

    def __post_init__(self) -> None:
        for name, size, ask in (
            ("_blocks", 16, self._read_block),
            ("_vectors", None, self._read_vectors),
            ("_field", None, self._read_field),
        ):
            object.__setattr__(self, name, lru_cache(maxsize=size)(ask))

    # What was compared

    @cached_property
    def nets(self) -> tuple[str, ...]:
        """Names of the nets, in the order they were given."""
        return tuple(self._manifest["nets"])

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Labels of the layers, in order."""
        return tuple(layer["name"] for layer in self._manifest["layers"])

    @cached_property
    def images(self) -> Images:
        """The images by index."""
        text = from_bytes(self._members["images"])
        labels = text["labels"]
        return Images(tuple(text["names"]), None if labels is None else tuple(labels), self.dataset)

    @property
    def dataset(self) -> str:
        """What the set of images is called."""
        return self._manifest["dataset"]

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings and versions that made it."""
        return MappingProxyType(deepcopy(self._manifest["settings"]))

    @property
    def complete(self) -> bool:
        """Whether the run went through all images."""
        return self._manifest["complete"]

    @property
    def images_seen(self) -> int:
        """How many images were compared."""
        return self._manifest["images_seen"]

    @property
    def skipped(self) -> tuple[str, ...]:
        """Images that could not be read, with the reason."""
        return tuple(self._manifest["skipped"])

    def units(self, layer: str, net: str) -> int:
        """How many units the net has in that layer."""
        return self._layer(layer)["units"][self._net(net)]

    def module(self, layer: str, net: str) -> str:
        """Name of the module whose output was recorded, with "relu" where it was rectified."""
        return self._layer(layer)["modules"][self._net(net)]

    def __repr__(self) -> str:
        state = "" if self.complete else ", partial"
        return (
            f"<Comparison of {', '.join(self.nets)} over {self.images_seen} images of {self.dataset}{state}; "
            f"layers {', '.join(self.layers)}>"
        )

    # Moments

    def mean(self, layer: str, net: str) -> np.ndarray:
        """Mean activation of each unit, (C,)."""
        return self._vectors(layer, None)[0][self._stacked(layer, net)]

    def std(self, layer: str, net: str) -> np.ndarray:
        """Standard deviation of each unit's activation, (C,)."""
        return self._vectors(layer, None)[1][self._stacked(layer, net)]

    def dead(self, layer: str, net: str, half: int | None = None) -> np.ndarray:
        """Which units never vary over all images (or over one half), (C,) bool."""
        _, _, least, greatest = self._vectors(layer, _check_half(half))
        units = self._stacked(layer, net)
        return ~(least[units] < greatest[units])

    def covariance(self, layer: str, a: str, b: str, half: int | None = None) -> np.ndarray:
        """Covariance of units of net `a` with those of net `b`, (C_a, C_b), divided by n; 0 for dead units.

        `half` 0 or 1 takes the images of even or odd index alone.
        """
        return self._blocks("covariance", layer, a, b, _check_half(half))

    def correlation(self, layer: str, a: str, b: str, half: int | None = None) -> np.ndarray:
        """Correlation of units of net `a` with those of net `b`, (C_a, C_b); NaN for dead units.

        `a == b` gives the within-net correlation. `half` 0 or 1 takes the images of even or odd index alone.
        """
        return self._blocks("correlation", layer, a, b, _check_half(half))

    # Matching

    def match(self, layer: str, a: str, b: str, method: str = "bipartite") -> Matching:
        """Which unit of `b` each unit of `a` is matched with: "bipartite" (one to one) or "semi" (each its best)."""
        r = self.correlation(layer, a, b)
        method = _check_method(method)
        chosen = {name: self._columns(layer, a, b, name, r) for name in METHODS}
        other = next(name for name in METHODS if name != method)
        return describe_matching(r, chosen[method], chosen[other])

    def baseline(self, layer: str, a: str, b: str, method: str = "bipartite") -> Baseline:
        """What `a` would match in random rotations of `b`: see `analysis.rotation_baseline`.

        Raises ValueError for a net and itself, where a rotation means nothing.
        """
        row = METHODS.index(_check_method(method))
        if a == b:
            raise ValueError(f"the rotation baseline compares two nets, got {a!r} twice")
        i, j = self._net(a), self._net(b)
        least, greatest = self._member(layer, f"baseline/{i}-{j}")[row].astype(np.float64)
        mean, deviation = self._member(layer, "baseline_means")[row, i, j]
        r, columns = self.correlation(layer, a, b), self._member(layer, f"match/{i}-{j}")[row]
        matched = columns >= 0
        with np.errstate(invalid="ignore"):
            above = matched & (r[np.arange(len(r)), columns] > greatest)
        return Baseline(float(mean), float(deviation), least, greatest, above, float(matched.sum()) / (ROTATIONS + 1))

    def best_unit(self, layer: str, a: str, b: str, method: str = "bipartite") -> int | None:
        """The unit of `a` with the best match in `b`; for a net and itself, the unit most similar to another of it.

        None where nothing is matched.
        """
        row = METHODS.index(_check_method(method))
        unit = int(self._member(layer, "best")[row, self._net(a), self._net(b)])
        return None if unit < 0 else unit

    def unrelated(self, layer: str, a: str, b: str, method: str = "bipartite") -> float:
        """Mean matching of `a` with `b` where b saw other images: the level of no relation. NaN if not measured."""
        row, i, j = METHODS.index(_check_method(method)), self._net(a), self._net(b)
        name = f"layer/{self._number(layer)}/unrelated"
        return float(self._members[name][row, i, j]) if name in self._members else float("nan")

    def counterparts(self, layer: str, net: str, unit: int, method: str = "bipartite") -> dict[str, Counterpart]:
        """The partner of one unit in every other net."""
        unit = self._unit(layer, net, unit)
        return {other: self._counterpart(layer, net, other, unit, method) for other in self.nets if other != net}

    def _counterpart(self, layer: str, net: str, other: str, unit: int, method: str) -> Counterpart:
        r = self.correlation(layer, net, other)[unit]
        matching, baseline = self.match(layer, net, other, method), self.baseline(layer, net, other, method)
        known = np.where(np.isnan(r), -np.inf, r)
        best = None if np.isnan(r).all() else Best(int(known.argmax()), float(known.max()))
        limit, above = float(baseline.greatest[unit]), bool(baseline.above[unit])
        place = int(np.searchsorted(matching.rows, unit))
        if place == len(matching.rows) or matching.rows[place] != unit:
            return Counterpart(None, float("nan"), None, float("nan"), limit, False, False, best)
        value = float(matching.values[place])
        return Counterpart(
            unit=int(matching.columns[place]),
            r=value,
            rank=1 + int((known > value).sum()),
            runner_up=float(matching.runner_up[place]),
            baseline=limit,
            above=above,
            agrees=bool(matching.agrees[place]),
            best=best,
        )

    # Top patches

    def top(self, layer: str, net: str, unit: int) -> Top:
        """The images that excite a unit most. Ties go to the lower image index, then the lower position."""
        unit = self._unit(layer, net, unit)
        table = self.top_table(layer, net)
        k = int((table.images[unit] >= 0).sum())
        return Top(table.images[unit, :k], table.positions[unit, :k], table.activations[unit, :k])

    def top_table(self, layer: str, net: str) -> Top:
        """The same for all units of a layer: (C, k), (C, k, 2), (C, k); image -1 where a unit has no more."""
        prefix = f"top/{self._net(net)}"
        return Top(
            _frozen(self._member(layer, f"{prefix}/images").astype(np.int64)),
            _frozen(self._member(layer, f"{prefix}/positions").astype(np.int64)),
            _frozen(self._member(layer, f"{prefix}/activations")),
        )

    def patches(self, layer: str, net: str, unit: int) -> np.ndarray:
        """The part of each top image that the unit sees, (k, h, w, 3) uint8, grey outside the image."""
        top = self.top(layer, net, unit)
        cuts = [
            pictures.cut(self.picture(net, image), self.field(layer, net, position))
            for image, position in zip(top.images.tolist(), top.positions.tolist(), strict=True)
        ]
        if not cuts:
            upper, left, lower, right = self.field(layer, net, (0, 0))
            return np.zeros((0, lower - upper, right - left, 3), np.uint8)
        return np.stack(cuts)

    def picture(self, net: str, image: int) -> np.ndarray:
        """A top image as the net was shown it (before normalisation), (H, W, 3) uint8.

        Raises KeyError for an image that is in no unit's top.
        """
        return pictures.decode(self.picture_bytes(self.picture_set(net), image))

    def field(self, layer: str, net: str, position: tuple[int, int]) -> Box:
        """Where a unit looks from a position (row, column): (top, left, bottom, right) in the net's pictures.

        May reach outside the picture. The whole picture for units that see all of it. Raises IndexError for a
        position that the layer does not have.
        """
        size, scale = self._scale(net)
        return as_box(_scaled(np.array(self._field(layer, net).box(position, *size)), scale))

    def cell(self, layer: str, net: str, position: tuple[int, int]) -> Box | None:
        """A position's own cell for units that see the whole picture; None where there is no such thing."""
        size, scale = self._scale(net)
        cell = self._field(layer, net).cell(position, *size)
        return None if cell is None else as_box(_scaled(np.array(cell), scale))

    def fields(self, layer: str, net: str, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`field` and `cell` of many positions (..., 2): two arrays (..., 4) int32; a cell of -1 is None."""
        size, scale = self._scale(net)
        seen = self._field(layer, net)
        cells = seen.cells(positions, *size)
        return _scaled(seen.boxes(positions, *size), scale), np.where(cells < 0, cells, _scaled(cells, scale))

    def picture_set(self, net: str) -> int:
        """Which set of pictures the net was shown: nets with one preprocessing share one."""
        return self._manifest["picture_set"][self._net(net)]

    def picture_bytes(self, picture_set: int, image: int) -> bytes:
        """A top image as it is stored, WebP; KeyError for an image that is in no unit's top."""
        prefix = f"pictures/{picture_set}"
        if f"{prefix}/images" not in self._members:
            raise KeyError("this comparison holds no pictures: it was made with patches=0")
        try:
            return unpack_picture(self._pictures, prefix, image)
        except KeyError:
            raise KeyError(f"image {image} is among the top images of no unit, so its picture was not kept") from None

    def picture_size(self, picture_set: int) -> tuple[int, int]:
        """Height and width of the pictures of a set."""
        height, width = self._manifest["picture_sets"][picture_set]["picture"]
        return height, width

    # File

    def save(self, path: str | Path, overwrite: bool = True) -> None:
        """Write the result file. It is written beside the target and renamed, so an interruption leaves the old one.

        Raises FileExistsError where the file exists and `overwrite` is False, FileNotFoundError without its folder.
        """
        path = Path(path)
        if not path.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {path.parent} to save {path.name} in")
        if not overwrite and path.exists():
            raise FileExistsError(f"{path} exists")
        write_result(path, self._manifest, self._members)

    @classmethod
    def load(cls, path: str | Path) -> Comparison:
        """Open a result file; arrays are read when they are asked for.

        Raises FileNotFoundError, or FileFormatError for a damaged or foreign file or one of a newer format.
        """
        file = ResultFile(Path(path))
        return cls(check_manifest(file.manifest, file.path), file)

    # Looking up

    def _net(self, net: str) -> int:
        return choose("net", net, self.nets)

    def _number(self, layer: str) -> int:
        return choose("layer", layer, self.layers)

    def _layer(self, layer: str) -> Mapping[str, Any]:
        return self._manifest["layers"][self._number(layer)]

    def _unit(self, layer: str, net: str, unit: int) -> int:
        units = self.units(layer, net)
        try:
            number = index(unit)
        except TypeError:
            raise TypeError(f"a unit is a whole number, got {unit!r}") from None
        if not 0 <= number < units:
            raise IndexError(f"net {net!r} has units 0 to {units - 1} in layer {layer!r}, got {unit}")
        return number

    def _member(self, layer: str, name: str) -> np.ndarray:
        return self._members[f"layer/{self._number(layer)}/{name}"]

    @cached_property
    def _pictures(self) -> Mapping[str, np.ndarray]:
        return _Remembering(self._members)

    def _stacked(self, layer: str, net: str) -> slice:
        units, number = self._layer(layer)["units"], self._net(net)
        start = sum(units[:number])
        return slice(start, start + units[number])

    def _columns(self, layer: str, a: str, b: str, method: str, r: np.ndarray) -> np.ndarray:
        if a == b:
            return match_columns(r, method)
        stored = self._member(layer, f"match/{self._net(a)}-{self._net(b)}")
        return stored[METHODS.index(method)].astype(np.int64)

    def _read_field(self, layer: str, net: str) -> Field:
        return Field.from_json(self._layer(layer)["fields"][self._net(net)])

    def _scale(self, net: str) -> tuple[tuple[int, int], np.ndarray]:
        """Size of the net's input, and how many pixels of its pictures are one of the input's, down and across."""
        sizes = self._manifest["picture_sets"][self.picture_set(net)]
        height, width = sizes["input"]
        return (height, width), np.array(sizes["picture"]) / (height, width)

    def _read_vectors(self, layer: str, half: int | None) -> np.ndarray:
        if half is not None:
            return _frozen(self._member(layer, f"vectors/{half}"))
        first, second = (self._member(layer, f"vectors/{each}") for each in (0, 1))
        m, n = self._layer(layer)["counts"]
        total = max(m + n, 1)
        step = second[0] - first[0]
        variance = (m * first[1] ** 2 + n * second[1] ** 2) / total + m * n / total**2 * step**2
        return _frozen(
            np.stack(
                [
                    first[0] + step * (n / total),
                    np.sqrt(variance),
                    np.minimum(first[2], second[2]),
                    np.maximum(first[3], second[3]),
                ]
            )
        )

    def _read_block(self, kind: str, layer: str, a: str, b: str, half: int | None) -> np.ndarray:
        if kind == "covariance":
            block = self._covariance(layer, a, b, half)
        else:
            deviations = (
                np.where(self.dead(layer, net, half), 0.0, self._vectors(layer, half)[1][self._stacked(layer, net)])
                for net in (a, b)
            )
            block = correlate(self._blocks("covariance", layer, a, b, half), *deviations, same=a == b)
        block.setflags(write=False)
        return block

    def _covariance(self, layer: str, a: str, b: str, half: int | None) -> np.ndarray:
        if half is None:
            m, n = self._layer(layer)["counts"]
            total = max(m + n, 1)
            rows, columns = self._stacked(layer, a), self._stacked(layer, b)
            step = self._vectors(layer, 1)[0] - self._vectors(layer, 0)[0]
            parts = (count / total * self._covariance(layer, a, b, each) for each, count in ((0, m), (1, n)))
            return sum(parts) + m * n / total**2 * np.outer(step[rows], step[columns])
        prefix = f"layer/{self._number(layer)}"
        r = unpack_correlation(self._members, prefix, half, self._net(a), self._net(b))
        deviations = self._vectors(layer, half)[1]
        return r * np.outer(deviations[self._stacked(layer, a)], deviations[self._stacked(layer, b)])


class _Remembering(Mapping[str, np.ndarray]):
    """The last members read, so that neighbouring pictures cost one read of the file."""

    def __init__(self, members: Mapping[str, np.ndarray]):
        self._members = members
        self._read = lru_cache(maxsize=32)(members.__getitem__)

    def __getitem__(self, name: str) -> np.ndarray:
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def _check_half(half: int | None) -> int | None:
    if half is not None and (isinstance(half, bool) or half not in (0, 1)):
        raise ValueError(f"`half` must be None, 0 or 1, got {half!r}")
    return None if half is None else int(half)


def _check_method(method: str) -> str:
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {METHODS}, got {method!r}")
    return method


def _frozen(values: np.ndarray) -> np.ndarray:
    """A view that cannot be written to."""
    view = values.view()
    view.setflags(write=False)
    return view


def _scaled(boxes: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Boxes (..., 4) in the pixels of a smaller picture; boxes of one size stay of one size."""
    start = np.rint(boxes[..., :2] * scale)
    extent = np.maximum(np.rint((boxes[..., 2:] - boxes[..., :2]) * scale), 1)
    return np.concatenate([start, start + extent], axis=-1).astype(np.int32)
