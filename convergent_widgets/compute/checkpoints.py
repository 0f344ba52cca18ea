"""Weights from a file into a module: read as data, never as code, and one clear error where they do not fit."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO
from warnings import catch_warnings

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_into", "read_state"]

_INSIDE = ("state_dict", "model", "weights")
_SHOWN = 3


def load_into(module: nn.Module, path: Path, title: str) -> None:
    """Load the checkpoint's weights into the module; ValueError saying which keys and shapes do not fit."""
    state = read_state(path)
    own = module.state_dict()
    missing = [key for key in own if key not in state and not key.endswith("num_batches_tracked")]
    unexpected = [key for key in state if key not in own]
    different = [
        f"{key} {tuple(state[key].shape)} instead of {tuple(own[key].shape)}"
        for key in own
        if key in state and state[key].shape != own[key].shape
    ]
    found = {"missing": missing, "unexpected": unexpected, "of another shape": different}
    if any(found.values()):
        said = "; ".join(f"{len(keys)} {word}: {_first(keys)}" for word, keys in found.items() if keys)
        msg = f"the checkpoint {path} does not fit {title}: {said}"
        raise ValueError(msg)
    module.load_state_dict(state, strict=False)


def read_state(path: Path) -> dict[str, Tensor]:
    """The state dict in a file, also under "state_dict", "model" or "weights", without "module." before its keys."""
    content = _read_safetensors(path) if path.suffix == ".safetensors" else _read_torch(path)
    for key in _INSIDE:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    if not isinstance(content, Mapping) or not content:
        msg = f"the checkpoint {path} holds {type(content).__name__}, not a state dict (a mapping of names to tensors)"
        raise ValueError(msg)
    state = {_plain(str(key)): value for key, value in content.items() if isinstance(value, Tensor)}
    if len(state) != len(content):
        others = [str(key) for key, value in content.items() if not isinstance(value, Tensor)]
        msg = f"the checkpoint {path} is not a state dict: {_first(others)} hold no tensors"
        raise ValueError(msg)
    return state


def _plain(key: str) -> str:
    return key.removeprefix("module.")


def _first(keys: list[str]) -> str:
    return ", ".join(keys[:_SHOWN]) + (", ..." if len(keys) > _SHOWN else "")


def _read_torch(path: Path) -> Any:
    with path.open("rb") as file:  # what the file system refuses is told as it is
        return _read_open(path, file)


def _read_open(path: Path, file: BinaryIO) -> Any:
    try:
        with catch_warnings(action="ignore", category=UserWarning):  # of a file that is then refused in our words
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as reason:
        msg = (
            f"the checkpoint {path} holds more than weights (arbitrary Python objects), or is no checkpoint, and was "
            f"not read; save it again as torch.save(model.state_dict(), path)"
        )
        raise ValueError(msg) from reason
    except (RuntimeError, OSError, EOFError, LookupError, ValueError, TypeError, AttributeError) as reason:
        msg = f"the checkpoint {path} is damaged or no checkpoint: {reason}"
        raise ValueError(msg) from reason


def _read_safetensors(path: Path) -> Any:
    try:
        load_file = import_module("safetensors.torch").load_file
    except ImportError as reason:
        msg = f"reading {path} needs the package safetensors: pip install safetensors"
        raise ImportError(msg) from reason
    try:
        return load_file(path)
    except Exception as reason:
        msg = f"the checkpoint {path} is damaged or not in the safetensors format: {reason}"
        raise ValueError(msg) from reason
