"""A unit as its nine strongest patches, in one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from convergent_widgets.figures.sheet import BASELINE, FAINT

if TYPE_CHECKING:
    from convergent_widgets.comparison import Comparison

LEAST_SIDE = 40
GAP = 4
BETWEEN = (201, 211, 223)  # between patches: neither the grey outside an image nor white


def mosaic(patches: np.ndarray, columns: int = 3) -> np.ndarray:
    """Patches (k, h, w, 3) uint8 side by side with a line between them, small ones enlarged pixel by pixel."""
    k, height, width, _ = patches.shape
    times = max(1, -(-LEAST_SIDE // max(height, width)))
    large = patches.repeat(times, axis=1).repeat(times, axis=2)
    height, width = height * times, width * times
    rows = -(-k // columns)
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3), 255, np.uint8)
    for place in range(k):
        top, left = place // columns * (height + GAP), place % columns * (width + GAP)
        sheet[max(top - GAP, 0) : top + height + GAP, max(left - GAP, 0) : left + width + GAP] = BETWEEN
    for place, patch in enumerate(large):
        top, left = place // columns * (height + GAP), place % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = patch
    return sheet


def show_unit(
    axes: Axes, comparison: Comparison, layer: str, net: str, unit: int, columns: int = 3, which: str = "strongest"
) -> None:
    """The unit's patches, or the words why there are none."""
    bare(axes)
    top = comparison.top(layer, net, unit, which)
    if comparison.dead(layer, net)[unit]:
        say(axes, "dead:\nnever varies")
    elif not top.images.size:
        say(axes, "no patches")
    else:
        try:
            patches = comparison.patches(layer, net, unit, which)
        except KeyError:
            say(axes, "no pictures\nkept")
            return
        axes.imshow(mosaic(patches, columns))


def bare(axes: Axes) -> None:
    """No ticks, no frame."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def say(axes: Axes, words: str) -> None:
    """Words in a grey frame where a picture would be."""
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_box_aspect(1)
    axes.spines[:].set_visible(True)
    axes.spines[:].set_color(BASELINE)
    axes.text(0.5, 0.5, words, ha="center", va="center", color=FAINT, fontsize=8)
