"""Compute the zoo's comparison again: `python -m convergent_widgets.zoo.build`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from convergent_widgets import zoo
from convergent_widgets.analysis.matching import METHODS, bipartite_match, semi_match
from convergent_widgets.assemble import add_unrelated
from convergent_widgets.compute.activations import Recorder
from convergent_widgets.compute.pipeline import compare
from convergent_widgets.compute.statistics import StreamingStatistics

if TYPE_CHECKING:
    from convergent_widgets.compute.nets import Net
    from convergent_widgets.zoo.dataset import ZooImages

OUT = Path(__file__).parent / "comparison.npz"
BATCH = 500


def unrelated_levels(nets: Mapping[str, Net], images: ZooImages) -> dict[str, np.ndarray]:
    """Mean matching of each net with each other one that saw the next image instead, (methods, nets, nets) by layer.

    The level that a matching reaches where nothing is shared but the units' own distributions.
    """
    layers = next(iter(nets.values())).layers or ()
    gathered: dict[str, StreamingStatistics] = {}
    order = torch.arange(len(images))
    for own, following in zip(order.split(BATCH), order.roll(-1).split(BATCH), strict=True):
        seen = {
            shifted: {name: Recorder(net, layers).record(_input(net, images, rows)) for name, net in nets.items()}
            for shifted, rows in ((False, own), (True, following))
        }
        for layer in layers:
            maps = {_key(name, shifted): seen[shifted][name][layer] for shifted in seen for name in nets}
            if layer not in gathered:
                gathered[layer] = StreamingStatistics({key: values.shape[1] for key, values in maps.items()})
            gathered[layer].update_maps(maps)
    return {layer: _levels(list(nets), statistics) for layer, statistics in gathered.items()}


def _levels(names: list[str], statistics: StreamingStatistics) -> np.ndarray:
    moments = statistics.compute()
    levels = np.full((len(METHODS), len(names), len(names)), np.nan)
    for (i, a), (j, b) in permutations(enumerate(names), 2):
        r = moments.correlation(_key(a, False), _key(b, True))
        levels[METHODS.index("bipartite"), i, j] = bipartite_match(r).mean
        levels[METHODS.index("semi"), i, j] = semi_match(r).mean
    return levels


def _key(name: str, shifted: bool) -> str:
    return f"{name}, shifted" if shifted else name


def _input(net: Net, images: ZooImages, rows: torch.Tensor) -> torch.Tensor:
    return net.prepare(torch.stack([images[row][0] for row in rows.tolist()]).float() / 255)


def main(arguments: list[str] | None = None) -> None:
    """Compare the zoo's nets over the test images and write the result file."""
    parser = argparse.ArgumentParser(prog="python -m convergent_widgets.zoo.build", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="result file (default: the package's own)")
    options = parser.parse_args(arguments)
    nets, images = zoo.nets(), zoo.images()
    compared = compare(nets, images, device="cpu", mutual_information=True, attributions=True)
    assert compared is not None
    comparison = add_unrelated(compared, unrelated_levels(nets, images))
    comparison.save(options.out)
    print(f"{options.out}: {options.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
