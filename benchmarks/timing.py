"""What all benchmarks share: times taken in turn, peak memory in a process of its own, tables of the results."""

from __future__ import annotations

import importlib
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

Cell = float | int | str


@dataclass
class Table:
    """A title, what is measured, and rows of cells; a ratio's column says of what over what."""

    title: str
    note: str
    columns: Sequence[str]
    rows: list[Sequence[Cell]]

    def markdown(self) -> str:
        lines = [f"### {self.title}", "", self.note, "", _line(self.columns), _line(["---"] * len(self.columns))]
        return "\n".join([*lines, *(_line(map(_shown, row)) for row in self.rows)])

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Wall time of one call, and what it returned."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def median_seconds(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """Median wall time of several calls after one to warm up, and what the last returned."""
    work()
    taken = [seconds(work) for _ in range(rounds)]
    return statistics.median(each for each, _ in taken), taken[-1][1]


def in_turn(works: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each work in each round; all take part in a round, so that a busy machine slows all of them."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            taken[name].append(seconds(work)[0])
    return taken


def ratio(taken: Sequence[float], base: Sequence[float]) -> float:
    """Median over the rounds of one time over another of the same round."""
    return statistics.median(a / b for a, b in zip(taken, base, strict=True))


def peak_memory() -> float:
    """Greatest resident memory of this process so far, in MB.

    Linux's getrusage also counts the process that started this one; its status file does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) / 1e3
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def alone(function: Callable[..., Any], **arguments: Any) -> Any:
    """What a function of a benchmark returns in a process of its own; arguments and result go as JSON.

    Its process shows nothing unless it fails.
    """
    command = [sys.executable, __file__, function.__module__, function.__name__, json.dumps(arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{function.__name__} of {arguments} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def machine() -> str:
    """Processor, cores, versions and date."""
    cpu = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists() and (model := re.search(r"model name\s*: (.+)", information.read_text())):
        cpu = model[1]
    names = ("torch", "torchvision", "numpy")
    versions = ", ".join(f"{name} {importlib.import_module(name).__version__}" for name in names)
    threads = importlib.import_module("torch").get_num_threads()
    return f"{cpu}, {os.cpu_count()} cores, {threads} threads; {versions}; {time.strftime('%Y-%m-%d')}"


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int):
        return f"{cell:,}"
    if cell == 0 or 0.01 <= abs(cell) < 100:
        return f"{cell:.2f}"
    return f"{cell:,.0f}" if 100 <= abs(cell) < 1e6 else f"{cell:.1e}"


if __name__ == "__main__":
    module, name, given = sys.argv[1:]
    print(json.dumps(getattr(importlib.import_module(module), name)(**json.loads(given))))
