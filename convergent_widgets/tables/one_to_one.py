"""Tables of matchings, by correlation and by mutual information, between two nets and around several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from convergent_widgets.numbers import counted, short
from convergent_widgets.tables.pairs import cautions, live, nets_of, note, pairs_of, share, units_of
from convergent_widgets.tables.table import Column, Table, one_decimal, spread

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison


def matching(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """Semi-matching, bipartite matching and their agreement in every layer, each r beside its baselines.

    Li et al. 2015, section 3. Figures are of the units of each pair's former net (the rows of the correlation matrix).
    """
    pairs = pairs_of(comparison, nets)

    def row(layer: str) -> dict[str, Any]:
        measured: dict[str, list[float]] = {}
        for a, b in pairs:
            for name, value in matched(comparison, layer, a, b).items():
                measured.setdefault(name, []).append(value)
        return {
            "layer": layer,
            "units": units_of(comparison, layer, pairs),
            **{n: spread(v) for n, v in measured.items()},
        }

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
        Column(
            "unjudged",
            "units without a held-out r: without a partner on either half (the other net is narrower), or one of the "
            "two is dead on one half",
            one_decimal,
        ),
    )
    return Table("Matching units one to one", columns, tuple(map(row, comparison.layers)), note(comparison, pairs))


def information(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """Mutual information in place of correlation: what the one-to-one matching reaches, and how often both agree.

    Li et al. 2015, section 3.2. Figures are of the units of each pair's former net. Raises ValueError where it was not
    measured.
    """
    pairs = pairs_of(comparison, nets)

    def row(layer: str) -> dict[str, Any]:
        found = [comparison.match(layer, a, b, measure="mutual_information") for a, b in pairs]
        agree = []
        eight = []
        for (a, b), by_information in zip(pairs, found, strict=True):
            by_r = comparison.match(layer, a, b)
            same = comparison.measures_agree(layer, a, b)
            agree.append(share(same[by_r.rows]))
            strongest = by_information.rows[np.argsort(-by_information.values, kind="stable")[:8]]
            eight.append(share(same[strongest]))
        return {
            "layer": layer,
            "mean": spread(m.mean for m in found),
            "greatest": spread(float(m.values.max()) if m.values.size else math.nan for m in found),
            "least": spread(float(m.values.min()) if m.values.size else math.nan for m in found),
            "agree": spread(agree),
            "agree, best 8": spread(eight),
            "luck": spread(_one_over(max(live(comparison, layer, net) for net in pair)) for pair in pairs),
        }

    columns = (
        Column("layer", ""),
        Column("mean", "mean mutual information of the one-to-one matching, nats"),
        Column("greatest", "the strongest pair, nats"),
        Column("least", "the weakest pair, nats"),
        Column("agree", "share of the matched units whose partner by mutual information is the one by correlation"),
        Column("agree, best 8", "the same share among the eight strongest pairs"),
        Column(
            "luck",
            "the share of equal partners in two unrelated one-to-one matchings: one over the live units of "
            "the wider net",
        ),
    )
    return Table(
        "Mutual information instead of correlation",
        columns,
        tuple(map(row, comparison.layers)),
        note(comparison, pairs),
    )


def found_in(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """In how many other nets units are found above the rotation baseline, and whether matchings around three close.

    Figures are mean and spread over the nets, and over the triples of nets for the cycles, which begin and end at the
    first net of each triple.
    """
    names = nets_of(comparison, nets)
    others = len(names) - 1

    def shares(layer: str, net: str) -> np.ndarray:
        found = sum(comparison.baseline(layer, net, other).above.astype(int) for other in names if other != net)
        alive = ~comparison.dead(layer, net)
        if not alive.any():
            return np.full(others + 1, math.nan)
        return np.bincount(np.asarray(found)[alive], minlength=others + 1) / alive.sum()

    def row(layer: str) -> dict[str, Any]:
        each = np.array([shares(layer, net) for net in names])
        triples = list(combinations(names, 3))
        return {
            "layer": layer,
            **{f"in {count}": spread(each[:, count].tolist()) for count in range(others + 1)},
            "mean": spread((each @ np.arange(others + 1)).tolist()),
            "cycles close": spread(comparison.cycle(layer, triple).share for triple in triples),
            "luck": spread(_one_over(live(comparison, layer, first)) for first, *_ in triples),
        }

    columns = (
        Column("layer", ""),
        *(
            Column(f"in {count}", f"share of the live units that are found in {count} of the {others} other nets")
            for count in range(others + 1)
        ),
        Column("mean", f"in how many other nets a unit is found; at most {short(others / 20)} by luck"),
        Column("cycles close", "share of the units that arrive at themselves from net to net to net and back"),
        Column("luck", "the share that would by luck: one over the live units of the first net"),
    )
    note = (
        f"Mean ± standard deviation over {len(names)} nets, for cycles over "
        f"{counted(math.comb(len(names), 3), 'triple', 'triples')} of nets.{cautions(comparison, names)}"
    )
    return Table("Found again in other nets", columns, tuple(map(row, comparison.layers)), note)


def _one_over(units: int) -> float:
    return 1 / units if units else math.nan


def matched(comparison: Comparison, layer: str, a: str, b: str) -> dict[str, float]:
    """What the table says of `a`'s units matched with `b`'s in a layer, by name of column."""
    semi, bipartite = (comparison.match(layer, a, b, method) for method in ("semi", "bipartite"))
    baseline, halves = comparison.baseline(layer, a, b), comparison.held_out(layer, a, b)
    return {
        "semi": semi.mean,
        "semi, rotated": comparison.baseline(layer, a, b, "semi").mean,
        "bipartite": bipartite.mean,
        "rotated": baseline.mean,
        "unrelated": comparison.unrelated(layer, a, b),
        "agree": share(semi.agrees),
        "above": share(baseline.above[bipartite.rows]),
        "held out": halves.mean,
        "stable": halves.agreement,
        "unjudged": float(halves.unjudged),
    }
