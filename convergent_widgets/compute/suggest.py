"""Which layers of a net are worth comparing: the outputs of its blocks, and outputs after an activation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from torch import nn

from .forms import UnusableOutputError, form_of

if TYPE_CHECKING:
    from .nets import Net
    from .probe import Call, Key, Probe

__all__ = ["suggested"]

_RECTIFIERS = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.RReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish,
    nn.Hardswish, nn.Softplus, nn.Threshold,
)  # fmt: skip
_SQUASHERS = (nn.Tanh, nn.Sigmoid, nn.Hardtanh, nn.Softsign, nn.Hardsigmoid)
_WEIGHTED = (nn.Conv2d, nn.Linear)


def suggested(net: Net, watched: Probe) -> list[str]:
    """Names of the layers to compare, in the order in which they end.

    A block is a part with a computation of its own (a residual or several branches, say: its output is no other
    module's output), or one of several of a class that holds an activation. Nothing inside a block is suggested, nor
    the net's own result where that is a linear map (the scores). A net without blocks and activation modules (its
    ReLUs are functions) is compared by its convolutional and linear layers.
    """
    calls = [call for call in watched.calls if _usable(net, call, watched)]
    blocks = _blocks(net.module, watched)
    chosen = [call for call in calls if _is_block(call, blocks) or _is_activation(call, blocks, watched.results)]
    if not chosen:
        chosen = [call for call in calls if isinstance(call.module, _WEIGHTED) and call.key not in watched.results]
    unique: dict[Key | None, Call] = {}
    for call in chosen:
        # of several names for one tensor the block's is kept, then the outermost
        unique[call.key] = call if call.path in blocks or call.key not in unique else unique[call.key]
    order = {id(call): index for index, call in enumerate(watched.calls)}
    kept = sorted(unique.values(), key=lambda call: order[id(call)])
    return [watched.name(_outermost(call, calls, watched, blocks)) for call in kept]


def _blocks(module: nn.Module, watched: Probe) -> set[str]:
    """Paths of the outermost blocks."""
    counts = watched.counts
    parts = {path: part for path, part in module.named_modules() if counts[path] and _is_composite(part)}
    classes = Counter(type(part) for part in parts.values())
    by_path: dict[str, list[Call]] = {}
    for call in watched.calls:
        by_path.setdefault(call.path, []).append(call)
    blocks: set[str] = set()
    for path, part in parts.items():  # from the outside in
        if any(path.startswith(f"{outer}.") for outer in blocks):
            continue
        own = {call.key for call in by_path[path]}
        inner = [call for call in watched.calls if call.path.startswith(f"{path}.") and call.key in own]
        scores = own <= watched.results and any(isinstance(call.module, nn.Linear) for call in inner)
        if not inner or (classes[type(part)] > 1 and _rectifies(part) and not scores):
            blocks.add(path)
    return blocks


def _is_composite(part: nn.Module) -> bool:
    """A module with parts and a forward pass of its own (a plain sequence has none)."""
    if isinstance(part, nn.Sequential) and type(part).forward is nn.Sequential.forward:
        return False
    # torch's own modules with parts (attention) are taken as leaves
    return any(True for _ in part.children()) and not isinstance(part, nn.MultiheadAttention)


def _rectifies(part: nn.Module) -> bool:
    return any(isinstance(inner, _RECTIFIERS + _SQUASHERS) for inner in part.modules())


def _usable(net: Net, call: Call, watched: Probe) -> bool:
    try:
        form_of(call.path, call.output, watched.size, net.is_channels_last(call.path))
    except UnusableOutputError:
        return False
    return True


def _is_block(call: Call, blocks: set[str]) -> bool:
    return call.path in blocks


def _is_activation(call: Call, blocks: set[str], results: set[Key]) -> bool:
    if any(call.path.startswith(f"{block}.") for block in blocks):
        return False
    if isinstance(call.module, _SQUASHERS):
        return call.key not in results
    return isinstance(call.module, _RECTIFIERS)


def _outermost(call: Call, calls: list[Call], watched: Probe, blocks: set[str]) -> Call:
    """The sequence that ends in this activation, where it holds no other: "conv1" rather than "conv1.relu"."""
    best = call
    if call.path in blocks:
        return best
    counts = watched.counts
    for other in calls:
        if (
            other.key == call.key
            and best.path.startswith(f"{other.path}.")
            and isinstance(other.module, nn.Sequential)
            and sum(counts[path] for path in _activations(other)) == 1
        ):
            best = other
    return best


def _activations(call: Call) -> list[str]:
    return [
        f"{call.path}.{path}"
        for path, part in call.module.named_modules()
        if isinstance(part, _RECTIFIERS + _SQUASHERS)
    ]
