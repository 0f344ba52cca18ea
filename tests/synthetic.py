"""A small comparison made without torch: correlated units, random pictures, some dead units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from convergent_widgets.assemble import LayerResult, PictureSet, assemble
from convergent_widgets.fields import Field
from convergent_widgets.moments import Moments
from convergent_widgets.pictures import encode
from convergent_widgets.records import Images, Top

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

SIDE = 28


def moments_of(activations: Mapping[str, np.ndarray]) -> Moments:
    """Two-pass float64 reference of (rows, units) activations."""
    values = np.concatenate([np.asarray(a, np.float64) for a in activations.values()], axis=1)
    means = values.mean(0)
    centred = values - means
    widths = {net: a.shape[1] for net, a in activations.items()}
    return Moments(widths, len(values), means, centred.T @ centred, values.min(0), values.max(0))


def activations(
    nets: Mapping[str, int], rows: int = 600, seed: int = 0, dead: Mapping[str, tuple[int, ...]] | None = None
) -> dict[str, np.ndarray]:
    """Rectified mixtures of common causes, (rows, units) float32 per net; `dead` units are constant."""
    random = np.random.default_rng(seed)
    causes = random.standard_normal((rows, 40))
    made = {}
    for net, units in nets.items():
        weights = np.zeros((40, units))
        weights[np.arange(units) % 40, np.arange(units)] = random.uniform(0.4, 1.5, units)
        mixed = causes @ weights[:, random.permutation(units)] + 0.6 * random.standard_normal((rows, units))
        made[net] = np.maximum(mixed * random.uniform(0.5, 3, units), 0).astype(np.float32)
        for unit in (dead or {}).get(net, ()):
            made[net][:, unit] = 0
    return made


def synthetic_comparison(
    nets: Mapping[str, int] | None = None,
    layers: tuple[str, ...] = ("conv1", "conv2"),
    *,
    k: int = 9,
    images: int = 60,
    seed: int = 0,
    dead: Mapping[str, tuple[int, ...]] | None = None,
    pictures: bool = True,
    image: str = "image",
    labels: Sequence[str] = "abc",
) -> Comparison:
    """A real Comparison of made-up nets (name to number of units); names may hold anything."""
    nets = nets or {"seed 0": 24, "seed 1": 24, "seed 2": 30}
    random, other = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    results = []
    for number, layer in enumerate(layers):
        rows = activations(nets, seed=seed + 10 * number, dead=dead)
        halves = tuple(moments_of({net: a[half::2] for net, a in rows.items()}) for half in (0, 1))
        window = Field(grid=(SIDE, SIDE), size=(5 + 4 * number,) * 2, step=(1, 1), start=(-2 - 2 * number,) * 2)
        tops = {net: _top(random, units, k, images, (dead or {}).get(net, ())) for net, units in nets.items()}
        deciles = {net: _top(other, units, k, images, (dead or {}).get(net, ()), 1) for net, units in nets.items()}
        modules = dict.fromkeys(nets, f"features.{number}")
        results.append(LayerResult(layer, modules, halves, tops, deciles, dict.fromkeys(nets, window)))
    encoded = {i: encode(random.integers(0, 255, (SIDE, SIDE, 1), np.uint8).repeat(3, 2)) for i in range(images)}
    return assemble(
        results,
        Images(
            tuple(f"{image} {i}" for i in range(images)),
            tuple(labels[i % len(labels)] for i in range(images)),
            "made-up images",
        ),
        [PictureSet((SIDE, SIDE), (SIDE, SIDE), encoded if pictures else None)],
        dict.fromkeys(nets, 0),
        settings={"patches": k if pictures else 0},
        complete=True,
        images_seen=images,
    )


def comparison_of(activations: Mapping[str, np.ndarray]) -> Comparison:
    """A Comparison of one layer, conv1, from (rows, units) per net; every row is an image; no pictures."""
    nets = list(activations)
    rows = len(activations[nets[0]])
    widths = {net: values.shape[1] for net, values in activations.items()}
    none = {
        net: Top(np.zeros((units, 0), np.int64), np.zeros((units, 0, 2), np.int64), np.zeros((units, 0), np.float32))
        for net, units in widths.items()
    }
    halves = tuple(moments_of({net: values[half::2] for net, values in activations.items()}) for half in (0, 1))
    field = Field(grid=(1, 1), size=(1, 1), step=(1, 1), start=(0, 0))
    layer = LayerResult("conv1", dict.fromkeys(nets, "conv1"), halves, none, none, dict.fromkeys(nets, field))
    return assemble(
        [layer],
        Images(tuple(map(str, range(rows))), None, "made-up rows"),
        [PictureSet((1, 1), (1, 1), None)],
        dict.fromkeys(nets, 0),
        settings={"patches": 0},
        complete=True,
        images_seen=rows,
    )


def _top(
    random: np.random.Generator, units: int, k: int, images: int, dead: tuple[int, ...], greatest: float = 5
) -> Top:
    chosen = np.stack([random.choice(images, k, replace=False) for _ in range(units)])
    strengths = -np.sort(-random.uniform(0.1, greatest, (units, k)), axis=1)
    for unit in dead:
        chosen[unit], strengths[unit] = -1, 0
    return Top(chosen, random.integers(0, SIDE, (units, k, 2)), strengths.astype(np.float32))
