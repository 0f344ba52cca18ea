"""All that is known of the units of one net beside another, as a table of pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from convergent_widgets.comparison import Comparison


def units_frame(comparison: Comparison, layer: str, a: str, b: str, method: str) -> pd.DataFrame:
    """What `Comparison.to_frame` returns, which documents it."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError("to_frame needs pandas, which is not installed here: pip install pandas") from error
    baseline = comparison.baseline(layer, a, b, method)
    matching = comparison.match(layer, a, b, method)
    r = comparison.correlation(layer, a, b)
    units = len(r)
    matched = np.zeros(units, bool)
    matched[matching.rows] = True

    def spread(values: np.ndarray) -> np.ndarray:
        """Values of the matched units among all units; NaN elsewhere."""
        found = np.full(units, np.nan)
        found[matching.rows] = values
        return found

    known = np.where(np.isnan(r), -np.inf, r)
    best_r = known.max(axis=1, initial=-np.inf)
    some = best_r > -np.inf
    value, agrees = spread(matching.values), np.zeros(units, bool)
    agrees[matching.rows] = matching.agrees
    top = comparison.top_table(layer, a)
    images, names = top.images, comparison.images.names
    strongest = images[:, 0] if images.shape[1] else np.full(units, -1)
    pictured = strongest >= 0
    activation = top.activations[:, 0].astype(float) if images.shape[1] else np.full(units, np.nan)

    def whole(values: np.ndarray, there: np.ndarray) -> pd.Series:
        return pd.Series(pd.array(np.where(there, values, 0), dtype="Int64")).mask(~there)

    frame = pd.DataFrame(
        {
            "dead": comparison.dead(layer, a),
            "mean": comparison.mean(layer, a),
            "std": comparison.std(layer, a),
            "partner": whole(comparison.partners(layer, a, b, method), matched),
            "r": value,
            "rank": whole(1 + (known > value[:, None]).sum(axis=1), matched),
            "runner_up": spread(matching.runner_up),
            "baseline": baseline.greatest,
            "above": baseline.above,
            "agrees": agrees,
            "best": whole(known.argmax(axis=1) if known.shape[1] else np.zeros(units, np.int64), some),
            "best_r": np.where(some, best_r, np.nan),
            "held_out_r": comparison.held_out(layer, a, b, method).r,
            "found_in": comparison.found_in(layer, a, method),
            "top_image": pd.array([names[i] if i >= 0 else None for i in strongest.tolist()], dtype="string"),
            "top_activation": np.where(pictured, activation, np.nan),
        },
        index=pd.RangeIndex(units, name="unit"),
    )
    frame.attrs = {"layer": layer, "a": a, "b": b, "method": method}
    return frame
