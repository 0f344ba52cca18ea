"""Part `others`: compare() beside np.corrcoef on stored activations, torch-cka and ckatorch, each in its own process.

The last two are measured where they are installed (`pip install torch-cka ckatorch`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from importlib.util import find_spec

import numpy as np
import torch
from tasks import BATCH, BLOCKS, Smooth, compare, forward, random_nets
from timing import Table, alone, peak_memory, seconds
from torch import Tensor, nn
from torch.utils.data import DataLoader

import convergent_widgets as cw

Nets = Mapping[str, cw.Net]
Tool = Callable[[Nets, Smooth, Sequence[str]], None]


class Tapped(nn.Module):
    """A net whose layers are also seen as modules that return (1, N, everything of an image), as ckatorch wants it."""

    def __init__(self, net: nn.Module, layers: Sequence[str]):
        super().__init__()
        self.net = net
        self.taps = nn.ModuleList(nn.Identity() for _ in layers)
        for layer, tap in zip(layers, self.taps, strict=True):
            net.get_submodule(layer).register_forward_hook(lambda _net, _given, out, tap=tap: _show(tap, out))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


def _show(tap: nn.Module, output: Tensor) -> None:
    tap(output.flatten(1)[None])


def _loader(nets: Nets, images: Smooth) -> DataLoader:
    """The images as compare() prepares them, in batches."""
    prepare = next(iter(nets.values())).prepare
    return DataLoader(images, batch_size=BATCH, collate_fn=lambda pictures: [prepare(torch.stack(pictures) / 255)])


def _bare(nets: Nets, images: Smooth, _layers: Sequence[str]) -> None:
    forward(nets, images)


def _ours(nets: Nets, images: Smooth, layers: Sequence[str]) -> None:
    compare(nets, images, layers, patches=9)


def _ours_without_patches(nets: Nets, images: Smooth, layers: Sequence[str]) -> None:
    compare(nets, images, layers, patches=0)


def _corrcoef(nets: Nets, images: Smooth, layers: Sequence[str]) -> None:
    stored: dict[str, np.ndarray] = {}
    filled: dict[tuple[str, int], int] = {}

    def keep(layer: str, number: int, output: Tensor) -> None:
        units = output.shape[1]
        rows = output.movedim(1, 0).flatten(1)
        if layer not in stored:
            positions = rows.shape[1] // len(output)
            stored[layer] = np.empty((units * len(nets), len(images) * positions), np.float32)
        start = filled.get((layer, number), 0)
        filled[layer, number] = end = start + rows.shape[1]
        stored[layer][number * units : (number + 1) * units, start:end] = rows.numpy()

    for number, net in enumerate(nets.values()):
        for layer in layers:
            net.module.get_submodule(layer).register_forward_hook(
                lambda _net, _given, out, layer=layer, number=number: keep(layer, number, out)
            )
    forward(nets, images)
    for layer in layers:
        np.corrcoef(stored[layer])


def _torch_cka(nets: Nets, images: Smooth, layers: Sequence[str]) -> None:
    from torch_cka import CKA

    a, b = (net.module for net in nets.values())
    with torch.inference_mode():
        CKA(a, b, "a", "b", list(layers), list(layers)).compare(_loader(nets, images))


def _ckatorch(nets: Nets, images: Smooth, layers: Sequence[str]) -> None:
    from ckatorch import CKA

    a, b = (Tapped(net.module, layers) for net in nets.values())
    CKA(a, b, [f"taps.{number}" for number in range(len(layers))], first_name="a", second_name="b")(
        _loader(nets, images), epochs=1
    )


def _pair_by_pair(run: Tool) -> Tool:
    """The same tool, run anew for each layer of the one net with that of the other."""

    def run_each(nets: Nets, images: Smooth, layers: Sequence[str]) -> None:
        for layer in layers:
            run(deepcopy(nets), images, [layer])  # its hooks stay in the nets

    return run_each


TOOLS: dict[str, tuple[str, Tool]] = {
    "bare forward passes": ("torch", _bare),
    "compare(), patches=9": ("torch", _ours),
    "compare(), patches=0": ("torch", _ours_without_patches),
    "np.corrcoef, stored activations": ("numpy", _corrcoef),
    "torch-cka": ("torch_cka", _torch_cka),
    "ckatorch": ("ckatorch", _ckatorch),
}
PAIR_BY_PAIR: dict[str, tuple[str, Tool]] = {
    f"{tool}, pair by pair": (TOOLS[tool][0], _pair_by_pair(TOOLS[tool][1])) for tool in ("torch-cka", "ckatorch")
}


def measure(tool: str, layers: Sequence[str], count: int, side: int) -> dict[str, float]:
    """Seconds of one tool on two resnet18, and the peak memory of its process."""
    run = (TOOLS | PAIR_BY_PAIR)[tool][1]
    nets = random_nets("resnet18", 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run(random_nets("resnet18", 2), Smooth(4, side), BLOCKS[:1])  # imports, and what is made once
        taken, _ = seconds(lambda: run(nets, Smooth(count, side), layers))
    return {"seconds": taken, "peak": peak_memory()}


def installed(tools: Mapping[str, tuple[str, Tool]] = TOOLS) -> list[str]:
    return [tool for tool, (package, _) in tools.items() if find_spec(package)]


def tables(quick: bool) -> list[Table]:
    tasks, side, run = [("layer4.1 alone", ["layer4.1"], 256), ("8 layers", BLOCKS, 512)], 224, partial(alone, measure)
    if quick:  # a process of its own takes longer to start than to run
        tasks, side, run = [("layer1.0 alone", ["layer1.0"], 4)], 32, measure
    rows = []
    for title, layers, count in tasks:
        tools = installed(TOOLS | PAIR_BY_PAIR if len(layers) > 1 else TOOLS)
        found = {tool: run(tool=tool, layers=layers, count=count, side=side) for tool in tools}
        bare, ours = found["bare forward passes"], found["compare(), patches=9"]
        rows += [
            [title, count, tool, each["seconds"], each["seconds"] / bare["seconds"], ours["seconds"] / each["seconds"],
             each["peak"], ours["peak"] / each["peak"]]
            for tool, each in found.items()
        ]  # fmt: skip
    return [
        Table(
            "compare() and other tools",
            f"2 resnet18, {side} px, a process for each line. "
            "compare(): correlations of all units within and between the nets over all positions, of both halves of "
            "the images, matchings, rotation baselines and the mean, with or without pictures. np.corrcoef: the same "
            "correlations of all images, nothing else. torch-cka and ckatorch: one number for each pair of a layer of "
            "one net and a layer of the other (so 64 for 8 layers), over images in place of positions; pair by pair, "
            "run anew for each layer with its counterpart, one number each.",
            ["task", "images", "tool", "s", "over bare", "ours over it", "peak, MB", "our peak over it"],
            rows,
        )
    ]
