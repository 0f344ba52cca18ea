"""What a page opens on: as much of a view of the whole comparison as the page can show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convergent_widgets.widgets.selection import opening

_OF_PLACE = ("layer", "net_a", "net_b", "net", "unit", "clusters", "cluster", "pictured")


def opened_on(known: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """The selection of a page with these facts that is closest to `state`, a selection of the whole comparison.

    Layer, nets, unit and kind of patches are taken over where the page has them; else they are what an Explorer opens
    on. Clusters are as many as the eigengap gives, since the page has no others; a page without patches opens on the
    ranks.
    """
    nets, layers = known["nets"], [layer["name"] for layer in known["layers"]]
    place = {name: state[name] for name in ("net_a", "net_b") if state.get(name) in nets}
    if "net_b" in place and "net_a" not in place:
        place["net_a"] = next((net for net in nets if net != place["net_b"]), nets[0])
    if state.get("layer") in layers:
        place["layer"] = state["layer"]
        if state.get("net") in [place[name] for name in ("net_a", "net_b") if name in place]:
            place |= {name: state.get(name) for name in ("net", "unit")}
    if state.get("pictured") in known["pictured"]:
        place["pictured"] = state["pictured"]
    kept = {name: value for name, value in state.items() if name not in _OF_PLACE}
    if not known["k"]:
        kept.pop("overview", None)  # the wall has nothing to show
    return opening(known, place | kept)
