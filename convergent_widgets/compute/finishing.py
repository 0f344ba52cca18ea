"""After the pass: from what was gathered to the Comparison, with the pictures that it refers to."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from tqdm.auto import tqdm

from convergent_widgets import __version__
from convergent_widgets.assemble import LayerResult, PictureSet, assemble
from convergent_widgets.compute.filters import first_filters
from convergent_widgets.compute.kept_pictures import keep_pictures, picture_size, shown_images
from convergent_widgets.records import Images

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.compute.gathering import Gathering, LayerGathering
    from convergent_widgets.compute.information import StreamingMutualInformation
    from convergent_widgets.compute.interrupts import Interrupt
    from convergent_widgets.compute.options import Options
    from convergent_widgets.compute.stage import Stage
    from convergent_widgets.fields import Field
    from convergent_widgets.records import Top

Tick = Callable[[int], object]


def finish(stage: Stage, gathering: Gathering, options: Options, interrupt: Interrupt) -> Comparison:
    """The Comparison of what was gathered: reads the pictures, matches the units, measures the baselines.

    A first Ctrl-C here is answered by a warning, since stopping would lose the pass; a second one raises.
    """
    results = _results(stage, gathering, options, interrupt)
    sets = _picture_sets(stage, results, options, interrupt)
    names = tuple(stage.source.names)
    labels = stage.source.labels or tuple(gathering.labels.get(index, "") for index in range(len(names)))
    with _progress(len(results), "layer", "matching", options.progress, interrupt) as tick:
        return assemble(
            results,
            Images(names, tuple(labels) if any(labels) else None, stage.source.dataset),
            sets,
            stage.picture_set,
            settings={
                "layers": {layer.label: dict(layer.modules) for layer in stage.planned},
                **options.as_settings(),
                "versions": _versions(),
            },
            complete=gathering.seen + len(gathering.skipped) == len(names),
            images_seen=gathering.seen,
            skipped=gathering.skipped,
            seed=options.seed,
            tick=lambda: tick(1),
        )


def _results(stage: Stage, gathering: Gathering, options: Options, interrupt: Interrupt) -> list[LayerResult]:
    fields = stage.fields()
    tops = [{name: top.compute() for name, top in gathered.tops.items()} for gathered in gathering.layers]
    attributions = _attributions(stage, tops, fields, options, interrupt)
    return [
        LayerResult(
            gathered.layer.label,
            {name: stage.module(name, module) for name, module in gathered.layer.modules.items()},
            (gathered.halves[0].compute(), gathered.halves[1].compute()),
            top,
            {name: sample.compute() for name, sample in gathered.samples.items()},
            {name: fields[name][module] for name, module in gathered.layer.modules.items()},
            _information(gathered.information),
            attributed,
            _filters(stage, gathered, fields),
        )
        for gathered, top, attributed in zip(gathering.layers, tops, attributions, strict=True)
    ]


def _filters(
    stage: Stage, gathered: LayerGathering, fields: Mapping[str, Mapping[str, Field]]
) -> dict[str, np.ndarray]:
    found = {}
    for name, module in gathered.layer.modules.items():
        filters = first_filters(stage.nets[name], fields[name][module], stage.shapes[name][module][0])
        if filters is not None:
            found[name] = filters
    return found


def _attributions(
    stage: Stage,
    tops: Sequence[Mapping[str, Top]],
    fields: Mapping[str, Mapping[str, Field]],
    options: Options,
    interrupt: Interrupt,
) -> Sequence[Mapping[str, Mapping[int, bytes]] | None]:
    if not (options.attributions and options.patches):
        return [None] * len(tops)
    from convergent_widgets.compute.attribution import attribute

    total = sum(len(shown_images(tops, stage.shown(number))) for number in range(len(stage.preprocesses)))
    with _progress(total, "picture", "attributing", options.progress, interrupt) as tick:
        return attribute(stage, tops, fields, options, tick)


def _picture_sets(
    stage: Stage, results: Sequence[LayerResult], options: Options, interrupt: Interrupt
) -> list[PictureSet]:
    tables = [table for result in results for table in (result.tops, result.deciles)]
    wanted = [shown_images(tables, stage.shown(number)) for number in range(len(stage.preprocesses))]
    sets = []
    shown = options.progress and options.patches > 0
    with _progress(sum(map(len, wanted)), "picture", "keeping", shown, interrupt) as tick:
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
            sets.append(PictureSet((height, width), picture_size(height, width, options.picture_size), encoded))
    return sets


def _information(streamed: StreamingMutualInformation | None) -> dict[tuple[str, str], np.ndarray] | None:
    if streamed is None:
        return None
    found = streamed.compute()
    return {pair: found.mutual_information(*pair) for pair in streamed.pairs}


@contextmanager
def _progress(total: int, unit: str, what: str, shown: bool, interrupt: Interrupt) -> Iterator[Tick]:
    """A bar; each tick also looks for Ctrl-C."""
    with tqdm(total=total, unit=unit, desc=what, disable=not shown) as bar:

        def tick(count: int) -> None:
            bar.update(count)
            interrupt.answer("the pass is over and its result is being finished; one more Ctrl-C gives it up")

        yield tick


def _versions() -> dict[str, Any]:
    return {
        "convergent_widgets": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
    }
