"""What a person looks at: one Selection that every view holds a reference to, and the rules that keep it whole.

`settle` has a twin in js/settle.js: change both, and tests/settle_cases.json, which tests both.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from convergent_widgets.analysis.matching import METHODS
from convergent_widgets.analysis.prediction import PENALTIES
from convergent_widgets.choices import unknown
from convergent_widgets.recorded import PICTURED
from convergent_widgets.widgets import state_text

if TYPE_CHECKING:
    from convergent_widgets.widgets.data import Data

ORDERS = ("best", "original", "cycles", "found")
PANELS = ("means", "prediction", "clusters")
PENALTY = 0.1
ONLY = ("above", "below", "everywhere", "nowhere", "unmatched", "dead")
OVERVIEWS = ("wall", "ranks")
STATE = (
    "layer",
    "net_a",
    "net_b",
    "net",
    "unit",
    "order",
    "only",
    "least_r",
    "overview",
    "method",
    "pictured",
    "penalty",
    "clusters",
    "cluster",
)
KEPT = ("net", "unit", "clusters", "cluster")  # what an option names, though it would follow from the others

State = dict[str, Any]


def opening(facts: Mapping[str, Any], options: Mapping[str, Any]) -> State:
    """The state to open with: first layer, first two nets, best match selected, as far as `options` do not say else."""
    given = {name: value for name, value in options.items() if value is not None}
    if not facts["nets"] or not facts["layers"]:
        raise ValueError("the comparison has no nets or no layers, so there is nothing to show")
    net_a = given.get("net_a", facts["nets"][0])
    others = [net for net in facts["nets"] if net != net_a]
    state: State = {
        "layer": facts["layers"][0]["name"],
        "net_a": net_a,
        "net_b": others[0] if others else net_a,
        "order": "best",
        "only": None,
        "least_r": None,
        "overview": "wall" if facts.get("k", 1) else "ranks",  # a wall without pictures says little
        "method": "bipartite",
        "pictured": "strongest",
        "penalty": PENALTY,
    }
    state.update({name: given[name] for name in state if name in given})
    state = check(facts, {**state, "net": net_a, "unit": None, "clusters": None, "cluster": None})
    state["unit"] = best_unit(facts, state)
    return settle(facts, state, {name: given[name] for name in KEPT if name in given})


def settle(facts: Mapping[str, Any], state: Mapping[str, Any], changes: Mapping[str, Any]) -> State:
    """The whole state that follows from `state` when `changes` are asked for.

    What is named is kept, the rest follows. A net that is neither A nor B takes the place of A, or of B where A is
    named; a net that is no longer shown gives way to A; a net without a unit selects its best one; a new layer without
    a unit selects the best match of net A there. Another layer or pair of nets has as many clusters as the eigengap
    says; who names a unit means its cluster, and so does whatever makes other clusters. Raises TraitError in words for
    names, units and clusters that do not exist, and for a net that is neither A nor B where both are named.
    """
    new = check_names(facts, {**state, **changes})
    layer_is_new = new["layer"] != state["layer"]
    shown = new["net"] in (new["net_a"], new["net_b"])
    if "net" in changes:
        place = next((name for name in ("net_a", "net_b") if name not in changes), None)
        if not shown and place:
            new[place] = new["net"]
    elif not shown or (layer_is_new and "unit" not in changes):
        new["net"] = new["net_a"]
    if "unit" not in changes and (layer_is_new or new["net"] != state["net"]):
        new["unit"] = best_unit(facts, new)
    if "clusters" not in changes and any(new[name] != state[name] for name in ("layer", "net_a", "net_b")):
        new["clusters"] = None
    same = all(new[name] == state[name] for name in ("layer", "net_a", "net_b", "net", "unit", "clusters"))
    if "cluster" not in changes and ("unit" in changes or not same):
        new["cluster"] = None
    return check(facts, new)


def best_unit(facts: Mapping[str, Any], state: Mapping[str, Any]) -> int | None:
    """The unit of the shown net with the greatest matched correlation to the other net of the pair; None for none."""
    other = state["net_b"] if state["net"] == state["net_a"] else state["net_a"]
    table = _layer(facts, state["layer"])["best"][state["method"]]
    best: int | None = table[facts["nets"].index(state["net"])][facts["nets"].index(other)]
    return best


def check(facts: Mapping[str, Any], state: Mapping[str, Any]) -> State:
    """`state` with plain values, or TraitError in words where a name or a unit does not exist."""
    state = check_names(facts, state)
    if state["net"] not in (state["net_a"], state["net_b"]):
        shown = f"{state['net_a']!r} and {state['net_b']!r}"
        raise traitlets.TraitError(f"`net` must be one of the two nets shown, {shown}; got {state['net']!r}")
    state["unit"] = _check_unit(facts, state)
    nets = {facts["nets"].index(state[name]) for name in ("net_a", "net_b")}
    most = sum(_layer(facts, state["layer"])["units"][net] for net in nets)
    state["clusters"] = _check_number("clusters", state["clusters"], 1, most)
    state["cluster"] = _check_number("cluster", state["cluster"], 0, (state["clusters"] or most) - 1)
    return state


def check_names(facts: Mapping[str, Any], state: Mapping[str, Any]) -> State:
    """`state` with plain strings, or TraitError in words for a name that does not exist."""
    layers, nets = [layer["name"] for layer in facts["layers"]], facts["nets"]
    names = {
        "layer": layers,
        "net_a": nets,
        "net_b": nets,
        "net": nets,
        "order": ORDERS,
        "overview": OVERVIEWS,
        "method": METHODS,
        "pictured": PICTURED,
    }
    for name in state:
        if name not in STATE:
            raise traitlets.TraitError(unknown("trait", name, STATE))
    checked = dict(state)
    for name, there_is in names.items():
        if not isinstance(state[name], str) or state[name] not in there_is:
            kind = {"net_a": "net", "net_b": "net", "pictured": "choice of patches"}.get(name, name)
            raise traitlets.TraitError(f"`{name}`: {unknown(kind, state[name], there_is)}")
        checked[name] = str(state[name])
    if state["only"] is not None and state["only"] not in ONLY:
        there_is = ", ".join(map(repr, ONLY))
        raise traitlets.TraitError(f"`only` must be one of {there_is} or None; got {state['only']!r}")
    checked["least_r"] = _check_least(state["least_r"])
    checked["penalty"] = _check_penalty(state["penalty"])
    return checked


def _check_least(least: object) -> float | None:
    if least is None:
        return None
    if not isinstance(least, Real) or isinstance(least, bool) or not -1 <= float(least) <= 1:
        raise traitlets.TraitError(f"`least_r` must be a number, -1 to 1, or None; got {least!r}")
    return math.floor(float(least) * 1000 + 0.5) / 1000


def _check_penalty(penalty: object) -> float:
    if not isinstance(penalty, Real) or isinstance(penalty, bool) or float(penalty) not in PENALTIES:
        raise traitlets.TraitError(
            f"`penalty` must be one of {', '.join(f'{p:g}' for p in PENALTIES)}; got {penalty!r}"
        )
    return float(penalty) + 0.0  # not -0.0


def _check_unit(facts: Mapping[str, Any], state: Mapping[str, Any]) -> int | None:
    unit = state["unit"]
    if unit is None:
        return None
    units = _layer(facts, state["layer"])["units"][facts["nets"].index(state["net"])]
    place = f"{state['net']!r} has units 0 to {units - 1} in layer {state['layer']!r}"
    try:
        index = operator.index(unit)
    except TypeError:
        raise traitlets.TraitError(f"`unit` must be a whole number or None; got {unit!r} ({place})") from None
    if isinstance(unit, bool) or not 0 <= index < units:
        raise traitlets.TraitError(f"`unit` must be one that exists: {place}; got {unit!r}")
    return index


def _check_number(name: str, value: object, least: int, most: int) -> int | None:
    if value is None:
        return None
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or not least <= number <= most:
        raise traitlets.TraitError(f"`{name}` must be a whole number, {least} to {most}, or None; got {value!r}")
    return number


def _layer(facts: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(layer for layer in facts["layers"] if layer["name"] == name)
    return found


def state_from(facts: Mapping[str, Any], text: object) -> tuple[State, list[str]]:
    """The state and the panels that the text of a view names; TraitError in words where there is no such view."""
    state, panels = state_text.read(_state_traits(), text, state_text.longest(facts))
    return check(facts, state), _check_panels(panels)


class Selection(anywidget.AnyWidget):
    """Which layer, nets and unit all views of a comparison show.

    Read the traits, or set them::

        explorer.selection.layer = "conv2"
        explorer.selection.select(layer="conv2", net="seed 1", unit=7)
        explorer.selection.observe(lambda change: print(change["new"]), "unit")

    or keep a view as text, e.g. to send it to somebody, and return to it::

        explorer.selection.text
        explorer.selection.paste("layer=conv2&net_a=seed+0&net_b=seed+1&net=seed+0&unit=7&panels=means")

    Setting one trait from Python settles the others (a new layer selects its best match), and the browser receives
    all of it in one message; `select` sets several at once. A value that does not exist raises TraitError and
    changes nothing. What the browser sends is complete already and is taken as it is.
    """

    _esm = traitlets.Unicode("export default {}").tag(sync=True)

    layer = traitlets.Unicode(help="Label of the layer shown. Written by its picker and by Python.").tag(sync=True)
    net_a = traitlets.Unicode(help="Name of the net in the rows. Written by its picker and by Python.").tag(sync=True)
    net_b = traitlets.Unicode(help="Name of the net in the columns. Written by its picker and by Python.").tag(
        sync=True
    )
    net = traitlets.Unicode(
        help="Name of the selected unit's net, `net_a` or `net_b`. Written by clicks and by Python."
    ).tag(sync=True)
    unit = traitlets.Int(
        None,
        allow_none=True,
        help="Index of the selected unit in `net`; None for none. Written by clicks and by Python.",
    ).tag(sync=True)
    order = traitlets.Unicode(
        "best",
        help="Order of the matrix: 'best' (matches on the diagonal, best first), 'original', 'cycles' or 'found' (what "
        "most other nets have first, in the rank plot too). "
        "Written by the order picker and by Python.",
    ).tag(sync=True)
    only = traitlets.Unicode(
        None,
        allow_none=True,
        help="Which units of net A stand out, are walked through and are shown on the wall: those 'above' their "
        "baseline, those matched but 'below' it, found in all other nets ('everywhere') or in none ('nowhere'), "
        "'unmatched', 'dead'; None for all. Written by the picker of the wall and the rank plot, and by Python.",
    ).tag(sync=True)
    least_r = traitlets.Float(
        None,
        allow_none=True,
        help="Least r, -1 to 1 in steps of .001, to its partner that a unit of net A needs besides; None for any, "
        "also for none. "
        "Written by the wall's slider and by Python.",
    ).tag(sync=True)
    overview = traitlets.Unicode(
        "wall",
        help="What the Explorer shows beside the matrix: the 'wall' of all units or their 'ranks'. "
        "Written by the switch in their heads and by Python.",
    ).tag(sync=True)
    method = traitlets.Unicode(
        "bipartite",
        help="Matching shown: 'bipartite' (one to one) or 'semi' (each unit's most similar). "
        "Written by the matching picker and by Python.",
    ).tag(sync=True)
    pictured = traitlets.Unicode(
        "strongest",
        help="Patches shown of every unit: its 'strongest', those at the 'deciles' of its positive activations, or "
        "'attributions' (what in the strongest drives it). Written by the gallery's switch and by Python.",
    ).tag(sync=True)
    penalty = traitlets.Float(
        PENALTY,
        help="L1 penalty of the sparse prediction (few to one), one of 1, .3, .1, .03, .01, .003, .001, 0. "
        "Written by the panel's slider and by Python.",
    ).tag(sync=True)
    clusters = traitlets.Int(
        None,
        allow_none=True,
        help="How many clusters the units of both nets are put into; None for as many as the largest eigengap says. "
        "Written by the panel of clusters and by Python.",
    ).tag(sync=True)
    cluster = traitlets.Int(
        None,
        allow_none=True,
        help="Label of the cluster whose units are shown, 0 for the largest; None for that of the selected unit. "
        "Written by the panel of clusters and by Python.",
    ).tag(sync=True)
    panels = traitlets.List(
        traitlets.Unicode(),
        help="Panels open below the views, e.g. ['means']. Assign a new list. Written by the toolbar and by Python.",
    ).tag(sync=True)

    def __init__(self, facts: Mapping[str, Any], data: Data | None = None, **options: Any) -> None:  # noqa: ANN401
        """Open on what `options` say (any of the traits), else on the best match of the first layer and nets.

        `facts` are those of the comparison it selects from, `data` answers for that comparison.
        """
        for name in options:
            if name not in (*STATE, "panels"):
                raise TypeError(unknown("option", name, (*STATE, "panels")))
        self._facts, self._data = facts, data
        self._arriving: set[str] = set()
        panels = options.pop("panels", None)
        for name, value in opening(facts, options).items():
            super().set_trait(name, value)
        super().__init__(panels=list(panels or []))

    @property
    def facts(self) -> Mapping[str, Any]:
        """The names and numbers of units that can be selected."""
        return self._facts

    @property
    def data(self) -> Data | None:
        """What answers for the comparison it selects from; None where it was made without."""
        return self._data

    def __repr__(self) -> str:
        """The selection in words, without the browser's state."""
        return f"Selection({', '.join(f'{name}={getattr(self, name)!r}' for name in STATE)})"

    def __setattr__(self, name: str, value: object) -> None:
        """Settle the other traits with the one that is set; refuse a name that does not exist."""
        if name in STATE:
            self.select(**{name: value})
        elif not name.startswith("_") and not hasattr(type(self), name):
            raise AttributeError(unknown("trait", name, (*STATE, "panels")))
        else:
            super().__setattr__(name, value)

    def select(self, **changes: object) -> None:
        """Set several of the traits (all but `panels`) in one step.

        Raises TraitError in words, and changes nothing, where a value does not exist.
        """
        settled = settle(self._facts, self.state(), changes)
        with self.hold_sync(), self.hold_trait_notifications():
            for name, value in settled.items():
                super().set_trait(name, value)

    def state(self) -> State:
        """All traits but `panels`, as a plain dictionary."""
        return {name: getattr(self, name) for name in STATE}

    @property
    def text(self) -> str:
        """All that is selected, in one line like a URL's query; `paste` returns to it, and so does the search box.

        Layer, nets and unit are always said, the rest where it differs from its default.
        """
        return state_text.write(_state_traits(), self.state(), self.panels)

    def paste(self, text: str) -> None:
        """Return to the view of a `text`, also in an address after its "#"; what the text leaves out is the default.

        Raises TraitError in words, and changes nothing, for what is no such text, or names what this comparison lacks.
        """
        state, panels = state_from(self._facts, text)
        with self.hold_sync(), self.hold_trait_notifications():
            self.select(**state)
            self.panels = panels

    def set_trait(self, name: str, value: object) -> None:
        """Set one trait as assignment does; what arrives from the browser is taken as it is."""
        if name not in STATE or name in self._arriving:
            self._arriving.discard(name)
            super().set_trait(name, value)
        elif value != getattr(self, name):  # traitlets sets again what was set while notifications were held
            self.select(**{name: value})

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser sends, whole and unchanged; where it can't be, put the browser right and raise."""
        arriving = {name: sync_data[name] for name in STATE if name in sync_data}
        try:
            check(self._facts, {**self.state(), **arriving})
            _check_panels(sync_data.get("panels", []))
        except traitlets.TraitError:
            self.send_state([*STATE, "panels"])
            raise
        self._arriving = set(arriving)
        try:
            super().set_state(sync_data)
        finally:
            self._arriving = set()

    def close(self) -> None:
        """Close the model and its layout."""
        if self.comm is not None:
            self.layout.close()
        super().close()

    @traitlets.validate("panels")
    def _panels_exist(self, proposal: Mapping[str, Any]) -> list[str]:
        return _check_panels(proposal["value"])


def _state_traits() -> dict[str, traitlets.TraitType[Any, Any]]:
    traits = Selection.class_traits()
    return {name: traits[name] for name in STATE}


def _check_panels(panels: object) -> list[str]:
    if not isinstance(panels, (list, tuple)):
        raise traitlets.TraitError(f"`panels` must be a list of names, got {panels!r}")
    for name in panels:
        if name not in PANELS:
            raise traitlets.TraitError(unknown("panel", name, PANELS))
    return list(dict.fromkeys(panels))
