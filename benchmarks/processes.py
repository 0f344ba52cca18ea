"""Part `processes`: the command in two processes of one thread each beside one process of one thread."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from tasks import Smooth
from timing import Table, seconds

import convergent_widgets as cw

TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]


def measured(given: Sequence[str], folder: Path) -> list[float]:
    """Seconds of one process, of two, and by how much their correlations differ at most."""
    taken, results = [], []
    for launcher in ([], TORCHRUN):
        path = folder / f"{len(taken)}.npz"
        command = [sys.executable, *launcher, "-m", "convergent_widgets", "compare", *given, "-o", str(path), "--quiet"]
        run = partial(subprocess.run, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True)
        taken.append(seconds(partial(run, command))[0])
        results.append(cw.Comparison.load(path))
    one, two = results
    differences = [
        np.nanmax(np.abs(one.correlation(layer, a, b) - two.correlation(layer, a, b)))
        for layer in one.layers
        for a in one.nets
        for b in one.nets
    ]
    return [*taken, taken[0] / taken[1], float(max(differences))]


def tables(quick: bool) -> list[Table]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if quick:
            task, images = "2 zoo nets, 8 pictures", folder / "images"
            images.mkdir()
            for index in range(8):
                Image.fromarray(Smooth(8, 28)[index].movedim(0, -1).numpy()).save(images / f"{index}.png")
            given = ["zoo@seed 0", "zoo@seed 1", "--images", str(images), "--batch-size", "4"]
        else:
            task, given = "the zoo's 5 nets, its 10,000 images", ["zoo", "--images", "zoo"]
        row = [task, *measured(given, folder)]
    return [
        Table(
            "Two processes over one",
            "`convergent-widgets compare`, and the same under `torchrun --nproc-per-node=2`; one thread a process, the "
            "start of Python and the finish, which only one process does, included.",
            ["task", "one, s", "two, s", "times as fast", "greatest difference of r"],
            [row],
        )
    ]
