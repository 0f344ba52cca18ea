"""Receptive fields of layers, by arithmetic along one traced forward pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakTensorKeyDictionary

from convergent_widgets.fields import Field

from .forms import Form, form_of, to_maps
from .layer_table import example_batch
from .nets import Net, as_net, find_layer, split_call
from .probe import Enough, tensors_in, undisturbed
from .reach import WHOLE, Reach
from .reach_rules import Applied, reach_of

__all__ = ["receptive_fields"]

_MOST_EXTRA = 8


def receptive_fields(net: Net | nn.Module, names: Sequence[str], image: Any) -> dict[str, Field]:
    """The receptive field of each layer, from one forward pass of one image.

    Exact for convolution, pooling, padding, branches that are added or concatenated, and whatever acts on each position
    by itself. The whole image for what mixes positions (fully connected layers, attention, squeeze-and-excitation,
    resizing) and for any function that is not known here. A window at least as large as the image counts as the whole.

    Args:
        net: a Net or a module.
        names: layers, as `Recorder` takes them.
        image: an example (PIL, uint8 or float (C, H, W); it goes through `preprocess`), or the module's own input
            (N, C, H, W), of which the first image is taken.
    """
    net = as_net(net)
    batch = example_batch(net, image)
    size = (batch.shape[-2], batch.shape[-1])
    trace = _Trace(batch)
    found: dict[str, tuple[Tensor, Reach, tuple[tuple[int, int], ...]]] = {}

    def keeper(name: str) -> Callable[[nn.Module, Any, Any], None]:
        wanted = split_call(net.module, name)[1] or 0
        calls = 0

        def keep(_module: nn.Module, _inputs: Any, output: Any) -> None:
            nonlocal calls
            calls += 1
            if calls - 1 == wanted and isinstance(output, Tensor):
                found[name] = output, trace.reach(output), tuple(trace.grids)
                if len(found) == len(set(names)):
                    raise Enough

        return keep

    with undisturbed(net.module), ExitStack() as undo, suppress(Enough):
        for part in net.module.modules():
            undo.callback(part.register_forward_hook(trace.after_module).remove)
        for name in set(names):
            undo.callback(find_layer(net.module, name).register_forward_hook(keeper(name)).remove)
        with trace:
            net.module(batch)
    for name in names:
        if name not in found:
            msg = f"layer {name!r} returned no tensor in the net's forward pass, so it has no receptive field"
            raise ValueError(msg)
    return {name: _field(net, name, *found[name], size) for name in names}


class _Trace(TorchFunctionMode):
    """Follows what every tensor made from the image sees of it."""

    def __init__(self, batch: Tensor) -> None:
        super().__init__()
        self._known: Any = WeakTensorKeyDictionary()
        self._known[batch] = Reach((batch.ndim - 2, batch.ndim - 1))
        self.grids: list[tuple[int, int]] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        reaches = {id(tensor): self._known[tensor] for tensor in tensors_in((args, kwargs)) if tensor in self._known}
        result = func(*args, **kwargs)
        if not reaches:
            return result
        if name == "__setitem__":
            self._written(args[0], WHOLE)
        for tensor in tensors_in(result):
            # sizes and tests on values carry nothing onwards
            reach = reach_of(name, Applied(args, kwargs, tensor, reaches))
            if any(tensor is argument for argument in args):
                self._written(tensor, reach)
            else:
                self._note(tensor, reach)
        return result

    def after_module(self, _module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        """What comes out of a module that torch's functions did not show (compiled or scripted) may see everything."""
        if any(tensor in self._known for tensor in tensors_in(inputs)):
            for tensor in tensors_in(output):
                if tensor not in self._known:
                    self._known[tensor] = WHOLE

    def reach(self, tensor: Tensor) -> Reach:
        """What a tensor sees; everything if that is unknown."""
        known: Reach = self._known.get(tensor, WHOLE)
        return known

    def _note(self, tensor: Tensor, reach: Reach) -> None:
        self._known[tensor] = reach
        if reach.dims is not None:
            grid = tensor.shape[reach.dims[0]], tensor.shape[reach.dims[1]]
            if grid not in self.grids[-1:]:
                self.grids.append(grid)

    def _written(self, tensor: Tensor, reach: Reach) -> None:
        """A tensor changed in place, and with it the one that it is a part of."""
        base = tensor._base
        if base is not None and self._known.get(base) != reach:
            self._known[base] = WHOLE
        self._note(tensor, reach)


def _field(
    net: Net, name: str, output: Tensor, reach: Reach, grids: tuple[tuple[int, int], ...], size: tuple[int, int]
) -> Field:
    form = form_of(name, output, size, net.is_channels_last(name))
    maps = to_maps(output, form)
    grid = (maps.shape[2], maps.shape[3])
    spatial = {Form.MAPS: (2, 3), Form.CHANNELS_LAST: (1, 2)}.get(form)
    if form is Form.TOKENS:
        tokens, extra = _token_grid(grid[0], grids)
        return Field(grid, tokens=tokens, extra=extra)
    if reach.dims is None or reach.dims != spatial:
        return Field(grid)
    field = Field(
        grid,
        size=(reach.rows.size, reach.columns.size),
        step=(reach.rows.step, reach.columns.step),
        start=(reach.rows.start, reach.columns.start),
    )
    corners = field.boxes([(0, 0), (grid[0] - 1, grid[1] - 1)], *size)
    everything = (corners[:, :2] <= 0).all() and (corners[:, 2:] >= size).all()
    return Field(grid) if everything else field


def _token_grid(count: int, grids: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], int]:
    """Rows and columns of the patches behind `count` tokens, and how many tokens in front stand for none.

    Taken from the grids of maps seen before, and from their halvings (patches that were merged). Where neither fits, no
    token stands for a place.
    """
    for extra in range(_MOST_EXTRA + 1):
        for grid in reversed(grids):
            if grid[0] * grid[1] == count - extra and count > extra:
                return grid, extra
    for rows, columns in reversed(grids):
        halved = (rows, columns)
        while max(halved) > 1:
            halved = ((halved[0] + 1) // 2, (halved[1] + 1) // 2)
            if halved[0] * halved[1] == count:
                return halved, 0
    return (1, 1), count
