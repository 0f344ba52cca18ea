"""What stands ready before the pass: nets on their device with their recorders, the plan, and every early error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from convergent_widgets.compute.activations import Recorder
from convergent_widgets.compute.devices import Sender, moved
from convergent_widgets.compute.images import ImageSource, UnreadableImage, prepared
from convergent_widgets.compute.layer_table import layers as layer_table
from convergent_widgets.compute.nets import Net, as_net
from convergent_widgets.compute.pictures import in_range
from convergent_widgets.compute.plan import Layers, Shape, check_positions, plan_layers
from convergent_widgets.compute.receptive_field import receptive_fields
from convergent_widgets.compute.telling import tell
from convergent_widgets.texts import is_utf8

if TYPE_CHECKING:
    from convergent_widgets.compute.loading import Batch, Preprocess
    from convergent_widgets.compute.options import Options
    from convergent_widgets.fields import Field


SHOWN = 80


class Stage:
    """The nets of a run, ready to be recorded.

    `planned` are the layers, `shapes` (C, h, w) of each net's modules; `preprocesses` the distinct ones, `examples` the
    first image through each of them, and `picture_set` which of them each net has.
    """

    def __init__(
        self,
        nets: Mapping[str, Net],
        source: ImageSource,
        layers: Layers,
        options: Options,
        stack: ExitStack,
    ):
        self.nets, self.source, self.device = nets, source, options.device
        self._mixed_precision, self._sender = options.mixed_precision, Sender(options.device)
        self.preprocesses, self.picture_set = _distinct(nets)
        self._first = _first_readable(source)
        self.examples = [self._prepared(number) for number in range(len(self.preprocesses))]
        self.planned = plan_layers(nets, layers, self._suggested)
        self.recorders = {
            name: stack.enter_context(Recorder(net, [layer.modules[name] for layer in self.planned], self.device))
            for name, net in nets.items()
        }
        self.shapes: dict[str, dict[str, Shape]] = {}
        for name, recorder in self.recorders.items():
            with self._blaming(name):
                self.shapes[name] = recorder.check(self.example(name))
        check_positions(self.planned, self.shapes, options.resize, options.positions)
        self._warn_about_pictures()

    def _prepared(self, number: int) -> torch.Tensor:
        """The first image through one of the preprocessings; ValueError naming the net where that fails."""
        try:
            return prepared(self._first, self.preprocesses[number])
        except Exception as reason:
            if self.preprocesses[number] is None:
                raise
            said = str(reason) or type(reason).__name__
            raise ValueError(
                f"net {self.shown(number)[0]!r}: its `preprocess` fails on the first image: {said}"
            ) from reason

    def send(self, batch: Batch) -> Batch:
        """The batch with its pictures on their way to the device."""
        return replace(batch, pictures=self._sender.send(batch.pictures))

    def record(self, sent: Batch) -> dict[str, dict[str, torch.Tensor]]:
        """Maps (N, C, h, w) of a batch by net and module, float32 (float64 if the net is)."""
        pictures = self._sender.arrived(sent.pictures)
        with torch.autocast(self.device.type) if self._mixed_precision else nullcontext():
            return {
                name: recorder.record(self.input(name, pictures[self.picture_set[name]]))
                for name, recorder in self.recorders.items()
            }

    def input(self, name: str, pictures: torch.Tensor) -> torch.Tensor:
        """The net's input for pictures (N, C, H, W) in [0, 1], on the device."""
        return self.nets[name].prepare(moved(pictures, self.device))

    def shown(self, number: int) -> list[str]:
        """The nets that see the images through this preprocessing."""
        return [net for net, own in self.picture_set.items() if own == number]

    def fields(self) -> dict[str, Mapping[str, Field]]:
        """Where the units of each net's modules look."""
        return {
            name: receptive_fields(net, [layer.modules[name] for layer in self.planned], self.example(name))
            for name, net in self.nets.items()
        }

    def module(self, name: str, module: str) -> str:
        """What was recorded, in words: the module's output, or that output rectified."""
        return f"relu({module})" if self.nets[name].relu else module

    def _suggested(self, name: str) -> Sequence[str]:
        with self._blaming(name):
            table = layer_table(self.nets[name], self._first)
        if table.unclear:
            tell(
                f"net {name!r}: {len(table.unclear)} of its layers, such as {table.unclear[0]!r}, look like "
                "(N, H, W, C) and were left out; Net(..., channels_last=True) includes them"
            )
        return table.suggested

    def example(self, name: str) -> torch.Tensor:
        """The net's input (1, C, H, W) for the first image."""
        return self.input(name, self.examples[self.picture_set[name]][None])

    @contextmanager
    def _blaming(self, name: str) -> Iterator[None]:
        """Errors inside become ValueError that names the net; what a module raises is told with its input's size."""
        try:
            yield
        except ValueError as error:
            raise ValueError(f"net {name!r}: {error}") from error
        except torch.cuda.OutOfMemoryError:
            raise
        except (RuntimeError, TypeError, LookupError, AssertionError) as reason:
            size = " x ".join(map(str, self.examples[self.picture_set[name]].shape))
            said = str(reason).partition("\n")[0] or type(reason).__name__
            raise ValueError(
                f"net {name!r} does not run on pictures of {size} (channels x height x width): {said}; "
                "a `preprocess` that resizes may be what it lacks"
            ) from reason

    def _warn_about_pictures(self) -> None:
        for preprocess, example in zip(self.preprocesses, self.examples, strict=True):
            if in_range(example):
                continue
            found = f"values from {float(example.min()):.3g} to {float(example.max()):.3g}, outside [0, 1]"
            tell(
                f"the images hold {found}: the nets see them as they are, their pictures are stretched to [0, 1] "
                "image by image; float images should hold 0 to 1, and Net(normalize=(mean, std)) should normalise them"
                if preprocess is None
                else f"a `preprocess` returns {found}, so it also normalises: the net sees them as they are, its "
                "pictures are stretched to [0, 1] image by image; `normalize=(mean, std)` would keep them true"
            )
            break
        if any(not _same(example, self.examples[0]) for example in self.examples[1:]):
            tell("the nets have different `preprocess`: one position then shows another place of the image in each")


def named_nets(nets: Mapping[str, Net | nn.Module]) -> dict[str, Net]:
    """The nets by name; TypeError or ValueError where they are no mapping of distinct names to nets."""
    if not isinstance(nets, Mapping) or not nets:
        raise TypeError(f"`nets` must map at least one name to a Net or a module, got {_short(nets)}")
    named = {str(name): as_net(net) for name, net in nets.items()}
    if len(named) < len(nets):
        raise ValueError(f"`nets` must have different names once written out, got {list(nets)}")
    if not all(name.strip() and is_utf8(name) for name in named):
        raise ValueError(f"`nets` must have names that can be read, got {list(nets)}")
    return named


def _distinct(nets: Mapping[str, Net]) -> tuple[list[Preprocess], dict[str, int]]:
    """The distinct preprocessings, and which of them each net has."""
    preprocesses: list[Preprocess] = []
    numbers = {}
    for name, net in nets.items():
        if net.preprocess not in preprocesses:
            preprocesses.append(net.preprocess)
        numbers[name] = preprocesses.index(net.preprocess)
    return preprocesses, numbers


def _first_readable(source: ImageSource) -> Any:
    reasons = []
    for index in range(len(source)):
        try:
            return source.load(index)
        except UnreadableImage as error:
            reasons.append(str(error))
    raise ValueError(f"none of the {len(source)} images could be read: {reasons[0]}")


def _short(value: Any) -> str:
    """Its own words, on one line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)
