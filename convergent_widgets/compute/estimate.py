"""What a run would take, told before it starts: measured on the first batches, counted for the rest."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import count, islice, permutations
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from convergent_widgets.analysis.rotation import KEPT_UNITS, ROTATIONS, rotation_baselines, threads_for
from convergent_widgets.compute.devices import current
from convergent_widgets.compute.gathering import Gathering
from convergent_widgets.compute.images import open_images
from convergent_widgets.compute.kept_pictures import keep_pictures
from convergent_widgets.compute.loading import batches
from convergent_widgets.compute.needed import (
    adding_memory,
    check_fits,
    device_memory_told,
    information_memory,
    is_most,
    layer_disk,
    layer_memory,
    maps_memory,
    matching_memory,
    rows_of,
    units_of,
)
from convergent_widgets.compute.options import Options
from convergent_widgets.compute.precision import full_float32
from convergent_widgets.compute.sampled import DECILES
from convergent_widgets.compute.sizes import size
from convergent_widgets.compute.stage import Stage, named_nets
from convergent_widgets.members import count_correlations

if TYPE_CHECKING:
    from convergent_widgets.compute.nets import Net
    from convergent_widgets.compute.plan import Layers

LEAST_BATCHES, MOST_BATCHES, SECONDS = 3, 12, 6.0
TRIAL_UNITS, TRIALS, WARMING_UNITS = KEPT_UNITS, 5, 2
ROUGH = 8  # times the units of the trial, from where a time is rather a guess
PICTURES = 32
_SEEDS = count(1)  # of rotations that nobody drew before


@dataclass(frozen=True)
class LayerEstimate:
    """One layer: `units` and `rows` (positions per image) of each net, and the bytes of memory that it takes."""

    label: str
    units: Mapping[str, int]
    rows: Mapping[str, int]
    memory: int


@dataclass(frozen=True)
class Estimate:
    """What `compare` would take for so many `images`.

    `pass_seconds` is for running the nets and gathering, `finishing_seconds` for pictures, matchings and baselines;
    `memory` (bytes) comes on top of what the process already holds, `disk` (bytes) is taken in the scratch folder while
    the result is held, `file_size` (bytes) is of the saved result. `warning` tells why the run does not fit into the
    memory, or into the room in the scratch folder, that is available now; `pass_seconds` is then NaN, since no batch
    was run. None where it may fit. `information_memory` is the part of `memory` that mutual information takes. `rough`
    tells that a layer is more than 8 times as wide as what `finishing_seconds` was measured on.
    """

    images: int
    pass_seconds: float
    finishing_seconds: float
    memory: int
    file_size: int
    layers: tuple[LayerEstimate, ...]
    disk: int = 0
    warning: str | None = None
    information_memory: int = 0
    rough: bool = False

    @property
    def seconds(self) -> float:
        """Both together."""
        return self.pass_seconds + self.finishing_seconds

    def __str__(self) -> str:
        parts = f"{_duration(self.pass_seconds)} for the pass, {_duration(self.finishing_seconds)} to finish"
        time_taken = f"{'roughly' if self.rough else 'about'} {_duration(self.seconds)} ({parts})"
        scratch = f"{size(self.disk)} of scratch, " if self.disk else ""
        information = ""
        if is_most(self.information_memory, self.memory):
            information = f" ({size(self.information_memory)} of it for mutual information)"
        lines = [
            f"{self.images:,} images: {'time not measured' if math.isnan(self.seconds) else time_taken}",
            f"{size(self.memory)} of memory{information}, {scratch}a file of at most {size(self.file_size)}",
        ]
        if self.warning is not None:
            lines.insert(0, f"warning: {self.warning}")
        width = max(len(layer.label) for layer in self.layers)
        for layer in self.layers:
            units = " + ".join(map(str, layer.units.values()))
            rows = max(layer.rows.values())
            lines.append(f"  {layer.label:<{width}}  {units} units, {rows:,} positions, {size(layer.memory)}")
        return "\n".join(lines)


def estimate(
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
    mutual_information: bool = False,
    picture_size: int = 256,
    attributions: bool = False,
    mixed_precision: bool = False,
    scratch: str | Path | None = None,
) -> Estimate:
    """What `compare` with these arguments would take; runs up to 12 batches, some seconds of work.

    Where the run would not fit into memory, or into `scratch`, no batch is run; what `compare` would raise then (a
    MemoryError, an OSError) is the estimate's `warning`.

    Not counted: the time that mutual information and attributions take, the file size of attributions (20 to 35 kB for
    each patch of 224 x 224 pixels), and the memory of the nets themselves. Raises whatever else `compare` raises before
    its pass.
    """
    options = Options.checked(
        patches=patches,
        positions=positions,
        resize=resize,
        batch_size=batch_size,
        workers=workers,
        device=device,
        seed=seed,
        progress=False,
        picture_size=picture_size,
        mutual_information=mutual_information,
        attributions=attributions,
        mixed_precision=mixed_precision,
        scratch=scratch,
    )
    named, source = named_nets(nets), open_images(images)
    with device_memory_told(options), current(options.device), full_float32(options.device), ExitStack() as stack:
        stage = Stage(named, source, layers, options, stack)
        warning = _warning(stage, options)
        per_image, readable = _measured(stage, options, run=warning is None)
        pictures, picture_seconds, picture_bytes = _pictures(stage, options, readable[:PICTURES])
        planned = tuple(_layer(stage, options, number) for number in range(len(stage.planned)))
        temporary = maps_memory(stage, options) + max(adding_memory(stage, options), matching_memory(stage))
    units = [layer.units for layer in planned]
    return Estimate(
        images=len(source),
        pass_seconds=per_image * len(source),
        finishing_seconds=pictures * picture_seconds + _matching_seconds(units),
        memory=sum(layer.memory for layer in planned) + temporary + int(2 * pictures * picture_bytes),
        file_size=sum(_stored(own, options) for own in units) + int(pictures * picture_bytes),
        layers=planned,
        disk=sum(layer_disk(own, options) for own in units),
        warning=warning,
        information_memory=sum(information_memory(own, options) for own in units),
        rough=_widest(units) > ROUGH * TRIAL_UNITS,
    )


def _warning(stage: Stage, options: Options) -> str | None:
    try:
        check_fits(stage, options)
    except (MemoryError, OSError) as reason:
        return str(reason)
    return None


def _measured(stage: Stage, options: Options, *, run: bool) -> tuple[float, list[int]]:
    """Seconds per image in the first batches, and which of their images could be read.

    The very first batch, which is slower, is left out where there are more. Without `run` the images of one batch are
    read and no net sees them: NaN seconds.
    """
    gathering = Gathering(stage, options) if run else None
    taken, seen = [], []
    readable: list[int] = []
    loaded = batches(
        stage.source,
        stage.preprocesses,
        range(min(len(stage.source), MOST_BATCHES * options.batch_size)),
        batch_size=options.batch_size,
        workers=options.workers,
        pin=options.pin,
    )
    with closing(loaded):
        started = time.perf_counter()
        for batch in loaded:
            readable += batch.indices.tolist()
            if gathering is None:
                return math.nan, readable
            if len(batch.indices):
                gathering.add(batch, stage.record(stage.send(batch)))
            if options.device.type == "cuda":
                torch.cuda.synchronize(options.device)
            taken.append(time.perf_counter() - started)
            seen.append(len(batch.indices) + len(batch.skipped))
            if len(taken) >= LEAST_BATCHES and sum(taken) > SECONDS:
                break
            started = time.perf_counter()
    first = int(len(taken) > 1)
    return sum(taken[first:]) / max(sum(seen[first:]), 1), readable


def _pictures(stage: Stage, options: Options, some: Sequence[int]) -> tuple[int, float, float]:
    """How many pictures are kept at most, and the seconds and bytes that one takes, measured on `some`."""
    if not options.patches or not some:
        return 0, 0.0, 0.0
    shown = 0
    for number in range(len(stage.preprocesses)):
        units = sum(stage.shapes[net][layer.modules[net]][0] for layer in stage.planned for net in stage.shown(number))
        shown += min(len(stage.source), units * (options.patches + DECILES))
    started = time.perf_counter()
    kept = keep_pictures(
        stage.source,
        stage.preprocesses[0],
        some,
        options.picture_size,
        batch_size=options.batch_size,
        workers=0,
        tick=lambda _count: None,
    )
    return shown, (time.perf_counter() - started) / len(some), sum(map(len, kept.values())) / len(some)


def _layer(stage: Stage, options: Options, number: int) -> LayerEstimate:
    units, rows = units_of(stage, number), rows_of(stage, options, number)
    return LayerEstimate(stage.planned[number].label, units, rows, layer_memory(units, options))


def _stored(units: Mapping[str, int], options: Options) -> int:
    """Bytes of one layer in the file: correlations of both halves, matchings, baselines, top images."""
    widths = list(units.values())
    each = 2 * 4 + (4 if options.mutual_information else 0)
    tops = (options.patches + (DECILES if options.patches else 0)) * 16
    return each * count_correlations(widths) + sum(widths) * (64 + tops + 24 * (len(widths) - 1))


def _widest(layers: Sequence[Mapping[str, int]]) -> int:
    return max(max(units.values()) for units in layers)


def _matching_seconds(layers: Sequence[Mapping[str, int]]) -> float:
    """Rotations for each width and all pairs' baselines, both growing by the cube, from medians of some trials."""
    trial = min(_widest(layers), TRIAL_UNITS)
    _baselines_seconds(WARMING_UNITS, 1)
    trials = [(_baselines_seconds(trial, seed), _baselines_seconds(trial, seed)) for seed in islice(_SEEDS, TRIALS)]
    drawing = median(max(first - again, 0) for first, again in trials)
    matching = median(again for _, again in trials)
    pairs = (max(pair) for units in layers for pair in permutations(units.values(), 2))
    widths = {width for units in layers if len(units) > 1 for width in units.values()}
    return sum(matching * (wide / trial) ** 3 for wide in pairs) + sum(drawing * (wide / trial) ** 3 for wide in widths)


def _baselines_seconds(units: int, seed: int) -> float:
    """What the baselines of one pair of so many units take, measured on some of the rotations.

    A seed's first call draws them too, up to KEPT_UNITS; a process' first call loads what they need.
    """
    values = np.random.default_rng(0).standard_normal((4 * units, 2 * units))
    r = np.asarray(np.corrcoef(values, rowvar=False))
    threads = threads_for(units)
    rotations = min(ROTATIONS, 2 * threads)
    started = time.perf_counter()
    rotation_baselines(r[:units, units:], r[units:, units:], rotations=rotations, seed=seed)
    return (time.perf_counter() - started) * math.ceil(ROTATIONS / threads) / math.ceil(rotations / threads)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s" if seconds >= 1 else "under a second"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
