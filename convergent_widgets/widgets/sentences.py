"""What the still picture says in words; its twin for the live views is js/sentence.js."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from convergent_widgets.numbers import counted, short
from convergent_widgets.widgets.answers import pair

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

METHODS = {"bipartite": "one-to-one", "semi": "best partner"}


@dataclass(frozen=True)
class Pair:
    """Every unit of one net against another net: the answer `pair` by name, a float (units,) array for each field."""

    facts: Mapping[str, Any]
    fields: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, comparison: Comparison, layer: str, a: str, b: str) -> Pair:
        """The pair of nets `a` and `b` in `layer`."""
        facts, (table,) = pair(comparison, layer, a, b)
        rows = np.frombuffer(table, "<f4").reshape(len(facts["fields"]), facts["rows"])
        return cls(facts, dict(zip(facts["fields"], rows, strict=True)))

    @property
    def within(self) -> bool:
        """Whether both nets are the same one."""
        return bool(self.facts["within"])

    def matched(self, method: str) -> np.ndarray:
        """Each unit's r to its partner, (units,), NaN for none; within one net to its most similar other unit."""
        return self.fields["best_r" if self.within else f"{method}.r"]

    def partners(self, method: str) -> np.ndarray:
        """Each unit's partner, (units,) int64, -1 for none; within one net its most similar other unit."""
        return whole(self.fields["best" if self.within else f"{method}.unit"])


def whole(units: np.ndarray) -> np.ndarray:
    """Units of a float array as int64, -1 for NaN."""
    return np.where(np.isnan(units), -1, units).astype(np.int64)


def warnings(comparison: Comparison) -> str:
    """What to know before anything else is read; empty where there is nothing."""
    seen = counted(comparison.images_seen, "image", "images")
    words = [] if comparison.complete else [f"Partial result: the run was stopped after {seen}."]
    return " ".join([*words, *([f"Few images: {seen} are too few to trust a correlation."] * comparison.few_images)])


def about_pair(state: Mapping[str, Any], table: Pair) -> str:
    """How well the units of net A are matched in net B."""
    a, b, facts = state["net_a"], state["net_b"], table.facts
    all_dead = [net for net, dead, units in zip((a, b), facts["dead"], _units(facts), strict=True) if dead == units]
    if table.within:
        values = table.fields["best_r"][np.isfinite(table.fields["best_r"])]
        if not values.size:
            return f"All units of {a} are dead." if all_dead else f"{a} has only one live unit.{_dead(a, a, facts)}"
        mean = f"Within {a}, a unit’s most similar other unit reaches a mean r of {short(float(values.mean()))}."
        return f"{mean} No baseline is defined within one net.{_dead(a, b, facts)}"
    if all_dead:
        return f"No unit of {a} has a partner in {b}: all units of {' and of '.join(all_dead)} are dead."
    found = facts["methods"][state["method"]]
    luck = found["expected_by_luck"]
    return (
        f"{found['above']} of {facts['rows']} units of {a} have a partner in {b} above the rotation baseline "
        f"(mean r {_short(found['mean'])}; baseline {_short(found['baseline_mean'])}"
        f"{'' if luck is None else f'; about {luck:.0f} by luck'}).{_dead(a, b, facts)}"
    )


def about_unit(state: Mapping[str, Any], table: Pair, other: str) -> str:
    """What is selected and how good its match is; `table` leads from the selected net to `other`."""
    layer, unit, method = state["layer"], state["unit"], state["method"]
    if unit is None:
        return "No unit is selected."
    start = f"Selected: {state['net']} {layer}/{unit}"
    if table.fields["dead"][unit]:
        return f"{start}, a dead unit: it never varies, so it correlates with nothing."
    best, partner = (int(whole(table.fields[name])[unit]) for name in ("best", _partner(table, method)))
    best_words = f"{layer}/{best} (r {short(float(table.fields['best_r'][unit]))})" if best >= 0 else ""
    if table.within:
        return f"{start}; most like {best_words} of the same net." if best_words else f"{start}; no other unit lives."
    if partner < 0:
        taken = f"; its best, {best_words}, is taken" if best_words else ""
        return f"{start}; nothing was left for it in {other}{taken}."
    words = f"{start}; its partner in {other} is {layer}/{partner} at r {short(float(table.matched(method)[unit]))}"
    baseline = float(table.fields[f"{method}.greatest"][unit])
    if math.isfinite(baseline):
        words += f", {'' if table.fields[f'{method}.above'][unit] else 'not '}above its baseline of {short(baseline)}"
    return f"{words}; its best, {best_words}, is taken." if best not in (-1, partner) else f"{words}."


def _partner(table: Pair, method: str) -> str:
    return "best" if table.within else f"{method}.unit"


def _units(facts: Mapping[str, Any]) -> tuple[int, int]:
    return facts["rows"], facts["columns"]


def _dead(a: str, b: str, facts: Mapping[str, Any]) -> str:
    """How many units of which net are dead; nothing where none is."""
    counts = dict(zip((b, a), reversed(facts["dead"]), strict=True))
    words = [f"{counts[net]} of {net}" for net in dict.fromkeys((a, b)) if counts[net]]
    return f" Dead: {', '.join(words)}." if words else ""


def _short(value: float | None) -> str:
    return short(math.nan if value is None else value)
