"""Part `memory`: peak memory of each tool as the images grow in number; each run is a process of its own."""

from __future__ import annotations

from other_tools import installed, measure
from tasks import BLOCKS
from timing import Table, alone

OURS = "compare(), patches=9"
LEFT_OUT = "compare(), patches=0"


def tables(quick: bool) -> list[Table]:
    side, layers = (32, BLOCKS[:2]) if quick else (96, BLOCKS)
    rows = []
    for tool in [OURS] if quick else [tool for tool in installed() if tool != LEFT_OUT]:
        counts = [4, 8] if quick else [1024, 4096] if tool == OURS else [256, 1024]
        peaks = [alone(measure, tool=tool, layers=layers, count=count, side=side)["peak"] for count in counts]
        rows.append([tool, *counts, *peaks, peaks[1] / peaks[0]])
    return [
        Table(
            "Peak memory, four times the images",
            f"2 resnet18, {len(layers)} blocks, {side} px, every position. Peak resident memory of the process, "
            "with torch and the nets in it.",
            ["tool", "images", "then", "peak, MB", "then, MB", "ratio"],
            rows,
        )
    ]
