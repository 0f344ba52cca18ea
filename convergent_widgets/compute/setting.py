"""The setting of a run: all that the gathered numbers depend on, and in what two settings differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import torch

from convergent_widgets.compute.sketch import other_values, sketches

if TYPE_CHECKING:
    from convergent_widgets.compute.options import Options
    from convergent_widgets.compute.stage import Stage

DIGEST = 16  # bytes
LONGEST = 80  # characters of a value in a message
SHOWN = 3  # differences in a message


def setting_of(stage: Stage, options: Options) -> dict[str, Any]:
    """All that the gathered numbers depend on, in plain values."""
    names = stage.source.names
    told = options.as_settings()
    kept = ("patches", "positions", "resize", "batch_size", "seed", "mutual_information", "mixed_precision")
    return {
        "nets": {name: type(net.module).__name__ for name, net in stage.nets.items()},
        "images": f"{len(names)} images of {stage.source.dataset}",
        "names of the images": _digest("\n".join(names).encode()),
        "layers": {layer.label: dict(layer.modules) for layer in stage.planned},
        "shapes": {name: {module: list(shape) for module, shape in own.items()} for name, own in stage.shapes.items()},
        "weights": {name: _digest(*_weights(net.module)) for name, net in stage.nets.items()},
        "input": {name: _digest(_raw(_input(stage, name))) for name in stage.nets},
        "rectified": {name: bool(net.relu) for name, net in stage.nets.items()},
        "architecture": {name: _architecture(net.module) for name, net in stage.nets.items()},
        **{option: told[option] for option in kept},
        "sketches": {name: sketches(recorder, stage.example(name)) for name, recorder in stage.recorders.items()},
    }


def differences(
    here: Mapping[str, Any], there: Mapping[str, Any], places: tuple[str, str] = ("here", "there")
) -> list[str]:
    """In words what differs between two settings; what the nets compute only where nothing else explains it."""
    mine, other = dict(here), dict(there)
    computed, before = mine.pop("sketches", {}), other.pop("sketches", {})
    return _reordered(mine, other) + _differing(mine, other, places) or _computed_otherwise(computed, before, places)


def some(differences: Sequence[str]) -> str:
    """The first of them in one sentence, and how many more there are."""
    more = f" and {len(differences) - SHOWN} more" if len(differences) > SHOWN else ""
    return "; ".join(differences[:SHOWN]) + more


def _differing(
    here: Mapping[str, Any], there: Mapping[str, Any], places: tuple[str, str], prefix: str = ""
) -> list[str]:
    found = []
    for name in dict.fromkeys([*here, *there]):
        mine, other = here.get(name), there.get(name)
        if isinstance(mine, Mapping) and isinstance(other, Mapping):
            found += _differing(mine, other, places, f"{prefix}{name!r}, " if prefix else f"{name} of ")
        elif mine != other:
            found.append(f"{prefix}{name!r}: {_shown(other)} {places[1]}, {_shown(mine)} {places[0]}")
    return found


def _reordered(here: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    """What was gathered lies by position, so nets and layers must come in the order that they had."""
    found = []
    for kind in ("nets", "layers"):
        mine, other = list(here.get(kind, ())), list(there.get(kind, ()))
        if mine != other and sorted(mine) == sorted(other):
            found.append(f"{kind} in another order: {', '.join(mine)}; were {', '.join(other)}")
    return found


def _computed_otherwise(here: Mapping[str, Any], there: Mapping[str, Any], places: tuple[str, str]) -> list[str]:
    return [
        f"net {net!r}, layer {layer!r} returns other values for the first image: {far}"
        for net, own in here.items()
        for layer, mine in own.items()
        if (far := other_values(mine, there[net][layer], places))
    ]


def _input(stage: Stage, name: str) -> torch.Tensor:
    """The net's input for the first image, as the CPU makes it: devices differ in its last digit."""
    return stage.nets[name].prepare(stage.examples[stage.picture_set[name]].cpu()[None])


def _shown(value: Any) -> str:
    """A value of a setting in words; a digest by its first letters."""
    if value is None:
        return "none"
    if isinstance(value, str) and len(value) == 2 * DIGEST:
        return f"{value:.12}…"
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _digest(*parts: bytes) -> str:
    digest = blake2b(digest_size=DIGEST)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _weights(module: torch.nn.Module) -> list[bytes]:
    return [
        part
        for name, tensor in module.state_dict().items()
        if isinstance(tensor, torch.Tensor)
        for part in (name.encode(), _raw(tensor))
    ]


def _raw(tensor: torch.Tensor) -> bytes:
    return tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()


def _architecture(module: torch.nn.Module) -> dict[str, str]:
    """The class of each part by its name; not its `repr`, which may hold an address in memory."""
    return {name: type(part).__name__ for name, part in module.named_modules() if name}
