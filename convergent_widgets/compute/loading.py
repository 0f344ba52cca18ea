"""Batches of prepared images; what cannot be read is skipped and counted."""

from __future__ import annotations

import signal
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from convergent_widgets.compute.images import ImageSource, UnreadableImage, prepared

Preprocess = Callable[[Any], Any] | None


@dataclass(frozen=True)
class Batch:
    """Images of even index first, then those of odd index.

    `indices` (N,) int64, `evens` how many of them are even, `pictures` one float tensor (N, C, H, W) in [0, 1] for
    each preprocessing, `labels` their labels in words (None where there is none), `skipped` the images that could not
    be read, with the reason.
    """

    indices: torch.Tensor
    evens: int
    pictures: list[torch.Tensor]
    labels: list[str | None]
    skipped: list[str]

    def pin_memory(self) -> Batch:
        """The same batch in memory from which a GPU reads faster; the DataLoader asks for it."""
        pictures = [picture.pin_memory() for picture in self.pictures]
        return replace(self, indices=self.indices.pin_memory(), pictures=pictures)


@dataclass(frozen=True)
class _Failed:
    """Ends the run; carried to the parent, where its message is all there is to say."""

    message: str


_Item = tuple[int, list[torch.Tensor], str | None] | str | _Failed


class _Prepared(Dataset[_Item]):
    def __init__(self, source: ImageSource, preprocesses: Sequence[Preprocess]):
        self.source, self.preprocesses = source, list(preprocesses)

    def __len__(self) -> int:
        return len(self.source)

    def __getitem__(self, index: int) -> _Item:
        try:
            image, label = self.source.load_labelled(index)
        except UnreadableImage as error:
            return str(error)
        except (ValueError, TypeError) as error:
            return _Failed(str(error))
        try:
            return index, [prepared(image, preprocess) for preprocess in self.preprocesses], label
        except Exception as error:  # noqa: BLE001 - whatever a preprocess raises is told with its image
            return _Failed(f"image {self.source.names[index]!r} cannot be prepared: {error or type(error).__name__}")


def batches(
    source: ImageSource,
    preprocesses: Sequence[Preprocess],
    indices: Sequence[int],
    *,
    batch_size: int,
    workers: int,
    pin: bool = False,
) -> Generator[Batch]:
    """The images of `indices` in order, `batch_size` at a time; within a batch those of even index come first.

    Raises ValueError where an image cannot be prepared or has another size than the others.
    """
    parts = [
        sorted(indices[start : start + batch_size], key=lambda index: index % 2)
        for start in range(0, len(indices), batch_size)
    ]
    loader = DataLoader(
        _Prepared(source, preprocesses),
        batch_sampler=parts,
        num_workers=workers,
        collate_fn=_Collate(source),
        pin_memory=pin,
        worker_init_fn=_leave_interrupts_to_the_parent,
        generator=torch.Generator(),  # from which it draws its workers' seed, and not from the caller's
    )
    for batch in loader:
        if isinstance(batch, _Failed):
            raise ValueError(batch.message)
        yield batch


class _Collate:
    def __init__(self, source: ImageSource):
        self.source = source

    def __call__(self, items: list[_Item]) -> Batch | _Failed:
        failed = next((item for item in items if isinstance(item, _Failed)), None)
        try:
            return failed or self._batch([item for item in items if not isinstance(item, _Failed)])
        except ValueError as error:
            return _Failed(str(error))

    def _batch(self, items: Sequence[tuple[int, list[torch.Tensor], str | None] | str]) -> Batch:
        read = [item for item in items if not isinstance(item, str)]
        indices = torch.tensor([index for index, _, _ in read], dtype=torch.int64, device="cpu")
        sets = list(zip(*(pictures for _, pictures, _ in read), strict=True))
        return Batch(
            indices,
            int((indices % 2 == 0).sum()),
            [self._stacked(indices.tolist(), list(pictures)) for pictures in sets],
            [label for _, _, label in read],
            [item for item in items if isinstance(item, str)],
        )

    def _stacked(self, indices: list[int], pictures: list[torch.Tensor]) -> torch.Tensor:
        channels = max(len(picture) for picture in pictures)
        pictures = [picture.expand(channels, -1, -1) if len(picture) == 1 else picture for picture in pictures]
        for index, picture in zip(indices, pictures, strict=True):
            if picture.shape != pictures[0].shape:
                raise ValueError(
                    f"images must have one size once prepared: {self.source.names[indices[0]]!r} is "
                    f"{_size(pictures[0])}, {self.source.names[index]!r} is {_size(picture)} (channels x height x "
                    "width); give the nets a `preprocess` that resizes or crops"
                )
        return torch.stack(pictures)


def _size(picture: torch.Tensor) -> str:
    return " x ".join(map(str, picture.shape))


def _leave_interrupts_to_the_parent(_worker: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
