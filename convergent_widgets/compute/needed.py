"""What memory a run needs, counted before its pass, and the refusal of one that does not fit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from convergent_widgets.analysis.rotation import KEPT_BYTES as ROTATIONS_BYTES
from convergent_widgets.analysis.rotation import MATRICES, ROTATIONS, threads_for
from convergent_widgets.compute.available_memory import available_memory
from convergent_widgets.compute.binning import BINS
from convergent_widgets.compute.distributed import processes_here
from convergent_widgets.compute.sampled import SAMPLE
from convergent_widgets.compute.scratch import Scratch
from convergent_widgets.compute.sizes import size
from convergent_widgets.compute.statistics import BLOCK_ROWS, STRIPS
from convergent_widgets.members import count_correlations
from convergent_widgets.stored_moments import KEPT_BLOCKS
from convergent_widgets.stored_moments import KEPT_BYTES as BLOCKS_BYTES

if TYPE_CHECKING:
    from convergent_widgets.compute.options import Options
    from convergent_widgets.compute.stage import Stage

HALVES = 2
TEMPORARY_BLOCKS = 8  # of one pair of nets, while its correlations are made, packed and matched


def units_of(stage: Stage, number: int) -> dict[str, int]:
    """How many units each net has in a layer."""
    return {net: stage.shapes[net][module][0] for net, module in stage.planned[number].modules.items()}


def rows_of(stage: Stage, options: Options, number: int) -> dict[str, int]:
    """How many positions of an image are counted for each net in a layer."""
    shapes = {net: stage.shapes[net][module] for net, module in stage.planned[number].modules.items()}
    rows = {net: shape[1] * shape[2] for net, shape in shapes.items()}
    if options.resize is not None:
        rows = {net: count if count == 1 else math.prod(options.resize) for net, count in rows.items()}
    if options.positions == "pooled":
        return dict.fromkeys(rows, 1)
    if options.positions != "all":
        return {net: min(count, int(options.positions)) for net, count in rows.items()}
    return rows


def layer_memory(units: Mapping[str, int], options: Options) -> int:
    """Bytes that one layer takes from the pass to the result: co-moments, correlations, top images, joint counts."""
    wide = sum(units.values())
    memory = sum(count for count in _matrices(units) if not Scratch(options.scratch).holds(count))
    memory += wide * (options.patches + (SAMPLE if options.patches else 0)) * 20
    return memory + information_memory(units, options)


def layer_disk(units: Mapping[str, int], options: Options) -> int:
    """Bytes that one layer takes in the scratch folder."""
    return sum(count for count in _matrices(units) if Scratch(options.scratch).holds(count))


def adding_memory(stage: Stage, options: Options) -> int:
    """Bytes taken for a while as a batch is added, by one layer after the other: rows, and products of strips."""
    found = []
    for number in range(len(stage.planned)):
        wide = sum(units_of(stage, number).values())
        rows = min(BLOCK_ROWS[0], -(-options.batch_size // HALVES) * max(rows_of(stage, options, number).values()))
        found.append(2 * (rows * wide + wide**2 // STRIPS) * 8)
    return max(found)


def matching_memory(stage: Stage) -> int:
    """Bytes taken for a while after the pass, by one pair of nets after the other: rotations, correlations, threads."""
    layers = [units_of(stage, number) for number in range(len(stage.planned))]
    widest = max(max(units.values()) for units in layers)
    block = widest**2 * 8
    rotations = min(max(ROTATIONS_BYTES, block), ROTATIONS * block)
    kept = min(max(BLOCKS_BYTES, KEPT_BLOCKS[0] * block), KEPT_BLOCKS[1] * block)
    kept = min(kept, 2 * sum(map(_comoments, layers)))  # covariances and correlations of all pairs
    return rotations + kept + (TEMPORARY_BLOCKS + MATRICES * threads_for(widest)) * block


def maps_memory(stage: Stage, options: Options) -> int:
    """Bytes of one batch's maps, all layers of all nets, copied once more while they are added."""
    numbers = sum(math.prod(shape) for shapes in stage.shapes.values() for shape in shapes.values())
    return 2 * options.batch_size * numbers * 4


def information_memory(units: Mapping[str, int], options: Options) -> int:
    """Bytes of `layer_memory` that mutual information takes."""
    return 12 * _joint_counts(units) if options.mutual_information else 0


def is_most(part: int, whole: int) -> bool:
    """Whether a part of the memory is so large that it is told by itself."""
    return 2 * part > whole


def shortage(stage: Stage, options: Options) -> str | None:
    """Why the run does not fit into what memory is available, and what to do, in words; None where it may fit.

    Counted is only what a run takes in any case: during the pass in each of the processes that torchrun started on this
    machine, then for the matchings in one. Neither the nets and what they need to run nor the pictures are counted.
    """
    room = _Room(stage, options)
    if room.fits(options):
        return None
    layers = {layer.label: units_of(stage, number) for number, layer in enumerate(stage.planned)}
    least = {label: layer_memory(units, options) for label, units in layers.items()}
    label = max(least, key=lambda label: least[label])
    widths = " + ".join(map(str, layers[label].values()))
    told = f"layer {label!r} alone ({widths} units) takes {size(least[label])} of it"
    during, after = room.during(options), room.after(options)
    if max(during, after) > room.left:
        processes = processes_here()
        information = sum(information_memory(units, options) for units in layers.values())
        information *= processes if during > after else 1
        if after > room.left:
            told = f"matching the units takes {size(matching_memory(stage))} of it, {told}"
        shared = f" in {processes} processes on this machine," if during > after and processes > 1 else ""
        needed, where = max(during, after), f"of memory,{shared} of which {size(room.left)} are available"
    else:
        information = room.counts_on_device(options)
        needed, where = room.on_device(options), f"of the GPU's memory, of which {size(room.free)} are free"
    if is_most(information, needed):
        told = f"mutual information takes {size(information)} of it, {told}"
    return f"the run needs {size(needed)} {where}; {told}. {_advice(room, options)}"


class _Room:
    """What a run needs with some options, beside what is available now: in memory, and on a GPU."""

    def __init__(self, stage: Stage, options: Options):
        self._stage, self._layers = stage, [units_of(stage, number) for number in range(len(stage.planned))]
        left = available_memory()
        self.left = math.inf if left is None else left
        self.free = math.inf
        if options.device.type == "cuda":
            reserved = torch.cuda.memory_reserved(options.device) - torch.cuda.memory_allocated(options.device)
            self.free = torch.cuda.mem_get_info(options.device)[0] + reserved

    def fits(self, options: Options) -> bool:
        """Whether neither is clearly too little; what is not known is enough."""
        return max(self.during(options), self.after(options)) <= self.left and self.on_device(options) <= self.free

    def during(self, options: Options) -> int:
        """Bytes that the pass takes in all processes of this machine together."""
        gathered = self._held(options) - _correlations(self._layers, options)
        return processes_here() * (gathered + adding_memory(self._stage, options))

    def after(self, options: Options) -> int:
        """Bytes that the matchings take, on top of the result."""
        return self._held(options) + matching_memory(self._stage)

    def on_device(self, options: Options) -> int:
        """Bytes of the GPU's memory."""
        scratch = Scratch(options.scratch)
        taken = sum(HALVES * _comoments(units) for units in self._layers if not scratch.holds(_comoments(units)))
        return taken + self.counts_on_device(options)

    def counts_on_device(self, options: Options) -> int:
        """Bytes of the GPU's memory that mutual information takes."""
        return 4 * sum(map(_joint_counts, self._layers)) if options.mutual_information else 0

    def _held(self, options: Options) -> int:
        return sum(layer_memory(units, options) for units in self._layers)


def _advice(room: _Room, options: Options) -> str:
    """What makes the run fit, where one argument or two do."""
    plain = replace(options, mutual_information=False)
    on_disk, both = (replace(given, scratch=Path()) for given in (options, plain))
    least = "fewer nets or layers need less"
    disk = "`scratch=folder` (--scratch FOLDER), which keeps the large matrices on disk"
    may_use_disk = options.scratch is None and processes_here() == 1
    if options.mutual_information and room.fits(plain):
        return f"Without mutual information it may fit; {least}"
    if may_use_disk and room.fits(on_disk):
        return f"With {disk}, it may fit; {least}"
    if may_use_disk and room.fits(both):
        return f"Without mutual information and with {disk}, it may fit; {least}"
    return least.capitalize()


def check_fits(stage: Stage, options: Options) -> None:
    """MemoryError where the run does not fit into memory, OSError where `scratch` has too little room for it."""
    reason = shortage(stage, options)
    if reason is not None:
        raise MemoryError(reason)
    disk = sum(layer_disk(units_of(stage, number), options) for number in range(len(stage.planned)))
    Scratch(options.scratch).check_room(disk)


@contextmanager
def device_memory_told(options: Options) -> Iterator[None]:
    """Inside, a GPU that runs out of memory is a MemoryError that says what needs less."""
    try:
        yield
    except torch.cuda.OutOfMemoryError as reason:
        raise MemoryError(
            f"{options.device} has too little memory for batches of {options.batch_size} images: a smaller "
            f"`batch_size`, fewer nets or layers need less ({str(reason).partition(chr(10))[0]})"
        ) from reason


def _matrices(units: Mapping[str, int]) -> list[int]:
    """Bytes of the large matrices of a layer, one by one: co-moments and kept correlations, of each half."""
    return HALVES * [_comoments(units), _kept(units)]


def _correlations(layers: Iterable[Mapping[str, int]], options: Options) -> int:
    """Bytes of memory for the kept correlations of all layers, which are made after the pass."""
    return HALVES * sum(_kept(units) for units in layers if not Scratch(options.scratch).holds(_kept(units)))


def _kept(units: Mapping[str, int]) -> int:
    return 4 * count_correlations(list(units.values()))


def _comoments(units: Mapping[str, int]) -> int:
    return 8 * sum(units.values()) ** 2


def _joint_counts(units: Mapping[str, int]) -> int:
    """How many numbers mutual information counts: 4 bytes each on the device, 8 more once they are added up."""
    return (sum(units.values()) * (BINS - 1)) ** 2 // 2
