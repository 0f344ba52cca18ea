"""Which nets and pairs of nets a table takes, and what each pair contributes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from convergent_widgets.choices import choose
from convergent_widgets.numbers import counted

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

NOT_JUDGED = "this prediction was not judged on held-out images"


def nets_of(comparison: Comparison, nets: Sequence[str] | None, least: int = 2) -> list[str]:
    """The nets asked for, by default all.

    Raises ValueError for one name in place of a list, for fewer than `least`, or one named twice; KeyError for a net
    that there is not, with the closest names.
    """
    if isinstance(nets, str):
        raise ValueError(f"`nets` must be a list of names, got the one name {nets!r}")
    names = list(comparison.nets if nets is None else nets)
    for net in names:
        choose("net", net, comparison.nets)
    if len(set(names)) < max(len(names), least):
        raise ValueError(f"`nets` must name at least {'two nets' if least == 2 else 'one net'}, each once; got {names}")
    return names


def pairs_of(comparison: Comparison, nets: Sequence[str] | None) -> list[tuple[str, str]]:
    """Each pair of them once."""
    return list(combinations(nets_of(comparison, nets), 2))


def note(comparison: Comparison, pairs: Sequence[tuple[str, str]], more: str = "") -> str:
    """Over what the figures are taken, and a warning where there are few images."""
    many = counted(len(pairs), "pair", "pairs")
    names = dict.fromkeys(net for pair in pairs for net in pair)
    return f"Mean ± standard deviation over {many} of nets{more}.{cautions(comparison, names)}"


def cautions(comparison: Comparison, nets: Iterable[str]) -> str:
    """What to bear in mind, each sentence with a blank before it: nets that are dead in a layer, few images."""
    dead = [f"{net} in {layer}" for layer in comparison.layers for net in nets if not live(comparison, layer, net)]
    said = f" Dead, and so without figures in what is compared with it: {', '.join(dead)}." if dead else ""
    return said + few_images(comparison)


def few_images(comparison: Comparison) -> str:
    """The sentence that warns of few images, with a blank before it; nothing where there are enough."""
    return " Under 200 images: halves of them say little." if comparison.few_images else ""


def live(comparison: Comparison, layer: str, net: str) -> int:
    """How many of the net's units vary at all."""
    return int((~comparison.dead(layer, net)).sum())


def units_of(comparison: Comparison, layer: str, pairs: Sequence[tuple[str, str]]) -> str:
    """How many units the nets have, in words where they differ."""
    widths = sorted({comparison.units(layer, net) for pair in pairs for net in pair})
    return " or ".join(map(str, widths))


def share(chosen: np.ndarray) -> float:
    """Share of those that are true, NaN of none."""
    return float(chosen.mean()) if chosen.size else math.nan


def mean_over_units(values: np.ndarray | None) -> np.ndarray:
    """The mean over the live targets of a Prediction's (P, targets), (P,); NaN where none lives."""
    if values is None:
        raise ValueError(NOT_JUDGED)
    live = ~np.isnan(values).all(axis=0)
    return values[:, live].mean(axis=1) if live.any() else np.full(len(values), np.nan)


def median_over_units(values: np.ndarray | None) -> np.ndarray:
    """The same as a median, which a rare unit with a huge held-out loss doesn't move."""
    if values is None:
        raise ValueError(NOT_JUDGED)
    live = ~np.isnan(values).all(axis=0)
    return np.median(values[:, live], axis=1) if live.any() else np.full(len(values), np.nan)
