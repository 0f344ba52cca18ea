"""Which units a page shows patches of: all, the best matched, or those that are named; and their counterparts."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from convergent_widgets.analysis.checks import whole
from convergent_widgets.analysis.matching import METHODS
from convergent_widgets.choices import choose

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

Kept = Mapping[tuple[str, str], set[int]]
Asked = int | Mapping[str, Mapping[str, Sequence[int]]] | None
Place = tuple[str, str, int]


def kept_units(comparison: Comparison, asked: Asked, also: Iterable[Place] = ()) -> Kept | None:
    """For each layer and net the units that are kept; None for all of them.

    `asked` is a number (the units of each net that are matched best with another one) or units by layer and net; `also`
    are some more, by layer, net and number. Each brings its counterparts along, by either matching, and its most
    similar unit of every other net. Raises ValueError for units that are not there or fewer than one, TypeError for
    other kinds, KeyError for unknown names.
    """
    if asked is None:
        return None
    if isinstance(asked, Mapping):
        named = _named(comparison, asked)
    else:
        most = _number(comparison, asked)
        named = {
            place: set(_best_matched(comparison, *place)[:most].tolist())
            for place in product(comparison.layers, comparison.nets)
        }
    for layer, net, unit in also:
        named[layer, net].add(unit)
    kept = {place: set(units) for place, units in named.items()}
    for (layer, net), units in named.items():
        for other in comparison.nets:
            if other != net:
                kept[layer, other] |= _alike(comparison, layer, net, other, sorted(units))
    return kept


def _number(comparison: Comparison, asked: Any) -> int:
    try:
        if isinstance(asked, bool):
            raise TypeError
        operator.index(asked)
    except TypeError:
        example = {comparison.layers[0]: {comparison.nets[0]: [0, 7]}}
        raise TypeError(f"`units` must be a number, or units by layer and net, e.g. {example}; got {asked!r}") from None
    return whole("units", asked, 1)


def _named(comparison: Comparison, asked: Mapping[str, Mapping[str, Sequence[int]]]) -> dict[tuple[str, str], set[int]]:
    named: dict[tuple[str, str], set[int]] = {place: set() for place in product(comparison.layers, comparison.nets)}
    for layer, nets in asked.items():
        choose("layer", layer, comparison.layers)
        if not isinstance(nets, Mapping):
            raise TypeError(
                f"`units` of {layer!r} must be units by net, e.g. {{{comparison.nets[0]!r}: [0, 7]}}; got {nets!r}"
            )
        for net, units in nets.items():
            choose("net", net, comparison.nets)
            if isinstance(units, str) or not isinstance(units, Iterable):
                raise TypeError(f"`units` of {net!r} in {layer!r} must be a list, e.g. [0, 7]; got {units!r}")
            most = comparison.units(layer, net) - 1
            named[layer, net] |= {whole(f"units of {net!r} in {layer!r}", unit, 0, most) for unit in units}
    if not any(named.values()):
        raise ValueError("`units` names no unit; patches=0 leaves out the patches of all")
    return named


def _best_matched(comparison: Comparison, layer: str, net: str) -> np.ndarray:
    """The units of a net by their greatest matched r with any other net; unmatched ones are left out."""
    greatest = np.full(comparison.units(layer, net), -np.inf)
    for other in comparison.nets:
        if other != net:
            matching = comparison.match(layer, net, other)
            greatest[matching.rows] = np.maximum(greatest[matching.rows], matching.values)
    order = np.argsort(-greatest, kind="stable")
    return order[np.isfinite(greatest[order])] if len(comparison.nets) > 1 else np.arange(len(greatest))


def _alike(comparison: Comparison, layer: str, net: str, other: str, units: list[int]) -> set[int]:
    partners = np.concatenate([comparison.partners(layer, net, other, method)[units] for method in METHODS])
    r = comparison.correlation(layer, net, other)[units]
    live = ~np.isnan(r).all(axis=1)
    similar = np.nan_to_num(r[live], nan=-np.inf).argmax(axis=1)
    return {int(unit) for unit in (*partners, *similar) if unit >= 0}
