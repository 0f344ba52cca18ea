"""Records what layers of a net return: hooks that copy, live for one forward pass, and stop it after the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor, nn

from .devices import moved
from .forms import Form, copied, form_of, to_maps
from .nets import Net, as_net, find_layer, split_call
from .probe import Enough, probe, undisturbed

__all__ = ["Recorder"]


class Recorder:
    """Records some layers of one net, batch after batch.

    `record(batch)` gives, for every layer whatever its own form, maps (N, C, h, w) of float32 (float64 if the net is):
    (N, C) becomes (N, C, 1, 1), tokens (N, T, C) become (N, C, T, 1), and (N, H, W, C) becomes (N, C, H, W).

    A batch is the module's input, as `Net.prepare` makes it. The first one is preceded by a complete forward pass of
    its first image, in which the layers' forms and numbers of calls are learnt; `check` does that early.

    Args:
        net: a Net or a module; its own hooks and state stay as they are.
        names: layers as in `module.named_modules()`, with `#0`, `#1` for one of several calls in a forward pass.
        device: where the module runs inside the `with` block (it moves back afterwards) and batches are moved to. None
            moves nothing.

    Raises ValueError for names that do not exist, with the closest ones, and, at `check`, for layers that run more than
    once or never, or whose output has no usable form.
    """

    def __init__(self, net: Net | nn.Module, names: Sequence[str], device: torch.device | str | None = None) -> None:
        self.net = as_net(net)
        if isinstance(names, str):
            msg = f"`names` must be a list of layer names, got the single name {names!r}"
            raise TypeError(msg)
        self.names = tuple(dict.fromkeys(names))
        if not self.names:
            msg = "`names` must hold at least one layer"
            raise ValueError(msg)
        self._modules = {name: find_layer(self.net.module, name) for name in self.names}
        self.device = None if device is None else torch.device(device)
        self._home: torch.device | None = None
        self._forms: dict[str, Form] | None = None

    def __enter__(self) -> Self:
        """Move the module to `device`, if one was given."""
        if self.device is not None:
            homes = {tensor.device for tensor in [*self.net.module.parameters(), *self.net.module.buffers()]}
            if len(homes) > 1:
                msg = f"the net lies on several devices ({', '.join(sorted(map(str, homes)))}); use device=None"
                raise ValueError(msg)
            self._home = homes.pop() if homes else None
            try:
                self.net.module.to(self.device)
            except BaseException:  # some of it may be there already
                self._move_back()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Move the module back."""
        self._move_back()

    def _move_back(self) -> None:
        if self._home is not None:
            self.net.module.to(self._home)
            self._home = None

    def check(self, batch: Tensor) -> dict[str, tuple[int, int, int]]:
        """Shapes (C, h, w) of the layers for an input like `batch`, from one complete pass of its first image."""
        batch = self._placed(batch[:1])
        watched = probe(self.net.module, batch)
        outputs: dict[nn.Module, list[Any]] = {}
        for call in watched.calls:
            outputs.setdefault(call.module, []).append(call.output)
        forms, shapes = {}, {}
        for name in self.names:
            made = outputs.get(self._modules[name], [])
            output = self._chosen(name, made)
            forms[name] = self._form(name, output, watched.size)
            _, channels, rows, columns = to_maps(output, forms[name]).shape
            shapes[name] = (channels, rows, columns)
        self._forms = forms
        return shapes

    def record(self, batch: Tensor) -> dict[str, Tensor]:
        """Maps (N, C, h, w) of every layer for a batch (N, C, H, W), in the order of `names`."""
        if self._forms is None:
            self.check(batch)
        batch = self._placed(batch)
        kept: dict[str, Tensor] = {}
        with undisturbed(self.net.module), ExitStack() as undo:
            for name in self.names:
                handle = self._modules[name].register_forward_hook(self._keeper(name, kept))
                undo.callback(handle.remove)
            with suppress(Enough):
                self.net.module(batch)
        missing = [name for name in self.names if name not in kept]
        if missing:
            msg = f"layer {missing[0]!r} did not run for this batch, though it did for the first image"
            raise ValueError(msg)
        return {name: kept[name] for name in self.names}

    def differentiable(self, name: str, batch: Tensor) -> Tensor:
        """Maps (N, C, h, w) of one layer, not copied, through which gradients flow back to the batch."""
        if self._forms is None:
            self.check(batch)
        wanted, calls = split_call(self.net.module, name)[1] or 0, 0
        kept: list[Tensor] = []

        def keep(_module: nn.Module, _inputs: Any, output: Any) -> None:
            nonlocal calls
            calls += 1
            if calls - 1 == wanted:
                kept.append(output)
                raise Enough

        with undisturbed(self.net.module), ExitStack() as undo:
            undo.callback(self._modules[name].register_forward_hook(keep).remove)
            with torch.enable_grad(), suppress(Enough):
                self.net.module(batch)
        assert self._forms is not None
        return to_maps(kept[0].clamp(min=0) if self.net.relu else kept[0], self._forms[name])

    def _keeper(self, name: str, kept: dict[str, Tensor]) -> Callable[[nn.Module, Any, Any], None]:
        wanted = split_call(self.net.module, name)[1] or 0
        calls = 0

        def keep(_module: nn.Module, _inputs: Any, output: Any) -> None:
            nonlocal calls
            calls += 1
            if calls - 1 != wanted:
                return
            assert self._forms is not None
            kept[name] = to_maps(copied(output, relu=self.net.relu), self._forms[name])
            if len(kept) == len(self.names):
                raise Enough

        return keep

    def _form(self, name: str, output: Any, size: tuple[int, int]) -> Form:
        return form_of(name, output, size, self.net.is_channels_last(name))

    def _chosen(self, name: str, outputs: list[Any]) -> Any:
        path, number = split_call(self.net.module, name)
        calls = ", ".join(f"{path}#{index}" for index in range(len(outputs)))
        if not outputs:
            msg = f"layer {path!r} is not called in the net's forward pass, so it has no output to record"
            raise ValueError(msg)
        if number is None and len(outputs) > 1:
            msg = f"layer {path!r} is called {len(outputs)} times in a forward pass; choose one of {calls}"
            raise ValueError(msg)
        if number is not None and number >= len(outputs):
            times = "once" if len(outputs) == 1 else f"{len(outputs)} times"
            msg = f"no layer {name!r}: {path!r} is called {times} in a forward pass; there are {calls}"
            raise ValueError(msg)
        return outputs[number or 0]

    def _placed(self, batch: Tensor) -> Tensor:
        return batch if self.device is None else moved(batch, self.device)
