"""Full float32, whatever the caller lets torch do: in TF32 and bfloat16 a correlation loses its third digit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

# Each is read, set and put back by itself; torch before 2.9 has the older flags only.
_backends: Any = torch.backends
_SETTINGS: tuple[tuple[Any, str, Any], ...] = (
    (
        (_backends.cuda.matmul, "fp32_precision", "ieee"),
        (_backends.cudnn.conv, "fp32_precision", "ieee"),
        (_backends.cudnn.rnn, "fp32_precision", "ieee"),
        (_backends.mkldnn.matmul, "fp32_precision", "ieee"),
        (_backends.mkldnn.conv, "fp32_precision", "ieee"),
        (_backends.mkldnn.rnn, "fp32_precision", "ieee"),
    )
    if hasattr(_backends, "fp32_precision")
    else ((_backends.cuda.matmul, "allow_tf32", False), (_backends.cudnn, "allow_tf32", False))
)


@contextmanager
def full_float32(device: torch.device) -> Iterator[None]:
    """Products and convolutions in full float32 on `device`, without autocast; the caller's settings come back."""
    before = [(backend, name, getattr(backend, name)) for backend, name, _ in _SETTINGS]
    try:
        for backend, name, value in _SETTINGS:
            setattr(backend, name, value)
        with ExitStack() as stack:
            if can_autocast(device):
                stack.enter_context(torch.autocast(device.type, enabled=False))
            yield
    finally:
        for backend, name, value in before:
            setattr(backend, name, value)


def can_autocast(device: torch.device) -> bool:
    """Whether torch knows mixed precision on such a device."""
    return torch.amp.is_autocast_available(device.type)
