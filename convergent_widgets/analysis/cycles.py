"""Cycle consistency: whether matchings from net to net and back to the first lead a unit to itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convergent_widgets.analysis.checks import indices


@dataclass(frozen=True)
class Cycle:
    """Where each unit of the first net arrives after the round.

    `arrived` (C,) int64, -1 where some net on the way had no partner for it. `closed` (C,): it arrived at itself.
    `share` is the number of closed units over those that arrived anywhere (NaN if none did).
    """

    arrived: np.ndarray
    closed: np.ndarray
    share: float


def cycle(steps: Sequence[np.ndarray]) -> Cycle:
    """Follow matchings around a ring of nets.

    `steps[i]` (C_i,) gives for each unit of net i its partner in net i + 1, -1 for none; the last leads back to the
    first net. Raises ValueError for fewer than two steps, for anything but whole numbers, and where a step leads to
    units that the next net does not have.
    """
    if len(steps) < 2:
        raise ValueError(f"a cycle has at least two steps, got {len(steps)}")
    rooms = [*map(np.size, steps[1:]), np.size(steps[0])]
    tables = [
        indices(f"step {number}", step, room - 1) for number, (step, room) in enumerate(zip(steps, rooms, strict=True))
    ]
    units = len(tables[0])
    at = np.arange(units)
    for table in tables:
        at = np.where(at >= 0, table[at] if table.size else -1, -1)
    closed = at == np.arange(units)
    arrived = int((at >= 0).sum())
    return Cycle(at, closed, float(closed.sum() / arrived) if arrived else float("nan"))
