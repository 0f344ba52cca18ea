"""Some nets and layers of a Comparison as one of its own: the same numbers, read from the same members."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from convergent_widgets.choices import choose

_OF_PAIRS = ("baseline_means", "best", "unrelated")  # arrays (methods, nets, nets, ...)
_OF_LAYER = re.compile(r"layer/(\d+)/(.+)")
_OF_NETS = re.compile(r"(r/[01]|information|match|baseline|top|deciles|attributions|filters)/(\d+)(?:-(\d+))?(/.*)?$")


def chosen(kind: str, names: Sequence[str] | None, there_are: Sequence[str]) -> list[int]:
    """The places of `names` among those there are, ascending; all for None.

    Raises UnknownName for one that is not there, TypeError for a plain text, ValueError for none.
    """
    if names is None:
        return list(range(len(there_are)))
    if isinstance(names, str):
        raise TypeError(f"`{kind}s` must be a list of names, got the text {names!r}")
    places = sorted({choose(kind, name, there_are) for name in names})
    if not places:
        raise ValueError(f"`{kind}s` must name at least one {kind}")
    return places


def subset_manifest(manifest: Mapping[str, Any], nets: Sequence[int], layers: Sequence[int]) -> dict[str, Any]:
    """The manifest of some nets and layers, by number."""

    def of_layer(layer: Mapping[str, Any]) -> dict[str, Any]:
        each = {name: [layer[name][net] for net in nets] for name in ("modules", "units", "fields")}
        return {**layer, **each}

    return {
        **manifest,
        "nets": [manifest["nets"][net] for net in nets],
        "layers": [of_layer(manifest["layers"][layer]) for layer in layers],
        "picture_set": [manifest["picture_set"][net] for net in nets],
    }


class SubsetMembers(Mapping[str, np.ndarray]):
    """The members of some nets and layers under the numbers they have in the subset, read when asked for."""

    def __init__(
        self, members: Mapping[str, np.ndarray], manifest: Mapping[str, Any], nets: Sequence[int], layers: Sequence[int]
    ):
        self._members, self._nets = members, list(nets)
        self._units = [layer["units"] for layer in manifest["layers"]]
        self._names = {new: name for name in members if (new := _renamed(name, self._nets, list(layers))) is not None}

    def __getitem__(self, name: str) -> np.ndarray:
        former = self._names.get(name, name)
        values = self._members[former]
        found = _OF_LAYER.match(former)
        if found is None:
            return values
        if found[2].startswith("vectors/"):
            return values[:, self._columns(int(found[1]))]
        if found[2] in _OF_PAIRS:
            return values[:, self._nets][:, :, self._nets]
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def _columns(self, layer: int) -> np.ndarray:
        """Where the units of the chosen nets are among those of all nets."""
        units = self._units[layer]
        starts = np.cumsum([0, *units])
        return np.concatenate([np.arange(starts[net], starts[net] + units[net]) for net in self._nets])


def _renamed(name: str, nets: list[int], layers: list[int]) -> str | None:
    """The member's name in the subset, None where it is not part of it."""
    found = _OF_LAYER.match(name)
    if found is None:
        return name
    if int(found[1]) not in layers:
        return None
    rest = found[2]
    of_nets = _OF_NETS.match(rest)
    if of_nets is not None:
        kind, a, b, tail = of_nets.groups()
        numbers = [int(each) for each in (a, b) if each is not None]
        if not all(number in nets for number in numbers):
            return None
        rest = f"{kind}/{'-'.join(str(nets.index(number)) for number in numbers)}{tail or ''}"
    return f"layer/{layers.index(int(found[1]))}/{rest}"
