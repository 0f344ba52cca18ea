"""What to record where: layers by label and net, checked before the first long step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from convergent_widgets.compute.nets import Net, UnknownLayer, find_layer
from convergent_widgets.texts import is_utf8

Layers = Sequence[str] | Mapping[str, str | Mapping[str, str]] | None
Shape = tuple[int, int, int]


@dataclass(frozen=True)
class PlannedLayer:
    """One layer of the comparison: its label, and for each net the name of the recorded module."""

    label: str
    modules: Mapping[str, str]


def plan_layers(nets: Mapping[str, Net], layers: Layers, suggest: Callable[[str], Sequence[str]]) -> list[PlannedLayer]:
    """The layers to compare, in order.

    None takes the layers that all nets share among their own `layers`, or among those that `suggest(net name)` gives.
    Raises ValueError or TypeError where a layer does not exist (with the closest names), a net is left out of a
    label, or nothing is shared.
    """
    if isinstance(layers, str):
        raise TypeError(f"`layers` must be a list of names, or a mapping of label to names; got the string {layers!r}")
    if layers is None:
        offered = {name: tuple(net.layers if net.layers is not None else suggest(name)) for name, net in nets.items()}
        planned = _shared(offered)
    elif isinstance(layers, Mapping):
        planned = [_labelled(str(label), given, nets) for label, given in layers.items()]
    else:
        planned = [PlannedLayer(name, dict.fromkeys(nets, name)) for name in dict.fromkeys(map(str, layers))]
    if not planned:
        raise ValueError("`layers` names no layer")
    labels = [layer.label for layer in planned]
    if len(set(labels)) < len(labels):
        raise ValueError(f"`layers` must have different labels once written out, got {labels}")
    if not all(map(is_utf8, labels)):
        raise ValueError(f"`layers` must have labels that can be read, got {labels}")
    for layer in planned:
        for net, module in layer.modules.items():
            try:
                find_layer(nets[net].module, module)
            except UnknownLayer as error:
                raise UnknownLayer(f"net {net!r}: {error}") from None
    return planned


def check_positions(
    planned: Sequence[PlannedLayer],
    shapes: Mapping[str, Mapping[str, Shape]],
    resize: tuple[int, int] | None,
    positions: str | int = "all",
) -> None:
    """Raise ValueError where the nets disagree on the positions per image; `shapes` are (C, h, w) by net and module."""
    if positions == "pooled":
        return
    for layer in planned:
        own = {net: shapes[net][module][1:] for net, module in layer.modules.items()}
        grids = own if resize is None else {net: grid if 1 in grid else resize for net, grid in own.items()}
        if len(set(grids.values())) > 1:
            described = ", ".join(f"{net}: {layer.modules[net]!r} {grid[0]} x {grid[1]}" for net, grid in own.items())
            advice = "compare layers of equal size"
            if all(1 not in grid for grid in own.values()):
                advice += ", give the nets one `preprocess`, or bring the maps to one grid with resize=(rows, columns)"
            elif resize is not None:
                advice += ": `resize` leaves vectors and tokens as they are"
            raise ValueError(
                f"layer {layer.label!r}: the nets have different positions per image ({described}); {advice}"
            )


def _shared(offered: Mapping[str, Sequence[str]]) -> list[PlannedLayer]:
    names = [set(own) for own in offered.values()]
    first = next(iter(offered.values()))
    shared = [name for name in dict.fromkeys(first) if all(name in own for own in names)]
    if not shared:
        found = "; ".join(
            f"{net}: {', '.join(own[:4])}{', ...' if len(own) > 4 else ''}" for net, own in offered.items()
        )
        raise ValueError(
            f"the nets share no layer name ({found}); pair their layers yourself: "
            'layers={"label": {"net a": "features.3", "net b": "layer1"}}'
        )
    return [PlannedLayer(name, dict.fromkeys(offered, name)) for name in shared]


def _labelled(label: str, given: str | Mapping[str, str], nets: Mapping[str, Net]) -> PlannedLayer:
    if isinstance(given, str):
        return PlannedLayer(label, dict.fromkeys(nets, given))
    if not isinstance(given, Mapping):
        raise TypeError(f"`layers`: {label!r} must map each net to a layer name, got {given!r:.80}")
    if set(given) != set(nets):
        raise ValueError(f"`layers`: {label!r} must name a layer for each of {list(nets)}, got {list(given)}")
    return PlannedLayer(label, {net: given[net] for net in nets})
