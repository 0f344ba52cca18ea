"""Correlation matrices in an order that shows their structure. Li et al. 2015, figures 1, 2 and 6."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from convergent_widgets.analysis.matching import METHODS, match_columns
from convergent_widgets.analysis.orders import matched_order
from convergent_widgets.choices import one_of
from convergent_widgets.figures.patches import bare, say
from convergent_widgets.figures.sheet import (
    LABEL,
    Sheet,
    brief,
    colour_bar,
    colour_of,
    entitle,
    in_style,
    legend,
    scale_of_r,
    sheet,
    wrapped,
)
from convergent_widgets.numbers import counted, short

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

SIDE, LEAST = 5.4, 2.6  # inches of a matrix's longer side, and what its labels need at least
WORDS = {"best": "strongest match first", "cycles": "along the permutation's cycles", "original": "in their own order"}


@in_style
def matrix(comparison: Comparison, layer: str, a: str, b: str, order: str = "best", method: str = "bipartite") -> Sheet:
    """Correlations of all units of `a` (rows) with all of `b` (columns), permuted so that matches lie on the diagonal.

    `order`: "best" (strongest match first), "cycles" (along the cycles of the permutation) or "original". `a == b`
    shows the within-net correlations, where a unit's match is its most similar other one. Dead units are grey and last.
    Cells are square unless one side has so few that the matrix would be a strip.
    Raises ValueError for any other order, or a method other than "bipartite" and "semi".
    """
    r, rows, columns = ordered(comparison, layer, a, b, order, method)
    cell = SIDE / max(*r.shape, 1)
    high, wide = (max(cell * count, LEAST) for count in r.shape)
    square = cell * min(r.shape) >= LEAST
    figure = sheet(high + 1.2, wide + 2.2, "compressed" if square else "constrained")
    axes = figure.subplots()
    _show(axes, r, square)
    below = f"units of {brief(b)}, each below its partner" if a != b else f"units of {brief(b)}, as the rows"
    axes.set_xlabel(wrapped(below, wide, LABEL))
    axes.set_ylabel(wrapped(f"units of {brief(a)}, {WORDS[order]}", high, LABEL))
    _number_ticks(axes, rows, columns)
    colour_bar(figure, axes, wrapped("correlation r (grey: dead unit)", high, LABEL))
    entitle(figure, _words(comparison, layer, a, b, method))
    return figure


@in_style
def cluster_matrix(
    comparison: Comparison, layer: str, a: str, b: str, clusters: int | None = None, *, method: str = "hierarchical"
) -> Sheet:
    """The block matrix [[within A, between], [between^T, within B]] in the order of its clusters, with their borders.

    `clusters` and `method` are those of `Comparison.clusters`. Inside a cluster the units of `a` come first; the strip
    at the left tells the nets apart. Dead units are in no cluster and left out.
    """
    found = comparison.clusters(layer, a, b, clusters, method=method)
    r, order = cluster_order(comparison, layer, a, b, found.labels)
    of_b = order >= comparison.units(layer, a)
    sizes = np.bincount(found.labels[order], minlength=found.clusters)
    borders = np.concatenate([[0], np.cumsum(sizes)])
    figure = sheet(6.9, 7.6, "compressed")
    axes = figure.subplots()
    entitle(figure, _cluster_words(layer, found.labels, comparison.units(layer, a), found.clusters))
    if not order.size:
        bare(axes)
        say(axes, "no live units")
        return figure
    _show(axes, r)
    for border in borders[1:-1] - 0.5:
        axes.axhline(border, color="#111111", linewidth=1)
        axes.axvline(border, color="#111111", linewidth=1)
    middles = (borders[:-1] + borders[1:] - 1) / 2
    names = [str(label) for label in range(found.clusters)]
    axes.set_xticks(middles, names)
    axes.set_yticks(middles, names)
    axes.tick_params(length=0)
    axes.tick_params(axis="y", pad=18)
    axes.set_xlabel(wrapped(f"cluster (units of {brief(a)} and {brief(b)} together)", SIDE, LABEL))
    axes.set_ylabel("cluster")
    strips = [_strip(axes, side, colour_of(comparison.nets, net)) for net, side in ((a, ~of_b), (b, of_b))]
    legend(figure, [(strip, f"units of {brief(net)}") for net, strip in zip((a, b), strips, strict=True)], columns=2)
    colour_bar(figure, axes, "correlation r")
    return figure


def ordered(
    comparison: Comparison, layer: str, a: str, b: str, order: str, method: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The permuted matrix, and which units its rows and columns are."""
    one_of("order", order, tuple(WORDS))
    one_of("method", method, METHODS)
    r = comparison.correlation(layer, a, b)
    if a == b:
        others = r.copy()
        np.fill_diagonal(others, np.nan)
        partners = match_columns(others, method)
        values = np.where(partners >= 0, others[np.arange(len(r)), partners], np.nan)
        rows, _ = matched_order(partners, values, len(r), order)
        rows = columns = rows if order == "original" else _dead_last(rows, comparison.dead(layer, a))
    else:
        partners = comparison.partners(layer, a, b, method)
        values = np.where(partners >= 0, r[np.arange(len(r)), partners], np.nan)
        rows, columns = matched_order(partners, values, r.shape[1], order)
        if order != "original":
            rows, columns = (_dead_last(units, comparison.dead(layer, net)) for units, net in ((rows, a), (columns, b)))
    return r[np.ix_(rows, columns)], rows, columns


def cluster_order(
    comparison: Comparison, layer: str, a: str, b: str, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The block matrix of both nets' live units in cluster order, and which units (of `a`, then `b`) they are."""
    ask = comparison.correlation
    between = ask(layer, a, b)
    blocks = np.block([[ask(layer, a, a), between], [between.T, ask(layer, b, b)]])
    order = np.argsort(labels, kind="stable")
    order = order[labels[order] >= 0]
    return blocks[np.ix_(order, order)], order


def _dead_last(units: np.ndarray, dead: np.ndarray) -> np.ndarray:
    return np.concatenate([units[~dead[units]], units[dead[units]]])


def _strip(axes: Axes, side: np.ndarray, color: str) -> Artist:
    """A coloured stretch at the left of each row of one net."""
    patch = Rectangle((0, 0), 1, 1, color=color, linewidth=0)
    for place in np.flatnonzero(side) - 0.5:
        where = axes.get_yaxis_transform()
        axes.add_patch(
            Rectangle(
                (-0.035, place),
                0.025,
                1,
                facecolor=color,
                edgecolor=color,
                linewidth=0.3,
                transform=where,
                clip_on=False,
            )
        )
    return patch


def _show(axes: Axes, r: np.ndarray, square: bool = True) -> None:
    axes.imshow(np.ma.masked_invalid(r), cmap=scale_of_r(), vmin=-1, vmax=1, aspect="equal" if square else "auto")
    axes.spines[:].set_visible(False)


def _number_ticks(axes: Axes, rows: np.ndarray, columns: np.ndarray) -> None:
    """The numbers of the units, as many as there is room for."""
    for units, ticks in ((rows, axes.set_yticks), (columns, axes.set_xticks)):
        places = np.arange(0, len(units), -(-len(units) // 24) if len(units) else 1)
        ticks(places, [str(unit) for unit in units[places]])
    axes.tick_params(axis="x", rotation=90, labelsize=8)
    axes.tick_params(axis="y", labelsize=8)


def _words(comparison: Comparison, layer: str, a: str, b: str, method: str) -> str:
    if a == b:
        return f"{brief(layer)}, within {brief(a)}"
    mean, baseline = comparison.match(layer, a, b, method).mean, comparison.baseline(layer, a, b, method).mean
    return (
        f"{brief(layer)}, {brief(a)} and {brief(b)}: mean r of the matches {short(mean)}, "
        f"rotation baseline {short(baseline)}"
    )


def _cluster_words(layer: str, labels: np.ndarray, units_of_a: int, clusters: int) -> str:
    both = sum((labels[:units_of_a] == k).any() and (labels[units_of_a:] == k).any() for k in range(clusters))
    dead = int((labels < 0).sum())
    left_out = f"; {dead} dead left out" if dead else ""
    return f"{brief(layer)}: {counted(clusters, 'cluster', 'clusters')}, {both} with units of both nets{left_out}"
