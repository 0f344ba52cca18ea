"""Fashion-MNIST's own file format (idx): read it from a folder, or let torchvision download it."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np


def read(path: Path) -> np.ndarray:
    """The uint8 array of one idx file, plain or gzipped.

    Raises ValueError where the file is not idx, is cut short, or holds another type.
    """
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if len(raw) < 4 or raw[:3] != b"\0\0\x08":
        raise ValueError(f"{path} is not an idx file of bytes")
    dimensions = raw[3]
    shape = struct.unpack_from(f">{dimensions}I", raw, 4)
    values = np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions)
    if values.size != int(np.prod(shape)):
        raise ValueError(f"{path} is cut short: its header says {shape}, it holds {values.size} bytes")
    return values.reshape(shape)


def read_split(folder: Path, split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 28, 28) and labels (N,) of `split` ("train" or "t10k"), both uint8.

    Raises FileNotFoundError where the folder lacks one of the files.
    """
    return read(_find(folder, f"{split}-images-idx3-ubyte")), read(_find(folder, f"{split}-labels-idx1-ubyte"))


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise FileNotFoundError(f"{folder} holds neither {name} nor {name}.gz")


def download(folder: Path) -> Path:
    """Fetch Fashion-MNIST by torchvision into `folder`; returns the folder of its idx files."""
    from torchvision.datasets import FashionMNIST

    FashionMNIST(folder, train=True, download=True)
    return Path(FashionMNIST(folder, train=False, download=True).raw_folder)
