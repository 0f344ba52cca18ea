"""How far a run is: a bar, or a function of the caller's that may also ask it to stop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tqdm.auto import tqdm

if TYPE_CHECKING:
    from convergent_widgets.compute.interrupts import Interrupt

Told = Callable[[str, float, float], object]
Tick = Callable[[float], object]


@contextmanager
def told(
    shown: bool | Told,
    interrupt: Interrupt,
    step: str,
    total: float,
    *,
    unit: str = "",
    done: float = 0,
    note: str = "",
) -> Iterator[Tick]:
    """What to call with each further amount done of a step. A bar is in per cent where no `unit` is counted.

    `done` is where it starts, `note` follows the step's name in a bar. A function is told (step, done, total) at once
    and after each amount; where it returns False before all is done, the person has asked to stop.
    """
    if not callable(shown):
        form = None if unit else "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
        with tqdm(
            total=total, initial=done, unit=unit, desc=f"{step}{note}", disable=not shown, bar_format=form
        ) as bar:
            # shares add up to a hair more than the whole
            yield lambda count: bar.update(min(count, max(total - bar.n, 0)))
        return
    so_far = done

    def tick(count: float) -> None:
        nonlocal so_far
        so_far += count
        if shown(step, so_far, total) is False and so_far < total:
            interrupt.wish()

    tick(0)
    yield tick
