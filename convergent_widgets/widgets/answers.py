"""What a Comparison answers to the views: plain functions from a question to JSON and bytes, with no widget in them.

Buffers are little-endian. `Data` sends the answers to a live page; the same answers can be put into a page.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from convergent_widgets.analysis.matching import METHODS
from convergent_widgets.choices import unknown
from convergent_widgets.pictures import checked
from convergent_widgets.recorded import PICTURED, SHOWN
from convergent_widgets.widgets.cluster_answer import clusters
from convergent_widgets.widgets.mean_answer import means
from convergent_widgets.widgets.predictors import prediction

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.records import Top

Answer = tuple[dict[str, Any], list[bytes]]

NO_CORRELATION = -32768
OPENING_BYTES = 2**20


def facts(comparison: Comparison) -> dict[str, Any]:
    """The small facts that every view knows from the start, as JSON.

    `best[method][a][b]`, in the order of `nets`, is the unit of net a with the greatest matched correlation to net b
    in that layer; for a == b the unit most similar to another unit of its own net. None where there is none.
    `pictured` names the kinds of patches that it holds.
    """
    nets = list(comparison.nets)
    k = int(_top(comparison, comparison.layers[0], nets[0]).images.shape[1])
    return {
        "dataset": comparison.images.dataset,
        "complete": bool(comparison.complete),
        "images_seen": int(comparison.images_seen),
        "few_images": bool(comparison.few_images),
        "k": k,
        "pictured": [which for which in PICTURED if k and comparison.shows(which)],
        "nets": nets,
        "layers": [_layer_facts(comparison, label, nets) for label in comparison.layers],
    }


def answer(comparison: Comparison, ask: object, args: Mapping[str, Any]) -> Answer:
    """The answer to one question: JSON-safe facts (None for NaN) and a list of little-endian buffers.

    `ask` is one of `_QUESTIONS`, `args` what that question needs. Raises ValueError in words for an unknown question,
    layer, net, unit or picture, and for arguments that are missing or left over.
    """
    if not isinstance(ask, str) or ask not in _QUESTIONS:
        raise ValueError(unknown("question", ask, list(_QUESTIONS)))
    function, names = _QUESTIONS[ask]
    if set(args) != set(names):
        raise ValueError(f"the question {ask!r} takes {', '.join(names)}; got {', '.join(sorted(args)) or 'nothing'}")
    for name, value in args.items():
        if name == "layer" and value not in comparison.layers:
            raise ValueError(unknown("layer", value, comparison.layers))
        if name in ("a", "b", "net") and value not in comparison.nets:
            raise ValueError(unknown("net", value, comparison.nets))
        if name == "which" and value not in tuple(SHOWN):
            raise ValueError(unknown("kind of patches", value, tuple(SHOWN)))
        if name == "method" and value not in METHODS:
            raise ValueError(unknown("method", value, METHODS))
    return function(comparison, **args)


def opening_answers(
    comparison: Comparison, layer: str, net_a: str, net_b: str, budget: int = OPENING_BYTES
) -> list[dict[str, Any]]:
    """What a page asks first when it opens on this layer and pair: `{key, meta, buffers}` each, most needed first.

    All of the layer's tables and pictures where they are small; in any case no more than `budget` bytes. `key` is the
    JSON of the question and its arguments; pictures come as one answer per set, with their `images` in `meta`.
    """
    nets = comparison.nets
    asked: list[tuple[str, dict[str, str]]] = [
        ("pair", {"layer": layer, "a": net_a, "b": net_b}),
        ("matrix", {"layer": layer, "a": net_a, "b": net_b}),
    ]
    asked += [("top", {"layer": layer, "net": net, "which": "strongest"}) for net in nets] + [
        ("means", {"layer": layer})
    ]
    asked += [("pair", {"layer": layer, "a": a, "b": b}) for a in (net_a, net_b) for b in nets]
    asked += [(ask, {"layer": layer, "a": a, "b": b}) for ask in ("pair", "matrix") for a in nets for b in nets]
    known: dict[str, dict[str, Any]] = {}
    for ask, args in asked:
        key = _key(ask, *args.values())
        units = [comparison.units(layer, net) for net in (args.get("a", net_a), args.get("b", net_b))]
        if key in known or (ask == "matrix" and 2 * units[0] * units[1] > budget):
            continue
        meta, buffers = answer(comparison, ask, args)
        size = sum(map(len, buffers))
        if size > budget:
            break
        budget -= size
        known[key] = {"key": key, "meta": meta, "buffers": buffers}
    return [*known.values(), *_opening_pictures(comparison, layer, budget)]


def _opening_pictures(comparison: Comparison, layer: str, budget: int) -> list[dict[str, Any]]:
    """The pictures of a layer's units, for each set that fits into the budget whole."""
    wanted: dict[int, set[int]] = {}
    for net in comparison.nets:
        images = _top(comparison, layer, net).images
        wanted.setdefault(comparison.picture_set(net), set()).update(images[images >= 0].tolist())
    found: list[dict[str, Any]] = []
    for number, chosen in wanted.items():
        size = 0
        for image in chosen:
            size += len(_picture(comparison, number, image))
            if size > budget:
                break
        else:
            budget -= size
            order = sorted(chosen)
            meta, buffers = pictures(comparison, number, order)
            found.append({"key": _key("pictures", number), "meta": {**meta, "images": order}, "buffers": buffers})
    return found


def _key(*question: object) -> str:
    return json.dumps(question, separators=(",", ":"), ensure_ascii=False)


def pair(comparison: Comparison, layer: str, a: str, b: str) -> Answer:
    """Every unit of net `a` against net `b`: one float32 table, (fields, units of a), NaN for none.

    For each unit: dead, its most similar unit of b with r, the r of the second most similar, and for each method its
    partner, r, rank, runner-up, the least and greatest of the rotation baseline, whether it is above that, and whether
    both methods agree. Within one net (a == b) only dead and the most similar *other* unit. `dead` in the facts counts
    the dead units of both nets.
    """
    corr = comparison.correlation(layer, a, b)
    within = a == b
    best, best_r = _most_similar(corr, within)
    fields = {"dead": comparison.dead(layer, a), "best": best, "best_r": best_r}
    methods: dict[str, Any] = {}
    if not within:
        fields["second_r"] = _second_greatest(corr)
        for method in METHODS:
            columns, methods[method] = _method(comparison, layer, a, b, method, corr)
            fields.update({f"{method}.{name}": column for name, column in columns.items()})
    meta = {
        "rows": corr.shape[0],
        "columns": corr.shape[1],
        "within": within,
        "dead": [int(comparison.dead(layer, net).sum()) for net in (a, b)],
        "fields": list(fields),
        "methods": methods,
    }
    return meta, [_bytes(np.stack([np.asarray(column, dtype=np.float64) for column in fields.values()]), "<f4")]


def matrix(comparison: Comparison, layer: str, a: str, b: str) -> Answer:
    """All correlations of net `a` (rows) with net `b` (columns): int16 of r * 32767, -32768 where there is none."""
    corr = comparison.correlation(layer, a, b)
    missing = np.isnan(corr)
    scaled = np.rint(np.where(missing, 0.0, corr) * 32767)
    scaled[missing] = NO_CORRELATION
    return {"rows": corr.shape[0], "columns": corr.shape[1]}, [_bytes(scaled, "<i2")]


def top(comparison: Comparison, layer: str, net: str, which: str) -> Answer:
    """The images of every unit of `net`: images, boxes and cells in the pictures' pixels, activations.

    `which` is "strongest" or "deciles", as in `Comparison.top`. Four buffers: images int32 (units, k), -1 for none;
    boxes int32 (units, k, 4) as top, left, bottom, right, which may reach outside the picture; cells int32
    (units, k, 4), -1 for none; activations float32 (units, k).
    """
    table = _top(comparison, layer, net, which)
    images, positions, activations = table.images, table.positions, table.activations
    boxes, cells = comparison.fields(layer, net, positions)
    none = images[..., None] < 0
    boxes, cells = np.where(none, -1, boxes), np.where(none, -1, cells)
    pictures = int(comparison.picture_set(net))
    meta = {"units": images.shape[0], "k": images.shape[1], "pictures": pictures, "which": which}
    return meta, [_bytes(images, "<i4"), _bytes(boxes, "<i4"), _bytes(cells, "<i4"), _bytes(activations, "<f4")]


def attributions(comparison: Comparison, layer: str, net: str, unit: int) -> Answer:
    """What in each of a unit's strongest patches drives it: grey pictures (WebP), one after the other in one buffer.

    128 is nothing; 255 raises the activation most, 1 lowers it most. Each is as large as its patch's box.
    """
    units = comparison.units(layer, net)
    if not _whole(unit) or not 0 <= unit < units:
        raise ValueError(f"{net!r} has units 0 to {units - 1} in layer {layer!r}; got {unit!r}")
    encoded = [checked(data) for data in comparison.attribution_bytes(layer, net, unit)]
    return {"sizes": [len(picture) for picture in encoded]}, [b"".join(encoded)]


def held_out(comparison: Comparison, layer: str, a: str, b: str, method: str) -> Answer:
    """The matching made on one half of the images and read on the other: float32 r of each unit of `a`, NaN for none.

    Not part of `pair`: it matches anew, for which scipy has to be loaded.
    """
    if a == b:
        raise ValueError(f"a matching is of two nets; got {a!r} twice")
    found = comparison.held_out(layer, a, b, method)
    meta = {
        "mean": _number(found.mean),
        "agreement": _number(found.agreement),
        "unjudged": found.unjudged,
        "sampling_error": _number(comparison.sampling_error(layer, a, b)),
    }
    return meta, [_bytes(found.r, "<f4")]


def found(comparison: Comparison, layer: str, net: str, method: str) -> Answer:
    """How widely each unit of `net` is found, and where it arrives on the way through all nets: int32 (2, units).

    The number of other nets where its partner is above the baseline; and the unit of `net` that the matchings lead to
    along `ring`, the nets in order from `net` on and back to it, -1 where they break off. With fewer than three nets
    there is no such way, and `ring` is empty.
    """
    nets = list(comparison.nets)
    at = nets.index(net)
    ring = [*nets[at:], *nets[:at]] if len(nets) > 2 else []
    widely = comparison.found_in(layer, net, method)
    arrived = comparison.cycle(layer, ring, method).arrived if ring else np.full(len(widely), -1)
    return {"others": len(nets) - 1, "ring": ring}, [_bytes(np.stack([widely, arrived]), "<i4")]


def pictures(comparison: Comparison, pictures: int, images: Sequence[int]) -> Answer:
    """The encoded pictures (WebP) of `images` in one set, one after the other in one buffer.

    None is larger than its set says: a browser decodes whatever it is given.
    """
    if not isinstance(images, (list, tuple)) or not all(_whole(image) for image in images):
        raise ValueError(f"`images` must be a list of image numbers, got {images!r}")
    sets = sorted({comparison.picture_set(net) for net in comparison.nets})
    if not _whole(pictures) or pictures not in sets:
        raise ValueError(f"`pictures` must be a set of pictures, one of {', '.join(map(str, sets))}; got {pictures!r}")
    encoded = [_picture(comparison, pictures, image) for image in images]
    height, width = comparison.picture_size(pictures)
    names, labels = comparison.images.names, comparison.images.labels
    meta = {
        "sizes": [len(picture) for picture in encoded],
        "names": [str(names[image]) for image in images],
        "labels": [None if labels is None else str(labels[image]) for image in images],
        "heights": [height] * len(images),
        "widths": [width] * len(images),
    }
    return meta, [b"".join(encoded)]


_QUESTIONS: dict[str, tuple[Callable[..., Answer], tuple[str, ...]]] = {
    "pair": (pair, ("layer", "a", "b")),
    "matrix": (matrix, ("layer", "a", "b")),
    "top": (top, ("layer", "net", "which")),
    "attributions": (attributions, ("layer", "net", "unit")),
    "held_out": (held_out, ("layer", "a", "b", "method")),
    "found": (found, ("layer", "net", "method")),
    "means": (means, ("layer",)),
    "clusters": (clusters, ("layer", "a", "b", "clusters")),
    "pictures": (pictures, ("pictures", "images")),
    "prediction": (prediction, ("layer", "a", "b", "unit")),
}


def _layer_facts(comparison: Comparison, label: str, nets: list[str]) -> dict[str, Any]:
    best = {method: [[comparison.best_unit(label, a, b, method) for b in nets] for a in nets] for method in METHODS}
    return {
        "name": label,
        "units": [int(comparison.units(label, net)) for net in nets],
        "modules": [str(comparison.module(label, net)) for net in nets],
        "best": best,
    }


def _most_similar(corr: np.ndarray, within: bool) -> tuple[np.ndarray, np.ndarray]:
    """The greatest column of each row and its value, (C_a,) each, NaN for none; within a net never the unit itself."""
    ranked = np.where(np.isnan(corr), -np.inf, corr)
    if within:
        np.fill_diagonal(ranked, -np.inf)
    if not ranked.size:
        return np.full(len(corr), np.nan), np.full(len(corr), np.nan)
    best = ranked.argmax(axis=1)
    best_r = ranked[np.arange(len(corr)), best]
    none = np.isneginf(best_r)
    return np.where(none, np.nan, best), np.where(none, np.nan, best_r)


def _second_greatest(corr: np.ndarray) -> np.ndarray:
    """The second greatest value of each row, (C_a,), NaN where a row has fewer than two."""
    if corr.shape[1] < 2:
        return np.full(len(corr), np.nan)
    second = np.partition(np.where(np.isnan(corr), -np.inf, corr), -2, axis=1)[:, -2]
    return np.where(np.isneginf(second), np.nan, second)


def _method(
    comparison: Comparison, layer: str, a: str, b: str, method: str, corr: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    matching, baseline = comparison.match(layer, a, b, method), comparison.baseline(layer, a, b, method)

    def spread(values: np.ndarray, rest: float = math.nan) -> np.ndarray:
        column = np.full(corr.shape[0], rest)
        column[matching.rows] = values
        return column

    columns = {
        "unit": spread(matching.columns),
        "r": spread(matching.values),
        "rank": spread(1 + (corr[matching.rows] > matching.values[:, None]).sum(axis=1)),
        "runner_up": spread(matching.runner_up),
        "greatest": baseline.greatest,
        "least": baseline.least,
        "above": baseline.above,
        "agrees": spread(matching.agrees, 0.0),
    }
    summary = {
        "matched": int(matching.rows.size),
        "mean": _number(matching.mean),
        "agree": _number(matching.agrees.mean()) if matching.rows.size else None,
        "baseline_mean": _number(baseline.mean),
        "baseline_deviation": _number(baseline.deviation),
        "above": int(baseline.above.sum()),
        "expected_by_luck": _number(baseline.expected_by_luck),
        "unrelated": _number(comparison.unrelated(layer, a, b, method)),
    }
    return columns, summary


def _top(comparison: Comparison, layer: str, net: str, which: str = "strongest") -> Top:
    """The top images of all units; none (k = 0) where the comparison was made without pictures."""
    if not comparison.shows(which):
        raise ValueError(f"this comparison has no {which}: it was made before they were kept")
    table = comparison.top_table(layer, net, which)
    shown = table.images[table.images >= 0]
    try:
        if shown.size:
            comparison.picture_bytes(comparison.picture_set(net), int(shown[0]))
    except KeyError:
        return type(table)(table.images[:, :0], table.positions[:, :0], table.activations[:, :0])
    return table


def _picture(comparison: Comparison, pictures: int, image: int) -> bytes:
    try:
        data = comparison.picture_bytes(pictures, image)
    except KeyError as error:
        raise ValueError(error.args[0]) from None
    return checked(data, comparison.picture_size(pictures))


def _bytes(array: np.ndarray, kind: str) -> bytes:
    return np.ascontiguousarray(array).astype(kind, copy=False).tobytes()


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
