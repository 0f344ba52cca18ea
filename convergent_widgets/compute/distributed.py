"""One run in several processes: each takes every so-many-th batch, and the first one puts together what they found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist

PATIENCE = timedelta(days=7)

Value = TypeVar("Value")


@dataclass(frozen=True)
class Ranks:
    """Which of `size` processes this is; values travel between them over `group`, on the CPU."""

    batch_size: int
    rank: int = 0
    size: int = 1
    group: Any = None

    @property
    def first(self) -> bool:
        """Whether this is the process that puts things together."""
        return self.rank == 0

    @property
    def note(self) -> str:
        """The number of processes that do what is being done, for a bar's title."""
        return "" if self.size == 1 else f" (1 of {self.size} processes)"

    def own(self, images: Iterable[int]) -> list[int]:
        """Those of the images, by index, that this process reads: whole batches, the same ones as in a single run."""
        return [image for image in images if image // self.batch_size % self.size == self.rank]

    def from_first(self, value: Value | None) -> Value:
        """What the first process has."""
        box = [value]
        if self.size > 1:
            dist.broadcast_object_list(box, src=0, group=self.group)
        return box[0]  # type: ignore[return-value]

    def from_all(self, value: Value) -> list[Value]:
        """What each process has, in the order of their numbers; all of them must ask."""
        values = [value] * self.size
        if self.size > 1:
            dist.all_gather_object(values, value, group=self.group)
        return values

    def to_first(self, value: Value) -> Iterator[Value]:
        """In the first process what all others have, one after the other; in these nothing, once it is sent."""
        if not self.first:
            dist.send_object_list([value], dst=0, group=self.group)
        else:
            for other in range(1, self.size):
                box: list[Any] = [None]
                dist.recv_object_list(box, src=other, group=self.group)
                yield box[0]


@contextmanager
def ranks(batch_size: int) -> Iterator[Ranks]:
    """The processes of torch's default group, or this one alone where there is no group."""
    if not dist.is_available() or not dist.is_initialized() or dist.get_world_size() == 1:
        yield Ranks(batch_size)
        return
    group = dist.new_group(backend="gloo", timeout=PATIENCE)
    try:
        yield Ranks(batch_size, dist.get_rank(), dist.get_world_size(), group)
    finally:
        dist.destroy_process_group(group)


def launched() -> bool:
    """Whether torchrun started this process as one of several."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1 and "RANK" in os.environ


def is_first() -> bool:
    """Whether this is the first process that torchrun started, or the only one."""
    return not launched() or os.environ["RANK"] == "0"


def processes_here() -> int:
    """How many processes torchrun started on this machine, this one among them; 1 without torchrun."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


@contextmanager
def process_group(device: str | None) -> Iterator[str | None]:
    """Inside, the processes that torchrun started know one another; gives the device of this one.

    Each takes the GPU of its local rank, unless `device` names another kind. They talk over gloo on GPUs too: they send
    one another only objects in the hosts' memories, before and after the pass; nccl would copy those to the GPUs and
    back.
    """
    if not launched():
        yield device
        return
    local = int(os.environ.get("LOCAL_RANK", "0"))
    if (device is None and torch.cuda.is_available()) or device == "cuda":
        device = f"cuda:{local % max(torch.cuda.device_count(), 1)}"
        torch.cuda.set_device(device)
    dist.init_process_group("gloo", timeout=PATIENCE)
    try:
        yield device
    finally:
        dist.destroy_process_group()
