"""Full float32, whatever the caller lets torch do: in TF32 and bfloat16 a correlation loses its third digit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import Any

import torch

_backends: Any = torch.backends
# What has an `fp32_precision`, those first from which others inherit; torch before 2.9 has the two flags below alone.
_PRECISIONS: tuple[Any, ...] = (
    (
        _backends,
        _backends.cudnn,
        _backends.mkldnn,
        _backends.cuda.matmul,
        _backends.cudnn.conv,
        _backends.cudnn.rnn,
        _backends.mkldnn.matmul,
        _backends.mkldnn.conv,
        _backends.mkldnn.rnn,
    )
    if hasattr(_backends, "fp32_precision")
    else ()
)


@contextmanager
def full_float32(device: torch.device) -> Iterator[None]:
    """Products and convolutions in full float32 on `device`, without autocast; the caller's settings come back.

    Of a setting that says what it would inherit, torch does not tell whether it inherits: it comes back as inheriting.
    """
    with ExitStack() as stack:
        precisions = [(backend, backend.fp32_precision) for backend in _PRECISIONS]
        stack.callback(_restore, precisions)
        _set_flags(stack)
        for backend, _ in precisions:
            backend.fp32_precision = "ieee"
        for kind in dict.fromkeys((device.type, "cpu")):  # some of what belongs to another device is done on the CPU
            if can_autocast(torch.device(kind)):
                stack.enter_context(torch.autocast(kind, enabled=False))
        yield


def can_autocast(device: torch.device) -> bool:
    """Whether torch knows mixed precision on such a device."""
    return torch.amp.is_autocast_available(device.type)


def _set_flags(stack: ExitStack) -> None:
    """The older flags, which torch reads too and refuses to read where they contradict `fp32_precision`.

    Where they do so already for the caller they stay as they are.
    """
    flags: tuple[tuple[Callable[[], Any], Callable[[Any], None], Any], ...] = (
        (lambda: _backends.cudnn.allow_tf32, partial(setattr, _backends.cudnn, "allow_tf32"), False),
        (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, "highest"),
    )
    for read, write, value in flags:
        with suppress(RuntimeError):
            stack.callback(write, read())
            write(value)


def _restore(precisions: list[tuple[Any, str]]) -> None:
    for backend, before in precisions:
        backend.fp32_precision = "none"
        if backend.fp32_precision != before:
            backend.fp32_precision = before
