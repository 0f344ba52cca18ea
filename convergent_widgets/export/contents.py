"""What a page without a kernel holds: the answers to all that its views can ask, and the pictures they name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import TYPE_CHECKING, Any

import numpy as np

from convergent_widgets.analysis.matching import METHODS
from convergent_widgets.pictures import checked
from convergent_widgets.widgets.answers import answer, facts

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.export.kept_units import Kept
    from convergent_widgets.widgets.answers import Answer

Question = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Contents:
    """Answers by layer (its number) and question, and encoded pictures by set and image, in the order of first use."""

    facts: dict[str, Any]
    answers: list[dict[str, Answer]]
    pictures: dict[tuple[int, int], bytes] = field(repr=False)
    captions: dict[int, tuple[str, str | None]] = field(repr=False)
    sizes: dict[int, tuple[int, int]] = field(repr=False)


def key(ask: str, args: Mapping[str, Any]) -> str:
    """How the page finds an answer: JSON of the question and its arguments, as js/source.js asks for them."""
    return json.dumps([ask, *args.values()], separators=(",", ":"), ensure_ascii=False)


def page_facts(comparison: Comparison, pictured: Sequence[str], patches: int | None) -> dict[str, Any]:
    """What the views know from the start (`widgets.answers.facts`), of a page with these patches."""
    known = facts(comparison)
    k = known["k"] if patches is None else min(patches, known["k"])
    shown = [which for which in known["pictured"] if k and which in pictured]
    return known | {"pictured": shown, "k": k, "clusters": "eigengap"}


def gather(
    comparison: Comparison,
    *,
    panels: Sequence[str] = (),
    pictured: Sequence[str] = ("strongest",),
    patches: int | None = None,
    kept: Kept | None = None,
    encoded: Callable[[int, int], bytes] | None = None,
    tick: Callable[[int, int], object] = lambda _done, _of: None,
) -> Contents:
    """All answers about `comparison` that a page needs.

    `panels` are those that can be opened, `pictured` the kinds of patches, `patches` how many of each unit (None for
    all), `kept` the units that are pictured and predicted (None for all), `encoded` the picture of a set and an image
    where it is not the stored one. `tick` is told how many questions of how many are answered. Raises ValueError for a
    picture that is larger than its set says.
    """
    known = page_facts(comparison, pictured, patches)
    k, encoded = known["k"], encoded or comparison.picture_bytes
    asked = [list(_questions(comparison, layer, panels, known["pictured"], kept)) for layer in comparison.layers]
    answers: list[dict[str, Answer]] = []
    shown: dict[tuple[int, int], bytes] = {}
    total, done = sum(map(len, asked)), 0
    for questions in asked:
        found: dict[str, Answer] = {}
        for ask, args in questions:
            reply = answer(comparison, ask, args)
            if ask == "top":
                reply, images = _fewer(reply, k, None if kept is None else kept[args["layer"], args["net"]])
                places = [(reply[0]["pictures"], image) for image in images]
                size = comparison.picture_size(reply[0]["pictures"])
                shown |= {place: checked(encoded(*place), size) for place in places if place not in shown}
            elif ask == "attributions":
                reply = _first_pictures(reply, k)
            found[key(ask, args)] = reply
            done += 1
            tick(done, total)
        answers.append(found)
    names, labels = comparison.images.names, comparison.images.labels
    return Contents(
        known,
        answers,
        shown,
        {image: (names[image], None if labels is None else labels[image]) for _, image in shown},
        {number: comparison.picture_size(number) for number in sorted({number for number, _ in shown})},
    )


def _questions(
    comparison: Comparison, layer: str, panels: Sequence[str], pictured: Sequence[str], kept: Kept | None
) -> Iterator[Question]:
    nets = comparison.nets

    def units(net: str) -> list[int]:
        return list(range(comparison.units(layer, net))) if kept is None else sorted(kept[layer, net])

    yield "means", {"layer": layer}
    for net in nets:
        # the wall and the panels always ask for the strongest, also where they learn that there are none
        for which in ("strongest", "deciles") if "deciles" in pictured else ("strongest",):
            yield "top", {"layer": layer, "net": net, "which": which}
        for method in METHODS:
            yield "found", {"layer": layer, "net": net, "method": method}
        if "attributions" in pictured:
            for unit in units(net):
                yield "attributions", {"layer": layer, "net": net, "unit": unit}
    for a, b in product(nets, repeat=2):
        yield "pair", {"layer": layer, "a": a, "b": b}
        if nets.index(a) <= nets.index(b):  # the page turns it round for the other
            yield "matrix", {"layer": layer, "a": a, "b": b}
    for a, b in permutations(nets, 2):
        for method in METHODS:
            yield "held_out", {"layer": layer, "a": a, "b": b, "method": method}
        if "clusters" in panels:
            yield "clusters", {"layer": layer, "a": a, "b": b, "clusters": None}
        if "prediction" in panels:
            for unit in units(b):
                yield "prediction", {"layer": layer, "a": a, "b": b, "unit": unit}


def _fewer(reply: Answer, k: int, kept: set[int] | None) -> tuple[Answer, list[int]]:
    """The same table of top images with `k` images each, none for units that are not kept; and the images it names."""
    meta, buffers = reply
    units, had = meta["units"], meta["k"]
    kinds = (("<i4", 1), ("<i4", 4), ("<i4", 4), ("<f4", 1))
    tables = [
        np.frombuffer(data, kind).reshape(units, had, width)[:, :k].copy()
        for data, (kind, width) in zip(buffers, kinds, strict=True)
    ]
    if kept is not None:
        tables[0][[unit for unit in range(units) if unit not in kept]] = -1
    images = [image for image in dict.fromkeys(tables[0].ravel().tolist()) if image >= 0]
    meta = {**meta, "k": tables[0].shape[1]} | ({} if kept is None else {"kept": sorted(kept)})
    return (meta, [table.tobytes() for table in tables]), images


def _first_pictures(reply: Answer, k: int) -> Answer:
    meta, [data] = reply
    sizes = meta["sizes"][:k]
    return {"sizes": sizes}, [data[: sum(sizes)]]
