"""How each torch function changes what a tensor sees of the image. A function without a rule sees the whole image."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from .probe import tensors_in
from .reach import WHOLE, Axis, Reach, window

__all__ = ["Applied", "reach_of"]


@dataclass(frozen=True)
class Applied:
    """One function call: its arguments, its result (one tensor), and what the tensors among the arguments see."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: Tensor
    reaches: dict[int, Reach]

    def argument(self, place: int, name: str, default: Any = None) -> Any:
        """An argument given by position or by name."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(name, default)

    @property
    def source(self) -> Tensor:
        """The first argument, where it is a tensor."""
        found: Tensor = self.argument(0, "input")
        return found

    @property
    def reach(self) -> Reach:
        """What the first argument sees; everything if it is not known."""
        return self.reaches.get(id(self.source), WHOLE)


def reach_of(name: str, call: Applied) -> Reach:
    """What the result of the function `name` sees."""
    if any(reach.whole for reach in call.reaches.values()):
        return WHOLE
    rule = _RULES.get(_plain(name))
    return WHOLE if rule is None or "out" in call.kwargs else rule(call)


def _plain(name: str) -> str:
    """'__iadd__', '__radd__', 'add_' -> 'add'."""
    if name.startswith("__") and name.endswith("__"):
        inner = name.strip("_")
        return name if inner in {"getitem", "get", "setitem"} else _OPERATORS.get(inner, inner)
    return name.rstrip("_")


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    values = [int(part) for part in value]
    return values[0], values[-1]


def _each_position(call: Applied) -> Reach:
    """Elementwise, with broadcasting: the union of what all tensors see at the same position."""
    reaches = []
    for tensor in tensors_in((call.args, call.kwargs)):
        reach = call.reaches.get(id(tensor))
        if reach is None:
            continue
        moved = reach.shifted(call.result.ndim - tensor.ndim)
        if _extent(tensor, reach) != _extent(call.result, moved):
            return WHOLE
        reaches.append(moved)
    return window(reaches)


def _extent(tensor: Tensor, reach: Reach) -> tuple[int, int] | None:
    if reach.dims is None or max(reach.dims) >= tensor.ndim:
        return None
    return tensor.shape[reach.dims[0]], tensor.shape[reach.dims[1]]


def _slid(call: Applied, kernel: Any, stride: Any, before: Any, dilation: Any = 1) -> Reach:
    """A kernel that slides over the last two dimensions."""
    reach, ndim = call.reach, call.source.ndim
    if reach.dims != (ndim - 2, ndim - 1):
        return WHOLE
    sizes = zip(_pair(kernel), _pair(stride), _pair(before), _pair(dilation), strict=True)
    rows, columns = (axis.slid(*size) for axis, size in zip((reach.rows, reach.columns), sizes, strict=True))
    return Reach(reach.dims, rows, columns)


def _convolution(call: Applied) -> Reach:
    kernel = tuple(call.argument(1, "weight").shape[-2:])
    stride = call.argument(3, "stride", 1)
    padding = call.argument(4, "padding", 0)
    dilation = _pair(call.argument(5, "dilation", 1))
    if padding == "same":
        # torch puts the odd one behind
        padding = [spread * (extent - 1) // 2 for extent, spread in zip(kernel, dilation, strict=True)]
    return _slid(call, kernel, stride, 0 if padding == "valid" else padding, dilation)


def _max_pool(call: Applied) -> Reach:
    kernel = call.argument(1, "kernel_size")
    stride = call.argument(2, "stride") or kernel
    return _slid(call, kernel, stride, call.argument(3, "padding", 0), call.argument(4, "dilation", 1))


def _mean_pool(call: Applied) -> Reach:
    kernel = call.argument(1, "kernel_size")
    return _slid(call, kernel, call.argument(2, "stride") or kernel, call.argument(3, "padding", 0))


def _norm_pool(call: Applied) -> Reach:
    kernel = call.argument(2, "kernel_size")
    return _slid(call, kernel, call.argument(3, "stride") or kernel, 0)


def _adaptive_pool(call: Applied) -> Reach:
    before, after = tuple(call.source.shape[-2:]), tuple(call.result.shape[-2:])
    if before == after:
        return _each_position(call)
    if after == (1, 1) or any(old % new for old, new in zip(before, after, strict=True)):
        return WHOLE
    kernel = [old // new for old, new in zip(before, after, strict=True)]
    return _slid(call, kernel, kernel, 0)


def _unshuffle(call: Applied) -> Reach:
    factor = call.argument(1, "downscale_factor")
    return _slid(call, factor, factor, 0)


def _pad(call: Applied) -> Reach:
    margins, mode = list(call.argument(1, "pad")), call.argument(2, "mode", "constant")
    reach, ndim = call.reach, call.source.ndim
    if mode == "circular" or reach.dims is None:
        return WHOLE
    before = {ndim - 1 - place // 2: int(margins[place]) for place in range(0, len(margins), 2)}
    rows, columns = (
        axis.slid(1, 1, before.get(dim, 0)) for axis, dim in zip((reach.rows, reach.columns), reach.dims, strict=True)
    )
    return Reach(reach.dims, rows, columns)


def _joined(call: Applied) -> Reach:
    dim = call.argument(1, "dim", 0) % call.result.ndim
    union = window(call.reaches.values())
    return WHOLE if union.dims is None or dim in union.dims else union


def _stacked(call: Applied) -> Reach:
    dim = call.argument(1, "dim", 0) % call.result.ndim
    union = window(call.reaches.values())
    return _moved(union, lambda old: old + (old >= dim))


def _moved(reach: Reach, place: Callable[[int], int | None]) -> Reach:
    if reach.dims is None:
        return WHOLE
    rows, columns = place(reach.dims[0]), place(reach.dims[1])
    return WHOLE if rows is None or columns is None else reach.at(rows, columns)


def _permuted(call: Applied) -> Reach:
    order = call.argument(1, "dims")
    order = [dim % call.source.ndim for dim in ((order, *call.args[2:]) if isinstance(order, int) else order)]
    return _moved(call.reach, order.index)


def _transposed(call: Applied) -> Reach:
    ndim = call.source.ndim
    first, second = call.argument(1, "dim0") % ndim, call.argument(2, "dim1") % ndim
    swap = {first: second, second: first}
    return _moved(call.reach, lambda dim: swap.get(dim, dim))


def _unsqueezed(call: Applied) -> Reach:
    new = call.argument(1, "dim") % call.result.ndim
    return _moved(call.reach, lambda dim: dim + (dim >= new))


def _reshaped(call: Applied) -> Reach:
    """Views: a dimension is the same if its size is, and as many values come before it."""
    old, new = tuple(call.source.shape), tuple(call.result.shape)

    def place(dim: int) -> int | None:
        before = math.prod(old[:dim])
        same = [at for at, size in enumerate(new) if size == old[dim] and math.prod(new[:at]) == before]
        return same[-1] if len(same) == 1 or (same and old[dim] > 1) else None

    return _moved(call.reach, place)


def _expanded(call: Applied) -> Reach:
    moved = call.reach.shifted(call.result.ndim - call.source.ndim)
    return moved if _extent(call.source, call.reach) == _extent(call.result, moved) else WHOLE


def _along(call: Applied) -> Reach:
    """Normalised or split along one dimension that is not spatial."""
    dims = _dims(call.argument(1, "dim"), call.source.ndim)
    return WHOLE if dims is None or set(dims) & set(call.reach.dims or ()) else call.reach


def _split(call: Applied) -> Reach:
    dim = call.argument(2, "dim", 0) % call.source.ndim
    return WHOLE if dim in (call.reach.dims or ()) else call.reach


def _reduced(call: Applied) -> Reach:
    """Reduced over dimensions that are not spatial, which go or stay with size 1."""
    dims = _dims(call.argument(1, "dim"), call.source.ndim)
    if dims is None or set(dims) & set(call.reach.dims or ()):
        return WHOLE
    if call.result.ndim == call.source.ndim:
        return call.reach
    return _moved(call.reach, lambda dim: dim - sum(gone < dim for gone in dims))


def _unbound(call: Applied) -> Reach:
    gone = call.argument(1, "dim", 0) % call.source.ndim
    return _moved(call.reach, lambda dim: None if dim == gone else dim - (gone < dim))


def _dims(given: Any, ndim: int) -> list[int] | None:
    if isinstance(given, int):
        return [given % ndim]
    if isinstance(given, tuple | list) and given and all(isinstance(dim, int) for dim in given):
        return [dim % ndim for dim in given]
    return None


def _indexed(call: Applied) -> Reach:
    """Integers, slices, None and an ellipsis; the rest may pick anything."""
    index = call.argument(1, "indices")
    index = index if isinstance(index, tuple) else (index,)
    if not all(part is None or part is Ellipsis or type(part) is int or isinstance(part, slice) for part in index):
        return WHOLE
    source, reach = call.source, call.reach
    taken = sum(part is not None and part is not Ellipsis for part in index)
    everything = [slice(None)] * (source.ndim - taken)
    if Ellipsis not in index:
        index = (*index, Ellipsis)
    at = index.index(Ellipsis)
    parts = [*index[:at], *everything, *index[at + 1 :]]
    axes = dict(zip(reach.dims or (), (reach.rows, reach.columns), strict=True))
    places: dict[int, int] = {}
    dim = new = 0
    for part in parts:
        if part is None:
            new += 1
            continue
        if isinstance(part, slice):
            if dim in axes:
                first, _, stride = part.indices(source.shape[dim])
                axes[dim] = _strided(axes[dim], first, stride)
            places[dim] = new
            new += 1
        dim += 1
    moved = _moved(reach, places.get)
    return moved if moved.whole else replace(moved, rows=axes[reach.dims[0]], columns=axes[reach.dims[1]])  # type: ignore[index]


def _strided(axis: Axis, first: int, stride: int) -> Axis:
    return Axis(axis.size, axis.step * stride, axis.start + first * axis.step)


def _last_dimension(call: Applied) -> Reach:
    """A linear map of the last dimension."""
    if len(call.reaches) != 1 or call.reach.dims is None or call.source.ndim - 1 in call.reach.dims:
        return WHOLE
    return call.reach


def _matrix_product(call: Applied) -> Reach:
    return _last_dimension(call) if getattr(call.argument(1, "other"), "ndim", 0) == 2 else WHOLE


def _layer_norm(call: Applied) -> Reach:
    covered = range(call.source.ndim - len(call.argument(1, "normalized_shape")), call.source.ndim)
    return WHOLE if set(covered) & set(call.reach.dims or ()) else call.reach


def _batch_norm(call: Applied) -> Reach:
    return WHOLE if call.argument(5, "training", default=False) else call.reach


_OPERATORS = {
    "radd": "add", "iadd": "add", "rsub": "sub", "isub": "sub", "rmul": "mul", "imul": "mul", "truediv": "div",
    "rtruediv": "div", "itruediv": "div", "rpow": "pow", "ipow": "pow", "invert": "neg",
}  # fmt: skip

_ELEMENTWISE = (
    "abs", "add", "addcdiv", "addcmul", "alpha_dropout", "and", "bfloat16", "bitwise_and", "bitwise_or", "bool",
    "byte", "ceil", "celu", "clamp", "clamp_max", "clamp_min", "clip", "clone", "contiguous", "cos", "cpu", "cuda",
    "detach", "div", "divide", "double", "dropout", "dropout1d", "dropout2d", "dropout3d", "elu", "eq", "erf",
    "exp", "expm1", "feature_alpha_dropout", "feature_dropout", "float", "float_power", "floor", "fmod", "ge",
    "gelu", "gt", "half", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "isfinite", "isinf", "isnan", "le",
    "leaky_relu", "lerp", "local_response_norm", "log", "log10", "log1p", "log2", "log_sigmoid", "logical_and",
    "logical_not", "logical_or", "logical_xor", "logsigmoid", "lt", "masked_fill", "maximum", "minimum", "mish",
    "mul", "multiply", "nan_to_num", "ne", "neg", "negative", "or", "pos", "pow", "prelu", "reciprocal", "relu",
    "relu6", "remainder", "requires_grad", "round", "rrelu", "rsqrt", "rsub", "selu", "sigmoid", "sign", "silu",
    "sin", "softplus", "softshrink", "softsign", "sqrt", "square", "sub", "subtract", "tan", "tanh", "tanhshrink",
    "threshold", "to", "true_divide", "trunc", "type", "type_as", "where",
)  # fmt: skip

_RULES: dict[str, Callable[[Applied], Reach]] = {
    **dict.fromkeys(_ELEMENTWISE, _each_position),
    "conv2d": _convolution,
    **dict.fromkeys(("max_pool2d", "max_pool2d_with_indices"), _max_pool),
    "avg_pool2d": _mean_pool,
    "lp_pool2d": _norm_pool,
    **dict.fromkeys(("adaptive_avg_pool2d", "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices"), _adaptive_pool),
    "pixel_unshuffle": _unshuffle,
    "pad": _pad,
    **dict.fromkeys(("cat", "concat", "concatenate"), _joined),
    "stack": _stacked,
    "permute": _permuted,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), _transposed),
    "unsqueeze": _unsqueezed,
    **dict.fromkeys(("view", "reshape", "flatten", "unflatten", "squeeze", "view_as", "reshape_as"), _reshaped),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to", "repeat"), _expanded),
    **dict.fromkeys(("softmax", "log_softmax", "glu"), _along),
    **dict.fromkeys(("chunk", "split", "split_with_sizes", "tensor_split"), _split),
    **dict.fromkeys(("mean", "sum", "amax", "amin", "max", "min", "var", "std", "logsumexp"), _reduced),
    "unbind": _unbound,
    "__getitem__": _indexed,
    "linear": _last_dimension,
    "matmul": _matrix_product,
    "layer_norm": _layer_norm,
    "rms_norm": _layer_norm,
    "batch_norm": _batch_norm,
    **dict.fromkeys(("channel_shuffle", "native_channel_shuffle"), lambda call: call.reach),
}
