"""What a comparison has and a page has not, in words that stand at the foot of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

from convergent_widgets.widgets.answers import facts
from convergent_widgets.widgets.selection import PANELS

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison
    from convergent_widgets.export.kept_units import Kept

_PANELS = {"means": "mean activations", "prediction": "few to one", "clusters": "many to many"}


def left_out(
    before: Comparison, after: Comparison, known: Mapping[str, Any], panels: Sequence[str], kept: Kept | None
) -> list[str]:
    """What `before` shows and a page about `after`, with the facts `known`, these panels and `kept` units, does not."""
    words = []
    for kind, all_, some in (("net", before.nets, after.nets), ("layer", before.layers, after.layers)):
        missing = [name for name in all_ if name not in some]
        if missing:
            words.append(f"{kind}{'s' * (len(missing) > 1)} {', '.join(missing)}")
    had = facts(before)
    missing = [name for name in had["pictured"] if name not in known["pictured"]]
    if had["k"] and not known["k"]:
        words.append("all patches")
    elif missing:
        words.append(f"patches: {', '.join(missing)}")
    if 0 < known["k"] < had["k"]:
        words.append(
            f"all but {known['k']} patches of each unit" if known["k"] > 1 else "all but one patch of each unit"
        )
    if kept is not None:
        of = sum(after.units(*place) for place in product(after.layers, after.nets))
        pictured = sum(map(len, kept.values()))
        rest = [name for name, told in (("patches", known["k"]), ("predictors", "prediction" in panels)) if told]
        if pictured < of and rest:
            words.append(f"{' and '.join(rest)} of {of - pictured} of {of} units")
    sizes = [(net, before.picture_size(before.picture_set(net))) for net in after.nets]
    if known["k"] and any(size != after.picture_size(after.picture_set(net)) for net, size in sizes):
        longest = max(max(after.picture_size(after.picture_set(net))) for net in after.nets)
        words.append(f"pictures in full size (here at most {longest} pixels)")
    missing = [_PANELS[name] for name in PANELS if name not in panels]
    if missing:
        words.append(f"the panel{'s' * (len(missing) > 1)} {', '.join(missing)}")
    if "clusters" in panels:
        words.append("numbers of clusters other than the one that the eigengap gives")
    return words
