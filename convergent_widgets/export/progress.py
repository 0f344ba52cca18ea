"""How far an export is, said in one line of text once it takes long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE = 2.0
EVERY = 0.5

Tick = Callable[[int, int], object]


@contextmanager
def telling(progress: bool | Tick) -> Iterator[Tick]:
    """What is told `(done, of)` after each step: `progress` itself, or a line on the standard error stream.

    Raises TypeError for what is neither True, False nor callable.
    """
    if callable(progress):
        yield progress
    elif not isinstance(progress, bool):
        raise TypeError(f"`progress` must be True, False or a function of (done, of), got {progress!r}")
    elif not progress:
        yield lambda _done, _of: None
    else:
        begun = said = time.monotonic()

        def tell(done: int, of: int) -> None:
            nonlocal said
            now = time.monotonic()
            if now - begun > PATIENCE and (now - said > EVERY or done == of):
                said = now
                print(f"\rexporting: {100 * done // of} %", end="", file=sys.stderr, flush=True)

        try:
            yield tell
        finally:
            if said > begun:
                print(file=sys.stderr)
