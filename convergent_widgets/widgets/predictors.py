"""What the browser asks of sparse prediction (few to one), unit by unit, so that an exported page can hold it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from convergent_widgets.analysis.prediction import PREDICTOR, held_out_moments, sparse_prediction

if TYPE_CHECKING:
    from convergent_widgets.analysis.prediction import Prediction
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.widgets.answers import Answer

SHOWN = 12
TRAINED_ON = 0
PLACES = 5  # decimals of the numbers in the facts, of which two or three are shown


def prediction(comparison: Comparison, layer: str, a: str, b: str, unit: int) -> Answer:
    """How `unit` of net `b` is predicted from the units of net `a`, at every penalty of the default grid.

    Fitted to the images of even index, judged on the others. Four buffers: float32 (fields, penalties), the `fields`
    being `loss`, `held_out_loss`, `predictors` (|w| > .1) and `weights` (all that are not 0); the predictors of each
    penalty, int32 (penalties, k) by descending |w|, no more than 12 of them, -1 for none; their weights, float32, 0 for
    none; and their r with the unit over all images, float32. `dead` is "always", "in training" (it never varies on the
    images it would be fitted to) or None; `inputs` counts the units of `a` that live in training; `single` is the most
    similar unit: see `best_single`. `layer` has `held_out_loss` and `predictors` of the whole layer at each penalty:
    see `layer_curve`; None for a dead unit.
    """
    units = comparison.units(layer, b)
    if isinstance(unit, bool) or not isinstance(unit, int) or not 0 <= unit < units:
        raise ValueError(f"`unit` must be one that exists: {b!r} has units 0 to {units - 1} in {layer!r}; got {unit!r}")
    found = comparison.predict(layer, a, b, trained_on=TRAINED_ON)
    weights = np.nan_to_num(found.weights[:, :, unit])
    fields = {
        "loss": found.loss[:, unit],
        "held_out_loss": held_out(found)[:, unit],
        "predictors": found.predictors[:, unit],
        "weights": (weights != 0).sum(axis=1),
    }
    order = np.argsort(-np.abs(weights), axis=1, kind="stable")[:, :SHOWN]
    kept = np.take_along_axis(weights, order, axis=1)
    small = np.abs(kept) <= PREDICTOR
    r = comparison.correlation(layer, a, b)[:, unit][order]
    meta: dict[str, Any] = {
        "penalties": found.penalties.tolist(),
        "fields": list(fields),
        "k": order.shape[1],
        "inputs": int((~comparison.dead(layer, a, TRAINED_ON)).sum()),
        "dead": _dead(comparison, layer, b, unit),
        "single": None,
        "layer": None,
    }
    if meta["dead"] is None:
        loss, many = layer_curve(found)
        meta["layer"] = {"held_out_loss": _short(loss), "predictors": _short(many)}
        if meta["inputs"]:
            single = best_single(comparison, layer, a, b, unit)
            meta["single"] = {name: value and round(value, PLACES) for name, value in single.items()}
    return meta, [
        np.stack(list(fields.values())).astype("<f4").tobytes(),
        np.where(small, -1, order).astype("<i4").tobytes(),
        np.where(small, 0.0, kept).astype("<f4").tobytes(),
        np.where(small, np.nan, r).astype("<f4").tobytes(),
    ]


def held_out(found: Prediction) -> np.ndarray:
    """The loss on images that were not fitted to, (penalties, units); that in sample where there is no other."""
    return found.loss if found.held_out_loss is None else found.held_out_loss


def layer_curve(found: Prediction) -> tuple[np.ndarray, np.ndarray]:
    """The median held-out loss of a layer's live units and their mean number of predictors, (penalties,) each.

    At least one unit must be alive.
    """
    return np.nanmedian(held_out(found), axis=1), np.nanmean(found.predictors, axis=1)


def best_single(comparison: Comparison, layer: str, a: str, b: str, unit: int) -> dict[str, Any]:
    """What one unit of `a` alone reaches: the most similar one in training, with its `r` and `r2` on the other images.

    `r2` is that of a line fitted in training, so it compares with the prediction's held-out R2; `r` None where one of
    both never varies on the other images.
    """
    half, other = TRAINED_ON, 1 - TRAINED_ON
    best = int(np.nanargmax(comparison.correlation(layer, a, b, half)[:, unit]))
    x, y = slice(best, best + 1), slice(unit, unit + 1)

    def means(which: int) -> tuple[np.ndarray, np.ndarray]:
        return comparison.mean(layer, a, which)[x], comparison.mean(layer, b, which)[y]

    def blocks(which: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        ask = comparison.covariance
        return ask(layer, a, a, which)[x, x], ask(layer, a, b, which)[x, y], ask(layer, b, b, which)[unit, y]

    held_out = held_out_moments(*means(half), *means(other), *blocks(other))
    line = sparse_prediction(*blocks(half), penalties=(0.0,), held_out=held_out)
    r = float(comparison.correlation(layer, a, b, other)[best, unit])
    return {"unit": best, "r": r if math.isfinite(r) else None, "r2": float(line.r2[0, 0])}


def _dead(comparison: Comparison, layer: str, net: str, unit: int) -> str | None:
    if comparison.dead(layer, net)[unit]:
        return "always"
    return "in training" if comparison.dead(layer, net, TRAINED_ON)[unit] else None


def _short(values: np.ndarray) -> list[float]:
    return [round(float(value), PLACES) for value in values]
