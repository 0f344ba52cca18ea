"""What layers a net has: a table of names, kinds, shapes, and which of them are worth comparing."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import torch
from PIL import Image
from torch import Tensor, nn

from .forms import UnusableOutputError, form_of, to_maps
from .nets import Net, as_net
from .pictures import picture, readable
from .probe import Probe, probe
from .suggest import suggested

__all__ = ["Layer", "LayerTable", "example_batch", "layers"]

_SIZES = (224, 299, 64, 32, 28)


@dataclass(frozen=True)
class Layer:
    """One row: a module's name, class, the shape of its output for one image, its number of units, its map's size.

    `shape`, `units` and `grid` (rows, columns) are None, and `note` says why, where the output cannot be recorded.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None
    units: int | None
    suggested: bool
    note: str = ""
    grid: tuple[int, int] | None = None


class LayerTable(Sequence[Layer]):
    """The layers of a net in the order in which they end in a forward pass. Shows as a table in a notebook."""

    def __init__(self, rows: Sequence[Layer], title: str) -> None:
        self._rows = tuple(rows)
        self._title = title

    @property
    def names(self) -> list[str]:
        """Names of all layers."""
        return [row.name for row in self]

    @property
    def suggested(self) -> list[str]:
        """Names of the layers that `compare` takes where none are given."""
        return [row.name for row in self if row.suggested]

    @property
    def unclear(self) -> list[str]:
        """Names of the layers that `channels_last` would make comparable."""
        return [row.name for row in self if row.note.endswith(_UNCLEAR)]

    @overload
    def __getitem__(self, index: int) -> Layer: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Layer]: ...
    def __getitem__(self, index: int | slice) -> Layer | Sequence[Layer]:
        """One row, or some of them."""
        return self._rows[index]

    def __len__(self) -> int:
        """Number of layers."""
        return len(self._rows)

    def __iter__(self) -> Iterator[Layer]:
        """All rows in order."""
        return iter(self._rows)

    def __repr__(self) -> str:
        """A plain text table."""
        lines = [_HEAD, *map(_cells, self)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(_HEAD))]
        return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{cell}</th>" for cell in _HEAD)
        rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(row)) for row in self)
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        caption = html.escape(f"Layers of {self._title}")
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


_UNCLEAR = "(see channels_last)"
_HEAD = ("name", "kind", "shape", "units", "suggested")


def _cells(row: Layer) -> tuple[str, ...]:
    shape = row.note if row.shape is None else " x ".join(map(str, row.shape))
    return row.name, row.kind, shape, "" if row.units is None else str(row.units), "yes" if row.suggested else ""


def layers(net: Net | nn.Module, image: Any = None) -> LayerTable:
    """The table of a net's layers, from one forward pass.

    `net` is a Net or a module. `image` is an example (PIL, uint8 or float (C, H, W), or one with its label); it goes
    through the net's `preprocess`. None takes the input size that `preprocess` or `normalize` tell, else tries a few
    usual ones. Raises ValueError where no usual input size works.
    """
    net = as_net(net)
    watched = probe_example(net, image)
    chosen = set(suggested(net, watched))
    rows = []
    for call in watched.calls:
        name = watched.name(call)
        kind = type(call.module).__name__
        try:
            form = form_of(name, call.output, watched.size, net.is_channels_last(name))
        except UnusableOutputError as reason:
            rows.append(Layer(name, kind, None, None, suggested=False, note=_short(reason, call.output)))
            continue
        _, units, height, width = to_maps(call.output, form).shape
        shape = tuple(call.output.shape[1:])
        rows.append(Layer(name, kind, shape, units, name in chosen, grid=(height, width)))
    return LayerTable(rows, type(net.module).__name__)


def probe_example(net: Net, image: Any = None) -> Probe:
    """Watch one forward pass of an example image, or of a grey one of a size that the net takes."""
    if image is not None:
        return probe(net.module, example_batch(net, image))
    return probe(net.module, _blank(net, net.input_size)) if net.input_size else _try_sizes(net)


def example_batch(net: Net, image: Any) -> Tensor:
    """The net's input (1, C, H, W) for one image, on the net's device. A tensor (N, C, H, W) is an input already."""
    if isinstance(image, Tensor) and image.ndim == 4:
        return image[:1].to(_device(net.module))
    if isinstance(image, tuple | list) and image:  # (image, label), as a dataset gives it
        image = image[0]
    if isinstance(image, Image.Image):
        image = readable(image)
    prepared = image if net.preprocess is None else net.preprocess(image)
    return net.prepare(picture(prepared)[None].to(_device(net.module)))


def _blank(net: Net, size: tuple[int, int] | None, channels: int | None = None) -> Tensor:
    assert size is not None
    return net.prepare(torch.full((1, channels or net.channels or 3, *size), 0.5, device=_device(net.module)))


def _try_sizes(net: Net) -> Probe:
    tried: list[str] = []
    for size in _SIZES:
        for channels in [net.channels] if net.channels else [3, 1]:
            try:
                return probe(net.module, _blank(net, (size, size), channels))
            except (RuntimeError, ValueError, AssertionError, IndexError, TypeError) as reason:
                said = str(reason).partition("\n")[0] or type(reason).__name__
                tried.append(f"{size} x {size}: {said}")
    msg = (
        f"{type(net.module).__name__} does not run on images of usual sizes; give an example: "
        f"layers(net, image=images[0]). Tried {tried[0]}; and {', '.join(map(str, _SIZES[1:]))}"
    )
    raise ValueError(msg)


def _device(module: nn.Module) -> torch.device:
    tensors = [*module.parameters(), *module.buffers()]
    return tensors[0].device if tensors else torch.device("cpu")


def _short(reason: UnusableOutputError, output: Any) -> str:
    if isinstance(output, Tensor) and output.is_floating_point():
        shape = " x ".join(map(str, output.shape[1:]))
        return f"{shape} {_UNCLEAR if output.ndim == 4 and output.shape[0] == 1 else '(not recordable)'}"
    return f"not recordable: {str(reason).partition(' returns ')[2].partition(',')[0]}"
