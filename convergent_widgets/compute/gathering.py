"""What a pass gathers, batch by batch: moments of both halves of the images, and the top images of every unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from convergent_widgets.compute.devices import home_of, moved
from convergent_widgets.compute.information import StreamingMutualInformation
from convergent_widgets.compute.kept_images import KeptImages, maxima
from convergent_widgets.compute.positions import taken
from convergent_widgets.compute.resizing import resized
from convergent_widgets.compute.sampled import SAMPLE, SampledImages
from convergent_widgets.compute.scratch import Scratch
from convergent_widgets.compute.statistics import StreamingStatistics, UnusableActivation
from convergent_widgets.compute.top import TopImages

if TYPE_CHECKING:
    import numpy as np

    from convergent_widgets.compute.loading import Batch
    from convergent_widgets.compute.options import Options
    from convergent_widgets.compute.plan import PlannedLayer
    from convergent_widgets.compute.stage import Stage


INFORMATION_ROWS = 250_000
HALF = "; `mixed_precision` holds no activation beyond 65504 on a GPU"


class Part(Mapping[str, "np.ndarray"]):
    """The arrays whose names begin with `prefix`, without it; each is looked up when it is asked for."""

    def __init__(self, arrays: Mapping[str, np.ndarray], prefix: str):
        self._arrays, self._prefix = arrays, prefix

    def __getitem__(self, name: str) -> np.ndarray:
        return self._arrays[self._prefix + name]

    def __contains__(self, name: object) -> bool:
        return f"{self._prefix}{name}" in self._arrays

    def __iter__(self) -> Iterator[str]:
        return (name.removeprefix(self._prefix) for name in self._arrays if name.startswith(self._prefix))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True)
class LayerGathering:
    """One layer: `halves` over images of even and of odd index, each net's `tops` and `samples`.

    `information` is None unless mutual information was asked for.
    """

    layer: PlannedLayer
    halves: tuple[StreamingStatistics, StreamingStatistics]
    tops: Mapping[str, TopImages]
    samples: Mapping[str, SampledImages]
    information: StreamingMutualInformation | None

    def parts(self) -> dict[str, StreamingStatistics | KeptImages | StreamingMutualInformation]:
        """Whatever it gathers, by a name of its own."""
        named: dict[str, Any] = {f"half/{half}": statistics for half, statistics in enumerate(self.halves)}
        for kind, kept in (("top", self.tops), ("sample", self.samples)):
            named |= {f"{kind}/{number}": images for number, images in enumerate(kept.values())}
        return named if self.information is None else named | {"information": self.information}


class Gathering:
    """All layers, and which images were seen (how many), skipped (why) and labelled (how)."""

    def __init__(self, stage: Stage, options: Options, bins: Sequence[Mapping[str, np.ndarray]] | None = None):
        """`bins` are each layer's bin edges by net, where mutual information is wanted."""
        self._names = stage.source.names
        self._home = home_of(stage.device)
        self._patches, self._resize = options.patches, options.resize
        self._positions, self._seed = options.positions, options.seed
        self._hint = HALF if options.mixed_precision and options.device.type == "cuda" else ""
        scratch = Scratch(options.scratch)
        self._counted = -(-INFORMATION_ROWS // len(self._names))
        self.layers = [
            _empty(layer, stage, options, scratch, None if bins is None else StreamingMutualInformation(bins[number]))
            for number, layer in enumerate(stage.planned)
        ]
        self.seen = 0
        self.skipped: list[str] = []
        self.labels: dict[int, str] = {}

    def add(self, batch: Batch, maps: Mapping[str, Mapping[str, torch.Tensor]]) -> None:
        """Add a batch with the maps (N, C, h, w) that it made, by net and module.

        Raises ValueError naming net, layer, unit and image where an activation is not finite.
        """
        indices = moved(batch.indices, self._home)
        for gathered in self.layers:
            own = {name: maps[name][module] for name, module in gathered.layer.modules.items()}
            self._add_rows(gathered, own, batch)
            if self._patches:
                for name, values in own.items():
                    strongest = maxima(values)
                    gathered.tops[name].update(values, indices, strongest)
                    gathered.samples[name].update(values, indices, strongest)
        self.seen += len(batch.indices)
        for index, label in zip(batch.indices.tolist(), batch.labels, strict=True):
            if label is not None:
                self.labels[index] = label

    def merge(self, other: Gathering) -> None:
        """Add what `other` gathered from other images; it is left as it was."""
        self.seen += other.seen
        self.skipped += other.skipped
        self.labels |= other.labels
        for mine, its in zip(self.layers, other.layers, strict=True):
            parts: dict[str, Any] = mine.parts()
            for name, part in its.parts().items():
                parts[name].merge(part)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """What was seen, and all that was gathered, as arrays; `restore` continues from it."""
        arrays = {
            f"layer/{number}/{name}/{key}": values
            for number, gathered in enumerate(self.layers)
            for name, part in gathered.parts().items()
            for key, values in part.state().items()
        }
        return {"seen": self.seen, "skipped": self.skipped, "labels": list(self.labels.items())}, arrays

    def restore(self, told: Mapping[str, Any], arrays: Mapping[str, np.ndarray], device: torch.device) -> None:
        """Take over what `state` gave, to go on with activations on `device`."""
        self.seen, self.skipped, self.labels = told["seen"], list(told["skipped"]), dict(told["labels"])
        for number, gathered in enumerate(self.layers):
            for name, part in gathered.parts().items():
                own = Part(arrays, f"layer/{number}/{name}/")
                if isinstance(part, StreamingStatistics):
                    part.restore(own, device)
                else:
                    part.restore(own)

    def _add_rows(self, gathered: LayerGathering, maps: Mapping[str, torch.Tensor], batch: Batch) -> None:
        grids = {name: resized(values, self._resize) for name, values in maps.items()}
        maps = {name: taken(grid, batch.indices, self._positions, self._seed) for name, grid in grids.items()}
        for half, rows in enumerate((slice(None, batch.evens), slice(batch.evens, None))):
            try:
                gathered.halves[half].update_maps({name: values[rows] for name, values in maps.items()})
            except UnusableActivation as error:
                image = int(batch.indices[rows][error.row])
                raise ValueError(
                    f"net {error.net!r}, layer {gathered.layer.label!r}: the activation of unit {error.unit} "
                    f"for image {image} ({self._names[image]!r}) {error.reason}{self._hint}"
                ) from None
        if gathered.information is not None:
            some = {name: taken(values, batch.indices, self._counted, self._seed) for name, values in maps.items()}
            gathered.information.update(
                {name: values.flatten(2).transpose(1, 2).flatten(0, 1) for name, values in some.items()}
            )


def _empty(
    layer: PlannedLayer,
    stage: Stage,
    options: Options,
    scratch: Scratch,
    information: StreamingMutualInformation | None,
) -> LayerGathering:
    shapes = {name: stage.shapes[name][module] for name, module in layer.modules.items()}
    widths = {name: units for name, (units, _, _) in shapes.items()}
    sample = SAMPLE if options.patches else 0
    return LayerGathering(
        layer,
        (StreamingStatistics(widths, scratch), StreamingStatistics(widths, scratch)),
        {name: TopImages(units, options.patches, columns) for name, (units, _, columns) in shapes.items()},
        {name: SampledImages(units, columns, options.seed, sample) for name, (units, _, columns) in shapes.items()},
        information,
    )
