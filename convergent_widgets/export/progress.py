"""How far an export is, said in one line of text once it takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

PATIENCE = 2.0
EVERY = 0.5

Tick = Callable[[int, int], object]


def telling(progress: bool | Tick) -> Tick:
    """What is told `(done, of)` after each step: `progress` itself, or a line on the standard error stream."""
    if callable(progress):
        return progress
    if not progress:
        return lambda _done, _of: None
    begun = said = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal said
        now = time.monotonic()
        last = done == of and said > begun
        if last or (now - begun > PATIENCE and now - said > EVERY):
            said = now
            print(f"\rexporting: {100 * done // of} %", end="\n" if last else "", file=sys.stderr, flush=True)

    return tell
