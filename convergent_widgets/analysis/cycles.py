"""Cycle consistency: whether matchings from net to net and back to the first lead a unit to itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


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
    first net. Raises ValueError for fewer than two steps, or where a step leads to units that the next does not have.
    """
    if len(steps) < 2:
        raise ValueError(f"a cycle has at least two steps, got {len(steps)}")
    tables = [np.asarray(step, dtype=np.int64) for step in steps]
    units = len(tables[0])
    at = np.arange(units)
    for number, table in enumerate(tables):
        room = len(tables[(number + 1) % len(tables)])
        if table.size and (table.max() >= room or table.min() < -1):
            raise ValueError(f"step {number} leads to unit {int(table.max())}, but the next net has {room} units")
        at = np.where(at >= 0, table[at] if table.size else -1, -1)
    closed = at == np.arange(units)
    arrived = int((at >= 0).sum())
    return Cycle(at, closed, float(closed.sum() / arrived) if arrived else float("nan"))
