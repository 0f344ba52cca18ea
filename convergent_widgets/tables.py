"""The paper's tables for any Comparison: every figure as mean and spread over the pairs of nets, its baseline beside it.

Each function returns a `Table`: plain rows that print, show themselves in a notebook, and hold unrounded numbers. `nets`
names the nets to take, by default all. Pairs are those of `nets` in order, each once: the units of the former net look
for their partners in the latter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from convergent_widgets.analysis.activity import match_factors
from convergent_widgets.analysis.activity import mean_activations as describe_means
from convergent_widgets.analysis.prediction import PENALTIES, Prediction
from convergent_widgets.choices import choose
from convergent_widgets.control import Control
from convergent_widgets.numbers import short, significant

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

__all__ = ["Spread", "Table", "cka", "control", "found_in", "information", "matching", "mean_activations", "prediction"]

EQUAL_LOSS_AT = 0.1
FINE = (1.0, 0.5, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 5e-3, 3e-3, 1e-3, 0.0)


class Spread(NamedTuple):
    """Mean and standard deviation (divided by n) of `n` figures, one per pair of nets; NaN ones are left out."""

    mean: float
    deviation: float
    n: int


def spread(values: Iterable[float]) -> Spread:
    """The Spread of figures; mean and deviation are NaN where there are none."""
    known = np.array([value for value in values if not math.isnan(value)])
    return Spread(float(known.mean()), float(known.std()), known.size) if known.size else Spread(math.nan, math.nan, 0)


class Column(NamedTuple):
    """A column: its name, what it says, and how its figures are written."""

    name: str
    help: str
    write: Callable[[float], str] = short


@dataclass(frozen=True)
class Table:
    """Rows of named figures. `rows` hold a string, a number or a `Spread` under each column's name, unrounded.

    `table["conv2", "bipartite"]` is one figure, by its row's first entry and its column's name.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Any], ...]
    note: str = ""

    def __getitem__(self, at: tuple[Any, str]) -> Any:  # noqa: ANN401
        """One figure; KeyError where there is no such row or column."""
        row, column = at
        first = self.columns[0].name
        for entries in self.rows:
            if entries[first] == row:
                return entries[column]
        raise KeyError(row)

    def __str__(self) -> str:
        head = [column.name for column in self.columns]
        cells = [[_written(row[column.name], column) for column in self.columns] for row in self.rows]
        widths = [max(map(len, line)) for line in zip(head, *cells, strict=True)]
        lines = ["  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)) for line in (head, *cells)]
        return "\n".join([self.title, *lines, *([self.note] if self.note else [])])

    def _repr_html_(self) -> str:
        head = "".join(f'<th title="{escape(column.help)}">{escape(column.name)}</th>' for column in self.columns)
        body = "".join(
            "<tr>"
            + "".join(
                f"<{tag}>{escape(_written(row[column.name], column))}</{tag}>"
                for tag, column in zip(["th", *["td"] * len(self.columns)], self.columns, strict=False)
            )
            + "</tr>"
            for row in self.rows
        )
        legend = "".join(f"<li><b>{escape(c.name)}</b>: {escape(c.help)}</li>" for c in self.columns if c.help)
        note = f"<p>{escape(self.note)}</p>" if self.note else ""
        return (
            f"<table><caption>{escape(self.title)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"{note}<details><summary>what the columns are</summary><ul>{legend}</ul></details>"
        )


def matching(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """Semi-matching, bipartite matching and their agreement in every layer, each r beside its baselines."""
    pairs = _pairs(comparison, nets)

    def row(layer: str) -> dict[str, Any]:
        measured: dict[str, list[float]] = {}
        for a, b in pairs:
            for name, value in _matched(comparison, layer, a, b).items():
                measured.setdefault(name, []).append(value)
        return {"layer": layer, "units": _units(comparison, layer, pairs), **{n: spread(v) for n, v in measured.items()}}

    columns = (
        Column("layer", ""),
        Column("units", "units of each net"),
        Column("semi", "mean r of each unit with its most similar unit of the other net"),
        Column("semi, rotated", "the same with a random rotation of the other net (the baseline)"),
        Column("bipartite", "mean r of the one-to-one matching"),
        Column("rotated", "the same with a random rotation of the other net (the baseline)"),
        Column("unrelated", "the same where the other net was shown other images"),
        Column("agree", "share of the live units for which both matchings choose the same partner"),
        Column("above", "share of the matched units whose r exceeds all 19 rotations; .05 would by luck"),
        Column("held out", "mean r of the one-to-one matching made on one half of the images, read on the other"),
        Column("stable", "share of the units that are given the same partner on both halves of the images"),
    )
    return Table("Matching units one to one", columns, tuple(map(row, comparison.layers)), _note(comparison, pairs))


def information(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """Mutual information in place of correlation: what the one-to-one matching reaches, and how often both agree.

    Raises ValueError where it was not measured.
    """
    pairs = _pairs(comparison, nets)

    def row(layer: str) -> dict[str, Any]:
        found = [comparison.match(layer, a, b, measure="mutual_information") for a, b in pairs]
        agree = []
        eight = []
        for (a, b), by_information in zip(pairs, found, strict=True):
            by_r = comparison.match(layer, a, b)
            same = comparison.measures_agree(layer, a, b)
            agree.append(_share(same[by_r.rows]))
            strongest = by_information.rows[np.argsort(-by_information.values, kind="stable")[:8]]
            eight.append(_share(same[strongest]))
        return {
            "layer": layer,
            "mean": spread(m.mean for m in found),
            "greatest": spread(float(m.values.max()) if m.values.size else math.nan for m in found),
            "least": spread(float(m.values.min()) if m.values.size else math.nan for m in found),
            "agree": spread(agree),
            "agree, best 8": spread(eight),
            "luck": spread(1 / max(comparison.units(layer, b), 1) for _, b in pairs),
        }

    columns = (
        Column("layer", ""),
        Column("mean", "mean mutual information of the one-to-one matching, nats"),
        Column("greatest", "the strongest pair, nats"),
        Column("least", "the weakest pair, nats"),
        Column("agree", "share of the matched units whose partner by mutual information is the one by correlation"),
        Column("agree, best 8", "the same share among the eight strongest pairs"),
        Column("luck", "the share of equal partners in two unrelated one-to-one matchings: one over the units"),
    )
    return Table(
        "Mutual information instead of correlation", columns, tuple(map(row, comparison.layers)), _note(comparison, pairs)
    )


def prediction(
    comparison: Comparison,
    layer: str,
    nets: Sequence[str] | None = None,
    penalties: Sequence[float] = PENALTIES,
) -> Table:
    """Predicting each unit from few units of the other net: one row per penalty of the lasso.

    Beside each figure stands that of predicting the same units from a random rotation of the other net, which holds the
    same information in other units.
    """
    pairs = _pairs(comparison, nets)
    real = [comparison.predict(layer, a, b, penalties) for a, b in pairs]
    turned = [Control(comparison, layer, a).predicts(b, penalties) for a, b in pairs]
    targets = [comparison.units(layer, b) for _, b in pairs]

    def row(place: int, penalty: float) -> dict[str, Any]:
        def over_pairs(found: Sequence[Prediction], ask: Callable[[Prediction], np.ndarray]) -> Spread:
            return spread(float(ask(one)[place]) for one in found)

        return {
            "alpha": significant(penalty),
            "published weight": spread(penalty / count for count in targets),
            "loss": over_pairs(real, lambda one: mean_over_units(one.loss)),
            "held-out loss": over_pairs(real, lambda one: median_over_units(one.held_out_loss)),
            "R²": over_pairs(real, lambda one: median_over_units(one.r2)),
            "R², rotated": over_pairs(turned, lambda one: median_over_units(one.r2)),
            "predictors": over_pairs(real, lambda one: mean_over_units(one.predictors)),
            "predictors, rotated": over_pairs(turned, lambda one: mean_over_units(one.predictors)),
        }

    columns = (
        Column("alpha", "the penalty α of ½ mean squared error + α |w|, per unit"),
        Column("published weight", "the same in the paper's terms: α over the number of units predicted", significant),
        Column("loss", "½ mean squared error on the half it was fitted to, mean over the units; .5 predicts the mean", _3),
        Column("held-out loss", "the same on the other half, median over the units", _3),
        Column("R²", "1 - 2 × held-out loss, median over the units"),
        Column("R², rotated", "the same, predicted from a random rotation of the other net"),
        Column("predictors", "weights with |w| > .1 per unit, mean over the units", _1),
        Column("predictors, rotated", "the same, predicted from a random rotation of the other net", _1),
    )
    rows = tuple(row(place, penalty) for place, penalty in enumerate(penalties))
    return Table(f"Sparse prediction, {layer}", columns, rows, _note(comparison, pairs))


def mean_activations(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """Mean activations in every layer: spread within each net, distance between the nets' sorted curves, and matches."""
    names, pairs = _nets(comparison, nets), _pairs(comparison, nets)

    def row(layer: str) -> dict[str, Any]:
        means = {net: comparison.mean(layer, net) for net in names}
        two = [describe_means({net: means[net] for net in pair}) for pair in pairs]
        factors = []
        for a, b in pairs:
            match = comparison.match(layer, a, b)
            factors.append(match_factors(means[a][match.rows], means[b][match.columns]))
        return {
            "layer": layer,
            "spread within": spread(describe_means(means).spread.values()),
            "typical gap": spread(one.typical_gap for one in two),
            "largest gap": spread(one.gap for one in two),
            "match": spread(own for own, _ in factors),
            "any pair": spread(any_pair for _, any_pair in factors),
        }

    columns = (
        Column("layer", ""),
        Column("spread within", "95th over 5th percentile of a net's positive means, over the nets", significant),
        Column("typical gap", "median relative distance between two nets' sorted means, middle 90 % of the units"),
        Column("largest gap", "the greatest such distance"),
        Column("match", "factor between the means of a unit and its match, median", significant),
        Column("any pair", "the same over all pairs of these units (the baseline)", significant),
    )
    return Table("Mean activations", columns, tuple(map(row, comparison.layers)), _note(comparison, pairs))


def found_in(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """In how many other nets a unit is found above the rotation baseline, and whether matchings around three nets close.

    Figures are mean and spread over the nets, and over the triples of nets for the cycles.
    """
    names = _nets(comparison, nets)
    others = len(names) - 1

    def shares(layer: str, net: str) -> np.ndarray:
        found = sum(comparison.baseline(layer, net, other).above.astype(int) for other in names if other != net)
        live = ~comparison.dead(layer, net)
        if not live.any():
            return np.full(others + 1, math.nan)
        return np.bincount(np.asarray(found)[live], minlength=others + 1) / live.sum()

    def row(layer: str) -> dict[str, Any]:
        each = np.array([shares(layer, net) for net in names])
        triples = [comparison.cycle(layer, triple) for triple in combinations(names, 3)]
        least = [min(comparison.units(layer, net) for net in triple) for triple in combinations(names, 3)]
        return {
            "layer": layer,
            **{f"in {count}": spread(each[:, count].tolist()) for count in range(others + 1)},
            "mean": spread((each @ np.arange(others + 1)).tolist()),
            "cycles close": spread(one.share for one in triples),
            "luck": spread(1 / max(units, 1) for units in least),
        }

    columns = (
        Column("layer", ""),
        *(
            Column(f"in {count}", f"share of the live units that are found in {count} of the {others} other nets")
            for count in range(others + 1)
        ),
        Column("mean", f"in how many other nets a unit is found; {short(others / 20)} by luck"),
        Column("cycles close", "share of the units that arrive at themselves from net to net to net and back"),
        Column("luck", "the share that would by luck: one over the units"),
    )
    note = f"Mean ± standard deviation over {len(names)} nets, for cycles over {math.comb(len(names), 3)} triples of nets."
    return Table("Found again in other nets", columns, tuple(map(row, comparison.layers)), note)


def cka(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """Linear CKA of whole layers, which no rotation changes, beside the matching of their units, which one does."""
    pairs = _pairs(comparison, nets)

    def row(layer: str) -> dict[str, Any]:
        return {
            "layer": layer,
            "CKA": spread(comparison.cka(layer, a, b) for a, b in pairs),
            "standardised": spread(comparison.cka(layer, a, b, standardised=True) for a, b in pairs),
            "bipartite": spread(comparison.match(layer, a, b).mean for a, b in pairs),
            "rotated": spread(comparison.baseline(layer, a, b).mean for a, b in pairs),
        }

    columns = (
        Column("layer", ""),
        Column("CKA", "linear CKA of the layers as they are"),
        Column("standardised", "linear CKA with every unit brought to deviation 1"),
        Column("bipartite", "mean r of the one-to-one matching"),
        Column("rotated", "the same with a random rotation of the other net (the baseline)"),
    )
    return Table("Similarity of whole layers", columns, tuple(map(row, comparison.layers)), _note(comparison, pairs))


def control(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """The paper's second finding: real pairs of nets beside nets and a random rotation of their own standardised units.

    The rotation holds exactly what its original holds. A measure of single units takes it for a stranger; one of whole
    layers, linear CKA of standardised units, takes it for the same. "predictors" are how many a unit needs on average to
    be predicted as well as real pairs are at alpha = .1: along the path of penalties, where the control's mean loss
    equals the real pair's.
    """
    names, pairs = _nets(comparison, nets), _pairs(comparison, nets)
    rows = []
    for layer in comparison.layers:
        real = [_real(comparison, layer, a, b) for a, b in pairs]
        level = spread(one["loss"] for one in real).mean
        turned = [_turned(comparison, layer, net, level) for net in names]
        for what, found in (("two nets", real), ("net and its rotation", turned)):
            rows.append(
                {"layer": f"{layer}, {what}", **{name: spread(one[name] for one in found) for name in (found or [{}])[0]}}
            )
    columns = (
        Column("layer", ""),
        Column("semi", "mean r of each unit with its most similar unit"),
        Column("semi, rotated", "the same with a further random rotation (the baseline)"),
        Column("bipartite", "mean r of the one-to-one matching"),
        Column("rotated", "the same with a further random rotation (the baseline)"),
        Column("above", "share of the matched units whose r exceeds all 19 rotations; .05 would by luck"),
        Column("predictors", "weights with |w| > .1 per unit that reach the loss at its right, mean over the units", _1),
        Column("loss", "½ mean squared error, mean over the units; real pairs at α = .1, the control at the same", _3),
        Column("CKA", "linear CKA of the standardised units"),
    )
    return Table("Same subspace, other units", columns, tuple(rows), _note(comparison, pairs, f" or {len(names)} nets"))


def mean_over_units(values: np.ndarray) -> np.ndarray:
    """The mean over the live targets of a Prediction's (P, targets), (P,); NaN where none lives."""
    live = ~np.isnan(values).all(axis=0)
    return values[:, live].mean(axis=1) if live.any() else np.full(len(values), np.nan)


def median_over_units(values: np.ndarray | None) -> np.ndarray:
    """The same as a median, which a rare unit with a huge held-out loss doesn't move."""
    if values is None:
        raise ValueError("this prediction was not judged on held-out images")
    live = ~np.isnan(values).all(axis=0)
    return np.median(values[:, live], axis=1) if live.any() else np.full(len(values), np.nan)


def _matched(comparison: Comparison, layer: str, a: str, b: str) -> dict[str, float]:
    semi, bipartite = (comparison.match(layer, a, b, method) for method in ("semi", "bipartite"))
    baseline, halves = comparison.baseline(layer, a, b), comparison.held_out(layer, a, b)
    return {
        "semi": semi.mean,
        "semi, rotated": comparison.baseline(layer, a, b, "semi").mean,
        "bipartite": bipartite.mean,
        "rotated": baseline.mean,
        "unrelated": comparison.unrelated(layer, a, b),
        "agree": _share(semi.agrees),
        "above": _share(baseline.above[bipartite.rows]),
        "held out": halves.mean,
        "stable": halves.agreement,
    }


def _real(comparison: Comparison, layer: str, a: str, b: str) -> dict[str, float]:
    found = _matched(comparison, layer, a, b)
    predicted = comparison.predict(layer, a, b, (EQUAL_LOSS_AT,))
    return {
        **{name: found[name] for name in ("semi", "semi, rotated", "bipartite", "rotated", "above")},
        "predictors": float(mean_over_units(predicted.predictors)[0]),
        "loss": float(mean_over_units(predicted.loss)[0]),
        "CKA": comparison.cka(layer, a, b, standardised=True),
    }


def _turned(comparison: Comparison, layer: str, net: str, level: float) -> dict[str, float]:
    turned = Control(comparison, layer, net)
    semi, bipartite = turned.match(net, "semi"), turned.match(net)
    baseline = turned.baseline(net)
    predicted = turned.predicted_from(net, FINE)
    loss, predictors = mean_over_units(predicted.loss), mean_over_units(predicted.predictors)
    return {
        "semi": semi.mean,
        "semi, rotated": turned.baseline(net, "semi").mean,
        "bipartite": bipartite.mean,
        "rotated": baseline.mean,
        "above": _share(baseline.above[bipartite.rows]),
        "predictors": float(np.interp(level, loss[::-1], predictors[::-1])),
        "loss": level,
        "CKA": turned.cka(net),
    }


def _share(chosen: np.ndarray) -> float:
    return float(chosen.mean()) if chosen.size else math.nan


def _units(comparison: Comparison, layer: str, pairs: Sequence[tuple[str, str]]) -> str:
    widths = sorted({comparison.units(layer, net) for pair in pairs for net in pair})
    return " or ".join(map(str, widths))


def _nets(comparison: Comparison, nets: Sequence[str] | None) -> list[str]:
    names = list(comparison.nets if nets is None else nets)
    for net in names:
        choose("net", net, comparison.nets)
    if isinstance(nets, str) or len(set(names)) < max(len(names), 2):
        raise ValueError(f"a table compares at least two nets, each named once; got {nets if nets is not None else names}")
    return names


def _pairs(comparison: Comparison, nets: Sequence[str] | None) -> list[tuple[str, str]]:
    return list(combinations(_nets(comparison, nets), 2))


def _note(comparison: Comparison, pairs: Sequence[tuple[str, str]], more: str = "") -> str:
    few = " Under 200 images: halves of them say little." if comparison.few_images else ""
    many = "1 pair" if len(pairs) == 1 else f"{len(pairs)} pairs"
    return f"Mean ± standard deviation over {many} of nets{more}.{few}"


def _written(value: Any, column: Column) -> str:  # noqa: ANN401
    if isinstance(value, str):
        return value
    if isinstance(value, Spread):
        one = column.write(value.mean)
        return one if value.n < 2 or not value.deviation else f"{one} ± {column.write(value.deviation)}"
    return column.write(float(value))


def _3(value: float) -> str:
    return short(value, 3)


def _1(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1f}"
