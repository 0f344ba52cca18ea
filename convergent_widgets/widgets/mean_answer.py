"""What the browser asks about mean activations: the means, what is said of them, and the scale they suit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from convergent_widgets.analysis.activity import MeanActivations
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.widgets.answers import Answer

LARGE_SPREAD = 30  # of the greatest mean over that which 95 % of the units exceed
DECADES = 3  # what the log scale shows below the greatest mean; the few units that hardly fire would flatten the rest


def means(comparison: Comparison, layer: str) -> Answer:
    """The mean activation of every unit in `layer`, one float32 array (units,) for each net, and what is said of them.

    `summary` tells how far they spread. `scales` are those that they allow, `scale` that which suits them. On a log
    scale units below `floor` are left out, and `left_out` says so; None and empty where there is no such scale.
    """
    values = [comparison.mean(layer, net) for net in comparison.nets]
    scales, scale = scales_for(np.concatenate(values))
    floor = least_shown(comparison, layer) if "log" in scales else None
    meta: dict[str, Any] = {
        "nets": list(comparison.nets),
        "summary": spread_words(comparison.mean_activations(layer)),
        "scales": scales,
        "scale": scale,
        "floor": floor,
        "left_out": "" if floor is None else _left_out(sum(int((mean < floor).sum()) for mean in values), floor),
    }
    return meta, [np.ascontiguousarray(mean).astype("<f4", copy=False).tobytes() for mean in values]


def scales_for(means: np.ndarray) -> tuple[list[str], str]:
    """The scales that `means` (units,) allow, and that which suits them; negative means have no logarithm."""
    positive = means[means > 0]
    if not positive.size or (means < 0).any():
        return ["linear"], "linear"
    wide = positive.max() > LARGE_SPREAD * np.quantile(positive, 0.05)
    return ["linear", "log"], "log" if wide else "linear"


def least_shown(comparison: Comparison, layer: str) -> float:
    """The least mean activation that a log scale shows."""
    return float(max(comparison.mean(layer, net).max() for net in comparison.nets)) / 10**DECADES


def spread_words(found: MeanActivations) -> str:
    """How far the means spread within each net and lie apart between nets, in a sentence each; empty for neither."""
    sentences = []
    spreads = sorted(spread for spread in found.spread.values() if math.isfinite(spread))
    if spreads:
        least, greatest = (_factor(spreads[at]) for at in (0, -1))
        range_ = least if least == greatest else f"{least} to {greatest}"
        whose = "each net" if len(found.curves) > 1 else "the net"
        sentences.append(f"Within {whose} the means differ by a factor of {range_} (95th over 5th percentile).")
    if math.isfinite(found.gap):
        typical, most = (f"{100 * gap:.0f}\N{NO-BREAK SPACE}%" for gap in (found.typical_gap, found.gap))
        sentences.append(
            f"Between nets the sorted means of the middle 90\N{NO-BREAK SPACE}% of the units differ by {typical} "
            f"typically, by {most} at most."
        )
    return " ".join(sentences)


def _factor(spread: float) -> str:
    return f"{spread:.1f}" if spread < 10 else f"{spread:.0f}"


def _left_out(silent: int, floor: float) -> str:
    if not silent:
        return ""
    units = "1 unit that hardly fires is" if silent == 1 else f"{silent} units that hardly fire are"
    return f"{units} left out (mean below {floor:.2g})."
