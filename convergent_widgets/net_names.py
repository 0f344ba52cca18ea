"""What the command line calls a net or a layer, turned into nets and into `layers` of `compare`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convergent_widgets.compute.nets import Net

ZOO = "zoo"
UNTRAINED = ("random", "none")


@dataclass(frozen=True)
class NetName:
    """One net of the command line: its name in the result, its architecture, and its weights.

    `weights` is a name of torchvision's, a path, "random" or "none" for untrained, or None for torchvision's own.
    `architecture` is "zoo" for a net of the zoo, and `weights` then is that net's name or None for all of them.
    """

    name: str
    architecture: str
    weights: str | None


def parse_net(text: str) -> NetName:
    """Read `[NAME=]ARCHITECTURE[@WEIGHTS]`, `zoo` or `[NAME=]zoo@NET`; `ValueError` in words if it is not one."""
    before, _, after = text.partition("@")
    name, equals, architecture = before.rpartition("=")
    if not architecture or (equals and not name) or text.endswith("@"):
        raise ValueError(f'"{text}" is no net; write ARCHITECTURE, ARCHITECTURE@WEIGHTS or NAME=ARCHITECTURE@WEIGHTS')
    if "/" in architecture or "\\" in architecture or architecture.endswith((".pt", ".pth", ".safetensors")):
        raise ValueError(
            f'"{text}" does not say of which architecture the checkpoint is; write resnet18@{architecture}'
        )
    if architecture == ZOO and name and not after:
        raise ValueError(f'"{text}" names all the nets of the zoo at once; write {name}=zoo@NET for one of them')
    if not name:
        name = (after if architecture == ZOO else f"{architecture}@{Path(after).name}") if after else architecture
    return NetName(name, architecture, after or None)


def build_nets(names: Sequence[NetName], seed: int = 0) -> dict[str, Net]:
    """The nets themselves, in order. Untrained ones take their weights one after the other from `seed`."""
    import torch

    torch.manual_seed(seed)
    nets: dict[str, Net] = {}
    for name in names:
        for key, net in _build(name).items():
            if key in nets:
                raise ValueError(f'two nets are called "{key}"; give each a name, as in NAME={_written(name, key)}')
            nets[key] = net
    return nets


def parse_layers(texts: Iterable[str]) -> list[str] | dict[str, dict[str, str]] | None:
    """Read the values of `--layers`: None for none, a list of names, or label -> net -> module.

    A value is `NAME,NAME,...` (the same in all nets) or `LABEL:NET=MODULE,NET=MODULE,...`; the two kinds don't mix.
    """
    shared: list[str] = []
    labelled: dict[str, dict[str, str]] = {}
    for text in texts:
        if "=" not in text:
            shared += [part.strip() for part in text.split(",") if part.strip()]
            continue
        label, colon, modules = text.partition(":")
        pairs = [part.rpartition("=") for part in modules.split(",")]
        if not colon or not label or not all(net.strip() and module.strip() for net, _, module in pairs):
            raise ValueError(f'--layers "{text}" is neither NAME,NAME,... nor LABEL:NET=MODULE,NET=MODULE,...')
        labelled[label] = {net.strip(): module.strip() for net, _, module in pairs}
    if shared and labelled:
        raise ValueError("--layers takes names that all nets share, or LABEL:NET=MODULE,..., not both at once")
    return labelled or shared or None


def _written(name: NetName, key: str) -> str:
    """How the command line writes the net that the result would call `key`."""
    if name.architecture == ZOO:
        return f"{ZOO}@{name.weights or key}"
    return f"{name.architecture}@{name.weights}" if name.weights else name.architecture


def _build(name: NetName) -> Mapping[str, Net]:
    if name.architecture == ZOO:
        from convergent_widgets import zoo

        nets = zoo.nets()
        if name.weights is None:
            return nets
        if name.weights not in nets:
            raise ValueError(f'the zoo has no net "{name.weights}"; it has {", ".join(nets)}')
        return {name.name: nets[name.weights]}
    from convergent_widgets.compute.nets import Net

    weights = "DEFAULT" if name.weights is None else name.weights
    return {name.name: Net.from_torchvision(name.architecture, weights=None if weights in UNTRAINED else weights)}
