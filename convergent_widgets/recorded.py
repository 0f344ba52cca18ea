"""What a run recorded, from memory or from its file: moments, matchings, baselines, top images and their pictures."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from operator import index
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from convergent_widgets import pictures
from convergent_widgets.analysis.matching import METHODS, Matching, describe_matching, match_columns
from convergent_widgets.analysis.rotation import ROTATIONS, Baseline, exceeds
from convergent_widgets.choices import choose
from convergent_widgets.manifest import check_manifest, check_widths, read_images
from convergent_widgets.members import unpack_picture
from convergent_widgets.records import Best, Counterpart, Images, Top
from convergent_widgets.result_file import FileFormatError, ResultFile, write_result
from convergent_widgets.stored_moments import StoredMoments, frozen
from convergent_widgets.stored_pictures import StoredPictures

if TYPE_CHECKING:
    from convergent_widgets.fields import Box


SHOWN = {"strongest": "top", "deciles": "deciles"}
PICTURED = (*SHOWN, "attributions")


@dataclass(frozen=True, eq=False, repr=False)
class Recorded:
    """The stored part of a `Comparison`, which is what people use."""

    _manifest: Mapping[str, Any]
    _members: Mapping[str, np.ndarray]

    @cached_property
    def _moments(self) -> StoredMoments:
        return StoredMoments(self._members, self._manifest["layers"])

    @cached_property
    def _pictures(self) -> StoredPictures:
        return StoredPictures(self._members, self._manifest)

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
        return Images(*read_images(self._members["images"]), self.dataset)

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

    def mean(self, layer: str, net: str, half: int | None = None) -> np.ndarray:
        """Mean activation of each unit over all images (or over one half), (C,)."""
        return self._moments.mean(self._number(layer), self._net(net), _check_half(half))

    def std(self, layer: str, net: str, half: int | None = None) -> np.ndarray:
        """Standard deviation of each unit's activation over all images (or over one half), (C,)."""
        return self._moments.std(self._number(layer), self._net(net), _check_half(half))

    def dead(self, layer: str, net: str, half: int | None = None) -> np.ndarray:
        """Which units never vary over all images (or over one half), (C,) bool."""
        return self._moments.dead(self._number(layer), self._net(net), _check_half(half))

    def covariance(self, layer: str, a: str, b: str, half: int | None = None) -> np.ndarray:
        """Covariance of units of net `a` with those of net `b`, (C_a, C_b), divided by n; 0 for dead units.

        `half` 0 or 1 takes the images of even or odd index alone.
        """
        return self._moments.covariance(self._number(layer), self._net(a), self._net(b), _check_half(half))

    def correlation(self, layer: str, a: str, b: str, half: int | None = None) -> np.ndarray:
        """Correlation of units of net `a` with those of net `b`, (C_a, C_b); NaN for dead units.

        `a == b` gives the within-net correlation. `half` 0 or 1 takes the images of even or odd index alone.
        """
        return self._moments.correlation(self._number(layer), self._net(a), self._net(b), _check_half(half))

    def mutual_information(self, layer: str, a: str, b: str) -> np.ndarray:
        """Mutual information of units of net `a` with those of net `b`, (C_a, C_b) nats; 0 for dead units.

        Raises ValueError where it was not measured.
        """
        i, j = self._net(a), self._net(b)
        name = f"layer/{self._number(layer)}/information/{min(i, j)}-{max(i, j)}"
        if name not in self._members:
            raise ValueError("mutual information was not measured: compare(..., mutual_information=True) does")
        values = self._members[name].astype(np.float64)
        return values if i <= j else values.T

    # Matching

    def match(self, layer: str, a: str, b: str, method: str = "bipartite", measure: str = "correlation") -> Matching:
        """Which unit of `b` each unit of `a` is matched with: "bipartite" (one to one) or "semi" (each its best).

        `measure` "mutual_information" matches by that instead, and `values` are nats; it has no rotation baseline.
        """
        method = _check_method(method)
        if measure == "mutual_information":
            values = self.mutual_information(layer, a, b).copy()
            values[self.dead(layer, a)] = values[:, self.dead(layer, b)] = np.nan
            chosen = {name: match_columns(values, name) for name in METHODS}
        elif measure == "correlation":
            values = self.correlation(layer, a, b)
            chosen = {name: self._columns(layer, a, b, name, values) for name in METHODS}
        else:
            raise ValueError(f"`measure` must be 'correlation' or 'mutual_information', got {measure!r}")
        other = next(name for name in METHODS if name != method)
        return describe_matching(values, chosen[method], chosen[other])

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
        r, columns = self.correlation(layer, a, b), self._table(layer, a, b)[row]
        matched = columns >= 0
        above = matched & exceeds(r[np.arange(len(r)), columns], greatest)
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

    def top(self, layer: str, net: str, unit: int, which: str = "strongest") -> Top:
        """The images that excite a unit most; or, with `which` "deciles", a sample of all that excite it.

        Ties go to the lower image index, then the lower position. "deciles" are the images at the deciles of the
        unit's positive activations (each image's greatest), the ninth first, in a random sample of such images.
        """
        unit = self._unit(layer, net, unit)
        table = self.top_table(layer, net, which)
        k = int((table.images[unit] >= 0).sum())
        return Top(table.images[unit, :k], table.positions[unit, :k], table.activations[unit, :k])

    def top_table(self, layer: str, net: str, which: str = "strongest") -> Top:
        """The same for all units of a layer: (C, k), (C, k, 2), (C, k); image -1 where a unit has no more."""
        if which not in SHOWN:
            raise ValueError(f"`which` must be one of {tuple(SHOWN)}, got {which!r}")
        prefix = f"{SHOWN[which]}/{self._net(net)}"
        return Top(
            frozen(self._member(layer, f"{prefix}/images").astype(np.int64)),
            frozen(self._member(layer, f"{prefix}/positions").astype(np.int64)),
            frozen(self._member(layer, f"{prefix}/activations")),
        )

    def patches(self, layer: str, net: str, unit: int, which: str = "strongest") -> np.ndarray:
        """The part of each image of `top` that the unit sees, (k, h, w, 3) uint8, grey outside the image."""
        top = self.top(layer, net, unit, which)
        cuts = [
            pictures.cut(self.picture(net, image), self.field(layer, net, position))
            for image, position in zip(top.images.tolist(), top.positions.tolist(), strict=True)
        ]
        if not cuts:
            upper, left, lower, right = self.field(layer, net, (0, 0))
            return np.zeros((0, lower - upper, right - left, 3), np.uint8)
        return np.stack(cuts)

    def attributions(self, layer: str, net: str, unit: int) -> np.ndarray:
        """Which pixels of each top patch drive the unit, (k, h, w) float32 from -1 to 1: integrated gradients.

        Scaled so that the greatest magnitude in each patch is 1, in steps of 1/127; what lowers the activation is
        negative. A 1 says which pixel counts most in that patch, not how much: a patch that hardly excites the unit
        has one too, so values of different patches or units do not compare. A patch in which nothing counts is all 0.
        Raises ValueError where they were not made.
        """
        shown = [pictures.decode(data)[..., 0] for data in self.attribution_bytes(layer, net, unit)]
        return ((np.array(shown, np.float32) - pictures.OUTSIDE) / (pictures.OUTSIDE - 1)).clip(-1, 1)

    def attribution_bytes(self, layer: str, net: str, unit: int) -> list[bytes]:
        """The same as they are stored, lossless grey WebP: 128 is 0, 1 and 255 are -1 and 1. Raises ValueError too."""
        unit = self._unit(layer, net, unit)
        prefix = f"layer/{self._number(layer)}/attributions/{self._net(net)}"
        if f"{prefix}/images" not in self._members:
            raise ValueError("attributions were not made: compare(..., attributions=True) does")
        images = self.top_table(layer, net).images
        places = range(int((images[unit] >= 0).sum()))
        return [unpack_picture(self._members, prefix, unit * images.shape[1] + place) for place in places]

    def shows(self, which: str) -> bool:
        """Whether it has tables of that kind: "strongest", "deciles" (older files have none) or "attributions"."""
        return f"layer/0/{SHOWN.get(which, which)}/0/images" in self._members

    def filters(self, layer: str, net: str) -> np.ndarray:
        """The filter of each unit of a net's first layer, (C, channels, height, width) float32.

        It is the weight of the one convolution between picture and unit, or its negative where the unit is active on
        the negative (batch normalisation of negative scale); the size of such a scale is left out. Max pooling and
        nonlinearities of each unit may follow. Raises ValueError for a layer whose units are not one filter each.
        """
        name = f"layer/{self._number(layer)}/filters/{self._net(net)}"
        if name not in self._members:
            raise ValueError(f"{layer!r} of {net!r} is no first layer, whose units are one filter each")
        return self._members[name]

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
        return self._pictures.box(self._number(layer), self._net(net), position)

    def cell(self, layer: str, net: str, position: tuple[int, int]) -> Box | None:
        """A position's own cell for units that see the whole picture; None where there is no such thing."""
        return self._pictures.cell(self._number(layer), self._net(net), position)

    def fields(self, layer: str, net: str, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """`field` and `cell` of many positions (..., 2): two arrays (..., 4) int32; a cell of -1 is None."""
        return self._pictures.boxes_and_cells(self._number(layer), self._net(net), positions)

    def picture_set(self, net: str) -> int:
        """Which set of pictures the net was shown: nets with one preprocessing share one."""
        return self._pictures.set_of(self._net(net))

    def picture_bytes(self, picture_set: int, image: int) -> bytes:
        """A top image as it is stored, WebP; KeyError for an image that is in no unit's top."""
        return self._pictures.encoded(picture_set, image)

    def picture_size(self, picture_set: int) -> tuple[int, int]:
        """Height and width of the pictures of a set."""
        return self._pictures.size(picture_set)

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
    def load(cls, path: str | Path) -> Self:
        """Open a result file; arrays are read when they are asked for.

        Raises FileNotFoundError, or FileFormatError for a damaged or foreign file or one of a newer format.
        """
        file = ResultFile(Path(path))
        manifest = check_manifest(file.manifest, file.path)
        check_widths(manifest, file)
        return cls(manifest, file)

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

    def _columns(self, layer: str, a: str, b: str, method: str, r: np.ndarray) -> np.ndarray:
        if a == b:
            return match_columns(r, method)
        return self._table(layer, a, b)[METHODS.index(method)].astype(np.int64)

    def _table(self, layer: str, a: str, b: str) -> np.ndarray:
        """The column of each row by each method, (methods, C_a); FileFormatError where it does not fit the units."""
        stored = self._member(layer, f"match/{self._net(a)}-{self._net(b)}")
        if stored.shape != (len(METHODS), self.units(layer, a)) or (stored >= self.units(layer, b)).any():
            raise FileFormatError(f"damaged: the matching of {a!r} with {b!r} in {layer!r} does not fit their units")
        return stored


def _check_half(half: int | None) -> int | None:
    if half is not None and (isinstance(half, bool) or half not in (0, 1)):
        raise ValueError(f"`half` must be None, 0 or 1, got {half!r}")
    return None if half is None else int(half)


def _check_method(method: str) -> str:
    if method not in METHODS:
        raise ValueError(f"`method` must be one of {METHODS}, got {method!r}")
    return method
