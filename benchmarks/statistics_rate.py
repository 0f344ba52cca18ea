"""Part `statistics`: the streaming statistics beside one float32 product of the same units and rows."""

from __future__ import annotations

import statistics

import torch
from timing import Table, in_turn, ratio

from convergent_widgets.compute import StreamingStatistics
from convergent_widgets.compute.statistics import LEAST_STRIP, STRIPS


def strips(units: int) -> int:
    """In how many strips the product is cut."""
    return max(min(units // LEAST_STRIP, STRIPS), 1)


def by_strips(columns: torch.Tensor) -> list[torch.Tensor]:
    """The blocks of columns.T @ columns on and right of the diagonal."""
    units = columns.shape[1]
    strip = -(-units // strips(units))
    return [columns[:, start : start + strip].T @ columns[:, start:] for start in range(0, units, strip)]


def row(units: int, count: int, rounds: int) -> list[float | int]:
    torch.manual_seed(0)
    values = torch.randn(count, units).relu()
    halves = {"a": values[:, : units // 2], "b": values[:, units // 2 :]}
    streamed = StreamingStatistics({"a": units // 2, "b": units - units // 2})
    streamed.update(halves)
    works = {
        "mm": lambda: torch.mm(values.T, values),
        "update": lambda: streamed.update(halves),
        "strips": lambda: by_strips(values),
    }
    in_turn(works, 1)
    taken = in_turn(works, rounds)
    flops = 2 * count * units**2
    return [
        units,
        flops / statistics.median(taken["mm"]) / 1e9,
        ratio(taken["mm"], taken["update"]),
        ratio(taken["mm"], taken["strips"]),
        1 / (0.5 + 0.5 / strips(units)),
    ]


def tables(quick: bool) -> list[Table]:
    widths, count, rounds = ([64, 128], 2048, 3) if quick else ([256, 512, 1024, 2048], 16384, 9)
    return [
        Table(
            "StreamingStatistics.update over torch.mm",
            f"{count:,} rows of float32; units of two nets together. Rates relative to torch.mm of all units with "
            f"all, so above 1 is faster. A symmetric product in {STRIPS} strips (of at least {LEAST_STRIP} units), "
            "alone and without sums in float64, is how far one could go; by its number of operations it could reach "
            "the last column, and 2 in the limit.",
            ["units", "torch.mm, GFLOP/s", "update", "symmetric product", "the same, counted"],
            [row(units, count, rounds) for units in widths],
        )
    ]
