"""Tables of whole layers: how active their units are, and how alike the layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from convergent_widgets.analysis.activity import match_factors
from convergent_widgets.analysis.activity import mean_activations as describe_means
from convergent_widgets.tables.pairs import nets_of, note, pairs_of
from convergent_widgets.tables.table import Column, Table, factor, spread

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison


def mean_activations(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """Mean activations in every layer: spread within nets, distance between nets' sorted curves, and of matches.

    Li et al. 2015, section 2. Matches are those of the units of each pair's former net.
    """
    names, pairs = nets_of(comparison, nets), pairs_of(comparison, nets)

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
        Column("spread within", "95th over 5th percentile of a net's positive means, over the nets", factor),
        Column("typical gap", "median relative distance between two nets' sorted means, middle 90 % of the units"),
        Column("largest gap", "the greatest such distance"),
        Column("match", "factor between the means of a unit and its match, median"),
        Column("any pair", "the same over all pairs of these units (the baseline)"),
    )
    return Table("Mean activations", columns, tuple(map(row, comparison.layers)), note(comparison, pairs))


def cka(comparison: Comparison, nets: Sequence[str] | None = None) -> Table:
    """Linear CKA of whole layers, which no rotation changes, beside the matching of their units, which one does.

    Kornblith et al. 2019, equation 4. CKA is the same either way; the units matched are each pair's former net's.
    """
    pairs = pairs_of(comparison, nets)

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
    return Table("Similarity of whole layers", columns, tuple(map(row, comparison.layers)), note(comparison, pairs))
