"""Curves: matched units by rank, mean activations, loss against sparsity. Li et al. 2015, figures 3, 5 and 8."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from convergent_widgets.analysis.activity import match_factors, mean_activations
from convergent_widgets.analysis.prediction import PENALTIES, Prediction
from convergent_widgets.control import Control
from convergent_widgets.figures.patches import bare, say
from convergent_widgets.figures.sheet import (
    BASELINE,
    FAINT,
    INK,
    LABEL,
    Sheet,
    brief,
    colour_of,
    dashes_of,
    entitle,
    in_style,
    legend,
    sheet,
    wrapped,
)
from convergent_widgets.numbers import counted, distinct, short, significant
from convergent_widgets.tables.pairs import mean_over_units, median_over_units, nets_of

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

SEMI, BIPARTITE = "#0b3c72", "#d6604d"
LEAST_LOSS, GREATEST_LOSS = 0.56, 1.0  # where the axis of losses ends: the zero map is .5
DECADES = 3  # as the Explorer's panel: units that hardly fire would flatten the rest


@in_style
def rank_curves(comparison: Comparison, layer: str, a: str, b: str) -> Sheet:
    """Units of `a` sorted by their semi-matching r to `b`: both matchings, and what rotations of `b` reach.

    The grey band spans what the bipartite matching gave each unit over 19 rotations, the grey line is the greatest that
    semi-matching gave it. Units without any partner (dead ones) are left out.
    """
    semi, bipartite = (comparison.match(layer, a, b, method) for method in ("semi", "bipartite"))
    by_semi, by_bipartite = (comparison.baseline(layer, a, b, method) for method in ("semi", "bipartite"))
    order = np.argsort(-semi.values, kind="stable")
    units = semi.rows[order]
    place = dict(zip(units.tolist(), range(1, len(units) + 1), strict=True))
    x = np.arange(1, len(units) + 1)
    figure = sheet(4.8)
    axes = figure.subplots()
    along, wide = (x, 1) if x.size != 1 else (np.array([0.8, 1.2]), 2)  # one unit alone is a short stretch
    least, greatest, limit, values = (
        np.repeat(values, wide)
        for values in (
            by_bipartite.least[units],
            by_bipartite.greatest[units],
            by_semi.greatest[units],
            semi.values[order],
        )
    )
    band = axes.fill_between(along, least, greatest, color=BASELINE, alpha=0.3, linewidth=0)
    (rotated,) = axes.plot(along, limit, color=BASELINE, linewidth=1)
    (free,) = axes.plot(along, values, color=SEMI, linewidth=2)
    if x.size == 1:
        axes.set_xlim(0, 2)
        axes.set_xticks([1])
    at = [place[row] for row in bipartite.rows.tolist()]
    (single,) = axes.plot(at, bipartite.values, "o", color=BIPARTITE, markersize=4.5, markeredgewidth=0)
    entries = [
        (free, f"best partner (semi-matching), mean {short(semi.mean)}"),
        (single, f"one to one (bipartite), mean {short(bipartite.mean)}"),
        (rotated, f"best partner in rotated B, greatest of 19 (of all 19, mean {short(by_semi.mean)})"),
        (band, f"one to one with rotated B, range of 19; mean {short(by_bipartite.mean)}"),
    ]
    unrelated = comparison.unrelated(layer, a, b, "bipartite")
    if not np.isnan(unrelated):
        line = axes.axhline(unrelated, color=INK, linewidth=1, linestyle=":")
        entries.append((line, f"one to one, B shown other images: mean {short(unrelated)}"))
    axes.set_xlabel(f"units of {brief(a)}, best semi-matching first")
    axes.set_ylabel("correlation r with the partner")
    lowest = min([0.0, *bipartite.values.tolist(), *by_bipartite.least[np.isfinite(by_bipartite.least)].tolist()])
    axes.set_ylim(lowest - 0.02, 1.02)
    axes.grid(axis="y")
    entitle(figure, f"{brief(layer)}: {brief(a)} (A) matched with {brief(b)} (B)")
    legend(figure, entries, columns=2)
    return figure


@in_style
def loss_against_sparsity(
    comparison: Comparison,
    layer: str,
    a: str,
    b: str,
    penalties: Sequence[float] = PENALTIES,
    control: bool = True,
) -> Sheet:
    """Predicting `b`'s units from few of `a`'s: median held-out loss against mean number of predictors, per penalty.

    Beside it the zero map's loss, that of the single most similar unit, and (`control`) the same prediction from a
    random rotation of `a`, which holds the same information in other units. Points with a loss above 1, twice the zero
    map's, are left out of the picture and counted. Li et al. 2015, section 4.
    """
    figure = sheet(4.6)
    axes = figure.subplots()
    found = comparison.predict(layer, a, b, penalties)
    losses = median_over_units(found.held_out_loss)
    entries = [(_path(axes, found, SEMI, "o-"), f"from units of {brief(a)}, held out")]
    if control:
        turned = Control(comparison, layer, a).predicts(b, penalties)
        losses = np.concatenate([losses, median_over_units(turned.held_out_loss)])
        entries.append((_path(axes, turned, BASELINE, "s--"), f"from a rotation of {brief(a)}, held out"))
    _name_penalties(axes, found)
    zero = axes.axhline(0.5, color=INK, linewidth=1, linestyle=":")
    entries.append((zero, "predicting the mean: .50"))
    r = comparison.held_out(layer, b, a, "semi").r
    if np.isfinite(r).any():
        single = float(np.nanmedian((1 - r**2) / 2))
        line = axes.axhline(single, color=BIPARTITE, linewidth=1, linestyle="-.")
        entries.append((line, f"from the one most similar unit, held out: {short(single)}"))
    axes.set_xlabel(f"predictors per unit (|w| > .1), mean over the units of {brief(b)}")
    axes.set_ylabel("½ mean squared error,\nmedian over units")
    beyond = int((losses > GREATEST_LOSS).sum())
    within = losses[losses <= GREATEST_LOSS]
    top = GREATEST_LOSS if beyond else within.max(initial=0.0)
    axes.set_ylim(0, max(LEAST_LOSS, 1.06 * top))
    axes.grid(axis="y")
    hidden = f"; {counted(beyond, 'point', 'points')} with a loss above 1 left out" if beyond else ""
    entitle(figure, f"{brief(layer)}: units of {brief(b)} predicted from few units of {brief(a)} (penalty α){hidden}")
    legend(figure, entries, columns=2)
    return figure


@in_style
def mean_curves(comparison: Comparison, layer: str, nets: Sequence[str] | None = None) -> Sheet:
    """Each net's mean activations in descending order, over one another, on a logarithmic scale.

    Nets of different width share an axis in percent of their units. Means more than three decades below the greatest
    (and those of dead units) are left out and counted. Layers with negative means have a linear scale. Raises
    ValueError for no net, one named twice, or a single name in place of a list.
    """
    nets = nets_of(comparison, nets, least=1)
    found = mean_activations({net: comparison.mean(layer, net) for net in nets})
    widths = {comparison.units(layer, net) for net in nets}
    linear = any((curve < 0).any() for curve in found.curves.values()) or not any(
        (curve > 0).any() for curve in found.curves.values()
    )
    floor = -np.inf if linear else max(curve.max() for curve in found.curves.values()) / 10**DECADES
    figure = sheet(4.2)
    axes = figure.subplots()
    entries, left_out = [], 0
    for net, curve in found.curves.items():
        shown = curve[curve >= floor]
        left_out += len(curve) - len(shown)
        place = np.arange(1, len(shown) + 1)
        x = 100 * (place - 0.5) / len(curve) if len(widths) > 1 else place
        (line,) = axes.plot(
            x,
            shown,
            color=colour_of(comparison.nets, net),
            linestyle=dashes_of(comparison.nets, net),
            linewidth=1.8,
            marker="." if len(shown) < 2 else "",
        )
        entries.append((line, f"{brief(net)}: spread × {significant(found.spread[net])}"))
    if not linear:
        logarithmic(axes, "y")
    axes.set_xlabel("units, most active first" + (" (% of each net’s units)" if len(widths) > 1 else ""))
    axes.set_ylabel("mean activation, as the layer puts it out")
    axes.grid(axis="y")
    apart = f"sorted curves differ by {found.typical_gap:.0%} typically, {found.gap:.0%} at most"
    apart = "" if np.isnan(found.gap) else f"; {apart}"
    units = counted(left_out, "unit that hardly fires", "units that hardly fire")
    hidden = f"; {units} left out" if left_out else ""
    entitle(figure, f"{brief(layer)}: mean activations{apart}{hidden}")
    legend(figure, entries, columns=3)
    return figure


@in_style
def means_of_matches(comparison: Comparison, layer: str, a: str, b: str, method: str = "bipartite") -> Sheet:
    """The mean activation of each unit of `a` beside that of its match in `b`; on the diagonal they are the same.

    The title gives the median factor between a unit's mean and its match's, and the same over all pairs of these units.
    Pairs of which one is more than three decades below the greatest mean are left out of the picture and counted.
    """
    matching = comparison.match(layer, a, b, method)
    x, y = comparison.mean(layer, a)[matching.rows], comparison.mean(layer, b)[matching.columns]
    own, any_pair = match_factors(x, y)
    above = comparison.baseline(layer, a, b, method).above[matching.rows]
    logarithm = bool(x.size and (x >= 0).all() and (y >= 0).all() and x.max() > 0 and y.max() > 0)
    shown = np.minimum(x, y) >= max(x.max(), y.max()) / 10**DECADES if logarithm else np.full(x.size, True)
    left_out = int((~shown).sum())
    x, y, above = x[shown], y[shown], above[shown]
    figure = sheet(5.6, 6.4)
    axes = figure.subplots()
    if not matching.rows.size:
        bare(axes)
        say(axes, "nothing to show")
        entitle(figure, f"{brief(layer)}: no unit of {brief(a)} has a match in {brief(b)}")
        return figure
    hollow = axes.scatter(x[~above], y[~above], s=26, facecolor="white", edgecolor=SEMI, linewidth=1.2)
    full = axes.scatter(x[above], y[above], s=26, color=SEMI, linewidth=1.2)
    if logarithm and x.size:
        logarithmic(axes, "x")
        logarithmic(axes, "y")
    if x.size:
        ends = [min(x.min(), y.min()), max(x.max(), y.max())]
        axes.plot(ends, ends, color=FAINT, linewidth=1)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xlabel(wrapped(f"mean activation of the unit of {brief(a)}", 4.5, LABEL))
    axes.set_ylabel(wrapped(f"mean activation of its match in {brief(b)}", 4, LABEL))
    pairs = counted(left_out, "pair", "pairs")
    hidden = f"; {pairs} with a unit that hardly fires left out" if left_out else ""
    entitle(
        figure,
        f"{brief(layer)}: a unit and its match differ by × {short(own)} (median), "
        f"any unit of the one and any of the other net by × {short(any_pair)}{hidden}",
    )
    entries = [(full, f"r above the rotation baseline ({int(above.sum())})"), (hollow, f"not ({int((~above).sum())})")]
    legend(figure, entries, columns=2)
    return figure


def _name_penalties(axes: Axes, found: Prediction) -> None:
    """Each point's penalty below it, where there is room for it."""
    x, y = mean_over_units(found.predictors), median_over_units(found.held_out_loss)
    room = 0.05 * max(np.nanmax(x, initial=0.0), 1.0)
    last = (-np.inf, np.inf)
    for penalty, across, up in zip(distinct(found.penalties.tolist()), x, y, strict=True):
        if abs(across - last[0]) > room or abs(up - last[1]) > 0.04:
            axes.annotate(
                f"α {penalty}", (across, up), (0, -13), textcoords="offset points", ha="center", fontsize=8, color=SEMI
            )
            last = (across, up)


def logarithmic(axes: Axes, which: str) -> None:
    """A logarithmic scale with plain numbers at its ticks."""
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: significant(value)))
    axis.set_minor_formatter(NullFormatter())


def _path(axes: Axes, found: Prediction, color: str, form: str) -> Line2D:
    (line,) = axes.plot(
        mean_over_units(found.predictors), median_over_units(found.held_out_loss), form, color=color, markersize=4.5
    )
    return line
