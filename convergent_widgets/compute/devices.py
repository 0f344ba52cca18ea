"""Which device a run takes, and what is done differently on some of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

WITHOUT_FLOAT64 = ("mps",)


def usable(device: Any) -> torch.device:
    """The device with its number, or the best there is for None; ValueError where torch can't compute there."""
    try:
        there = torch.zeros(1, device=_best() if device is None else device)
        there.cpu()
    except (RuntimeError, AssertionError, TypeError, NotImplementedError, ImportError) as reason:
        known = _known()
        said = str(reason).partition("\n")[0] if str(device) in known else f"torch has {', '.join(known)}"
        raise ValueError(f"`device` {str(device)!r} cannot be used here: {said}") from reason
    return there.device


def home_of(device: torch.device) -> torch.device:
    """Where float64 and exact 64-bit integers are worked on: the device, but for Apple's GPUs, which lack them."""
    return torch.device("cpu") if device.type in WITHOUT_FLOAT64 else device


def moved(values: torch.Tensor, device: torch.device) -> torch.Tensor:
    """The values on the device; CUDA copies them while the program goes on, elsewhere that may read freed memory."""
    return values.to(device, non_blocking=device.type == "cuda")


class Sender:
    """Pictures on their way to a device; a GPU computes while they come, in a stream of their own."""

    def __init__(self, device: torch.device):
        self._device = device
        self._stream = torch.cuda.Stream(device) if device.type == "cuda" else None

    def send(self, pictures: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """The pictures on the device, to be worked on once they have `arrived`."""
        with nullcontext() if self._stream is None else torch.cuda.stream(self._stream):
            return [moved(each, self._device) for each in pictures]

    def arrived(self, pictures: Sequence[torch.Tensor]) -> Sequence[torch.Tensor]:
        """What was sent, where the device's work from now on waits for it; their memory stays theirs until then."""
        if self._stream is not None:
            working = torch.cuda.current_stream(self._device)
            working.wait_stream(self._stream)
            for each in pictures:
                each.record_stream(working)
        return pictures


def current(device: torch.device) -> AbstractContextManager[Any]:
    """Inside, "cuda" without a number means this GPU, for pinned memory and for nets that say it."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def _best() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def _known() -> list[str]:
    gpus = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    return ["cpu", *(["cuda", *gpus] if gpus else []), *(["mps"] if torch.backends.mps.is_available() else [])]
