"""A second device without a GPU: its tensors call themselves "meta", but hold their values and compute on the CPU."""

from collections import Counter

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only

SECOND = torch.device("meta")
CPU = torch.device("cpu")
ATEN = torch.ops.aten
WAITING = (ATEN._local_scalar_dense.default, ATEN.nonzero.default, ATEN.equal.default)


class There(torch.Tensor):
    """A tensor on the second device; `inner` are its values."""

    @staticmethod
    def __new__(cls, values):
        made = torch.Tensor._make_wrapper_subclass(
            cls,
            values.shape,
            strides=values.stride(),
            storage_offset=values.storage_offset(),
            dtype=values.dtype,
            device=SECOND,
        )
        made.inner = values
        return made

    def tolist(self):
        """As Python numbers, which torch does not give of a subclass."""
        return self.cpu().tolist()

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise AssertionError(f"{func} outside of SecondDevice")


class SecondDevice(TorchDispatchMode):
    """Inside, the second device is there, and an operation on tensors of both devices raises as it does on a GPU.

    With `float64` False it refuses that type, as Apple's GPUs do.
    `left` and `arrived` are the shapes of what was copied from it and to it, `waited` how often the program asked it
    for a value or a number of values, by operation.
    """

    def __init__(self, *, float64=True):
        super().__init__()
        self.float64 = float64
        self.left, self.arrived, self.waited = [], [], Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        tensors = _tensors((args, kwargs))
        there = [value for value in tensors if isinstance(value, There)]
        here = [value for value in tensors if not isinstance(value, There)]
        if there:
            with self:
                made = func.decompose(*args, **kwargs)
            if made is not NotImplemented:
                return made
        target = None if kwargs.get("device") is None else torch.device(kwargs["device"])
        if not there and target != SECOND:
            return func(*args, **kwargs)
        if func is ATEN._to_copy.default:
            if there and target == CPU:
                self.left.append(tuple(there[0].shape))
            if here and target == SECOND:
                self.arrived.append(tuple(here[0].shape))
        elif func is ATEN.copy_.default and there and here:
            (self.left if isinstance(args[1], There) else self.arrived).append(tuple(args[1].shape))
        elif there and any(value.ndim for value in here):
            raise RuntimeError(f"{func} is given tensors of both devices")
        if func in WAITING and there:
            self.waited[func._schema.name.removeprefix("aten::")] += 1
        stays = target == SECOND if target is not None else bool(there)
        if target == SECOND:
            kwargs["device"] = CPU
        with torch.inference_mode(False):
            made = func(*_inner(args), **_inner(kwargs))
            if func._schema.is_mutable:
                return kwargs.get("out", args[0])
            if not stays:
                return made
            if not self.float64 and any(value.dtype is torch.float64 for value in _tensors(made)):
                raise TypeError(f"{func} makes float64")
            return tree_map_only(torch.Tensor, There, made)


def _tensors(values):
    return [value for value in tree_leaves(values) if isinstance(value, torch.Tensor)]


def _inner(values):
    return tree_map_only(There, lambda tensor: tensor.inner, values)
