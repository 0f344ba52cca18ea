"""compare(): one pass over the images, for all nets and all layers together."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import interpolate
from tqdm.auto import tqdm

from convergent_widgets import __version__
from convergent_widgets.assemble import LayerResult, PictureSet, assemble
from convergent_widgets.comparison import Comparison, Images, Top
from convergent_widgets.compute.activations import Recorder
from convergent_widgets.compute.images import ImageSource, UnreadableImage, open_images, prepared
from convergent_widgets.compute.interrupts import Interrupt, interruptible
from convergent_widgets.compute.kept_pictures import keep_pictures, picture_size
from convergent_widgets.compute.layer_table import layers as layer_table
from convergent_widgets.compute.loading import Batch, Preprocess, batches
from convergent_widgets.compute.nets import Net, as_net
from convergent_widgets.compute.pictures import in_range
from convergent_widgets.compute.plan import Layers, PlannedLayer, check_positions, plan_layers
from convergent_widgets.compute.receptive_field import receptive_fields
from convergent_widgets.compute.statistics import StreamingStatistics, UnusableActivation
from convergent_widgets.compute.top import TopImages


def compare(
    nets: Mapping[str, Net | nn.Module],
    images: Any,
    layers: Layers = None,
    *,
    patches: int = 9,
    positions: str | int = "all",
    resize: tuple[int, int] | None = None,
    batch_size: int = 32,
    workers: int = 0,
    device: str | torch.device | None = None,
    seed: int = 0,
    progress: bool = True,
    mutual_information: bool = False,
    checkpoint: str | None = None,
    picture_size: int = 256,
) -> Comparison:
    """Run all nets once over the images and keep what can be asked afterwards.

    `nets` maps a name to a `Net` or a bare module. `images` is a map-style Dataset of images or (image, label), or a
    folder. `layers` is None (those suggested for all nets), a list of names that all nets share, or a mapping such as
    `{"label": {"net a": "features.3", "net b": "layer1"}}`.

    `patches` is how many top images are kept per unit (0 keeps no pictures), `resize=(rows, columns)` brings maps of
    different resolution to one grid before they are compared (bilinear), `device` None takes a CUDA device where
    there is one, `seed` sets the rotations of the baseline, `picture_size` is the longest side of kept pictures.

    Ctrl-C ends the run within one batch and returns what was seen so far, with a warning and `complete` False; a
    second one raises. The nets' modes and devices are restored. Raises ValueError or TypeError for what does not fit,
    before the pass begins.
    """
    if positions != "all":
        raise NotImplementedError("`positions` other than 'all' is not built yet")
    if mutual_information:
        raise NotImplementedError("`mutual_information` is not built yet")
    if checkpoint is not None:
        raise NotImplementedError("`checkpoint` is not built yet")
    _check_numbers(
        patches=(patches, 0),
        batch_size=(batch_size, 1),
        workers=(workers, 0),
        seed=(seed, 0),
        picture_size=(picture_size, 8),
    )
    if resize is not None:
        resize = _check_resize(resize)
    source = open_images(images)
    if len(source) == 0:
        raise ValueError("there are no images to compare the nets over")
    chosen = (
        torch.device(device) if device is not None else torch.device("cuda" if torch.cuda.is_available() else "cpu")
    )
    with ExitStack() as stack:
        run = _Run(_named(nets), source, layers, patches, resize, chosen, stack)
        with interruptible() as interrupt:
            run.go(batch_size, workers, progress, interrupt)
            settings = {
                "layers": {layer.label: dict(layer.modules) for layer in run.planned},
                "patches": patches,
                "positions": positions,
                "resize": None if resize is None else list(resize),
                "batch_size": batch_size,
                "device": _describe_device(chosen),
                "seed": seed,
                "picture_size": picture_size,
                "versions": _versions(),
            }
            return run.result(settings, picture_size, batch_size, workers, progress, seed)


@dataclass(frozen=True)
class _Gathered:
    """What the pass gathers in one layer."""

    layer: PlannedLayer
    halves: tuple[StreamingStatistics, StreamingStatistics]
    tops: Mapping[str, TopImages]


class _Run:
    """One pass: what was planned, and what was gathered so far."""

    def __init__(
        self,
        nets: Mapping[str, Net],
        source: ImageSource,
        layers: Layers,
        patches: int,
        resize: tuple[int, int] | None,
        device: torch.device,
        stack: ExitStack,
    ):
        self.nets, self.source, self.resize, self.device = nets, source, resize, device
        self.preprocesses, self.picture_set = _distinct(nets)
        first = _first_readable(source)
        self.example = [prepared(first, preprocess) for preprocess in self.preprocesses]
        self.planned = plan_layers(nets, layers, lambda name: layer_table(nets[name], first).suggested)
        self.recorders = {
            name: stack.enter_context(Recorder(net, [layer.modules[name] for layer in self.planned], device))
            for name, net in nets.items()
        }
        shapes = {name: recorder.check(self._example_input(name)) for name, recorder in self.recorders.items()}
        check_positions(self.planned, shapes, resize)
        self._warn_about_preprocessing()
        self.gathered = [_gather(layer, shapes, patches) for layer in self.planned]
        self.patches = patches
        self.seen = 0
        self.skipped: list[str] = []
        self.labels: dict[int, str] = {}

    def go(self, batch_size: int, workers: int, progress: bool, interrupt: Interrupt) -> None:
        """Run all nets over all images, or until the person asks to stop."""
        pinned = self.device.type == "cuda"
        indices = range(len(self.source))
        with tqdm(total=len(self.source), unit="image", desc="comparing", disable=not progress) as bar:
            for batch in batches(
                self.source, self.preprocesses, indices, batch_size=batch_size, workers=workers, pin=pinned
            ):
                self.add(batch)
                bar.update(len(batch.indices) + len(batch.skipped))
                if interrupt:
                    break
        if self.skipped:
            warnings.warn(
                f"{len(self.skipped)} of {len(self.source)} images could not be read and were skipped: "
                + "; ".join(self.skipped[:3])
                + ("; ..." if len(self.skipped) > 3 else ""),
                stacklevel=4,
            )
        if not self.seen:
            raise KeyboardInterrupt if interrupt else ValueError("none of the images could be read")
        if not self.complete:
            warnings.warn(
                f"interrupted after {self.seen} of {len(self.source)} images: the comparison is partial", stacklevel=4
            )

    @property
    def complete(self) -> bool:
        """Whether every image was seen or skipped."""
        return self.seen + len(self.skipped) == len(self.source)

    def add(self, batch: Batch) -> None:
        """Record one batch in all nets and add it to what was gathered."""
        self.skipped += batch.skipped
        if not len(batch.indices):
            return
        maps = {
            name: recorder.record(self._input(name, batch.pictures[self.picture_set[name]]))
            for name, recorder in self.recorders.items()
        }
        for gathered in self.gathered:
            own = {name: maps[name][module] for name, module in gathered.layer.modules.items()}
            self._add_moments(gathered, own, batch)
            if self.patches:
                for name, top in gathered.tops.items():
                    top.update(own[name], batch.indices)
        self.seen += len(batch.indices)
        for index, label in zip(batch.indices.tolist(), batch.labels, strict=True):
            if label is not None:
                self.labels[index] = label

    def result(
        self, settings: dict[str, Any], longest: int, batch_size: int, workers: int, progress: bool, seed: int
    ) -> Comparison:
        """The Comparison of what was gathered; reads the pictures that it refers to."""
        fields = {
            name: receptive_fields(
                net,
                [layer.modules[name] for layer in self.planned],
                self._example_input(name),
            )
            for name, net in self.nets.items()
        }
        results = [
            LayerResult(
                gathered.layer.label,
                {name: self._described(name, module) for name, module in gathered.layer.modules.items()},
                (gathered.halves[0].compute(), gathered.halves[1].compute()),
                {name: top.compute() for name, top in gathered.tops.items()},
                {name: fields[name][module] for name, module in gathered.layer.modules.items()},
            )
            for gathered in self.gathered
        ]
        sets = self._picture_sets(results, longest, batch_size, workers, progress)
        names = tuple(self.source.names)
        labels = self.source.labels or tuple(self.labels.get(index, "") for index in range(len(names)))
        with tqdm(total=len(results), unit="layer", desc="matching", disable=not progress) as bar:
            return assemble(
                results,
                Images(names, tuple(labels) if any(labels) else None, self.source.dataset),
                sets,
                self.picture_set,
                settings=settings,
                complete=self.complete,
                images_seen=self.seen,
                skipped=self.skipped,
                seed=seed,
                tick=bar.update,
            )

    def _picture_sets(
        self, results: Sequence[LayerResult], longest: int, batch_size: int, workers: int, progress: bool
    ) -> list[PictureSet]:
        wanted = [_referenced(results, self.picture_set, number) for number in range(len(self.preprocesses))]
        sets = []
        with tqdm(
            total=sum(map(len, wanted)), unit="picture", desc="keeping", disable=not (progress and self.patches)
        ) as bar:
            for preprocess, chosen, example in zip(self.preprocesses, wanted, self.example, strict=True):
                height, width = example.shape[-2:]
                encoded = None
                if self.patches:
                    encoded = keep_pictures(
                        self.source,
                        preprocess,
                        chosen,
                        longest,
                        batch_size=batch_size,
                        workers=workers,
                        tick=bar.update,
                    )
                sets.append(PictureSet((height, width), picture_size(height, width, longest), encoded))
        return sets

    def _add_moments(self, gathered: _Gathered, maps: Mapping[str, torch.Tensor], batch: Batch) -> None:
        if self.resize is not None:
            maps = {name: _resized(values, self.resize) for name, values in maps.items()}
        for half, rows in enumerate((slice(None, batch.evens), slice(batch.evens, None))):
            try:
                gathered.halves[half].update_maps({name: values[rows] for name, values in maps.items()})
            except UnusableActivation as error:
                image = int(batch.indices[rows][error.row])
                raise ValueError(
                    f"net {error.net!r}, layer {gathered.layer.label!r}: the activation of unit {error.unit} for "
                    f"image {image} ({self.source.names[image]!r}) {error.reason}"
                ) from None

    def _example_input(self, name: str) -> torch.Tensor:
        return self._input(name, self.example[self.picture_set[name]][None])

    def _input(self, name: str, pictures: torch.Tensor) -> torch.Tensor:
        return self.nets[name].prepare(pictures.to(self.device, non_blocking=True))

    def _described(self, name: str, module: str) -> str:
        return f"relu({module})" if self.nets[name].relu else module

    def _warn_about_preprocessing(self) -> None:
        if not all(map(in_range, self.example)):
            warnings.warn(
                "a `preprocess` returns values outside [0, 1], so it also normalises: the net sees them as they are, "
                "its pictures are stretched to [0, 1] image by image; `normalize=(mean, std)` would keep them true",
                stacklevel=4,
            )
        if len(self.preprocesses) > 1:
            warnings.warn(
                "the nets have different `preprocess`: one position then shows another place of the image in each",
                stacklevel=4,
            )


def _named(nets: Mapping[str, Net | nn.Module]) -> dict[str, Net]:
    if not isinstance(nets, Mapping) or not nets:
        raise TypeError(f"`nets` must map at least one name to a Net or a module, got {nets!r:.80}")
    named = {str(name): as_net(net) for name, net in nets.items()}
    if len(named) < len(nets):
        raise ValueError(f"`nets` must have different names once written out, got {list(nets)}")
    return named


def _distinct(nets: Mapping[str, Net]) -> tuple[list[Preprocess], dict[str, int]]:
    """The distinct preprocessings, and which of them each net has."""
    preprocesses: list[Preprocess] = []
    numbers = {}
    for name, net in nets.items():
        if net.preprocess not in preprocesses:
            preprocesses.append(net.preprocess)
        numbers[name] = preprocesses.index(net.preprocess)
    return preprocesses, numbers


def _gather(layer: PlannedLayer, shapes: Mapping[str, Mapping[str, tuple[int, int, int]]], patches: int) -> _Gathered:
    own = {name: shapes[name][module] for name, module in layer.modules.items()}
    widths = {name: shape[0] for name, shape in own.items()}
    tops = {name: TopImages(units, patches, columns) for name, (units, _, columns) in own.items()}
    return _Gathered(layer, (StreamingStatistics(widths), StreamingStatistics(widths)), tops)


def _first_readable(source: ImageSource) -> Any:
    reasons = []
    for index in range(len(source)):
        try:
            return source.load(index)
        except UnreadableImage as error:
            reasons.append(str(error))
    raise ValueError(f"none of the {len(source)} images could be read: {reasons[0]}")


def _referenced(results: Sequence[LayerResult], picture_set: Mapping[str, int], number: int) -> list[int]:
    tops: list[Top] = [top for result in results for name, top in result.tops.items() if picture_set[name] == number]
    return sorted({int(image) for top in tops for image in top.images.ravel() if image >= 0})


def _resized(maps: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    return maps if 1 in maps.shape[2:] else interpolate(maps, size=grid, mode="bilinear", align_corners=False)


def _check_numbers(**given: tuple[Any, int]) -> None:
    for name, (value, least) in given.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"`{name}` must be a whole number of at least {least}, got {value!r}")


def _check_resize(resize: Any) -> tuple[int, int]:
    try:
        rows, columns = (int(side) for side in resize)
    except (TypeError, ValueError):
        raise ValueError(f"`resize` must be (rows, columns), got {resize!r}") from None
    if min(rows, columns) < 1:
        raise ValueError(f"`resize` must be at least (1, 1), got {(rows, columns)}")
    return rows, columns


def _describe_device(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def _versions() -> dict[str, str]:
    return {
        "convergent_widgets": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
