"""Units beside one another as pictures: matches, predictors, clusters, filters, attributions. Li et al. 2015."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from convergent_widgets.analysis.prediction import PENALTIES, PREDICTOR
from convergent_widgets.figures.matrices import cluster_order
from convergent_widgets.figures.patches import GAP, bare, mosaic, say, show_unit
from convergent_widgets.figures.sheet import (
    FAINT,
    INK,
    WIDTH,
    Sheet,
    brief,
    colour_bar,
    entitle,
    in_style,
    scale_of_r,
    sheet,
)
from convergent_widgets.numbers import counted, distinct, short
from convergent_widgets.tables.pairs import nets_of

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

SMALL = 8.5


@in_style
def best_and_worst(
    comparison: Comparison, layer: str, a: str, b: str, count: int = 8, method: str = "bipartite"
) -> Sheet:
    """The `count` strongest and the `count` weakest matches: each unit of `a` above its partner in `b`, as patches.

    Beside each r the greatest that rotations of `b` gave the unit. With fewer than 2 * `count` matches, those there
    are, each once. Raises ValueError for a `count` under 1.
    """
    _check_count("count", count)
    matching = comparison.match(layer, a, b, method)
    baseline = comparison.baseline(layer, a, b, method)
    order = np.argsort(-matching.values, kind="stable")
    best, worst = order[:count], order[count:][-count:]
    groups = [(name, group) for name, group in (("strongest", best), ("weakest", worst)) if group.size]
    figure = sheet(2.72 * max(len(groups), 1))
    if not groups:
        _nothing(figure, f"{brief(layer)}: no unit of {brief(a)} has a match in {brief(b)}")
        return figure
    parts = figure.subfigures(len(groups), 1, squeeze=False)[:, 0]
    for part, (name, group) in zip(parts, groups, strict=True):
        many = f"{name} match" if len(group) == 1 else f"{len(group)} {name} matches"
        entitle(
            part,
            f"{brief(layer)}, the {many} of {brief(a)} (above) with {brief(b)} (below); in brackets: rotation baseline",
        )
        panels = part.subplots(2, count, squeeze=False)
        for column, (upper, lower) in enumerate(panels.T):
            if column >= len(group):
                upper.set_axis_off()
                lower.set_axis_off()
                continue
            place = group[column]
            row, partner = int(matching.rows[place]), int(matching.columns[place])
            show_unit(upper, comparison, layer, a, row)
            show_unit(lower, comparison, layer, b, partner)
            r, limit = matching.values[place], baseline.greatest[row]
            _caption(upper, f"{row} – {partner}\nr {short(r)} ({short(limit)})")
        _row_names(panels[:, 0], (a, b))
    return figure


@in_style
def predictors(
    comparison: Comparison,
    layer: str,
    a: str,
    b: str,
    units: int | Sequence[int],
    penalty: float = 0.1,
    count: int = 3,
    penalties: Sequence[float] = PENALTIES,
) -> Sheet:
    """Each of `units` of `b` (left) beside its `count` strongest predictors among `a`'s units, with their weights.

    The lasso's penalty alpha, trained on one half of the images; R2 is of the other half. Weights are of standardised
    units; a predictor of weight 0 is not shown. Raises ValueError for no unit, a `count` under 1 or a `penalty` that is
    not among `penalties`, TypeError for units that are no whole numbers, IndexError for units that there are not.
    """
    chosen = [_whole(unit) for unit in (units if np.iterable(units) else [units])]
    _check_count("count", count)
    if not chosen:
        raise ValueError("`units` must name at least one unit")
    if penalty not in penalties:
        raise ValueError(f"`penalty` must be one of `penalties`, {tuple(penalties)}, got {penalty!r}")
    found = comparison.predict(layer, a, b, penalties)
    place = list(penalties).index(penalty)
    r = comparison.correlation(layer, a, b)
    figure = sheet(0.4 + 1.75 * len(chosen), min(WIDTH, 2.2 * (count + 1)))
    entitle(
        figure,
        f"{brief(layer)}: units of {brief(b)} (left) and their strongest predictors in {brief(a)}, "
        f"α = {distinct(penalties)[place]}",
    )
    for row, unit in zip(figure.subplots(len(chosen), count + 1, squeeze=False), chosen, strict=True):
        show_unit(row[0], comparison, layer, b, unit)
        many, r2 = found.predictors[place, unit], found.r2[place, unit]
        told = "dead" if np.isnan(r2) else f"R² {short(r2)}, predictors: {many:.0f}"
        _caption(row[0], f"{brief(b, 14)} / {unit}\n{told}")
        weights = np.nan_to_num(found.weights[place][:, unit])
        strongest = np.argsort(-np.abs(weights), kind="stable")[:count]
        for axes, source in zip(row[1:], [*strongest.tolist(), *[None] * (count - strongest.size)], strict=True):
            if source is None or weights[source] == 0:
                axes.set_axis_off()
                continue
            show_unit(axes, comparison, layer, a, source)
            small = "" if abs(weights[source]) > PREDICTOR else " (not counted)"
            _caption(axes, f"{brief(a, 14)} / {source}\nw {short(weights[source])}{small}, r {short(r[source, unit])}")
    return figure


@in_style
def cluster_units(
    comparison: Comparison,
    layer: str,
    a: str,
    b: str,
    cluster: int,
    clusters: int | None = None,
    count: int = 4,
    *,
    method: str = "hierarchical",
) -> Sheet:
    """A cluster's most typical units: those of `a` at the left, those of `b` at the right, at most `count` each.

    The most typical has the greatest mean `|r|` to the cluster's other units. Raises ValueError for a cluster that
    there is not, as in a layer without live units, or a `count` under 1.
    """
    _check_count("count", count)
    found = comparison.clusters(layer, a, b, clusters, method=method)
    if not found.clusters:
        raise ValueError(f"there is no cluster: {a!r} and {b!r} have no live units in layer {layer!r}")
    if not 0 <= cluster < found.clusters:
        raise ValueError(f"`cluster` must be in 0..{found.clusters - 1}, got {cluster}")
    blocks, order = cluster_order(comparison, layer, a, b, found.labels)
    inside = np.flatnonzero(found.labels[order] == cluster)
    within = np.abs(blocks[np.ix_(inside, inside)])
    closeness = (within.sum(axis=1) - 1) / max(len(inside) - 1, 1)
    members = order[inside][np.argsort(-closeness, kind="stable")]
    width = comparison.units(layer, a)
    sides = [(a, members[members < width]), (b, members[members >= width] - width)]
    figure = sheet(1.75)
    for part, (net, units) in zip(figure.subfigures(1, 2, squeeze=False, wspace=0.03)[0], sides, strict=True):
        many = counted(len(units), "unit", "units")
        few = f"the {count} most typical of " if len(units) > count else ""
        entitle(part, f"{brief(layer)}, cluster {cluster}: {few}{many} of {brief(net)}")
        for axes, unit in zip(part.subplots(1, count, squeeze=False)[0], [*units.tolist(), *[None] * count]):  # noqa: B905
            if unit is None:
                axes.set_axis_off()
                continue
            show_unit(axes, comparison, layer, net, unit)
            _caption(axes, f"unit {unit}")
    return figure


@in_style
def filters(
    comparison: Comparison, layer: str, nets: Sequence[str] | None = None, columns: int = 24, method: str = "bipartite"
) -> Sheet:
    """First-layer filters as pictures: the units of the first net, each above its match in the others, with r.

    Units are sorted by their mean r to their matches; `columns` to a row, as many rows as it takes. Mid-grey is weight
    0, black and white the greatest weight below and above it; filters of three channels are shown as red, green and
    blue. Each is scaled on its own. Raises ValueError for a layer that is no net's first, filters of other than 1 or 3
    channels, no net, one named twice, a single name in place of a list, or `columns` under 1.
    """
    nets = nets_of(comparison, nets, least=1)
    _check_count("columns", columns)
    first, others = nets[0], nets[1:]
    tiles = {net: filter_pictures(comparison.filters(layer, net)) for net in nets}
    partners = {net: comparison.partners(layer, first, net, method) for net in others}
    r = {net: _values(comparison.correlation(layer, first, net), partners[net]) for net in others}
    strength = (
        np.mean([np.nan_to_num(r[net], nan=-1.0) for net in others], axis=0) if others else np.zeros(len(tiles[first]))
    )
    order = np.argsort(-strength, kind="stable")
    bands = [order[start : start + columns] for start in range(0, len(order), columns)]
    figure = sheet(0.45 + len(bands) * (0.15 + 0.66 * len(nets)))
    entitle(
        figure,
        f"{brief(layer)}: filters of {brief(first)}, best matched first, and of their matches: unit and r below. "
        "Grey is weight 0, black and white the greatest below and above it",
    )
    panels = figure.subplots(len(bands) * len(nets), 1, squeeze=False)[:, 0]
    for place, axes in enumerate(panels):
        band, net = bands[place // len(nets)], nets[place % len(nets)]
        shown = band if net == first else partners[net][band]
        _filter_row(axes, tiles[net], shown, columns, None if net == first else r[net][band])
        axes.set_ylabel(brief(net, 12), rotation=0, ha="right", va="center")
    return figure


@in_style
def attributions(comparison: Comparison, layer: str, net: str, unit: int) -> Sheet:
    """What in its strongest patches drives a unit: the patches, and beneath them integrated gradients of each pixel.

    Red raises the activation, blue lowers it, scaled so that the greatest in each patch is 1. Raises ValueError where
    the run made none.
    """
    values = comparison.attributions(layer, net, unit)
    figure = sheet(2.55)
    title = f"{brief(layer)}, {brief(net)} / {unit}: strongest patches, and what in them drives the unit"
    if not len(values):
        _nothing(figure, f"{title}; it has none")
        return figure
    patches = comparison.patches(layer, net, unit)
    entitle(figure, title)
    panels = figure.subplots(2, len(values), squeeze=False)
    activations = comparison.top(layer, net, unit).activations
    for (upper, lower), patch, value, activation in zip(panels.T, patches, values, activations, strict=True):
        for axes in (upper, lower):
            bare(axes)
        upper.imshow(patch)
        lower.imshow(value, cmap=scale_of_r(), vmin=-1, vmax=1)
        _caption(upper, short(float(activation)))
    panels[0, 0].set_ylabel("patch, with\nactivation", fontsize=SMALL)
    panels[1, 0].set_ylabel("attribution", fontsize=SMALL)
    colour_bar(figure, panels.ravel().tolist(), "of the greatest\nin each image")
    return figure


def filter_pictures(weights: np.ndarray) -> np.ndarray:
    """Filters (C, 1 or 3, h, w) as pictures (C, h, w, 3) uint8, each scaled on its own with weight 0 mid-grey."""
    if weights.ndim != 4 or weights.shape[1] not in (1, 3):
        raise ValueError(f"filters of 1 or 3 channels can be shown as pictures, got shape {weights.shape}")
    greatest = np.abs(weights).max(axis=(1, 2, 3), keepdims=True)
    scaled = weights / np.where(greatest > 0, greatest, 1.0)
    grey = np.rint(127.5 + 127.5 * scaled).astype(np.uint8)
    return np.moveaxis(np.broadcast_to(grey, (len(grey), 3, *grey.shape[2:])), 1, -1)


def _filter_row(axes: Axes, tiles: np.ndarray, units: np.ndarray, columns: int, r: np.ndarray | None) -> None:
    """One net's filters side by side; white where there is no partner."""
    known = [tiles[unit] if unit >= 0 else np.full_like(tiles[0], 255) for unit in units]
    picture = mosaic(np.stack(known), len(known))
    bare(axes)
    axes.imshow(picture)
    step = (picture.shape[1] + GAP) / len(known)
    axes.set_xlim(-0.5, columns * step - GAP - 0.5)
    for place, unit in enumerate(units):
        words = "none" if unit < 0 else f"/{unit}" if r is None else f"/{unit}\n{short(float(r[place]))}"
        axes.text((place + 0.5) * step, picture.shape[0] + 1, words, ha="center", va="top", fontsize=7, color=FAINT)


def _values(r: np.ndarray, partners: np.ndarray) -> np.ndarray:
    return np.where(partners >= 0, r[np.arange(len(r)), partners], np.nan)


def _caption(axes: Axes, words: str) -> None:
    axes.set_title(words, fontsize=SMALL, loc="center", pad=3)


def _row_names(panels: Sequence[Axes], nets: Sequence[str]) -> None:
    for axes, net in zip(panels, nets, strict=True):
        axes.set_ylabel(brief(net, 14), fontsize=SMALL, color=INK)


def _nothing(figure: Sheet, words: str) -> None:
    axes = figure.subplots()
    bare(axes)
    say(axes, "nothing to show")
    entitle(figure, words)


def _check_count(argument: str, count: int) -> None:
    if count < 1:
        raise ValueError(f"`{argument}` must be at least 1, got {count}")


def _whole(unit: Any) -> int:  # noqa: ANN401
    try:
        if isinstance(unit, bool):
            raise TypeError
        return index(unit)
    except TypeError:
        raise TypeError(f"a unit is a whole number, got {unit!r}") from None
