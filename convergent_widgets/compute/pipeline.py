"""compare(): one pass over the images, for all nets and all layers together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from convergent_widgets.compute.agreement import check_agreement
from convergent_widgets.compute.binning import bins_of
from convergent_widgets.compute.devices import current
from convergent_widgets.compute.distributed import Ranks, ranks
from convergent_widgets.compute.finishing import finish
from convergent_widgets.compute.freed_memory import freed_memory_kept
from convergent_widgets.compute.gathering import Gathering
from convergent_widgets.compute.images import open_images
from convergent_widgets.compute.interrupts import Interrupt, interruptible
from convergent_widgets.compute.loading import batches
from convergent_widgets.compute.needed import check_fits, device_memory_told
from convergent_widgets.compute.options import Options
from convergent_widgets.compute.precision import full_float32
from convergent_widgets.compute.progress import told
from convergent_widgets.compute.resume import Checkpoint, checkpoint_path
from convergent_widgets.compute.setting import setting_of
from convergent_widgets.compute.stage import Stage, named_nets
from convergent_widgets.compute.telling import tell

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.compute.nets import Net
    from convergent_widgets.compute.plan import Layers
    from convergent_widgets.compute.progress import Told

SHOWN_SKIPS = 3


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
    progress: bool | Told = True,
    mutual_information: bool = False,
    checkpoint: str | Path | None = None,
    picture_size: int = 256,
    attributions: bool = False,
    mixed_precision: bool = False,
    scratch: str | Path | None = None,
) -> Comparison | None:
    """Run all nets once over the images and keep what can be asked afterwards.

    `nets` maps a name to a `Net` or a bare module. `images` is a map-style Dataset of images or (image, label), or a
    folder. `layers` is None (those suggested for all nets), a list of names that all nets share, or a mapping such as
    `{"label": {"net a": "features.3", "net b": "layer1"}}`; a name given twice is compared once.

    `positions` "all" correlates over every position of every image, a number over that many of each image (drawn by
    the seed, for speed), "pooled" over each image's mean; top images are sought over all positions in any case.
    `patches` is how many top images are kept per unit (0 keeps no pictures), `resize=(rows, columns)` brings maps of
    different resolution to one grid before they are compared (bilinear), `device` None takes a CUDA device where
    there is one, `seed` sets all that is random, `picture_size` is the longest side of kept pictures.
    `mutual_information` also counts how the units' activations fall into 10 bins together (Li et al. 2015, section
    3.1), over up to 250,000 positions in all, with bins from a sample of up to 256 images; each takes some 80 times
    the products of a correlation.
    `mixed_precision` runs the nets under torch.autocast, which is faster on a GPU; without it they run in full float32,
    whatever the caller allows torch (TF32, autocast). All that is made of the activations is float32 and float64.
    `attributions` also tells, for each top patch, which pixels drive the unit (integrated gradients).

    `checkpoint` is a file into which what was gathered is saved now and then (every 30 s or more, so that it takes at
    most a twentieth of the time); the same call with the same file goes on from there after an interruption or a crash,
    and gives the same result. It stays when the run is over, for you to delete once the result is saved.

    `scratch` is a folder on a disk for the matrices of wide layers (sum of units)^2, which are then in memory only as
    far as there is room: the same result, at the disk's speed. Its files have no name and are gone when the result,
    whose correlations stay there until then, is let go, or when the process ends in whatever way.

    `progress` True shows bars, False nothing. A function is called as progress(step, done, of): "comparing" counts
    images, "binning", "attributing", "keeping" and "matching" are the work before and after that. Returning
    False while "comparing" ends the run as Ctrl-C does, without a warning; what it raises is raised here.

    In several processes (where torch.distributed is initialised, as under torchrun) each reads its own batches of the
    images; the first process returns the Comparison, the others None. Before the pass all of them raise ValueError
    where they were given different nets, images, layers or options; `device`, `workers`, `progress` may differ.

    Ctrl-C ends the run within one batch and returns what was seen so far, with a warning and `complete` False; a
    second one, or one before the first batch is done, raises KeyboardInterrupt. The nets' modes and devices are
    restored. Raises ValueError or TypeError for what does not fit, MemoryError where the memory that is available is
    clearly too little, OSError where `scratch` has too little room: before the pass begins. MemoryError too where a
    GPU's memory runs out on the way.
    """
    options = Options.checked(
        patches=patches,
        positions=positions,
        resize=resize,
        batch_size=batch_size,
        workers=workers,
        device=device,
        seed=seed,
        progress=progress,
        picture_size=picture_size,
        mutual_information=mutual_information,
        attributions=attributions,
        mixed_precision=mixed_precision,
        scratch=scratch,
    )
    if checkpoint is not None:
        checkpoint_path(checkpoint)
    named, source = named_nets(nets), open_images(images)
    with (
        freed_memory_kept(),
        device_memory_told(options),
        current(options.device),
        full_float32(options.device),
        ranks(options.batch_size) as processes,
        ExitStack() as stack,
    ):
        if options.scratch is not None and processes.size > 1:
            raise ValueError("`scratch` is for a run in one process: these send one another what they gathered")
        stage = Stage(named, source, layers, options, stack)
        setting = setting_of(stage, options) if checkpoint is not None or processes.size > 1 else {}
        check_agreement(setting, options, processes)
        check_fits(stage, options)
        saved = None if checkpoint is None else Checkpoint(checkpoint, setting, options.device, processes)
        with interruptible() as interrupt:
            binned = options.mutual_information and processes.first
            known = saved.bins(stage) if saved and binned else None
            bins = processes.from_first(known or (bins_of(stage, options, interrupt) if binned else None))
            gathering = Gathering(stage, options, bins)
            run_pass(stage, gathering, options, interrupt, processes, saved)
            put_together(gathering, lambda: Gathering(stage, options, bins), options, processes)
            if processes.first:
                check_seen(gathering, len(source), interrupt, saved)
            return finish(stage, gathering, options, interrupt, processes)


def run_pass(
    stage: Stage,
    gathering: Gathering,
    options: Options,
    interrupt: Interrupt,
    processes: Ranks,
    saved: Checkpoint | None = None,
) -> None:
    """Run all nets over this process' images, or until the person asks to stop; what `saved` holds is not run again."""
    images = processes.own(range(len(stage.source)))
    done = saved.resume(gathering) if saved else 0
    loaded = batches(
        stage.source,
        stage.preprocesses,
        images[done:],
        batch_size=options.batch_size,
        workers=options.workers,
        pin=options.pin,
    )
    ahead = options.device.type != "cpu"  # which runs the nets while the next images are read
    shown = options.progress if processes.first else False
    with (
        closing(loaded),
        told(shown, interrupt, "comparing", len(images), unit="image", done=done, note=processes.note) as tick,
    ):
        batch = next(loaded, None)
        while batch is not None:
            gathering.skipped += batch.skipped
            maps = stage.record(stage.send(batch)) if len(batch.indices) else {}
            coming = next(loaded, None) if ahead and not interrupt else None
            if maps:
                gathering.add(batch, maps)
            del maps
            read = len(batch.indices) + len(batch.skipped)
            done += read
            tick(read)
            if saved:
                saved.save_if_due(gathering, done)
            if interrupt:
                break
            batch = coming if ahead else next(loaded, None)
    if saved and gathering.seen:
        saved.save(gathering, done)


def put_together(gathering: Gathering, empty: Callable[[], Gathering], options: Options, processes: Ranks) -> None:
    """Add to the first process' gathering what the others gathered."""
    if processes.size == 1:
        return
    for words, arrays in processes.to_first(gathering.state()):
        other = empty()
        other.restore(words, arrays, options.device)
        gathering.merge(other)


def check_seen(gathering: Gathering, total: int, interrupt: Interrupt, saved: Checkpoint | None) -> None:
    """Tell what was left out; ValueError or KeyboardInterrupt where that is everything."""
    skipped = gathering.skipped
    if skipped:
        more = "; ..." if len(skipped) > SHOWN_SKIPS else ""
        tell(
            f"{len(skipped)} of {total} images could not be read and were skipped: "
            f"{'; '.join(skipped[:SHOWN_SKIPS])}{more}"
        )
    if not gathering.seen:
        raise KeyboardInterrupt if interrupt else ValueError("none of the images could be read")
    if gathering.seen + len(skipped) < total:
        more = f"; the same call goes on from {saved.path}" if saved else ""
        interrupt.answer(f"interrupted after {gathering.seen} of {total} images: the comparison is partial{more}")
