"""Training and its data format, on a handful of made-up images."""

import gzip
import struct

import numpy as np
import pytest
import torch

from convergent_widgets.zoo import idx, recipe
from convergent_widgets.zoo.train import main, train


def write_idx(path, values):
    raw = b"\0\0\x08" + bytes([values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    for split, count, suffix in (("train", 300, ".gz"), ("t10k", 40, "")):
        write_idx(tmp_path / f"{split}-images-idx3-ubyte{suffix}", random.integers(0, 256, (count, 28, 28), np.uint8))
        write_idx(tmp_path / f"{split}-labels-idx1-ubyte{suffix}", random.integers(0, 10, count, np.uint8))
    return tmp_path


def test_idx_files_are_read_plain_and_gzipped(folder):
    images, labels = idx.read_split(folder, "train")
    assert images.shape == (300, 28, 28)
    assert labels.shape == (300,)
    assert images.dtype == labels.dtype == np.uint8
    assert idx.read_split(folder, "t10k")[0].shape == (40, 28, 28)


def test_wrong_idx_files_are_told(tmp_path):
    (tmp_path / "a").write_bytes(b"no idx")
    with pytest.raises(ValueError, match="is not an idx file"):
        idx.read(tmp_path / "a")
    write_idx(tmp_path / "b", np.zeros((3, 4), np.uint8))
    (tmp_path / "b").write_bytes((tmp_path / "b").read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"cut short: its header says \(3, 4\)"):
        idx.read(tmp_path / "b")
    with pytest.raises(FileNotFoundError, match="holds neither train-images"):
        idx.read_split(tmp_path, "train")


def test_the_seed_fixes_the_net():
    random = torch.Generator().manual_seed(0)
    images, labels = torch.rand(256, 1, 28, 28, generator=random), torch.randint(10, (256,), generator=random)
    small = recipe.Recipe("small", 7, (3, 4, 5, 6, 8))
    first, again = (train(small, images, labels, epochs=1)[0].state_dict() for _ in range(2))
    other = train(recipe.Recipe("other", 8, small.widths), images, labels, epochs=1)[0].state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["conv1.conv.weight"], other["conv1.conv.weight"])


def test_the_command_trains_prints_accuracy_and_saves(folder, capsys):
    main(["--data", str(folder), "--out", str(folder / "weights"), "--epochs", "1", "--nets", "seed 1"])
    assert "seed 1: test accuracy 0." in capsys.readouterr().out
    stored = torch.load(folder / "weights" / "seed-1.pt", weights_only=True)
    assert stored["mean"].shape == (1, 28, 28)
    with pytest.raises(SystemExit):
        main(["--data", str(folder), "--nets", "seed 9"])
    assert "unknown nets ['seed 9']" in capsys.readouterr().err
