"""Put what a run gathered together as a Comparison; here matchings and baselines of all pairs are computed once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np

from convergent_widgets.analysis.matching import METHODS, match_columns
from convergent_widgets.analysis.rotation import ROTATIONS, shared_baselines
from convergent_widgets.comparison import Comparison
from convergent_widgets.members import HALVES, Zeros, pack_moments, pack_pictures
from convergent_widgets.result_file import to_bytes

if TYPE_CHECKING:
    from convergent_widgets.fields import Field
    from convergent_widgets.moments import Moments
    from convergent_widgets.records import Images, Top

LEAST_WORK = 2e5


@dataclass(frozen=True)
class LayerResult:
    """What a run gathered in one layer; mappings go from net to what is its own.

    `halves` are the moments over images of even and of odd index, `tops` the strongest images of all units, and
    `deciles` those at the deciles of their positive activations; `information` is the mutual information of units, for
    each pair of nets in order, (C_a, C_b) nats; `attributions` are encoded pictures by unit * k + place in its top;
    `filters` the weights (C, channels, height, width) of nets for which this is the first layer.
    """

    name: str
    modules: Mapping[str, str]
    halves: tuple[Moments, Moments]
    tops: Mapping[str, Top]
    deciles: Mapping[str, Top]
    fields: Mapping[str, Field]
    information: Mapping[tuple[str, str], np.ndarray] | None = None
    attributions: Mapping[str, Mapping[int, bytes]] | None = None
    filters: Mapping[str, np.ndarray] | None = None


@dataclass(frozen=True)
class PictureSet:
    """The pictures that one preprocessing makes: size of the nets' input, size of the kept pictures, WebP each."""

    input: tuple[int, int]
    picture: tuple[int, int]
    encoded: Mapping[int, bytes] | None


def assemble(
    layers: Sequence[LayerResult],
    images: Images,
    picture_sets: Sequence[PictureSet],
    picture_set: Mapping[str, int],
    *,
    settings: Mapping[str, Any],
    complete: bool,
    images_seen: int,
    skipped: Sequence[str] = (),
    seed: int = 0,
    tick: Callable[[float], object] = lambda _share: None,
    zeros: Zeros = np.zeros,
) -> Comparison:
    """The Comparison of a run. `picture_set` tells which set each net was shown.

    `tick` is told every share of the matching as it is done; `zeros(shape, dtype)` makes the arrays that all
    correlations of a layer are kept in.
    """
    nets = list(picture_set)
    manifest = {
        "nets": nets,
        "layers": [_describe(layer, nets) for layer in layers],
        "dataset": images.dataset,
        "settings": dict(settings),
        "complete": complete,
        "images_seen": images_seen,
        "skipped": list(skipped),
        "picture_set": [picture_set[net] for net in nets],
        "picture_sets": [{"input": list(one.input), "picture": list(one.picture)} for one in picture_sets],
    }
    labels = None if images.labels is None else list(images.labels)
    members = {"images": to_bytes({"names": list(images.names), "labels": labels})}
    for number, one in enumerate(picture_sets):
        if one.encoded is not None:
            members |= pack_pictures(f"pictures/{number}", one.encoded)
    for number, layer in enumerate(layers):
        for half in HALVES:
            members |= pack_moments(f"layer/{number}", half, layer.halves[half], zeros)
        for (a, b), values in (layer.information or {}).items():
            members[f"layer/{number}/information/{nets.index(a)}-{nets.index(b)}"] = values.astype(np.float32)
        for net, encoded in (layer.attributions or {}).items():
            members |= pack_pictures(f"layer/{number}/attributions/{nets.index(net)}", encoded)
        for net, filters in (layer.filters or {}).items():
            members[f"layer/{number}/filters/{nets.index(net)}"] = filters.astype(np.float32)
        for place, net in enumerate(nets):
            members |= _pack_top(f"layer/{number}/top/{place}", layer.tops[net])
            members |= _pack_top(f"layer/{number}/deciles/{place}", layer.deciles[net])
    comparison = Comparison(manifest, members)
    for number, layer in enumerate(layers):
        members |= _matchings(comparison, f"layer/{number}", layer.name)
    _measure_baselines(comparison, members, seed, tick)
    return comparison


def add_unrelated(comparison: Comparison, levels: Mapping[str, np.ndarray]) -> Comparison:
    """The same comparison with the level of no relation per layer: (methods, nets, nets), NaN where not measured."""
    numbers = {layer: number for number, layer in enumerate(comparison.layers)}
    added = {f"layer/{numbers[layer]}/unrelated": np.asarray(level, np.float64) for layer, level in levels.items()}
    return Comparison(comparison._manifest, {**comparison._members, **added})


def _describe(layer: LayerResult, nets: Sequence[str]) -> dict[str, Any]:
    return {
        "name": layer.name,
        "modules": [layer.modules[net] for net in nets],
        "units": [layer.halves[0].widths[net] for net in nets],
        "counts": [half.count for half in layer.halves],
        "fields": [layer.fields[net].to_json() for net in nets],
    }


def _pack_top(prefix: str, top: Top) -> dict[str, np.ndarray]:
    return {
        f"{prefix}/images": top.images.astype(np.int32),
        f"{prefix}/positions": top.positions.astype(np.int32),
        f"{prefix}/activations": top.activations.astype(np.float32),
    }


def _work(comparison: Comparison, layer: str, a: str, b: str) -> float:
    """What the baseline of one pair takes, up to a factor: rotating and assigning both grow by the cube."""
    return float(comparison.units(layer, a) * comparison.units(layer, b) ** 2) + LEAST_WORK


def _matchings(comparison: Comparison, prefix: str, layer: str) -> dict[str, np.ndarray]:
    nets = comparison.nets
    best = np.full((len(METHODS), len(nets), len(nets)), -1, np.int32)
    members = {f"{prefix}/best": best}
    for i, a in enumerate(nets):
        within = comparison.correlation(layer, a, a).copy()
        np.fill_diagonal(within, np.nan)
        best[:, i, i] = _greatest(within)
    for (i, a), (j, b) in permutations(enumerate(nets), 2):
        r = comparison.correlation(layer, a, b)
        columns = np.array([match_columns(r, method) for method in METHODS], np.int32)
        best[:, i, j] = [_greatest(np.where(np.arange(r.shape[1]) == chosen[:, None], r, np.nan)) for chosen in columns]
        members[f"{prefix}/match/{i}-{j}"] = columns
    return members


def _measure_baselines(
    comparison: Comparison, members: dict[str, np.ndarray], seed: int, tick: Callable[[float], object]
) -> None:
    """Add the rotation baselines of all pairs in all layers to the members."""
    layers, nets = comparison.layers, comparison.nets
    named = {(layer, net): (i, j) for i, layer in enumerate(layers) for j, net in enumerate(nets)}
    pairs = [((layer, a), (layer, b)) for layer in layers for a, b in permutations(nets, 2)]
    work = {(one, other): _work(comparison, one[0], one[1], other[1]) / ROTATIONS for one, other in pairs}
    whole = ROTATIONS * sum(work.values())
    for number in range(len(layers)):
        members[f"layer/{number}/baseline_means"] = np.full((len(METHODS), len(nets), len(nets), 2), np.nan)
    for (one, other), found in shared_baselines(
        pairs,
        lambda one, other: comparison.correlation(one[0], one[1], other[1]),
        seed=seed,
        tick=lambda pair: tick(work[pair] / whole),
    ):
        (number, i), (_, j) = named[one], named[other]
        baselines = found.values()
        members[f"layer/{number}/baseline_means"][:, i, j] = [(each.mean, each.deviation) for each in baselines]
        members[f"layer/{number}/baseline/{i}-{j}"] = np.array(
            [(each.least, each.greatest) for each in baselines], np.float32
        )


def _greatest(r: np.ndarray) -> int:
    """The row of the greatest entry, -1 where there is none."""
    known = np.where(np.isnan(r), -np.inf, r)
    return int(known.argmax()) // r.shape[1] if np.isfinite(known).any() else -1
