"""Tables of sparse prediction (Li et al. 2015, section 4), of real nets and of rotated ones."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from convergent_widgets.analysis.prediction import PENALTIES, Prediction
from convergent_widgets.control import Control
from convergent_widgets.numbers import distinct, significant
from convergent_widgets.tables.one_to_one import matched
from convergent_widgets.tables.pairs import mean_over_units, median_over_units, nets_of, note, pairs_of, share
from convergent_widgets.tables.table import Column, Spread, Table, one_decimal, spread, three

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

EQUAL_LOSS_AT = 0.1
ENOUGH = 0.95
FINE = (1.0, 0.5, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03, 0.02, 0.01, 0.0)


def prediction(
    comparison: Comparison,
    layer: str,
    nets: Sequence[str] | None = None,
    penalties: Sequence[float] = PENALTIES,
) -> Table:
    """Predicting each unit from few units of the other net: one row per penalty of the lasso.

    Of each pair the units of the latter net are predicted from those of the former. Beside each figure stands that of
    predicting the same units from a random rotation of the former, which holds the same information in other units.
    Raises ValueError for penalties that are negative or none.
    """
    pairs = pairs_of(comparison, nets)
    real = [comparison.predict(layer, a, b, penalties) for a, b in pairs]
    turned = [Control(comparison, layer, a).predicts(b, penalties) for a, b in pairs]
    targets = [comparison.units(layer, b) for _, b in pairs]
    names = distinct(penalties)

    def row(place: int, penalty: float) -> dict[str, Any]:
        def over_pairs(found: Sequence[Prediction], ask: Callable[[Prediction], np.ndarray]) -> Spread:
            return spread(float(ask(one)[place]) for one in found)

        return {
            "alpha": names[place],
            "published weight": spread(penalty / count for count in targets),
            "loss": over_pairs(real, lambda one: mean_over_units(one.loss)),
            "held-out loss": over_pairs(real, lambda one: mean_over_units(one.held_out_loss)),
            "held out, median": over_pairs(real, lambda one: median_over_units(one.held_out_loss)),
            "R²": over_pairs(real, lambda one: median_over_units(one.r2)),
            "R², rotated": over_pairs(turned, lambda one: median_over_units(one.r2)),
            "predictors": over_pairs(real, lambda one: mean_over_units(one.predictors)),
            "predictors, rotated": over_pairs(turned, lambda one: mean_over_units(one.predictors)),
        }

    columns = (
        Column("alpha", "the penalty α of ½ mean squared error + α |w|, per unit"),
        Column("published weight", "the same in the paper's terms: α over the number of units predicted", significant),
        Column(
            "loss",
            "½ mean squared error on the half it was fitted to, mean over the units; .5 predicts the mean",
            three,
        ),
        Column("held-out loss", "the same on the other half; a rare unit can weigh heavily in it", three),
        Column("held out, median", "the same, median over the units", three),
        Column("R²", "1 - 2 × held-out loss, median over the units"),
        Column("R², rotated", "the same, predicted from a random rotation of the other net"),
        Column("predictors", "weights with |w| > .1 per unit, mean over the units", one_decimal),
        Column("predictors, rotated", "the same, predicted from a random rotation of the other net", one_decimal),
    )
    rows = tuple(row(place, penalty) for place, penalty in enumerate(penalties))
    return Table(f"Sparse prediction, {layer}", columns, rows, note(comparison, pairs))


def control(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """The paper's second finding: what becomes of each measure when one side is rotated at random, in every layer.

    "two nets" are real pairs, measured as in `matching` and `prediction`: the units of the former net look for their
    partners in the latter, and the units of the latter are predicted from those of the former. "one rotated" is the
    same, with the standardised units of the net in which partners or predictors are sought rotated, which takes nothing
    from what it holds; "own rotation" is each net's units beside a rotation of itself. Measures of single units fall to
    the rotation baseline and more predictors are needed, while linear CKA of standardised units (Kornblith et al. 2019)
    stays as it was, 1 for a net and its own rotation. Rotations are drawn from the Haar measure (Mezzadri 2007).

    Predictors are counted along the path of penalties: where real pairs and rotated ones reach one loss on the half
    they were fitted to (that of the real pair at alpha = .1; for "own rotation", the mean of that over all pairs), and
    where they first reach 95 % of the held-out R2 of all units together (penalty 0). A dash stands where a loss is out
    of reach, or where that R2 is not above 0.
    """
    names, pairs = nets_of(comparison, nets), pairs_of(comparison, nets)
    rows = []
    for layer in comparison.layers:
        turned = {net: Control(comparison, layer, net) for net in names}
        real = [comparison.predict(layer, a, b, FINE) for a, b in pairs]
        levels = [_loss_at(one, EQUAL_LOSS_AT) for one in real]
        kinds = {
            "two nets": [
                _whole(comparison, layer, a, b) | _sparse(one, level)
                for (a, b), one, level in zip(pairs, real, levels, strict=True)
            ],
            "one rotated": [
                _rotated(turned[b], a) | _sparse(turned[a].predicts(b, FINE), level)
                for (a, b), level in zip(pairs, levels, strict=True)
            ],
            "own rotation": [
                _rotated(turned[net], net) | _sparse(turned[net].predicts(net, FINE), spread(levels).mean)
                for net in names
            ],
        }
        for kind, found in kinds.items():
            rows.append(
                {"compared": f"{layer}, {kind}", **{name: spread(one[name] for one in found) for name in found[0]}}
            )
    columns = (
        Column("compared", ""),
        Column("semi", "mean r of each unit with its most similar unit"),
        Column("semi, rotated", "the same with a (further) random rotation (the baseline)"),
        Column("bipartite", "mean r of the one-to-one matching"),
        Column("rotated", "the same with a (further) random rotation (the baseline)"),
        Column("above", "share of the matched units whose r exceeds all 19 rotations; .05 would by luck"),
        Column(
            "loss",
            "½ mean squared error at which the predictors beside it are counted, on the half that was fitted to, "
            "mean over the units",
            three,
        ),
        Column("predictors", "weights with |w| > .1 per unit at that loss, mean over the units", one_decimal),
        Column("R²", "of all units together (penalty 0), on the half that was not fitted to, median over the units"),
        Column("for 95 %", "predictors per unit, mean over the units, that reach 95 % of that R²", one_decimal),
        Column("CKA", "linear CKA of the standardised units"),
    )
    return Table("Same subspace, other units", columns, tuple(rows), note(comparison, pairs, f" or {len(names)} nets"))


def _whole(comparison: Comparison, layer: str, a: str, b: str) -> dict[str, float]:
    found = matched(comparison, layer, a, b)
    return {
        **{name: found[name] for name in ("semi", "semi, rotated", "bipartite", "rotated", "above")},
        "CKA": comparison.cka(layer, a, b, standardised=True),
    }


def _rotated(turned: Control, other: str) -> dict[str, float]:
    bipartite, baseline = turned.match(other), turned.baseline(other)
    return {
        "semi": turned.match(other, "semi").mean,
        "semi, rotated": turned.baseline(other, "semi").mean,
        "bipartite": bipartite.mean,
        "rotated": baseline.mean,
        "above": share(baseline.above[bipartite.rows]),
        "CKA": turned.cka(other),
    }


def _sparse(found: Prediction, level: float) -> dict[str, float]:
    """How many predictors reach a mean loss of `level`, and 95 % of the held-out R2 of all units (the last penalty)."""
    loss, predictors = mean_over_units(found.loss), mean_over_units(found.predictors)
    r2 = median_over_units(found.r2)
    return {
        "loss": level,
        "predictors": _first_at(level - loss, predictors),
        "R²": float(r2[-1]),
        "for 95 %": _first_at(r2 - ENOUGH * r2[-1], predictors) if r2[-1] > 0 else math.nan,
    }


def _first_at(excess: np.ndarray, predictors: np.ndarray) -> float:
    """The predictors (P,) where `excess` (P,) first reaches 0, read between the penalties; NaN where it never does."""
    reached = np.flatnonzero(excess >= 0)
    if not reached.size:
        return math.nan
    after = int(reached[0])
    if not after:
        return float(predictors[0])
    steps = slice(after - 1, after + 1)
    return float(np.interp(0.0, excess[steps], predictors[steps]))


def _loss_at(found: Prediction, penalty: float) -> float:
    return float(mean_over_units(found.loss)[found.penalties.tolist().index(penalty)])
