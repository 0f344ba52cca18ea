"""First-layer filters: the weights of a convolution that reads the picture itself, for layers that see nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from torch import nn

if TYPE_CHECKING:
    from convergent_widgets.compute.nets import Net
    from convergent_widgets.fields import Field


def first_filters(net: Net, field: Field, units: int) -> np.ndarray | None:
    """The filters (units, channels, height, width) float32 behind a layer; None where it is not a first layer.

    It is one where it has as many units as the net's first convolution and its receptive field is that kernel.
    """
    first = next((part for part in net.module.modules() if isinstance(part, nn.Conv2d)), None)
    if first is None or first.groups > 1 or first.out_channels != units or field.size is None:
        return None
    kernel = tuple(d * (k - 1) + 1 for d, k in zip(first.dilation, first.kernel_size, strict=True))
    if tuple(field.size) != kernel:
        return None
    return first.weight.detach().float().cpu().numpy()
