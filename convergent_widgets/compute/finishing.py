"""After the pass: from what was gathered to the Comparison, with the pictures that it refers to."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from convergent_widgets import __version__
from convergent_widgets.assemble import LayerResult, PictureSet, assemble
from convergent_widgets.compute.filters import first_filters
from convergent_widgets.compute.kept_pictures import keep_pictures, shown_images
from convergent_widgets.compute.progress import Tick, told
from convergent_widgets.compute.scratch import Scratch
from convergent_widgets.compute.telling import tell
from convergent_widgets.pictures import shrunk
from convergent_widgets.records import Images

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.compute.distributed import Ranks
    from convergent_widgets.compute.gathering import Gathering, LayerGathering
    from convergent_widgets.compute.information import StreamingMutualInformation
    from convergent_widgets.compute.interrupts import Interrupt
    from convergent_widgets.compute.options import Options
    from convergent_widgets.compute.progress import Told
    from convergent_widgets.compute.stage import Stage
    from convergent_widgets.fields import Field
    from convergent_widgets.records import Top

FINISHING = "the pass is over and its result is being finished; one more Ctrl-C gives it up"


def finish(
    stage: Stage, gathering: Gathering, options: Options, interrupt: Interrupt, processes: Ranks
) -> Comparison | None:
    """The Comparison of what was gathered, which is given up: reads pictures, matches units, measures baselines.

    Each of several processes reads its own pictures; the first one returns the Comparison, the others None. A first
    Ctrl-C here is answered by a warning, since stopping would lose the pass; a second one raises.
    """
    fields = stage.fields()
    tables = processes.from_first(_tables(gathering) if processes.first else None)
    attributions = _attributions(stage, [tops for tops, _ in tables], fields, options, interrupt, processes)
    sets = _picture_sets(stage, [table for pair in tables for table in pair], options, interrupt, processes)
    if not processes.first:
        return None
    results = [
        LayerResult(
            name=gathered.layer.label,
            modules={name: stage.module(name, module) for name, module in gathered.layer.modules.items()},
            halves=(gathered.halves[0].final(), gathered.halves[1].final()),
            tops=tops,
            deciles=deciles,
            fields={name: fields[name][module] for name, module in gathered.layer.modules.items()},
            information=_information(gathered.information),
            attributions=attributed,
            filters=_filters(stage, gathered),
        )
        for gathered, (tops, deciles), attributed in zip(gathering.layers, tables, attributions, strict=True)
    ]
    names = tuple(stage.source.names)
    labels = stage.source.labels or tuple(gathering.labels.get(index, "") for index in range(len(names)))
    with _finishing(options.progress, interrupt, "matching", 1.0) as tick:
        return assemble(
            results,
            Images(names, tuple(labels) if any(labels) else None, stage.source.dataset),
            sets,
            stage.picture_set,
            settings={
                "layers": {layer.label: dict(layer.modules) for layer in stage.planned},
                **options.as_settings(),
                "processes": processes.size,
                "versions": _versions(),
            },
            complete=gathering.seen + len(gathering.skipped) == len(names),
            images_seen=gathering.seen,
            skipped=gathering.skipped,
            seed=options.seed,
            tick=tick,
            zeros=Scratch(options.scratch).zeros,
        )


def _tables(gathering: Gathering) -> list[tuple[dict[str, Top], dict[str, Top]]]:
    """The strongest images, and those at the deciles, of all units of each layer, by net."""
    return [
        (
            {name: top.compute() for name, top in gathered.tops.items()},
            {name: sample.compute() for name, sample in gathered.samples.items()},
        )
        for gathered in gathering.layers
    ]


def _filters(stage: Stage, gathered: LayerGathering) -> dict[str, np.ndarray]:
    found = {}
    for name, module in gathered.layer.modules.items():
        try:
            filters = first_filters(stage.recorders[name], module, stage.example(name))
        except torch.cuda.OutOfMemoryError:
            tell(f"net {name!r}, layer {gathered.layer.label!r}: too little memory for its filters, which are left out")
            continue
        if filters is not None:
            found[name] = filters
    return found


def _attributions(
    stage: Stage,
    tops: Sequence[Mapping[str, Top]],
    fields: Mapping[str, Mapping[str, Field]],
    options: Options,
    interrupt: Interrupt,
    processes: Ranks,
) -> Sequence[Mapping[str, Mapping[int, bytes]] | None]:
    if not (options.attributions and options.patches):
        return [None] * len(tops)
    from convergent_widgets.compute.attribution import attribute

    wanted = [processes.own(shown_images(tops, stage.shown(number))) for number in range(len(stage.preprocesses))]
    total = sum(map(len, wanted))
    shown = options.progress if processes.first else False
    with _finishing(shown, interrupt, "attributing", total, unit="picture", note=processes.note) as tick:
        found = attribute(stage, tops, fields, wanted, options, tick)
    for others in processes.to_first(found):
        for mine, its in zip(found, others, strict=True):
            for net, encoded in its.items():
                mine[net] |= encoded
    return found


def _picture_sets(
    stage: Stage,
    tables: Sequence[Mapping[str, Top]],
    options: Options,
    interrupt: Interrupt,
    processes: Ranks,
) -> list[PictureSet]:
    wanted = [processes.own(shown_images(tables, stage.shown(number))) for number in range(len(stage.preprocesses))]
    sets, total = [], sum(map(len, wanted))
    shown = options.progress if options.patches and processes.first else False
    with _finishing(shown, interrupt, "keeping", total, unit="picture", note=processes.note) as tick:
        for preprocess, images, example in zip(stage.preprocesses, wanted, stage.examples, strict=True):
            height, width = example.shape[-2:]
            encoded = None
            if options.patches:
                encoded = keep_pictures(
                    stage.source,
                    preprocess,
                    images,
                    options.picture_size,
                    batch_size=options.batch_size,
                    workers=options.workers,
                    tick=tick,
                )
                for others in processes.to_first(encoded):
                    encoded |= others
            sets.append(PictureSet((height, width), shrunk(height, width, options.picture_size), encoded))
    return sets


def _information(streamed: StreamingMutualInformation | None) -> dict[tuple[str, str], np.ndarray] | None:
    if streamed is None:
        return None
    found = streamed.compute()
    return {pair: found.mutual_information(*pair) for pair in streamed.pairs}


@contextmanager
def _finishing(
    shown: bool | Told, interrupt: Interrupt, step: str, total: float, unit: str = "", note: str = ""
) -> Iterator[Tick]:
    """A step after the pass; each tick also looks for a second Ctrl-C."""
    with interrupt.answering(FINISHING), told(shown, interrupt, step, total, unit=unit, note=note) as show:

        def tick(count: float) -> None:
            show(count)
            interrupt.check()

        yield tick


def _versions() -> dict[str, Any]:
    return {
        "convergent_widgets": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
