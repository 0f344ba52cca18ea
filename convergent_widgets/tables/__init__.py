"""The paper's tables for any Comparison: each figure as mean and spread over the pairs of nets, its baseline beside it.

`nets` names the nets to take, by default all. Pairs are those of `nets` in order, each once: the units of the former
net look for their partners in the latter (matching: Li et al. 2015, section 3), and the units of the latter are
predicted from those of the former (section 4). Every table raises ValueError for fewer than two nets, one named twice
or a single name in place of a list, and KeyError for a net or a layer that there is not, with the closest names.
"""

from convergent_widgets.tables.few_to_one import control, prediction
from convergent_widgets.tables.layers import cka, mean_activations
from convergent_widgets.tables.one_to_one import found_in, information, matching
from convergent_widgets.tables.table import Column, Spread, Table, one_decimal, spread, three

__all__ = [
    "Column",
    "Spread",
    "Table",
    "cka",
    "control",
    "found_in",
    "information",
    "matching",
    "mean_activations",
    "one_decimal",
    "prediction",
    "spread",
    "three",
]
