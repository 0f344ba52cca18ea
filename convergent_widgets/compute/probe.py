"""One complete forward pass over an example, watched: which modules ran, in which order, with which outputs."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Call", "Enough", "Probe", "probe", "undisturbed"]

Key = tuple[object, ...]

_one_thread = threading.RLock()


class Enough(BaseException):
    """Ends a forward pass whose remaining layers nobody asked for."""


@dataclass(frozen=True)
class Call:
    """One call of one module: its dotted name, the number of the call, and what it returned.

    `key` is equal for two calls that returned the same tensor with the same values in it, and None if it is no tensor.
    """

    path: str
    module: nn.Module
    number: int
    output: Any
    key: Key | None


@dataclass(frozen=True)
class Probe:
    """All calls in the order in which they ended, and what the net itself returned (keys of the tensors in it)."""

    calls: list[Call]
    results: set[Key]
    size: tuple[int, int]

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each module ran."""
        return Counter(call.path for call in self.calls)

    def name(self, call: Call) -> str:
        """The name by which the call can be recorded: the module's, with #number where it ran more than once."""
        return f"{call.path}#{call.number}" if self.counts[call.path] > 1 else call.path


@contextmanager
def undisturbed(module: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients inside; each submodule's own mode is restored after it.

    Sets `training` directly: an overridden `train()` may do more than that. `no_grad` and not `inference_mode`, because
    a module that keeps a table made in its forward pass could not be trained with an inference tensor afterwards.

    One thread at a time is inside: hooks and modes belong to the module, and another thread's pass would meet them.
    """
    with _one_thread:
        modes = [(part, part.training) for part in module.modules()]
        try:
            for part, _ in modes:
                part.training = False
            with torch.no_grad():
                yield
        finally:
            for part, mode in modes:
                part.training = mode


def probe(module: nn.Module, batch: Tensor) -> Probe:
    """Run the module on a small batch and note every call of its named submodules."""
    calls: list[Call] = []
    counts: Counter[str] = Counter()

    def note(path: str) -> Any:
        def hook(part: nn.Module, _inputs: Any, output: Any) -> None:
            calls.append(Call(path, part, counts[path], output, key_of(output)))
            counts[path] += 1

        return hook

    with undisturbed(module), ExitStack() as undo:
        for path, part in module.named_modules():
            if path:
                undo.callback(part.register_forward_hook(note(path)).remove)
        result = module(batch)
    keys = {key_of(tensor) for tensor in tensors_in(result)}
    return Probe(calls, {key for key in keys if key is not None}, (batch.shape[-2], batch.shape[-1]))


def key_of(output: Any) -> Key | None:
    """Tells tensors apart: memory, layout and version (an in-place function gives the same memory another version)."""
    if not isinstance(output, Tensor):
        return None
    try:
        return output.data_ptr(), tuple(output.shape), tuple(output.stride()), output._version
    except RuntimeError:  # no memory of its own (a sparse or nested tensor)
        return (id(output),)


def tensors_in(value: Any) -> Iterator[Tensor]:
    """All tensors in nested tuples, lists, dictionaries and dataclass-like outputs."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from tensors_in(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from tensors_in(part)
