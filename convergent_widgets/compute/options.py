"""The options of a run, checked once before any work."""

from __future__ import annotations

import operator
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from convergent_widgets.analysis.checks import whole
from convergent_widgets.compute.devices import usable
from convergent_widgets.compute.precision import can_autocast
from convergent_widgets.compute.scratch import in_memory

if TYPE_CHECKING:
    from convergent_widgets.compute.positions import Positions
    from convergent_widgets.compute.progress import Told

MOST_WORKERS = 1024


@dataclass(frozen=True)
class Options:
    """How to run: see `compare`, whose arguments these are."""

    patches: int
    positions: Positions
    resize: tuple[int, int] | None
    batch_size: int
    workers: int
    device: torch.device
    seed: int
    progress: bool | Told
    picture_size: int
    mutual_information: bool
    attributions: bool
    mixed_precision: bool
    scratch: Path | None

    @classmethod
    def checked(
        cls,
        *,
        patches: Any,
        positions: Any,
        resize: Any,
        batch_size: Any,
        workers: Any,
        device: Any,
        seed: Any,
        progress: Any,
        picture_size: Any,
        mutual_information: Any,
        attributions: Any,
        mixed_precision: Any,
        scratch: Any,
    ) -> Options:
        """The options, of the kinds that they must have. Raises ValueError or TypeError naming what does not fit."""
        chosen = usable(device)
        mixed_precision = _flag("mixed_precision", mixed_precision)
        if mixed_precision and not can_autocast(chosen):
            raise ValueError(f"`mixed_precision` is not known to torch on {chosen.type!r}")
        return cls(
            patches=whole("patches", patches, 0),
            positions=_positions(positions),
            resize=None if resize is None else _grid(resize),
            batch_size=whole("batch_size", batch_size, 1),
            workers=whole("workers", workers, 0, MOST_WORKERS),
            device=chosen,
            seed=whole("seed", seed, 0),
            progress=progress if callable(progress) else _flag("progress", progress, "True, False or a function"),
            picture_size=whole("picture_size", picture_size, 8),
            mutual_information=_flag("mutual_information", mutual_information),
            attributions=_available(attributions),
            mixed_precision=mixed_precision,
            scratch=None if scratch is None else _folder(scratch),
        )

    @property
    def pin(self) -> bool:
        """Whether batches are read into memory from which a GPU copies them by itself."""
        return self.device.type == "cuda"

    def as_settings(self) -> dict[str, Any]:
        """What the result says about them."""
        return {
            "patches": self.patches,
            "positions": self.positions,
            "resize": None if self.resize is None else list(self.resize),
            "batch_size": self.batch_size,
            "device": torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type,
            "seed": self.seed,
            "picture_size": self.picture_size,
            "mutual_information": self.mutual_information,
            "attributions": self.attributions,
            "mixed_precision": self.mixed_precision,
        }


def path(name: str, given: Any) -> Path:
    """The argument `name` as a path. TypeError where it is none, ValueError where it is empty."""
    if not isinstance(given, (str, os.PathLike)) or not isinstance(os.fspath(given), str):
        raise TypeError(f"`{name}` must be a path (str or pathlib.Path), got {given!r}")
    if not os.fspath(given):
        raise ValueError(f"`{name}` must be a path, got an empty one")
    return Path(given)


def _flag(name: str, given: Any, what: str = "True or False") -> bool:
    if not isinstance(given, (bool, np.bool_)):
        raise TypeError(f"`{name}` must be {what}, got {given!r}")
    return bool(given)


def _available(attributions: Any) -> bool:
    wanted = _flag("attributions", attributions)
    if wanted and find_spec("captum") is None:
        raise ValueError('`attributions` needs captum: pip install "convergent_widgets[compute]"')
    return wanted


def _folder(scratch: Any) -> Path:
    folder = path("scratch", scratch)
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ValueError(f"`scratch` must be a folder that can be written, got {str(scratch)!r}")
    if in_memory(folder):
        raise ValueError(f"`scratch` must be a folder on a disk: {str(scratch)!r} lies in memory itself")
    return folder


def _positions(given: Any) -> Positions:
    if isinstance(given, str):
        if given in ("all", "pooled"):
            return given
        raise ValueError(f"`positions` must be 'all', 'pooled' or a number of positions per image, got {given!r}")
    return whole("positions", given, 1)


def _grid(resize: Any) -> tuple[int, int]:
    try:
        rows, columns = (operator.index(side) for side in resize)
    except (TypeError, ValueError):
        raise ValueError(f"`resize` must be (rows, columns), got {resize!r}") from None
    if min(rows, columns) < 1:
        raise ValueError(f"`resize` must be at least (1, 1), got {(rows, columns)}")
    return rows, columns
