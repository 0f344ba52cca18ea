"""How a comparison is laid out as named arrays, in memory and in the result file alike.

Layer i, half h (images of even and odd index), nets a and b, picture set s, all by number:

    layer/i/vectors/h         float64 (4, units of all nets): mean, deviation, least, greatest
    layer/i/r/h/a-b           float32, correlations: (C_a, C_b) for a < b; the triangle above the diagonal for a = b
    layer/i/information/a-b   float32 (C_a, C_b) nats, mutual information for a <= b, only where it was measured
    layer/i/match/a-b         int32 (methods, C_a): the column of each row, -1 for none
    layer/i/baseline/a-b      float32 (methods, 2, C_a): least and greatest over the rotations
    layer/i/baseline_means    float64 (methods, nets, nets, 2): mean and deviation over the rotations
    layer/i/best              int32 (methods, nets, nets): the unit of a with the best match in b, -1 for none
    layer/i/unrelated         float64 (methods, nets, nets), only where it was measured
    layer/i/top/a/images      int32 (C, k), -1 for none
    layer/i/top/a/positions   int32 (C, k, 2): row and column
    layer/i/top/a/activations float32 (C, k)
    layer/i/deciles/a/...     the same three, at the deciles of the positive activations, .9 first
    layer/i/attributions/a/...  as pictures/s/..., by unit * k + place in its top, only where they were made
    layer/i/filters/a         float32 (C, channels, height, width), only for the first layer of a net
    images                    uint8, JSON: names and labels
    pictures/s/images         int32 (pictures,), ascending
    pictures/s/sizes          int32 (pictures,): bytes of each
    pictures/s/chunk/j        uint8: the encoded pictures j * CHUNK to (j + 1) * CHUNK, one after the other
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

if TYPE_CHECKING:
    from convergent_widgets.moments import Moments

CHUNK = 64
HALVES = (0, 1)

Zeros = Callable[[tuple[int, ...], DTypeLike], np.ndarray]


def pack_moments(prefix: str, half: int, moments: Moments, zeros: Zeros = np.zeros) -> dict[str, np.ndarray]:
    """The members of one layer's half; correlations are kept in float32, in one array of `zeros`, else in float64."""
    nets = list(moments.widths)
    deviations = np.concatenate([moments.std(net) for net in nets])
    members = {
        f"{prefix}/vectors/{half}": np.stack([moments.means, deviations, moments.least, moments.greatest]),
    }
    widths = list(moments.widths.values())
    free = zeros((count_correlations(widths),), np.float32)
    for i, a in enumerate(nets):
        for j in range(i, len(nets)):
            r = np.nan_to_num(moments.correlation(a, nets[j]), copy=False, nan=0.0)
            packed = r[np.triu_indices(len(r), 1)] if i == j else r
            place, free = free[: packed.size].reshape(packed.shape), free[packed.size :]
            place[...] = packed
            members[f"{prefix}/r/{half}/{i}-{j}"] = place
    return members


def count_correlations(widths: Sequence[int]) -> int:
    """How many correlations are kept of one half of a layer whose nets have so many units."""
    units = sum(widths)
    return units * (units - 1) // 2


def unpack_correlation(members: Mapping[str, np.ndarray], prefix: str, half: int, a: int, b: int) -> np.ndarray:
    """Correlations of net a's units with net b's in one half, (C_a, C_b) float64; 0 for dead units."""
    if a > b:
        return unpack_correlation(members, prefix, half, b, a).T
    packed = members[f"{prefix}/r/{half}/{a}-{b}"].astype(np.float64)
    if a < b:
        return packed
    units = int((1 + np.sqrt(1 + 8 * len(packed))) / 2)
    above = np.zeros((units, units))
    above[np.triu_indices(units, 1)] = packed
    return above + above.T + np.eye(units)


def pack_pictures(prefix: str, pictures: Mapping[int, bytes]) -> dict[str, np.ndarray]:
    """The members of one picture set: encoded pictures by image index."""
    order = sorted(pictures)
    members = {
        f"{prefix}/images": np.array(order, np.int32),
        f"{prefix}/sizes": np.array([len(pictures[image]) for image in order], np.int32),
    }
    for start in range(0, len(order), CHUNK):
        data = b"".join(pictures[image] for image in order[start : start + CHUNK])
        members[f"{prefix}/chunk/{start // CHUNK}"] = np.frombuffer(data, np.uint8)
    return members


def unpack_picture(members: Mapping[str, np.ndarray], prefix: str, image: int) -> bytes:
    """One encoded picture; KeyError where the set has none of that image."""
    images = members[f"{prefix}/images"]
    place = int(np.searchsorted(images, image))
    if place == len(images) or images[place] != image:
        raise KeyError(image)
    first = place - place % CHUNK
    sizes = members[f"{prefix}/sizes"]
    start = int(sizes[first:place].sum())
    return members[f"{prefix}/chunk/{place // CHUNK}"][start : start + int(sizes[place])].tobytes()
